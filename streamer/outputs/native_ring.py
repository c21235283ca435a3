"""Where frames wait for the callback in C: Python's side of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from streamer.timing import Silence

if TYPE_CHECKING:
    from streamer.outputs.native import Library

__all__ = ["NativeRing"]

Frames = npt.NDArray[np.float32]


class NativeRing:
    """
    The producer's side of the callback's ring; see :class:`playback.Ring`.

    What is written and committed is the producer's own, so only what the consumer
    did is asked for.
    """

    def __init__(
        self, library: Library, state: int, frames: Frames, capacity: int
    ) -> None:
        self.capacity = capacity
        self.channels = frames.shape[1]
        self._library = library
        self._state = state
        self._frames = frames
        self._memory = len(frames)
        self.written = 0
        """Position behind the last frame written."""
        self.committed = 0
        """Position behind the last frame that may be played."""
        self._seen = 0  # the read position when it was last asked for

    @property
    def read_position(self) -> int:
        """Position of the next frame to be played; it may already be further."""
        return self._library.read_position(self._state)  # type: ignore[no-any-return]

    @property
    def readable(self) -> int:
        """Committed frames that are not played; it may already be fewer."""
        return self.committed - self._library.read_position(self._state)  # type: ignore[no-any-return]

    @property
    def space(self) -> int:
        """Frames that can be written; it may already be more."""
        return max(0, self.capacity - (self.written - self.read_position))

    @property
    def silence(self) -> Silence:
        """Why the last block ended in silence, NONE where it did not."""
        return Silence(self._library.silence(self._state))

    def write(self, frames: Frames) -> int:
        """Copy as many frames as fit, shape (frames, channels); returns how many."""
        count = len(frames)
        if count > self.capacity - (self.written - self._seen):
            self._seen = self.read_position
            count = min(count, max(0, self.capacity - (self.written - self._seen)))
            frames = frames[:count]
        start = self.written % self._memory
        head = self._memory - start
        if count <= head:
            self._frames[start : start + count] = frames
        else:
            self._frames[start:] = frames[:head]
            self._frames[: count - head] = frames[head:]
        self.written += count
        return count

    def write_through(self, data: bytes) -> bool:
        """Write PCM_16 and let it be played; False: it starves, or has no room."""
        count, written = len(data) // (2 * self.channels), self.written
        assert self.committed == written
        if not self._library.write_through(self._state, written, data, count):
            return False
        self.written = self.committed = written + count
        return True

    def commit(self) -> None:
        """Let all that is written be played."""
        self.committed = self.written
        self._library.commit(self._state, self.written)

    def finish(self) -> None:
        """Commit, and say that what is written so far is an end: no starvation."""
        self.committed = self.written
        self._library.finish(self._state, self.written)

    def drop_held(self) -> int:
        """Forget what is written and not committed; returns how many frames."""
        held = self.written - self.committed
        self.written = self.committed
        return held

    def rewind(self, position: int) -> int:
        """
        Play again from *position*; returns the position from which it does.

        Only while no device pulls. Never further back than the frames that
        are still there or than the last flush, and never forward.
        """
        self._seen = int(self._library.rewind(self._state, position, self.written))
        return self._seen
