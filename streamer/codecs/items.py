"""What a demuxer finds in bytes: streams that begin, and their packets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from streamer.audio.byte_reader import ByteReader, EndOfBytes, Steps
from streamer.errors import FormatError

if TYPE_CHECKING:
    from streamer.codecs.libav import Data

__all__ = ["Begin", "Found", "Item", "Packet", "Walker"]


@dataclass(frozen=True, slots=True)
class Begin:
    """A stream of packets begins; positions are frames that its decoder gives."""

    codec: str
    """The codec's name for a person: mp3, aac, flac, vorbis, opus."""
    extradata: bytes | None = None
    """What libavcodec wants to know before the first packet."""
    left_out: tuple[tuple[int, int], ...] = ()
    """Intervals [first, end) that the encoder added; they are not sound."""
    frames: int | None = None
    """Frames of sound there will be, where the stream says so."""
    tolerance: int = 0
    """Frames by which that is allowed to be too many."""
    delay: int = 0
    """Frames by which granule positions lead (Opus' pre-skip)."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One compressed frame."""

    data: Data
    """Its bytes, or libav's own packet, whose side data the decoder heeds."""
    end: int | None = None
    """Ogg: the granule position of the page that it is the last of."""
    last_end: int | None = None
    """Ogg: that of the stream's last page; sound beyond it is padding."""


Item = Begin | Packet


@dataclass(slots=True)
class Found:
    """What a demuxer found and nobody took yet."""

    items: deque[Item] = field(default_factory=deque)
    """Oldest first; they hold no more than the bytes that went in."""
    missing_bytes: int = 0
    """Bytes of something unfinished, cut off by the end."""
    trailing_bytes: int = 0
    """Bytes that are no part of any frame."""
    waiting: bool = False
    """Whether a demuxer should not be shown anything yet."""


class Walker:
    """
    Runs a walk, a generator that takes bytes as they come and adds what it finds.

    Args:
        walk: Makes the generator; it yields while it needs more bytes.
    """

    ENDS: ClassVar[str] = "it ends before any sound"

    def __init__(self, walk: Callable[[ByteReader, Found], Steps[None]]) -> None:
        self.found = Found()
        self._reader = ByteReader()
        self._steps = walk(self._reader, self.found)

    async def receive_data(self, data: bytes) -> None:
        """
        Take *data*; what it completes is in :attr:`found`.

        Raises:
            FormatError: It isn't what it seemed.
        """
        self._reader.feed(data, message=False)
        self._advance()

    async def receive_eof(self) -> None:
        """
        Take the end.

        Raises:
            FormatError: It isn't what it seemed.
        """
        self._reader.feed_eof()
        self._advance()

    async def close(self) -> None:
        """Do nothing: there is no thread to end."""

    def _advance(self) -> None:
        try:
            next(self._steps, None)
        except EndOfBytes:
            raise FormatError(self.ENDS, offset=self._reader.position) from None
