from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from streamer.audio.format import TimedText
from streamer.lipsync.raw_times import RawTimes, TimeReader, repair_times
from tests.examples import examples

NAN, INFINITY = math.nan, math.inf


def raw(*spans):
    """Spans of text, start and end."""
    texts, starts, ends = ([span[index] for span in spans] for index in range(3))
    return RawTimes(texts, starts, ends)


def repaired(given_times, **options):
    done = repair_times(given_times, **options)
    spans = [(text, pytest.approx(a), pytest.approx(b)) for text, a, b in done.spans]
    return spans, done.repairs.by_name()


def test_good_times_are_left_alone():
    spans, repairs = repaired(raw(("a", 0.1, 0.2), ("b", 0.2, 0.35)))
    assert spans == [("a", 0.1, 0.2), ("b", 0.2, 0.35)]
    assert repairs == {}


def test_nothing_is_nothing():
    assert repaired(RawTimes([], [], [])) == ([], {})


@pytest.mark.parametrize(
    ("texts", "starts", "ends", "left"),
    [
        ("abc", [0.0, 0.1], [0.1, 0.2], 1),
        ("ab", [0.0, 0.1, 0.2], [0.1, 0.2, 0.3], 1),
        ("abc", [0.0, 0.1, 0.2], [0.1, 0.2], 1),
        ("abc", [], [], 3),
    ],
)
def test_unequal_arrays_are_cut_to_the_shortest(texts, starts, ends, left):
    spans, repairs = repaired(RawTimes(texts, starts, ends))
    assert repairs == {"unequal": left}
    assert len(spans) == (0 if not starts else 2)


@pytest.mark.parametrize("bad", [NAN, INFINITY, -INFINITY, None, 1e300])
def test_a_start_that_is_no_number_is_where_the_one_before_ended(bad):
    spans, repairs = repaired(raw(("a", 0, 0.1), ("b", bad, 0.3), ("c", 0.3, 0.4)))
    assert spans == [("a", 0, 0.1), ("b", 0.1, 0.3), ("c", 0.3, 0.4)]
    assert repairs == {"non_finite": 1}


def test_an_end_that_is_no_number_is_the_next_start():
    spans, repairs = repaired(raw(("a", 0, NAN), ("b", 0.3, 0.4)))
    assert spans == [("a", 0, 0.3), ("b", 0.3, 0.4)]
    assert repairs == {"non_finite": 1}


def test_starts_that_are_no_numbers_lie_evenly_between_their_neighbours():
    given_times = raw(
        *[("a", 0, 0.1), ("b", NAN, NAN), ("c", NAN, NAN), ("d", 0.4, 0.5)]
    )
    spans, repairs = repaired(given_times)
    assert [start for _, start, _ in spans] == [0, 0.1, 0.25, 0.4]
    assert repairs == {"non_finite": 4}


def test_no_sound_is_lost_where_no_time_is_a_number():
    spans, _ = repaired(raw(("a", NAN, NAN), ("b", NAN, NAN)))
    assert [text for text, _, _ in spans] == ["a", "b"]


def test_an_end_before_its_start_is_the_next_start():
    spans, repairs = repaired(raw(("a", 0.2, 0.1), ("b", 0.3, 0.4), ("c", 0.5, 0.1)))
    assert spans == [("a", 0.2, 0.3), ("b", 0.3, 0.4), ("c", 0.5, 0.5)]
    assert repairs == {"backwards": 2}


def test_ends_alone_tell_starts():
    """The plug-in for Unity has no starts."""
    spans, repairs = repaired(RawTimes("ab", [], [0.1, 0.3]))
    assert spans == [("a", 0, 0.1), ("b", 0.1, 0.3)]
    assert repairs == {}


def test_starts_alone_tell_ends():
    spans, repairs = repaired(RawTimes("ab", [0.1, 0.3], []))
    assert spans == [("a", 0.1, 0.3), ("b", 0.3, 0.3)]
    assert repairs == {}


@pytest.mark.parametrize("duration", [None, 0.5])
def test_milliseconds_are_told_by_their_length(duration):
    """Resemble's page of clips has [[0, 120], [120, 240]]."""
    spans, repairs = repaired(raw(("W", 0, 120), ("EH", 120, 240)), duration=duration)
    assert spans == [("W", 0, 0.12), ("EH", 0.12, 0.24)]
    assert repairs == {"milliseconds": 2}


def test_milliseconds_are_told_by_the_audio():
    short = [(str(index), 3 * index, 3 * index + 3) for index in range(40)]
    assert repaired(raw(*short))[1] == {}
    assert repaired(raw(*short), duration=0.2)[1] == {"milliseconds": 40}


def test_seconds_stay_seconds_where_the_audio_was_cut_off():
    _, repairs = repaired(raw(("a", 0.0, 0.5), ("b", 2.0, 2.5)), duration=0.8)
    assert repairs == {"beyond": 1}


def test_what_is_behind_the_audio_is_dropped():
    spans, repairs = repaired(raw(("a", 0.0, 0.5), ("b", 9.0, 9.5)), duration=5.0)
    assert spans == [("a", 0.0, 0.5)]
    assert repairs == {"beyond": 1}


