from __future__ import annotations

import pytest

from streamer.audio.format import TimedText
from streamer.lipsync.phonemes import PhonemeNormaliser
from streamer.lipsync.repair import (
    MendedText,
    Place,
    Placed,
    RepairLog,
    Repairs,
    place,
    repair,
)
from tests.tables import each


def entries(*spans):
    return [TimedText("phoneme", text, frame, frames) for frame, frames, text in spans]


def repaired(*spans, after=0, slack=0):
    done = repair(entries(*spans), PhonemeNormaliser(), after=after, slack=slack)
    return [(e.frame, e.frames, e.text) for e in done.entries], done.changes


def names(*spans, after=0, slack=0):
    done = repair(entries(*spans), PhonemeNormaliser(), after=after, slack=slack)
    return done.repairs.by_name()


@pytest.mark.parametrize(
    ("spans", "after", "found"),
    [
        ([(0, 5, "a"), (5, 5, "b")], 0, {}),
        ([(10, 5, "b"), (0, 10, "a")], 0, {"unordered": 1}),
        ([(0, 14, "a"), (10, 5, "b")], 0, {"overlapping": 1}),
        ([(-5, 15, "a"), (10, 5, "b")], 0, {"negative": 1}),
        ([(0, 0, "a"), (9, 5, "b")], 0, {"empty": 1}),
        ([(7, 0, "a"), (7, 9, "b")], 0, {"empty": 1, "crowded": 1}),
        ([(0, 5, "a"), (5, 5, "b")], 5, {"repeated": 1}),
        ([(0, 9, "a")], 5, {"late": 1}),
    ],
)
def test_each_repair_has_its_name(spans, after, found):
    assert names(*spans, after=after) == found


def test_entries_that_have_one_span_share_it():
    times, changes = repaired((10, 60, "a"), (10, 60, "b"), (10, 60, "c"))
    assert times == [(10, 20, "a"), (30, 20, "b"), (50, 20, "c")]
    assert changes == 3


def test_counts_are_added_up_by_name():
    both = Repairs(empty=1, gaps=2) + Repairs(gaps=1, milliseconds=4)
    assert both == Repairs(empty=1, gaps=3, milliseconds=4)
    assert both.total == 8
    assert both.by_name() == {"empty": 1, "gaps": 3, "milliseconds": 4}


def test_an_entry_has_a_frame_for_each_of_its_sounds():
    (first, second) = place(
        entries((0, 1, "aɪɚ"), (1, 9, "b")), after=0, normaliser=PhonemeNormaliser()
    )
    assert (first.entry.frame, first.entry.frames, first.repair) == (0, 3, "empty")
    assert (second.entry.frame, second.entry.frames) == (3, 7)


def test_the_entry_behind_cuts_the_last_one():
    placed = place(entries((0, 9, "a")), after=0, before=6)
    assert placed == [Placed(entries((0, 6, "a"))[0], "overlapping")]


def test_what_would_be_moved_too_far_has_no_room():
    given = entries((0, 0, "a"), (0, 0, "b"), (0, 0, "k"), (5, 5, "t"))
    placed = place(given, after=0, latest=1)
    assert [(p.entry.frame, p.entry.frames, p.repair) for p in placed] == [
        *[(0, 1, "empty"), (1, 1, "crowded"), (0, 0, "crowded"), (5, 5, None)]
    ]


def test_mended_text_is_a_list_with_its_repairs():
    assert MendedText(entries((0, 1, "a"))) == entries((0, 1, "a"))
    assert MendedText().repairs == Repairs()
    assert MendedText((), Repairs(late=1)).repairs.late == 1


def test_a_log_knows_where_each_repair_was_first_made():
    log = RepairLog()
    (first, other) = entries((7, 1, "a"), (9, 1, "b"))
    log.add("late", first, 3)
    log.add("late", other, 4)
    log.add("empty", other)
    assert log.repairs == Repairs(late=2, empty=1)
    assert log.first == {"late": Place(7, 3), "empty": Place(9)}


