from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.outputs import NullOutput, OutputFormat, null
from streamer.outputs.native import NativeRenderer, native_missing
from streamer.playback.renderer import PythonRenderer
from streamer.testing import run_inline
from streamer.timing import PlayoutMap, Silence


async def started(output, clock, *, frames=0) -> PythonRenderer:
    """Begin to play *frames* of sound on *output*."""
    format = await output.open(clock, run_inline)
    rendering = PythonRenderer(rate=format.rate, channels=format.channels)
    rendering.ring.write(np.ones((frames, format.channels), np.float32))
    rendering.ring.finish()
    await output.start(rendering, format)
    return rendering


def times(rendering) -> list[float]:
    return [block.time for block in rendering.take()[0]]


async def test_blocks_fall_due_on_its_own_grid(clock):
    output = NullOutput()
    assert output.paced
    rendering = await started(output, clock)
    await clock.advance(0.1)
    blocks, _ = rendering.take()
    await output.close()

    assert len(blocks) == 21
    assert [block.time for block in blocks] == pytest.approx(
        [index * 0.005 for index in range(21)]
    )
    assert {block.delay for block in blocks} == {0.010}
    assert output.failure() is None
    await output.recover(rendering, OutputFormat(48_000, 1))


async def test_sound_takes_as_long_as_it_is(clock):
    output = NullOutput()
    rendering = await started(output, clock, frames=48_000)
    await clock.advance(0.9975)
    assert rendering.ring.readable == 0
    blocks, _ = rendering.take()
    await output.close()
    assert sum(block.played for block in blocks) == 48_000
    assert [block.silent for block in blocks].count(0) == 200


async def test_a_late_task_catches_up_and_moves_nothing(clock):
    """A second in which nobody runs is neither a step nor a slip."""
    output = NullOutput()
    rendering = await started(output, clock, frames=150_000)
    playout = PlayoutMap(48_000)
    playout.begin("u1", 0)
    await clock.advance(1.0)
    playout.receive(rendering.take()[0])
    before = playout.when("u1", 100_000)
    clock._time += 1.0
    await clock.advance(0.0)
    for _ in range(250):
        await asyncio.sleep(0)
    await clock.advance(0.5)
    stepped = playout.receive(rendering.take()[0])
    await output.close()

    assert not stepped
    assert playout.step_count == 0
    assert playout.when("u1", 100_000) == pytest.approx(before)
    assert rendering.ring.read_position == pytest.approx(2.5 * 48_000, abs=300)


async def test_who_brings_sound_gets_a_turn_between_late_blocks(clock):
    """After a stall the ring is filled while it catches up, not behind it."""
    output = NullOutput()
    rendering = await started(output, clock)
    turns: list[int] = []

    async def bring() -> None:
        while True:
            turns.append(rendering.tally().blocks)
            await asyncio.sleep(0)

    await clock.advance(0.1)
    clock._time += 0.1
    bringing = asyncio.ensure_future(bring())
    await clock.advance(0.05)
    bringing.cancel()
    await output.close()
    assert max(np.diff(turns)) == 1


async def test_outputs_of_one_clock_share_a_task_and_those_alike_a_grid(clock):
    before = asyncio.all_tasks()
    outputs = [NullOutput(block=0.020) for _ in range(50)]
    renderings = []
    for output in outputs:
        renderings.append(await started(output, clock))
        await clock.advance(0.0007)
    running = [task for task in asyncio.all_tasks() - before if not task.done()]
    assert len(running) == 1
    await clock.advance(1.0)

    begun = [index * 0.0007 for index in range(50)]
    for begin, rendering in zip(begun, renderings, strict=True):
        grid = times(rendering)
        assert begin <= grid[0] + 1e-9 <= begin + 0.020 + 1e-6
        assert np.array(grid) / 0.020 == pytest.approx(np.round(np.array(grid) / 0.020))
        assert np.diff(grid) == pytest.approx(0.020)
        assert len(grid) in (50, 51, 52)
    for output in outputs:
        await output.close()
    assert asyncio.all_tasks() == before
    assert not any(null._TICKERS.values())


