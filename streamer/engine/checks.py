"""What may be handed to an engine, whoever runs it."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence

from streamer.errors import UsageError, VoiceError
from streamer.sources import Speech

__all__ = [
    "check_output",
    "check_speech",
    "check_spoken",
    "check_text",
    "check_voice",
]

VOICE = ("speak", "language", "max_characters")
OUTPUT = (
    *("name", "paced", "fallback_delay", "gathers_delay", "offset"),
    *("open", "start", "close", "failure", "let_go", "recover"),
)


def check_output(output: object) -> None:
    """
    Raises:
        UsageError: It is no output.
    """
    missing = _missing(output, OUTPUT)
    if missing:
        raise UsageError(
            f"{type(output).__name__} is no output: it has no {missing} "
            "(streamer.DeviceOutput(name) is one, see streamer.outputs)"
        )


def check_speech(speech: object) -> None:
    """
    Raises:
        UsageError: It is no speech.
    """
    if not isinstance(speech, Speech):
        raise UsageError(
            f"play takes a streamer.Speech, not a {type(speech).__name__}; a text is "
            "said with say(), samples become a speech with streamer.pcm(), bytes of "
            "a source with streamer.Speech(source)"
        )


def check_text(text: object) -> None:
    """
    Raises:
        UsageError: It is neither a text nor what gives one.
    """
    if not isinstance(text, str | AsyncIterable):
        raise UsageError(
            f"say takes a text or an async iterator of its parts, not a "
            f"{type(text).__name__}"
        )


def check_voice(voice: object) -> None:
    """
    Raises:
        UsageError: It is no voice.
    """
    missing = _missing(voice, VOICE)
    if voice is not None and missing:
        raise UsageError(
            f"{type(voice).__name__} is no voice: it has no {missing} "
            "(see streamer.providers.Voice)"
        )


def check_spoken(speech: object) -> None:
    """
    Raises:
        VoiceError: It is none that a voice can return.
    """
    if not isinstance(speech, Speech):
        raise VoiceError(
            f"the voice's speak() returned a {type(speech).__name__}, "
            "not a streamer.Speech"
        )


def _missing(thing: object, names: Sequence[str]) -> str:
    return ", ".join(name for name in names if not hasattr(thing, name))
