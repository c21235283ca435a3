from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from streamer.cli import run
from streamer.emulator import EmulatorOptions, ResembleEmulator
from streamer.engine.running import SystemClock
from streamer.events import messages
from streamer.events.log import StreamLog
from streamer.events.server import EventServer
from streamer.testing import wav

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    def fails(self, code: int, *words: str) -> None:
        """Hold it to one clear sentence on stderr with *words*, and the exit code."""
        assert self.code == code, self.err
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("streamer: ")
        assert "Traceback" not in self.err
        assert "unexpected" not in self.err
        for word in words:
            assert word in self.err


Command = Callable[..., Result]


@pytest.fixture
def command(capfd) -> Command:
    """Runs the command in this process."""

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capfd.readouterr()
        assert threading.active_count() == 1 or not stray_threads()
        return Result(code, said.out, said.err)

    return call


def stray_threads() -> list[str]:
    """Names of the engine's threads that still live."""
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith("streamer") and not _ends(thread)
    ]


def _ends(thread: threading.Thread) -> bool:
    thread.join(2)
    return not thread.is_alive()


@contextmanager
def in_background(manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Hold *manager* open in an event loop of another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="test server")
    thread.start()

    def call(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(10)

    try:
        entered = call(manager.__aenter__())
        try:
            yield entered
        finally:
            call(manager.__aexit__(None, None, None))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def emulating(options: EmulatorOptions | None = None) -> Iterator[str]:
    """Yield the address of an emulator that runs in a thread of its own."""
    with in_background(ResembleEmulator(options)) as emulator:
        yield emulator.url


@pytest.fixture
def tone(tmp_path) -> Path:
    """A file with 0.1 s of sound."""
    path = tmp_path / "tone.wav"
    time = np.arange(800, dtype=np.float32) / 8000
    path.write_bytes(wav(np.sin(time * 2765).astype(np.float32) / 2, 8000))
    return path


@pytest.fixture
def emulate():
    """Makes an emulator in a thread of its own, for a ``with``."""
    return emulating


@pytest.fixture
def talking():
    """Yield the address of a server that tells one utterance to each listener."""
    with in_background(_talk()) as server:
        yield "ws://{}:{}".format(*server.address)


@asynccontextmanager
async def _talk() -> AsyncIterator[EventServer]:
    """A server; once somebody listens, 0.3 s of speech pass and end."""
    clock = SystemClock()
    log = StreamLog("main", "e1", clock=clock)
    log.start("u1", text="Pa.", timing="phonemes", duration=300_000)
    marks = [
        messages.Mark(t=0, d=300_000, kind="word", text="Pa."),
        messages.Mark(t=0, d=300_000, kind="phoneme", text="ɑː"),
    ]
    log.marks("u1", marks=marks)
    cue = messages.Cue(t=0, d=300_000, v="aa", p=("ɑː",))
    log.cues("u1", until=300_000, cues={"oculus": [cue]})

    async def tell() -> None:
        while not server.clients:  # noqa: ASYNC110 - a server tells nobody of them
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        log.start("u2", text="More.", timing="none", duration=None)
        at = log.now + 50_000
        log.anchor("u1", media=0, at=at, rate=1.0, quality="paced", latency=0)
        await asyncio.sleep(0.35)
        log.end("u1", media=300_000, at=log.now)

    async with EventServer({"main": log}, clock=clock, port=0) as server:
        task = asyncio.create_task(tell())
        yield server
        task.cancel()
