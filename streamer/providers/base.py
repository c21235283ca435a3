"""What a voice is: something that turns a text into a speech."""

from __future__ import annotations

from typing import Protocol

from streamer.sources import Speech

__all__ = ["Voice"]


class Voice(Protocol):
    """
    Somebody who speaks; :meth:`streamer.Engine.say` asks it piece by piece.

    One that pickle takes may say with an attribute ``travels`` that is true that
    another process may ask it as well (:class:`streamer.EngineProcess`).
    """

    @property
    def max_characters(self) -> int:
        """Longest text it takes at once; longer ones are cut at sentences."""
        ...

    @property
    def language(self) -> str:
        """BCP 47 tag of what it speaks."""
        ...

    def speak(self, text: str) -> Speech:
        """
        Return the speech of *text*; nothing is asked for yet.

        Raises:
            UsageError: The text is empty or too long.
        """
        ...
