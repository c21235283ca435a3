"""
How late a device's callbacks were, by the records of its blocks.

A device asks for blocks when it has room, in a rhythm of its own: PulseAudio's ALSA
plugin asks for two or three at once, each 10 ms. So a block is not due one block
after the one before. What a device needs is that block *n* comes no later than its
frames fall due, and its frames fall due at its rate:

* The *phase* of a block is the time at which it was asked for less its device frame
  by the rate. In an undisturbed device it goes up and down within one burst.
* The *schedule* of a block is the least phase among the blocks from 20 ms before it
  to 0.5 s after it: the earliest that this device asks, drift and slips included. It
  looks ahead, since a device that slipped asks later from then on for good, and
  back, so that the block at which it slipped is held against what was before.
* *Lateness* is the phase above the schedule. Undisturbed, it is between 0 and a
  burst; the burst is measured in the same process before the load begins (95th
  percentile).
* A block is **late by more than one block** where its lateness is more than the
  burst and a block.
* A device that may have more in hand of sound than of silence waits by itself while
  there is nothing to play, and takes several blocks at once when there is. Those are
  *resting* (:func:`resting`), and none of them is called late.
* **Missing** are the blocks that fell due by the clock from the first to the last
  and were never asked for: what a device that ran dry skipped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["AHEAD", "BACK", "Lateness", "lateness", "look_at", "resting"]

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BACK = 0.020
"""Seconds that a schedule looks back."""
AHEAD = 0.5
"""Seconds that a schedule looks ahead."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """What the records of a span of time say."""

    blocks: int
    """Blocks asked for."""
    late: int
    """Those of them that were late by more than one block."""
    missing: int
    """Blocks that were due and never asked for."""
    worst_ms: float
    """Most by which one was late beyond the device's own bursts; 0 or more."""


def lateness(times: Numbers, frames: Numbers, rate: int) -> Numbers:
    """
    Return how late each block was, in seconds, its device's bursts included.

    Args:
        times: When each was asked for, in seconds, in order.
        frames: The device frame of each.
        rate: Frames a second.
    """
    due = frames / rate
    phases = times - due
    first = np.searchsorted(due, due - BACK)
    last = np.searchsorted(due, due + AHEAD, side="right")
    return np.array(
        [
            phase - phases[low:high].min()
            for phase, low, high in zip(phases, first, last, strict=True)
        ]
    )


def resting(times: Numbers, frames: Numbers, rate: int, silent: Flags) -> Flags:
    """
    Return of each block whether its device waits for sound or catches up with it.

    It does from a block with silence in it until one that had to wait for room, which
    the first two blocks of sound do not tell: the first may have waited for sound, and
    the second was asked for when that one was made.

    Args:
        times: When each was asked for, in seconds, in order.
        frames: The device frame of each.
        rate: Frames a second.
        silent: Whether there was silence in it.
    """
    waited = np.append(False, np.diff(times) > np.diff(frames) / rate / 2)
    rests, sounding, flags = True, 0, np.empty(len(times), np.bool_)
    for at, is_silent in enumerate(silent):
        sounding = 0 if is_silent else sounding + 1
        rests = bool(is_silent) or (rests and not (sounding > 2 and waited[at]))
        flags[at] = rests
    return flags


def look_at(
    times: Numbers,
    frames: Numbers,
    rate: int,
    *,
    block: float,
    burst: float,
    rests: Flags | None = None,
) -> Lateness:
    """
    Return what is to be said of the blocks.

    Args:
        times: When each was asked for, in seconds, in order; at least two.
        frames: The device frame of each.
        rate: Frames a second.
        block: Seconds a block lasts.
        burst: Seconds of lateness that are the device's own.
        rests: Which of them are resting; None: none of them.
    """
    beyond, since = lateness(times, frames, rate) - burst, 0
    if rests is not None:
        beyond = np.where(rests, 0.0, beyond)
        since = int(np.argmin(rests))  # before, it has ever more in hand
    span = float(times[-1] - times[since])
    asked = float(frames[-1] - frames[since]) / rate
    # A burst more or less at either end is nothing that is missing.
    missing = max(0.0, span - asked - burst) / block
    return Lateness(
        blocks=len(times),
        late=int(np.count_nonzero(beyond > block)),
        missing=int(missing),
        worst_ms=round(max(0.0, float(beyond.max())) * 1000, 2),
    )
