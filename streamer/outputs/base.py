"""What an output is: something that asks a renderer for blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from streamer.playback import Renderer
from streamer.runner import Runner
from streamer.timing import Clock

__all__ = ["Output", "OutputFormat"]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What an output plays."""

    rate: int
    """Frames a second, in Hz."""
    channels: int
    """Samples a frame."""


class Output(Protocol):
    """
    Where sound goes. ``open``, ``start``, ``close``, in this order, once each.

    An output pulls: after :meth:`start` it calls ``renderer.render`` for each
    block until :meth:`close`.
    """

    @property
    def name(self) -> str:
        """For messages: ``default device``, ``null``, ``wav:FILE``."""
        ...

    @property
    def paced(self) -> bool:
        """Whether it takes frames in real time."""
        ...

    @property
    def fallback_delay(self) -> float:
        """Seconds until a block is heard, where the output does not say."""
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
        """Return why it no longer pulls, or None while all is well."""
        ...
