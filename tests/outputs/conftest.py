"""A sounddevice without PortAudio, and renderers that count."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pytest

from streamer.outputs import claims, portaudio
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import NativeCallback, Resting, Tally


class PortAudioError(Exception):
    """As sounddevice's: words and a number."""


class FakeStream:
    """What sounddevice's streams do, as far as it is used."""

    def __init__(self, kind: str = "output", **options) -> None:
        self.module: ModuleType = sys.modules["sounddevice"]
        self.kind = kind
        self.options = options
        self.latency = 0.0321
        self.blocksize = options.get("blocksize", 0)
        self.closed = False
        self.calls: list[str] = []
        self._ptr = object()
        self._do("open")
        if not self._is_there(options.get("device")):
            raise PortAudioError(
                "Error opening OutputStream: Device unavailable", -9985
            )
        self.module.streams.append(self)

    def start(self) -> None:
        self._do("start")

    def stop(self) -> None:
        self._do("stop")
        self.options["finished_callback"]()

    def abort(self) -> None:
        self._do("abort")

    def close(self) -> None:
        self._do("close")
        self.closed = True

    def _is_there(self, place: int | None) -> bool:
        """Whether what the list has there has not been unplugged since."""
        names = [entry["name"] for entry in self.module.there]
        return place is None or self.module.devices[place]["name"] in names

    def _do(self, what: str) -> None:
        """Do it, unless the test has something else in mind."""
        self.calls.append(what)
        self.module.faults.get(what, lambda: None)()


def device(name, channels=2, rate=44_100.0, api=0):
    """An entry of sounddevice's list."""
    return {
        "name": name,
        "hostapi": api,
        "max_output_channels": channels,
        "default_samplerate": rate,
        "default_high_output_latency": 0.1,
    }


def fake_sounddevice() -> ModuleType:
    """
    A module that says and does what sounddevice would.

    What it lists is a snapshot of ``there``, made when it is initialised;
    ``faults`` are called in place of a step; ``log`` has what was initialised.
    """
    module = ModuleType("sounddevice")
    module.PortAudioError = PortAudioError
    module.there = [
        device("Microphone", channels=0),
        device("Speakers (big)", channels=8),
        device("Speakers (small)", channels=1, rate=16_000.0),
        device("HDMI"),
    ]
    module.devices = list(module.there)
    module.default = SimpleNamespace(device=(0, 3))
    module.streams, module.faults, module.log = [], {}, []
    module.rates = {8_000, 16_000, 44_100, 48_000}
    module.systems = ["ALSA"]

    def check(*, samplerate, **_) -> None:
        if samplerate not in module.rates:
            raise PortAudioError("Invalid sample rate", portaudio.INVALID_RATE)

    def initialize() -> None:
        module.log.append("initialize")
        module._initialized += 1
        module.devices = list(module.there)

    def terminate() -> None:
        module.log.append("terminate")
        module._initialized -= 1

    # One of its own: streams that other tests left are none of this module's.
    module.OutputStream = module._StreamBase = type("Stream", (FakeStream,), {})
    module.query_devices = lambda: module.devices
    module.query_hostapis = lambda: [{"name": name} for name in module.systems]
    module.check_output_settings = check
    module.WasapiSettings = lambda **options: ("wasapi", options)
    module._ffi = SimpleNamespace(cast=lambda kind, value: (kind, value))
    module._libname = "no such library"
    module._initialized = 1
    module._initialize, module._terminate = initialize, terminate
    module._exit_handler = lambda: None
    return module


@pytest.fixture
def sounddevice(monkeypatch):
    """A sounddevice without PortAudio; nothing of it is left after the test."""
    module = fake_sounddevice()
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    monkeypatch.setattr(claims, "_TAKEN", {})
    monkeypatch.setattr(portaudio, "_STREAMS", [])
    return module


FUNCTION, DATA, RESTING = 0x1234, 0x5678, 0x9ABC
"""Addresses of what is never called."""


class NativeLike(PythonRenderer):
    """One that says it has a callback without Python."""

    @property
    def native(self) -> NativeCallback:
        return NativeCallback(FUNCTION, DATA)


class RestingLike(NativeLike):
    """One that says it has a callback that rests, and notes what it is told."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.let: list[tuple[float, float, float]] = []
        self.unfit = 0

    def tally(self) -> Tally:
        return replace(super().tally(), unfit=self.unfit)

    @property
    def native(self) -> NativeCallback:
        resting = Resting(RESTING, lambda *told: self.let.append(told))
        return NativeCallback(FUNCTION, DATA, resting)


def renderer(channels: int = 2, rate: int = 44_100) -> PythonRenderer:
    return PythonRenderer(rate=rate, channels=channels, ring_seconds=1.0)


@pytest.fixture
def rendering() -> PythonRenderer:
    return renderer()
