"""
What the player and whoever plays say to each other.

A *renderer* fills the blocks that a device asks for. The player writes frames
into its ring and sends it commands; it answers with what it did, one record a
block and one a command. :class:`streamer.playback.renderer.PythonRenderer` is
one in Python, ``streamer/outputs/_callback.c`` one that runs no Python.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from streamer.timing import Block, Silence

__all__ = ["Done", "NativeCallback", "Renderer", "Resting", "Ring", "Tally", "Verb"]

Frames = npt.NDArray[np.float32]


class Verb(IntEnum):
    """What a renderer can be told; each acts from the next block on."""

    GAIN = 1
    """Ramp to the factor :attr:`value`; sound goes on. At once in the first block."""
    MUTE = 2
    """Ramp to silence; sound goes on unheard."""
    UNMUTE = 3
    """Ramp back to the gain."""
    PAUSE = 4
    """Fade out, and take no more frames."""
    RESUME = 5
    """Take frames again, fading in."""
    FLUSH = 6
    """
    Fade out, and go on at ring frame :attr:`until`.

    Where :attr:`value` is the ring frame of an end that is still to come, what was
    heard until there is heard, and nothing from there on.
    """


@dataclass(frozen=True, slots=True)
class Done:
    """A command was carried out."""

    id: int
    """What :meth:`Renderer.send_nowait` returned."""
    verb: Verb
    """What it was."""
    ring_frame: int
    """Ring frame behind the last one taken by then, a fade included."""
    device_frame: int
    """Where silence begins (PAUSE, FLUSH), or where the sound begins to change."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a renderer has counted since it was made."""

    blocks: int
    """Blocks filled."""
    starved_frames: int
    """Frames of silence because the ring was empty with more to come."""
    overruns: int
    """Records lost because nobody took them."""
    underflows: int
    """Blocks whose flags said that the device had run dry."""
    unfit: int = 0
    """Times that a device which was to rest turned out to be none that can."""


@dataclass(frozen=True, slots=True)
class Resting:
    """
    A callback whose device may be larger, for it keeps that waiting for sound.

    Where there is nothing to play a device that has room waits until it has as
    little in hand as one that is heard soon; what is let go it takes at once.
    """

    function: int
    """Address of a ``PaStreamCallback`` with the same user data."""
    let: Callable[[float, float, float], None]
    """Called before the stream starts, with its frames a second, the seconds it has
    in hand with a block for which it just had room, and those it is to have with
    one where there is nothing to play."""


@dataclass(frozen=True, slots=True)
class NativeCallback:
    """Where a renderer that runs no Python is, for PortAudio."""

    function: int
    """Address of a ``PaStreamCallback``."""
    userdata: int
    """Address of its user data; the renderer keeps it alive."""
    resting: Resting | None = None
    """The same for devices whose thread may be kept waiting; None: there is none."""


class Ring(Protocol):
    """
    The producer's side of a ring of float32 frames.

    Positions count frames since the ring was made and never wrap. The producer
    writes and then commits; only what is committed is played. What it reads of
    the consumer's is stale in the safe direction: too little space.
    """

    capacity: int
    """Frames that can wait to be played."""
    channels: int
    """Samples a frame."""

    @property
    def written(self) -> int:
        """Position behind the last frame written."""
        ...

    @property
    def committed(self) -> int:
        """Position behind the last frame that may be played."""
        ...

    @property
    def read_position(self) -> int:
        """Position of the next frame to be played; it may already be further."""
        ...

    @property
    def readable(self) -> int:
        """Committed frames that are not played; it may already be fewer."""
        ...

    @property
    def space(self) -> int:
        """Frames that can be written; it may already be more."""
        ...

    @property
    def silence(self) -> Silence:
        """
        Why the last block ended in silence, NONE where it did not; IDLE before it.

        Whoever sees it finds that block with :meth:`Renderer.take`.
        """
        ...

    def write(self, frames: Frames) -> int:
        """Copy as many frames as fit, shape (frames, channels); returns how many."""
        ...

    def write_through(self, data: bytes) -> bool:
        """
        Write *data*, whole frames of PCM_16, and commit it; returns whether it did.

        Only while nothing is held. It does so where all of it fits, and where sound
        is not starved: whoever writes looks into that first.
        """
        ...

    def commit(self) -> None:
        """Let all that is written be played."""
        ...

    def finish(self) -> None:
        """Commit, and say that what is written so far is an end: no starvation."""
        ...

    def drop_held(self) -> int:
        """Forget what is written and not committed; returns how many frames."""
        ...

    def rewind(self, position: int) -> int:
        """
        Play again from *position*; returns the position from which it does.

        Only while no device pulls. A ring keeps :data:`HISTORY` seconds' worth
        of what was played; further back it starts with the oldest it has.
        """
        ...


class Renderer(Protocol):
    """Fills blocks from a ring and records what it did."""

    @property
    def ring(self) -> Ring:
        """Where its frames come from."""
        ...

    @property
    def native(self) -> NativeCallback | None:
        """What PortAudio can call without Python; None: call :meth:`render`."""
        ...

    @property
    def commanded(self) -> bool:
        """
        Whether the next block has a command to carry out, or to end.

        For whoever asks for the blocks: while another thread does, a command
        that is just being taken may be left out.
        """
        ...

    @property
    def fade_frames(self) -> int:
        """Length of the ramp of pause, flush, starvation and refill; above 0."""
        ...

    def send_nowait(self, verb: Verb, *, value: float = 0.0, until: int = 0) -> int:
        """Tell it something; returns the id that its :class:`Done` will have."""
        ...

    def take(self) -> tuple[list[Block], list[Done]]:
        """Return what it did since the last call, each oldest first."""
        ...

    def tally(self) -> Tally:
        """Return what it has counted."""
        ...

    def render(self, out: Frames, time: float, delay: float, flags: int = 0) -> None:
        """
        Fill *out*, shape (frames, channels), and record it.

        Args:
            out: The block; every frame of it is written.
            time: When it was asked for, in seconds of the engine's clock.
            delay: Seconds until its first frame is heard; NaN: unknown.
            flags: What PortAudio says; bit 2 is an output underflow.
        """
        ...
