"""The jitter bench's replay is the real player, but for the sound."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.traces.make_traces import FAMILIES
from bench.traces.replay import BLOCK, FixedPrefill, Outcome, Replay, Trace, read_trace
from streamer.playback import Player, PlayerOptions
from streamer.testing import FakeClock
from streamer.timing import JitterOptions, JitterPolicy, SenderHistory
from tests.examples import stride

RATE = 48_000
FRAMES = round(BLOCK * RATE)
TRACES = Path(__file__).parents[2] / "bench" / "traces"
KINDS = ("latency", "smooth", "prefill")
CASES = [
    (family, KINDS[(number + turn) % len(KINDS)])
    for number, family in list(enumerate(FAMILIES))[:: stride(2)]
    for turn in range(0, len(KINDS), stride(len(KINDS)))
]
"""
Each family by each kind; in a quick run every other family by one of them, which
take turns.
"""


class Hearing:
    """A player, whoever writes to it and its device, each at its own times."""

    def __init__(self, trace: Trace, policy: JitterPolicy) -> None:
        self.clock = FakeClock()
        self.player = Player(PlayerOptions(RATE, 1), self.clock)
        self.policy = policy
        self.trace = trace
        self.begun: float | None = None
        self.silent = 0.0
        self.gaps = 0
        self.over = False

    async def run(self) -> Outcome:
        await self.clock.run(self.all())
        assert self.begun is not None
        return Outcome(self.begun - self.trace.first, self.silent, self.gaps)

    async def all(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.read())
            group.create_task(self.look_and_pull())

    async def read(self) -> None:
        """Do what the engine's reader does."""
        trace, written = self.trace, 0
        if trace.duration is not None:
            self.policy.receive_duration(trace.duration)
        self.player.begin("u1", self.policy)
        for time, media in trace.arrivals:
            await self.clock.sleep_until(time)
            frames = round(media * RATE) - written
            written += frames
            self.policy.receive_arrival(self.clock.time(), written / RATE)
            await self.player.write(np.ones((frames, 1), np.float32))
        self.policy.receive_end(self.clock.time())
        self.player.finish()

    async def look_and_pull(self) -> None:
        """Do what the watch and the device do, while there is something to hear."""
        block = int(self.trace.first / BLOCK)
        while not self.over:
            block += 1
            await self.clock.sleep_until(block * BLOCK)
            for change in self.player.poll():
                self.over |= change.kind == "ended"
            out = np.zeros((FRAMES, 1), np.float32)
            self.player.renderer.render(out, self.clock.time(), 0.0)
            if self.begun is None and out.any():
                self.begun = self.clock.time()
            if self.player.playout.knows("u1"):
                gaps = self.player.playout.gaps("u1")
                self.gaps = len(gaps)
                self.silent = sum(gap.frames for gap in gaps) / RATE


def policies(kind: str) -> Iterator[JitterPolicy]:
    """One for each utterance of a sender."""
    history = SenderHistory()
    while True:
        if kind == "prefill":
            yield FixedPrefill(0.04)
        else:
            yield JitterPolicy(JitterOptions(policy=kind), history=history)


def utterances(family: str) -> list[Trace]:
    """Two of the family's first sender."""
    names = sorted(path.stem for path in TRACES.glob(f"{family}-?-[01].json"))
    traces = [read_trace(TRACES / f"{name}.json") for name in names[:2]]
    assert len({trace.endpoint for trace in traces}) == 1
    return traces


@pytest.mark.parametrize(("family", "kind"), CASES)
async def test_the_player_plays_a_trace_as_the_bench_says(family, kind):
    """What the bench reckons is what is heard: when it begins, and each silence."""
    replayed, heard = policies(kind), policies(kind)
    for trace in utterances(family):
        expected = Replay(trace, next(replayed)).run()
        found = await Hearing(trace, next(heard)).run()

        assert found.delay == pytest.approx(expected.delay, abs=0.001)
        assert found.silent == pytest.approx(expected.silent, abs=0.001)
        assert found.gaps == expected.gaps
