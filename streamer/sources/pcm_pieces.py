"""Pieces of one's own audio: asked for one after the other, with patience."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import aclosing
from numbers import Real
from types import TracebackType
from typing import Any, Self

import numpy as np

from streamer.errors import SourceTimeout, UsageError
from streamer.runner import run_whole
from streamer.sources.base import Facilities
from streamer.timing import Clock

__all__ = ["check_read_timeout", "iterate"]

_END = object()


def check_read_timeout(seconds: object, frames: object) -> None:
    """
    Check that *frames* can be waited for so long and no longer.

    Raises:
        UsageError: It is no time, or nobody can leave *frames* while they are
            asked for the next piece.
    """
    if seconds is None:
        return
    number = isinstance(seconds, Real) and not isinstance(seconds, bool)
    if not number or not 0 < float(seconds) < math.inf:  # type: ignore[arg-type]
        raise UsageError(
            f"read_timeout is {seconds!r}; it can be seconds above 0, or None: for ever"
        )
    here = isinstance(frames, np.ndarray | list | tuple)
    if not here and not isinstance(frames, AsyncIterable):
        raise UsageError(
            "read_timeout is for an async iterator, and frames are a "
            f"{type(frames).__name__}: it is asked in a thread, which cannot be "
            "interrupted; leave read_timeout out, or pass an async iterator"
        )


async def iterate(
    pieces: Iterable[Any] | AsyncIterable[Any],
    facilities: Facilities,
    name: str,
    read_timeout: float | None,
) -> AsyncGenerator[Any, None]:
    """
    Yield what *pieces* gives, and close it; a plain iterator runs in a thread.

    Raises:
        SourceTimeout: An async one gave no frames for *read_timeout* seconds.
    """
    if isinstance(pieces, AsyncIterable):
        asked = aiter(pieces)
        try:
            limited = _limited(asked, facilities, name, read_timeout)
            async with aclosing(limited) as given:
                async for piece in given:
                    yield piece
        finally:
            if hasattr(asked, "aclose"):
                await asked.aclose()
        return
    iterator = iter(pieces)
    try:
        while True:
            piece = await run_whole(facilities.run, next, iterator, _END)
            if piece is _END:
                return
            yield piece
    finally:
        if hasattr(iterator, "close"):
            await run_whole(facilities.run, iterator.close)


async def _limited(
    asked: AsyncIterator[Any], facilities: Facilities, name: str, seconds: float | None
) -> AsyncGenerator[Any, None]:
    if seconds is None:
        async for piece in asked:
            yield piece
        return
    async with _Patience(facilities.clock, name, seconds) as patience:
        while (piece := await patience.next(asked)) is not _END:
            yield piece


class _Patience:
    """
    Waits for an iterator's next frames so long and no longer.

    What the listener takes between two pieces is not the iterator's silence; an
    empty piece does not end it. The iterator runs in the task of whoever asks,
    so it may hold a timeout or a task group of its own across its pieces. One
    task a stream looks after the waiting, once in its time: many streams in
    short pieces would feel a timer for each.

    Args:
        clock: What the time is measured by.
        name: The source's, for the error.
        seconds: How long.
    """

    def __init__(self, clock: Clock, name: str, seconds: float) -> None:
        self._clock = clock
        self._name = name
        self._seconds = seconds
        self._since: float | None = None
        self._limit = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        self._watcher = asyncio.create_task(
            self._watch(), name=f"silence of {self._name}"
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._watcher.cancel()
        await asyncio.wait([self._watcher])

    async def next(self, asked: AsyncIterator[Any]) -> Any:  # noqa: ANN401 - unchecked
        """
        Return the iterator's next piece, or ``_END``.

        Raises:
            SourceTimeout: It gave no frames for too long.
        """
        now = self._clock.time()
        if self._since is None:
            self._since = now
        elif now >= self._since + self._seconds:
            raise self._error()  # an empty piece came before the interruption
        self._limit = asyncio.timeout(None)
        try:
            async with self._limit:
                piece = await anext(asked, _END)
        except TimeoutError as error:
            if self._limit.expired():
                raise self._error() from error
            raise  # the iterator's own
        if piece is _END and self._limit.expired():
            raise self._error()  # interrupted, it just ended
        if not isinstance(piece, np.ndarray) or piece.size:
            self._since = None
        return piece

    def _error(self) -> SourceTimeout:
        return SourceTimeout(self._name, f"nothing arrived for {self._seconds:g} s")

    async def _watch(self) -> None:
        due = self._clock.time() + self._seconds
        while True:
            await self._clock.sleep_until(due)
            now = self._clock.time()
            # A wait that has not begun is over no sooner than one that does now.
            due = (now if self._since is None else self._since) + self._seconds
            if due <= now:
                if not self._limit.expired():
                    self._limit.reschedule(asyncio.get_running_loop().time())
                due = now + self._seconds
