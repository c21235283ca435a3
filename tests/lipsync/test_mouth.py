from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from streamer.audio.format import TimedText
from streamer.errors import UsageError
from streamer.lipsync import OCULUS, Mark, Mouth, all_sets
from streamer.lipsync.lettersound import Word
from streamer.lipsync.visemes import NAMES, find_set
from tests.examples import examples
from tests.lipsync.mouths import (
    PHONEMES,
    RATE,
    babble,
    header,
    joined,
    phonemes,
    phones,
    reader,
    shapes,
    spoken,
    words,
)

# -- rungs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "text", "letter_to_sound", "rung"),
    [
        (header(), "Mama.", reader, "phonemes"),
        (header(kinds=["grapheme"]), "Mama.", reader, "graphemes"),
        (header(kinds=["grapheme"]), "Mama.", None, "loudness"),
        ([], "Mama.", reader, "text"),
        ([], "Mama.", None, "loudness"),
        ([], " … ", reader, "loudness"),
        ([], None, reader, "loudness"),
        (phonemes((0, 80, " "), (80, 80, "")), None, reader, "loudness"),
        ([TimedText("grapheme", ".", 0, 80)], "Mama", reader, "text"),
    ],
)
def test_what_arrives_chooses_the_rung(entries, text, letter_to_sound, rung):
    mouth = Mouth(RATE, text=text, letter_to_sound=letter_to_sound)
    assert mouth.timing is None
    assert mouth.begin(entries, frames=None) == rung
    assert mouth.timing == rung == mouth.statistics().timing


def test_a_rung_stays_whatever_comes_later():
    mouth = Mouth(RATE, text="mama", letter_to_sound=reader)
    mouth.begin([], frames=None)
    mouth.receive(header())
    assert mouth.timing == "text"


def test_a_mouth_begins_once_and_first():
    mouth = Mouth(RATE)
    with pytest.raises(UsageError, match=r"call begin\(\) first"):
        mouth.take(0)
    mouth.begin([], frames=None)
    with pytest.raises(UsageError, match="make a new Mouth"):
        mouth.begin([], frames=None)


# -- the voice's phonemes -----------------------------------------------------------


def test_a_header_gives_words_phonemes_and_shapes_in_every_set():
    mouth = Mouth(32_000)
    mouth.begin(header(), frames=47_616)
    mouth.finish(47_616)
    batch = mouth.take(0)

    assert words(batch) == [
        (1024, 4608, "This"),
        (7680, 2560, "is"),
        (11776, 1536, "a"),
        (14848, 14336, "streaming"),
        (31232, 13824, "test"),
    ]
    assert phones(batch) == PHONEMES
    assert batch.marks[:2] == (
        Mark(1024, 4608, "word", "This"),
        Mark(1024, 1024, "phoneme", "ð"),
    )
    assert tuple(batch.cues) == NAMES
    assert shapes(batch.cues["oculus"])[-1] == "sil"
    (seal,) = (cue for cue in batch.cues["oculus"] if cue.viseme == "PP")
    assert 24_576 - 640 <= seal.frame <= 24_576
    assert seal.phones == ("m",)
    assert mouth.statistics().phones == 17
    assert mouth.take(0).is_empty
    assert mouth.is_over


@pytest.mark.parametrize("visemes", NAMES)
def test_cues_of_a_set_follow_one_another(visemes):
    _, batch = spoken(babble(3), 3_000, sets=[find_set(visemes)])
    cues = batch.cues[visemes]
    assert cues[0].frame == 0
    assert all(a.frame + a.frames == b.frame for a, b in pairwise(cues))
    told = [(cue.viseme, cue.weight) for cue in cues]
    assert all(a != b for a, b in pairwise(told))
    assert cues[-1].viseme == find_set(visemes).neutral
    assert batch.until == max(cue.frame + cue.frames for cue in cues)


def test_locale_tables_are_the_languages_own():
    """Azure shows the ø of German as it shows a schwa."""
    assert all_sets("de")[1] is find_set("azure", "de") is not find_set("azure")


