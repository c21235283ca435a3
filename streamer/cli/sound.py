"""How it sounds: the options that every command with an output takes."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer

from streamer.errors import UsageError

if TYPE_CHECKING:
    from streamer.engine import StreamOptions

__all__ = ["Jitter", "Quality", "Sound", "gain_of", "rate_of", "with_sound"]

MAX_GAIN = 8.0
"""How much louder it can be made: 18 dB."""


class Quality(StrEnum):
    """How rates are converted."""

    LD = "LD"
    QQ = "QQ"
    LQ = "LQ"
    MQ = "MQ"
    HQ = "HQ"
    VHQ = "VHQ"


class Jitter(StrEnum):
    """What matters where chunks come late."""

    LATENCY = "latency"
    SMOOTH = "smooth"


def rate_of(text: str) -> int | Literal["stream"]:
    """
    Return what stands behind ``--rate``.

    Raises:
        UsageError: It is no rate.
    """
    if text == "stream":
        return "stream"
    if text.isascii() and text.isdigit() and 1_000 <= int(text) <= 768_000:
        return int(text)
    raise UsageError(
        f"there is no --rate {text!r}; it can be 'stream' or 1000 to 768000 Hz"
    )


def gain_of(text: str) -> float:
    """
    Return the factor that stands behind ``--gain``: ``0.5`` or ``-6dB``.

    Raises:
        UsageError: It is no gain.
    """
    number = text.strip().lower()
    decibels = number.endswith("db")
    try:
        value = float(number[:-2] if decibels else number)
        gain = 10 ** (value / 20) if decibels else value
    except (ValueError, OverflowError):
        gain = math.nan
    if not 0 <= gain <= MAX_GAIN:
        raise UsageError(
            f"there is no --gain {text!r}; it can be a factor from 0 to 8, "
            "or dB, as in -6dB"
        )
    return gain


@dataclass(frozen=True, slots=True)
class Sound:
    """What the command line says of the sound; None where it says nothing."""

    rate: int | Literal["stream"] | None = None
    """The device's frames a second; ``stream``: those of the first stream."""
    channels: int | None = None
    """The device's samples a frame."""
    quality: Quality = Quality.LD
    """How rates are converted."""
    jitter: Jitter = Jitter.LATENCY
    """What matters where chunks come late."""
    gain: float = 1.0
    """How loud it is at first, as a factor."""
    latency_ms: float | None = None
    """What a device is asked to keep in hand."""
    offset_ms: float = 0.0
    """How much later it is heard than the device says."""
    wake_ms: float = 0.0
    """Silence that is played before the first sound, for devices that sleep."""

    def stream_options(self) -> StreamOptions:
        """Return how a stream is to behave."""
        from streamer.engine import StreamOptions
        from streamer.timing import JitterOptions

        return StreamOptions(
            jitter=JitterOptions(policy=self.jitter.value),
            quality=self.quality.value,
            wake_lead=self.wake_ms / 1000,
        )


_OPTIONS: dict[str, tuple[Any, Any]] = {
    "rate": (
        Annotated[
            str | None,
            typer.Option(
                metavar="HZ|stream",
                help="The device's rate; stream: that of the first sound, which "
                "is then heard bit for bit. Without it: the device's own.",
            ),
        ],
        None,
    ),
    "channels": (
        Annotated[
            int | None,
            typer.Option(min=1, max=32, metavar="N", help="The device's channels."),
        ],
        None,
    ),
    "quality": (
        Annotated[
            Quality,
            typer.Option(
                help="How rates are converted: LD holds back least, VHQ most.",
                case_sensitive=False,
            ),
        ],
        Quality.LD,
    ),
    "jitter": (
        Annotated[
            Jitter,
            typer.Option(help="Where chunks come late: heard early, or without gaps."),
        ],
        Jitter.LATENCY,
    ),
    "gain": (
        Annotated[
            str, typer.Option(metavar="FACTOR|dB", help="How loud: 0.5, or -6dB.")
        ],
        "1",
    ),
    "latency_ms": (
        Annotated[
            float | None,
            typer.Option(
                min=1,
                max=2000,
                metavar="MS",
                help="What the device is asked to keep in hand: 7; 15 without "
                "real-time priority, 30 with a callback in Python (streamer doctor "
                "tells); with one in C, on ALSA, 13 more of sound.",
            ),
        ],
        None,
    ),
    "offset_ms": (
        Annotated[
            float,
            typer.Option(
                min=-2000,
                max=5000,
                metavar="MS",
                help="How much later it is heard than the device says, as over "
                "Bluetooth: the mouth waits as long.",
            ),
        ],
        0.0,
    ),
    "wake_ms": (
        Annotated[
            float,
            typer.Option(
                min=0,
                max=5000,
                metavar="MS",
                help="Silence before a sound after a rest, for devices that sleep.",
            ),
        ],
        0.0,
    ),
}
"""Each option by the field that it becomes: its type, and what it is without."""


def with_sound(command: Callable[..., int]) -> Callable[..., int]:
    """
    Give *command*, which takes a ``sound``, the options that make one.

    typer reads a signature; this is the one that it is to read.
    """

    def called(**given: Any) -> int:  # noqa: ANN401 - as typer gives them
        said = {name: given.pop(name) for name in _OPTIONS}
        rate = said.pop("rate")
        sound = Sound(
            rate=None if rate is None else rate_of(rate),
            gain=gain_of(said.pop("gain")),
            **said,
        )
        return command(sound=sound, **given)

    hints = get_type_hints(command, include_extras=True)
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        parameter.replace(annotation=hints[parameter.name], kind=keyword)
        for parameter in inspect.signature(command).parameters.values()
        if parameter.name != "sound"
    ]
    parameters += [
        inspect.Parameter(name, keyword, default=default, annotation=annotation)
        for name, (annotation, default) in _OPTIONS.items()
    ]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {item.name: item.annotation for item in parameters}
    called.__doc__, called.__name__ = command.__doc__, command.__name__
    return called
