"""What a device output does once its device is gone."""

from __future__ import annotations

import asyncio
import itertools
from functools import partial

import numpy as np
import pytest

from streamer.errors import DeviceFailed, DeviceNotFound
from streamer.outputs import (
    AutoOutput,
    DeviceOutput,
    NullOutput,
    OutputFormat,
    claims,
    wish,
)
from streamer.testing import run_inline
from tests.examples import stride
from tests.outputs.conftest import PortAudioError, RestingLike, device, renderer

FORMAT = OutputFormat(44_100, 2)


@pytest.fixture
def told():
    return []


async def lost(output, rendering, clock, sounddevice):
    """Play on *output*, and take its device away."""
    output.told = []
    output.notice = output.told.append
    await output.open(clock, run_inline)
    await output.start(rendering, FORMAT)
    stream = sounddevice.streams[-1]
    plug(sounddevice)
    stream.options["finished_callback"]()
    assert "it stopped" in str(output.failure())
    return stream


def busy() -> None:
    raise PortAudioError("Error opening OutputStream: Device unavailable", -9985)


def plug(sounddevice, *names: str, default: int = 0) -> None:
    """These devices are there now, in this order."""
    sounddevice.there[:] = [device(name) for name in names]
    sounddevice.default.device = (-1, default if names else -1)
    sounddevice.faults.clear()


async def test_a_device_that_is_there_again_is_used_at_once(
    sounddevice, clock, rendering
):
    output = DeviceOutput()
    dead = await lost(output, rendering, clock, sounddevice)
    plug(sounddevice, "HDMI")
    before = clock.time()
    await output.recover(rendering, FORMAT)
    assert clock.time() == before
    alive = sounddevice.streams[-1]
    assert dead.calls[-2:] == ["abort", "close"]
    assert alive.calls == ["open", "start"]
    assert (alive.options["device"], alive.options["samplerate"]) == (0, 44_100)
    assert (output.failure(), output.name, output.told) == (None, "HDMI", [])
    await output.close()


async def test_one_that_comes_back_within_three_seconds_is_used(
    sounddevice, clock, rendering
):
    """PortAudio's list is a snapshot: it is made anew before each attempt."""
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    recovering = asyncio.ensure_future(output.recover(rendering, FORMAT))
    await clock.advance(1.0)
    assert not recovering.done()
    assert "it stopped" in str(output.failure())
    plug(sounddevice, "HDMI")
    await clock.advance(2.0)
    assert recovering.done()
    assert (output.name, output.told, output.failure()) == ("HDMI", [], None)
    attempts = sounddevice.log.count("initialize")
    assert 3 <= attempts <= 7
    await output.close()


async def test_a_named_device_that_is_gone_is_replaced_by_the_default(
    sounddevice, clock, rendering
):
    output = DeviceOutput("big")
    await lost(output, rendering, clock, sounddevice)
    plug(sounddevice, "Headset", "Monitor", default=1)
    await output.recover(rendering, FORMAT)
    assert output.name == "Monitor"
    await output.close()


async def test_a_named_device_is_preferred_to_the_default(
    sounddevice, clock, rendering
):
    output = DeviceOutput("big")
    await lost(output, rendering, clock, sounddevice)
    plug(sounddevice, "Monitor", "Speakers (big)")
    await output.recover(rendering, FORMAT)
    assert output.name == "Speakers (big)"
    await output.close()


async def test_one_that_does_not_play_the_format_is_none(sounddevice, clock, rendering):
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    sounddevice.there[:] = [device("Phone", channels=1)]
    sounddevice.default.device = (-1, 0)
    await clock.run(output.recover(rendering, FORMAT))
    assert output.name == "null"
    assert "2 channels were asked for, and it has 1" in str(output.told[0])
    await output.close()


