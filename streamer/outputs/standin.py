"""Keeps time in place of a device that is gone, and looks out for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from streamer.errors import OutputError
from streamer.outputs.base import OutputFormat
from streamer.outputs.null import NullOutput
from streamer.playback.rendering import Renderer
from streamer.runner import Runner, run_whole
from streamer.timing import Clock

__all__ = ["StandIn"]


class StandIn:
    """
    Takes blocks in real time without sound, until there is a device again.

    Args:
        clock: By which it looks.
        run: Runs *look* off the event loop.
        look: Returns whether there is a device now; it may raise OutputError.
        every: Seconds between looks.
    """

    def __init__(
        self, clock: Clock, run: Runner, look: Callable[[], bool], *, every: float
    ) -> None:
        self.every = every
        self._clock = clock
        self._run = run
        self._look = look
        self._output: NullOutput | None = None
        self._looking: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The name of what takes the blocks."""
        assert self._output is not None
        return self._output.name

    @property
    def delay(self) -> float:
        """Seconds from a block to when it counts as heard."""
        assert self._output is not None
        return self._output.fallback_delay

    @property
    def is_relieved(self) -> bool:
        """Whether it has seen a device, and takes no more blocks."""
        return self._looking is not None and self._looking.done()

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """Begin to take blocks, and to look."""
        self._output = NullOutput(rate=format.rate, channels=format.channels)
        await self._output.open(self._clock, self._run)
        await self._output.start(renderer, format)
        self._looking = asyncio.create_task(
            self._look_out(self._output), name="device look-out"
        )

    async def close(self) -> None:
        """Take no more blocks, and look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        if self._output is not None:
            await self._output.close()

    async def _look_out(self, output: NullOutput) -> None:
        while True:
            await self._clock.sleep_until(self._clock.time() + self.every)
            with suppress(OutputError):  # it hangs
                if await run_whole(self._run, self._look):
                    break
        await output.close()
