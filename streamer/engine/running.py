"""What an engine runs on: the clock and the executor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["Executor", "SystemClock"]

T = TypeVar("T")


class SystemClock:
    """The clock of production: :func:`time.perf_counter` and the event loop."""

    def time(self) -> float:
        """Return the time in seconds; its origin means nothing."""
        return time.perf_counter()

    async def sleep_until(self, time: float) -> None:
        """Return once :meth:`time` is at least *time*."""
        delay = time - self.time()
        if delay > 0:
            await asyncio.sleep(delay)


class Executor:
    """The one executor for what blocks: files, devices, the local voice."""

    THREADS = 4
    """Calls that run at once; more wait in line."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.THREADS, thread_name_prefix="streamer")

    async def run(self, function: Callable[..., T], /, *args: object) -> T:
        """Call ``function(*args)`` in a thread and return its result."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, function, *args)

    def close(self) -> None:
        """Let the threads go once they are done with what they do."""
        self._pool.shutdown(wait=False, cancel_futures=True)