def test_marks_keep_what_the_voice_wrote():
    entries = phonemes((0, 10, "ˈ"), (10, 50, "ɛ"), (60, 20, "ː"), (80, 10, "g"))
    _, batch = spoken(entries, 90)
    assert batch.marks == (
        Mark(0, 80, "phoneme", "ˈɛː"),
        Mark(80, 10, "phoneme", "g"),
    )


def test_every_alphabet_is_told_by_itself():
    entries = phonemes((0, 90, "HH"), (90, 90, "AH0"), (180, 90, "M"), (270, 90, "AW1"))
    mouth, batch = spoken(entries, 360)
    assert mouth.statistics().unknown == {}
    assert "PP" in shapes(batch.cues["oculus"])


def test_cues_and_marks_are_the_same_however_they_are_asked_for():
    _, whole = spoken(babble(6), 6_000)
    mouth = Mouth(RATE)
    mouth.begin(babble(6), frames=6_000)
    cues, marks = {name: [] for name in NAMES}, []
    for heard in range(0, 6_500, 100):
        if heard == 5_000:
            mouth.finish(6_000)
        batch = mouth.take(heard, ahead=500)
        marks += batch.marks
        for name, found in batch.cues.items():
            cues[name] += found
    assert mouth.is_over
    assert marks == list(whole.marks)
    assert {name: joined(found) for name, found in cues.items()} == {
        name: joined(found) for name, found in whole.cues.items()
    }


def test_a_batch_holds_what_lies_between_its_until_and_the_one_before():
    mouth = Mouth(RATE)
    mouth.begin(babble(4), frames=4_000)
    before = 0
    for heard in range(0, 4_500, 70):
        batch = mouth.take(heard, ahead=600)
        starts = [cue.frame for found in batch.cues.values() for cue in found]
        assert all(before <= start < batch.until for start in starts)
        assert batch.until >= before
        before = batch.until


def test_cues_are_final_a_quarter_of_a_second_before_they_are_due():
    mouth = Mouth(RATE)
    mouth.begin(babble(4), frames=4_000)
    for heard in range(0, 3_000, 50):
        assert mouth.take(heard, ahead=0).until >= heard + 250


def test_a_hold_is_that_of_every_set_and_costs_what_it_has_above_80_ms():
    _, whole = spoken(babble(4), 4_000, hold=0.200)
    assert all(c.frames >= 200 for found in whole.cues.values() for c in found[:-1])
    mouth = Mouth(RATE, hold=0.200)
    mouth.begin(babble(4), frames=4_000)
    cues = {name: [] for name in NAMES}
    for heard in range(0, 4_500, 50):
        batch = mouth.take(heard, ahead=500)
        assert heard > 3_000 or batch.until >= heard + 250 - (200 - 80)
        for name, found in batch.cues.items():
            cues[name] += found
    assert {name: joined(found) for name, found in cues.items()} == {
        name: joined(found) for name, found in whole.cues.items()
    }


def test_only_what_is_asked_for_is_articulated():
    """Four minutes of phonemes in a header cost what the next second costs."""
    mouth = Mouth(RATE)
    mouth.begin(babble(240), frames=240_000)
    mouth.take(0, ahead=1_000)
    assert 12 <= mouth.statistics().phones <= 14


def test_phonemes_that_come_a_few_at_a_time_lose_no_seal():
    """300 ms are in hand; each message holds half a second."""
    entries = babble(10)
    mouth = Mouth(RATE, sets=[OCULUS])
    mouth.begin(entries[:10], frames=None)
    cues = []
    for heard in range(0, 9_000, 20):
        if heard % 500 == 0:
            ahead = [e for e in entries if heard + 800 <= e.frame < heard + 1_300]
            mouth.receive(ahead)
        cues += mouth.take(heard, ahead=1_000).cues["oculus"]
    statistics = mouth.statistics().articulation
    assert statistics.late_seals == statistics.lost_seals == 0
    assert 27 <= shapes(cues).count("PP") <= 29


