"""
The way through a WAV, from its first byte to its last.

Sources:
    Multimedia Programming Interface and Data Specifications 1.0 (1991),
    chapters 2 and 3; RF64 and BW64: EBU Tech 3306, ITU-R BS.2088; the timed
    text: Resemble's page "Streaming HTTP". Sizes that are placeholders: each
    was seen in the output of the program named beside it.
"""

from __future__ import annotations

import struct

from streamer.audio.byte_reader import ByteReader, EndOfBytes, Steps
from streamer.audio.format import End, Event, Format, Header, Samples
from streamer.audio.sniff import EXCERPT_BYTES, RIFF_IDS, describe, is_text
from streamer.audio.wav_format import FORMAT_BYTES, parse_format
from streamer.audio.wav_text import CUE_BYTES, WavText
from streamer.errors import FormatError

__all__ = ["MAX_HEADER_BYTES", "WavWalker"]

MAX_HEADER_BYTES = 4 * 2**20
"""Cue points and texts kept for one segment; 2,000 characters take about 160 KB."""

_SIZE_PLACEHOLDERS = {
    0xFFFFFFFF,  # ffmpeg to a pipe, OpenAI, MiniMax
    0x7FFFFFFF,  # ElevenLabs
    0x7FFFF000,  # sox to a pipe
    2_000_000_000,  # pocket-tts
}
_RIFF_PLACEHOLDERS = {
    0xFFFFFFFF,  # as above; Resemble's older models
    0x7FFFFFFF,
    0x7FFFF024,  # sox to a pipe
    0,  # libsndfile before the file is closed
}
_DS64_PLACEHOLDERS = {2**63 - 1, 2**64 - 1}

_LEAST_PLACEHOLDER = 0x7FFFF000
"""A data size from here on is no size where the RIFF size is a placeholder."""

_AFTER_NO_SOUND = {b"LIST", b"list", b"cue ", b"fact", b"id3 ", b"ID3 ", b"RIFF"}
"""Chunks that follow ``data`` of size 0 where that is meant; else it is sound."""


