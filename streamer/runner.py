"""What the rooms run on: the clock, and threads for calls that block."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol, TypeVar

__all__ = ["Runner", "SystemClock", "acquire", "run_whole", "whole"]

T = TypeVar("T")


class SystemClock:
    """The clock of production: :func:`time.perf_counter` and the event loop."""

    # The function itself: it is asked several times for each chunk.
    time = staticmethod(time.perf_counter)
    """Return the time in seconds; its origin means nothing."""

    async def sleep_until(self, time: float) -> None:
        """Return once :meth:`time` is at least *time*."""
        delay = time - self.time()
        if delay > 0:
            await asyncio.sleep(delay)


class Runner(Protocol):
    """Runs a blocking call in the engine's executor and awaits its result."""

    def __call__(self, function: Callable[..., T], /, *args: object) -> Awaitable[T]:
        """Call ``function(*args)`` in a thread."""
        ...


async def whole(awaitable: Awaitable[T]) -> T:
    """Await it to its end; however often this is cancelled, it raises that then."""
    task = asyncio.ensure_future(awaitable)
    try:
        return await asyncio.shield(task)
    finally:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])


async def run_whole(run: Runner, function: Callable[..., T], /, *args: object) -> T:
    """
    Call ``function(*args)`` in a thread, and never leave it behind.

    Cancelled meanwhile, it first waits until the thread is done: what the call
    works on may be closed then.
    """
    return await whole(run(function, *args))


async def acquire(
    run: Runner, get: Callable[[], T], let_go: Callable[[T], object]
) -> T:
    """
    Call *get* in a thread; cancelled meanwhile, *let_go* gets what it got.

    *let_go* runs in a thread too, and is waited for.
    """
    got: list[T] = []

    def note() -> T:
        got.append(get())
        return got[0]

    try:
        return await run_whole(run, note)
    except asyncio.CancelledError:
        for held in got:
            await run_whole(run, let_go, held)
        raise
