"""A whole WAV: its sound, and what it says of its own times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from streamer.audio import (
    End,
    Float32,
    Format,
    Header,
    Samples,
    TimedText,
    TimedTexts,
    WavParser,
    decode,
)
from streamer.audio.timed_text import joined
from streamer.errors import FormatError

__all__ = ["Recording", "read_recording"]

_SLICE = 1.0
"""Seconds of sound that are decoded at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A whole WAV."""

    format: Format
    """How its samples are written."""
    frames: int
    """How long it is, in frames."""
    timed: tuple[TimedText, ...]
    """What it says of its own times."""
    missing_bytes: int
    """Bytes that its header promised and that are not there."""
    _pieces: tuple[bytes, ...]

    def sound(self) -> Iterator[Float32]:
        """Yield the sound, a second at once; shape ``(frames, channels)``."""
        frames = max(1, round(self.format.rate * _SLICE))
        size_bytes = frames * self.format.frame_bytes
        for piece in self._pieces:
            for start in range(0, len(piece), size_bytes):
                yield decode(piece[start : start + size_bytes], self.format)


def read_recording(data: bytes) -> Recording:
    """
    Read a WAV with its embedded times.

    Raises:
        FormatError: It is none, or has no sound.
    """
    parser = WavParser()
    parser.receive_data(data)
    parser.receive_eof()
    events = parser.events()
    header, end = events[0], events[-1]
    assert isinstance(header, Header)
    assert isinstance(end, End)
    if not end.frames:
        raise FormatError("it holds no sound")
    return Recording(
        header.format,
        end.frames,
        tuple(joined([each for each in events if isinstance(each, TimedTexts)])),
        end.missing_bytes,
        tuple(event.data for event in events if isinstance(event, Samples)),
    )
