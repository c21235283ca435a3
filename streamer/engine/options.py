"""How an engine's streams behave, and what they have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from logging import getLogger

from streamer.engine.histories import Histories
from streamer.engine.letters import Letters
from streamer.engine.running import Turns
from streamer.errors import StreamerError, UsageError
from streamer.lipsync import NATURAL, Style
from streamer.lipsync.articulation import LONGEST_LEAD
from streamer.lipsync.phonemes import UnknownSymbol
from streamer.sources import Facilities
from streamer.timing import JitterOptions

__all__ = ["Common", "StreamOptions"]

_log = getLogger("streamer")


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """
    How a stream behaves.

    Raises:
        UsageError: The visual lead is out of range.
    """

    jitter: JitterOptions = field(default_factory=JitterOptions)
    """How much sound is held before it starts."""
    quality: str = "LD"
    """How rates are converted, see :class:`streamer.audio.resample.Converter`."""
    ring_seconds: float = 4.0
    """Sound held at the most; then the source has to wait."""
    wake_lead: float = 0.0
    """Seconds of silence before an utterance after the output has rested, for
    sinks that sleep (USB, HDMI, Bluetooth) and swallow the first sound."""
    style: Style = NATURAL
    """How much the mouth does; see :data:`streamer.lipsync.STYLES`."""
    visual_lead: float = 0.020
    """Seconds that an open mouth is seen before it is heard, 0 to 0.06; closed lips
    have a lead of their own."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.visual_lead <= LONGEST_LEAD:
            raise UsageError(
                f"a visual lead of {self.visual_lead * 1000:g} ms is out of range; "
                f"choose 0 to {LONGEST_LEAD * 1000:g} ms"
            )


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
    letters: Letters
    """Who reads letters where a voice tells no phonemes."""
    turns: Turns
    """How often busy threads hand over the interpreter."""
    unknown: set[str] = field(default_factory=set)
    """Phoneme symbols that nobody knows and that were told of."""

    MOST_TOLD = 256
    """Unknown symbols that are told of; a voice that has more sends no phonemes."""

    def tell_unknown(self, symbol: UnknownSymbol) -> None:
        """Say, once, that a symbol is unknown."""
        if symbol.text not in self.unknown and len(self.unknown) < self.MOST_TOLD:
            self.unknown.add(symbol.text)
            _log.warning("%s", symbol)
