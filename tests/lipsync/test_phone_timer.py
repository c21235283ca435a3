from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from streamer.audio.format import TimedText
from streamer.lipsync.phone_timer import PhoneTimer, timed_phones
from streamer.lipsync.phonemes import PhonemeNormaliser
from streamer.lipsync.timeline import Mark
from tests.examples import examples

RATE = 1000
"""Frames a second, so that a frame is a millisecond."""


def entries(*spans):
    return [TimedText("phoneme", text, frame, frames) for frame, frames, text in spans]


def timer(language="en", alphabet="ipa"):
    return PhoneTimer(RATE, PhonemeNormaliser(language, alphabet))


def plain(phones):
    """Frame, frames and symbol of each; silence is ``_``."""
    return [(p.frame, p.frames, p.phone.symbol if p.phone else "_") for p in phones]


def told(*spans, frames=None, language="en"):
    normaliser = PhonemeNormaliser(language)
    return plain(timed_phones(entries(*spans), normaliser, rate=RATE, frames=frames))


def test_sounds_in_order_are_left_alone():
    assert told((0, 10, "a"), (10, 5, "b")) == [(0, 10, "a"), (10, 5, "b")]


def test_nothing_is_nothing():
    assert told() == []
    assert told(frames=300) == [(0, 300, "_")]


def test_a_long_gap_is_silence_and_a_short_one_is_bridged():
    given = [(0, 100, "a"), (150, 50, "b"), (251, 50, "k")]
    assert told(*given) == [
        *[(0, 150, "a"), (150, 50, "b")],
        *[(200, 51, "_"), (251, 50, "k")],
    ]


def test_time_before_the_first_sound_is_silence_however_short():
    assert told((32, 10, "a")) == [(0, 32, "_"), (32, 10, "a")]


def test_space_punctuation_and_gaps_are_one_silence():
    given = [(0, 100, "a"), (100, 40, " "), (140, 10, "."), (400, 50, "b")]
    assert told(*given) == [(0, 100, "a"), (100, 300, "_"), (400, 50, "b")]


def test_the_end_of_the_audio_is_told():
    assert told((0, 100, "a"), frames=300) == [(0, 100, "a"), (100, 200, "_")]
    assert told((0, 100, "a"), frames=130) == [(0, 130, "a")]
    assert told((0, 100, "a"), frames=80) == [(0, 80, "a")]


def test_an_entry_behind_the_end_of_the_audio_is_dropped():
    clock = timer()
    phones = clock.receive(entries((0, 50, "a"), (90, 50, "b")), until=0)
    phones += clock.finish(80)
    assert plain(phones)[0] == (0, 90, "a")
    assert "b" not in [symbol for _, _, symbol in plain(phones)]
    assert clock.repairs.by_name() == {"bridged": 1, "beyond": 1}


def test_diphthongs_and_affricates_are_split_in_time():
    assert told((0, 100, "aɪ")) == [(0, 60, "a"), (60, 40, "ɪ")]
    assert told((0, 100, "tʃ")) == [(0, 40, "t"), (40, 60, "ʃ")]


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4])
def test_every_sound_has_a_frame(frames):
    given = [(10, frames, "tʃaɪ"), (10 + frames, 50, "p")]
    phones = told(*given)
    assert [symbol for _, _, symbol in phones] == ["_", "t", "ʃ", "a", "ɪ", "p"]
    assert all(length >= 1 for _, length, _ in phones)


def test_one_character_an_entry_is_joined():
    """Resemble's v1: stress and length have entries, and times, of their own."""
    given = [(0, 20, "ˈ"), (20, 60, "i"), (80, 30, "ː"), (110, 40, "m")]
    (first, second) = timed_phones(entries(*given), PhonemeNormaliser(), rate=RATE)
    assert (first.frame, first.frames) == (0, 110)
    assert (first.phone.symbol, first.phone.stress) == ("i", 1)
    assert first.phone.length == "long"
    assert second.frame == 110


def test_overlaps_are_cut_at_the_next_start():
    """Resemble's v2: each end runs two to four grid steps past the next start."""
    given = [(37, 87, "h"), (87, 88, "ˈe"), (150, 75, "ɪ")]
    clock = timer()
    phones = clock.receive(entries(*given))
    assert plain(phones) == [(0, 37, "_"), (37, 50, "h"), (87, 63, "e"), (150, 75, "ɪ")]
    assert clock.repairs.by_name() == {"overlapping": 2}


