"""
PortAudio, through sounddevice: its devices and its streams.

sounddevice is imported when a device is asked for, never before: importing
streamer needs no sound library. All of this runs on PortAudio's own thread;
see :mod:`streamer.outputs.caller`.
"""

from __future__ import annotations

import contextlib
import gc
import math
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from streamer.errors import DeviceFailed, DeviceNotFound, MissingComponent, OutputError
from streamer.outputs.caller import call, leave_out_if_stuck
from streamer.outputs.quiet import quiet_alsa, quiet_portaudio, quiet_stderr
from streamer.outputs.realtime import ask_realtime, hurry_helpers
from streamer.outputs.resting import block_periods, resting_of
from streamer.outputs.wish import Wish
from streamer.playback.rendering import Renderer

__all__ = [
    "Device",
    "DeviceInfo",
    "check_rate",
    "close_stream",
    "find",
    "initialise_again",
    "list_devices",
    "open_stream",
    "query",
]

RATES = (
    *(8_000, 11_025, 16_000, 22_050, 24_000, 32_000),
    *(44_100, 48_000, 88_200, 96_000, 176_400, 192_000),
)
"""The common rates, in Hz, that are tried when another one is refused."""
INVALID_RATE = -9997
"""PortAudio's ``paInvalidSampleRate``."""
UNDERFLOW = 4
"""PortAudio's ``paOutputUnderflow``."""

_STREAMS: list[tuple[Any, Renderer]] = []
"""Streams that are open; their renderers must live as long."""


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


@dataclass(frozen=True, slots=True)
class Device:
    """A device in the list that PortAudio made last."""

    info: DeviceInfo
    """What it is."""
    index: int
    """Its place in that list."""


# -- the list of devices -------------------------------------------------------


def list_devices() -> list[DeviceInfo]:
    """
    Return the output devices of this machine, in PortAudio's order.

    Blocks for up to 0.3 s the first time; for an executor. The list is the one
    that was made when sound was first used.

    Raises:
        MissingComponent: sounddevice or PortAudio is not installed.
        OutputError: The sound system lists nothing, or does not answer.
    """
    return [device.info for device in call(query)]


def find(name: str | None) -> Device:
    """
    Return the device that *name* means: the whole name, else the only part that fits.

    Raises:
        DeviceNotFound: None does, or several do.
        MissingComponent: sounddevice or PortAudio is not installed.
    """
    devices = query()
    if name is None:
        found = [device for device in devices if device.info.default]
    else:
        found = [device for device in devices if device.info.name == name] or [
            device for device in devices if name.lower() in device.info.name.lower()
        ]
    if not found or (len(found) > 1 and found[0].info.name != name):
        names = [[device.info.name for device in some] for some in (devices, found)]
        raise DeviceNotFound(name or "default", *names)
    return found[0]


def initialise_again() -> bool:
    """
    Have PortAudio list the devices anew, if nothing of this process plays.

    Its list is of the moment it was initialised, and initialising it again
    closes all streams, also those that the program opened without us.

    Returns:
        Whether it did.
    """
    sounddevice = _import_sounddevice()
    if _STREAMS or _has_own_streams(sounddevice):
        return False
    count = sounddevice._initialized  # noqa: SLF001 - it has no public way
    ends, begins = sounddevice._terminate, sounddevice._initialize  # noqa: SLF001
    with quiet_stderr():
        # One that could not be initialised last time has a count of 0.
        for step in [ends] * count + [begins] * max(count, 1):
            with contextlib.suppress(sounddevice.PortAudioError):
                step()
    return True


def query() -> list[Device]:
    """
    Return the output devices, in PortAudio's order.

    Raises:
        MissingComponent: sounddevice or PortAudio is not installed.
        OutputError: The sound system lists nothing.
    """
    sounddevice = _import_sounddevice()
    try:
        return _listed(sounddevice)
    except sounddevice.PortAudioError as error:
        raise OutputError("any device", _reason(error)) from error


