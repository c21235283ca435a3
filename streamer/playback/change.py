"""What a player tells of utterances, and what it keeps of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streamer.timing import JitterPolicy

__all__ = ["Change", "Cutting", "Kind", "Track"]

Kind = Literal[
    "due", "started", "starved", "paused", "lost", "resumed", "stepped", "ended"
]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an utterance at the device."""

    kind: Kind
    """``due``: it stands behind the one before and will start at :attr:`time`."""
    utterance: str
    """Which one."""
    frame: int
    """Where in it, in device frames."""
    time: float
    """When that is heard, in seconds of the clock."""


@dataclass(slots=True)
class Track:
    """An utterance between its first frame written and its last one heard."""

    utterance: str
    start: int
    policy: JitterPolicy
    end: int | None = None
    due: bool = False
    started: bool = False
    still: bool = False
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class Cutting:
    """A flush that the device has not answered yet."""

    id: int
    """What the renderer calls it."""
    until: int
    """Ring frame at which sound goes on."""
    start: int
    """Ring frame at which it stops; 0: where it is."""
    asked: float
    """When, in seconds of the clock."""
    tracks: tuple[Track, ...]
    """What it cuts."""
