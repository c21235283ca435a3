"""The playout map on a device that is only reckoned: what it is off by."""

from __future__ import annotations

import numpy as np

from streamer.timing import Block, PlayoutMap

__all__ = ["worst_error"]

RATE = 48_000
BLOCK = 240
DELAY = 0.030
"""Seconds that the device keeps in hand."""
LATE = 0.005
"""Mean seconds by which a callback is late; exponential, up to the delay."""
NOISE = 0.0001
"""Standard deviation, in seconds, of what the device says of its delay."""
SETTLED = 3.0
"""Seconds after which errors count."""
LOOK = 20
"""Blocks between two looks, each of which takes all records and then asks."""


def worst_error(ppm: float, *, seconds: float = 600.0, seed: int = 1) -> float:
    """
    Return the largest error of the heard position, in seconds.

    The device runs slower than the clock by *ppm*; its callbacks come two at a
    time and late, and say their delay with some noise.
    """
    chance = np.random.default_rng(seed)
    count = round(seconds * RATE / BLOCK)
    stretch = 1.0 + ppm * 1e-6
    due = np.arange(count) // 2 * 2 * BLOCK / RATE * stretch
    times = 10.0 + due + np.minimum(chance.exponential(LATE, count), DELAY * 0.9)
    times = np.maximum.accumulate(times)
    heard_at = 10.0 + DELAY + np.arange(count) * BLOCK / RATE * stretch
    delays = np.maximum(heard_at - times + chance.normal(0, NOISE, count), 0.0)
    playout = PlayoutMap(RATE)
    playout.begin("u", 0)
    worst = 0.0
    for first in range(0, count, LOOK):
        chunk = range(first, min(first + LOOK, count))
        playout.receive(
            [
                Block(n * BLOCK, n * BLOCK, BLOCK, 0, float(times[n]), float(delays[n]))
                for n in chunk
            ]
        )
        now = float(times[chunk[-1]])
        true = (now - 10.0 - DELAY) / stretch
        if true > SETTLED:
            worst = max(worst, abs(playout.heard("u", now) / RATE - true))
    return worst
