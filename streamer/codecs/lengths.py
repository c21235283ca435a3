"""
How much of an MP4 or a WebM is missing at its end.

libavformat reads these; it does not say whether the bytes were cut off. Both
are made of elements that tell their length first, and that is all that is
looked at here.

Sources:
    ISO/IEC 14496-12, 4.2 (boxes); RFC 8794, sections 4 to 6 (EBML);
    RFC 9559 (Matroska's Segment and Cluster).
"""

from __future__ import annotations

from streamer.audio.byte_reader import ByteReader, EndOfBytes, Steps
from streamer.codecs.items import Found
from streamer.errors import FormatError

__all__ = ["walk_boxes", "walk_ebml"]

_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675


def walk_boxes(reader: ByteReader, found: Found) -> Steps[None]:
    """
    Walk over an MP4's boxes to the end.

    A demuxer is kept waiting until the index is whole: libavformat 62 refuses
    some of those that it is given in pieces of a few bytes.

    Raises:
        FormatError: Its sound stands before its index, so that it can only be
            played once all of it is there.
    """
    indexed = False
    found.waiting = True
    while head := (yield from reader.read_up_to(8)):
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        read = 8
        if size == 1:
            size = int.from_bytes((yield from reader.read_up_to(8)), "big")
            read = 16
        indexed |= kind == b"moov"
        if kind == b"mdat" and not indexed:
            raise FormatError(
                "its MP4 has its index behind its sound; ask for a fragmented MP4 "
                "or another format"
            )
        if size == 0:  # to the end of the bytes
            size = 2**63
            yield from reader.skip_up_to(size)
            return
        found.missing_bytes = max(0, 8 - len(head))
        skipped = yield from reader.skip_up_to(max(0, size - read))
        found.missing_bytes += max(0, size - read - skipped)
        found.waiting = not indexed


def walk_ebml(reader: ByteReader, found: Found) -> Steps[None]:
    """Walk over a WebM's elements to the end; into segments and clusters."""
    segment_end: int | None = None
    while (yield from reader.wait()):
        try:
            kind = yield from _read_id(reader)
            size = yield from _read_size(reader)
        except EndOfBytes:
            found.missing_bytes = 1
            return
        if kind == _SEGMENT:
            segment_end = None if size is None else reader.position + size
        if size is None or kind in {_SEGMENT, _CLUSTER}:
            continue
        found.missing_bytes = size - (yield from reader.skip_up_to(size))
    if segment_end is not None and reader.position < segment_end:
        found.missing_bytes = segment_end - reader.position


def _read_id(reader: ByteReader) -> Steps[int]:
    """Read an element's ID; its marker bits are part of it."""
    first = yield from reader.read_exact(1)
    rest = yield from reader.read_exact(8 - first[0].bit_length())
    return int.from_bytes(first + rest, "big")


def _read_size(reader: ByteReader) -> Steps[int | None]:
    """Read an element's size; None where it is unknown: all bits set."""
    first = yield from reader.read_exact(1)
    bits = 7 * (9 - first[0].bit_length())
    rest = yield from reader.read_exact(8 - first[0].bit_length())
    size = int.from_bytes(first + rest, "big") & (1 << bits) - 1
    return None if size == (1 << bits) - 1 else size
