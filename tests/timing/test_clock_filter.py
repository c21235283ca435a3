from __future__ import annotations

import random
from statistics import quantiles

import pytest
from hypothesis import given, strategies as st

from streamer.timing.clock_filter import ClockFilter

OFFSET = 5_000_000


def probe(
    clocks: ClockFilter, sent: int, out: int, back: int, offset: int = OFFSET
) -> bool:
    """One probe at *sent*, with its delays, answered 100 µs after it came in."""
    arrived = sent + out
    return clocks.add(
        t1=sent,
        t2=arrived + offset,
        t3=arrived + 100 + offset,
        t4=arrived + 100 + back,
    )


def test_knows_nothing_before_the_first_probe():
    clocks = ClockFilter()

    assert (clocks.known, clocks.offset, clocks.bound) == (False, 0.0, float("inf"))


def test_one_probe_gives_an_offset_within_its_bound():
    clocks = ClockFilter()

    assert not probe(clocks, 0, 30_000, 10_000)

    assert clocks.known
    assert clocks.bound == 20_000
    assert clocks.offset == OFFSET + 10_000


def test_each_direction_takes_its_own_best():
    """No probe is fast both ways, yet the offset is exact."""
    clocks = ClockFilter()
    probe(clocks, 0, 2_000, 90_000)
    probe(clocks, 50_000, 80_000, 2_000)

    assert clocks.offset == OFFSET
    assert clocks.bound == 2_000


def test_a_probe_counts_for_twenty_seconds():
    clocks = ClockFilter()
    probe(clocks, 0, 1_000, 1_000)
    probe(clocks, 19_000_000, 9_000, 9_000)
    assert clocks.bound == 1_000

    probe(clocks, 21_000_000, 9_000, 9_000)

    assert clocks.bound == 9_000


@pytest.mark.parametrize("jump", [-500_000, 500_000])
def test_a_jump_of_the_clock_starts_anew(jump):
    clocks = ClockFilter()
    for i in range(10):
        assert not probe(clocks, i * 50_000, 20_000, 20_000)

    assert probe(clocks, 500_000, 20_000, 20_000, OFFSET + jump)

    assert clocks.offset == OFFSET + jump


def test_a_slow_probe_is_no_jump():
    clocks = ClockFilter()
    probe(clocks, 0, 10_000, 10_000)

    assert not probe(clocks, 50_000, 900_000, 900_000)

    assert clocks.offset == OFFSET


def test_a_new_clock_drops_the_old_probes():
    clocks = ClockFilter()
    probe(clocks, 0, 10_000, 10_000)

    clocks.clear()

    assert not clocks.known


@given(
    st.lists(
        st.tuples(st.integers(0, 200_000), st.integers(0, 200_000)),
        min_size=1,
        max_size=40,
    )
)
def test_is_the_formula_over_the_window(delays):
    """And delays alone are never taken for a jump."""
    clocks = ClockFilter()
    kept: list[tuple[int, int]] = []
    for i, (out, back) in enumerate(delays):
        # Sent far apart, so that answers come in order.
        assert not probe(clocks, i * 400_000, out, back)
        kept.append((OFFSET + out, OFFSET - back))

    best_out, best_back = min(o for o, _ in kept), max(b for _, b in kept)
    assert clocks.offset == (best_out + best_back) / 2
    assert clocks.bound == (best_out - best_back) / 2


def simulate(seed: int) -> float:
    """Error in ms after 2.2 s of probes at 100 ± 50 ms each way."""
    rng = random.Random(seed)
    probes = [i * 50_000 for i in range(41)]
    answers = []
    for sent in probes:
        out, back = (rng.randint(50_000, 150_000) for _ in range(2))
        answers.append((sent + out + 100 + back, sent, out, back))
    clocks = ClockFilter()
    for arrived, sent, out, back in sorted(answers):
        if arrived <= 2_200_000:
            probe(clocks, sent, out, back)
    return abs(clocks.offset - OFFSET) / 1000


def test_within_4_ms_after_2_s_of_jitter():
    errors = [simulate(seed) for seed in range(500)]

    p50, p95 = quantiles(errors, n=20)[9], quantiles(errors, n=20)[18]
    assert p95 <= 4.0, f"p50 {p50:.1f} ms, p95 {p95:.1f} ms"
