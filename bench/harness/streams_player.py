"""Many streams in one process, ours or aiohttp's alone; for ``bench/streams.py``."""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import io
import pstats
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from bench.harness.tap import answer_lines  # noqa: E402 - after the path
from streamer.engine import Engine, Stream  # noqa: E402
from streamer.outputs import NullOutput  # noqa: E402
from streamer.sources import HttpRequest, HttpSource, Speech  # noqa: E402

PATIENCE = 20.0
"""Seconds for all streams to begin; those that have not are counted."""
TICK = 0.005
"""Seconds between two looks at how late the event loop is."""
LINES = 25
"""Of a profile."""


def resident_bytes() -> int:
    """Return the memory that the process has in use."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


class Loop:
    """How late the event loop was, at the most, since :meth:`start`."""

    def __init__(self) -> None:
        self.late = 0.0

    async def run(self) -> None:
        """Look, without end."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(TICK)
            self.late = max(self.late, time.perf_counter() - before - TICK)


async def observe(seconds: float, *, profiled: bool) -> dict[str, Any]:
    """Return what the process costs for *seconds*, while all flows."""
    loop, profile = Loop(), cProfile.Profile()
    ticker = asyncio.create_task(loop.run())
    if profiled:
        profile.enable()
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.sleep(seconds)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    profile.disable()
    ticker.cancel()
    text = io.StringIO()
    if profiled:
        pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(LINES)
    return {
        "cores": cpu / wall,
        "seconds": wall,
        "loop_late_ms": round(loop.late * 1000, 1),
        "profile": text.getvalue(),
    }


@asynccontextmanager
async def opened(engine: Engine, asked: dict[str, Any]) -> AsyncIterator[list[Stream]]:
    """Make the streams, each on an output that nobody hears."""
    yield [
        await engine.stream(
            f"s{index}", output=NullOutput(rate=asked["rate"], block=asked["block"])
        )
        for index in range(asked["count"])
    ]


async def play_ours(asked: dict[str, Any]) -> dict[str, Any]:
    """Play as many streams as asked."""
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(Engine(NullOutput()))
        empty = resident_bytes()
        streams = await stack.enter_async_context(opened(engine, asked))
        utterances = [
            await stream.play(Speech(HttpSource(HttpRequest(asked["url"]))))
            for stream in streams
        ]
        waiting = [asyncio.ensure_future(each.wait_started()) for each in utterances]
        _, late = await asyncio.wait(waiting, timeout=PATIENCE)
        for task in late:
            task.cancel()
        await asyncio.sleep(asked["warm"])
        before = starved_of(streams)
        seen = await observe(asked["seconds"], profiled=asked["profile"])
        after = starved_of(streams)
        starved = [more - less for more, less in zip(after, before, strict=True)]
        failed = [each for each in utterances if each.error is not None]
        return {
            **seen,
            "silent": len(late) + len(failed),
            "starved": sum(frames > 0 for frames in starved),
            "starved_ms": round(sum(starved) / asked["rate"] * 1000, 1),
            "bytes": resident_bytes() - empty,
        }


def starved_of(streams: list[Stream]) -> list[int]:
    """Return the starved frames of each stream that plays, so far."""
    return [
        each.player.renderer.tally().starved_frames if each.has_player else 0
        for each in streams
    ]


async def read_bare(asked: dict[str, Any]) -> dict[str, Any]:
    """Read as many streams by aiohttp, and do nothing with the bytes."""
    received = [0] * asked["count"]

    async def read(session: aiohttp.ClientSession, index: int) -> None:
        async with session.get(asked["url"]) as response:
            async for data in response.content.iter_any():
                received[index] += len(data)

    empty = resident_bytes()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(
        connector=connector, read_bufsize=32 * 1024
    ) as session:
        tasks = [
            asyncio.create_task(read(session, index)) for index in range(asked["count"])
        ]
        end = time.perf_counter() + PATIENCE
        while not all(received) and time.perf_counter() < end:  # noqa: ASYNC110 - one event for all would cost each read
            await asyncio.sleep(0.05)
        await asyncio.sleep(asked["warm"])
        before = list(received)
        seen = await observe(asked["seconds"], profiled=asked["profile"])
        # A second's worth less than was sent in time is more than jitter.
        least = (seen["seconds"] - 0.5) * asked["rate"] * 2
        got = [more - less for more, less in zip(received, before, strict=True)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return {
        **seen,
        "silent": received.count(0),
        "starved": sum(size_bytes < least for size_bytes in got),
        "starved_ms": 0.0,
        "bytes": resident_bytes() - empty,
    }


async def main() -> None:
    """Do what is asked."""
    with contextlib.suppress(ValueError, OSError):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def answer(asked: dict[str, Any]) -> dict[str, Any]:
        return await (read_bare(asked) if asked["bare"] else play_ours(asked))

    await answer_lines(answer)


if __name__ == "__main__":
    asyncio.run(main())
