"""Both ends of a link in one loop, and an engine's worker that is no process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import numpy as np
import pytest

from streamer.audio import TimedText
from streamer.engine import Engine
from streamer.errors import EngineLost
from streamer.sources import Speech
from streamer.sources.pcm import pcm
from streamer.testing import (
    FakeClock,
    RecordingOutput,
    ScriptedSource,
    run_inline,
    wav,
)
from streamer.worker import EngineProcess, engine as program
from streamer.worker.link import Link
from streamer.worker.main import host

RATE = 8_000
TONE = (0.4 * np.sin(np.arange(RATE // 2) / 4) + 0.5).astype(np.float32)
TIMED = [
    TimedText(kind, text, at * 800, 800)
    for at, letter in enumerate("mama ")
    for kind, text in (("grapheme", letter), ("phoneme", "m" if at % 2 == 0 else "a"))
]


def speech(seconds=0.5, source=None, text="mama"):
    size = round(seconds * RATE)
    data = wav(np.resize(TONE, size), RATE, timed_text=TIMED)
    return Speech(source or ScriptedSource([data]), text)


def played(output) -> np.ndarray:
    frames = output.frames[:, 0]
    return frames[frames != 0.0]


def lent(engine) -> dict:
    """What is lent to its worker right now."""
    return {**engine._lends._lent, **engine._lends._voices}


async def turns(count: int) -> None:
    """Let the loop turn so often."""
    for _ in range(count):
        await asyncio.sleep(0)


class Voice:
    """A voice of one's own; what it says is a source of one's own, or streamer's."""

    language = "en"
    max_characters = 200

    def __init__(self, *, travels=False) -> None:
        self.asked: list[str] = []
        self._travels = travels

    def speak(self, text):
        self.asked.append(text)
        return pcm(TONE, RATE, text=text) if self._travels else speech(text=text)


class Pipe:
    """What one end writes, the other reads."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()

    def write(self, data: bytes) -> None:
        self.reader.feed_data(data)

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        if not self.reader.at_eof():
            self.reader.feed_eof()


class Ends:
    """Two links that run; *far* does what *near* asks for."""

    def __init__(self, far_does, near_does=None) -> None:
        there, back = Pipe(), Pipe()
        self.near = Link(back.reader, there, near_does or {}, lost=lost)
        self.far = Link(there.reader, back, far_does, lost=lost)
        self.pipes = there, back
        self.tasks = [asyncio.create_task(end.run()) for end in (self.near, self.far)]

    async def close(self) -> None:
        for pipe in self.pipes:
            pipe.close()
        await asyncio.gather(*self.tasks)
        self.near.end()
        self.far.end()


def lost() -> EngineLost:
    return EngineLost("a test has ended it")


@pytest.fixture
async def ends():
    """Makes a pair of links, once."""
    made: list[Ends] = []

    def make(far_does, near_does=None) -> Ends:
        made.append(Ends(far_does, near_does))
        return made[-1]

    yield make
    for each in made:
        await each.close()


class NearWorker:
    """A worker in this process, its engine on the test's clock."""

    clock: FakeClock
    engines: list[Engine]
    run = staticmethod(run_inline)

    def __init__(self, does) -> None:
        there, back = Pipe(), Pipe()
        self.pipes = there, back
        self.link = Link(back.reader, there, does, lost=lost)
        self.hosting = asyncio.create_task(host(there.reader, back, make=self.make))
        self.running = asyncio.create_task(self._run())

    @classmethod
    async def start(cls, python, does):
        return cls(does)

    def make(self, output, *, options) -> Engine:
        clocked = partial(Engine, clock=self.clock, run=self.run)
        self.engines.append(clocked(output, options=options))
        return self.engines[-1]

    async def _run(self) -> None:
        await self.link.run()
        self.link.end()

    async def end(self) -> None:
        await self.link.call("end")

    async def close(self, patience) -> None:
        for pipe in self.pipes:
            pipe.close()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(self.hosting, self.running)
        await self.link.wait_quiet(1.0)


class Apart:
    """An engine process whose worker is near, and what it played."""

    def __init__(self, worker: type[NearWorker], **named) -> None:
        self.clock = worker.clock
        self.worker = worker
        self.engine = EngineProcess(RecordingOutput(), **named)
        self.engine.clock = self.clock

    async def run(self, coroutine):
        return await self.clock.run(coroutine)

    @property
    def output(self) -> RecordingOutput:
        """The worker's copy of the output."""
        return self.worker.engines[-1].main.output


@pytest.fixture
def near(monkeypatch):
    """Makes an engine process whose worker is in this process."""

    class Worker(NearWorker):
        clock = FakeClock(1_000.0)
        engines: list[Engine] = []  # noqa: RUF012 - of this test

    monkeypatch.setattr(program, "Worker", Worker)
    return partial(Apart, Worker)
