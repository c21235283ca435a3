"""
An output that is heard: a sound device, through PortAudio and sounddevice.

sounddevice is imported when a device is opened, never before: importing
streamer needs no sound library.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from streamer.errors import DeviceFailed, DeviceNotFound, MissingComponent
from streamer.outputs.base import OutputFormat
from streamer.playback import Renderer
from streamer.runner import Runner
from streamer.timing import Clock

__all__ = ["DeviceInfo", "DeviceOutput", "list_devices"]


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """An output device, as PortAudio lists it."""

    name: str
    """What :class:`DeviceOutput` takes."""
    system: str
    """The host's sound system: ALSA, Core Audio, WASAPI …"""
    channels: int
    """Samples a frame, at the most."""
    rate: int
    """Its default frames a second."""
    latency: float
    """Seconds of its default high latency."""
    default: bool
    """Whether it is the one used when none is named."""


class DeviceOutput:
    """
    Plays on a sound device at the device's own default rate.

    The stream stays open, on silence between utterances, until it is closed.

    Args:
        name: The device's name or a part of it that fits only one; None is
            the system's default device.
        latency: Seconds that the device is asked to keep in hand. Less is
            heard sooner; too little stutters when the machine is busy.
        block: Seconds a block lasts.
    """

    paced = True

    def __init__(
        self, name: str | None = None, *, latency: float = 0.03, block: float = 0.005
    ) -> None:
        self.device = name
        self.name = name or "default device"
        self.fallback_delay = latency
        self._latency = latency
        self._block = block
        self._run: Runner | None = None
        self._index = -1
        self._stream: Any = None
        self._closing = False
        self._stopped = False

    async def open(self, clock: Clock, run: Runner) -> OutputFormat:  # noqa: ARG002 - Output
        """
        Find the device; returns its default format, two channels at the most.

        Raises:
            MissingComponent: sounddevice or PortAudio is not installed.
            DeviceNotFound: No device has this name, or there is none at all.
        """
        self._run = run
        info, self._index = await run(_find, self.device)
        self.name = info.name
        return OutputFormat(info.rate, min(info.channels, 2))

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """
        Open the stream and begin to play.

        Raises:
            DeviceFailed: The device is taken, or refuses the format.
        """
        assert self._run is not None
        self._stream = await self._run(self._open_stream, renderer, format)
        self.fallback_delay = self._stream.latency

    async def close(self) -> None:
        """Stop and close the stream; what the device still holds is played."""
        stream, self._stream = self._stream, None
        if stream is not None and self._run is not None:
            self._closing = True
            await self._run(_close_stream, stream)

    def failure(self) -> Exception | None:
        """Return :class:`DeviceFailed` once the device stopped by itself."""
        if self._stopped and not self._closing:
            return DeviceFailed(self.name, "it stopped (was it unplugged?)")
        return None

    def _open_stream(self, renderer: Renderer, format: OutputFormat) -> Any:  # noqa: ANN401 - no stubs
        sounddevice = _import_sounddevice()
        perf_counter, render = time.perf_counter, renderer.render

        def callback(out: Any, frames: int, times: Any, status: Any) -> None:  # noqa: ANN401, ARG001
            now = perf_counter()
            delay = times.outputBufferDacTime - times.currentTime
            render(out, now, delay if times.currentTime else math.nan)

        def finished() -> None:
            self._stopped = True

        try:
            with _quiet_stderr():
                stream = sounddevice.OutputStream(
                    device=self._index,
                    samplerate=format.rate,
                    channels=format.channels,
                    dtype="float32",
                    latency=self._latency,
                    blocksize=round(format.rate * self._block),
                    callback=callback,
                    finished_callback=finished,
                )
                stream.start()
        except sounddevice.PortAudioError as error:
            raise DeviceFailed(self.name, _reason(error)) from error
        return stream


def list_devices() -> list[DeviceInfo]:
    """
    Return the output devices of this machine, in PortAudio's order.

    Blocks for up to 0.3 s the first time; for an executor.

    Raises:
        MissingComponent: sounddevice or PortAudio is not installed.
    """
    return [info for info, _ in _query()]


def _query() -> list[tuple[DeviceInfo, int]]:
    sounddevice = _import_sounddevice()
    systems = [system["name"] for system in sounddevice.query_hostapis()]
    default = sounddevice.default.device[1]
    return [
        (
            DeviceInfo(
                name=entry["name"],
                system=systems[entry["hostapi"]],
                channels=entry["max_output_channels"],
                rate=round(entry["default_samplerate"]),
                latency=entry["default_high_output_latency"],
                default=index == default,
            ),
            index,
        )
        for index, entry in enumerate(sounddevice.query_devices())
        if entry["max_output_channels"] > 0
    ]


def _find(name: str | None) -> tuple[DeviceInfo, int]:
    """The device that *name* means: the whole name, else the only part that fits."""
    devices = _query()
    if name is None:
        found = [entry for entry in devices if entry[0].default]
    else:
        found = [entry for entry in devices if entry[0].name == name] or [
            entry for entry in devices if name.lower() in entry[0].name.lower()
        ]
    if not found or (len(found) > 1 and found[0][0].name != name):
        raise DeviceNotFound(name or "default", [info.name for info, _ in devices])
    return found[0]


def _close_stream(stream: Any) -> None:  # noqa: ANN401 - no stubs
    with _quiet_stderr():
        stream.stop()
        stream.close()


def _reason(error: Exception) -> str:
    """PortAudio's own words, without the number behind them."""
    words = error.args[0] if error.args else str(error)
    return str(words).partition(": ")[2] or str(words)


def _import_sounddevice() -> ModuleType:
    needed_for = "sound on a device"
    try:
        with _quiet_stderr():
            import sounddevice  # noqa: PLC0415 - importing it starts PortAudio
    except ImportError as error:
        raise MissingComponent(
            "sounddevice", needed_for=needed_for, mend="pip install sounddevice"
        ) from error
    except OSError as error:
        raise MissingComponent(
            "PortAudio", needed_for=needed_for, mend="apt-get install libportaudio2"
        ) from error
    return sounddevice  # type: ignore[no-any-return]


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep what the sound libraries print about missing cards out of our stderr."""
    saved = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(sink)
        os.close(saved)
