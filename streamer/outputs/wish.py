"""How a device's stream is to be opened, and how it is where nobody asks."""

from __future__ import annotations

from dataclasses import dataclass

from streamer.outputs.realtime import is_realtime_granted

__all__ = ["Wish", "usual_block", "usual_latency"]

NATIVE_BLOCK = 1 / 300
"""Seconds a block lasts where no Python runs: whole frames at 44.1 and 48 kHz, and a
third of the 10 ms of which most chunks hold some."""
REALTIME_LATENCY = 2 * NATIVE_BLOCK
"""Seconds that a device is asked to keep in hand there, if the thread that serves it
has real-time priority."""
NATIVE_LATENCY = 0.015
"""The same where it has none."""
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


def usual_block(*, native: bool) -> float:
    """Return the seconds of a block; *native*: the callback is."""
    return NATIVE_BLOCK if native else PYTHON_BLOCK


def usual_latency(*, native: bool) -> float:
    """Return the seconds that a device keeps in hand; *native*: the callback is."""
    if not native:
        return PYTHON_LATENCY
    return REALTIME_LATENCY if is_realtime_granted() else NATIVE_LATENCY
