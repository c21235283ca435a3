"""Whatever is cancelled, wherever it waits: nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from streamer.engine import Engine, EngineOptions
from streamer.errors import DeviceFailed
from streamer.outputs import NullOutput
from streamer.sources import BytesSource, Speech
from streamer.testing import FakeClock, RecordingOutput, ScriptedSource, run_inline, wav
from tests.engine.conftest import RATE, sound
from tests.examples import count, stride

MOST = 2_000
"""Turns of the loop after which a call must be done."""


class Counting(RecordingOutput):
    """Knows how often it is open."""

    opened = 0

    async def open(self, clock, run):
        await asyncio.sleep(0)
        self.opened += 1
        return await super().open(clock, run)

    async def close(self):
        try:
            await super().close()
            await asyncio.sleep(0)
        finally:
            self.opened = 0


class Voice:
    """Says each piece in 30 ms, in two chunks."""

    max_characters = 40
    language = "en"

    def __init__(self) -> None:
        self.sources: list[ScriptedSource] = []

    def speak(self, text):
        self.sources.append(ScriptedSource(script(0.03)))
        return Speech(self.sources[-1], text)


def script(seconds: float) -> list:
    data = wav(sound(seconds), RATE)
    half = len(data) // 2
    return [0.002, data[:half], 0.003, data[half:]]


async def text():
    for piece in ("One is here. ", "Two is there. ", "Three it is. "):
        await asyncio.sleep(0)
        yield piece


class World:
    """An engine with one utterance playing and one that waits."""

    def __init__(self) -> None:
        self.clock = FakeClock(100.0)
        self.output = Counting()
        self.voice = Voice()
        options = EngineOptions(notice=lambda _: None)
        self.engine = Engine(
            self.output, clock=self.clock, run=run_inline, options=options
        )

    async def begin(self) -> None:
        await self.clock.run(self.engine.__aenter__())
        self.first = await self.engine.play(self.voice.speak("first"))
        self.second = await self.engine.play(self.voice.speak("second"))
        await self.clock.advance(0.04)

    async def cancel_at(self, coroutine, turns: int) -> bool:
        """Cancel after so many turns of the loop; whether it was done before."""
        task = asyncio.ensure_future(coroutine)
        ready = asyncio.get_running_loop()._ready
        for _ in range(turns):
            if task.done():
                break
            await asyncio.sleep(0)
            if not ready:
                self.clock.tick()
        done = task.done()
        task.cancel()
        await self.clock.run(gathered(task))
        return done

    async def end(self) -> None:
        """What was not cancelled still works; then nothing may be left."""
        last = await self.clock.run(self.engine.play(self.voice.speak("last")))
        if self.engine.main.paused:
            await self.clock.run(self.engine.resume())
        await self.clock.run(last.wait_over())
        assert last.state in ("ended", "cut")
        await self.clock.run(self.engine.main.wait_drained())
        await self.clock.run(self.engine.__aexit__(None, None, None))
        assert self.output.opened == 0
        assert all(source.closed <= 1 for source in self.voice.sources)
        assert len([s for s in self.voice.sources if s.closed]) >= 1


async def gathered(task):
    await asyncio.gather(task, return_exceptions=True)


async def play(world):
    await (await world.engine.play(world.voice.speak("third"))).wait_ended()


async def say(world):
    saying = await world.engine.say(text(), world.voice, pause=0.01)
    await saying.wait_ended()


async def say_and_interrupt(world):
    saying = await world.engine.say(text(), world.voice)
    await world.first.wait_ended()
    await saying.interrupt()


async def interrupt(world):
    await world.engine.interrupt()


async def skip(world):
    await world.engine.skip()
    await world.second.wait_started()


async def take_out(world):
    await world.second.interrupt()


async def stop_after_current(world):
    await world.engine.stop_after_current()


async def pause(world):
    await world.engine.pause()
    await world.engine.resume()
    await world.engine.set_gain(0.5)


async def wait(world):
    await world.first.wait_started()
    await world.first.wait_ended()
    await world.second.wait_over()


async def follow(world):
    async for _ in world.second.cues():
        pass
    await world.engine.main.wait_drained()


async def recover(world):
    world.output.fail = DeviceFailed("speaker", "it was unplugged")
    world.output.returns_after = 0.02
    await world.second.wait_ended()


async def make_stream(world):
    output = Counting()
    stream = await world.engine.stream("other", output=output)
    await (await stream.play(world.voice.speak("there"))).wait_ended()
    await stream.close()
    assert output.opened == 0


CALLS = [
    *(play, say, say_and_interrupt, interrupt, skip, take_out),
    *(stop_after_current, pause, wait, follow, recover, make_stream),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_a_call_cancelled_at_any_await_leaves_nothing(call):
    before = asyncio.all_tasks()
    threads = threading.active_count()
    turns, done, step = 0, False, stride(13)
    while not done:
        world = World()
        await world.begin()
        done = await world.cancel_at(call(world), turns)
        await world.end()
        turns += step if turns < 40 else 5 * step
        assert turns < MOST
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert threading.active_count() == threads
    assert turns >= 2


@pytest.mark.parametrize("turns", [*range(12), 20, 40])
async def test_an_engine_cancelled_while_it_starts_or_ends_leaves_nothing(turns):
    before = asyncio.all_tasks()
    world = World()

    async def whole():
        async with world.engine:
            await world.engine.play(world.voice.speak("first"))
            await asyncio.sleep(0)

    await world.cancel_at(whole(), turns)
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert world.output.opened == 0
    assert all(source.closed == 1 for source in world.voice.sources if source.closed)


async def test_many_interrupts_at_random_instants_leave_nothing(play):
    random_ = random.Random(17)
    verbs = ("interrupt", "skip", "pause", "stop_after_current")
    async with play.running() as engine:
        for _ in range(count(100)):
            for _ in range(random_.randint(1, 3)):
                await engine.play(play.spoken(random_.uniform(0.05, 0.4)))
            await play.clock.advance(random_.uniform(0.0, 0.5))
            await play.clock.run(getattr(engine, random_.choice(verbs))())
            if random_.random() < 0.5:
                await play.clock.run(engine.interrupt())
        await play.clock.run(engine.interrupt())
        assert engine.main.waiting == 0
        last = await engine.play(play.spoken(0.2))
        assert (await play.clock.run(last.wait_ended())).media == pytest.approx(0.2)
        names = sorted(task.get_name().split()[0] for task in asyncio.all_tasks())
        assert [name for name in names if name in ("reader", "cut", "say")] == []
    over = [m for m in play.messages if type(m).__name__ in ("Cut", "End")]
    starts = [m for m in play.messages if type(m).__name__ == "Start"]
    assert sorted(m.utterance for m in over) == sorted(m.utterance for m in starts)


@pytest.mark.program
async def test_a_hundred_interrupts_in_real_time_leave_nothing():
    """Threads, tasks, descriptors and memory are as before."""
    random_ = random.Random(18)
    data = wav(np.full(24_000, 0.25, np.float32), 24_000)

    async def some(engine, count):
        for _ in range(count):
            await engine.play(Speech(BytesSource([data])))
            await asyncio.sleep(random_.uniform(0.0, 0.03))
            await engine.interrupt()

    async with Engine(NullOutput()) as engine:
        await some(engine, 20)
        gc.collect()
        tracemalloc.start()
        counts = (len(asyncio.all_tasks()), threading.active_count(), descriptors())
        memory = tracemalloc.get_traced_memory()[0]
        await some(engine, 100)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - memory
        tracemalloc.stop()
        after = (len(asyncio.all_tasks()), threading.active_count(), descriptors())
    assert after == counts
    assert grown < 3_000_000  # most of it is the log's ring, in every viseme set


def descriptors() -> int:
    """How many files are open; 0 where nobody says so."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
