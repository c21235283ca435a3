"""How a device's stream is to be opened, and how it is where nobody asks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from streamer.outputs.realtime import is_realtime_granted

__all__ = ["Wish", "usual_block", "usual_latency", "usual_reserve"]

NATIVE_BLOCK = 1 / 300
"""Most seconds that a block lasts where no Python runs: a third of the 10 ms of which
most chunks hold some, and whole frames at 44.1 and 48 kHz."""
REALTIME_LATENCY = 2 * NATIVE_BLOCK
"""Seconds that a device is asked to keep in hand there, if the thread that serves it
has real-time priority."""
NATIVE_LATENCY = 0.015
"""The same where it has none."""
RESERVE = 4 * NATIVE_BLOCK
"""Seconds of sound that it may have in hand beyond that, where it takes no more of
silence: what a machine that stands still doesn't make heard."""
MOST_MORE = 2.25
"""How many times of that one may have at the most that was late again and again."""
PYTHON_BLOCK = 0.005
"""Seconds a block lasts where it waits for the interpreter."""
PYTHON_LATENCY = 0.030
"""Seconds that a device is asked to keep in hand there."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a stream is to be opened."""

    rate: int
    """Frames a second."""
    channels: int
    """Samples a frame."""
    latency: float
    """Seconds that the device is asked to keep in hand."""
    block: float
    """Seconds a block lasts."""
    reserve: float = 0.0
    """Seconds of sound, not of silence, that it may have in hand beyond *latency*."""


def usual_block(rate: int, *, native: bool) -> float:
    """
    Return the seconds of a block at *rate* frames a second; *native*: the callback is.

    A native one is as long as :data:`NATIVE_BLOCK`, or shorter by so much that 10 ms
    (at 22,050 Hz 20 ms) are a whole number of them; where there is no such length it
    is what comes nearest.
    """
    if not native:
        return PYTHON_BLOCK
    most = math.floor(rate * NATIVE_BLOCK + 1e-6)
    piece = rate // 50 if rate % 100 else rate // 100
    whole = [frames for frames in range(most // 2, most + 1) if frames]
    fitting = [frames for frames in whole if rate % 50 == 0 and piece % frames == 0]
    return max(fitting, default=round(rate * NATIVE_BLOCK)) / rate


def usual_latency(more: float = 1.0, *, native: bool) -> float:
    """
    Return the seconds that a device keeps in hand.

    Args:
        more: How many times what is usual; 2.25 times and 30 ms at the most.
        native: Whether the callback is.
    """
    if not native:
        return PYTHON_LATENCY
    usual = REALTIME_LATENCY if is_realtime_granted() else NATIVE_LATENCY
    return min(usual * min(more, MOST_MORE), PYTHON_LATENCY)


def usual_reserve(more: float = 1.0) -> float:
    """
    Return the seconds of sound that a device that rests may have in hand beyond that.

    Args:
        more: How many times what is usual; 2.25 times at the most.
    """
    return RESERVE * min(more, MOST_MORE)