async def test_renderers_in_c_and_in_python_take_their_blocks_together(clock):
    """What is in C is called once for all, and its blocks become one record."""
    if native_missing():
        pytest.skip("the callback in C is not there")
    format = OutputFormat(48_000, 1)
    outputs = [NullOutput() for _ in range(4)]
    make = [NativeRenderer, PythonRenderer] * 2
    renderers = [each(rate=48_000, channels=1) for each in make]
    for output, renderer in zip(outputs, renderers, strict=True):
        renderer.ring.write(np.ones((24_000 + 100, 1), np.float32))
        renderer.ring.commit()
        await output.open(clock, run_inline)
        await output.start(renderer, format)
    await clock.advance(0.6)
    for output in outputs:
        await output.close()
    maps = [PlayoutMap(48_000) for _ in renderers]
    for playout, renderer in zip(maps, renderers, strict=True):
        playout.begin("u1", 0)
        blocks = renderer.take()[0]
        assert len(blocks) == (3 if isinstance(renderer, NativeRenderer) else 121)
        playout.receive(blocks)
    heard = [playout.until("u1", 24_100) for playout in maps]
    assert heard == pytest.approx([24_100 / 48_000 + 0.010] * 4)
    assert {playout.silence for playout in maps} == {Silence.STARVED}
    assert {renderer.tally() for renderer in renderers} == {renderers[1].tally()}


async def test_many_unlike_outputs_wake_at_most_each_2_5_ms(clock):
    """A wake costs as much as several blocks; being late by less costs nothing."""
    outputs = [NullOutput(block=0.020, latency=index / 1000) for index in range(50)]
    for output in outputs:
        await started(output, clock)
        await clock.advance(0.0004)
    wakes: set[float] = set()
    original = clock.sleep_until

    async def noting(time: float) -> None:
        await original(time)
        wakes.add(clock.time())

    clock.sleep_until = noting
    await clock.advance(1.0)
    for output in outputs:
        await output.close()
    assert 200 <= len(wakes) <= 400


async def test_a_new_one_need_not_wait_for_the_blocks_of_others(clock):
    slow = NullOutput(block=0.5)
    await started(slow, clock)
    await clock.advance(0.1)
    quick = NullOutput()
    rendering = await started(quick, clock)
    await clock.advance(0.05)
    assert len(times(rendering)) == 11
    await slow.close()
    await clock.advance(0.05)
    assert len(times(rendering)) == 10
    await quick.close()


async def test_closed_it_takes_no_more_while_others_do(clock):
    one, other = NullOutput(), NullOutput()
    first, second = await started(one, clock), await started(other, clock)
    await clock.advance(0.1)
    await one.close()
    before = first.tally().blocks, second.tally().blocks
    await clock.advance(0.1)
    assert first.tally().blocks == before[0]
    assert second.tally().blocks == before[1] + 20
    await other.close()


async def test_one_started_while_the_last_one_leaves_plays_on(clock):
    first, second = NullOutput(), NullOutput()
    await started(first, clock)
    leaving = asyncio.ensure_future(first.close())
    await asyncio.sleep(0)
    rendering = await started(second, clock)
    await leaving
    await clock.advance(0.05)
    assert rendering.tally().blocks == 11
    await second.close()


async def test_it_may_be_closed_twice_and_before_it_started(clock):
    output = NullOutput()
    await output.close()
    await started(output, clock)
    await output.close()
    await output.close()


async def test_it_takes_the_format_it_is_started_with(clock):
    output = NullOutput(offset=0.2)
    assert output.offset == 0.2
    await output.open(clock, run_inline)
    rendering = PythonRenderer(rate=8_000, channels=2)
    await output.start(rendering, OutputFormat(8_000, 2))
    await clock.advance(0.1)
    await output.close()
    assert sum(block.silent for block in rendering.take()[0]) >= 800
