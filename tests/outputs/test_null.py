from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.outputs import NullOutput, OutputFormat
from streamer.playback import Player, PlayerOptions
from streamer.testing import run_inline
from streamer.timing import JitterPolicy


async def started(output, clock):
    format = await output.open(clock, run_inline)
    options = PlayerOptions(
        format.rate, format.channels, fallback_delay=output.fallback_delay
    )
    player = Player(options, clock)
    await output.start(player.renderer, format)
    return player


async def test_blocks_fall_due_on_its_own_grid(clock):
    output = NullOutput()
    assert output.paced
    player = await started(output, clock)
    await clock.advance(0.1)
    blocks = player.renderer.records.take()
    await output.close()

    assert len(blocks) == 21
    assert [block.time for block in blocks] == pytest.approx(
        [index * 0.005 for index in range(21)]
    )
    assert {block.delay for block in blocks} == {0.010}
    assert output.failure() is None


async def test_sound_takes_as_long_as_it_is(clock):
    output = NullOutput()
    player = await started(output, clock)
    player.begin("u1", JitterPolicy())
    await clock.run(player.write(np.ones((48_000, 1), np.float32)))
    player.finish()
    begin = clock.time()
    changes = []
    while not any(change.kind == "ended" for change in changes):
        await clock.advance(0.010)
        changes += player.poll()
    await output.close()

    first, last = changes
    assert last.time - first.time == pytest.approx(1.0)
    assert clock.time() - begin == pytest.approx(1.015, abs=0.011)


async def test_a_late_task_catches_up_and_moves_nothing(clock):
    """A second in which nobody runs is neither a step nor a slip."""
    output = NullOutput()
    player = await started(output, clock)
    player.begin("u1", JitterPolicy())
    await clock.run(player.write(np.ones((150_000, 1), np.float32)))
    await clock.advance(1.0)
    before = player.poll() and player.playout.when("u1", 100_000)
    clock._time += 1.0
    await clock.advance(0.0)
    for _ in range(250):
        await asyncio.sleep(0)
    await clock.advance(0.5)
    kinds = [change.kind for change in player.poll()]
    await output.close()

    assert kinds == []
    assert player.statistics()["clock_steps"] == 0
    assert player.playout.quality == "measured"
    assert player.playout.when("u1", 100_000) == pytest.approx(before)
    assert player.playout.ring_next == pytest.approx(2.5 * 48_000, abs=300)


async def test_it_may_be_closed_twice_and_before_it_started(clock):
    output = NullOutput()
    await output.close()
    await started(output, clock)
    await output.close()
    await output.close()


async def test_it_takes_the_format_it_is_started_with(clock):
    output = NullOutput()
    await output.open(clock, run_inline)
    player = Player(PlayerOptions(8_000, 2), clock)
    await output.start(player.renderer, OutputFormat(8_000, 2))
    await clock.advance(0.1)
    await output.close()
    assert sum(b.silent for b in player.renderer.records.take()) >= 800
