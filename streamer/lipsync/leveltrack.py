"""The continuous track where only the sound's level is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streamer.lipsync.levels import LEVELS_PER_SECOND
from streamer.lipsync.pose import CHANNELS

__all__ = ["LevelTrack"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]


class LevelTrack:
    """
    A mouth that is known each 10 ms; between them it moves evenly.

    Args:
        rate: Frames a second of the utterance, in Hz.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._rows: list[Float32] = []
        self._first = 0  # level of the first row that is kept
        self._joined: Float32 | None = None

    @property
    def until(self) -> int:
        """Frame up to which the mouth is known."""
        count = self._first + sum(map(len, self._rows))
        return count * self._rate // LEVELS_PER_SECOND

    def receive(self, mouth: Float32) -> None:
        """Receive what follows, shape ``(levels, 7)``; it is kept."""
        if len(mouth):
            self._rows.append(mouth)
            self._joined = None

    def sample(self, times: Float64) -> Float32:
        """
        Return the mouth at each time.

        Args:
            times: Seconds of the utterance, shape ``(n,)``, in any order.

        Returns:
            Shape ``(n, 7)``, columns as in
            :data:`~streamer.lipsync.pose.CHANNELS`; new memory. Neutral where
            nothing is known.
        """
        if self._joined is None:
            nothing = np.zeros((0, len(CHANNELS)), np.float32)
            self._joined = np.concatenate([nothing, *self._rows])
            self._rows = [self._joined]
        rows = np.zeros((len(self._joined) + 2, len(CHANNELS)), np.float32)
        rows[1:-1] = self._joined
        # A level is that of its 10 ms, so it is reached in their middle.
        places = np.asarray(times, np.float64) * LEVELS_PER_SECOND - self._first + 0.5
        np.clip(places, 0.0, len(rows) - 1.0, out=places)
        before = np.minimum(places.astype(np.intp), len(rows) - 2)
        share = (places - before)[:, None].astype(np.float32)
        mouth = rows[before] * (1.0 - share) + rows[before + 1] * share
        return np.asarray(mouth, np.float32)

    def forget(self, before_frame: int) -> None:
        """Forget what is needed only for times before *before_frame*."""
        old = before_frame * LEVELS_PER_SECOND // self._rate - 1 - self._first
        while self._rows and old > 0:
            rows = self._rows.pop(0)
            if old < len(rows):
                self._rows.insert(0, rows[old:])
            self._first += min(old, len(rows))
            old -= len(rows)
            self._joined = None
