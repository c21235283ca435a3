"""Compressed bytes in, sound out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from streamer.audio import (
    Converter,
    Encoding,
    End,
    Event,
    Float32,
    Format,
    Header,
    Samples,
)
from streamer.audio.byte_reader import Steps
from streamer.audio.sniff import Kind
from streamer.codecs.flac import walk_flac
from streamer.codecs.items import Begin, Found, Packet, Walker
from streamer.codecs.libav import PacketDecoder, Sound, make_parser
from streamer.codecs.mpeg import walk_mpeg, walk_tagged
from streamer.codecs.ogg import walk_ogg
from streamer.codecs.pull import PullDemuxer
from streamer.errors import FormatError

__all__ = ["CompressedDecoder"]


class Demuxer(Protocol):
    """Bytes in, items out; see :class:`Walker` and :class:`PullDemuxer`."""

    found: Found

    async def receive_data(self, data: bytes) -> None:
        """Take bytes."""
        ...

    async def receive_eof(self) -> None:
        """Take the end."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


def _make_demuxer(kind: Kind) -> Demuxer:
    if kind in {Kind.MP4, Kind.WEBM}:
        return PullDemuxer(kind)
    walks: dict[Kind, Callable[..., Steps[None]]] = {
        Kind.OGG: walk_ogg,
        Kind.FLAC: walk_flac,
        Kind.MP3: partial(walk_mpeg, codec="mp3", parse=make_parser("mp3")),
        Kind.AAC: partial(walk_mpeg, codec="aac", parse=make_parser("aac")),
    }
    walks[Kind.TAGGED] = partial(walk_tagged, walks=dict(walks))
    return Walker(walks[kind])


class CompressedDecoder:
    """
    Push bytes, then pull events until there are none.

    Events are those of a WAV: one Header, Samples in FLOAT_32, one End. Their
    sound doesn't depend on how the bytes were split. What is held here is
    compressed, and no more than was pushed; :meth:`events` decodes
    :data:`SLICE` seconds at once, so that a small piece that unfolds to hours
    of silence takes neither memory nor the event loop.

    Padding that the encoder added is left out as libavformat and libavcodec
    leave it out: what LAME's tag names, Opus' pre-skip, what lies beyond the
    granule position of Ogg's last page, an MP4's and a WebM's own.

    Damage inside the stream is left out and counted; damage that nothing
    follows is an end that was cut off. Where the rate or the channels change
    on the way, the sound is converted to those it began with.

    Args:
        kind: What the bytes are.
    """

    SLICE = 0.25
    """Seconds that one call of :meth:`events` decodes, and a packet at the most."""

    def __init__(self, kind: Kind) -> None:
        self.codec = kind.label.lower()
        """The codec's name, once it is known: mp3, aac, flac, vorbis, opus."""
        self._kind = kind
        self._demuxer = _make_demuxer(kind)
        self._segment: _Segment | None = None
        self._line: _Line | None = None
        self._error: FormatError | None = None
        self._expected: tuple[int, int] | None = None
        self._segments = 0
        self._suspect_bytes = 0
        self._damaged_packets = 0
        self._eof = False
        self._over = False

    async def receive_data(self, data: bytes) -> None:
        """
        Take *data*.

        Raises:
            FormatError: It isn't what it seemed; what came before is in
                :meth:`events`.
            UsageError: Too many containers are being read at once.
        """
        await self._demuxer.receive_data(data)

    async def receive_eof(self) -> None:
        """
        Take the end.

        Raises:
            FormatError: It isn't what it seemed, or ends before any sound.
        """
        await self._demuxer.receive_eof()
        self._eof = True

    async def close(self) -> None:
        """Let go of everything; a thread that waits for bytes ends."""
        await self._demuxer.close()

    def events(self) -> list[Event]:
        """
        Return the next events; none where more bytes are needed.

        Raises:
            FormatError: There is no sound in it.
        """
        if self._error is not None:
            raise self._error
        events: list[Event] = []
        pieces: list[Float32] = []
        try:
            self._decode_slice(events, pieces)
        except FormatError as error:
            if not events and not pieces:
                raise
            self._error = error
        if pieces:
            joined = np.concatenate(pieces)
            ends = [event for event in events if isinstance(event, End)]
            begins = [event for event in events if not isinstance(event, End)]
            return [*begins, Samples(joined.tobytes()), *ends]
        return events

    def counts(self) -> dict[str, int]:
        """Return what was left out, by name."""
        found = self._demuxer.found
        return {
            "damaged_packets": self._damaged_packets,
            "trailing_bytes": found.trailing_bytes,
        }

    def _decode_slice(self, events: list[Event], pieces: list[Float32]) -> None:
        items = self._demuxer.found.items
        frames = 0
        while self._line is None or frames < self.SLICE * self._line.format.rate:
            if items:
                item = items.popleft()
                if isinstance(item, Packet):
                    sounds = self._decode(item)
                else:
                    sounds = self._flush()
                    self._begin(item)
            elif self._eof and self._segment is not None:
                sounds = self._flush()
            elif self._eof and not self._over:
                pieces.extend(self._line.rest() if self._line is not None else ())
                events.append(self._end())
                return
            else:
                return
            for sound in sounds:
                if self._line is None:
                    events.append(self._open(sound))
                assert self._line is not None
                piece = self._line.add(sound)
                if len(piece):
                    pieces.append(piece)
                    frames += len(piece)

    def _begin(self, begin: Begin) -> None:
        self._segment = _Segment(begin)
        self.codec = begin.codec
        self._segments += 1
        if self._segments == 1 and begin.frames is not None:
            self._expected = begin.frames, begin.tolerance

    def _decode(self, packet: Packet) -> list[Sound]:
        if self._segment is None:
            raise FormatError(f"its {self._kind.label} has sound before its header")
        try:
            sounds = self._segment.decode(packet)
        except FormatError:
            self._note_damage()
            self._suspect_bytes = len(bytes(packet.data))
            return []
        self._note_damage()
        return sounds

    def _note_damage(self) -> None:
        """Something follows a packet that was damaged: it wasn't just cut off."""
        self._damaged_packets += self._suspect_bytes > 0
        self._suspect_bytes = 0

    def _flush(self) -> list[Sound]:
        segment, self._segment = self._segment, None
        if segment is None:
            return []
        try:
            return segment.flush()
        except FormatError:
            self._damaged_packets += 1
            return []

    def _open(self, sound: Sound) -> Header:
        rate, frames = sound
        self._line = _Line(Format(Encoding.FLOAT_32, rate, frames.shape[1]))
        expected = None if self._expected is None else self._expected[0]
        return Header(self._line.format, expected)

    def _end(self) -> End:
        """
        Raises:
            FormatError: There was nothing.
        """
        self._over = True
        if self._line is None:
            raise FormatError(
                f"it looks like {self._kind.label}, but no sound could be decoded"
            )
        line = self._line
        missing = 0
        if self._expected is not None and self._segments == 1:
            frames, tolerance = self._expected
            if line.frames + tolerance < frames:
                missing = frames - line.frames
        partial = self._suspect_bytes + self._demuxer.found.missing_bytes
        return End(line.frames, missing * line.format.frame_bytes, partial)