def test_where_phonemes_end_before_the_sound_the_mouth_comes_to_rest():
    mouth = Mouth(RATE, sets=[OCULUS])
    mouth.begin(phonemes((0, 80, "m"), (80, 200, "ˈa")), frames=None)
    cues = []
    for heard in range(0, 2_000, 50):
        cues += mouth.take(heard, ahead=500).cues["oculus"]
    assert joined(cues)[-1][0] == "sil"
    assert 280 < joined(cues)[-1][1] < 900
    mouth.receive(phonemes((1_800, 80, "a"), (1_880, 80, "m")))
    mouth.finish(2_000)
    assert mouth.take(2_000).cues["oculus"][-1].viseme == "sil"
    assert mouth.is_over
    assert mouth.take(2_100).is_empty


def test_words_come_as_letters_do():
    """A word that may go on waits for the letter behind it, or until it is heard."""
    letters = [
        TimedText("grapheme", char, at * 50, 50) for at, char in enumerate("hi you")
    ]
    mouth = Mouth(RATE)
    mouth.begin([*phonemes((0, 300, "a")), *letters[:5]], frames=None)
    assert words(mouth.take(0, ahead=1_000)) == [(0, 100, "hi")]
    assert words(mouth.take(100, ahead=1_000)) == []
    mouth.receive(letters)
    mouth.finish(300)
    assert words(mouth.take(100)) == [(150, 150, "you")]


def test_whole_words_need_no_spaces():
    entries = [
        TimedText("grapheme", "good", 0, 300),
        TimedText("grapheme", "day", 300, 90),
    ]
    _, batch = spoken([*phonemes((0, 390, "a")), *entries], 390)
    assert words(batch) == [(0, 300, "good"), (300, 90, "day")]


def test_statistics_count_what_was_seen():
    mouth, _ = spoken(phonemes((0, 90, "aɪ"), (80, 20, "ж"), (100, 20, "ж")), 120)
    statistics = mouth.statistics()
    assert statistics.unknown == {"ж": 2}
    assert statistics.repairs.by_name() == {"overlapping": 1}
    assert [symbol.text for symbol in mouth.take_unknown()] == ["ж"]
    assert mouth.take_unknown() == ()


def test_entries_in_any_order_are_one_repair():
    entries = babble(2)
    entries[3], entries[9] = entries[9], entries[3]
    mouth, batch = spoken(entries, 2_000)
    assert mouth.statistics().repairs.by_name() == {"unordered": 2}
    assert batch.cues == spoken(babble(2), 2_000)[1].cues


# -- several WAVs one behind another ------------------------------------------------


