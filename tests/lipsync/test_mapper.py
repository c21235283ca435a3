from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from streamer.audio.format import TimedText
from streamer.lipsync import Cue, Mapper, Mark

RATE = 1000
"""So that a frame is a millisecond."""

# A header of the streaming service: cue offsets, phonemes, and the character's cues.
OFFSETS = (
    1024, 2048, 3584, 5632, 7680, 9216, 10240, 11776, 13312, 14848, 16896, 18944, 20480,
    24576, 26112, 27648, 29184, 31232, 33792, 38912, 41984, 45056, 47616,
)  # fmt: skip
PHONEMES = [*"ðɪs ɪz ɐ stɹ", "ˈiː", *"mɪŋ t", "ˈɛ", *"st."]
TEXT = "This is a streaming test."
PLACES = (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11, 12, 12, *range(13, 22))


def header():
    spans = [(a, b - a) for a, b in pairwise(OFFSETS)]
    graphemes = [
        TimedText("grapheme", char, *spans[place])
        for char, place in zip(TEXT, PLACES, strict=True)
    ]
    phonemes = [
        TimedText("phoneme", text, *span)
        for text, span in zip(PHONEMES, spans, strict=True)
    ]
    return graphemes + phonemes


def phonemes(*spans):
    return [TimedText("phoneme", text, frame, frames) for frame, frames, text in spans]


def shapes(batch):
    return [(cue.frame, cue.frames, cue.viseme) for cue in batch.cues]


def mapped(*spans, language="en"):
    return Mapper(RATE, language).receive(phonemes(*spans))


def words(batch):
    return [
        (mark.frame, mark.frames, mark.text)
        for mark in batch.marks
        if mark.kind == "word"
    ]


def test_a_header_gives_its_words_phonemes_and_shapes():
    batch = Mapper(32_000).receive(header())

    assert words(batch) == [
        (1024, 4608, "This"),
        (7680, 2560, "is"),
        (11776, 1536, "a"),
        (14848, 14336, "streaming"),
        (31232, 13824, "test"),
    ]
    marks = [mark.text for mark in batch.marks if mark.kind == "phoneme"]
    assert marks == PHONEMES
    visemes = " ".join(cue.viseme for cue in batch.cues)
    assert visemes == "TH I SS sil I SS aa SS DD RR I PP I nn sil DD E SS DD sil"
    assert batch.cues[0] == Cue(1024, 1024, "TH", ("ð",), 1.0)
    assert batch.cues[-1] == Cue(45056, 2560, "sil", (), 1.0)
    assert batch.until == 47616


def test_a_word_stands_before_its_first_phoneme():
    marks = Mapper(32_000).receive(header()).marks
    assert marks[:2] == (
        Mark(1024, 4608, "word", "This"),
        Mark(1024, 1024, "phoneme", "ð"),
    )


def test_the_mouth_is_neutral_at_the_end():
    assert shapes(mapped((0, 80, "m"))) == [(0, 80, "PP"), (80, 1, "sil")]


def test_adjacent_equal_shapes_are_one():
    batch = mapped((0, 80, "m"), (80, 60, "p"), (140, 70, "a"))
    assert batch.cues[0] == Cue(0, 140, "PP", ("m", "p"), 1.0)


def test_diphthongs_and_affricates_are_divided():
    batch = mapped((0, 100, "tʃ"), (100, 100, "ˈaɪ"))
    assert shapes(batch) == [
        (0, 40, "DD"), (40, 60, "CH"), (100, 60, "aa"), (160, 40, "I"), (200, 1, "sil"),
    ]  # fmt: skip


def test_sounds_without_a_frame_of_their_own_are_left_out():
    assert shapes(mapped((0, 1, "aɪ"))) == [(0, 1, "aa"), (1, 1, "sil")]


@pytest.mark.parametrize(
    "silence", [[], [(80, 51, " ")], [(80, 20, " "), (100, 31, ",")]]
)
def test_gaps_longer_than_50_ms_are_silence(silence):
    batch = mapped((0, 80, "m"), *silence, (131, 50, "a"))
    assert shapes(batch)[:3] == [(0, 80, "PP"), (80, 51, "sil"), (131, 50, "aa")]


@pytest.mark.parametrize("silence", [[], [(80, 50, " ")]])
def test_the_shape_is_held_through_shorter_gaps(silence):
    batch = mapped((0, 80, "m"), *silence, (130, 50, "a"))
    assert shapes(batch)[:2] == [(0, 130, "PP"), (130, 50, "aa")]


def test_equal_shapes_around_a_short_gap_are_one():
    assert shapes(mapped((0, 80, "m"), (100, 50, "b")))[0] == (0, 150, "PP")


def test_a_long_silence_before_the_first_sound_is_told():
    assert shapes(mapped((51, 9, "a")))[:2] == [(0, 51, "sil"), (51, 9, "aa")]


def test_a_short_silence_before_the_first_sound_is_not():
    assert shapes(mapped((50, 9, "a")))[0] == (50, 9, "aa")


def test_silence_alone_is_neutral():
    assert shapes(mapped((0, 30, " "), (30, 10, "."))) == [(0, 40, "sil")]


