"""Bytes from this machine: a file, standard input, memory."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from streamer.errors import SourceError
from streamer.sources.base import Facilities

__all__ = ["BytesSource", "FileSource", "InputSource", "read_input"]

CHUNK_BYTES = 64 * 1024
"""How much is read at once at the most."""
WAIT = 0.1
"""Seconds that one look at standard input blocks a thread at the most."""


class FileSource:
    """
    A file, read as fast as it is played.

    Args:
        path: The file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def name(self) -> str:
        """The path, as it was given."""
        return str(self.path)

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """
        Yield the file's bytes.

        Raises:
            SourceError: It can't be read.
        """
        try:
            file: BinaryIO = await facilities.run(self.path.open, "rb")
        except OSError as error:
            raise SourceError(self.name, _reason(error)) from error
        try:
            while data := await facilities.run(file.read, CHUNK_BYTES):
                yield data
        except OSError as error:
            raise SourceError(self.name, _reason(error)) from error
        finally:
            file.close()


class InputSource:
    """Standard input, or another open file descriptor, as its bytes come."""

    name = "standard input"

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """Yield what is written to it until it ends."""
        async for data in read_input(facilities, self._descriptor):
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
    facilities: Facilities, descriptor: int | None = None
) -> AsyncIterator[bytes]:
    """
    Yield what arrives on *descriptor* (standard input) until it ends.

    No thread waits longer than 0.1 s, so a cancelled reader leaves none behind.
    """
    fileno = sys.stdin.fileno() if descriptor is None else descriptor
    while True:
        data = await facilities.run(_read_some, fileno)
        if data == b"":
            return
        if data is not None:
            yield data


def _read_some(fileno: int) -> bytes | None:
    """What is there; empty at the end, None where nothing has come yet."""
    waits = os.name == "posix" and not S_ISREG(os.fstat(fileno).st_mode)
    if waits and not select.select([fileno], [], [], WAIT)[0]:
        return None
    return os.read(fileno, CHUNK_BYTES)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
