from __future__ import annotations

import asyncio

from streamer.engine.queue import Queue
from streamer.engine.utterance import Utterance
from streamer.sources import Speech
from streamer.testing import ScriptedSource


def queue_of(count: int) -> tuple[Queue, list[Utterance]]:
    queue = Queue()
    items = [Utterance(f"u{i}", Speech(ScriptedSource([])), None) for i in range(count)]
    for item in items:
        queue.add(item)
    return queue, items


async def settled(coroutine) -> asyncio.Task:
    task = asyncio.ensure_future(coroutine)
    await turns()
    return task


async def turns():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_is_in_order_and_knows_its_head():
    queue, (first, second) = queue_of(2)
    assert list(queue) == [first, second]
    assert queue.head is first
    assert queue.before(second) is first
    assert queue.before(first) is None
    assert queue.find("u1") is second
    queue.remove(first)
    queue.remove(first)
    assert (queue.head, len(queue)) == (second, 1)
    assert queue.find("u0") is None


async def test_it_is_drained_when_the_last_is_gone():
    queue, items = queue_of(2)
    waiting = await settled(queue.wait_drained())
    queue.remove(items[0])
    await turns()
    assert not waiting.done()
    queue.remove(items[1])
    await waiting


async def test_the_third_asks_once_the_second_is_announced_and_the_first_written():
    queue, (first, second, third) = queue_of(3)
    waiting = await settled(queue.wait_turn_to_ask(third))
    second.announced.set()
    await turns()
    assert not waiting.done()
    first.written.set()
    await waiting


async def test_who_waits_behind_one_taken_out_waits_for_the_one_before_it():
    """Its own events were set when it ended; they speak for nobody else."""
    queue, (first, second, third) = queue_of(3)
    written = await settled(queue.wait_written_before(third))
    announced = await settled(queue.wait_announced_before(third))
    queue.remove(second)
    second.notice_over(media=0.0, cut=True)
    await turns()
    assert not written.done()
    assert not announced.done()
    first.announced.set()
    await announced
    first.written.set()
    await written
