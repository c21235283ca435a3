from __future__ import annotations

import asyncio

import pytest

from streamer.runner import SystemClock, acquire, run_whole


class Slow:
    """An executor whose calls end when the test says so."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.done: list[object] = []

    async def run(self, function, *args):
        await self.free.wait()
        result = function(*args)
        self.done.append(result)
        return result


async def test_the_clock_goes_on_and_wakes_nobody_early():
    clock = SystemClock()
    began = clock.time()
    await clock.sleep_until(began + 0.005)
    assert clock.time() >= began + 0.005


async def test_what_is_past_is_not_waited_for():
    clock = SystemClock()
    turns = []
    asyncio.get_running_loop().call_soon(turns.append, 1)
    await clock.sleep_until(clock.time() - 1)
    assert turns == []


async def test_a_call_gives_its_result_or_its_error():
    slow = Slow()
    slow.free.set()
    assert await run_whole(slow.run, int, "7") == 7
    with pytest.raises(ValueError, match="seven"):
        await run_whole(slow.run, int, "seven")


async def test_a_cancelled_call_is_waited_for_however_often():
    slow = Slow()
    task = asyncio.ensure_future(run_whole(slow.run, int, "7"))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    slow.free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert slow.done == [7]


async def test_what_is_got_is_handed_over():
    slow = Slow()
    slow.free.set()
    let_go = []
    assert await acquire(slow.run, lambda: "it", let_go.append) == "it"
    assert let_go == []


@pytest.mark.parametrize("fails", [False, True])
async def test_what_a_cancelled_call_gets_is_let_go(fails):
    slow = Slow()
    let_go = []

    def get():
        if fails:
            raise OSError("no")
        return "it"

    task = asyncio.ensure_future(acquire(slow.run, get, let_go.append))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    slow.free.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert let_go == ([] if fails else ["it"])