def test_other_kinds_are_left_out():
    clock = timer()
    assert clock.receive([TimedText("grapheme", "a", 0, 10)]) == []


def test_a_snapshot_adds_only_its_end():
    clock = timer()
    first = clock.receive(entries((0, 50, "a"), (50, 50, "b")))
    second = clock.receive(entries((0, 50, "a"), (50, 50, "b"), (100, 50, "k")))
    assert plain(first + second) == [(0, 50, "a"), (50, 50, "b"), (100, 50, "k")]
    assert clock.repairs.by_name() == {"late": 2}


def test_a_snapshot_whose_last_entry_has_grown():
    clock = timer()
    phones = clock.receive(entries((0, 50, "a"), (50, 20, "b")), until=0)
    phones += clock.receive(entries((0, 50, "a"), (50, 60, "b")), until=0)
    phones += clock.finish()
    assert plain(phones) == [(0, 50, "a"), (50, 60, "b")]
    assert clock.repairs.by_name() == {"late": 1, "repeated": 1}


def test_what_comes_too_late_is_dropped_and_counted():
    clock = timer()
    clock.receive(entries((0, 50, "a"), (100, 50, "b")))
    assert clock.receive(entries((60, 30, "m"))) == []
    assert clock.repairs.by_name() == {"bridged": 1, "late": 1}


def test_without_until_only_a_stress_mark_waits():
    clock = timer()
    assert plain(clock.receive(entries((0, 50, "a"), (50, 20, "ˈ")))) == [(0, 50, "a")]
    (phone,) = clock.receive(entries((70, 50, "i")))
    assert (phone.frame, phone.frames, phone.phone.stress) == (50, 70, 1)


def test_a_modifier_that_comes_behind_its_told_sound_prolongs_it():
    clock = timer()
    first = clock.receive(entries((0, 50, "i")))
    second = clock.receive(entries((50, 30, "ː")))
    assert plain(first + second) == [(0, 50, "i"), (50, 30, "i")]
    assert clock.repairs.total == 0


def test_the_last_sound_is_held_back_until_it_is_needed():
    clock = timer()
    assert clock.receive(entries((0, 50, "a"), (50, 90, "b")), until=40) != []
    assert clock.until == 50
    assert clock.receive((), until=50) == []
    assert plain(clock.receive((), until=51)) == [(50, 90, "b")]
    assert clock.finish() == []


def test_what_is_held_back_may_still_be_cut():
    clock = timer()
    clock.receive(entries((0, 80, "a")), until=0)
    phones = clock.receive(entries((60, 40, "b")), until=0) + clock.finish()
    assert plain(phones) == [(0, 60, "a"), (60, 40, "b")]


def test_a_mark_without_a_sound_is_counted_and_its_time_is_a_gap():
    clock = timer()
    phones = clock.receive(entries((0, 20, "ː"), (20, 50, "a"), (70, 20, "ˈ")))
    phones += clock.finish()
    assert plain(phones) == [(0, 20, "_"), (20, 50, "a")]
    assert clock.repairs.by_name() == {"stray": 2}


def test_a_switch_of_language_is_no_stray_mark():
    clock = timer("fr")
    phones = clock.receive(entries((0, 10, "(en)"), (10, 50, "a"), (60, 50, "b")))
    assert plain(phones) == [(0, 10, "_"), (10, 50, "a"), (60, 50, "b")]
    assert clock.repairs.total == 0


def test_marks_are_the_raw_phonemes_where_they_are_now():
    clock = timer()
    clock.receive(entries((0, 60, "ˈaɪ"), (50, 50, " "), (100, 50, "b")), until=100)
    assert clock.take_marks() == [
        Mark(0, 50, "phoneme", "ˈaɪ"),
        Mark(50, 50, "phoneme", " "),
    ]
    clock.finish()
    assert clock.take_marks() == [Mark(100, 50, "phoneme", "b")]
    assert clock.take_marks() == []


