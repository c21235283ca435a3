from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.audio import Encoding, Samples, TimedText, TimedTexts, WavParser, decode
from streamer.errors import SourceLost
from streamer.playback.renderer import PythonRenderer
from streamer.sources import Facilities, HttpPool
from streamer.testing import (
    FakeClock,
    RecordingOutput,
    ScriptedSource,
    run_inline,
    wav,
)


async def test_time_stands_still_until_it_is_moved(clock):
    await asyncio.sleep(0)
    assert clock.time() == 0.0
    await clock.advance(1.5)
    assert clock.time() == 1.5


async def test_sleepers_wake_in_the_order_of_their_times(clock):
    woken = []

    async def sleep(until):
        await clock.sleep_until(until)
        woken.append((until, clock.time()))

    tasks = [asyncio.ensure_future(sleep(until)) for until in (0.3, 0.1, 0.2, 0.9)]
    await clock.advance(0.5)
    assert woken == [(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)]
    tasks[3].cancel()
    await clock.advance(1.0)
    assert len(woken) == 3


async def test_who_sleeps_until_now_yields_once(clock):
    order = []

    async def other():
        order.append("other")

    task = asyncio.ensure_future(other())
    await clock.sleep_until(0.0)
    order.append("me")
    await task
    assert order == ["other", "me"]


async def test_run_moves_on_as_far_as_it_takes(clock):
    async def work():
        await clock.sleep_until(2.0)
        await clock.sleep_until(5.0)
        return "done"

    assert await clock.run(work()) == "done"
    assert clock.time() == 5.0


async def test_run_gives_up_where_time_alone_does_not_help(clock):
    forever = asyncio.get_running_loop().create_future()

    async def wait():
        await forever

    with pytest.raises(TimeoutError):
        await clock.run(wait())
    with pytest.raises(TimeoutError):
        await clock.run(clock.sleep_until(11.0), limit=10.0)


async def test_run_hands_on_what_was_raised(clock):
    async def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await clock.run(fail())


async def test_a_script_is_followed(clock):
    source = ScriptedSource([b"one", 0.5, b"two", SourceLost("it", "gone"), b"never"])
    seen = []

    async def follow():
        async for chunk in source.stream(Facilities(clock, run_inline, HttpPool())):
            seen.append((clock.time(), chunk))  # noqa: PERF401 - what was seen before the error

    with pytest.raises(SourceLost):
        await clock.run(follow())
    assert seen == [(0.0, b"one"), (0.5, b"two")]
    assert source.closed == 1
    assert source.name == "a script"


async def test_the_output_keeps_every_frame(clock):
    output = RecordingOutput(rate=1_000, channels=2, block=10)
    await output.close()
    assert len(output.frames) == 0
    renderer = PythonRenderer(rate=1_000, channels=2, ring_seconds=0.1)
    renderer.ring.write(np.ones((15, 2), np.float32))
    renderer.ring.finish()
    await output.start(renderer, await output.open(clock, run_inline))
    await clock.advance(0.025)
    await output.close()
    assert output.frames.shape == (30, 2)
    assert output.frames[:, 0].tolist() == [1.0] * 15 + [0.0] * 15


async def test_the_output_that_was_lost_comes_back(clock):
    output = RecordingOutput(rate=1_000, block=10)
    renderer = PythonRenderer(rate=1_000, channels=1, ring_seconds=0.1)
    format = await output.open(clock, run_inline)
    await output.start(renderer, format)
    await clock.advance(0.025)
    output.fail = SourceLost("it", "gone")
    await clock.advance(1.0)
    assert len(output.frames) == 30
    with pytest.raises(SourceLost):
        await output.recover(renderer, format)
    output.returns_after = 0.5
    await clock.run(output.recover(renderer, format))
    assert output.failure() is None
    await clock.advance(0.015)
    assert len(output.frames) == 50
    await output.close()


@pytest.mark.parametrize("shape", [(100,), (100, 1), (50, 2), (0,), (0, 2)])
@pytest.mark.parametrize("encoding", [Encoding.PCM_32, Encoding.FLOAT_32])
def test_a_wav_is_what_it_was_made_of(shape, encoding):
    sound = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    said = [TimedText("phoneme", "ə", 3, 4)]
    parser = WavParser()
    parser.receive_data(wav(sound, 8_000, encoding=encoding, timed_text=said))
    parser.receive_eof()
    header, *events = parser.events()
    assert header.frames == shape[0]
    [texts] = [event for event in events if isinstance(event, TimedTexts)]
    assert list(texts) == said
    found = [decode(e.data, header.format) for e in events if isinstance(e, Samples)]
    if len(sound):
        expected = sound.reshape(len(sound), -1)
        assert np.abs(np.concatenate(found) - expected).max() < 1e-7


def test_a_clock_starts_where_it_is_told():
    assert FakeClock(7.0).time() == 7.0
