from __future__ import annotations

import asyncio

import pytest

from streamer.engine.alarm import Alarm


async def test_it_sleeps_until_its_time(clock):
    await clock.run(Alarm(clock).wait_until(2.0))
    assert clock.time() == 2.0


async def test_a_ring_ends_the_sleep(clock):
    alarm = Alarm(clock)
    sleeping = asyncio.ensure_future(alarm.wait_until(2.0))
    await clock.advance(0.5)
    alarm.ring()
    await sleeping
    assert clock.time() == 0.5


async def test_a_ring_before_the_sleep_is_kept_once(clock):
    alarm = Alarm(clock)
    alarm.ring()
    alarm.ring()
    await alarm.wait_until(2.0)
    assert clock.time() == 0.0
    await clock.run(alarm.wait_until(2.0))
    assert clock.time() == 2.0


async def test_a_ring_at_the_very_moment_changes_nothing(clock):
    """The sleeper is woken already, and has not run yet."""
    alarm = Alarm(clock)
    sleeping = asyncio.ensure_future(alarm.wait_until(1.0))
    await asyncio.sleep(0)
    clock.tick()
    alarm.ring()
    await sleeping
    assert not sleeping.cancelled()


@pytest.mark.parametrize("ring", ["never", "before", "after"])
async def test_a_cancelled_sleeper_is_cancelled_whoever_rings(clock, ring):
    alarm = Alarm(clock)
    sleeping = asyncio.ensure_future(alarm.wait_until(1.0))
    await asyncio.sleep(0)
    if ring == "before":
        alarm.ring()
    sleeping.cancel()
    if ring == "after":
        alarm.ring()
    with pytest.raises(asyncio.CancelledError):
        await sleeping


async def test_who_was_rung_can_sleep_and_be_cancelled_again(clock):
    alarm = Alarm(clock)
    woken = []

    async def sleep():
        while True:
            await alarm.wait_until(clock.time() + 1.0)
            woken.append(clock.time())

    sleeping = asyncio.ensure_future(sleep())
    for _ in range(3):
        await clock.advance(0.25)
        alarm.ring()
    await clock.advance(1.5)
    assert woken == [0.25, 0.5, 0.75, 1.75]
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