async def test_without_any_time_is_kept_and_it_is_said_once(
    sounddevice, clock, rendering
):
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    rendering.ring.write(np.ones((40_000, 2), np.float32))
    rendering.ring.commit()
    before = clock.time()
    await clock.run(output.recover(rendering, FORMAT))
    assert clock.time() - before == pytest.approx(3.0)
    assert (output.name, output.failure()) == ("null", None)
    assert output.fallback_delay == 0.010
    await clock.advance(0.5)
    assert rendering.ring.read_position == pytest.approx(22_050, abs=600)
    assert [type(error) for error in output.told] == [DeviceNotFound]
    await clock.advance(20.0)
    assert len(output.told) == 1
    assert output.failure() is None
    await output.close()


async def test_a_device_that_comes_late_is_said_and_taken(
    sounddevice, clock, rendering
):
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    await clock.run(output.recover(rendering, FORMAT))
    plug(sounddevice, "HDMI")
    await clock.advance(2.5)
    assert "'HDMI' can be had again" in str(output.failure())
    # As with any failure: nobody takes blocks until it has recovered.
    position = rendering.tally().blocks
    await clock.advance(0.1)
    assert rendering.tally().blocks == position

    before = clock.time()
    await output.recover(rendering, FORMAT)
    assert clock.time() == before
    assert (output.name, output.failure()) == ("HDMI", None)
    position = rendering.tally().blocks
    await clock.advance(0.1)
    assert rendering.tally().blocks == position
    await output.close()


async def test_one_that_is_there_and_cannot_be_opened_is_asked_less_and_less(
    sounddevice, clock, rendering, monkeypatch
):
    """Time is kept in long blocks: there is a minute and a half of them."""
    standin = partial(NullOutput, block=0.1)
    monkeypatch.setattr("streamer.outputs.standin.NullOutput", standin)
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    await clock.run(output.recover(rendering, FORMAT))
    plug(sounddevice, "HDMI")
    sounddevice.faults["open"] = busy
    pauses = []
    for _ in range(6):
        before = clock.time()
        while output.failure() is None:
            await clock.advance(0.1)
        pauses.append(round(clock.time() - before))
        await output.recover(rendering, FORMAT)
        assert output.name == "null"
    assert pauses == [2, 4, 8, 16, 30, 30]
    assert len(output.told) == 1
    await output.close()


async def test_a_second_loss_is_said_again(sounddevice, clock, rendering):
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    await clock.run(output.recover(rendering, FORMAT))
    plug(sounddevice, "HDMI")
    await clock.advance(2.5)
    await output.recover(rendering, FORMAT)
    plug(sounddevice)
    sounddevice.streams[-1].options["finished_callback"]()
    await clock.run(output.recover(rendering, FORMAT))
    assert len(output.told) == 2
    await output.close()


async def test_while_another_stream_plays_the_list_is_not_made_anew(
    sounddevice, clock, rendering
):
    """Initialising PortAudio again would end the other one's sound."""
    other = DeviceOutput("big")
    await other.open(clock, run_inline)
    await other.start(renderer(), FORMAT)
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    await clock.run(output.recover(rendering, FORMAT))
    assert sounddevice.log == []
    assert output.name == "null"
    await output.close()
    await other.close()


async def test_a_device_that_another_stream_has_is_not_taken(
    sounddevice, clock, rendering
):
    other = DeviceOutput("big")
    await other.open(clock, run_inline)
    output = DeviceOutput("HDMI")
    await lost(output, rendering, clock, sounddevice)
    plug(sounddevice, "Speakers (big)")
    await clock.run(output.recover(rendering, FORMAT))
    assert output.name == "null"
    assert "another stream of this program" in str(output.told[0])
    await output.close()


@pytest.mark.parametrize("turns", range(1, 60, 4 * stride(3)))
async def test_cancelled_at_any_time_it_leaves_nothing(
    sounddevice, clock, rendering, turns
):
    async def slowly(function, *args):
        await asyncio.sleep(0)
        return function(*args)

    before = asyncio.all_tasks()
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    output._run = slowly
    recovering = asyncio.ensure_future(output.recover(rendering, FORMAT))
    for turn in itertools.count():
        await asyncio.sleep(0)
        if turn == turns or recovering.done():
            break
        if turn == 30:
            plug(sounddevice, "HDMI")
        if turn > 10:
            await clock.advance(0.05)
    recovering.cancel()
    await asyncio.gather(recovering, return_exceptions=True)
    if recovering.cancelled():
        assert output.failure() is not None
    await clock.run(output.close())
    open_streams = [one for one in sounddevice.streams if not one.closed]
    assert open_streams == []
    assert asyncio.all_tasks() == before
    assert claims._TAKEN == {}


