"""
Our own player, asked as the others are.

A line of JSON on standard input has the address of a WAV stream and the load under
which it is played; once it is played out, a line of JSON says how. One engine, its
device open, as ``DeviceOutput`` opens it by default; with ``--process`` it is an
``EngineProcess``, and the load stays on this side.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from bench.harness.loads import loaded  # noqa: E402 - after the path
from streamer.engine import Engine  # noqa: E402
from streamer.outputs import DeviceOutput  # noqa: E402
from streamer.sources import HttpRequest, HttpSource, Speech  # noqa: E402
from streamer.worker import EngineProcess  # noqa: E402

SETTLE = 0.1
"""Seconds for a load to be under way."""


async def play(engine: Engine | EngineProcess, url: str, load: str) -> dict[str, Any]:
    """Play *url* to its end under *load*."""
    with loaded(load):
        await asyncio.sleep(SETTLE)
        utterance = await engine.play(Speech(HttpSource(HttpRequest(url))))
        outcome = await utterance.wait_ended()
    starved = sum(gap.duration for gap in outcome.starvation)
    return {"starved": starved}


async def answer(engine: Engine | EngineProcess) -> None:
    """Play what is asked for."""
    print("{}", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        told = await play(engine, asked["url"], asked["load"])
        print(json.dumps(told), flush=True)


async def main() -> None:
    """Open the device, then play what is asked for."""
    parser = argparse.ArgumentParser(description="be our player")
    parser.add_argument("--latency-ms", type=float)
    parser.add_argument("--process", action="store_true", help="an EngineProcess")
    options = parser.parse_args()
    latency = None if options.latency_ms is None else options.latency_ms / 1000
    output = DeviceOutput(latency=latency)
    if options.process:
        async with EngineProcess(output) as apart:
            await apart.open()
            await answer(apart)
        return
    async with Engine(output) as engine:
        await engine.main.open()
        await answer(engine)


if __name__ == "__main__":
    asyncio.run(main())
