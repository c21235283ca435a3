"""
Devices that have much in hand of sound, and little of silence: ALSA's.

The callback may keep ALSA's thread waiting, so that a device which has room takes
no silence before it needs some; ``_rest.c`` says how. Core Audio's and WASAPI's
threads are the system's, and are not to be kept.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from streamer.outputs.wish import Wish
from streamer.playback.rendering import Renderer, Resting

__all__ = ["block_periods", "resting_of"]

USUAL_PERIODS = 4
"""PortAudio's own."""


def resting_of(renderer: Renderer, system: str, wish: Wish) -> Resting | None:
    """
    Return the callback that rests, or None where the device is to be always full.

    Args:
        renderer: What fills the blocks.
        system: The device's, by PortAudio's name of it.
        wish: How the device is to be opened.
    """
    if renderer.native is None or system != "ALSA" or not wish.reserve:
        return None
    return renderer.native.resting


def periods_of(wish: Wish) -> int:
    """Return into how many periods PortAudio is to split what *wish* has in hand."""
    return math.ceil((wish.latency + wish.reserve) / wish.block - 1e-6) + 1


@contextmanager
def block_periods(sounddevice: ModuleType, wish: Wish) -> Iterator[None]:
    """
    Have the stream that is opened within ask for single blocks.

    PortAudio splits what a device has in hand by four, whatever a block is, and a
    device gets the first of several blocks no sooner than the last. What comes of a
    split is rounded up to whole blocks, so it is one into no more than a block each.

    The number is one of the whole process, and PortAudio does not tell it: behind the
    block it is what it is by default, not what the program may have made of it.
    """
    try:
        ask = ctypes.CDLL(sounddevice._libname).PaAlsa_SetNumPeriods  # noqa: SLF001 - no public way
    except (OSError, AttributeError):  # built without ALSA
        yield
        return
    ask(periods_of(wish))
    try:
        yield
    finally:
        ask(USUAL_PERIODS)
