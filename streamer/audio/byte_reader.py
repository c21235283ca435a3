"""Pushed bytes, read by straight-line generator code."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

__all__ = ["ByteReader", "EndOfBytes", "Steps"]

T = TypeVar("T")
Steps = Generator[None, None, T]
"""A step of a parser: yields while it needs more bytes, returns what it read."""


class EndOfBytes(Exception):
    """The bytes end before what :meth:`ByteReader.read_exact` was asked for."""


class ByteReader:
    """
    The bytes that were pushed and not read yet.

    A step yields only in :meth:`wait`, when all is taken. So no more is held
    here than one push, and a push is never joined to an earlier one.
    """

    def __init__(self) -> None:
        self._data = b""
        self._at = 0
        self._message_start = False
        self._eof = False
        self._dropped_bytes = 0

    @property
    def position(self) -> int:
        """Bytes read so far, from the first."""
        return self._dropped_bytes + self._at

    @property
    def available(self) -> int:
        """Bytes that can be taken without more being pushed."""
        return len(self._data) - self._at

    def feed(self, data: bytes, *, message: bool) -> None:
        """
        Push bytes, all earlier ones having been taken.

        *message* says that a transport message begins with them.
        """
        self._dropped_bytes += self._at
        self._data = data
        self._at = 0
        self._message_start = message

    def feed_eof(self) -> None:
        """Say that there are no more bytes."""
        self._eof = True

    def starts_wave(self) -> bool:
        """Tell whether a message begins here, with a WAV header of its own."""
        data = self._data
        return self._message_start and data[:4] == b"RIFF" and data[8:12] == b"WAVE"

    def take(self, size: int) -> bytes:
        """Take *size* bytes of those available; without a copy where it is all."""
        taken = self._data[self._at : self._at + size]
        self._at += len(taken)
        self._message_start = False
        return taken

    def unread(self, data: bytes) -> None:
        """Put back what was taken last."""
        self._dropped_bytes += self._at - len(data)
        self._data = data + self._data[self._at :]
        self._at = 0

    def wait(self) -> Steps[int]:
        """Wait for bytes; return how many there are, 0 at the end."""
        while not (available := len(self._data) - self._at) and not self._eof:
            yield
        return available

    def read_up_to(self, size: int) -> Steps[bytes]:
        """Read *size* bytes, fewer only at the end."""
        if 0 < size <= self.available:
            return self.take(size)
        held = bytearray()
        while len(held) < size and (yield from self.wait()):
            held += self.take(size - len(held))
        return bytes(held)

    def read_exact(self, size: int) -> Steps[bytes]:
        """
        Read *size* bytes.

        Raises:
            EndOfBytes: If there are fewer.
        """
        data = yield from self.read_up_to(size)
        if len(data) < size:
            raise EndOfBytes
        return data

    def skip_up_to(self, size: int) -> Steps[int]:
        """Pass over *size* bytes without keeping them; return how many there were."""
        skipped = 0
        while skipped < size and (yield from self.wait()):
            skipped += len(self.take(size - skipped))
        return skipped
