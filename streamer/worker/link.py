"""
Calls between two processes, over a pair of byte streams.

Both sides may call. What is iterated over is sent :data:`WINDOW` items ahead at the
most, so neither side fills the other's memory.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from streamer.errors import StreamerError, UsageError
from streamer.worker.frames import (
    HEAD_BYTES,
    Kind,
    copied,
    error_of,
    failure,
    head,
    read,
    read_head,
)

__all__ = ["WINDOW", "Does", "Link", "Writer"]

_log = logging.getLogger("streamer")

WINDOW = 8
"""Items that may be under way of what is iterated over."""

Does = Mapping[str, Callable[..., Any]]


class Writer(Protocol):
    """Where frames go."""

    def write(self, data: bytes) -> None:
        """Take *data*, without waiting."""

    async def drain(self) -> None:
        """Wait while too much waits to be written."""


@dataclass(slots=True)
class _Call:
    """A call that was not answered, or whose answer nobody has taken."""

    answer: asyncio.Future[Any]
    undo: Callable[[Any], object] | None

    def take(self, kind: Kind, value: object) -> None:
        """Hand over what came of it; undo that where nobody waits any more."""
        if not self.answer.done():
            if kind is Kind.DONE:
                self.answer.set_result(value)
            else:
                assert isinstance(value, Exception)
                self.answer.set_exception(value)
        elif kind is Kind.DONE and self.undo is not None:
            self.undo(value)

    def drop(self) -> None:
        """Undo what came of it, as its caller was cancelled before it saw that."""
        done = self.answer.done() and not self.answer.cancelled()
        if done and self.answer.exception() is None and self.undo is not None:
            self.undo(self.answer.result())


class Link:
    """
    One end of the pair.

    Args:
        reader: What the other end writes.
        writer: What it reads.
        does: What it may ask for, by name: coroutine functions to :meth:`call`, async
            generator functions to :meth:`iterate`, plain ones to :meth:`tell`.
        lost: Makes the error of those who wait when the other end is gone.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: Writer,
        does: Does,
        *,
        lost: Callable[[], StreamerError],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._does = does
        self._lost = lost
        self._numbers = itertools.count()
        self._calls: dict[int, _Call] = {}
        self._coming: dict[int, asyncio.Queue[tuple[Kind, Any]]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._windows: dict[int, asyncio.Semaphore] = {}
        self._is_over = False

    # -- what this end asks for -----------------------------------------------

    async def call(
        self, name: str, *args: object, undo: Callable[[Any], object] | None = None
    ) -> Any:  # noqa: ANN401 - whatever the other end returns
        """
        Return what the other end's *name* returns.

        Args:
            name: What is asked for.
            args: Its arguments; they are copied.
            undo: Called with the result where nobody waits for it any more.

        Raises:
            CannotCopy: An argument is nothing that pickle takes.
            StreamerError: The call failed, or the other end is gone.
        """
        number = self._send_new(Kind.CALL, name, args)
        answer = asyncio.get_running_loop().create_future()
        call = self._calls[number] = _Call(answer, undo)
        try:
            await self._drain()
            return await answer
        except asyncio.CancelledError:
            if number in self._calls:  # it will still be answered, and undone then
                answer.cancel()
                self._send(Kind.CANCEL, number)
            else:
                call.drop()
            raise

    async def iterate(self, name: str, *args: object) -> AsyncGenerator[Any, None]:
        """
        Yield what the other end's *name* yields; closing it closes that.

        Raises:
            CannotCopy, StreamerError: As for :meth:`call`.
        """
        number = self._send_new(Kind.ITERATE, name, args)
        coming = self._coming[number] = asyncio.Queue()
        kind = Kind.ITEM
        try:
            while True:
                kind, value = await coming.get()
                if kind is Kind.END:
                    return
                if kind is Kind.FAILED:
                    raise value
                yield value
                self._send(Kind.MORE, number)
        finally:
            del self._coming[number]
            if kind is Kind.ITEM:
                self._send(Kind.CANCEL, number)

    def tell(self, name: str, *args: object) -> None:
        """Have the other end do *name*; nobody waits for it."""
        self._send(Kind.TELL, 0, copied((name, args)))

    # -- its life -------------------------------------------------------------

    async def run(self) -> None:
        """Do what the other end asks for, and hear its answers, until it is gone."""
        with suppress(EOFError, OSError):
            while True:
                kind, number, size = read_head(
                    await self._reader.readexactly(HEAD_BYTES)
                )
                self._receive(kind, number, await self._reader.readexactly(size))

    def end(self) -> None:
        """Let everybody know that the other end is gone; idempotent."""
        self._is_over = True
        for task in self._tasks.values():
            if not task.cancelling():  # else it is letting go of things already
                task.cancel()
        calls, self._calls = self._calls, {}
        for call in calls.values():
            call.take(Kind.FAILED, self._lost())
        for coming in self._coming.values():
            coming.put_nowait((Kind.FAILED, self._lost()))

    async def wait_quiet(self, seconds: float) -> None:
        """Return once nothing is done for the other end, or after so many seconds."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=seconds)

    def _receive(self, kind: Kind, number: int, data: bytes) -> None:
        if kind in (Kind.CALL, Kind.ITERATE):
            self._start(kind, number, data)
        elif kind is Kind.CANCEL:
            if number in self._tasks:
                self._tasks[number].cancel()
        elif kind is Kind.MORE:
            if number in self._windows:
                self._windows[number].release()
        elif kind is Kind.TELL:
            self._do_told(data)
        else:
            self._receive_answer(kind, number, data)

    def _receive_answer(self, kind: Kind, number: int, data: bytes) -> None:
        value: Any = None
        try:
            if kind is Kind.FAILED:
                value = error_of(data)
            elif kind is not Kind.END:
                value = read(data)
        except UsageError as error:
            kind, value = Kind.FAILED, error
        if number in self._coming:
            self._coming[number].put_nowait((kind, value))
        elif number in self._calls:
            self._calls.pop(number).take(kind, value)

    # -- what the other end asks for ------------------------------------------

    def _start(self, kind: Kind, number: int, data: bytes) -> None:
        do = self._do if kind is Kind.CALL else self._do_all
        task = asyncio.create_task(do(number, data), name=f"link {number}")
        self._tasks[number] = task

        def finish(task: asyncio.Task[None]) -> None:
            del self._tasks[number]
            # Also where it never came to run. Whoever cancelled it waits no more, but
            # keeps the call until it is answered.
            if task.cancelled():
                self._send(Kind.FAILED, number, failure(StreamerError("cancelled")))

        task.add_done_callback(finish)

    async def _do(self, number: int, data: bytes) -> None:
        try:
            name, args = read(data)
            answer = copied(await self._does[name](*args))
        except Exception as error:  # noqa: BLE001 - it is told to whoever asked
            self._send(Kind.FAILED, number, failure(error))
            return
        self._send(Kind.DONE, number, answer)
        await self._drain()

    async def _do_all(self, number: int, data: bytes) -> None:
        window = self._windows[number] = asyncio.Semaphore(WINDOW)
        try:
            name, args = read(data)
            async with aclosing(self._does[name](*args)) as items:
                await window.acquire()
                async for item in items:
                    self._send(Kind.ITEM, number, copied(item))
                    await self._drain()
                    await window.acquire()
        except Exception as error:  # noqa: BLE001 - it is told to whoever asked
            self._send(Kind.FAILED, number, failure(error))
        else:
            self._send(Kind.END, number)
        finally:
            del self._windows[number]

    def _do_told(self, data: bytes) -> None:
        try:
            name, args = read(data)
            self._does[name](*args)
        except Exception as error:  # noqa: BLE001 - somebody else's notice, perhaps
            _log.error("what the other process told failed", exc_info=error)

    # -- frames ---------------------------------------------------------------

    def _send_new(self, kind: Kind, name: str, args: tuple[object, ...]) -> int:
        """Send what is answered; returns its number."""
        if self._is_over:
            raise self._lost()
        data, number = copied((name, args)), next(self._numbers)
        self._send(kind, number, data)
        return number

    def _send(self, kind: Kind, number: int, data: bytes = b"") -> None:
        if self._is_over:
            return
        self._writer.write(head(kind, number, len(data)))
        if data:
            self._writer.write(data)

    async def _drain(self) -> None:
        with suppress(OSError):  # the other end is gone; the reader says so
            await self._writer.drain()
