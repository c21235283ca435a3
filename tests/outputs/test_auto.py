from __future__ import annotations

import pytest

from streamer.errors import DeviceFailed, DeviceNotFound, MissingComponent
from streamer.outputs import AutoOutput, NullOutput, OutputFormat
from streamer.playback.renderer import PythonRenderer
from streamer.testing import RecordingOutput, run_inline


class Refusing(RecordingOutput):
    def __init__(self, *, open_error=None, start_error=None) -> None:
        super().__init__(rate=44_100, channels=2)
        self.open_error, self.start_error = open_error, start_error

    async def open(self, clock, run):
        if self.open_error:
            raise self.open_error
        return await super().open(clock, run)

    async def start(self, renderer, format):
        if self.start_error:
            raise self.start_error
        await super().start(renderer, format)


def renderer(channels: int = 2) -> PythonRenderer:
    return PythonRenderer(rate=44_100, channels=channels, ring_seconds=0.1)


async def test_a_device_that_works_is_used(clock):
    told = []
    device = RecordingOutput()
    output = AutoOutput(told.append, device)
    format = await output.open(clock, run_inline)
    await output.start(renderer(1), format)
    await clock.advance(0.02)
    assert (output.name, output.fallback_delay) == ("recording", 0.010)
    assert len(device.frames)
    device.fail = DeviceFailed("speaker", "it stopped")
    assert output.failure() is device.fail
    await output.close()
    assert told == []


@pytest.mark.parametrize("when", ["open", "start"])
async def test_a_device_that_refuses_what_was_asked_for_is_an_error(clock, when):
    told, error = [], DeviceFailed("speaker", "it does not play 700000 Hz")
    device = Refusing(**{f"{when}_error": error})
    output = AutoOutput(told.append, device, asked=True)
    with pytest.raises(DeviceFailed):
        await output.start(renderer(1), await output.open(clock, run_inline))
    assert told == []


@pytest.mark.parametrize("asked", [True, False])
async def test_where_there_is_no_device_nothing_is_refused(clock, asked):
    error = DeviceNotFound("default", [])
    output = AutoOutput(device=Refusing(open_error=error), asked=asked)
    await output.start(renderer(1), await output.open(clock, run_inline))
    assert output.name == "null"
    await output.close()


@pytest.mark.parametrize(
    "error",
    [
        DeviceNotFound("default", []),
        MissingComponent("PortAudio", needed_for="sound", mend="apt"),
    ],
)
async def test_without_a_device_time_is_kept_and_said_once(clock, error):
    told = []
    output = AutoOutput(told.append, Refusing(open_error=error))
    format = await output.open(clock, run_inline)
    await output.start(renderer(1), format)
    await clock.advance(0.02)
    await output.close()
    assert told == [error]
    assert (output.name, format) == ("null", OutputFormat(48_000, 1))


async def test_a_device_that_does_not_start_is_replaced_in_its_own_format(clock):
    told = []
    error = DeviceFailed("speaker", "device unavailable")
    output = AutoOutput(told.append, Refusing(start_error=error))
    format = await output.open(clock, run_inline)
    rendering = renderer(2)
    await output.start(rendering, format)
    await clock.advance(0.1)
    await output.close()
    assert told == [error]
    assert output.name == "null"
    blocks, _ = rendering.take()
    assert sum(block.silent for block in blocks) == pytest.approx(4_410, abs=300)


async def test_by_default_it_is_the_default_device_and_says_nothing(monkeypatch, clock):
    from streamer.outputs import portaudio

    def missing():
        raise MissingComponent("PortAudio", needed_for="sound", mend="apt")

    monkeypatch.setattr(portaudio, "_import_sounddevice", missing)
    output = AutoOutput()
    assert output.name == "default device"
    assert (output.offset, output.paced) == (0.0, True)
    assert await output.open(clock, run_inline) == OutputFormat(48_000, 1)
    assert isinstance(output._output, NullOutput)


async def test_a_device_that_cannot_recover_is_replaced_by_none(clock):
    """Whatever output it is given, time goes on."""
    told = []
    error = DeviceFailed("speaker", "it is gone")

    class Lost(RecordingOutput):
        async def recover(self, renderer, format):
            raise error

    output = AutoOutput(told.append, Lost())
    format = await output.open(clock, run_inline)
    rendering = renderer(1)
    await output.start(rendering, format)
    await output.recover(rendering, format)
    before = rendering.tally().blocks
    await clock.advance(0.1)
    assert rendering.tally().blocks - before >= 20
    assert (output.name, told) == ("null", [error])
    await output.close()