def test_auto_reads_arpabet():
    clock = timer(alphabet="auto")
    phones = clock.receive(entries((0, 50, "HH"), (50, 50, "AY1")))
    assert [symbol for _, _, symbol in plain(phones)] == ["h", "a", "ɪ"]


TEXTS = ["a", "ˈi", "tʃ", "aɪ", "m", "p", " ", ".", "ˈ", "ː", "ʰ", "s", "ə"]

timed = st.lists(
    st.tuples(
        st.integers(1, 120),
        st.integers(0, 160),
        st.sampled_from(TEXTS),
    ),
    max_size=25,
)


def in_order(steps):
    """Entries whose starts rise; their ends go where they like."""
    frame, found = 0, []
    for step, frames, text in steps:
        frame += step
        found.append(TimedText("phoneme", text, frame, frames))
    return found


@given(timed, st.lists(st.integers(0, 25), max_size=4))
@examples(150)
def test_any_division_into_calls_gives_the_same_sounds(steps, cuts):
    given_entries = in_order(steps)
    whole = timed_phones(given_entries, PhonemeNormaliser(), rate=RATE, frames=4000)
    clock = timer()
    phones, before = [], 0
    for cut in [*sorted(cuts), len(given_entries)]:
        phones += clock.receive(given_entries[before:cut], until=0)
        before = max(before, cut)
    phones += clock.finish(4000)
    assert runs(phones) == runs(whole)


def runs(phones):
    """Equal neighbours are one, in however many parts they were told."""
    joined = []
    for frame, frames, symbol in plain(phones):
        if joined and joined[-1][2] == symbol:
            joined[-1] = (joined[-1][0], joined[-1][1] + frames, symbol)
        else:
            joined.append((frame, frames, symbol))
    return joined


wild = st.lists(
    st.tuples(st.integers(-200, 800), st.integers(-50, 300), st.sampled_from(TEXTS)),
    max_size=15,
)


@given(st.lists(wild, max_size=4), st.booleans())
@examples(150)
def test_sounds_follow_one_another_without_holes_whatever_comes(batches, holds):
    clock = timer()
    phones = []
    for batch in batches:
        phones += clock.receive(entries(*batch), until=0 if holds else None)
    phones += clock.finish()
    until = 0
    for phone in phones:
        assert phone.frame == until
        assert phone.frames >= 1
        until += phone.frames
    assert clock.until == until


@pytest.mark.parametrize("text", [" ", "p", "aɪ"])
def test_a_switch_of_language_makes_no_overlap(text):
    """German ``ɐɜ`` is one sound and English two: more than was known to need room."""
    given = [(0, 10, "(en)"), (10, 0, "ɐɜ"), (11, 1, text), (12, 50, "m")]
    phones = told(*given, language="de")
    assert [symbol for _, _, symbol in phones[:3]] == ["_", "ɐ", "ɜ"]
    stops = [frame + frames for frame, frames, _ in phones]
    assert [frame for frame, _, _ in phones] == [0, *stops[:-1]]
    assert all(frames >= 1 for _, frames, _ in phones)


def test_equal_sounds_may_share_a_span():
    assert told(*((100, 400, text) for text in "mama")) == [
        *[(0, 100, "_"), (100, 100, "m"), (200, 100, "a")],
        *[(300, 100, "m"), (400, 100, "a")],
    ]


def test_entries_that_go_backwards_are_sorted_and_counted():
    clock = timer()
    phones = clock.receive(entries((50, 50, "b"), (0, 50, "a")))
    assert plain(phones) == [(0, 50, "a"), (50, 50, "b")]
    assert clock.repairs.by_name() == {"unordered": 1}


def test_what_has_no_room_at_all_is_left_out():
    """And what comes behind it keeps its place."""
    clock = timer()
    phones = clock.receive(entries(*[(0, 0, "m")] * 5_000, (2_000, 50, "a")))
    assert plain(phones)[-1] == (2_000, 50, "a")
    assert len(phones) < 1_100
    assert clock.repairs.crowded == 4_999


def test_no_sound_begins_behind_the_end_of_the_audio():
    clock = timer()
    phones = clock.receive(entries(*[(90, 0, "m")] * 50), until=0)
    phones += clock.finish(100)
    assert sum(phone.frames for phone in phones) == 100
    assert clock.repairs.beyond == 40
