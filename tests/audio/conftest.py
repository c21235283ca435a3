"""Parsing one WAV in every way that its bytes can be split."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pytest

from streamer.audio import (
    End,
    Event,
    Header,
    Samples,
    TimedText,
    TimedTexts,
    WavParser,
)
from streamer.audio.wav import WavStatistics
from streamer.errors import FormatError
from tests.examples import stride

LONG = 500
"""Bytes of a WAV that is split in so many ways that it takes a while."""


@dataclass(frozen=True)
class Parsed:
    events: list[Event | TimedText]
    statistics: WavStatistics
    problem: str | None
    offset: int | None

    @property
    def header(self) -> Header:
        [header] = [event for event in self.events if isinstance(event, Header)]
        return header

    @property
    def sound(self) -> bytes:
        return b"".join(e.data for e in self.events if isinstance(e, Samples))

    @property
    def texts(self) -> list[TimedText]:
        return [event for event in self.events if isinstance(event, TimedText)]

    @property
    def end(self) -> End:
        assert isinstance(self.events[-1], End)
        return self.events[-1]


def merged(events: Iterable[Event]) -> Iterator[Event | TimedText]:
    """Join consecutive samples: their sizes are all that may differ; list all texts."""
    held = b""
    for event in events:
        if isinstance(event, Samples):
            assert event.data
            held += event.data
            continue
        if held:
            yield Samples(held)
        held = b""
        if isinstance(event, TimedTexts):
            assert event
            yield from event
        else:
            yield event
    if held:
        yield Samples(held)


def parse_pieces(pieces: Iterable[bytes]) -> Parsed:
    """Parse, pulling events after each piece, as a source does."""
    parser = WavParser()
    events: list[Event] = []
    problem = offset = None
    try:
        for piece in pieces:
            parser.receive_data(piece)
            events += parser.events()
        parser.receive_eof()
    except FormatError as raised:
        problem, offset = raised.problem, raised.offset
    events += parser.events()
    return Parsed(list(merged(events)), parser.statistics, problem, offset)


def parse_every_way(data: bytes) -> Parsed:
    """Parse whole, split once at every byte, and byte by byte: all are equal."""
    whole = parse_pieces([data])
    # A quick run leaves out splits of what is long; byte by byte has them all.
    for at in range(0, len(data) + 1, 1 if len(data) < LONG else stride(7)):
        assert parse_pieces([data[:at], data[at:]]) == whole, f"split at {at}"
    assert parse_pieces(bytes([byte]) for byte in data) == whole
    return whole


@pytest.fixture(scope="session")
def parse() -> Callable[[bytes], Parsed]:
    return parse_every_way


@pytest.fixture(scope="session")
def parse_split() -> Callable[[Iterable[bytes]], Parsed]:
    return parse_pieces


def make_chunk(chunk_id: bytes, body: bytes, size: int | None = None) -> bytes:
    said = len(body) if size is None else size
    return struct.pack("<4sI", chunk_id, said) + body + bytes(len(body) % 2)


@pytest.fixture(scope="session")
def chunk() -> Callable[..., bytes]:
    """Build one RIFF chunk with its pad byte; *size* may lie."""
    return make_chunk


@pytest.fixture(scope="session")
def fmt() -> Callable[..., bytes]:
    """Build a ``fmt `` chunk's 16 bytes of body."""

    def build(tag=1, channels=1, rate=8_000, frame_bytes=2, bits=16) -> bytes:
        byte_rate = rate * frame_bytes % 2**32
        return struct.pack("<HHIIHH", tag, channels, rate, byte_rate, frame_bytes, bits)

    return build


@pytest.fixture(scope="session")
def wav(fmt) -> Callable[..., bytes]:
    """Build a 16-bit mono WAV from chunks; sizes may be placeholders."""

    def build(
        *before: bytes, data=b"", size=None, after=b"", riff=None, head=b"RIFF"
    ) -> bytes:
        body = b"WAVE" + make_chunk(b"fmt ", fmt()) + b"".join(before)
        body += make_chunk(b"data", data, size) + after
        return struct.pack("<4sI", head, len(body) if riff is None else riff) + body

    return build


def make_cues(*offsets: int, first: int = 0, claimed: int | None = None) -> bytes:
    count = len(offsets) if claimed is None else claimed
    return struct.pack("<I", count) + b"".join(
        struct.pack("<II4sIII", cue, 0, b"data", 0, 0, offset)
        for cue, offset in enumerate(offsets, first)
    )


def make_ltxt(cue: int, length: int, text: bytes, purpose: bytes = b"phon") -> bytes:
    body = struct.pack("<II4s8x", cue, length, purpose) + text
    return struct.pack("<4sI", b"ltxt", len(body)) + body + bytes(len(body) % 2)


@pytest.fixture(scope="session")
def cues() -> Callable[..., bytes]:
    """Build the body of a ``cue `` chunk; *claimed* may lie."""
    return make_cues


@pytest.fixture(scope="session")
def ltxt() -> Callable[..., bytes]:
    """Build one labelled text with its pad byte."""
    return make_ltxt
