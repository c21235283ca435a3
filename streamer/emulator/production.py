"""A request being spoken in a thread, its sound arriving in the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import Executor

from streamer.audio.format import Format, TimedText
from streamer.emulator.plan import Plan
from streamer.emulator.rendering import render
from streamer.voices import Espeak

__all__ = ["Production"]


class Production:
    """
    One request being spoken in the executor.

    Its sound waits in memory, without a bound other than what may be asked:
    3,000 characters and 300 s of breaks.
    """

    def __init__(self, espeak: Espeak, plan: Plan, format: Format) -> None:
        self.plan = plan
        self.timed_text: list[TimedText] = []
        self._espeak = espeak
        self._format = format
        self._loop = asyncio.get_running_loop()
        self._made: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._wanted = True
        self._job: asyncio.Future[list[TimedText]] | None = None

    def start(self, executor: Executor) -> None:
        """Begin to speak."""
        self._job = self._loop.run_in_executor(
            executor, render, self._espeak, self.plan, self._format, self._keep
        )
        self._job.add_done_callback(self._ended)

    def stop(self) -> None:
        """Let the voice go; it stops within 60 ms of sound."""
        self._wanted = False

    async def wait_ended(self) -> None:
        """Return once the voice was let go, whatever came of it."""
        if self._job is not None:
            await asyncio.wait([self._job])

    async def parts(self) -> AsyncGenerator[bytes]:
        """Yield whole frames as they are made; then raise what the voice raised."""
        if self._job is None:
            return
        while (part := await self._made.get()) is not None:
            yield part
        self.timed_text = await self._job

    @property
    def has_ended(self) -> bool:
        """Whether the voice was let go."""
        return self._job is None or self._job.done()

    def _ended(self, job: asyncio.Future[list[TimedText]]) -> None:
        if not job.cancelled():
            job.exception()  # seen, also where nobody listens any more
        self._made.put_nowait(None)

    def _keep(self, data: bytes) -> bool:
        """In the executor."""
        self._loop.call_soon_threadsafe(self._made.put_nowait, data)
        return self._wanted
