from __future__ import annotations

import asyncio
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from streamer.errors import DeviceFailed, DeviceNotFound, OutputError, UsageError
from streamer.outputs import DeviceOutput, OutputFormat, portaudio, wish
from streamer.playback.rendering import Verb
from streamer.testing import run_inline
from tests.outputs.conftest import FakeStream, NativeLike, PortAudioError
from tests.tables import each


async def playing(rendering, clock, **options) -> tuple[DeviceOutput, FakeStream]:
    output = DeviceOutput(**options)
    format = await output.open(clock, run_inline)
    await output.start(rendering, format)
    return output, sys.modules["sounddevice"].streams[-1]


@pytest.mark.parametrize(
    ("name", "found", "format"),
    [
        (None, "HDMI", OutputFormat(44_100, 2)),
        ("Speakers (big)", "Speakers (big)", OutputFormat(44_100, 2)),
        ("SMALL", "Speakers (small)", OutputFormat(16_000, 1)),
    ],
)
async def test_a_device_is_found_by_name(sounddevice, clock, name, found, format):
    output = DeviceOutput(name)
    assert output.name == (name or "default device")
    assert await output.open(clock, run_inline) == format
    assert output.name == found


@pytest.mark.parametrize("name", ["Microphone", "none such"])
async def test_a_name_that_fits_none_is_an_error(sounddevice, clock, name):
    with pytest.raises(DeviceNotFound, match="'HDMI'") as caught:
        await DeviceOutput(name).open(clock, run_inline)
    assert str(caught.value).startswith(f"no output device is called {name!r}")


async def test_of_a_name_that_fits_several_all_that_fit_are_named(sounddevice, clock):
    with pytest.raises(DeviceNotFound) as caught:
        await DeviceOutput("speakers").open(clock, run_inline)
    assert str(caught.value) == (
        "'speakers' fits several output devices: 'Speakers (big)', 'Speakers (small)'; "
        "give the whole name of one (see: streamer devices)"
    )
    assert caught.value.fitting == ("Speakers (big)", "Speakers (small)")
    assert "HDMI" in caught.value.available


async def test_without_a_default_there_is_none(sounddevice, clock):
    sounddevice.default.device = (-1, -1)
    sounddevice.devices.clear()
    with pytest.raises(DeviceNotFound, match="no sound output device"):
        await DeviceOutput().open(clock, run_inline)


async def test_it_plays_in_blocks_of_five_milliseconds(sounddevice, clock, rendering):
    output, stream = await playing(rendering, clock, latency=0.04)
    assert output.fallback_delay == 0.0321
    assert stream.options["device"] == 3
    assert stream.options["samplerate"] == 44_100
    assert stream.options["blocksize"] == 220
    assert (stream.options["latency"], stream.options["dtype"]) == (0.04, "float32")

    out = np.full((220, 2), np.nan, np.float32)
    times = SimpleNamespace(outputBufferDacTime=7.025, currentTime=7.0)
    dry = SimpleNamespace(output_underflow=True)
    stream.options["callback"](out, 220, times, dry)
    unknown = SimpleNamespace(outputBufferDacTime=0.0, currentTime=0.0)
    stream.options["callback"](out, 220, unknown, None)
    (first, second), _ = rendering.take()
    assert first.delay == pytest.approx(0.025)
    assert (first.flags, second.flags) == (4, 0)
    assert math.isnan(second.delay)
    assert (out == 0.0).all()
    assert rendering.tally().underflows == 1

    assert output.failure() is None
    await output.close()
    await output.close()
    assert stream.calls == ["open", "start", "stop", "close"]
    assert output.failure() is None


async def test_a_native_renderer_is_called_without_python(sounddevice, clock):
    native = NativeLike(rate=44_100, channels=2, ring_seconds=1.0)
    _, stream = await playing(native, clock)
    assert stream.kind == "output"
    assert stream.options["callback"] == ("PaStreamCallback*", 0x1234)
    assert stream.options["userdata"] == ("void*", 0x5678)
    assert stream.options["finished_callback"] is not None


@pytest.mark.parametrize(("granted", "latency"), [(True, 2 / 300), (False, 0.015)])
async def test_a_callback_that_may_be_late_is_given_more_time(
    sounddevice, clock, rendering, monkeypatch, granted, latency
):
    monkeypatch.setattr(wish, "is_realtime_granted", lambda: granted)
    _, python = await playing(rendering, clock)
    native = NativeLike(rate=44_100, channels=2, ring_seconds=1.0)
    _, stream = await playing(native, clock, name="big")
    assert python.options["latency"] == 0.030
    assert stream.options["latency"] == latency
    assert python.options["blocksize"] == round(0.005 * 44_100)
    assert stream.options["blocksize"] == 147


