"""What was heard of an utterance, or of a whole turn, when it was stopped."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Heard", "HeardTurn"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of an utterance when it was stopped."""

    media_time: float
    """Seconds of the utterance that will have been heard, the fade included."""
    frame: int
    """The same in frames of the utterance's own rate."""
    word: str | None
    """The last word begun, where the voice gave word or character times."""
    phoneme: str | None
    """The last phoneme begun, where the voice gave phoneme times."""
    tail: float = 0.0
    """Seconds of sound still heard after the call: the device's latency, a fade."""
    unheard: str | None = None
    """The text that was not heard; None where the voice gave no character times."""


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """What was heard of a turn when it was stopped."""

    media_time: float
    """Seconds that will have been heard, over all pieces."""
    pieces: tuple[Heard, ...]
    """The same of each piece that was handed in, in order."""
    current: Heard | None
    """Of the piece that was playing; None where none was."""
    text: str
    """What was heard: whole pieces, and of the one that was playing as far as the
    voice gave character times."""
    unheard: str | None
    """The text that was not heard, as far as it was known; None where the piece
    that was playing has no character times."""
