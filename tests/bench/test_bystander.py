"""Whoever only sleeps is woken, and says how late."""

from __future__ import annotations

import pytest

from bench.harness import bystander
from bench.harness.bystander import Bystander, Woken, watch


class Clock:
    """Sleeps are too long by what is given, one after the other."""

    def __init__(self, *late):
        self.time, self.late = 100.0, [*late]

    def sleep(self, seconds):
        self.time += seconds + self.late.pop(0)


def test_a_wake_is_late_by_its_own_moment_not_by_the_one_before():
    """Behind a stop of 26 ms two more moments are past, one of them by too much."""
    clock = Clock(0.001, 0.026, 0.008, 0.0)
    woken = watch(
        0.010,
        lambda: not clock.late,
        realtime=False,
        clock=lambda: clock.time,
        sleep=clock.sleep,
    )
    assert woken == Woken(wakes=6, late=2, worst_ms=26.0, realtime=False)


@pytest.mark.program
def test_it_runs_in_a_process_of_its_own_until_the_block_is_over():
    with Bystander(0.005) as one:
        assert str(one) == "still there"
    assert one.woken is not None
    assert 0 <= one.woken.late <= one.woken.wakes
    assert (one.woken.late > 0) == (one.woken.worst_ms > 5.0)
    assert f"of {one.woken.wakes:,}" in str(one)


def test_it_says_what_it_saw():
    one = Bystander()
    one.woken = Woken(18_000, 12, 48.25, realtime=True)
    said = "woken late by more than 3.3 ms 12 times of 18,000, by 48.25 ms at worst"
    assert str(one) == said
    one.stolen = 0.041
    assert str(one) == f"{said}; its host took 4.1% of the processors away"


@pytest.mark.parametrize(
    ("told", "ticks"),
    [
        ("cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 2\n", (36, 8)),
        ("cpu 1 2 3\n", None),
        ("", None),
        ("cpu a\n", None),
        (None, None),
    ],
)
def test_what_the_host_took_is_read_where_the_system_tells(
    monkeypatch, tmp_path, told, ticks
):
    path = tmp_path / "stat"
    if told is not None:
        path.write_text(told)
    monkeypatch.setattr(bystander, "STAT", path)
    assert bystander._processors() == ticks