def _listed(sounddevice: ModuleType) -> list[Device]:
    systems = [system["name"] for system in sounddevice.query_hostapis()]
    default = sounddevice.default.device[1]
    return [
        Device(
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


def _has_own_streams(sounddevice: ModuleType) -> bool:
    """Whether the program itself has a stream open; sounddevice keeps no list."""
    kinds = [sounddevice._StreamBase]  # noqa: SLF001 - the base of all its streams
    for kind in kinds:  # which grows
        kinds += kind.__subclasses__()
    found = gc.get_referrers(*kinds)  # in C; a walk in Python takes 7 times as long
    streams = (thing for thing in found if type(thing) in kinds)
    # One that could not be opened has no block size; it may still be there.
    return any(hasattr(one, "blocksize") and not one.closed for one in streams)


# -- streams -------------------------------------------------------------------


def check_rate(device: Device, rate: int, channels: int) -> None:
    """
    Raise if *device* doesn't play *rate*; the sentence has the common ones it does.

    Raises:
        DeviceFailed: It doesn't.
    """
    if not _plays(device, rate, channels):
        raise DeviceFailed(device.info.name, _rates_of(device, rate, channels))


def open_stream(
    device: Device,
    wish: Wish,
    renderer: Renderer,
    finished: Callable[[], None],
) -> Any:  # noqa: ANN401 - no stubs
    """
    Open and start a stream.

    Args:
        device: On what.
        wish: How it is to be.
        renderer: What fills its blocks; natively where it can.
        finished: Called, on PortAudio's audio thread, once it has stopped.

    Raises:
        DeviceFailed: The device is gone or taken, or refuses the format.
    """
    sounddevice = _import_sounddevice()
    if device.index < 0:
        raise DeviceFailed(device.info.name, "it is gone")
    try:
        with quiet_stderr():
            stream = _open(sounddevice, device, wish, renderer, finished)
            realtime = device.info.system == "ALSA" and renderer.native is not None
            _start_stream(sounddevice, stream, realtime=realtime)
    except sounddevice.PortAudioError as error:
        reason = _reason(error)
        if INVALID_RATE in error.args:
            reason = _rates_of(device, wish.rate, wish.channels)
        raise DeviceFailed(device.info.name, reason) from error
    _STREAMS.append((stream, renderer))
    return stream


def close_stream(stream: Any, lost: bool = False) -> None:  # noqa: ANN401, FBT001, FBT002 - no stubs; positional through call()
    """
    Stop and close; a device that is gone already has nothing to say.

    Args:
        stream: What :func:`open_stream` returned.
        lost: Don't wait for what it still holds. Where the sound server hangs
            this hangs with it; yet no block is asked for from now on, which
            stopping could not promise (tried, with a server that was stopped).
    """
    sounddevice = _import_sounddevice()
    with quiet_stderr():
        try:
            with contextlib.suppress(sounddevice.PortAudioError):
                stream.abort() if lost else stream.stop()
        finally:
            with contextlib.suppress(sounddevice.PortAudioError):
                stream.close()
            _STREAMS[:] = [one for one in _STREAMS if one[0] is not stream]


def _open(
    sounddevice: ModuleType,
    device: Device,
    wish: Wish,
    renderer: Renderer,
    finished: Callable[[], None],
) -> Any:  # noqa: ANN401 - no stubs
    resting = resting_of(renderer, device.info.system, wish)
    common = {
        "device": device.index,
        "samplerate": wish.rate,
        "channels": wish.channels,
        "dtype": "float32",
        "latency": wish.latency + (wish.reserve if resting else 0.0),
        "blocksize": max(1, round(wish.rate * wish.block)),
        "finished_callback": finished,
        "extra_settings": _extra(sounddevice, device),
    }
    native = renderer.native
    if native is None:
        callback = _python_callback(renderer)
        return sounddevice.OutputStream(callback=callback, **common)
    # Its own ffi: a pointer of another one is not the same type to it.
    ffi = sounddevice._ffi  # noqa: SLF001 - as its base class asks for
    function = native.function if resting is None else resting.function
    with block_periods(sounddevice, wish) if resting else contextlib.nullcontext():
        stream = sounddevice._StreamBase(  # noqa: SLF001 - "for library authors"
            "output",
            callback=ffi.cast("PaStreamCallback*", function),
            userdata=ffi.cast("void*", native.userdata),
            **common,
        )
    if resting is not None:
        resting.let(wish.rate, stream.latency, wish.latency)
    return stream


def _python_callback(renderer: Renderer) -> Callable[..., None]:
    perf_counter, render = time.perf_counter, renderer.render

    def callback(out: Any, frames: int, times: Any, status: Any) -> None:  # noqa: ANN401, ARG001
        now = perf_counter()
        delay = times.outputBufferDacTime - times.currentTime
        flags = UNDERFLOW if status and status.output_underflow else 0
        render(out, now, delay if times.currentTime else math.nan, flags)

    return callback


def _extra(sounddevice: ModuleType, device: Device) -> Any:  # noqa: ANN401 - no stubs
    """WASAPI plays only the mixer's own format, unless it is asked to convert."""
    if "WASAPI" not in device.info.system:
        return None
    return sounddevice.WasapiSettings(auto_convert=True)


def _start_stream(
    sounddevice: ModuleType,
    stream: Any,  # noqa: ANN401 - no stubs
    *,
    realtime: bool,
) -> None:
    try:
        if realtime:
            ask_realtime(sounddevice, stream)
        stream.start()
        if realtime:
            hurry_helpers()
    except BaseException:
        stream.close()
        raise


def _plays(device: Device, rate: int, channels: int) -> bool:
    sounddevice = _import_sounddevice()
    with quiet_stderr():
        try:
            sounddevice.check_output_settings(
                device=device.index,
                channels=channels,
                dtype="float32",
                samplerate=rate,
                extra_settings=_extra(sounddevice, device),
            )
        except sounddevice.PortAudioError as error:
            # Anything else, a busy device for one, is not the rate's fault.
            return INVALID_RATE not in error.args
    return True


def _rates_of(device: Device, refused: int, channels: int) -> str:
    plays = [str(rate) for rate in RATES if _plays(device, rate, channels)]
    there = ", ".join(plays) if plays else "none of the common ones"
    return f"it does not play {refused} Hz; it plays: {there}"


def _reason(error: Exception) -> str:
    """PortAudio's own words, without the number behind them."""
    words = error.args[0] if error.args else str(error)
    return str(words).partition(": ")[2] or str(words)


# -- the library ---------------------------------------------------------------


def _import_sounddevice() -> ModuleType:
    needed_for = "sound on a device"
    try:
        with quiet_stderr():
            import sounddevice  # noqa: PLC0415 - importing it starts PortAudio
    except ImportError as error:
        raise MissingComponent(
            "sounddevice", needed_for=needed_for, mend="pip install sounddevice"
        ) from error
    except OSError as error:
        raise MissingComponent(
            "PortAudio", needed_for=needed_for, mend="apt-get install libportaudio2"
        ) from error
    except Exception as error:
        # Its own class went with the module that could not be imported.
        if type(error).__name__ != "PortAudioError":
            raise
        reason = f"{_reason(error)}; look at the system's sound settings (~/.asoundrc)"
        raise OutputError("any device", reason) from error
    _prepare(sounddevice)
    return sounddevice  # type: ignore[no-any-return]


_PREPARED: weakref.WeakSet[ModuleType] = weakref.WeakSet()
"""The modules that are: one, but for tests."""


def _prepare(sounddevice: ModuleType) -> None:
    """Make it quiet, and see to it that a hanging call doesn't keep the process."""
    if sounddevice in _PREPARED:
        return
    _PREPARED.add(sounddevice)
    quiet_alsa()
    quiet_portaudio(sounddevice._libname)  # noqa: SLF001 - the library it loaded
    leave_out_if_stuck(sounddevice._exit_handler)  # noqa: SLF001 - its farewell