async def test_closed_while_it_stands_in_it_leaves_nothing(
    sounddevice, clock, rendering
):
    before = asyncio.all_tasks()
    output = DeviceOutput()
    await lost(output, rendering, clock, sounddevice)
    await clock.run(output.recover(rendering, FORMAT))
    await output.close()
    assert asyncio.all_tasks() == before
    blocks = rendering.tally().blocks
    await clock.advance(1.0)
    assert rendering.tally().blocks == blocks


async def test_a_device_that_asks_for_nothing_is_lost_too(
    sounddevice, clock, rendering
):
    output = DeviceOutput()
    await output.open(clock, run_inline)
    await output.start(rendering, FORMAT)
    for _ in range(300):
        await clock.advance(0.01)
        output.failure()
    assert isinstance(output.failure(), DeviceFailed)
    assert "asked for no sound for" in str(output.failure())
    await output.recover(rendering, FORMAT)
    assert sounddevice.streams[0].calls[-2:] == ["abort", "close"]
    assert output.failure() is None
    await output.close()


async def test_the_default_output_recovers_as_its_device_does(
    sounddevice, clock, rendering, told
):
    device_output = DeviceOutput(offset=0.1)
    output = AutoOutput(told.append, device_output)
    await output.open(clock, run_inline)
    await output.start(rendering, FORMAT)
    assert output.offset == 0.1
    plug(sounddevice)
    sounddevice.streams[-1].options["finished_callback"]()
    assert output.failure() is not None
    await clock.run(output.recover(rendering, FORMAT))
    assert (output.name, len(told)) == ("null", 1)
    plug(sounddevice, "HDMI")
    await clock.advance(2.5)
    assert output.failure() is not None
    await output.recover(rendering, FORMAT)
    assert (output.name, len(told), output.failure()) == ("HDMI", 1, None)
    await output.close()


# -- late, not lost --------------------------------------------------------------------


async def asked_for(output, rendering, clock, sounddevice, *, after) -> list[float]:
    """Begin anew after so many seconds each; what the device was asked to keep."""
    asked = []
    for seconds in after:
        await clock.advance(seconds)
        await output.let_go()
        await output.recover(rendering, FORMAT)
        asked.append(round(sounddevice.streams[-1].options["latency"] * 1000, 1))
    return asked


@pytest.fixture
def native(monkeypatch):
    monkeypatch.setattr(wish, "is_realtime_granted", lambda: True)
    return RestingLike(rate=44_100, channels=2, ring_seconds=1.0)


@pytest.mark.parametrize(
    ("latency", "after", "expected"),
    [
        (None, [9, 9, 9, 9, 9, 9, 9], [20.0, 20.0, 26.7, 36.7, 36.7, 36.7, 36.7]),
        (None, [9, 70, 9, 70, 9, 40], [20.0, 20.0, 20.0, 20.0, 20.0, 26.7]),
        (0.005, [9, 9, 9, 9], [5.0, 5.0, 5.0, 5.0]),
    ],
    ids=["again and again", "rarely", "asked for"],
)
async def test_one_that_is_late_again_may_have_more_in_hand(
    sounddevice, clock, native, latency, after, expected
):
    output = DeviceOutput(latency=latency)
    await output.open(clock, run_inline)
    await output.start(native, FORMAT)
    asked = await asked_for(output, native, clock, sounddevice, after=after)
    assert asked == expected
    await output.close()


async def test_one_that_was_lost_was_not_late(sounddevice, clock, native):
    output = DeviceOutput()
    for _ in range(3):
        await lost(output, native, clock, sounddevice)
        plug(sounddevice, "HDMI")
        await output.recover(native, FORMAT)
        assert sounddevice.streams[-1].options["latency"] == pytest.approx(6 / 300)
    await output.close()
