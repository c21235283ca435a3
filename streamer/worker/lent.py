"""
What stays in the program and is lent to its worker.

Sources and voices of streamer's own are copied, so that nothing of the program stands
between the network and the sound. What is somebody else's code, or cannot be copied,
is asked where it is: chunk by chunk, for as much as is played.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass

from streamer.lipsync.lettersound import Word
from streamer.lipsync.repair import Repairs
from streamer.providers import Voice
from streamer.sources import Facilities, Speech
from streamer.worker.link import Link

__all__ = [
    "LentReader",
    "SpeechTicket",
    "Ticket",
    "VoiceTicket",
    "borrow",
    "borrow_voice",
]


@dataclass(frozen=True, slots=True)
class Ticket:
    """Stands for what stays in the program; a text, if for nothing else."""

    key: int
    """Names it."""


@dataclass(frozen=True, slots=True)
class SpeechTicket(Ticket):
    """Stands for a speech whose source stays in the program."""

    name: str
    """As the source is called."""
    text: str | None
    language: str
    repairs: Repairs


@dataclass(frozen=True, slots=True)
class VoiceTicket(Ticket):
    """Stands for a voice that stays in the program."""

    language: str
    max_characters: int


def borrow(link: Link, told: Speech | SpeechTicket) -> Speech:
    """
    Return the speech that the worker plays.

    Its source is given back once it was read, or where nobody ever will.
    """
    if isinstance(told, Speech):
        return told
    source = _LentSource(told.key, told.name, link)
    give_back = weakref.finalize(
        source, _give_back, asyncio.get_running_loop(), link, told.key
    )
    give_back.atexit = False
    return Speech(source, told.text, told.language, told.repairs)


def borrow_voice(link: Link, told: Voice | VoiceTicket | None) -> Voice | None:
    """Return the voice that the worker asks: its own copy, or the program's."""
    return _LentVoice(told, link) if isinstance(told, VoiceTicket) else told


def _give_back(loop: asyncio.AbstractEventLoop, link: Link, key: int) -> None:
    """Let the program keep it no longer; in whatever thread the last one let go."""
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(link.tell, "take_back", key)


class _LentSource:
    """Bytes that the program itself reads, makes or gets from its own code."""

    def __init__(self, key: int, name: str, link: Link) -> None:
        self.name = name
        self._key = key
        self._link = link

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:  # noqa: ARG002 - Source
        try:
            async with aclosing(self._link.iterate("lent", self._key)) as chunks:
                async for data in chunks:
                    yield data
        finally:
            self._link.tell("take_back", self._key)


class _LentVoice:
    """A voice of the program's own, which is asked for each piece."""

    def __init__(self, ticket: VoiceTicket, link: Link) -> None:
        self.language = ticket.language
        self.max_characters = ticket.max_characters
        self._key = ticket.key
        self._link = link

    async def speak(self, text: str) -> Speech:
        link = self._link
        told = await link.call("speak", self._key, text, undo=self._return)
        return borrow(link, told)

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