@each(
    [
        *((44_100, 147), (48_000, 160), (96_000, 320), (32_000, 80), (24_000, 80)),
        *((22_050, 63), (16_000, 40), (8_000, 20), (11_025, 37), (12_345, 41)),
    ]
)
def test_a_native_block_is_a_part_of_what_senders_give(rate, frames):
    assert wish.usual_block(rate, native=True) * rate == pytest.approx(frames)
    assert wish.usual_block(rate, native=False) == 0.005


async def test_a_block_is_as_long_as_is_asked_for(sounddevice, clock, rendering):
    _, stream = await playing(rendering, clock, block=0.010)
    assert stream.options["blocksize"] == 441


@pytest.mark.parametrize(
    ("system", "native", "asked"),
    [("ALSA", True, True), ("ALSA", False, False), ("Windows WASAPI", True, False)],
)
async def test_real_time_is_asked_for_where_nobody_gives_it(
    sounddevice, clock, rendering, monkeypatch, system, native, asked
):
    """Only of ALSA, for it is ALSA's function; before the start, and after it."""
    calls = []
    sounddevice.systems = [system]
    monkeypatch.setattr(
        portaudio, "ask_realtime", lambda _, stream: calls.append(list(stream.calls))
    )
    monkeypatch.setattr(portaudio, "hurry_helpers", lambda: calls.append("helpers"))
    if native:
        rendering = NativeLike(rate=44_100, channels=2, ring_seconds=1.0)
    await playing(rendering, clock)
    assert calls == ([["open"], "helpers"] if asked else [])


@pytest.mark.parametrize("system", ["Windows WASAPI", "ALSA"])
async def test_only_wasapi_is_asked_to_convert(sounddevice, clock, rendering, system):
    sounddevice.systems = [system]
    _, stream = await playing(rendering, clock)
    wanted = ("wasapi", {"auto_convert": True}) if "WASAPI" in system else None
    assert stream.options["extra_settings"] == wanted


# -- rate and channels ---------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "format"),
    [
        ({"rate": 48_000}, OutputFormat(48_000, 2)),
        ({"channels": 1}, OutputFormat(44_100, 1)),
        ({"name": "big", "channels": 8}, OutputFormat(44_100, 8)),
    ],
)
async def test_rate_and_channels_can_be_chosen(sounddevice, clock, options, format):
    assert await DeviceOutput(**options).open(clock, run_inline) == format


async def test_a_rate_that_is_not_played_is_answered_with_those_that_are(
    sounddevice, clock
):
    with pytest.raises(DeviceFailed) as caught:
        await DeviceOutput(rate=22_050).open(clock, run_inline)
    assert "it does not play 22050 Hz; it plays: 8000, 16000, 44100, 48000;" in str(
        caught.value
    )
    await DeviceOutput().open(clock, run_inline)  # nobody has it


async def test_where_no_common_rate_is_played_that_is_said(sounddevice, clock):
    sounddevice.rates = set()
    with pytest.raises(DeviceFailed, match="plays: none of the common ones"):
        await DeviceOutput(rate=22_050).open(clock, run_inline)


async def test_a_rate_refused_only_when_it_opens_is_answered_the_same(
    sounddevice, clock, rendering
):
    def refuse() -> None:
        raise PortAudioError("Error opening OutputStream: Invalid sample rate", -9997)

    output = DeviceOutput(rate="stream")
    await output.open(clock, run_inline)
    sounddevice.faults["open"] = refuse
    with pytest.raises(DeviceFailed, match="not play 12345 Hz; it plays: 8000, 16000"):
        await output.start(rendering, OutputFormat(12_345, 1))


async def test_at_the_streams_own_rate_it_waits_for_the_first_stream(
    sounddevice, clock, rendering
):
    output = DeviceOutput(rate="stream")
    assert await output.open(clock, run_inline) is None
    assert output.name == "HDMI"
    assert sounddevice.streams == []
    await output.start(rendering, OutputFormat(8_000, 1))
    (stream,) = sounddevice.streams
    assert (stream.options["samplerate"], stream.options["channels"]) == (8_000, 1)


async def test_the_streams_own_rate_has_the_streams_own_channels(sounddevice, clock):
    with pytest.raises(UsageError, match="channels can't be chosen with rate='stream'"):
        await DeviceOutput(rate="stream", channels=2).open(clock, run_inline)


@pytest.mark.parametrize("channels", [0, 3])
async def test_more_channels_than_it_has_are_an_error(sounddevice, clock, channels):
    reason = f"'HDMI' cannot be used: {channels} channels were asked for, and it has 2"
    with pytest.raises(DeviceFailed, match=reason):
        await DeviceOutput(channels=channels).open(clock, run_inline)