class _Segment:
    """One stream of packets: decoded, and without what is no sound."""

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._decoder = PacketDecoder(begin)
        self._at = 0
        self._origin: int | None = None

    def decode(self, packet: Packet) -> list[Sound]:
        """
        Return a packet's sound.

        Raises:
            FormatError: It is damaged.
        """
        sounds = []
        for sound in self._decoder.decode(packet.data):
            sounds += self._trim(sound, packet)
        if packet.end is not None and self._origin is None:
            # A stream that is joined in the middle does not begin at 0.
            self._origin = max(0, packet.end - self._begin.delay - self._at)
        return sounds

    def flush(self) -> list[Sound]:
        """
        Return what the decoder held back; nothing follows.

        Raises:
            FormatError: It is damaged.
        """
        sounds = []
        for sound in self._decoder.decode(None):
            sounds += self._trim(sound, None)
        return sounds

    def _trim(self, sound: Sound, packet: Packet | None) -> list[Sound]:
        rate, frames = sound
        begin, end = self._at, self._at + len(frames)
        self._at = end
        if packet is not None and packet.last_end is not None:
            last = packet.last_end - self._begin.delay - (self._origin or 0)
            frames = frames[: max(0, last - begin)]
        for first, beyond in reversed(self._begin.left_out):  # the places stay
            if first < end and begin < beyond:
                frames = _without(frames, max(0, first - begin), beyond - begin)
        return [(rate, frames)] if len(frames) else []


def _without(frames: Float32, first: int, beyond: int) -> Float32:
    """Return *frames* but for those in [first, beyond)."""
    if first == 0:
        return frames[beyond:]
    return np.concatenate([frames[:first], frames[beyond:]])


class _Line:
    """The sound that comes out, at the rate and channels that it began with."""

    def __init__(self, format: Format) -> None:
        self.format = format
        self.frames = 0
        self._given = format.rate, format.channels
        self._converter: Converter | None = None

    def add(self, sound: Sound) -> Float32:
        """Return *sound* as it comes out."""
        rate, frames = sound
        before: list[Float32] = []
        if (rate, frames.shape[1]) != self._given:
            before = self.rest()
            self._given = rate, frames.shape[1]
            self._converter = None
            if self._given != (self.format.rate, self.format.channels):
                self._converter = Converter(
                    rate=rate,
                    channels=frames.shape[1],
                    output_rate=self.format.rate,
                    output_channels=self.format.channels,
                )
        if self._converter is not None:
            frames = self._converter.convert(frames)
        self.frames += len(frames)
        return np.concatenate([*before, frames]) if before else frames

    def rest(self) -> list[Float32]:
        """Return what a conversion still held back."""
        if self._converter is None:
            return []
        nothing = np.zeros((0, self._given[1]), np.float32)
        left = self._converter.convert(nothing, last=True)
        self.frames += len(left)
        self._converter = None
        return [left]
