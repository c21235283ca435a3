"""How the battery writes what it measured."""

from __future__ import annotations

import math

import pytest

from bench.lipsync_data.figures import Figure, percent, table


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (Figure("it", 8.0, "", 7, 10), "it: 8 (wanted ≥ 7 and ≤ 10: yes)"),
        (Figure("it", 6.2, "", 7, 10), "it: 6.2 (wanted ≥ 7 and ≤ 10: NO)"),
        (Figure("it", 98.9, "%", least=99), "it: 98.9 % (wanted ≥ 99 %: NO)"),
        (Figure("it", 31, "µs", most=30), "it: 31 µs (wanted ≤ 30 µs: NO)"),
        (Figure("it", 0, most=0), "it: 0 (wanted 0: yes)"),
        (Figure("it", None, "ms", most=5), "it: not measured (wanted ≤ 5 ms)"),
        (Figure("it", math.nan, "ms", most=5), "it: not measured (wanted ≤ 5 ms)"),
    ],
)
def test_a_figure_is_said_beside_its_bounds(figure, said):
    assert str(figure) == said


def test_what_is_missed_by_little_is_not_rounded_to_what_is_wanted():
    assert str(Figure("it", 99.99999, "%", least=100)).startswith("it: 99.99999 %")
    assert str(Figure("it", 30.000004, "µs", most=30)).startswith("it: 30.000004 µs")


def test_a_share_that_is_not_all_is_not_written_as_all():
    assert percent(1.0) == "100.0 %"
    assert percent(0.9999) == "99.9 %"
    assert percent(math.nan) == "–"


def test_a_table_has_its_first_column_to_the_left():
    assert table(("", "a", "bb"), [("x", "1", "2"), ("long", "10", "")]) == [
        "         a  bb",
        "  x      1   2",
        "  long  10",
    ]
