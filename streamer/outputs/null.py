"""An output that nobody hears, with a device's timing."""

from __future__ import annotations

import asyncio

import numpy as np

from streamer.outputs.base import OutputFormat
from streamer.playback import Renderer
from streamer.runner import Runner
from streamer.timing import Clock

__all__ = ["NullOutput"]


class NullOutput:
    """
    Takes blocks in real time and drops them.

    Each block falls due one block after the last, on a grid that starts with
    the output; a late task catches up without losing a frame, and its blocks
    count as asked for when they were due.

    Args:
        rate: Frames a second.
        channels: Samples a frame.
        block: Seconds a block lasts.
        latency: Seconds from a block's due time until it counts as heard.
    """

    name = "null"
    paced = True

    def __init__(
        self,
        *,
        rate: int = 48_000,
        channels: int = 1,
        block: float = 0.005,
        latency: float = 0.010,
    ) -> None:
        self._format = OutputFormat(rate, channels)
        self._block_frames = max(1, round(rate * block))
        self.fallback_delay = latency
        self._clock: Clock | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self, clock: Clock, run: Runner) -> OutputFormat:  # noqa: ARG002 - Output
        """Return the format; nothing has to be had."""
        self._clock = clock
        return self._format

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """Begin to take blocks."""
        assert self._clock is not None
        self._task = asyncio.create_task(
            self._play(renderer, format, self._clock), name="null output"
        )

    async def close(self) -> None:
        """Stop taking blocks."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def failure(self) -> Exception | None:
        """Return None: nothing can go wrong."""
        return None

    async def _play(
        self, renderer: Renderer, format: OutputFormat, clock: Clock
    ) -> None:
        out = np.zeros((self._block_frames, format.channels), np.float32)
        begin = clock.time()
        blocks = 0
        while True:
            due = begin + blocks * self._block_frames / format.rate
            await clock.sleep_until(due)
            # Said as it was due: a late task changes nothing of what is heard.
            renderer.render(out, due, self.fallback_delay)
            blocks += 1