def joined_mouth(entries, every, ahead, **options):
    """A WAV every so many frames, each with its own times; all that was told."""
    frames = max(entry.frame + entry.frames for entry in entries)
    mouth = Mouth(RATE, sets=[OCULUS], **options)
    cues, marks = [], []
    for heard in range(-ahead, frames + 500, 20):
        at = heard + ahead
        if at % every == 0 and at < frames:
            part = [e for e in entries if at <= e.frame < at + every]
            if at:
                mouth.receive(part)
            else:
                mouth.begin(part, frames=every)
        if at == -(-frames // every) * every:
            mouth.finish(frames)
        batch = mouth.take(max(heard, 0), ahead=10_000)
        cues += batch.cues["oculus"]
        marks += batch.marks
    return mouth, cues, marks


@pytest.mark.parametrize("every", [320, 400, 960, 2_000])
def test_a_second_wav_goes_on_where_the_first_ended(every):
    """Its header says how long the first one is, not the whole."""
    entries = babble(6)
    _, whole = spoken(entries, 6_000, sets=[OCULUS])
    mouth, cues, marks = joined_mouth(entries, every, ahead=1_000)
    assert mouth.is_over
    assert [m.text for m in marks] == [m.text for m in whole.marks]
    assert joined(cues) == joined(whole.cues["oculus"])
    assert mouth.statistics().articulation.late_seals == 0


@pytest.mark.parametrize("every", [300, 540, 1_080])
def test_letters_of_several_wavs_are_one_text(every):

    def reader(text, language):
        """Reads what may be half a word."""
        return [
            Word(m[0], m.start(), m.end(), tuple("mɑmə" if m[0][0] == "m" else "pɑpə"))
            for m in re.finditer("[a-z]+", text)
        ]

    text = "mama papa mama papa mama papa"
    letters = [TimedText("grapheme", c, at * 60, 60) for at, c in enumerate(text)]
    mouth, _, marks = joined_mouth(letters, every, 1_000, letter_to_sound=reader)
    assert mouth.is_over
    assert [m.text for m in marks if m.kind == "word"] == text.split()
    sounds = "".join(m.text for m in marks if m.kind == "phoneme")
    assert sounds == "mɑməpɑpə" * 3


def test_a_wav_that_comes_late_costs_no_more_than_its_beginning():
    """The mouth had come to rest at what looked like the end."""
    mouth, cues, _ = joined_mouth(babble(6), 1_000, ahead=200)
    assert mouth.is_over
    seals = [cue.frame for cue in cues if cue.viseme == "PP"]
    assert sum(frame > 1_400 for frame in seals) >= 13


def test_the_end_of_a_single_wav_is_known_before_its_sound_has_come():
    mouth = Mouth(32_000, sets=[OCULUS])
    mouth.begin(header(), frames=47_616)
    first = mouth.take(0)
    assert [text for _, _, text in words(first)] == ["This", "is", "a", "streaming"]
    assert first.until >= 32_000
    late = []
    for heard in range(0, 47_616, 640):
        batch = mouth.take(heard)
        late += [(text, frame - heard) for frame, _, text in words(batch)]
        assert batch.until >= min(heard + 0.13 * 32_000, 47_616)
    assert [text for text, _ in late] == ["test"]
    assert late[0][1] > 0.22 * 32_000
    assert not mouth.is_over


# -- whatever comes -----------------------------------------------------------------

SPANS = st.tuples(
    st.sampled_from(["phoneme", "grapheme"]),
    st.sampled_from(["a", "ˈaɪ", "tʃ", "m", "ʔ", "ˈ", "ː", " ", ".", ""]),
    st.integers(-50, 2000),
    st.integers(-5, 300),
)


@examples(60)
@given(
    st.lists(st.tuples(st.lists(SPANS, max_size=12), st.integers(0, 2_500)), max_size=4)
)
def test_whatever_comes_cues_stand_in_a_row(batches):
    """No overlap, no empty cue, no hole, nothing before the last ``until``."""
    mouth = Mouth(RATE)
    mouth.begin([TimedText("phoneme", "a", 0, 50)], frames=None)
    until, stops = 0, dict.fromkeys(NAMES, 0)
    heard = 0
    for spans, forward in [*batches, ([], 2_600)]:
        mouth.receive([TimedText(*span) for span in spans])
        heard = max(heard, forward)
        if forward == 2_600:
            mouth.finish(2_500)
        batch = mouth.take(heard, ahead=None if forward == 2_600 else 300)
        for name, cues in batch.cues.items():
            for cue in cues:
                assert cue.frames >= 1
                assert cue.frame == stops[name]
                assert until <= cue.frame < batch.until
                stops[name] = cue.frame + cue.frames
        assert all(mark.frame >= 0 and mark.frames >= 1 for mark in batch.marks)
        until = batch.until
    assert mouth.is_over


def test_what_comes_before_the_first_sound_is_not_final_until_it_is_known():
    """Lips set out before they are heard."""
    mouth = Mouth(RATE)
    mouth.begin(phonemes((0, 800, "p"), (800, 800, "a")), frames=None)
    assert mouth.settled < -0.2 * RATE
