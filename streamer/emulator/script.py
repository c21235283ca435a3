"""PURE. What is to be spoken, and in what manner."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Script", "Segment", "SsmlError", "plain"]


class SsmlError(ValueError):
    """The markup is not what is documented; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Text that is spoken in one manner, or a silence."""

    text: str = ""
    """What is written; it becomes the graphemes."""
    alias: str | None = None
    """What is read out in its place, or None."""
    ipa: str | None = None
    """How it is pronounced, or None where its spelling says so."""
    spelled: bool = False
    """Whether it is spelled out, character by character."""
    silence: float = 0.0
    """Seconds of silence; then there is no text."""
    language: str | None = None
    """Language tag, or None for the voice's own."""
    rate_percent: float = 100.0
    """Speed; 100 is normal."""
    pitch: int = 50
    """Height, 0 to 100."""
    pitch_range: int = 50
    """Liveliness, 0 to 100."""
    volume: int = 100
    """Loudness, 0 to 200; 0 is silent."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be spoken."""

    segments: tuple[Segment, ...]
    """In the order in which they are heard."""
    issues: tuple[str, ...] = ()
    """What was understood only in part; one sentence each."""

    @property
    def text(self) -> str:
        """All that is written, without the markup."""
        return "".join(segment.text for segment in self.segments)


def plain(text: str) -> Script:
    """Return a script that reads *text* in the voice's own manner."""
    return Script((Segment(text),))
