"""What an engine runs on: its executor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

__all__ = ["Executor"]

T = TypeVar("T")


class Executor:
    """The one executor for what blocks: files, devices, the local voice."""

    THREADS = 4
    """Calls that run at once; more wait in line."""
    PATIENCE = 2.0
    """Seconds that closing waits for calls that still run."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.THREADS, thread_name_prefix="streamer")
        self._calls: set[Future[Any]] = set()

    async def run(self, function: Callable[..., T], /, *args: object) -> T:
        """Call ``function(*args)`` in a thread and return its result."""
        call = self._pool.submit(function, *args)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return await asyncio.wrap_future(call)

    async def close(self) -> None:
        """
        Drop the calls that wait, and let the threads go.

        Calls that run are waited for, but not for long: one that hangs must
        not keep a program from ending its other work.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        calls = [asyncio.wrap_future(call) for call in self._calls]
        ended = asyncio.gather(*calls, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended, self.PATIENCE)