async def test_a_stream_with_more_channels_than_it_has_is_an_error(
    sounddevice, clock, rendering
):
    output = DeviceOutput(rate="stream")
    await output.open(clock, run_inline)
    with pytest.raises(DeviceFailed, match="6 channels were asked for, and it has 2"):
        await output.start(rendering, OutputFormat(44_100, 6))


# -- one output a device -------------------------------------------------------


async def test_a_second_stream_on_a_taken_device_says_so(sounddevice, clock):
    first = DeviceOutput()
    await first.open(clock, run_inline)
    await DeviceOutput("big").open(clock, run_inline)
    with pytest.raises(DeviceFailed, match="another stream of this program plays"):
        await DeviceOutput("HDMI").open(clock, run_inline)
    await first.close()
    await DeviceOutput("HDMI").open(clock, run_inline)


async def test_a_device_that_is_taken_says_so_and_is_let_go(
    sounddevice, clock, rendering
):
    def taken() -> None:
        raise PortAudioError("Error starting stream: Device unavailable", -9985)

    output = DeviceOutput()
    format = await output.open(clock, run_inline)
    sounddevice.faults["start"] = taken
    with pytest.raises(DeviceFailed, match="'HDMI' cannot be used: Device unav"):
        await output.start(rendering, format)
    assert sounddevice.streams[0].calls == ["open", "start", "close"]
    await output.close()


async def test_a_host_that_lists_nothing_is_an_output_error(sounddevice, clock):
    def broken():
        raise PortAudioError

    sounddevice.query_devices = broken
    with pytest.raises(OutputError, match="any device"):
        await DeviceOutput().open(clock, run_inline)


# -- the end -------------------------------------------------------------------


@pytest.mark.parametrize("written", [44_100, 220, 200])
async def test_what_is_heard_fades_before_the_device_is_stopped(
    sounddevice, clock, rendering, written
):
    """A device that is stopped in a word clicks, also where it has taken all of it."""
    output, stream = await playing(rendering, clock)
    rendering.ring.write(np.ones((written, 2), np.float32))
    rendering.ring.commit()
    out = np.zeros((220, 2), np.float32)
    times = SimpleNamespace(outputBufferDacTime=7.01, currentTime=7.0)
    sound: list[np.ndarray] = []

    def block() -> None:
        stream.options["callback"](out, 220, times, None)
        sound.append(out.copy())

    block()
    closing = asyncio.ensure_future(output.close())
    while "stop" not in stream.calls:
        await clock.advance(0.005)
        block()
    await closing
    heard = np.concatenate(sound)[:, 0]
    # The fade, which the device has in hand by then, is heard before it stops.
    assert 0.0321 <= len(heard) / 44_100 - 0.01 <= 0.06
    assert heard[0] == 1.0
    assert heard[-1] == 0.0
    assert np.abs(np.diff(heard)).max() < 0.02
    assert [done.verb for done in rendering.take()[1]] == [Verb.FLUSH]


async def test_a_device_that_takes_no_blocks_is_not_waited_for(
    sounddevice, clock, rendering
):
    output, stream = await playing(rendering, clock)
    rendering.ring.write(np.ones((44_100, 2), np.float32))
    rendering.ring.commit()
    before = clock.time()
    await clock.run(output.close())
    assert clock.time() - before <= 0.11
    assert stream.calls[-2:] == ["stop", "close"]


async def test_cancelled_while_it_fades_it_is_closed(sounddevice, clock, rendering):
    output, stream = await playing(rendering, clock)
    rendering.ring.write(np.ones((44_100, 2), np.float32))
    rendering.ring.commit()
    closing = asyncio.ensure_future(output.close())
    await clock.advance(0.01)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    assert stream.calls[-2:] == ["stop", "close"]
    await DeviceOutput().open(clock, run_inline)  # nobody has it


async def test_cancelled_while_it_opens_the_device_is_closed(
    sounddevice, clock, rendering
):
    """The thread goes on and gets the device; nobody would ever close it."""

    async def slowly(function, *args):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return function(*args)

    output = DeviceOutput()
    format = await output.open(clock, slowly)
    opening = asyncio.ensure_future(output.start(rendering, format))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert sounddevice.streams[0].calls == ["open", "start", "stop", "close"]


async def test_cancelled_while_it_is_found_it_is_nobodys(sounddevice, clock):
    async def slowly(function, *args):
        await asyncio.sleep(0)
        return function(*args)

    finding = asyncio.ensure_future(DeviceOutput().open(clock, slowly))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    finding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await finding
    await DeviceOutput().open(clock, run_inline)
