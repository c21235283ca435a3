"""Servers that run in a thread of their own while a command is tested."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TypeVar

from streamer.events import messages
from streamer.events.log import StreamLog
from streamer.events.options import ServerOptions
from streamer.events.server import EventServer
from streamer.runner import SystemClock

T = TypeVar("T")


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
def talking_server(options: ServerOptions | None = None) -> Iterator[str]:
    """Yield the address of a server that tells one utterance to each listener."""
    with in_background(_talk(options)) as server:
        yield "ws://{}:{}".format(*server.address)


@asynccontextmanager
async def _talk(options: ServerOptions | None) -> AsyncIterator[EventServer]:
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

    async with EventServer(
        {"main": log}, clock=clock, port=0, options=options
    ) as server:
        task = asyncio.create_task(tell())
        yield server
        task.cancel()
