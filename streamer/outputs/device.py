"""
An output that is heard: a sound device, through PortAudio and sounddevice.

sounddevice is imported when a device is opened, never before: importing
streamer needs no sound library.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from streamer.errors import (
    DeviceFailed,
    DeviceNotFound,
    MissingComponent,
    OutputError,
)
from streamer.outputs.base import OutputFormat
from streamer.playback import Renderer
from streamer.runner import Runner, acquire, run_whole
from streamer.timing import Clock

__all__ = ["DeviceInfo", "DeviceOutput", "list_devices"]

_STDERR = threading.RLock()
"""Held while the process's stderr is turned away."""


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
        self._stream = await acquire(
            self._run, lambda: self._open_stream(renderer, format), _close_stream
        )
        self.fallback_delay = self._stream.latency

    async def close(self) -> None:
        """Stop and close the stream; what the device still holds is played."""
        stream, self._stream = self._stream, None
        if stream is not None and self._run is not None:
            self._closing = True
            await run_whole(self._run, _close_stream, stream)

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
                _start_stream(stream)
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
    try:
        return _listed(sounddevice)
    except sounddevice.PortAudioError as error:
        raise OutputError("any device", _reason(error)) from error


def _listed(sounddevice: ModuleType) -> list[tuple[DeviceInfo, int]]:
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


def _start_stream(stream: Any) -> None:  # noqa: ANN401 - no stubs
    try:
        stream.start()
    except BaseException:
        stream.close()
        raise


def _close_stream(stream: Any) -> None:  # noqa: ANN401 - no stubs
    """Stop and close; a device that is gone already has nothing to say."""
    sounddevice = _import_sounddevice()
    with _quiet_stderr():
        try:
            with contextlib.suppress(sounddevice.PortAudioError):
                stream.stop()
        finally:
            with contextlib.suppress(sounddevice.PortAudioError):
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

            _quiet_alsa()
    except ImportError as error:
        raise MissingComponent(
            "sounddevice", needed_for=needed_for, mend="pip install sounddevice"
        ) from error
    except OSError as error:
        raise MissingComponent(
            "PortAudio", needed_for=needed_for, mend="apt-get install libportaudio2"
        ) from error
    return sounddevice  # type: ignore[no-any-return]


def _quiet_alsa() -> None:
    """
    Keep what ALSA prints while it plays out of our stderr.

    Late blocks are in the records. Its handler may be called on the audio
    thread, where no Python may run, so it is given a C function that does
    nothing: one of libc's that takes no arguments and has no effect.
    """
    with contextlib.suppress(OSError, AttributeError):  # not Linux, or not ALSA
        alsa, libc = ctypes.CDLL("libasound.so.2"), ctypes.CDLL(None)
        nothing = ctypes.cast(libc.getppid, ctypes.c_void_p)
        alsa.snd_lib_error_set_handler(nothing)


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """
    Keep what the sound libraries print about missing cards out of our stderr.

    One thread at a time: two would restore each other's sink.
    """
    with _STDERR, contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # a daemon may have no stderr
            saved = os.dup(2)
            stack.callback(os.close, saved)
            sink = os.open(os.devnull, os.O_WRONLY)
            stack.callback(os.close, sink)
            os.dup2(sink, 2)
            stack.callback(os.dup2, saved, 2)
        yield
