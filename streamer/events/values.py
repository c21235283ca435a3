"""
PURE. What messages of the wire protocol are made of.

Units and clocks are those of :mod:`streamer.events.messages`, which has these
names too.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

__all__ = [
    "AnchorAt",
    "Cue",
    "FramesGiven",
    "FramesWanted",
    "Mark",
    "Microseconds",
    "Position",
    "Timing",
    "Turn",
    "UtteranceState",
]

Timing = Literal["phonemes", "graphemes", "text", "loudness", "none"]
"""The rung in use, from the best to none; others may be added."""

Microseconds = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""What a browser's number holds exactly."""


class Turn(msgspec.Struct, frozen=True):
    """Which piece of a longer saying an utterance is."""

    id: str
    """The same for every piece of one saying."""
    index: int
    """Which piece, from 0."""
    last: bool
    """Whether it is known that no piece follows."""


class Cue(msgspec.Struct, frozen=True):
    """A mouth shape in one viseme set."""

    t: int
    """When it starts, µs of media; may be negative by the visual lead."""
    d: int
    """How long it lasts, µs; at least 0."""
    v: str
    """The shape's name in its set."""
    p: tuple[str, ...] = ()
    """The phones that it came from, in order."""
    w: float = 1.0
    """How strongly it is shown, in [0, 1]."""


class Mark(msgspec.Struct, frozen=True):
    """A word, phoneme or sentence with its time as the voice gave it."""

    t: int
    """When it starts, µs of media."""
    d: int
    """How long it lasts, µs; at least 0."""
    kind: str
    """``word``, ``phoneme`` or ``sentence``; a client ignores others."""
    text: str
    """What is said."""


class Position(msgspec.Struct, frozen=True):
    """How far a stream has come."""

    epoch: str
    """The stream's random id."""
    seq: int
    """The last number; 0 before the first."""


class AnchorAt(msgspec.Struct, frozen=True):
    """When a position is heard, without the stream's name; part of a state."""

    media: int
    """A position, µs of media."""
    at: int
    """When it reaches the listener, µs of the server's clock."""
    rate: float
    """Media seconds a second; 0 stands still at :attr:`media`."""
    quality: str
    """How :attr:`at` is known: ``measured``, ``fallback``, ``paced`` …"""
    latency: int
    """What the output adds, µs; information only, it is in :attr:`at`."""

    def heard(self, now: int) -> float:
        """Return the position that is heard at *now*, µs of media."""
        return self.media + (now - self.at) * self.rate

    def due(self, t: int) -> float | None:
        """Return when *t* is heard; None where media stands still before it."""
        if self.rate > 0:
            return self.at + (t - self.media) / self.rate
        return float(self.at) if t <= self.media else None


class FramesWanted(msgspec.Struct, frozen=True):
    """A wish for an avatar's weights, beside the cues."""

    rig: str = "arkit"
    """Which rig's weights."""
    fps: Annotated[int, msgspec.Meta(ge=1, le=120)] = 60
    """How many frames of weights a second of media."""


class FramesGiven(msgspec.Struct, frozen=True):
    """What frames of weights will come, and how to read them."""

    rig: str
    """The rig's name."""
    fps: int
    """How many frames a second of media."""
    names: tuple[str, ...]
    """The rig's channels; a frame has a weight for each, in this order."""
    neutral: tuple[float, ...]
    """The weights of a mouth at rest."""


class UtteranceState(msgspec.Struct, frozen=True):
    """An utterance that is not over."""

    utterance: str
    turn: Turn | None
    text: str | None
    timing: str
    duration: int | None
    anchor: AnchorAt | None
    until: int
    cues: list[Cue]
    """Only those that end after what is heard."""
    marks: list[Mark]
