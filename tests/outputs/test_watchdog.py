from __future__ import annotations

from types import SimpleNamespace

import pytest

from streamer.outputs.watchdog import Watchdog


class Counting:
    """A renderer that has filled as many blocks as a test says."""

    blocks = 0

    def tally(self):
        return SimpleNamespace(blocks=self.blocks)


@pytest.fixture
def renderer():
    return Counting()


async def run(watchdog, clock, seconds, *, renderer=None, step=0.01) -> str | None:
    """Look each *step*, with a block each time where *renderer* is given."""
    for _ in range(round(seconds / step)):
        await clock.advance(step)
        if renderer is not None:
            renderer.blocks += 1
        watchdog.look()
    return watchdog.look()


async def test_while_blocks_come_all_is_well(clock, renderer):
    watchdog = Watchdog(renderer, clock)
    assert await run(watchdog, clock, 10.0, renderer=renderer) is None


async def test_half_a_second_without_a_block_is_a_loss(clock, renderer):
    watchdog = Watchdog(renderer, clock)
    await run(watchdog, clock, 5.0, renderer=renderer)
    assert await run(watchdog, clock, 0.45) is None
    assert "asked for no sound for 5" in (await run(watchdog, clock, 0.15) or "")


async def test_a_server_that_stops_for_60_ms_is_none(clock, renderer):
    watchdog = Watchdog(renderer, clock)
    for _ in range(20):
        await run(watchdog, clock, 0.5, renderer=renderer)
        assert await run(watchdog, clock, 0.06) is None


async def test_a_sink_that_wakes_up_may_take_longer(clock, renderer):
    watchdog = Watchdog(renderer, clock)
    await run(watchdog, clock, 0.05, renderer=renderer)
    assert await run(watchdog, clock, 1.8) is None
    assert await run(watchdog, clock, 5.0, renderer=renderer) is None


async def test_one_that_never_wakes_is_lost(clock, renderer):
    watchdog = Watchdog(renderer, clock)
    assert await run(watchdog, clock, 3.0) is not None


async def test_a_program_that_stood_still_has_lost_nothing(clock, renderer):
    """Nobody looked for a minute: the machine slept, and so did the device."""
    watchdog = Watchdog(renderer, clock)
    await run(watchdog, clock, 5.0, renderer=renderer)
    await clock.advance(60.0)
    assert watchdog.look() is None
    assert await run(watchdog, clock, 0.2) is None
    assert await run(watchdog, clock, 1.0, renderer=renderer) is None


async def test_a_stream_that_stopped_says_so_at_once(clock, renderer):
    watchdog = Watchdog(renderer, clock)
    watchdog.stopped()
    assert "unplugged" in (watchdog.look() or "")


async def test_a_loss_stays_one(clock, renderer):
    watchdog = Watchdog(renderer, clock)
    await run(watchdog, clock, 5.0, renderer=renderer)
    lost = await run(watchdog, clock, 1.0)
    assert lost is not None
    assert await run(watchdog, clock, 1.0, renderer=renderer) == lost