def test_what_reaches_beyond_the_audio_is_cut():
    """A little is usual, and no repair."""
    spans, repairs = repaired(raw(("a", 0.0, 0.5), ("b", 0.5, 2.0)), duration=1.0)
    assert spans == [("a", 0.0, 0.5), ("b", 0.5, 1.0)]
    assert repairs == {"beyond": 1}
    spans, repairs = repaired(raw(("a", 0.5, 1.05)), duration=1.0)
    assert (spans, repairs) == ([("a", 0.5, 1.0)], {})


def test_one_wrong_time_makes_no_milliseconds_of_the_others():
    good = [("a", 0.1 * at, 0.1 * at + 0.1) for at in range(9)]
    _, repairs = repaired(raw(*good, ("b", 194_782.0, 194_783.0)), duration=300.0)
    assert repairs == {"beyond": 1}


def test_a_reader_gives_frames():
    reader = TimeReader(1000, "grapheme")
    assert reader.receive(raw(("a", 0.1, 0.25))) == [
        TimedText("grapheme", "a", 100, 150)
    ]


def times(entries):
    return [(entry.text, entry.frame, entry.frames) for entry in entries]


def test_messages_with_absolute_times_are_left_alone():
    reader = TimeReader(1000)
    first = reader.receive(raw(("a", 0, 0.5)), audio_before=0.0)
    second = reader.receive(raw(("b", 0.5, 0.9)), audio_before=0.5)
    third = reader.receive(raw(("c", 2.0, 2.5)), audio_before=0.9)
    assert times(first + second + third) == [
        *[("a", 0, 500), ("b", 500, 400), ("c", 2000, 500)]
    ]
    assert reader.repairs.total == 0


def test_a_message_that_overlaps_the_one_before_is_not_relative():
    reader = TimeReader(1000)
    reader.receive(raw(("a", 0, 1.05)), audio_before=0.0)
    assert times(reader.receive(raw(("b", 1.0, 1.5)), audio_before=1.0)) == [
        ("b", 1000, 500)
    ]
    assert reader.repairs.total == 0


@pytest.mark.parametrize("counted", [True, False])
def test_messages_that_begin_at_0_again_are_put_behind_one_another(counted):
    reader = TimeReader(1000)
    entries = []
    for index, text in enumerate("abc"):
        before = index * 0.6 if counted else None
        entries += reader.receive(raw((text, 0.0, 0.6)), audio_before=before)
    assert times(entries) == [("a", 0, 600), ("b", 600, 600), ("c", 1200, 600)]
    assert reader.repairs.by_name() == {"relative": 2}


def test_a_clock_that_restarts_for_each_part_is_kept_within_it():
    """Inworld, Rime and Hume count from the start of a part, over messages."""
    reader = TimeReader(1000)
    entries = reader.receive(raw(("a", 0.0, 0.9)), audio_before=0.0)
    entries += reader.receive(raw(("b", 0.0, 0.4)), audio_before=1.0)
    entries += reader.receive(raw(("c", 0.4, 0.8)), audio_before=1.4)
    assert times(entries) == [("a", 0, 900), ("b", 1000, 400), ("c", 1400, 400)]
    assert reader.repairs.by_name() == {"relative": 1}


def test_a_growing_snapshot_tells_each_entry_once():
    reader = TimeReader(1000)
    spans = [("a", 0.0, 0.2), ("b", 0.2, 0.4), ("c", 0.4, 0.8)]
    entries = []
    for count in (1, 2, 3, 3):
        entries += reader.receive(raw(*spans[:count]), audio_before=0.3 * count)
    assert times(entries) == [("a", 0, 200), ("b", 200, 200), ("c", 400, 400)]
    assert reader.repairs.by_name() == {"repeated": 6}


def test_the_last_entry_of_a_snapshot_may_grow():
    reader = TimeReader(1000)
    reader.receive(raw(("a", 0.0, 0.2), ("b", 0.2, 0.3)))
    later = reader.receive(raw(("a", 0.0, 0.2), ("b", 0.2, 0.5), ("c", 0.5, 0.6)))
    assert times(later) == [("b", 200, 300), ("c", 500, 100)]
    assert "relative" not in reader.repairs.by_name()


def test_the_unit_that_was_told_stays():
    """One short entry of a stream in milliseconds looks like seconds."""
    reader = TimeReader(1000)
    reader.receive(raw(("a", 0, 120), ("b", 120, 240)))
    assert times(reader.receive(raw(("c", 240, 243)))) == [("c", 240, 3)]
    assert reader.repairs.by_name() == {"milliseconds": 3}


def test_an_empty_message_tells_nothing():
    assert TimeReader(1000).receive(RawTimes([], [], [])) == []


anything = st.one_of(st.none(), st.floats(), st.floats(0, 20), st.integers(0, 9000))


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from("abc "), max_size=6),
            st.lists(anything, max_size=6),
            st.lists(anything, max_size=6),
        ),
        max_size=4,
    ),
    st.one_of(st.none(), st.floats(0.1, 20)),
)
@examples(200)
def test_whatever_comes_becomes_frames(messages, duration):
    reader = TimeReader(22050, duration=duration)
    for texts, starts, ends in messages:
        for entry in reader.receive(RawTimes(texts, starts, ends)):
            assert isinstance(entry.frame, int)
            assert entry.frames >= 0
            assert abs(entry.frame) <= 5e9 * 22050
    assert reader.repairs.total >= 0
