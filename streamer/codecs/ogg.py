"""
Ogg pages become packets, without waiting for a page to be whole.

Sources:
    Pages: RFC 3533, section 6. Opus in Ogg: RFC 7845. Vorbis: Vorbis I
    specification, section 4.2 and appendix A. FLAC: "Ogg FLAC mapping".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from streamer.audio.byte_reader import ByteReader, EndOfBytes, Steps
from streamer.codecs.items import Begin, Found, Packet
from streamer.errors import FormatError

__all__ = ["MAX_PACKET_BYTES", "walk_ogg"]

MAX_PACKET_BYTES = 4 * 2**20
"""Largest packet, a comment with a picture as a rule; a memory limit."""

_CONTINUED, _FIRST, _LAST = 1, 2, 4  # header_type_flag
_NO_PACKET_ENDS = -1  # granule position of a page that no packet ends on
_UNFINISHED = 255  # a lacing value that says: the packet goes on
_STREAMINFO_AT, _STREAMINFO_BYTES = 17, 34
_NAMES = {
    b"\x01vorbis": "vorbis",
    b"OpusHead": "opus",
    b"\x7fFLAC": "flac",
    b"Speex   ": "Speex",
    b"\x80theora": "Theora video",
}
_HEADERS = {"vorbis": 3, "opus": 2}


@dataclass(frozen=True, slots=True)
class _Page:
    """What a page's header says."""

    flags: int
    granule: int
    serial: bytes
    lacing: bytes

    @property
    def packets_ending(self) -> int:
        return sum(size != _UNFINISHED for size in self.lacing)


class _Stream:
    """The logical stream that is played: its headers, then its packets."""

    def __init__(self, serial: bytes) -> None:
        self.serial = serial
        self.codec = ""
        self.begun = False
        self._headers: list[bytes] = []

    def add_header(self, data: bytes) -> Begin | None:
        """Take a header; return how the stream begins once that is the last."""
        self._headers.append(data)
        if not self.codec:
            self.codec = next(
                name for sign, name in _NAMES.items() if data.startswith(sign)
            )
        if len(self._headers) < self._count():
            return None
        self.begun = True
        first = self._headers[0]
        if self.codec == "opus":
            (delay,) = struct.unpack_from("<H", first.ljust(12, b"\0"), 10)
            return Begin("opus", first, delay=delay)
        if self.codec == "flac":
            info = first[_STREAMINFO_AT : _STREAMINFO_AT + _STREAMINFO_BYTES]
            return Begin("flac", info)
        return Begin("vorbis", _xiph_laced(self._headers))

    def is_sound(self, data: bytes) -> bool:
        """Tell sound from a header that is one too many (FLAC need not count)."""
        return self.codec != "flac" or data[:1] == b"\xff"

    def _count(self) -> int:
        if self.codec == "flac":
            return 1  # what follows until the first frame is metadata
        return _HEADERS[self.codec]


def walk_ogg(reader: ByteReader, found: Found) -> Steps[None]:
    """
    Walk over pages to the end.

    The first stream that can be played is; another one beside it is passed
    over, one behind it (a "chained" stream) begins anew.

    Raises:
        FormatError: There are no pages, or nothing in them that can be played.
    """
    walk = _Walk(reader, found)
    while (page := (yield from walk.read_head())) is not None:
        try:
            yield from walk.read_body(page)
        except EndOfBytes:
            found.missing_bytes += 1
            return
    if walk.partial:
        found.missing_bytes += len(walk.partial)
    if walk.stream is None and walk.others:
        raise FormatError(f"its Ogg holds {', '.join(walk.others)}, no known sound")


class _Walk:
    def __init__(self, reader: ByteReader, found: Found) -> None:
        self.stream: _Stream | None = None
        self.partial = b""
        self.others: list[str] = []
        self._reader = reader
        self._found = found

    def read_head(self) -> Steps[_Page | None]:
        """Read up to a page's body; None at the end."""
        reader, at = self._reader, self._reader.position
        head = yield from reader.read_up_to(27)
        if len(head) < 27 and b"OggS".startswith(head[:4]):
            self._found.missing_bytes += len(head)
            return None
        if head[:4] != b"OggS" or head[4] != 0:
            raise FormatError("no Ogg page stands where one should begin", offset=at)
        flags, granule, serial = struct.unpack_from("<xxxxxBq4s", head)
        lacing = yield from reader.read_up_to(head[26])
        if len(lacing) < head[26]:
            self._found.missing_bytes += 1
            return None
        return _Page(flags, granule, serial, lacing)

    def read_body(self, page: _Page) -> Steps[None]:
        """
        Read a page's packets.

        Raises:
            EndOfBytes: It is cut off.
        """
        size = sum(page.lacing)
        if page.flags & _FIRST:
            yield from self._choose(page)
        if self.stream is None or page.serial != self.stream.serial:
            if (yield from self._reader.skip_up_to(size)) < size:
                raise EndOfBytes
            return
        if not page.flags & _CONTINUED:
            self.partial = b""
        left = page.packets_ending
        for part, whole in _parts(page.lacing):
            self.partial += yield from self._reader.read_exact(part)
            if len(self.partial) > MAX_PACKET_BYTES:
                raise FormatError("it has an Ogg packet of more than 4 MiB")
            if whole:
                left -= 1
                data, self.partial = self.partial, b""
                self._add(data, page, is_last=left == 0)

    def _choose(self, page: _Page) -> Steps[None]:
        """Take the stream that begins here where it is one that can be played."""
        sign = yield from self._reader.read_up_to(min(8, sum(page.lacing)))
        self._reader.unread(sign)
        name = next(
            (name for key, name in _NAMES.items() if sign[: len(key)] == key), ""
        )
        if name not in {"vorbis", "opus", "flac"}:
            self.others.append(name or f"a stream {sign!r}")
        elif self.stream is None or self.stream.begun:
            self.stream, self.partial = _Stream(page.serial), b""

    def _add(self, data: bytes, page: _Page, *, is_last: bool) -> None:
        stream = self.stream
        assert stream is not None
        if not stream.begun:
            begin = stream.add_header(data)
            if begin is not None:
                self._found.items.append(begin)
        elif data and stream.is_sound(data):
            known = page.granule != _NO_PACKET_ENDS
            self._found.items.append(
                Packet(
                    data,
                    end=page.granule if is_last and known else None,
                    last_end=page.granule if known and page.flags & _LAST else None,
                )
            )


def _parts(lacing: bytes) -> list[tuple[int, bool]]:
    """The packets' parts on a page: how many bytes, and whether it ends here."""
    parts = []
    size = 0
    for value in lacing:
        size += value
        if value != _UNFINISHED:
            parts.append((size, True))
            size = 0
    if size:
        parts.append((size, False))
    return parts


def _xiph_laced(packets: list[bytes]) -> bytes:
    """Join Vorbis' headers as libavcodec wants them: sizes, then the packets."""
    sizes = b"".join(
        b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
        for packet in packets[:-1]
    )
    return bytes([len(packets) - 1]) + sizes + b"".join(packets)
