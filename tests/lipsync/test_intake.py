from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from streamer.audio.format import TimedText
from streamer.lipsync.intake import (
    MOST_LETTERS,
    MOST_SYMBOLS,
    Intake,
    are_thousandfold,
)
from streamer.lipsync.repair import Place, RepairLog, cut_at
from tests.examples import examples
from tests.lipsync.mouths import RATE, header, phonemes, spelled


def letters(*spans):
    return [TimedText("grapheme", text, frame, frames) for frame, frames, text in spans]


def take(intake, entries, frames=None):
    """What one message adds."""
    intake.receive(entries, frames=frames)
    return intake.take()


def taken(entries, frames=None):
    intake = Intake(RATE)
    return take(intake, entries, frames), intake.log


def plain(entries):
    return [(entry.frame, entry.frames, entry.text) for entry in entries]


GOOD = phonemes((0, 100, "m"), (100, 100, "a"), (200, 100, "p"), (300, 100, "i"))


@pytest.mark.parametrize("frames", [None, 400])
def test_what_is_right_is_left_alone(frames):
    found, log = taken([*GOOD, *spelled("mapi")], frames)
    assert (list(found.phonemes), list(found.letters)) == (GOOD, spelled("mapi"))
    assert log.repairs.total == 0
    assert log.first == {}


def test_a_header_of_a_streaming_service_needs_no_repair():
    """Digraphs share a span there."""
    found, log = taken(header(), 60_000)
    assert [*found.letters, *found.phonemes] == header()
    assert log.repairs.total == 0


@pytest.mark.parametrize("kind", ["phoneme", "grapheme"])
def test_times_that_go_backwards_are_counted_where_they_first_do(kind):
    entries = [TimedText(kind, "a", at, 50) for at in (0, 200, 100, 300, 250)]
    _, log = taken(entries)
    assert log.repairs.by_name() == {"unordered": 2}
    assert log.first == {"unordered": Place(100, 3, kind)}


def test_entries_are_counted_on_from_message_to_message():
    intake = Intake(RATE)
    take(intake, GOOD)
    take(intake, phonemes((500, 50, "a"), (450, 50, "b")))
    assert intake.log.first == {"unordered": Place(450, 6)}


@pytest.mark.parametrize("kind", ["phoneme", "grapheme"])
def test_what_lies_beyond_the_sound_is_cut_or_dropped(kind):
    entries = [TimedText(kind, "a", at, 300) for at in (0, 300, 600, 900)]
    found, log = taken(entries, 500)
    assert plain(found.phonemes + found.letters) == [(0, 300, "a"), (300, 200, "a")]
    assert log.repairs.by_name() == {"beyond": 3}
    assert log.first["beyond"] == Place(300, 2, kind)


@pytest.mark.parametrize(
    ("span", "kept", "count"),
    [
        ((400, 100), (400, 100), 0),
        ((400, 150), (400, 100), 0),
        ((400, 151), (400, 100), 1),
        ((500, 1), None, 1),
        ((500, 0), None, 0),
        ((501, 0), None, 1),
        ((2**32 - 1, 2**32 - 1), None, 1),
    ],
)
def test_an_end_that_runs_on_a_little_is_usual(span, kept, count):
    found, log = taken(phonemes((0, 400, "a"), (*span, "b")), 500)
    assert plain(found.phonemes)[1:] == ([(*kept, "b")] if kept else [])
    assert log.repairs.beyond == count


@pytest.mark.parametrize("kind", ["phoneme", "grapheme"])
def test_milliseconds_are_seconds_times_a_thousand(kind):
    entries = [TimedText(kind, "a", at * 80_000, 80_000) for at in range(5)]
    found, log = taken(entries, 450)
    assert plain(found.phonemes + found.letters) == [
        (at * 80, 80, "a") for at in range(5)
    ]
    assert log.repairs.by_name() == {"milliseconds": 5}
    assert log.first == {"milliseconds": Place(0, 1, kind)}


def test_the_unit_stays():
    intake = Intake(RATE)
    take(intake, phonemes((0, 80_000, "a"), (80_000, 80_000, "b")), 400)
    found = take(intake, phonemes((160_000, 80_000, "k")))
    assert plain(found.phonemes) == [(160, 80, "k")]


