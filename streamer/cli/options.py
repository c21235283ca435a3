"""Options that several commands share, and what their words mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.errors import UsageError

if TYPE_CHECKING:
    from streamer.outputs import Output
    from streamer.providers import Voice

__all__ = [
    "DEFAULT_PORT",
    "LatencyMs",
    "OutputName",
    "Provider",
    "ProviderName",
    "ServeAt",
    "VoiceName",
    "address_of",
    "output_of",
    "token_of",
    "voice_of",
]

DEFAULT_PORT = 8765
"""Where the viseme server listens."""


class Provider(StrEnum):
    """Who speaks."""

    ESPEAK = "espeak"
    RESEMBLE = "resemble"


ProviderName = Annotated[
    Provider,
    typer.Option(
        help="Who speaks: the local voice, or Resemble (needs RESEMBLE_API_KEY)."
    ),
]
VoiceName = Annotated[
    str | None,
    typer.Option(
        help="espeak: a language such as en-us or de; resemble: the voice_uuid "
        "(else RESEMBLE_VOICE_UUID)."
    ),
]
OutputName = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="device|device:NAME|null|wav:FILE",
        help="Where it is heard. Without it: the default device, or no sound "
        "where there is none.",
    ),
]
ServeAt = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="Also show it: serve the face and the visemes there meanwhile.",
    ),
]
LatencyMs = Annotated[
    float | None,
    typer.Option(
        min=1,
        max=2000,
        metavar="MS",
        help="What the sound device is asked to keep in hand (30).",
    ),
]


def output_of(
    name: str | None,
    latency_ms: float | None = None,
    note: Callable[[str], None] | None = None,
) -> Output:
    """
    Return the output that *name* means.

    Args:
        name: What stands behind ``--output``; None where it was not given.
        latency_ms: What a device is asked to keep in hand.
        note: Takes a sentence where there will be no sound; without it, it is
            said at once.

    Raises:
        UsageError: It means none.
    """
    from streamer.cli.show import say
    from streamer.outputs import AutoOutput, DeviceOutput, NullOutput, WavOutput

    latency = 0.03 if latency_ms is None else latency_ms / 1000
    if name is None:
        tell = say if note is None else note
        return AutoOutput(lambda e: tell(_no_sound(e)), DeviceOutput(latency=latency))
    kind, _, rest = name.partition(":")
    if name == "device":
        return DeviceOutput(latency=latency)
    if kind == "device" and rest:
        return DeviceOutput(rest, latency=latency)
    if name == "null":
        return NullOutput()
    if kind == "wav" and rest:
        return WavOutput(rest)
    if kind == "wav":
        raise UsageError("--output wav: needs a file, as in --output wav:out.wav")
    raise UsageError(
        f"there is no output {name!r}; "
        "it can be device, device:NAME, null or wav:FILE (see: streamer devices)"
    )


def voice_of(provider: Provider, voice: str | None) -> Voice:
    """
    Return who speaks.

    Raises:
        UsageError: The environment lacks what the provider needs.
    """
    from streamer.providers import EspeakVoice, resemble

    if provider is Provider.RESEMBLE:
        return resemble.voice_of(voice)
    if voice is None:
        return EspeakVoice()
    from streamer.voices import VoiceSettings

    return EspeakVoice(VoiceSettings(language=voice))


def address_of(text: str) -> tuple[str, int]:
    """
    Return host and port of ``HOST:PORT``, ``[V6]:PORT``, ``:PORT`` or ``PORT``.

    Raises:
        UsageError: It is none of these.
    """
    host, colon, port = text.rpartition(":")
    if not colon:
        host = ""
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise UsageError(f"{text!r}: write an IPv6 address as [{host}]:{port}")
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(f"{text!r} is no address to serve at; write HOST:PORT")
    return host or "127.0.0.1", int(port)


def token_of(environment: Mapping[str, str] | None = None) -> str | None:
    """
    Return the viseme server's token, ``STREAMER_TOKEN``; None where there is none.

    Raises:
        UsageError: It could not be sent in a header.
    """
    found = os.environ if environment is None else environment
    token = found.get("STREAMER_TOKEN") or None
    if token is not None and not all("!" <= character <= "~" for character in token):
        raise UsageError("STREAMER_TOKEN may hold ASCII letters, digits and signs only")
    return token


def _no_sound(error: Exception) -> str:
    """Why the default device can't be had, as a sentence."""
    from streamer.errors import DeviceNotFound

    if isinstance(error, DeviceNotFound) and not error.available:
        return "there is no sound device here; time is kept without sound"
    return f"{error}; time is kept without sound"
