"""Our engine, asked how far it is heard while it plays; for ``bench/position.py``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from bench.harness.tap import answer_lines  # noqa: E402 - after the path
from streamer.engine import Engine, Utterance  # noqa: E402
from streamer.outputs import DeviceOutput  # noqa: E402
from streamer.sources import HttpRequest, HttpSource, Speech  # noqa: E402

EVERY = 0.02
"""Seconds between two questions."""
PATIENCE = 20.0
"""Seconds that a stream may take to begin."""


async def sample(utterance: Utterance) -> list[tuple[float, float]]:
    """Return when it was asked, and how far it had been heard, until it is over."""
    samples: list[tuple[float, float]] = []
    while not utterance.over:
        if utterance.state == "playing":
            samples.append((time.perf_counter(), utterance.heard()))
        await asyncio.sleep(EVERY)
    return samples


class Asked:
    """Answers for one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Play a stream as asked, and tell what was heard of it."""
        speech = Speech(HttpSource(HttpRequest(asked["url"])))
        utterance = await self.engine.play(speech)
        if asked["do"] == "interrupt":
            return await self._interrupt(utterance, asked["after"])
        return await self._play(utterance, asked["acts"])

    async def _play(
        self, utterance: Utterance, acts: list[tuple[float, str]]
    ) -> dict[str, Any]:
        player = self.engine.main.player
        flags, steps = player.renderer.tally().underflows, player.playout.step_count
        sampling = asyncio.create_task(sample(utterance))
        async with asyncio.timeout(PATIENCE):
            await utterance.wait_started()
        begun = self.engine.clock.time()
        for at, verb in acts:
            await self.engine.clock.sleep_until(begun + at)
            await getattr(self.engine.main, verb)()
        await utterance.wait_ended()
        return {
            "samples": await sampling,
            "every": EVERY,
            "flags": player.renderer.tally().underflows - flags,
            "steps": player.playout.step_count - steps,
        }

    async def _interrupt(self, utterance: Utterance, after: float) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            await utterance.wait_started()
        await asyncio.sleep(after)
        latency = self.engine.main.player.playout.latency
        called = time.perf_counter()
        heard = await utterance.interrupt()
        return {
            "called": called,
            "returned": time.perf_counter(),
            "media_time": heard.media_time,
            "tail": heard.tail,
            "latency": latency,
        }


async def main() -> None:
    """Open the device, then do what is asked."""
    parser = argparse.ArgumentParser(description="be the player of position.py")
    parser.add_argument("--latency-ms", type=float)
    options = parser.parse_args()
    latency = None if options.latency_ms is None else options.latency_ms / 1000
    async with Engine(DeviceOutput(latency=latency)) as engine:
        await engine.main.open()
        await answer_lines(Asked(engine).answer)


if __name__ == "__main__":
    asyncio.run(main())