class WavWalker:
    """
    The steps of a parser, and what they found.

    Attributes:
        events: What was found, oldest first; the caller takes them out.
        text: The timed text, with counts of what is wrong in it.
        malformed_chunks: Chunks of timed text that were refused or cut off.
        skipped_chunks: Chunks that are neither format, sound nor text.
        trailing_bytes: Bytes after the sound that are no chunk.
        segments: Headers that led to ``data``.
    """

    def __init__(self, reader: ByteReader) -> None:
        self.events: list[Event] = []
        self.text = WavText()
        self.malformed_chunks = 0
        self.skipped_chunks = 0
        self.trailing_bytes = 0
        self.segments = 0
        self._reader = reader
        self._format: Format | None = None
        self._riff_size = 0
        self._kept_bytes = 0
        self._in_trailer = False
        self._frames = 0
        self._missing_bytes = 0
        self._partial_bytes = 0

    def walk(self) -> Steps[None]:
        """
        Walk to the end of the bytes.

        Raises:
            FormatError: If they are not a WAV that can be played.
        """
        again = True
        while again:
            yield from self._read_signature()
            try:
                format_, size = yield from self._read_header()
            except EndOfBytes:
                raise self._cut_header() from None
            self._begin(format_, size)
            yield from self._read_samples(format_, size)
            again = yield from self._read_trailer(size)
            self.events.extend(self.text.take_resolved())
            self.text.next_segment(self._frames)
        self.events.append(End(self._frames, self._missing_bytes, self._partial_bytes))

    def _cut_header(self) -> FormatError:
        return FormatError(
            "it ends inside its header, before any sound", offset=self._reader.position
        )

    def _read_signature(self) -> Steps[None]:
        head = yield from self._reader.read_up_to(12)
        if head[:4] in RIFF_IDS and head[8:] == b"WAVE":
            self._riff_size = int.from_bytes(head[4:8], "little")
            return
        if 0 < len(head) < 12 and (head + b"RIFF"[len(head) :])[:4] in RIFF_IDS:
            raise self._cut_header()
        if is_text(head):
            head += yield from self._reader.read_up_to(EXCERPT_BYTES - len(head))
        raise FormatError(describe(head))

    def _begin(self, format_: Format, size: int | None) -> None:
        """Say what was found up to the first sample."""
        if self._format is None:
            frames = None if size is None else size // format_.frame_bytes
            self.events.append(Header(format_, frames))
        elif self._format != format_:
            raise FormatError(
                f"its format changes from {self._format} to {format_}",
                offset=self._reader.position,
            )
        self._format = format_
        self.segments += 1
        self.events.extend(self.text.take_resolved())

    def _read_header(self) -> Steps[tuple[Format, int | None]]:
        """Read up to the first sample: the format, and the size of ``data``."""
        self._kept_bytes = 0
        self._in_trailer = False
        format_ = None
        long_size = None
        while True:
            head = yield from self._reader.read_exact(8)
            chunk_id, size = _chunk_head(head)
            if chunk_id == b"data" and format_ is not None:
                return format_, (yield from self._data_size(size, long_size))
            if chunk_id == b"fmt " and format_ is None:
                format_ = parse_format((yield from self._read_body(size, FORMAT_BYTES)))
            elif chunk_id == b"ds64" and size >= 16:
                # The RIFF's size, then that of data, 64 bits each.
                body = yield from self._read_body(size, 16)
                long_size = int.from_bytes(body[8:], "little")
            elif chunk_id == b"data":
                raise self._fault("its data stands before its fmt chunk")
            elif not _is_chunk_id(chunk_id):
                raise self._fault(f"{chunk_id!r} stands where a chunk should begin")
            else:
                yield from self._read_metadata(chunk_id, size)

    def _data_size(self, size: int, long_size: int | None) -> Steps[int | None]:
        """How many bytes of sound follow; None where only their end tells."""
        if size == 0xFFFFFFFF and long_size is not None:
            size = long_size
            placeholder = size in _DS64_PLACEHOLDERS
        else:
            derived = self._riff_size in _RIFF_PLACEHOLDERS
            placeholder = size in _SIZE_PLACEHOLDERS or (
                derived and size >= _LEAST_PLACEHOLDER
            )
        if size == 0:
            following = yield from self._reader.read_up_to(8)
            self._reader.unread(following)
            placeholder = following != b"" and following[:4] not in _AFTER_NO_SOUND
        return None if placeholder else size

    def _read_samples(self, format_: Format, size: int | None) -> Steps[None]:
        """Give whole frames as they come; what is left of one waits for its rest."""
        reader, frame_bytes = self._reader, format_.frame_bytes
        received = 0
        carried = b""
        while size is None or received < size:
            available = yield from reader.wait()
            if not available or reader.starts_wave():
                break
            if size is not None:
                available = min(available, size - received)
            received += available
            partial = (len(carried) + available) % frame_bytes
            if len(carried) + available >= frame_bytes:
                # No copy where nothing is carried and all is taken.
                data = carried + reader.take(available - partial)
                self.events.append(Samples(data))
                carried = reader.take(partial) if partial else b""
            else:
                carried += reader.take(available)
        self._frames += received // frame_bytes
        self._partial_bytes += len(carried)
        self._missing_bytes += 0 if size is None else size - received

    def _read_trailer(self, size: int | None) -> Steps[bool]:
        """Read what follows the sound; tell whether another WAV does."""
        self._in_trailer = True
        yield from self._reader.wait()
        if size is not None and size % 2 and not self._reader.starts_wave():
            yield from self._reader.skip_up_to(1)
        while head := (yield from self._reader.read_up_to(8)):
            if len(head) < 8 or not _is_chunk_id(head[:4]):
                return (yield from self._drop_trailing(head))
            chunk_id, size = _chunk_head(head)
            if chunk_id == b"RIFF":
                form = yield from self._reader.read_up_to(4)
                self._reader.unread(form)
                if form == b"WAVE":
                    self._reader.unread(head)
                    return True
            try:
                yield from self._read_metadata(chunk_id, size)
            except EndOfBytes:
                self.malformed_chunks += 1
        return False

    def _drop_trailing(self, head: bytes) -> Steps[bool]:
        """Drop what is no chunk, up to a message that is a WAV, or the end."""
        self.trailing_bytes += len(head)
        while available := (yield from self._reader.wait()):
            if self._reader.starts_wave():
                return True
            self.trailing_bytes += len(self._reader.take(available))
        return False

    def _read_metadata(self, chunk_id: bytes, size: int) -> Steps[None]:
        if chunk_id == b"cue ":
            yield from self._read_cues(size)
        elif chunk_id.upper() == b"LIST":
            yield from self._read_list(size)
        else:
            self.skipped_chunks += 1
            yield from self._reader.skip_up_to(size + size % 2)

    def _read_cues(self, size: int) -> Steps[None]:
        if size < 4:
            self.malformed_chunks += 1
            yield from self._read_body(size, 0)
            return
        if not self._may_keep(size):
            self._refuse(f"its cue points take {size} bytes, too many")
            yield from self._read_body(size, 0)
            return
        count = int.from_bytes((yield from self._reader.read_exact(4)), "little")
        if 4 + count * CUE_BYTES > size:
            self._refuse(f"it claims {count} cue points in a chunk of {size} bytes")
            count = 0
        self.text.add_cues((yield from self._read_body(size - 4, count * CUE_BYTES)))

    def _read_list(self, size: int) -> Steps[None]:
        kind = yield from self._reader.read_up_to(min(size, 4))
        if kind == b"adtl" and self._may_keep(size):
            self.text.add_list((yield from self._read_body(size - 4, size - 4)))
            return
        if kind == b"adtl":
            self._refuse(f"its texts take {size} bytes, too many")
        else:
            self.skipped_chunks += 1
        yield from self._reader.skip_up_to(size - len(kind) + size % 2)

    def _read_body(self, size: int, most: int) -> Steps[bytes]:
        """Read the first *most* bytes of a body of *size*; pass over the rest."""
        body = yield from self._reader.read_exact(min(size, most))
        # A pad byte may be missing at the end of a file.
        yield from self._reader.skip_up_to(size - len(body) + size % 2)
        return body

    def _may_keep(self, size: int) -> bool:
        self._kept_bytes += size
        return self._kept_bytes <= MAX_HEADER_BYTES

    def _refuse(self, problem: str) -> None:
        """Damage before the sound is raised, and counted behind it."""
        if not self._in_trailer:
            raise self._fault(problem)
        self.malformed_chunks += 1

    def _fault(self, problem: str) -> FormatError:
        return FormatError(problem, offset=self._reader.position)


def _chunk_head(head: bytes) -> tuple[bytes, int]:
    chunk_id, size = struct.unpack("<4sI", head)
    return chunk_id, size


def _is_chunk_id(chunk_id: bytes) -> bool:
    """Tell whether a chunk may be called so: four printable ASCII characters."""
    return chunk_id.isascii() and chunk_id.decode("ascii").isprintable()
