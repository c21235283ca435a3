"""
WAV headers, with the timed text in them that Resemble's streams carry.

The layout is the provider's own: ``fmt ``, then, if there is timed text,
``cue `` and a list of labelled texts, then the head of ``data``::

    "cue "  size  n  n × (id, 0, "data", 0, 0, sample offset)
    "list"  size  "adtl"  m × ("ltxt" size, cue id, sample length,
                               "grph" | "phon", 4 × 0, UTF-8 text, NUL [, pad])

Sources:
    Resemble's page "Streaming HTTP", section "Timestamps", and a stream
    captured from it; Multimedia Programming Interface and Data
    Specifications 1.0 (1991), chapters 2 and 3, for the rest of RIFF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence

from streamer.audio.format import Encoding, Format, TimedText

__all__ = ["PLACEHOLDER_BYTES", "wav_file", "wav_header"]

PLACEHOLDER_BYTES = 0xFFFFFFFF
"""Written as the RIFF and data size where the length is not known yet."""

_TAGS = {
    Encoding.PCM_U8: 1,
    Encoding.PCM_16: 1,
    Encoding.PCM_24: 1,
    Encoding.PCM_32: 1,
    Encoding.FLOAT_32: 3,
    Encoding.FLOAT_64: 3,
    Encoding.ALAW: 6,
    Encoding.MULAW: 7,
}
"""Format tags (Microsoft's mmreg.h: PCM, IEEE_FLOAT, ALAW, MULAW)."""

_PURPOSES: Mapping[str, bytes] = {"grapheme": b"grph", "phoneme": b"phon"}


def wav_header(
    format: Format,
    *,
    frames: int | None,
    timed_text: Sequence[TimedText] = (),
    list_id: bytes = b"list",
) -> bytes:
    """
    Build everything that stands before the samples.

    There is one cue for each distinct start in *timed_text*, numbered from 0 in
    order of time; all graphemes stand before all phonemes, each kind in the
    order given. The header's length does not depend on *frames*, so a file
    written with None can be mended in place once its length is known.

    Args:
        format: How the samples will be written; ``fmt `` takes 16 bytes for
            integers and 18 for the others.
        frames: How many will follow; None writes :data:`PLACEHOLDER_BYTES` as
            both sizes. Where their bytes are odd in number, one zero byte is
            to follow them; the RIFF size counts it.
        timed_text: The spoken text with its times; a NUL in a text would end
            it, so it is written as U+FFFD.
        list_id: ``b"list"``, as Resemble writes it, or the standard ``b"LIST"``.

    Raises:
        ValueError: If a size, position or length does not fit 32 bits.
    """
    chunks = _chunk(b"fmt ", _format_body(format))
    if timed_text:
        ids = {
            frame: cue
            for cue, frame in enumerate(sorted({t.frame for t in timed_text}))
        }
        chunks += _chunk(b"cue ", _cue_body(ids))
        chunks += _chunk(list_id, b"adtl" + b"".join(_labels(timed_text, ids)))
    riff_size, data_size = _sizes(format, frames, len(chunks))
    riff = struct.pack("<4sI4s", b"RIFF", riff_size, b"WAVE")
    return riff + chunks + struct.pack("<4sI", b"data", data_size)


def wav_file(
    format: Format,
    data: bytes,
    *,
    timed_text: Sequence[TimedText] = (),
    list_id: bytes = b"list",
) -> bytes:
    """
    Build a whole WAV: the header, *data*, and its pad byte.

    Args:
        format: How *data* is written.
        data: Whole frames.
        timed_text: As for :func:`wav_header`.
        list_id: As for :func:`wav_header`.

    Raises:
        ValueError: If *data* is not whole frames, or as :func:`wav_header`.
    """
    frames, partial_bytes = divmod(len(data), format.frame_bytes)
    if partial_bytes:
        raise ValueError(
            f"{len(data)} bytes are not whole frames of {format.frame_bytes} bytes"
        )
    header = wav_header(format, frames=frames, timed_text=timed_text, list_id=list_id)
    return header + data + bytes(len(data) % 2)


def _sizes(format: Format, frames: int | None, chunks_bytes: int) -> tuple[int, int]:
    if frames is None:
        return PLACEHOLDER_BYTES, PLACEHOLDER_BYTES
    data_size = frames * format.frame_bytes
    riff_size = len(b"WAVE") + chunks_bytes + 8 + data_size + data_size % 2
    if riff_size >= PLACEHOLDER_BYTES:
        raise ValueError(f"{frames} frames are more than a WAV can say; pass None")
    return riff_size, data_size


def _chunk(chunk_id: bytes, body: bytes) -> bytes:
    """One RIFF chunk; a body of odd size is followed by a pad byte."""
    return struct.pack("<4sI", chunk_id, len(body)) + body + bytes(len(body) % 2)


def _format_body(format: Format) -> bytes:
    tag = _TAGS[format.encoding]
    body = struct.pack(
        "<HHIIHH",
        tag,
        format.channels,
        format.rate,
        format.rate * format.frame_bytes,
        format.frame_bytes,
        8 * format.encoding.size_bytes,
    )
    # "cbSize" is there for everything that is not PCM; it is 0 for these tags.
    return body if tag == 1 else body + bytes(2)


def _cue_body(ids: Mapping[int, int]) -> bytes:
    """The cue points; *ids* maps starts in frames, ascending, to cue ids."""
    points = b"".join(
        struct.pack("<II4sIII", cue, 0, b"data", 0, 0, _u32(frame))
        for frame, cue in ids.items()
    )
    return struct.pack("<I", len(ids)) + points


def _labels(timed_text: Iterable[TimedText], ids: Mapping[int, int]) -> Iterator[bytes]:
    # sorted() is stable: each kind stays in the order given.
    for entry in sorted(timed_text, key=lambda entry: entry.kind == "phoneme"):
        text = entry.text.replace("\0", "\ufffd").encode("utf-8", "replace")
        fixed = struct.pack(
            "<II4s8x", ids[entry.frame], _u32(entry.frames), _PURPOSES[entry.kind]
        )
        yield _chunk(b"ltxt", fixed + text + b"\0")


def _u32(value: int) -> int:
    if not 0 <= value < 2**32:
        raise ValueError(f"{value} frames do not fit the 32 bits of a cue")
    return value
