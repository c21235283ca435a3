"""
Calls between two processes, over a pair of byte streams.

A frame is its length, what it is, the number of its call, then a pickle: a name with
its arguments, or what came of it. Both sides may call. What is iterated over is sent
:data:`WINDOW` items ahead at the most, so neither side fills the other's memory.
Pickles run what they say: both ends are the same program, and nobody else has the pipe.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import pickle
import struct
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from streamer.errors import StreamerError, UsageError

__all__ = ["WINDOW", "CannotCopy", "Does", "Link", "Writer"]

_log = logging.getLogger("streamer")

WINDOW = 8
"""Items that may be under way of what is iterated over."""
_HEAD = struct.Struct("<QBQ")

Does = Mapping[str, Callable[..., Any]]


class CannotCopy(UsageError):
    """Something can't be copied into another process."""


class Writer(Protocol):
    """Where frames go."""

    def write(self, data: bytes) -> None:
        """Take *data*, without waiting."""

    async def drain(self) -> None:
        """Wait while too much waits to be written."""


class _Kind(IntEnum):
    CALL = 1
    ITERATE = 2
    TELL = 3
    CANCEL = 4
    MORE = 5
    DONE = 6
    FAILED = 7
    ITEM = 8
    END = 9


@dataclass(slots=True)
class _Call:
    """A call that was not answered, or whose answer nobody has taken."""

    answer: asyncio.Future[Any]
    undo: Callable[[Any], object] | None
    is_left: bool = False
    """Whether nobody waits for it any more."""

    def drop(self, value: object) -> None:
        """Undo what came of it."""
        if self.undo is not None:
            self.undo(value)


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
        self._coming: dict[int, asyncio.Queue[tuple[_Kind, Any]]] = {}
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
        number = self._number()
        self._ask(_Kind.CALL, number, (name, args))
        answer = asyncio.get_running_loop().create_future()
        self._calls[number] = _Call(answer, undo)
        try:
            await self._drain()
            return await answer
        except asyncio.CancelledError:
            if answer.done() and not answer.cancelled() and not answer.exception():
                self._calls[number].drop(answer.result())
            elif number in self._calls and not self._is_over:
                self._send(_Kind.CANCEL, number)
                self._calls[number].is_left = True
            raise
        finally:
            if number in self._calls and not self._calls[number].is_left:
                del self._calls[number]

    async def iterate(self, name: str, *args: object) -> AsyncGenerator[Any, None]:
        """
        Yield what the other end's *name* yields; closing it closes that.

        Raises:
            CannotCopy, StreamerError: As for :meth:`call`.
        """
        number = self._number()
        self._ask(_Kind.ITERATE, number, (name, args))
        coming = self._coming[number] = asyncio.Queue()
        kind = _Kind.ITEM
        try:
            while True:
                kind, value = await coming.get()
                if kind is _Kind.END:
                    return
                if kind is _Kind.FAILED:
                    raise value
                yield value
                self._send(_Kind.MORE, number)
        finally:
            del self._coming[number]
            if kind is _Kind.ITEM and not self._is_over:
                self._send(_Kind.CANCEL, number)

    def tell(self, name: str, *args: object) -> None:
        """Have the other end do *name*; nobody waits for it."""
        if not self._is_over:
            self._ask(_Kind.TELL, 0, (name, args))

    # -- its life -------------------------------------------------------------

    async def run(self) -> None:
        """Do what the other end asks for, and hear its answers, until it is gone."""
        with suppress(EOFError, OSError):
            while True:
                head = await self._reader.readexactly(_HEAD.size)
                size, kind, number = _HEAD.unpack(head)
                rest = await self._reader.readexactly(size)
                self._receive(_Kind(kind), number, rest)

    def end(self) -> None:
        """Let everybody know that the other end is gone; idempotent."""
        self._is_over = True
        for task in self._tasks.values():
            task.cancel()
        for call in self._calls.values():
            if not call.answer.done():
                call.answer.set_exception(self._lost())
        for coming in self._coming.values():
            coming.put_nowait((_Kind.FAILED, self._lost()))

    def _receive(self, kind: _Kind, number: int, rest: bytes) -> None:
        if kind is _Kind.CANCEL:
            if number in self._tasks:
                self._tasks[number].cancel()
        elif kind is _Kind.MORE:
            if number in self._windows:
                self._windows[number].release()
        elif kind in (_Kind.CALL, _Kind.ITERATE):
            start = self._do if kind is _Kind.CALL else self._do_all
            task = asyncio.create_task(start(number, rest), name=f"link {number}")
            self._tasks[number] = task
            task.add_done_callback(lambda _: self._tasks.pop(number, None))
        elif kind is _Kind.TELL:
            name, args = _read(rest)
            self._does[name](*args)
        else:
            self._receive_answer(kind, number, rest)

    def _receive_answer(self, kind: _Kind, number: int, rest: bytes) -> None:
        try:
            value = _read(rest)
        except UsageError as error:
            kind, value = _Kind.FAILED, error
        call = self._calls.get(number)
        if number in self._coming:
            self._coming[number].put_nowait((kind, value))
        elif call is not None and call.answer.done():
            # Cancelled, whether its caller has seen that already or not.
            del self._calls[number]
            if kind is _Kind.DONE:
                call.drop(value)
        elif call is not None and kind is _Kind.FAILED:
            call.answer.set_exception(value)
        elif call is not None:
            call.answer.set_result(value)

    # -- what the other end asks for ------------------------------------------

    async def _do(self, number: int, rest: bytes) -> None:
        try:
            name, args = _read(rest)
            value = await self._does[name](*args)
            self._ask(_Kind.DONE, number, value)
            await self._drain()
        except BaseException as error:
            self._send_error(number, error)
            if not isinstance(error, Exception):
                raise

    async def _do_all(self, number: int, rest: bytes) -> None:
        window = self._windows[number] = asyncio.Semaphore(WINDOW)
        try:
            name, args = _read(rest)
            async with aclosing(self._does[name](*args)) as items:
                await window.acquire()
                async for item in items:
                    self._ask(_Kind.ITEM, number, item)
                    await self._drain()
                    await window.acquire()
            self._send(_Kind.END, number)
        except BaseException as error:
            self._send_error(number, error)
            if not isinstance(error, Exception):
                raise
        finally:
            del self._windows[number]

    def _send_error(self, number: int, error: BaseException) -> None:
        """Send what went wrong; what is no error of streamer's is logged, too."""
        if not isinstance(error, StreamerError):
            if isinstance(error, Exception):
                _log.error("a call between processes failed", exc_info=error)
            error = StreamerError(f"it failed: {error!r}")
        self._ask(_Kind.FAILED, number, error)

    # -- frames ---------------------------------------------------------------

    def _number(self) -> int:
        if self._is_over:
            raise self._lost()
        return next(self._numbers)

    def _ask(self, kind: _Kind, number: int, value: object) -> None:
        try:
            rest = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            raise CannotCopy(
                f"something of it can't be copied into another process ({error}); "
                "pass what pickle takes, or use streamer.Engine"
            ) from error
        self._send(kind, number, rest)

    def _send(self, kind: _Kind, number: int, rest: bytes = b"") -> None:
        if not self._is_over:
            self._writer.write(_HEAD.pack(len(rest), kind, number) + rest)

    async def _drain(self) -> None:
        with suppress(OSError):  # the other end is gone; the reader says so
            await self._writer.drain()


def _read(rest: bytes) -> Any:  # noqa: ANN401 - as it was sent
    """
    Return what a frame brought.

    Raises:
        UsageError: It is of a class that this process does not have.
    """
    if not rest:
        return None
    try:
        return pickle.loads(rest)  # noqa: S301 - from the same program
    except Exception as error:
        raise UsageError(
            f"the other process does not know something of it ({error}); "
            "define it in a module that can be imported, not in the script itself"
        ) from error