def test_a_glottal_stop_joins_the_silence_around_it():
    batch = mapped((0, 80, "a"), (140, 30, "ʔ"))
    assert batch.cues[1:] == (Cue(80, 91, "sil", ("ʔ",), 1.0),)
    assert batch.until == 171


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("ˈa", 1.0),
        ("ˌa", 1.0),
        ("a", 0.85),
        ("ə", 0.6),
        ("ˈə", 0.6),
        ("ɯ", 0.6),
        ("t", 1),
    ],
)
def test_reduced_vowels_weigh_less(text, weight):
    assert mapped((0, 80, text)).cues[0].weight == weight


def test_merged_shapes_have_the_greatest_weight():
    assert mapped((0, 80, "ə"), (80, 80, "ˈe")).cues[0].weight == 1.0


def test_marks_keep_what_the_voice_wrote():
    batch = mapped((0, 10, "ˈ"), (10, 50, "ɛ"), (60, 20, "ː"), (80, 10, "g"))
    assert batch.marks == (
        Mark(0, 80, "phoneme", "ˈɛː"),
        Mark(80, 10, "phoneme", "g"),
    )
    assert batch.cues[0].phones == ("ɛ",)
    assert batch.cues[1].phones == ("ɡ",)


def test_language_decides():
    assert shapes(mapped((0, 80, "ɜ")))[0] == (0, 80, "RR")
    assert shapes(mapped((0, 80, "ɜ"), language="de-DE"))[0] == (0, 80, "aa")


def test_a_second_batch_continues():
    mapper = Mapper(RATE)
    first = mapper.receive(phonemes((0, 80, "m"), (80, 80, "a")))
    second = mapper.receive(phonemes((160, 90, "t"), (250, 50, "a")))
    assert first.until == 161
    assert shapes(second)[0] == (161, 89, "DD")
    assert second.until == 301
    assert mapper.statistics().repaired == 0


def test_a_gap_between_batches_is_silence():
    mapper = Mapper(RATE)
    mapper.receive(phonemes((0, 80, "m")))
    batch = mapper.receive(phonemes((400, 80, "m")))
    assert shapes(batch) == [(81, 319, "sil"), (400, 80, "PP"), (480, 1, "sil")]


def test_a_snapshot_that_repeats_its_beginning_adds_its_end():
    mapper = Mapper(32_000)
    first = mapper.receive([e for e in header() if e.frame < 11776])
    second = mapper.receive(header())
    assert [text for _, _, text in words(first)] == ["This", "is"]
    assert [text for _, _, text in words(second)] == ["a", "streaming", "test"]
    assert second.cues[0] == Cue(11776, 3072, "aa", ("ɐ",), 0.85)
    assert mapper.statistics().repaired == 7


def test_a_batch_without_phonemes_finishes_nothing():
    mapper = Mapper(RATE)
    batch = mapper.receive([TimedText("grapheme", "a", 100, 50)])
    assert batch.cues == ()
    assert batch.until == 0
    assert words(batch) == [(100, 50, "a")]


def test_an_empty_batch_is_empty():
    mapper = Mapper(RATE)
    mapper.receive(phonemes((0, 80, "m")))
    batch = mapper.receive([])
    assert (batch.marks, batch.cues, batch.until) == ((), (), 81)


def test_words_do_not_overlap():
    entries = [
        TimedText("grapheme", "a", 0, 50),
        TimedText("grapheme", " ", 20, 5),
        TimedText("grapheme", "b", 30, 50),
    ]
    assert words(Mapper(RATE).receive(entries)) == [(0, 30, "a"), (30, 50, "b")]


def test_statistics_count_what_was_seen():
    mapper = Mapper(RATE)
    mapper.receive(phonemes((0, 90, "aɪ"), (80, 20, "ж"), (100, 20, "ж")))
    statistics = mapper.statistics()
    assert statistics.phones == 4
    assert statistics.unknown == {"ж": 2}
    assert statistics.repaired == 1


SPANS = st.tuples(
    st.sampled_from(["phoneme", "grapheme"]),
    st.sampled_from(["a", "ˈaɪ", "tʃ", "m", "ʔ", "ˈ", "ː", " ", ".", ""]),
    st.integers(-50, 2000),
    st.integers(-5, 300),
)


@settings(max_examples=60)
@given(st.lists(st.lists(SPANS, max_size=12), max_size=3))
def test_whatever_comes_cues_stand_in_a_row(batches):
    """No overlap, no empty cue, no hole inside a batch, nothing before ``until``."""
    mapper = Mapper(RATE)
    until = 0
    for spans in batches:
        batch = mapper.receive([TimedText(*span) for span in spans])
        stops = [cue.frame + cue.frames for cue in batch.cues]
        assert all(cue.frames >= 1 for cue in batch.cues)
        assert [cue.frame for cue in batch.cues[1:]] == stops[:-1]
        assert all(cue.frame >= until for cue in batch.cues)
        assert not batch.cues or batch.cues[-1].viseme == "sil"
        assert batch.until == (stops[-1] if stops else until)
        assert all(mark.frame >= 0 and mark.frames >= 1 for mark in batch.marks)
        until = batch.until
