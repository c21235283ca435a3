"""The utterances of a stream that are not over, in the order they are heard."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from streamer.engine.utterance import Utterance

__all__ = ["Queue"]


class Queue:
    """
    A stream's utterances that are not over; the first one is the current one.

    Readers wait here for their turn. Whom they wait for is looked up each
    time, since any utterance may be taken out of the middle.
    """

    def __init__(self) -> None:
        self._items: deque[Utterance] = deque()
        self._drained = asyncio.Event()
        self._drained.set()

    def __iter__(self) -> Iterator[Utterance]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def head(self) -> Utterance | None:
        """The current one: it is heard, or will be next."""
        return self._items[0] if self._items else None

    @property
    def current(self) -> Utterance | None:
        """The first one that nobody stops yet."""
        return next((item for item in self._items if not item.stopping), None)

    def add(self, utterance: Utterance) -> None:
        """Put *utterance* behind all others."""
        self._items.append(utterance)
        self._drained.clear()

    def remove(self, utterance: Utterance) -> None:
        """Take *utterance* out, wherever it stands; nothing where it is not."""
        if utterance in self._items:
            self._items.remove(utterance)
        if not self._items:
            self._drained.set()

    def find(self, id: str) -> Utterance | None:
        """Return the one called *id*."""
        return next((item for item in self._items if item.id == id), None)

    def before(self, utterance: Utterance) -> Utterance | None:
        """Return the one before *utterance*, or None."""
        previous = None
        for item in self._items:
            if item is utterance:
                return previous
            previous = item
        return None

    async def wait_drained(self) -> None:
        """Return once it is empty."""
        await self._drained.wait()

    async def wait_turn_to_ask(self, utterance: Utterance) -> None:
        """
        Return once *utterance* may ask for its bytes.

        That is when the one before it has announced itself and the one before
        that is all in the ring: at most one request runs ahead of what plays.
        """
        while (before := self.before(utterance)) is not None:
            earlier = self.before(before)
            if not before.announced.is_set():
                await before.announced.wait()
            elif earlier is not None and not earlier.written.is_set():
                await earlier.written.wait()
            else:
                return

    async def wait_announced_before(self, utterance: Utterance) -> None:
        """Return once all before *utterance* are announced."""
        while (before := self.before(utterance)) is not None:
            if before.announced.is_set():
                return
            await before.announced.wait()

    async def wait_written_before(self, utterance: Utterance) -> None:
        """Return once all before *utterance* are in the ring."""
        while (before := self.before(utterance)) is not None:
            if before.written.is_set():
                return
            await before.written.wait()
