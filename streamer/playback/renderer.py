"""
What runs when a device asks for a block.

This is the seam for a callback in C: all it does is copy, ramp, zero-fill and
count; it is told things through a command queue and tells what it did through
rings. It takes no lock, makes no task and raises nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streamer.playback.ring import RecordRing, SampleRing

__all__ = ["Flush", "Flushed", "Renderer"]

Frames = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Flush:
    """Command: fade out and drop what lies before :attr:`until`."""

    until: int
    """Ring frame at which sound goes on, when there is any."""


@dataclass(frozen=True, slots=True)
class Flushed:
    """Answer to a :class:`Flush`, once the device has taken it."""

    command: Flush
    """The command that was carried out."""
    ring_frame: int
    """Ring frame behind the last one that is heard, the fade included."""
    device_frame: int
    """Device frame at which the silence begins."""


class Renderer:
    """
    Fills blocks from a ring and records what it did.

    Called by one consumer only (the audio thread, or a paced output's task).

    Args:
        ring: Where frames come from.
        fade_frames: Length of the ramp that ends flushed sound.
    """

    COMMANDS = 64
    """Commands that may wait; at the bound the oldest answers are dropped."""

    def __init__(self, ring: SampleRing, *, fade_frames: int) -> None:
        self.ring = ring
        self.records = RecordRing()
        self.device_frame = 0
        self._sounding = False
        self._commands: deque[Flush] = deque(maxlen=self.COMMANDS)
        self._answers: deque[Flushed] = deque(maxlen=self.COMMANDS)
        ramp = np.cos(np.linspace(0.0, np.pi, fade_frames, dtype=np.float64))
        self._fade = ((1.0 + ramp) / 2.0).astype(np.float32)[:, np.newaxis]

    def flush_nowait(self, until: int) -> Flush:
        """Ask that sound before ring frame *until* fades out at once."""
        command = Flush(until)
        self._commands.append(command)
        return command

    @property
    def commanded(self) -> bool:
        """Whether a command waits for the next block."""
        return bool(self._commands)

    @property
    def fade_frames(self) -> int:
        """Length of the ramp that ends flushed sound."""
        return len(self._fade)

    def take_answers(self) -> list[Flushed]:
        """Return the commands carried out since the last call."""
        answers = []
        while self._answers:
            answers.append(self._answers.popleft())
        return answers

    def render(self, out: Frames, time: float, delay: float) -> None:
        """
        Fill *out*, shape (frames, channels), and record it.

        Args:
            out: The device's block; every frame of it is written.
            time: When the device asked, in seconds of the engine's clock.
            delay: Seconds until the block's first frame is heard; NaN: unknown.
        """
        ring_frame = self.ring.read_position
        played = self._fade_out(out) if self._commands else self.ring.read_into(out)
        out[played:] = 0.0
        self._sounding = played == len(out)
        self.records.append(
            self.device_frame, ring_frame, played, len(out) - played, time, delay
        )
        self.device_frame += len(out)

    def _fade_out(self, out: Frames) -> int:
        """Carry out all commands: a ramp over the next frames, then nothing."""
        # Out of silence there is nothing to fade: what waits is not begun.
        played = self.ring.read_into(out[: len(self._fade)]) if self._sounding else 0
        # The ramp always reaches zero, however few frames there are for it.
        if played == len(self._fade):
            out[:played] *= self._fade
        else:
            ramp = np.cos(np.linspace(0.0, np.pi, played)[:, np.newaxis])
            out[:played] *= (1.0 + ramp) / 2.0
        heard_until = self.ring.read_position
        while self._commands:
            command = self._commands.popleft()
            self.ring.skip_to(command.until)
            self._answers.append(
                Flushed(command, heard_until, self.device_frame + played)
            )
        return played