@pytest.mark.parametrize(
    ("spans", "frames", "expected"),
    [
        ([(0, 80_000), (80_000, 80_000)], 200, True),
        # starts alone
        ([(0, 0), (80_000, 0), (160_000, 0)], 200, True),
        ([(90_000, 0)], 200, False),
        # a sound that was cut off after 0.2 of 10 s
        ([(at * 100, 100) for at in range(100)], 200, False),
        # long entries that fit
        ([(0, 8_000), (8_000, 8_000)], 60_000, False),
        # one that is wrong, of many and of two
        ([(at * 100, 100) for at in range(9)] + [(300_000, 99)], 900, False),
        ([(0, 100), (2**32 - 1, 2**32 - 1)], 900, False),
        ([(0, 100), (190_000_000, 80_000)], 300_000, False),
        # too long for either
        ([(0, 80_000), (80_000, 80_000)], 50, False),
        # nobody knows how long the sound is
        ([(0, 80_000), (80_000, 80_000)], None, True),
        ([(0, 0), (80_000, 0), (160_000, 0)], None, True),
        ([(0, 80), (80, 80_000), (80_080, 80)], None, False),
    ],
)
def test_what_only_makes_sense_as_milliseconds(spans, frames, expected):
    entries = phonemes(*((*span, "a") for span in spans))
    assert are_thousandfold(entries, RATE, frames) == expected


def test_a_sentence_of_ten_seconds_is_no_word_of_milliseconds():
    sentence = "How long is a piece of string?"
    assert not are_thousandfold(letters((0, 10_000, sentence)), RATE, None)
    words = letters((0, 300_000, "How"), (300_000, 400_000, "long"))
    assert are_thousandfold(words, RATE, None)


def test_milliseconds_of_a_stream_of_unknown_length_are_divided():
    intake = Intake(RATE)
    pause = take(intake, phonemes((0, 0, "")))
    assert plain(pause.phonemes) == [(0, 0, "")]
    found = take(intake, phonemes((0, 80_000, "a"), (80_000, 80_000, "b")))
    assert plain(found.phonemes) == [(0, 80, "a"), (80, 80, "b")]
    found = take(intake, phonemes((160_000, 80_000, "k")))
    assert plain(found.phonemes) == [(160, 80, "k")]


