"""
FLAC's frames, each as soon as the next one begins.

libavcodec's own parser looks at ten frame headers before it gives the first
frame, almost two seconds of sound at 24,000 Hz. Here two are enough: a frame
ends where a header stands whose checksum is right *and* which carries the very
next number.

Source:
    RFC 9639, sections 8 (metadata) and 9.1 (frame header).
"""

from __future__ import annotations

from dataclasses import dataclass

from streamer.audio.byte_reader import ByteReader, Steps
from streamer.codecs.items import Begin, Found, Packet
from streamer.errors import FormatError

__all__ = ["MAX_FRAME_BYTES", "walk_flac"]

MAX_FRAME_BYTES = 4 * 2**20
"""Bytes held without a next frame; 65,535 samples of 8 channels take 2 MiB."""

_HEADER_BYTES = 16  # the longest: 4, a number of 7, 2 and 2 further ones, CRC-8
_STREAMINFO = 0
_NO_RATE, _LAST_CHANNELS, _NO_DEPTH = 15, 10, 3  # reserved codes


def _crc8_table() -> bytes:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value << 1 ^ (0x107 if value & 0x80 else 0)  # noqa: PLW2901 - x^8+x^2+x+1
        table.append(value)
    return bytes(table)


_CRC8 = _crc8_table()


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a frame's header says."""

    number: int
    """Of the frame where all are equally long, else of its first sample."""
    step: int
    """What the next frame's number is higher by."""


def walk_flac(reader: ByteReader, found: Found) -> Steps[None]:
    """
    Walk over the metadata and the frames.

    Raises:
        FormatError: It ends in its metadata, or there are no frames behind it.
        EndOfBytes: The same, within a block.
    """
    yield from reader.read_exact(4)
    last = False
    info = b""
    while not last:
        head = yield from reader.read_exact(4)
        last = head[0] >= 0x80
        size = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == _STREAMINFO and size >= 34:
            info = yield from reader.read_exact(34)
            size -= 34
        if (yield from reader.skip_up_to(size)) < size:
            raise FormatError("its FLAC metadata is cut off")
    if not info:
        raise FormatError("its FLAC has no STREAMINFO", offset=reader.position)
    total = int.from_bytes(info[13:18], "big") & 0xF_FFFF_FFFF
    found.items.append(Begin("flac", info, frames=total or None))
    yield from _walk_frames(reader, found)


def _walk_frames(reader: ByteReader, found: Found) -> Steps[None]:
    held = bytearray()
    frame: _Frame | None = None
    looked = 1
    while available := (yield from reader.wait()):
        held += reader.take(available)
        if frame is None:
            if len(held) < _HEADER_BYTES:
                continue
            frame = _read_frame(held, 0)
            if frame is None:
                raise FormatError(
                    "no FLAC frame stands where one should begin",
                    offset=reader.position - len(held),
                )
        while (at := _find_next(held, looked, frame)) is not None:
            found.items.append(Packet(bytes(held[:at])))
            del held[:at]
            frame = _read_frame(held, 0)
            assert frame is not None
            looked = 1
        looked = max(1, len(held) - _HEADER_BYTES)
        if len(held) > MAX_FRAME_BYTES:
            raise FormatError("it has a FLAC frame of more than 4 MiB")
    if held:
        found.items.append(Packet(bytes(held)))


def _find_next(held: bytearray, start: int, frame: _Frame) -> int | None:
    """Where the frame after *frame*, which *held* begins with, begins."""
    sign = bytes(held[:2])
    at = held.find(sign, start)
    while at >= 0:
        following = _read_frame(held, at)
        if following is not None and following.number == frame.number + frame.step:
            return at
        at = held.find(sign, at + 1)
    return None


def _read_frame(held: bytearray, at: int) -> _Frame | None:
    """Read the header at *at*; None where none stands there, or not all of it."""
    head = bytes(held[at : at + _HEADER_BYTES])
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8:
        return None
    size_code, rate_code = head[2] >> 4, head[2] & 15
    if size_code == 0 or rate_code == _NO_RATE or head[3] >> 4 > _LAST_CHANNELS:
        return None
    if head[3] >> 1 & 7 == _NO_DEPTH or head[3] & 1:
        return None
    number, number_bytes = _read_number(head[4:])
    size_at = 4 + number_bytes
    size_bytes = {6: 1, 7: 2}.get(size_code, 0)
    end = size_at + size_bytes + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if number_bytes == 0 or end >= len(head) or _crc8(head[:end]) != head[end]:
        return None
    variable = head[1] & 1
    size = _block_size(size_code, head[size_at : size_at + size_bytes])
    return _Frame(number, size if variable else 1)


def _block_size(code: int, further: bytes) -> int:
    if further:
        return int.from_bytes(further, "big") + 1
    if code == 1:
        return 192
    return 576 << code - 2 if code < 8 else 256 << code - 8


def _read_number(data: bytes) -> tuple[int, int]:
    """Read a number written like a character of UTF-8; return it and its bytes."""
    first = data[0]
    if first < 0x80:
        return first, 1
    count = 8 - (first ^ 0xFF).bit_length()
    if not 2 <= count <= 7 or len(data) < count:
        return 0, 0
    number = first & (1 << max(0, 7 - count)) - 1
    for byte in data[1:count]:
        if byte & 0xC0 != 0x80:
            return 0, 0
        number = number << 6 | byte & 0x3F
    return number, count


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc
