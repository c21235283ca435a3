"""What the program lends to its worker, and hands over as that asks for it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from inspect import isawaitable
from typing import Any, TypeVar

from streamer.engine.checks import check_spoken
from streamer.errors import StreamerError
from streamer.lipsync import LetterToSound
from streamer.lipsync.lettersound import Word
from streamer.providers import Voice
from streamer.sources import Facilities, Speech, travels
from streamer.worker.frames import CannotCopy, copied
from streamer.worker.lent import SpeechTicket, Ticket, VoiceTicket
from streamer.worker.link import Does

__all__ = ["Lending"]

T = TypeVar("T")


class Lending:
    """
    Keeps what is lent until it is given back.

    Args:
        facilities: What sources that stay here are read with.
        letter_to_sound: Who reads text, where that is the program's own.
    """

    def __init__(
        self, facilities: Facilities, letter_to_sound: LetterToSound | None
    ) -> None:
        self._facilities = facilities
        self._letter_to_sound = letter_to_sound
        self._keys = itertools.count(1)
        self._lent: dict[int, Callable[[], AsyncIterator[Any]]] = {}
        self._voices: dict[int, Voice] = {}
        self.does: Does = {
            "lent": self._hand_over,
            "speak": self._speak,
            "take_back": self.take_back,
            "read_letters": self._read_letters,
        }
        """What the worker may ask for."""

    def speech(self, speech: Speech) -> Speech | SpeechTicket:
        """Return *speech* as it is sent: whole where its source can be copied."""
        source = speech.source
        if _can_be_copied(source):
            return speech
        key = next(self._keys)
        self._lent[key] = lambda: source.stream(self._facilities)
        return SpeechTicket(
            key, source.name, speech.text, speech.language, speech.repairs
        )

    def voice(self, voice: Voice | None) -> Voice | VoiceTicket | None:
        """Return *voice* as it is sent: itself where it can be copied."""
        if voice is None or _can_be_copied(voice):
            return voice
        key = next(self._keys)
        self._voices[key] = voice
        return VoiceTicket(key, voice.language, voice.max_characters)

    def text(self, text: str | AsyncIterator[str]) -> str | Ticket:
        """Return *text* as it is sent: itself where it is whole."""
        if isinstance(text, str):
            return text
        key = next(self._keys)
        self._lent[key] = lambda: text
        return Ticket(key)

    def take_back(self, *keys: int) -> None:
        """Lend something no longer."""
        for key in keys:
            self._lent.pop(key, None)
            self._voices.pop(key, None)

    async def _hand_over(self, key: int) -> AsyncGenerator[Any, None]:
        items = _known(self._lent, key)()
        if not isinstance(items, AsyncGenerator):
            async for item in items:
                yield item
            return
        async with aclosing(items):
            async for item in items:
                yield item

    async def _speak(self, key: int, text: str) -> Speech | SpeechTicket:
        speech = _known(self._voices, key).speak(text)
        if isawaitable(speech):
            speech = await speech
        check_spoken(speech)
        return self.speech(speech)

    async def _read_letters(self, text: str, language: str) -> Sequence[Word]:
        if self._letter_to_sound is None:
            raise StreamerError("the program has no letter-to-sound of its own")
        read = self._letter_to_sound
        return await self._facilities.run(read, text, language)


def _known(kept: dict[int, T], key: int) -> T:
    """Return what is lent, unless it was taken back meanwhile."""
    if key not in kept:
        raise StreamerError("the program has taken it back")
    return kept[key]


def _can_be_copied(item: object) -> bool:
    """Tell whether a copy does the same in another process."""
    if not travels(item) or type(item).__module__ == "__main__":
        return False
    try:
        copied(item)
    except CannotCopy:
        return False
    return True
