"""WAVs made of their parts, and how long one is."""

from __future__ import annotations

import struct
from pathlib import Path

from streamer.audio import WavParser


def frames_in(path: Path) -> int:
    """How many frames a closed file holds; its header says the same."""
    parser = WavParser()
    parser.receive_data(path.read_bytes())
    parser.receive_eof()
    events = parser.events()
    assert events[0].frames == events[-1].frames, "the sizes were not written"
    return events[-1].frames


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if size is None else size) + body


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return chunk(b"RIFF", body)


def fmt(channels: int) -> bytes:
    return chunk(
        b"fmt ", struct.pack("<HHIIHH", 1, channels, 8000, 16000, 2 * channels, 16)
    )
