"""
The worker's own ends of the pipes, on any platform.

Windows has no way to wait for a plain pipe in an event loop, so threads do it. They
wait in the system nearly all the time; nothing else runs in the worker's process.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
from contextlib import suppress

__all__ = ["PipeReader", "PipeWriter", "take_standard_pipes"]

READ_BYTES = 64 * 1024


def take_standard_pipes() -> tuple[int, int]:
    """
    Return descriptors of standard input and output, for nobody else to use.

    What a library prints goes to standard error from now on, and nobody who asks
    standard input gets anything.
    """
    pipes = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return pipes


class PipeReader(asyncio.StreamReader):
    """
    What comes from a pipe, read in a thread until its end.

    Args:
        descriptor: Of the pipe.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._has_ended = False
        loop = asyncio.get_running_loop()
        threading.Thread(
            target=self._read, args=(loop,), name="streamer-read", daemon=True
        ).start()

    def end(self) -> None:
        """Take nothing more; idempotent."""
        if not self._has_ended:
            self._has_ended = True
            self.feed_eof()

    def _take(self, data: bytes) -> None:
        if not self._has_ended:
            self.feed_data(data)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(OSError, RuntimeError):  # gone, or the loop has ended
            while data := os.read(self._descriptor, READ_BYTES):
                loop.call_soon_threadsafe(self._take, data)
            loop.call_soon_threadsafe(self.end)


class PipeWriter:
    """
    Writes to a pipe in a thread, so that a reader that stands still holds up nobody.

    Args:
        descriptor: Of the pipe; it is closed at the end.
    """

    PATIENCE = 1.0
    """Seconds that :meth:`close` waits for what was written last."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(
            target=self._write, name="streamer-write", daemon=True
        )
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Take *data*."""
        self._waiting.put(data)

    async def drain(self) -> None:
        """Return at once: whoever sends much waits for credit."""

    def close(self) -> None:
        """Write what waits, unless nobody reads it."""
        self._waiting.put(None)
        self._thread.join(self.PATIENCE)

    def _write(self) -> None:
        with suppress(OSError):
            while data := self._waiting.get():
                view = memoryview(data)
                while view:
                    view = view[os.write(self._descriptor, view) :]
        with suppress(OSError):
            os.close(self._descriptor)
