"""Options that several commands share, and what their words mean."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.cli.sound import Sound
from streamer.errors import UsageError

if TYPE_CHECKING:
    from streamer.outputs import DeviceOutput, NullOutput, Output
    from streamer.providers import Voice

__all__ = [
    "DEFAULT_PORT",
    "OutputName",
    "Provider",
    "ProviderName",
    "ServeAt",
    "VoiceName",
    "address_of",
    "no_sound",
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


def output_of(
    name: str | None,
    sound: Sound | None = None,
    note: Callable[[str], None] | None = None,
) -> Output:
    """
    Return the output that *name* means.

    Args:
        name: What stands behind ``--output``; None where it was not given.
        sound: What a device is asked for.
        note: Takes a sentence where there will be no sound; without it, it is
            said at once.

    Raises:
        UsageError: It means none, or can't do what *sound* asks for.
    """
    from streamer.cli.show import say
    from streamer.outputs import AutoOutput, WavOutput

    sound = sound or Sound()
    if sound.rate == "stream" and sound.channels is not None:
        raise UsageError(
            "--channels can't be chosen with --rate stream: "
            "they are the sound's own, as its rate is"
        )
    if name is None:
        tell = say if note is None else note
        asked = sound.rate is not None or sound.channels is not None
        device = _device(None, sound)
        return AutoOutput(lambda e: tell(no_sound(e)), device, asked=asked)
    kind, _, rest = name.partition(":")
    if name == "device":
        return _device(None, sound)
    if kind == "device" and rest:
        return _device(rest, sound)
    if name == "null":
        return _null(sound)
    if kind == "wav" and rest:
        if sound.rate is not None or sound.channels is not None:
            raise UsageError(
                "--rate and --channels are for devices; "
                "a file takes those of the first sound"
            )
        return WavOutput(rest)
    if kind == "wav":
        raise UsageError("--output wav: needs a file, as in --output wav:out.wav")
    raise UsageError(
        f"there is no output {name!r}; "
        "it can be device, device:NAME, null or wav:FILE (see: streamer devices)"
    )


def _device(name: str | None, sound: Sound) -> DeviceOutput:
    from streamer.outputs import DeviceOutput

    latency = None if sound.latency_ms is None else sound.latency_ms / 1000
    return DeviceOutput(
        name,
        latency=latency,
        rate=sound.rate,
        channels=sound.channels,
        offset=sound.offset_ms / 1000,
    )


def _null(sound: Sound) -> NullOutput:
    from streamer.outputs import NullOutput

    if sound.rate == "stream":
        raise UsageError("--rate stream is for devices; --output null has one rate")
    return NullOutput(
        rate=sound.rate or 48_000,
        channels=sound.channels or 1,
        offset=sound.offset_ms / 1000,
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


def no_sound(error: Exception) -> str:
    """Why the default device can't be had, as a sentence."""
    from streamer.errors import DeviceNotFound

    if isinstance(error, DeviceNotFound) and not error.available:
        return "there is no sound device here; time is kept without sound"
    return f"{error}; time is kept without sound"
