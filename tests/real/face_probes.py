"""
Answered probes that the server's and the browser's clock filter are both fed.

Written once, so that the two cannot come to different rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

__all__ = ["SEQUENCES", "Probe", "Sequence", "probe"]

Probe = tuple[int, int, int, int]
"""``t1`` to ``t4`` as the wire protocol names them, µs."""

OFFSET = 5_000_000


@dataclass(frozen=True, slots=True)
class Sequence:
    """Answered probes, in order of arrival."""

    probes: tuple[Probe, ...]
    """The four times of each."""
    restarts: int
    """How often the filter has to drop what it knew."""


def probe(sent: float, out: float, back: float, offset: float = OFFSET) -> Probe:
    """Return a probe sent at *sent*, with its delays, held 100 µs; all µs."""
    came = sent + out
    times = (sent, came + offset, came + 100 + offset, came + 100 + back)
    sent_us, came_us, left_us, back_us = map(round, times)
    return sent_us, came_us, left_us, back_us


def each(
    step: int, delays: Iterable[tuple[float, float]], offset: float = OFFSET
) -> Iterator[Probe]:
    """Yield a probe each *step* µs, from 0 on."""
    for i, (out, back) in enumerate(delays):
        yield probe(i * step, out, back, offset)


def _drift(ppm: float, delay: int, seconds: int) -> tuple[Probe, ...]:
    """Two probes a second while the other clock runs *ppm* faster."""
    return tuple(
        probe(i * 500_000, delay, delay, OFFSET + i * ppm / 2)
        for i in range(seconds * 2)
    )


def _jumps(seed: int, offsets: list[int]) -> tuple[Probe, ...]:
    """Forty jittery probes at each of *offsets*, which are far apart."""
    random = np.random.default_rng(seed)
    return tuple(
        probe((40 * k + i) * 500_000, *random.uniform(1_000, 150_000, 2), offset)
        for k, offset in enumerate(offsets)
        for i in range(40)
    )


MS = 1_000
STEADY = tuple(each(500_000, [(MS, MS)] * 10))

SEQUENCES = {
    "one": Sequence((probe(0, 30 * MS, 10 * MS),), 0),
    "slow-answer-then-slow-question": Sequence(
        (probe(0, 10 * MS, 90 * MS), probe(500_000, 100 * MS, 5 * MS)), 0
    ),
    "slow-question-then-slow-answer": Sequence(
        (probe(0, 90 * MS, 10 * MS), probe(500_000, 5 * MS, 100 * MS)), 0
    ),
    "queues-in-one-direction": Sequence(
        (*STEADY, probe(5_000_000, 90 * MS, MS), probe(6_000_000, MS, 90 * MS)), 0
    ),
    "forward": Sequence((*STEADY, probe(5_000_000, 1_500, 1_200, 9_000_000)), 1),
    "backward": Sequence((*STEADY, probe(5_000_000, 1_500, 1_200, 1_000_000)), 1),
    "hidden-by-the-delays": Sequence(
        (*STEADY, probe(5_000_000, MS, MS, OFFSET + 1_900)), 0
    ),
    "out-of-the-delays": Sequence(
        (*STEADY, probe(5_000_000, MS, MS, OFFSET + 2_100)), 1
    ),
    "bounds-that-touch": Sequence(
        (*STEADY, probe(5_000_000, MS, MS, OFFSET + 2_000)), 0
    ),
    "old-ones-count-20-s": Sequence(
        (probe(0, MS, MS), probe(20_000_000 - 16 * MS, 9 * MS, 9 * MS)), 0
    ),
    "and-no-longer": Sequence(
        (probe(0, MS, MS), probe(20_000_001 - 16 * MS, 9 * MS, 9 * MS)), 0
    ),
    "forgotten-before-the-jump": Sequence(
        (probe(0, MS, MS), probe(30_000_000, MS, MS, 9_000_000)), 1
    ),
    "slow-drift": Sequence(_drift(50, 600, 60), 0),
    "drift-beyond-the-delays": Sequence(_drift(100, 100, 60), 23),
    "jitter-and-three-jumps": Sequence(
        _jumps(3, [OFFSET, 9_000_000, 2_000_000, OFFSET]), 3
    ),
}
"""What the probes go through → the probes."""
