"""What ``streamer doctor`` looks at."""

from __future__ import annotations

import asyncio
import importlib
import os
import platform
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from streamer import __version__
from streamer.cli.options import DEFAULT_PORT
from streamer.engine.engine import Engine
from streamer.errors import (
    MissingComponent,
    OutputError,
    StreamerError,
    for_this_python,
)
from streamer.outputs import AutoOutput, list_devices
from streamer.outputs.native import native_missing
from streamer.outputs.realtime import is_realtime_granted
from streamer.providers import Account, resemble

__all__ = ["Check", "Trial", "check_all", "self_test"]

TEXT = "This is a test of two seconds."
"""What the self-test says."""
PATIENCE = 20.0
"""Seconds after which the self-test has failed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What."""
    state: Literal["ok", "note", "missing"]
    """``note`` is worth knowing, ``missing`` keeps something from working."""
    detail: str
    """What was found."""
    mend: str = ""
    """The command that mends it, or nothing."""

    @property
    def failed(self) -> bool:
        """Whether something that is needed does not work."""
        return self.state == "missing"


@dataclass(frozen=True, slots=True)
class Trial:
    """What the self-test measured; times in ms since the request."""

    output: str
    """Where it was heard."""
    first_byte_ms: float | None
    """When the first byte came."""
    first_sample_ms: float | None
    """When the first sample was heard."""
    first_audible_ms: float | None
    """When the first sample that is not silence was heard."""
    device_latency_ms: float
    """From handing a sample to the output until it is heard."""
    cue_lead_ms: float | None
    """How long before it was heard the first cue was sent."""
    starved_ms: float
    """Silence that does not belong to the speech."""

    def rows(self) -> list[tuple[str, str]]:
        """Return what it measured, for people."""

        def ms(value: float | None) -> str:
            return "–" if value is None else f"{value:.1f} ms"

        return [
            ("first byte", ms(self.first_byte_ms)),
            ("first sample heard", ms(self.first_sample_ms)),
            ("first sound heard", ms(self.first_audible_ms)),
            ("device latency", ms(self.device_latency_ms)),
            ("lead of the first cue", ms(self.cue_lead_ms)),
            ("starved", ms(self.starved_ms)),
        ]

    def to_json(self) -> dict[str, object]:
        """Return what it measured, for programs."""
        return {name: getattr(self, name) for name in self.__slots__}


async def check_all() -> list[Check]:
    """Look at everything, one after the other; raises nothing."""
    looks: list[Callable[[], list[Check]]] = [
        *(_program, _voice, _sound, _callback),
        *(_resampler, _codecs),
    ]
    found: list[Check] = []
    for look in looks:
        found += await asyncio.to_thread(look)
    return [*found, _port()]


async def self_test() -> tuple[Trial | None, Check]:
    """
    Speak for two seconds: local voice, HTTP on loopback, engine, output.

    Returns what was measured, and how it went.
    """
    from streamer.emulator import EmulatorOptions, ResembleEmulator

    try:
        async with (
            asyncio.timeout(PATIENCE),
            ResembleEmulator(EmulatorOptions()) as emulator,
            Engine(AutoOutput()) as engine,
        ):
            await engine.main.open()
            trial = await _try(engine, emulator.url)
    except StreamerError as error:
        return None, Check("self-test", "missing", str(error))
    except TimeoutError:
        late = f"not done after {PATIENCE:g} s: the sound device takes no sound"
        return None, Check("self-test", "missing", late)
    return trial, Check("self-test", "ok", f"heard on {trial.output}")


async def _try(engine: Engine, url: str) -> Trial:
    account = Account(token="doctor", url=url)  # noqa: S106 - our own server
    speech = resemble.speak(TEXT, voice="en-us", account=account)
    utterance = await engine.play(speech)
    await utterance.wait_ended()
    told: dict[str, Any] = utterance.report().to_json()
    sent, due = told["first_cue_sent_ms"], told["first_cue_due_ms"]
    return Trial(
        output=engine.main.output_name,
        first_byte_ms=told["first_byte_ms"],
        first_sample_ms=told["first_sample_ms"],
        first_audible_ms=told["first_audible_ms"],
        device_latency_ms=round(engine.main.player.playout.latency * 1000, 3),
        cue_lead_ms=None if None in (sent, due) else round(due - sent, 3),
        starved_ms=told["starved_ms"],
    )


def _program() -> list[Check]:
    python = f"Python {platform.python_version()} at {sys.executable}"
    return [Check("streamer", "ok", f"{__version__}, {python}")]


def _voice() -> list[Check]:
    from streamer.voices import Espeak

    try:
        voice = Espeak.shared()
    except MissingComponent as error:
        return [Check("espeak-ng", "missing", "the local voice is missing", error.mend)]
    except StreamerError as error:
        return [Check("espeak-ng", "missing", str(error))]
    return [Check("espeak-ng", "ok", f"{len(voice.languages())} languages")]


def _sound() -> list[Check]:
    try:
        devices = list_devices()
    except MissingComponent as error:
        return [
            Check("PortAudio", "missing", f"{error.component} is missing", error.mend)
        ]
    except OutputError as error:
        return [Check("PortAudio", "missing", error.reason)]
    found = [Check("PortAudio", "ok", f"{len(devices)} output devices")]
    default = next((device for device in devices if device.default), None)
    if default is not None:
        detail = f"{default.name}, {default.rate} Hz, {default.system}"
        return [*found, Check("sound device", "ok", detail)]
    detail = "none: time is kept without sound"
    return [*found, Check("sound device", "note", detail)]


def _callback() -> list[Check]:
    missing = native_missing()
    if missing is None:
        return [Check("audio callback", "ok", "in C"), *_realtime()]
    mend = (
        "unset STREAMER_NATIVE"
        if os.environ.get("STREAMER_NATIVE") == "0"
        else "apt-get install gcc python3-dev; where it was cloned: "
        + for_this_python("pip install --force-reinstall --no-deps .")
    )
    return [Check("audio callback", "note", missing, mend)]


def _realtime() -> list[Check]:
    name = "real-time priority"
    if is_realtime_granted():
        return [Check(name, "ok", "granted to the audio thread")]
    detail = "refused: a busy machine can make the audio thread late"
    mend = "allow it: 'ulimit -r' should be 1 or more (rtprio in limits.conf)"
    return [Check(name, "note", detail, mend)]


def _resampler() -> list[Check]:
    try:
        soxr = importlib.import_module("soxr")
    except ImportError:
        mend = for_this_python("pip install soxr")
        return [Check("soxr", "missing", "resampling needs it", mend)]
    from streamer.audio.resample import QUALITIES, hold_back

    held = ", ".join(f"{q} {hold_back(24_000, 48_000, q) * 1e3:.0f}" for q in QUALITIES)
    return [
        Check("soxr", "ok", str(soxr.__version__)),
        Check("held back (ms)", "ok", f"24 to 48 kHz: {held}"),
    ]


def _codecs() -> list[Check]:
    try:
        av = importlib.import_module("av")
    except ImportError:
        detail = "not installed: only WAV and bare samples can be played"
        mend = for_this_python('pip install "streamer[codecs]"')
        return [Check("codecs", "note", detail, mend)]
    return [
        Check(
            "codecs", "ok", f"mp3, aac, flac, Ogg Vorbis, Opus; PyAV {av.__version__}"
        )
    ]


def _port() -> Check:
    name = f"port {DEFAULT_PORT}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", DEFAULT_PORT))
        except OSError:
            detail = "in use by another program: serve needs --port"
            return Check(name, "note", detail)
    return Check(name, "ok", "free for the viseme server")
