"""Two rings between the event loop and whoever plays: frames out, records back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streamer.timing import Block

__all__ = ["RecordRing", "SampleRing"]

Frames = npt.NDArray[np.float32]


class SampleRing:
    """
    Preallocated ring of float32 frames: one producer, one consumer, no lock.

    The producer writes and then *commits*; the consumer sees only what is
    committed, so sound can be held back until there is enough of it. Positions
    count frames since the ring was made and never wrap. Each side owns its
    index; what a side reads of the other's is stale in the safe direction:
    the consumer may see too little to read, the producer too little space.

    Args:
        capacity: Frames it holds. When it is full :meth:`write` takes less,
            and the producer has to wait.
        channels: Samples a frame.
    """

    def __init__(self, capacity: int, channels: int) -> None:
        self.capacity = capacity
        self.channels = channels
        self._frames: Frames = np.zeros((capacity, channels), np.float32)
        self._written = 0
        self._committed = 0
        self._read = 0

    @property
    def written(self) -> int:
        """Position behind the last frame written; the producer's own."""
        return self._written

    @property
    def committed(self) -> int:
        """Position behind the last frame that may be read."""
        return self._committed

    @property
    def read_position(self) -> int:
        """Position of the next frame to be read; the consumer's own."""
        return self._read

    @property
    def readable(self) -> int:
        """Frames that may be read; the producer sees at least this many."""
        return self._committed - self._read

    @property
    def space(self) -> int:
        """Frames that can be written; the consumer sees at most this many."""
        return self.capacity - (self._written - self._read)

    def write(self, frames: Frames) -> int:
        """
        Copy as many of *frames*, shape (frames, channels), as fit; returns how many.

        They can't be read before :meth:`commit`.
        """
        count = min(len(frames), self.space)
        start = self._written % self.capacity
        head = min(count, self.capacity - start)
        self._frames[start : start + head] = frames[:head]
        self._frames[: count - head] = frames[head:count]
        self._written += count
        return count

    def commit(self) -> None:
        """Let the consumer read all that is written."""
        self._committed = self._written

    def drop_held(self) -> int:
        """Forget what is written and not committed; returns how many frames."""
        held = self._written - self._committed
        self._written = self._committed
        return held

    def read_into(self, out: Frames) -> int:
        """
        Move up to ``len(out)`` committed frames to the start of *out*.

        Returns how many; the rest of *out* is left as it was.
        """
        count = min(len(out), self._committed - self._read)
        start = self._read % self.capacity
        head = min(count, self.capacity - start)
        out[:head] = self._frames[start : start + head]
        out[head:count] = self._frames[: count - head]
        self._read += count
        return count

    def skip_to(self, position: int) -> None:
        """Drop the committed frames before *position*; the consumer's call."""
        self._read = max(self._read, min(position, self._committed))


class RecordRing:
    """
    Ring of what the device did: the consumer of frames writes, the loop reads.

    At the bound (4,096 records, 20 s of 5 ms blocks) the newest record is
    dropped and counted in :attr:`overruns`; nobody waits.
    """

    CAPACITY = 4096

    _DTYPE = np.dtype(
        [
            ("device_frame", np.int64),
            ("ring_frame", np.int64),
            ("played", np.int32),
            ("silent", np.int32),
            ("time", np.float64),
            ("delay", np.float64),
        ]
    )

    def __init__(self) -> None:
        self.overruns = 0
        self._rows = np.zeros(self.CAPACITY, self._DTYPE)
        self._written = 0
        self._read = 0

    def append(
        self,
        device_frame: int,
        ring_frame: int,
        played: int,
        silent: int,
        time: float,
        delay: float,
    ) -> None:
        """Write one block's record; see :class:`streamer.timing.Block`."""
        if self._written - self._read >= self.CAPACITY:
            self.overruns += 1
            return
        row = (device_frame, ring_frame, played, silent, time, delay)
        self._rows[self._written % self.CAPACITY] = row
        self._written += 1

    def take(self) -> list[Block]:
        """Return the records that have come since the last call, oldest first."""
        end = self._written
        blocks = [
            Block(*self._rows[position % self.CAPACITY].tolist())
            for position in range(self._read, end)
        ]
        self._read = end
        return blocks
