"""How an engine's streams behave, and what they have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from streamer.engine.histories import Histories
from streamer.errors import StreamerError
from streamer.sources import Facilities
from streamer.timing import JitterOptions

__all__ = ["Common", "StreamOptions"]


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How a stream behaves."""

    jitter: JitterOptions = field(default_factory=JitterOptions)
    """How much sound is held before it starts."""
    quality: str = "LD"
    """How rates are converted, see :class:`streamer.audio.resample.Converter`."""
    ring_seconds: float = 4.0
    """Sound held at the most; then the source has to wait."""
    wake_lead: float = 0.0
    """Seconds of silence before an utterance after the output has rested, for
    sinks that sleep (USB, HDMI, Bluetooth) and swallow the first sound."""


@dataclass(frozen=True, slots=True)
class Common:
    """What all streams of an engine have in common."""

    facilities: Facilities
    """Clock, executor and connections."""
    group: asyncio.TaskGroup
    """Where their tasks run."""
    histories: Histories
    """What is known of senders."""
    notice: Callable[[StreamerError], None]
    """Called when an output was lost."""
