"""Bytes from this machine: a file, standard input, memory."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from pathlib import Path
from stat import S_ISREG

from streamer.errors import SourceError, SourceTimeout
from streamer.runner import acquire, run_whole
from streamer.sources.base import Facilities

__all__ = ["BytesSource", "FileSource", "InputSource", "read_input"]

CHUNK_BYTES = 64 * 1024
"""How much is read at once at the most."""
WAIT = 0.1
"""Seconds that one look at standard input blocks a thread at the most."""


class FileSource:
    """
    A file, read as fast as it is played; a named pipe, as it is written.

    Args:
        path: The file.
        read_timeout: Seconds that a pipe may be silent; None: for ever.
    """

    def __init__(self, path: str | Path, *, read_timeout: float | None = None) -> None:
        self.path = Path(path)
        self._read_timeout = read_timeout

    @property
    def name(self) -> str:
        """The path, as it was given."""
        return str(self.path)

    @property
    def travels(self) -> bool:
        """Whether another process finds the same file under this path."""
        own = self.path.parts[1:2] in (("dev",), ("proc",))  # as /dev/fd/3
        return self.path.is_absolute() and not own and self.path.is_file()

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """
        Yield the file's bytes.

        Raises:
            SourceError: It can't be read.
            SourceTimeout: A pipe was silent for too long.
        """
        try:
            descriptor = await acquire(facilities.run, self._open, os.close)
        except OSError as error:
            raise SourceError(self.name, _reason(error)) from error
        try:
            reading = _read(facilities, descriptor, self.name, self._read_timeout)
            async with aclosing(reading) as chunks:
                async for data in chunks:
                    yield data
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        # Without O_NONBLOCK a named pipe would hold the thread until it is written.
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        return os.open(self.path, os.O_RDONLY | flags)


class InputSource:
    """
    Standard input, or another open file descriptor, as its bytes come.

    Args:
        descriptor: The file descriptor; None is standard input.
        read_timeout: Seconds that it may be silent; None: for ever.
    """

    name = "standard input"

    def __init__(
        self, descriptor: int | None = None, *, read_timeout: float | None = None
    ) -> None:
        self._descriptor = descriptor
        self._read_timeout = read_timeout

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """
        Yield what is written to it until it ends.

        Raises:
            SourceError: It can't be read.
            SourceTimeout: It was silent for too long.
        """
        reading = read_input(facilities, self._descriptor, self._read_timeout)
        async with aclosing(reading) as chunks:
            async for data in chunks:
                yield data


class BytesSource:
    """
    Bytes that are already here, in chunks as given.

    Args:
        chunks: The bytes, in the pieces in which they are to come.
        name: For messages.
    """

    def __init__(self, chunks: Iterable[bytes], *, name: str = "memory") -> None:
        self._chunks = tuple(chunks)
        self._name = name

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:  # noqa: ARG002 - Source
        """Yield the chunks."""
        for chunk in self._chunks:
            if chunk:
                yield chunk


async def read_input(
    facilities: Facilities,
    descriptor: int | None = None,
    read_timeout: float | None = None,
) -> AsyncGenerator[bytes, None]:
    """
    Yield what arrives on *descriptor* (standard input) until it ends.

    No thread waits longer than 0.1 s, so a cancelled reader leaves none behind.

    Raises:
        SourceError: It can't be read.
        SourceTimeout: It was silent for *read_timeout* seconds.
    """
    name = InputSource.name
    if descriptor is None:
        if sys.stdin is None:
            raise SourceError(name, "it is closed")
        try:
            descriptor = sys.stdin.fileno()
        except (OSError, ValueError) as error:
            raise SourceError(name, "it is closed") from error
    async with aclosing(_read(facilities, descriptor, name, read_timeout)) as chunks:
        async for data in chunks:
            yield data


async def _read(
    facilities: Facilities, descriptor: int, name: str, read_timeout: float | None
) -> AsyncGenerator[bytes, None]:
    clock = facilities.clock
    try:
        since = clock.time()
        while True:
            data = await run_whole(facilities.run, _read_some, descriptor)
            if data == b"":
                return
            if data is not None:
                yield data
                since = clock.time()  # what the listener took is not its silence
            elif read_timeout is not None and clock.time() - since >= read_timeout:
                raise SourceTimeout(name, f"nothing arrived for {read_timeout:g} s")
    except OSError as error:
        raise SourceError(name, _reason(error)) from error


def _read_some(descriptor: int) -> bytes | None:
    """What is there; empty at the end, None where nothing has come yet."""
    waits = os.name == "posix" and not S_ISREG(os.fstat(descriptor).st_mode)
    if waits and not select.select([descriptor], [], [], WAIT)[0]:
        return None
    try:
        return os.read(descriptor, CHUNK_BYTES)
    except BlockingIOError:  # somebody else took it
        return None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
