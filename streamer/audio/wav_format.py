"""
The ``fmt `` chunk.

Sources:
    Multimedia Programming Interface and Data Specifications 1.0 (1991),
    chapter 3; Microsoft's ``WAVEFORMATEXTENSIBLE`` and mmreg.h.
"""

from __future__ import annotations

import struct

from streamer.audio.format import Encoding, Format
from streamer.errors import FormatError

__all__ = ["FORMAT_BYTES", "MAX_CHANNELS", "MAX_RATE", "MIN_RATE", "parse_format"]

FORMAT_BYTES = 40
"""As much of the chunk as is read: all of WAVEFORMATEXTENSIBLE."""

MAX_CHANNELS = 32
"""More are taken for damage; PortAudio's own devices stop far below."""

MIN_RATE = 1_000
"""In Hz; no voice is slower, and resampling a slower one would take memory."""

MAX_RATE = 768_000
"""In Hz; the fastest converters on sale."""

_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE

# KSDATAFORMAT_SUBTYPE_*: the tag, then the rest of {…-0000-0010-8000-00AA00389B71}.
_SUBTYPE_TAIL = bytes.fromhex("000000001000800000aa00389b71")

_PCM_ENCODINGS = {
    1: Encoding.PCM_U8,
    2: Encoding.PCM_16,
    3: Encoding.PCM_24,
    4: Encoding.PCM_32,
}
_FLOAT_ENCODINGS = {4: Encoding.FLOAT_32, 8: Encoding.FLOAT_64}

_CODECS = {
    0x02: "Microsoft ADPCM",
    0x11: "IMA ADPCM",
    0x31: "GSM 6.10",
    0x50: "MPEG audio",
    0x55: "MP3",
    0xFF: "AAC",
}


def parse_format(body: bytes) -> Format:
    """
    Read the body of a ``fmt `` chunk, or its first :data:`FORMAT_BYTES`.

    Samples of PCM whose bits don't fill their bytes stand at the upper end of
    them ("left-justified"), so they are read like full ones.

    Raises:
        FormatError: If it is too short, contradicts itself or says something
            that streamer cannot play.
    """
    if len(body) < 16:
        raise FormatError(f"its fmt chunk has {len(body)} bytes, not at least 16")
    tag, channels, rate, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", body)
    if not 1 <= channels <= MAX_CHANNELS:
        raise FormatError(f"it has {channels} channels, not 1 to {MAX_CHANNELS}")
    if not MIN_RATE <= rate <= MAX_RATE:
        raise FormatError(f"its rate is {rate} Hz, not {MIN_RATE} to {MAX_RATE}")
    if tag == _EXTENSIBLE:
        tag = _sub_format(body)
    format_ = Format(_encoding(tag, bits), rate, channels)
    if frame_bytes != format_.frame_bytes:
        raise FormatError(
            f"its frames are said to have {frame_bytes} bytes, where {channels} "
            f"channels of {format_.encoding.value} have {format_.frame_bytes}"
        )
    return format_


def _sub_format(body: bytes) -> int:
    """The tag that stands in an extensible format's sub-format."""
    if len(body) < FORMAT_BYTES:
        raise FormatError(
            f"its extensible fmt chunk has {len(body)} bytes, not {FORMAT_BYTES}"
        )
    if body[26:40] != _SUBTYPE_TAIL:
        raise FormatError(f"its sub-format {body[24:40].hex()} is unknown")
    return int.from_bytes(body[24:26], "little")


def _encoding(tag: int, bits: int) -> Encoding:
    # Both laws have 8 bits whatever the field says; the frame's size is checked.
    laws = {_ALAW: Encoding.ALAW, _MULAW: Encoding.MULAW}
    if tag in laws:
        return laws[tag]
    sizes = {_PCM: _PCM_ENCODINGS, _FLOAT: _FLOAT_ENCODINGS}.get(tag)
    if sizes is None:
        name = _CODECS.get(tag, f"format {tag:#06x}")
        raise FormatError(f"its samples are {name}, which needs a codec; ask for PCM")
    encoding = sizes.get((bits + 7) // 8)
    if encoding is None:
        kind = "integer" if tag == _PCM else "float"
        raise FormatError(f"its {kind} samples have {bits} bits")
    return encoding
