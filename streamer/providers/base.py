"""What a voice is: something that turns a text into a speech."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from streamer.sources import Speech

__all__ = ["Voice"]


class Voice(Protocol):
    """
    Somebody who speaks; :meth:`streamer.Engine.say` asks it piece by piece.

    One that another process may ask as well says so with an attribute ``travels`` of
    its class (see :class:`streamer.sources.Source`).
    """

    @property
    def max_characters(self) -> int:
        """Longest text it takes at once; longer ones are cut at sentences."""
        ...

    @property
    def language(self) -> str:
        """BCP 47 tag of what it speaks."""
        ...

    def speak(self, text: str) -> Speech | Awaitable[Speech]:
        """
        Return the speech of *text*, or what gives it; nothing is asked for yet.

        Raises:
            UsageError: The text is empty or too long.
        """
        ...
