"""An output that plays a renderer's ring on a device of a test's own server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from streamer.outputs import DeviceOutput, OutputFormat, claims
from streamer.outputs.caller import call
from streamer.outputs.native import NativeRenderer
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import Done, Verb
from streamer.runner import SystemClock
from streamer.timing import Block
from tests.real.sound_server import SoundServer

LATENCY = 0.1
"""Seconds a device is asked to keep: tests of samples, not of times."""
PATIENT = 0.4
"""The same where no machine may be heard that stands still; one did for so long."""


@pytest.fixture
def own_server(sounds, monkeypatch) -> SoundServer:
    """The test's own sound server, for this process too; PortAudio knows it."""
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_SERVER"):
        monkeypatch.setenv(name, sounds.environment[name])
    call(claims.rescan)  # what it lists is of the server of the test before
    return sounds


class Playing:
    """A device output, its renderer, and what it did."""

    def __init__(self, output: DeviceOutput, renderer, format: OutputFormat) -> None:
        self.output = output
        self.renderer = renderer
        self.format = format
        self.blocks: list[Block] = []
        self.dones: list[Done] = []

    def write(self, frames: np.ndarray, *, end: bool = True) -> None:
        """Play *frames*, shape (frames, channels), which the ring can hold."""
        assert self.renderer.ring.write(frames) == len(frames)
        if end:
            self.renderer.ring.finish()
        else:
            self.renderer.ring.commit()

    def collect(self) -> None:
        """Fetch what the device did since the last time."""
        blocks, dones = self.renderer.take()
        self.blocks += blocks
        self.dones += dones

    async def until(self, condition: Callable[[], object], *, seconds=20.0) -> None:
        """Return once *condition()* is true, looking as often as an engine does."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.output.failure()
                await asyncio.sleep(0.01)

    async def done(self, verb: Verb, **options) -> Done:
        """Tell it something, and return its answer."""
        return await self.answer(self.renderer.send_nowait(verb, **options))

    async def answer(self, id: int) -> Done:
        """Return what came of a command once it was carried out."""

        def answered() -> bool:
            self.collect()
            return any(done.id == id for done in self.dones)

        await self.until(answered)
        return next(done for done in self.dones if done.id == id)

    async def played(self, position: int, *, seconds: float = 20.0) -> None:
        """Return once the ring was played up to *position*, and it was heard."""
        ring = self.renderer.ring
        await self.until(lambda: ring.read_position >= position, seconds=seconds)
        await asyncio.sleep(1.5 * self.output.fallback_delay + 0.05)
        self.collect()


@contextlib.asynccontextmanager
async def playing(
    output: DeviceOutput, *, native: bool = True
) -> AsyncIterator[Playing]:
    """Open *output* and play on it; closed at the end."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(2) as threads:

        def run(function, /, *args) -> Awaitable:
            return loop.run_in_executor(threads, function, *args)

        format = await output.open(SystemClock(), run)
        assert format is not None
        kind = NativeRenderer if native else PythonRenderer
        renderer = kind(rate=format.rate, channels=format.channels)
        await output.start(renderer, format)
        try:
            yield Playing(output, renderer, format)
        finally:
            await output.close()
