"""How loud sound is, for each 10 ms of it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["LEVELS_PER_SECOND", "LevelMeter", "WaitingLevels"]

LEVELS_PER_SECOND = 100
"""Each level stands for 10 ms."""

_SILENCE = 1e-12
"""Mean square that is taken for silence: -120 dBFS."""


class LevelMeter:
    """
    Measures sound that comes in pieces; however it was divided, levels are the same.

    Args:
        rate: Frames a second of the sound, in Hz; at least 100.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        """Frames a second."""
        self.frames = 0
        """Frames received."""
        self._levels = 0
        self._energy = 0.0  # of the frames since the last whole level

    def receive(self, sound: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """
        Receive what follows; return the levels that are whole now.

        Args:
            sound: Shape ``(frames, channels)``, in [-1.0, +1.0]; not kept.

        Returns:
            RMS over all channels in dBFS, at least -120; shape ``(levels,)``. Level
            *i* of all stands for the 10 ms from *i* / 100 s on.
        """
        flat = np.ascontiguousarray(sound).reshape(-1)
        channels = max(sound.shape[1], 1)
        begin, self.frames = self.frames, self.frames + len(sound)
        levels: list[float] = []
        start, at = begin, 0
        # A few numbers at a time: arrays of two would cost more than they save.
        while (stop := self._edge(self._levels + 1)) <= self.frames:
            to = (stop - begin) * channels
            part = flat[at:to]
            energy = self._energy + float(np.dot(part, part))
            frames = stop - self._edge(self._levels)
            levels.append(_decibels(energy / (frames * channels)))
            self._energy, self._levels = 0.0, self._levels + 1
            start, at = stop, to
        if start < self.frames:
            rest = flat[at:]
            self._energy += float(np.dot(rest, rest))
        return np.array(levels, np.float32)

    def skip(self, frames: int) -> int:
        """Leave out *frames* of sound; return how many levels they were."""
        before = self._levels
        self.frames += frames
        self._levels = self.frames * LEVELS_PER_SECOND // self.rate
        self._energy = 0.0
        return self._levels - before

    def _edge(self, level: int) -> int:
        """Return the first frame that is not before a level's own time."""
        return -(-level * self.rate // LEVELS_PER_SECOND)


class WaitingLevels:
    """Levels that follow one another from an utterance's start, until they are used."""

    def __init__(self) -> None:
        self._parts: list[npt.NDArray[np.float32]] = []
        self._received = 0

    def __bool__(self) -> bool:
        return bool(self._parts)

    def receive(self, levels: npt.NDArray[np.float32]) -> None:
        """Receive what follows, shape ``(levels,)``; it is kept."""
        self._parts.append(levels)
        self._received += len(levels)

    def stop(self, rate: int) -> int:
        """Return the frame, of *rate* a second, up to which levels were received."""
        return self._received * rate // LEVELS_PER_SECOND

    def take(self, rate: int) -> tuple[int, npt.NDArray[np.float32]]:
        """Return those that wait, at least one, and where they begin, in frames."""
        levels, self._parts = np.concatenate(self._parts), []
        return -(-(self._received - len(levels)) * rate // LEVELS_PER_SECOND), levels


def _decibels(mean_square: float) -> float:
    return 10.0 * math.log10(max(mean_square, _SILENCE))
