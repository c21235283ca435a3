"""
What stays in the program and is lent to its worker.

Sources and voices of streamer's own are copied, so that nothing of the program stands
between the network and the sound. What is somebody else's code, or cannot be copied,
is asked where it is: chunk by chunk, for as much as is played.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from streamer.lipsync.lettersound import Word
from streamer.lipsync.repair import Repairs
from streamer.providers import Voice
from streamer.sources import Facilities, Speech
from streamer.worker.link import Link

__all__ = [
    "LentReader",
    "SpeechTicket",
    "VoiceTicket",
    "borrow",
    "borrow_voice",
]


@dataclass(frozen=True, slots=True)
class SpeechTicket:
    """Stands for a speech whose source stays in the program."""

    key: int
    """Names the source."""
    name: str
    """As the source is called."""
    text: str | None
    language: str
    repairs: Repairs


@dataclass(frozen=True, slots=True)
class VoiceTicket:
    """Stands for a voice that stays in the program."""

    key: int
    language: str
    max_characters: int


def borrow(link: Link, told: Speech | SpeechTicket) -> Speech:
    """Return the speech that the worker plays."""
    if isinstance(told, Speech):
        return told
    source = _LentSource(told.key, told.name, link)
    return Speech(source, told.text, told.language, told.repairs)


def borrow_voice(link: Link, told: Voice | VoiceTicket | None) -> Voice | None:
    """Return the voice that the worker asks: its own copy, or the program's."""
    return _LentVoice(told, link) if isinstance(told, VoiceTicket) else told


class _LentSource:
    """Bytes that the program itself reads, makes or gets from its own code."""

    def __init__(self, key: int, name: str, link: Link) -> None:
        self.name = name
        self._key = key
        self._link = link

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:  # noqa: ARG002 - Source
        async with aclosing(self._link.iterate("lent", self._key)) as chunks:
            async for data in chunks:
                yield data


class _LentVoice:
    """A voice of the program's own; it is asked for a speech when that is played."""

    def __init__(self, ticket: VoiceTicket, link: Link) -> None:
        self.language = ticket.language
        self.max_characters = ticket.max_characters
        self._key = ticket.key
        self._link = link

    def speak(self, text: str) -> Speech:
        return Speech(_VoiceSource(self._key, text, self._link), text, self.language)


class _VoiceSource:
    """What a voice of the program's own says."""

    name = "a voice of one's own"

    def __init__(self, key: int, text: str, link: Link) -> None:
        self._key, self._text, self._link = key, text, link

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        link = self._link
        told = await link.call("speak", self._key, self._text, undo=self._return)
        source = borrow(link, told).source
        try:
            async with aclosing(source.stream(facilities)) as chunks:  # type: ignore[type-var]
                async for data in chunks:
                    yield data
        finally:
            self._return(told)

    def _return(self, told: Speech | SpeechTicket) -> None:
        if isinstance(told, SpeechTicket):
            self._link.tell("take_back", told.key)


class LentReader:
    """
    A letter-to-sound of the program's own; made in the event loop, called in threads.

    Args:
        link: To the program.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._loop = asyncio.get_running_loop()

    def __call__(self, text: str, language: str) -> Sequence[Word]:
        """Return the words of *text*, as the program reads them."""
        asking = self._link.call("read_letters", text, language)
        words: Sequence[Word] = asyncio.run_coroutine_threadsafe(
            asking, self._loop
        ).result()
        return words
