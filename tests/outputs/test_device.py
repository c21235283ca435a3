from __future__ import annotations

import asyncio
import builtins
import math
import os
import sys
import threading
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from streamer.errors import DeviceFailed, DeviceNotFound, MissingComponent, OutputError
from streamer.outputs import DeviceOutput, OutputFormat, list_devices
from streamer.outputs.device import _quiet_stderr
from streamer.playback import Renderer, SampleRing
from streamer.testing import run_inline


class PortAudioError(Exception):
    """As sounddevice's: words and a number."""


class FakeStream:
    """What sounddevice.OutputStream does, as far as it is used."""

    def __init__(self, **options) -> None:
        self.options = options
        self.latency = 0.0321
        self.calls: list[str] = []

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")
        self.options["finished_callback"]()

    def close(self) -> None:
        self.calls.append("close")


def device(name, channels=2, rate=44_100.0, api=0):
    return {
        "name": name,
        "hostapi": api,
        "max_output_channels": channels,
        "default_samplerate": rate,
        "default_high_output_latency": 0.1,
    }


@pytest.fixture
def sounddevice(monkeypatch):
    """A sounddevice without PortAudio."""
    module = ModuleType("sounddevice")
    module.PortAudioError = PortAudioError
    module.devices = [
        device("Microphone", channels=0),
        device("Speakers (big)", channels=8),
        device("Speakers (small)", channels=1, rate=16_000.0),
        device("HDMI"),
    ]
    module.default = SimpleNamespace(device=(0, 3))
    module.streams = []

    def open_stream(**options):
        module.streams.append(FakeStream(**options))
        return module.streams[-1]

    module.OutputStream = open_stream
    module.query_devices = lambda: module.devices
    module.query_hostapis = lambda: [{"name": "ALSA"}]
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


@pytest.fixture
def rendering():
    return Renderer(SampleRing(1_000, 2), fade_frames=4)


def test_output_devices_are_listed(sounddevice):
    infos = list_devices()
    assert [info.name for info in infos] == [
        "Speakers (big)",
        "Speakers (small)",
        "HDMI",
    ]
    assert [info.default for info in infos] == [False, False, True]
    assert (infos[1].channels, infos[1].rate, infos[1].system) == (1, 16_000, "ALSA")


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
    assert await output.open(clock, run_inline) == format
    assert output.name == found


@pytest.mark.parametrize("name", ["speakers", "Microphone", "none such"])
async def test_a_name_that_fits_none_or_several_is_an_error(sounddevice, clock, name):
    with pytest.raises(DeviceNotFound, match="'HDMI'"):
        await DeviceOutput(name).open(clock, run_inline)


async def test_without_a_default_there_is_none(sounddevice, clock):
    sounddevice.default.device = (-1, -1)
    sounddevice.devices.clear()
    with pytest.raises(DeviceNotFound, match="no sound output device"):
        await DeviceOutput().open(clock, run_inline)


async def test_it_plays_in_blocks_of_five_milliseconds(sounddevice, clock, rendering):
    output = DeviceOutput(latency=0.03)
    format = await output.open(clock, run_inline)
    await output.start(rendering, format)
    (stream,) = sounddevice.streams
    assert output.fallback_delay == 0.0321
    assert stream.options["device"] == 3
    assert stream.options["samplerate"] == 44_100
    assert stream.options["blocksize"] == 220
    assert (stream.options["latency"], stream.options["dtype"]) == (0.03, "float32")

    out = np.full((220, 2), np.nan, np.float32)
    times = SimpleNamespace(outputBufferDacTime=7.025, currentTime=7.0)
    stream.options["callback"](out, 220, times, None)
    unknown = SimpleNamespace(outputBufferDacTime=0.0, currentTime=0.0)
    stream.options["callback"](out, 220, unknown, None)
    first, second = rendering.records.take()
    assert first.delay == pytest.approx(0.025)
    assert math.isnan(second.delay)
    assert (out == 0.0).all()

    assert output.failure() is None
    await output.close()
    await output.close()
    assert stream.calls == ["start", "stop", "close"]
    assert output.failure() is None


async def test_a_device_that_stops_by_itself_has_failed(sounddevice, clock, rendering):
    output = DeviceOutput()
    await output.start(rendering, await output.open(clock, run_inline))
    (stream,) = sounddevice.streams
    stream.options["finished_callback"]()
    assert "unplugged" in str(output.failure())

    def gone():
        raise PortAudioError("Error stopping stream: gone", -9988)

    stream.stop = stream.close = gone
    await output.close()


async def test_a_device_that_is_taken_says_so_and_is_let_go(
    sounddevice, clock, rendering
):
    output = DeviceOutput()
    format = await output.open(clock, run_inline)

    def taken(self):
        raise PortAudioError("Error starting stream: Device unavailable", -9985)

    original = FakeStream.start
    FakeStream.start = taken
    try:
        with pytest.raises(DeviceFailed, match="'HDMI' cannot be used: Device unav"):
            await output.start(rendering, format)
    finally:
        FakeStream.start = original
    assert sounddevice.streams[0].calls == ["close"]
    await output.close()


async def test_a_host_that_lists_nothing_is_an_output_error(sounddevice, clock):
    def broken():
        raise PortAudioError

    sounddevice.query_devices = broken
    with pytest.raises(OutputError, match="any device"):
        await DeviceOutput().open(clock, run_inline)


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
    assert sounddevice.streams[0].calls == ["start", "stop", "close"]


@pytest.mark.parametrize(
    ("error", "component", "mend"),
    [
        (ImportError("no"), "sounddevice", "pip install sounddevice"),
        (OSError("PortAudio library not found"), "PortAudio", "libportaudio2"),
    ],
)
async def test_what_is_missing_is_named_with_its_mend(
    monkeypatch, clock, error, component, mend
):
    original = builtins.__import__

    def missing(name, *args, **options):
        if name == "sounddevice":
            raise error
        return original(name, *args, **options)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingComponent) as caught:
        await DeviceOutput().open(clock, run_inline)
    assert caught.value.component == component
    assert mend in str(caught.value)


def test_importing_streamer_imports_no_sound_library():
    import subprocess

    code = "import sys, streamer.outputs; sys.exit('sounddevice' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_two_threads_give_stderr_back():
    """Each saves what it finds: two at once would save each other's sink."""
    before = os.fstat(2)
    inside = threading.Event()

    def quiet() -> None:
        with _quiet_stderr():
            inside.set()
            inside.wait(0.001)

    threads = [threading.Thread(target=quiet) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.path.sameopenfile(2, 2)
    assert (os.fstat(2).st_dev, os.fstat(2).st_ino) == (before.st_dev, before.st_ino)


def test_a_process_without_stderr_is_quiet_anyway(monkeypatch):
    def closed(_):
        raise OSError(9, "bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    with _quiet_stderr():
        pass
