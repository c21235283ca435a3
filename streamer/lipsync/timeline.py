"""What is seen and said, placed on the utterance's own timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from streamer.lipsync.phonemes import Phone

__all__ = ["Cue", "Mark", "MarkKind", "TimedPhone"]

MarkKind = Literal["phoneme", "word", "grapheme"]
"""What a mark's text is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A word, phoneme or character with its time as the voice gave it."""

    frame: int
    """Where it starts, in frames of the utterance's own rate; at least 0."""
    frames: int
    """How long it lasts, in frames; at least 1."""
    kind: MarkKind
    """What the text is."""
    text: str
    """As the voice wrote it; a word is without the punctuation around it."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A mouth shape in one viseme set."""

    frame: int
    """Where it starts, in frames of the utterance's own rate; at least 0."""
    frames: int
    """How long it lasts, in frames; at least 1."""
    viseme: str
    """The shape's name in its viseme set."""
    phones: tuple[str, ...]
    """The base symbols it came from, in order; empty in a gap or at the end."""
    weight: float
    """How fully the shape is formed, in (0.0, 1.0]."""


@dataclass(frozen=True, slots=True)
class TimedPhone:
    """One sound, or silence, with its time."""

    frame: int
    """Where it starts, in frames of the utterance's own rate; at least 0."""
    frames: int
    """How long it lasts, in frames; at least 1."""
    phone: Phone | None
    """The sound; None is silence."""