def test_of_a_long_label_the_beginning_is_read():
    (phoneme,), log = taken(phonemes((0, 400, "ma" * 5_000)))[0].phonemes, None
    assert phoneme.text == "ma" * (MOST_SYMBOLS // 2)
    found, log = taken(letters((0, 400, "ma" * 5_000)))
    assert len(found.letters[0].text) == MOST_LETTERS
    assert log.repairs.by_name() == {"long": 1}


def test_letters_out_of_range_are_counted():
    _, log = taken(letters((-5, 10, "a"), (5, -2, "b"), (10, 30, "c"), (20, 5, "d")))
    assert log.repairs.by_name() == {"negative": 1, "backwards": 1, "overlapping": 1}
    assert log.first["overlapping"] == Place(10, 3, "grapheme")


# -- snapshots ------------------------------------------------------------------------


def test_a_snapshot_adds_only_its_end():
    intake = Intake(RATE)
    take(intake, [*GOOD[:2], *spelled("mapi")[:2]])
    found = take(intake, [*GOOD, *spelled("mapi")])
    assert list(found.phonemes) == GOOD[2:]
    assert list(found.letters) == spelled("mapi")[2:]
    assert intake.log.repairs.by_name() == {"repeated": 4}
    assert intake.log.first["repeated"] == Place(0, 3, "phoneme")


def test_an_entry_that_has_grown_comes_again():
    intake = Intake(RATE)
    take(intake, phonemes((0, 50, "a"), (50, 20, "b")))
    found = take(intake, phonemes((0, 50, "a"), (50, 60, "b")))
    assert plain(found.phonemes) == [(50, 60, "b")]


def test_sounds_that_share_a_span_may_be_equal():
    """Each phoneme of a word has the word's span."""
    word = phonemes(*((100, 400, text) for text in "banana"))
    intake = Intake(RATE)
    assert list(take(intake, word).phonemes) == word
    assert take(intake, word).phonemes == ()
    assert list(take(intake, [*word, *word[:2]]).phonemes) == word[:2]
    assert intake.log.repairs.by_name() == {"repeated": 6 + 6}


def test_the_oldest_phonemes_are_forgotten():
    entries = phonemes(*((at * 10, 10, "a") for at in range(8_193)))
    intake = Intake(RATE)
    take(intake, entries)
    assert take(intake, entries[:2]).phonemes == (entries[0],)


# -- in steps -------------------------------------------------------------------------


def test_of_the_last_message_only_what_is_needed_is_taken():
    intake = Intake(RATE)
    intake.receive([*GOOD, *spelled("mapi")])
    found = intake.take(100, 1)
    assert (list(found.phonemes), list(found.letters)) == (GOOD[:2], spelled("ma"))
    assert not intake.is_empty
    again = intake.take(100, 1)
    assert (again.phonemes, again.letters) == ((), ())
    rest = intake.take(900)
    assert (list(rest.phonemes), list(rest.letters)) == (GOOD[2:], spelled("mapi")[2:])
    assert intake.is_empty


def test_so_many_letters_are_taken_at_least():
    intake = Intake(RATE)
    intake.receive([*GOOD, *spelled("mapimapi")])
    assert intake.has_letters
    found = intake.take(100, letters=3)
    assert (list(found.phonemes), list(found.letters)) == (GOOD[:1], spelled("map"))
    assert len(intake.take(100, letters=2).letters) == 2
    assert len(intake.take(100, letters=99).letters) == 3
    assert not intake.has_letters
    assert not intake.is_empty


def test_what_came_before_the_last_message_is_taken_whole():
    intake = Intake(RATE)
    intake.receive(GOOD)
    intake.receive(phonemes((400, 100, "s"), (500, 100, "u")))
    found = intake.take(450)
    assert list(found.phonemes) == [*GOOD, *phonemes((400, 100, "s"))]


def test_what_starts_at_one_moment_is_taken_together():
    """A snapshot is known by what starts at the last moment taken."""
    word = letters((0, 400, "o"), (0, 400, "o"), (0, 400, "o"), (400, 100, "n"))
    intake = Intake(RATE)
    intake.receive(word)
    assert list(intake.take(0, 2).letters) == word[:3]


@pytest.mark.parametrize(
    ("spans", "frames"),
    [
        ([(0, 80_000), (80_000, 80_000), (160_000, 80_000)], 240),
        ([(200, 100), (0, 100), (100, 100)], None),
        ([(-9, 100), (-3, 100), (100, 100)], None),
    ],
    ids=["milliseconds", "unordered", "negative"],
)
def test_what_has_to_be_seen_whole_is_taken_whole(spans, frames):
    intake = Intake(RATE)
    intake.receive(phonemes(*((*span, "a") for span in spans)), frames=frames)
    assert len(intake.take(0).phonemes) == 3


def test_what_is_needed_to_the_end_of_its_sound_is_taken_whole():
    """What is beyond it is none of it, and nobody would ask for it."""
    intake = Intake(RATE)
    intake.receive(phonemes(*((at, 10, "a") for at in range(0, 1_000, 10))), frames=500)
    assert len(intake.take(490).phonemes) == 49
    assert len(intake.take(500).phonemes) == 1
    assert intake.is_empty
    assert intake.log.repairs.beyond == 50


@pytest.mark.parametrize(("last", "expected"), [(700, True), (600, False)])
def test_it_is_known_whether_the_header_tells_to_the_end(last, expected):
    entries = [*phonemes((0, 100, "m"), (last, 0, "a")), *spelled("mapimapi")]
    intake = Intake(RATE)
    intake.receive(entries, frames=1_000)
    assert not intake.ends_with("phonemes", 1_000)
    intake.take(100)
    assert not intake.ends_with("phonemes", 1_000)
    intake.take()
    assert intake.ends_with("phonemes", 1_000) == expected
    assert intake.ends_with("graphemes", 1_000)


def test_what_waits_is_cut_when_the_end_is_known():
    log = RepairLog()
    entries = phonemes((0, 100, "a"), (100, 100, "b"), (150, 10, "k"), (160, 0, "t"))
    assert plain(cut_at(entries, 150, log)) == [(0, 100, "a"), (100, 50, "b")]
    assert log.repairs.by_name() == {"beyond": 2}


SPANS = st.tuples(
    st.sampled_from(["phoneme", "grapheme"]),
    st.sampled_from("abc"),
    st.integers(-50, 2_000),
    st.integers(-50, 2_000),
)


@examples(100)
@given(st.lists(SPANS, max_size=20), st.integers(1, 1_500))
def test_whatever_comes_nothing_is_beyond_the_sound_and_all_is_counted(spans, frames):
    entries = [TimedText(*span) for span in spans]
    found, log = taken(entries, frames)
    kept = found.phonemes + found.letters
    assert all(entry.frame < frames for entry in kept)
    assert all(entry.frame + entry.frames <= frames for entry in kept)
    silent = sum(entry.frame == frames and entry.frames <= 0 for entry in entries)
    assert len(entries) - len(kept) <= log.repairs.beyond + silent
    assert log.repairs.repeated == 0


@examples(200)
@given(
    st.lists(st.lists(SPANS, max_size=12), max_size=3),
    st.one_of(st.none(), st.integers(1, 1_500)),
    st.lists(st.integers(0, 2_000), max_size=8),
    st.integers(0, 3),
    st.booleans(),
)
def test_what_is_taken_is_the_same_in_steps(messages, frames, steps, further, ordered):
    whole, parts = Intake(RATE), Intake(RATE)
    found, pieces = [], []
    for spans in messages:
        entries = [TimedText(*span) for span in spans]
        if ordered:
            entries.sort(key=lambda entry: entry.frame)
        found.append(take(whole, entries, frames))
        parts.receive(entries, frames=frames)
        pieces += [parts.take(before, further) for before in sorted(steps)]
    pieces.append(parts.take())
    for kind in ("phonemes", "letters"):
        assert [e for piece in pieces for e in getattr(piece, kind)] == [
            e for message in found for e in getattr(message, kind)
        ]
    assert parts.log.repairs == whole.log.repairs
    assert parts.log.first.keys() == whole.log.first.keys()
    assert parts.is_empty
