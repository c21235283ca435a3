"""
MP3 and AAC in ADTS frames: what stands before them and what they say of padding.

Sources:
    ID3v2: id3.org, "ID3 tag version 2.4.0 - Main Structure", section 3.1.
    Frame header: ISO/IEC 11172-3, 2.4.2.3; ISO/IEC 13818-7, 6.2. Xing, Info and
    LAME: "Mp3 Info Tag revision 1" (LAME); VBRI: Fraunhofer's VBR header, as
    libavformat reads both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamer.audio.byte_reader import ByteReader, Steps
from streamer.audio.sniff import Kind, describe, recognise
from streamer.codecs.items import Begin, Found, Packet
from streamer.errors import FormatError

if TYPE_CHECKING:
    from streamer.codecs.libav import Data

__all__ = ["MAX_SEARCH_BYTES", "Info", "Parse", "read_info", "walk_mpeg", "walk_tagged"]

Parse = Callable[[bytes | None], "Sequence[Data]"]
"""Takes bytes, None at the end; returns the frames that they complete."""

MAX_SEARCH_BYTES = 64 * 1024
"""Bytes in which the first frame has to be found."""

_DECODER_DELAY = 528 + 1
"""Frames by which an MP3 decoder is late; LAME's tag does not count them."""

_ENCODERS = (b"LAME", b"Lavf", b"Lavc")
"""Who writes the padding behind a Xing tag, as libavformat believes."""


@dataclass(frozen=True, slots=True)
class Info:
    """A first frame that is no sound: Xing, Info or VBRI."""

    frames: int
    """Samples a channel in all frames that follow; 0 where unknown."""
    begin: int
    """Of those, how many the encoder and decoder put in front."""
    end: int
    """How many the encoder put behind."""

    def begin_of_stream(self, size: int) -> Begin:
        """How the stream begins; a frame has *size* samples a channel."""
        left_out = [(0, self.begin)] if self.begin else []
        # The decoder is late, so that much less than the padding comes out.
        sound_end = self.frames
        if self.frames and self.begin:
            sound_end = min(self.frames, self.frames - self.end + _DECODER_DELAY)
            left_out.append((sound_end, self.frames))
        return Begin(
            "mp3",
            left_out=tuple(left_out),
            frames=max(0, sound_end - self.begin) or None,
            tolerance=2 * size,
        )


def walk_tagged(
    reader: ByteReader, found: Found, walks: dict[Kind, Callable[..., Steps[None]]]
) -> Steps[None]:
    """
    Pass over ID3v2 tags, then go on as what stands behind them.

    Raises:
        FormatError: That is nothing that can be decoded.
        EndOfBytes: Nothing stands behind them.
    """
    head = yield from reader.read_exact(10)
    while head[:3] == b"ID3":
        yield from reader.skip_up_to(_tag_bytes(head) - 10)
        head = yield from reader.read_exact(10)
    reader.unread(head)
    # Padding that the tag does not count is common; the parser looks further.
    kind = Kind.MP3 if head[:1] == b"\0" else recognise(head)
    walk = walks.get(kind or Kind.WAV)
    if walk is None:
        raise FormatError(f"behind its ID3 tag {describe(head)}")
    yield from walk(reader, found)


def walk_mpeg(
    reader: ByteReader, found: Found, *, codec: str, parse: Parse
) -> Steps[None]:
    """
    Have the frames of *codec* found.

    Raises:
        FormatError: There is none in the first :data:`MAX_SEARCH_BYTES`.
    """
    frames = _Frames(codec, found)
    searched = 0
    while available := (yield from reader.wait()):
        for data in parse(reader.take(available)):
            frames.add(data)
        searched += available
        if not frames.begun and searched > MAX_SEARCH_BYTES:
            raise FormatError(
                f"it looks like {codec}, but its first {MAX_SEARCH_BYTES // 1024} KiB "
                "hold no frame"
            )
    for data in parse(None):
        frames.add(data)


class _Frames:
    def __init__(self, codec: str, found: Found) -> None:
        self.begun = False
        self._codec = codec
        self._kind = Kind.MP3 if codec == "mp3" else Kind.AAC
        self._found = found
        self._sign = b""

    def add(self, data: Data) -> None:
        """
        Take a frame.

        A frame that tells of the others begins the stream anew: files that are
        joined each lose their own padding.
        """
        whole = bytes(data)
        # Sync, version and layer stay the same as a rule: no need to look.
        at = 0 if whole[:2] == self._sign else _find_frame(whole, self._kind)
        if at is None:
            self._found.trailing_bytes += len(whole)
            return
        self._sign = whole[at : at + 2]
        if at:  # the parser keeps what stands before a frame with it
            data = whole[at:]
        head = whole[at : at + _INFO_BYTES]
        info = read_info(head) if self._kind is Kind.MP3 else None
        if info is not None:
            self._found.items.append(info.begin_of_stream(_samples(head)))
        elif not self.begun:
            self._found.items.append(Begin(self._codec))
        self.begun = True
        if info is None:
            self._found.items.append(Packet(data))


def _find_frame(data: bytes, kind: Kind) -> int | None:
    """Where the first frame begins; not within an ID3 tag."""
    at = _tag_bytes(data[:10]) if data[:3] == b"ID3" else 0
    while 0 <= at < len(data):
        if recognise(data[at : at + 8].ljust(8, b"\0")) is kind:
            return at
        at = data.find(b"\xff", at + 1)
    return None


def _tag_bytes(head: bytes) -> int:
    """Bytes of the ID3v2 tag whose header *head* is, seven bits a byte."""
    size = 0
    for byte in head[6:]:
        size = size << 7 | byte & 0x7F
    return len(head) + size + (10 if head[5] & 0x10 else 0)


_INFO_BYTES = 4 + 32 + (4 + 4 + 4 + 4 + 100 + 4) + 24
"""
As much of a frame as an Info tag takes: header, side information (MPEG-1 stereo has
most), Xing's fields (tag, flags, frames, bytes, table of contents, quality), LAME's.
"""


def _samples(head: bytes) -> int:
    """Samples a channel of an MP3 frame: half as many at the low rates."""
    return 1152 if head[1] & 0x08 else 576


def read_info(head: bytes) -> Info | None:
    """Read what a frame says of the others; None where it is a frame of sound."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    size, mono = _samples(head), head[3] >> 6 == 3
    at = 4 + ((17 if mono else 32) if size == 1152 else (9 if mono else 17))
    if head[at : at + 4] in {b"Xing", b"Info"}:
        return _read_xing(head[at + 4 :], size)
    if head[36:40] == b"VBRI":
        return Info(int.from_bytes(head[50:54], "big") * size, 0, 0)
    return None


def _read_xing(data: bytes, size: int) -> Info:
    flags = int.from_bytes(data[:4], "big")
    at, frames = 4, 0
    if flags & 1:
        frames = int.from_bytes(data[at : at + 4], "big")
        at += 4
    # The size in bytes, the table of contents, the quality.
    at += 4 * bool(flags & 2) + 100 * bool(flags & 4) + 4 * bool(flags & 8)
    delays = int.from_bytes(data[at + 21 : at + 24], "big")
    if data[at : at + 4] not in _ENCODERS or at + 24 > len(data):
        return Info(frames * size, 0, 0)
    return Info(frames * size, (delays >> 12) + _DECODER_DELAY, delays & 0xFFF)
