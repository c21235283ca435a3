"""
Containers that only libavformat can read: it pulls, and so it has a thread.

libavformat's demuxers can't be stopped in the middle and asked again later, so
each has a thread of its own that sleeps in :class:`Pipe` while there are no
bytes. They are not the engine's executor: a demuxer sleeps there as long as
its utterance takes to come in, and four of them would keep every file, device
and voice of the engine waiting. There are at most :data:`MAX_THREADS`; one
more is refused, with words, since waiting for a paused utterance to end could
take for ever. Ogg, FLAC, MP3 and AAC need no thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from streamer.audio.sniff import Kind
from streamer.codecs.items import Begin, Found, Packet, Walker
from streamer.codecs.lengths import walk_boxes, walk_ebml
from streamer.codecs.libav import demux
from streamer.errors import FormatError, StreamerError, UsageError

__all__ = ["MAX_INDEX_BYTES", "MAX_THREADS", "Pipe", "PullDemuxer"]

MAX_THREADS = 64
"""Containers that are read at once in this process; each sleeps in a thread."""

MAX_INDEX_BYTES = 16 * 2**20
"""An MP4's index, which has to be whole before any of it is read."""

_threads = threading.BoundedSemaphore(MAX_THREADS)

_FORMATS = {Kind.MP4: ("mp4", walk_boxes), Kind.WEBM: ("matroska", walk_ebml)}


class Pipe:
    """
    Bytes from the event loop to one thread that reads them like a file.

    It holds one chunk: the loop waits until the thread has read it all and
    wants more, so nothing else needs a bound.

    Args:
        starved: Called in the reading thread, once a chunk, when it begins to
            wait.
    """

    def __init__(self, starved: Callable[[], None]) -> None:
        self._starved = starved
        self._changed = threading.Condition()
        self._data = b""
        self._at = 0
        self._ended = False
        self._told = False

    def write(self, data: bytes) -> None:
        """Hand over the next chunk, the one before having been read."""
        with self._changed:
            assert self._at == len(self._data)
            self._data, self._at, self._told = data, 0, False
            self._changed.notify()

    def end(self) -> None:
        """Wake whoever reads: there are no more bytes. May be called again."""
        with self._changed:
            self._ended = True
            self._told = False
            self._changed.notify()

    def read(self, size: int = -1, /) -> bytes:
        """Return up to *size* bytes as soon as there are any, none at the end."""
        with self._changed:
            while self._at == len(self._data) and not self._ended:
                if not self._told:
                    self._told = True
                    self._starved()
                self._changed.wait()
            end = len(self._data) if size < 0 else self._at + size
            taken = self._data[self._at : end]
            self._at += len(taken)
            return taken


class PullDemuxer:
    """
    Has a container read by libavformat, in a thread of its own.

    Args:
        kind: Which container.
    """

    def __init__(self, kind: Kind) -> None:
        self.found = Found()
        self._kind = kind
        format, walk = _FORMATS[kind]
        self._format = format
        self._lengths = Walker(walk)
        self._pipe = Pipe(self._tell_parked)
        self._held = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._parked = asyncio.Event()
        self._ended = asyncio.Event()
        self._error: StreamerError | None = None
        self._begun = False
        self._closed = False

    async def receive_data(self, data: bytes) -> None:
        """
        Take *data*; returns once the demuxer has made of it what it can.

        Raises:
            FormatError: It can't be read.
            UsageError: Too many are being read at once.
        """
        await self._lengths.receive_data(data)
        self._held += data
        if len(self._held) > MAX_INDEX_BYTES:
            raise FormatError(f"its {self._kind.label} has an index of over 16 MiB")
        if not self._lengths.found.waiting:
            await self._feed()

    async def receive_eof(self) -> None:
        """
        Take the end; returns once the demuxer has ended.

        Raises:
            FormatError: It can't be read.
        """
        await self._lengths.receive_eof()
        self.found.missing_bytes = self._lengths.found.missing_bytes
        if self._held:
            await self._feed()
        self._pipe.end()
        if self._loop is not None:
            await self._ended.wait()
        self._check()

    async def _feed(self) -> None:
        data, self._held = bytes(self._held), bytearray()
        if not self._ended.is_set():
            self._parked.clear()
            self._pipe.write(data)
            if self._loop is None:
                self._start()
            await self._parked.wait()
        self._check()

    async def close(self) -> None:
        """Wake the thread and wait until it is gone."""
        self._closed = True
        self._pipe.end()
        if self._loop is None:
            return
        cancelled: asyncio.CancelledError | None = None
        while not self._ended.is_set():
            try:
                await self._ended.wait()
            except asyncio.CancelledError as error:
                cancelled = error
        if self._thread is not None:
            self._thread.join()  # it has said its last: this takes no time
        if cancelled is not None:
            raise cancelled

    def _check(self) -> None:
        # What is damaged because it was cut off is told by what is missing.
        if self._error is not None and not (self.found.missing_bytes and self._begun):
            raise self._error

    def _start(self) -> None:
        if not _threads.acquire(blocking=False):
            raise UsageError(
                f"{MAX_THREADS} MP4 or WebM streams are being read at once, and "
                "that is the most; ask for mp3, aac, Ogg, FLAC or WAV"
            )
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(
            target=self._demux, name="streamer demuxer", daemon=True
        )
        try:
            self._thread.start()
        except BaseException:
            self._loop = self._thread = None
            _threads.release()
            raise

    # -- in the thread --------------------------------------------------------

    def _demux(self) -> None:
        try:
            for item in demux(self._pipe, self._format):
                if self._closed:
                    return
                self._begun = True
                add = item if isinstance(item, Begin) else Packet(item)
                self.found.items.append(add)
        except FormatError as error:
            error.problem = f"it looks like {self._kind.label}, but {error.problem}"
            self._error = error
        except Exception as error:  # noqa: BLE001 - the thread's boundary
            self._error = FormatError(f"its {self._kind.label} broke PyAV: {error!r}")
            self._error.__cause__ = error
        finally:
            _threads.release()
            self._tell(self._note_end)

    def _tell_parked(self) -> None:
        self._tell(self._parked.set)

    def _tell(self, say: Callable[[], None]) -> None:
        assert self._loop is not None
        # A loop that is gone has nobody who waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(say)

    def _note_end(self) -> None:
        self._ended.set()
        self._parked.set()
