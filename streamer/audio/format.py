"""What sound is, and what a parser says about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from streamer.audio.timed_text import TimedText, TimedTexts

__all__ = [
    "Encoding",
    "End",
    "Event",
    "Format",
    "Header",
    "Samples",
    "TimedText",
    "TimedTexts",
]


class Encoding(Enum):
    """How one sample is written; the value is its name."""

    PCM_U8 = "PCM_U8"
    """Unsigned 8-bit, 128 is silence."""
    PCM_16 = "PCM_16"
    """Signed 16-bit, little-endian."""
    PCM_24 = "PCM_24"
    """Signed 24-bit, little-endian, three bytes."""
    PCM_32 = "PCM_32"
    """Signed 32-bit, little-endian."""
    FLOAT_32 = "FLOAT_32"
    """IEEE 754 single, little-endian, full scale 1.0."""
    FLOAT_64 = "FLOAT_64"
    """IEEE 754 double, little-endian, full scale 1.0."""
    MULAW = "MULAW"
    """ITU-T G.711 µ-law."""
    ALAW = "ALAW"
    """ITU-T G.711 A-law."""

    @property
    def size_bytes(self) -> int:
        """Bytes that one sample takes."""
        return _SIZE_BYTES[self]


_SIZE_BYTES = {
    Encoding.PCM_U8: 1,
    Encoding.PCM_16: 2,
    Encoding.PCM_24: 3,
    Encoding.PCM_32: 4,
    Encoding.FLOAT_32: 4,
    Encoding.FLOAT_64: 8,
    Encoding.MULAW: 1,
    Encoding.ALAW: 1,
}


@dataclass(frozen=True, slots=True)
class Format:
    """How a stream of samples is to be read."""

    encoding: Encoding
    """How one sample is written."""
    rate: int
    """Frames a second, in Hz; at least 1."""
    channels: int
    """Samples a frame; at least 1, interleaved."""

    @property
    def frame_bytes(self) -> int:
        """Bytes that one frame takes."""
        return self.encoding.size_bytes * self.channels


@dataclass(frozen=True, slots=True)
class Header:
    """The stream's format; the first event of every stream that is audio."""

    format: Format
    """How the samples that follow are written."""
    frames: int | None
    """Frames that the stream says it has; None where its size is a placeholder.

    It may be wrong: :class:`End` tells how many there were. Where the stream is
    several WAVs one behind another it is the first one's.
    """


@dataclass(frozen=True, slots=True)
class Samples:
    """Sound, as it was written."""

    data: bytes
    """Whole frames in the header's format; never empty."""


@dataclass(frozen=True, slots=True)
class End:
    """The stream is over; the last event."""

    frames: int
    """Frames that were emitted."""
    missing_bytes: int
    """Bytes that the header promised and that never came; 0 where all came."""
    partial_bytes: int
    """Bytes of a last frame that was not complete; they were discarded."""


Event = Header | TimedTexts | Samples | End
