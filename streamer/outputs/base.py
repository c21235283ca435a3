"""What an output is: something that asks a renderer for blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from streamer.errors import StreamerError
from streamer.playback.rendering import Renderer
from streamer.runner import Runner
from streamer.timing import Clock

__all__ = ["Output", "OutputFormat", "say_nothing"]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What an output plays."""

    rate: int
    """Frames a second, in Hz."""
    channels: int
    """Samples a frame."""


def say_nothing(_: StreamerError) -> None:
    """Keep to oneself that there is no sound."""


class Output(Protocol):
    """
    Where sound goes. ``open``, ``start``, ``close``, in this order, once each.

    An output pulls: after :meth:`start` it has ``renderer`` fill one block
    after another until :meth:`close`. Once :meth:`failure` says that it no
    longer does, :meth:`recover` may get it to pull again.
    """

    @property
    def name(self) -> str:
        """What is in use, for messages: a device's name, ``null``, ``wav:FILE``."""
        ...

    @property
    def paced(self) -> bool:
        """Whether it takes frames in real time."""
        ...

    @property
    def fallback_delay(self) -> float:
        """Seconds until a block is heard, where the output does not say."""
        ...

    @property
    def gathers_delay(self) -> bool:
        """Whether being late once makes it later for good, until it begins anew."""
        ...

    @property
    def offset(self) -> float:
        """
        Seconds that sound is heard later than the output says, by the user.

        What no program can know: a Bluetooth link, a monitor's own speakers.
        """
        ...

    async def open(self, clock: Clock, run: Runner) -> OutputFormat | None:
        """
        Get hold of what it plays on; returns its format.

        None: it takes the format of the first utterance.

        Raises:
            OutputError: It can't be had.
            MissingComponent: A library for it is not installed.
        """
        ...

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """Begin to pull blocks from *renderer*."""
        ...

    async def close(self) -> None:
        """Stop and let go; what was pulled stays heard or written. Idempotent."""
        ...

    def failure(self) -> Exception | None:
        """
        Return why it no longer pulls, or None while all is well.

        To be asked often while it plays, at least each 100 ms: some outputs
        notice here that they have stopped.
        """
        ...

    async def let_go(self) -> None:
        """
        Pull no more, at once; :meth:`recover` follows.

        After a :meth:`failure`, or while nothing is heard, where it is to begin anew.

        What was pulled and not heard is given up: it is pulled again later.
        """
        ...

    async def recover(self, renderer: Renderer, format: OutputFormat) -> None:
        """
        Pull from *renderer* again, in *format*, after :meth:`let_go`.

        Then :meth:`failure` is None and :attr:`name` says what is in use.

        Raises:
            OutputError: It can't; :meth:`failure` goes on saying so.
        """
        ...