def test_times_in_order_are_left_alone():
    spans = [(0, 10, "a"), (10, 5, "b"), (40, 5, "c")]
    assert repaired(*spans) == (spans, 0)


def test_nothing_stays_nothing():
    assert repaired() == ([], 0)


def test_entries_are_sorted_by_their_start():
    assert repaired((10, 5, "b"), (0, 10, "a")) == ([(0, 10, "a"), (10, 5, "b")], 1)


def test_overlaps_are_cut_at_the_next_start():
    assert repaired((0, 14, "a"), (10, 5, "b")) == ([(0, 10, "a"), (10, 5, "b")], 1)


def test_negative_starts_are_clipped():
    assert repaired((-5, 15, "a"), (10, 5, "b")) == ([(0, 10, "a"), (10, 5, "b")], 1)


@pytest.mark.parametrize("frames", [0, -3])
def test_empty_spans_get_a_frame(frames):
    assert repaired((0, frames, "a"), (9, 5, "b")) == ([(0, 1, "a"), (9, 5, "b")], 1)


def test_equal_starts_are_moved_apart():
    times, changes = repaired((7, 3, "a"), (7, 3, "b"), (7, 3, "c"))
    assert times == [(7, 1, "a"), (8, 1, "b"), (9, 1, "c")]
    assert changes == 3


def test_entries_without_text_are_left_out():
    assert repaired((0, 5, ""), (5, 5, "a")) == ([(5, 5, "a")], 0)


def test_what_was_told_is_dropped():
    """A snapshot repeats its beginning; only its end is new."""
    times, changes = repaired((0, 10, "a"), (10, 10, "b"), (20, 10, "c"), after=20)
    assert times == [(20, 10, "c")]
    assert changes == 2


def test_what_reaches_past_the_told_part_is_clipped():
    assert repaired((10, 20, "b"), after=20) == ([(20, 10, "b")], 1)


def test_the_frame_of_an_earlier_end_is_given_up_without_repair():
    assert repaired((20, 10, "c"), after=21, slack=1) == ([(21, 9, "c")], 0)


def test_slack_is_for_the_first_entry_only():
    times, changes = repaired((20, 0, "c"), (20, 9, "d"), after=20, slack=1)
    assert times == [(20, 1, "c"), (21, 8, "d")]
    assert changes == 2


@each(
    [
        ("ˈ ɛ ː", ["ˈɛː"]),
        ("h ə l ˈ o ʊ", ["h", "ə", "l", "ˈo", "ʊ"]),
        ("t ʰ a", ["tʰ", "a"]),
        ("i 5", ["i5"]),
        ("ˈ m \u0329", ["ˈm\u0329"]),
        ("ˈ ˈ a", ["ˈ", "ˈa"]),
        ("ˈ _ a", ["ˈ", " ", "a"]),
        ("ˈ ː a", ["ˈ", "ː", "a"]),
        ("_ ː a", [" ", "ː", "a"]),
        ("ː a", ["ː", "a"]),
        ("a ˈ", ["a", "ˈ"]),
        ("a ?", ["a", "?"]),
        ("a ( e n ) w", ["a(en)", "w"]),
        ("_ ( e n ) w", [" ", "(en)", "w"]),
        ("( h i )", ["(", "h", "i", ")"]),
        ("( a", ["(", "a"]),
    ]
)
def test_marks_join_the_sound_they_belong_to(given, joined):
    spans = [(10 * i, 10, c.replace("_", " ")) for i, c in enumerate(given.split())]
    times, changes = repaired(*spans)
    assert [text for _, _, text in times] == joined
    assert changes == 0


def test_spans_merge_with_their_entries():
    assert repaired((0, 10, "ˈ"), (12, 8, "ɛ"), (25, 5, "ː")) == ([(0, 30, "ˈɛː")], 0)
