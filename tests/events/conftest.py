from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from streamer.errors import StreamerError, UsageError, VoiceError
from streamer.events.codec import decode_server, encode
from streamer.events.frames import FrameSource
from streamer.events.log import StreamLog
from streamer.events.messages import Cue, Hello, ServerMessage
from streamer.events.options import ServerOptions
from streamer.events.server import EventServer
from streamer.events.web import HeardTold, TooMuchWaiting


class StandingClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.us = 1_000_000

    def time(self) -> float:
        return self.us / 1e6

    async def sleep_until(self, time: float) -> None:
        raise AssertionError("nobody waits here")


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def log(clock: StandingClock) -> StreamLog:
    return StreamLog("main", "e1", clock=clock)


class RealClock:
    """The clock that production uses."""

    def time(self) -> float:
        return time.perf_counter()

    async def sleep_until(self, time: float) -> None:
        raise AssertionError("nobody waits here")


class Served:
    """A running server with one stream, and ways to talk to it."""

    def __init__(self, server: EventServer, log: StreamLog) -> None:
        self.server = server
        self.log = log
        self.host, self.port = server.address

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    def connect(self, path: str = "/", **options: Any) -> connect:
        """A WebSocket that has yet to say hello."""
        options = {"proxy": None, "ping_interval": None} | options
        return connect(f"ws://{self.where}{path}", **options)

    @asynccontextmanager
    async def client(
        self, hello: Hello | None = None
    ) -> AsyncIterator[Callable[[], Awaitable[ServerMessage]]]:
        """Say hello; gives a function that returns the next message."""
        async with self.connect() as socket:
            await socket.send(encode(hello or Hello()), text=True)
            messages: list[ServerMessage] = []

            async def receive() -> ServerMessage:
                while not messages:
                    async with asyncio.timeout(5):
                        messages.extend(decode_server(await socket.recv()))
                return messages.pop(0)

            yield receive

    async def closing(self, socket: ClientConnection) -> tuple[int, str]:
        """Wait until *socket* is closed by the server; its code and reason."""
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await socket.recv()
        assert socket.close_code is not None, "closed without a code"
        return socket.close_code, socket.close_reason or ""

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop turn until *condition* holds."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110  (it is the server's, and has no event)
                await asyncio.sleep(0)

    def say(self, utterance: str, *shapes: str, ms: int = 20) -> None:
        """Announce an utterance of *shapes*, heard from now on."""
        log, us = self.log, ms * 1000
        log.start(utterance, text=utterance)
        cues = [Cue(i * us, us, shape) for i, shape in enumerate(shapes)]
        log.cues(utterance, until=len(shapes) * us, cues={"oculus": cues})
        log.anchor(utterance, media=0, at=log.now, rate=1.0, quality="paced", latency=0)


class Talker:
    """A control that notes what it shall speak; some words make it fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.heard: HeardTold | None = None
        self.fail: StreamerError | None = None

    async def speak(self, text: str, stream: str) -> str:
        if text == "unsayable":
            raise UsageError("this cannot be said")
        if text == "later":
            raise TooMuchWaiting("try again")
        if text == "broken":
            raise VoiceError("the voice is hoarse")
        self.asked.append((text, stream))
        return f"t{len(self.asked)}"

    async def interrupt(self, stream: str) -> HeardTold | None:
        return self._do("interrupt", stream)

    async def skip(self, stream: str) -> HeardTold | None:
        return self._do("skip", stream)

    async def pause(self, stream: str) -> None:
        self._do("pause", stream)

    async def resume(self, stream: str) -> None:
        self._do("resume", stream)

    async def set_gain(self, stream: str, gain: float) -> None:
        self._do(f"gain {gain}", stream)

    async def mute(self, stream: str, muted: bool) -> None:
        self._do(f"mute {muted}", stream)

    async def stop_after_current(self, stream: str) -> None:
        self._do("stop-after-current", stream)

    def _do(self, what: str, stream: str) -> HeardTold | None:
        if self.fail is not None:
            raise self.fail
        self.asked.append((what, stream))
        return self.heard


@pytest.fixture
def talker() -> Talker:
    return Talker()


@pytest.fixture
def serve(talker: Talker) -> Callable[..., AbstractAsyncContextManager[Served]]:
    """Starts a server on a free port; *frames* is its source, the rest its options."""

    @asynccontextmanager
    async def run(
        frames: FrameSource | None = None, **options: Any
    ) -> AsyncIterator[Served]:
        clock = RealClock()
        log = StreamLog("main", "e1", clock=clock)
        server = EventServer(
            {"main": log},
            clock=clock,
            port=0,
            control=talker,
            options=ServerOptions(**options),
            frames=frames,
        )
        before = asyncio.all_tasks()
        async with server:
            yield Served(server, log)
        await asyncio.sleep(0)  # a task ends a turn after what it waited for
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        assert not left, f"the server left tasks behind: {left}"

    return run


@pytest.fixture
async def served(serve: Callable[..., Any]) -> AsyncIterator[Served]:
    async with serve(retry_ms=20) as running:
        yield running
