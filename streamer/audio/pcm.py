"""
Samples as they are written, to and from ``float32``.

Integers of *n* bits scale by ``2**-(n - 1)``, an exact power of two: the most
negative code is -1.0 and the most positive one is a step below +1.0, the full
scale that PortAudio expects of ``float32``.

Sources:
    Byte order and sign of PCM: Multimedia Programming Interface and Data
    Specifications 1.0 (1991), chapter 3. µ-law and A-law: ITU-T G.711 (11/88),
    tables 1 and 2. µ-law is given there over 14 bits and A-law over 13.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from streamer.audio.format import Encoding, Format

__all__ = ["Buffer", "Float32", "decode", "decoder_of", "encode"]

Buffer = bytes | bytearray | memoryview
"""What bytes may come in; ``collections.abc.Buffer`` needs Python 3.12."""

Float32 = npt.NDArray[np.float32]
"""Sound: shape ``(frames, channels)``, full scale 1.0."""

_Integers = npt.NDArray[np.signedinteger[Any]]
_MAGNITUDE = 0x7F
_SIGN = 0x80


def decode(data: Buffer, format: Format) -> Float32:
    """
    Decode whole frames.

    The result is new memory that belongs to the caller, so *data* may be
    reused at once. Integers of up to 24 bits and both companding laws are
    exact; PCM_32 and FLOAT_64 round to the nearest ``float32``; FLOAT_32 keeps
    its bits, whatever they are (beyond full scale, infinite, not a number).

    Args:
        data: Interleaved samples as *format* says; C-contiguous.
        format: How they are written.

    Returns:
        Shape ``(frames, channels)``, C-contiguous; in [-1.0, +1.0] for all
        encodings but the two floats.

    Raises:
        ValueError: If the length is not a multiple of the frame's size.
    """
    return decoder_of(format)(data)


def decoder_of(format: Format) -> Callable[[Buffer], Float32]:
    """
    Return :func:`decode` for one format.

    For a stream in small chunks: what the format says is looked up once.
    """
    convert = _DECODERS[format.encoding]
    frame_bytes, channels = format.frame_bytes, format.channels

    def decode_these(data: Buffer) -> Float32:
        raw = np.frombuffer(data, np.uint8)
        if raw.size % frame_bytes:
            raise ValueError(
                f"{raw.size} bytes are not whole frames of {frame_bytes} bytes"
            )
        return convert(raw).reshape(-1, channels)

    return decode_these


def encode(frames: npt.NDArray[np.floating[Any]], encoding: Encoding) -> bytes:
    """
    Encode sound; the inverse of :func:`decode`.

    Integers round to the nearest code, halves to even, and are clipped at full
    scale; the laws take the interval that G.711 gives, the upper one on its
    edge; not-a-number becomes silence. FLOAT_32 and FLOAT_64 are written as
    they are. ``encode(decode(x))`` is *x*, except that PCM_32 keeps 24 bits of
    precision and µ-law's negative zero becomes zero.

    Args:
        frames: Shape ``(frames, channels)`` or ``(frames,)`` for mono, float32
            or float64, full scale 1.0; not changed.
        encoding: How each sample is to be written.

    Returns:
        The samples, interleaved.
    """
    if encoding is Encoding.FLOAT_32:
        with np.errstate(over="ignore"):
            return frames.astype("<f4").tobytes()
    exact = frames.astype(np.float64)
    if encoding is Encoding.FLOAT_64:
        return exact.astype("<f8").tobytes()
    exact[np.isnan(exact)] = 0.0
    return _ENCODERS[encoding](exact).tobytes()


# Made once: numpy reads a type's name, and wraps a number, anew in each call.
_INT16, _INT32 = np.dtype("<i2"), np.dtype("<i4")
_STEP_16, _STEP_32 = (np.array(2.0 ** -(bits - 1), np.float32) for bits in (16, 32))


def _scaled(codes: npt.NDArray[Any]) -> Float32:
    frames = codes.astype(np.float32)
    frames *= _STEP_32
    return frames


def _decode_u8(raw: npt.NDArray[np.uint8]) -> Float32:
    return _U8.take(raw)


def _decode_16(raw: npt.NDArray[np.uint8]) -> Float32:
    frames = raw.view(_INT16).astype(np.float32)
    frames *= _STEP_16
    return frames


def _decode_24(raw: npt.NDArray[np.uint8]) -> Float32:
    # Four bytes are read for each three; the shift drops the fourth and puts
    # the sign where a 32-bit integer has it. The last sample has no fourth.
    # (Copying byte by byte into a wider array takes twelve times as long.)
    wide = np.zeros(raw.size // 3, np.int32)
    if wide.size:
        overlapping = np.ndarray((wide.size - 1,), "<i4", raw.data, strides=(3,))
        np.left_shift(overlapping, 8, out=wide[:-1])
        wide[-1] = int.from_bytes(raw[-3:].tobytes(), "little", signed=True) << 8
    return _scaled(wide)


def _decode_32(raw: npt.NDArray[np.uint8]) -> Float32:
    return _scaled(raw.view(_INT32))


def _decode_f32(raw: npt.NDArray[np.uint8]) -> Float32:
    return raw.view("<f4").astype(np.float32)


def _decode_f64(raw: npt.NDArray[np.uint8]) -> Float32:
    with np.errstate(over="ignore", invalid="ignore"):
        return raw.view("<f8").astype(np.float32)


def _decode_mulaw(raw: npt.NDArray[np.uint8]) -> Float32:
    return _MULAW.take(raw)


def _decode_alaw(raw: npt.NDArray[np.uint8]) -> Float32:
    return _ALAW.take(raw)


def _mulaw_levels() -> _Integers:
    """Magnitudes of codes 0 to 127 in steps of 2**-13 (G.711 table 2, column 8)."""
    segment, step = np.divmod(np.arange(128), 16)
    return ((2 * step + 33) << segment) - 33


def _mulaw_edges() -> _Integers:
    """Where each of those intervals begins (G.711 table 2, column 3)."""
    segment, step = np.divmod(np.arange(128), 16)
    edges: _Integers = np.maximum(((step + 16) << (segment + 1)) - 33, 0)
    return edges


def _alaw_levels() -> _Integers:
    """Magnitudes of codes 0 to 127 in steps of 2**-12 (G.711 table 1, column 8)."""
    segment, step = np.divmod(np.arange(128), 16)
    bent = (2 * step + 33) << np.maximum(segment - 1, 0)
    return np.where(segment == 0, 2 * step + 1, bent)


def _alaw_edges() -> _Integers:
    """Where each of those intervals begins (G.711 table 1, column 3)."""
    segment, step = np.divmod(np.arange(128), 16)
    bent = (2 * step + 32) << np.maximum(segment - 1, 0)
    return np.where(segment == 0, 2 * step, bent)


def _law_table(levels: _Integers, flip: int, bits: int) -> Float32:
    """The value of each of 256 codes; *flip* are the bits sent inverted."""
    codes = np.arange(256) ^ flip
    magnitude = levels[codes & _MAGNITUDE] * 2.0 ** -(bits - 1)
    # After *flip*, the sign bit is set where the value is negative.
    signed = np.where(codes & _SIGN, -magnitude, magnitude)
    table: Float32 = (signed + 0.0).astype(np.float32)  # + 0.0: no negative zero
    return table


# "[...] all character signals have their even bits inverted" (G.711 3.2,
# A-law); µ-law inverts every bit. Both send 1 for a positive sign.
_MULAW_FLIP = 0xFF
_ALAW_FLIP = 0xD5
_MULAW = _law_table(_mulaw_levels(), _MULAW_FLIP, 14)
_ALAW = _law_table(_alaw_levels(), _ALAW_FLIP, 13)
_U8 = ((np.arange(256) - 128) / 128).astype(np.float32)

_Decoder = Callable[[npt.NDArray[np.uint8]], Float32]
_DECODERS: dict[Encoding, _Decoder] = {
    Encoding.PCM_U8: _decode_u8,
    Encoding.PCM_16: _decode_16,
    Encoding.PCM_24: _decode_24,
    Encoding.PCM_32: _decode_32,
    Encoding.FLOAT_32: _decode_f32,
    Encoding.FLOAT_64: _decode_f64,
    Encoding.MULAW: _decode_mulaw,
    Encoding.ALAW: _decode_alaw,
}


def _quantised(exact: npt.NDArray[np.float64], bits: int) -> npt.NDArray[np.float64]:
    full = 2.0 ** (bits - 1)
    return np.clip(np.rint(exact * full), -full, full - 1)


def _encode_u8(exact: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return (_quantised(exact, 8) + 128).astype(np.uint8)


def _encode_16(exact: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return _quantised(exact, 16).astype("<i2")


def _encode_24(exact: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    wide = np.ascontiguousarray(_quantised(exact, 24).astype("<i4"))
    return wide.reshape(-1, 1).view(np.uint8)[:, :3]


def _encode_32(exact: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return _quantised(exact, 32).astype("<i4")


def _law_codes(
    exact: npt.NDArray[np.float64],
    edges: _Integers,
    flip: int,
    bits: int,
) -> npt.NDArray[np.uint8]:
    magnitude = np.abs(exact) * 2.0 ** (bits - 1)
    interval = np.searchsorted(edges, magnitude, side="right") - 1
    sign = np.where(exact < 0, _SIGN, 0)
    return ((interval | sign) ^ flip).astype(np.uint8)


def _encode_mulaw(exact: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return _law_codes(exact, _mulaw_edges(), _MULAW_FLIP, 14)


def _encode_alaw(exact: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    return _law_codes(exact, _alaw_edges(), _ALAW_FLIP, 13)


_Encoder = Callable[[npt.NDArray[np.float64]], npt.NDArray[Any]]
_ENCODERS: dict[Encoding, _Encoder] = {
    Encoding.PCM_U8: _encode_u8,
    Encoding.PCM_16: _encode_16,
    Encoding.PCM_24: _encode_24,
    Encoding.PCM_32: _encode_32,
    Encoding.MULAW: _encode_mulaw,
    Encoding.ALAW: _encode_alaw,
}
