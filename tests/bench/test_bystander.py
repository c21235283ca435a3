"""Whoever only sleeps is woken, and says how late."""

from __future__ import annotations

import time

import pytest

from bench.harness import bystander
from bench.harness.bystander import Bystander, Woken


@pytest.mark.program
def test_it_runs_in_a_process_of_its_own_until_the_block_is_over():
    with Bystander(0.005) as one:
        assert str(one) == "still there"
        begun = time.perf_counter()
        while time.perf_counter() < begun + 0.1:
            pass
    assert one.woken is not None
    assert 10 <= one.woken.wakes <= 400
    assert 0 <= one.woken.late <= one.woken.wakes
    assert (one.woken.late > 0) == (one.woken.worst_ms > 5.0)
    assert "of" in str(one)


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
