"""Against a slow reference that shares nothing with what it checks."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from streamer.audio import Encoding, Format, decode, encode

INTEGERS = {
    Encoding.PCM_U8: 8,
    Encoding.PCM_16: 16,
    Encoding.PCM_24: 24,
    Encoding.PCM_32: 32,
}
ALL_CODES = bytes(range(256))


def mono(encoding: Encoding) -> Format:
    return Format(encoding, 8_000, 1)


def decoded(data: bytes, encoding: Encoding) -> list[float]:
    frames = decode(data, mono(encoding))
    assert frames.dtype == np.float32
    assert frames.shape == (len(data) // encoding.size_bytes, 1)
    return frames[:, 0].tolist()


def float32(value: float) -> float:
    return struct.unpack("<f", struct.pack("<f", value))[0]


def integer_reference(data: bytes, bits: int) -> list[float]:
    size = bits // 8
    codes = [
        int.from_bytes(data[at : at + size], "little", signed=bits > 8)
        for at in range(0, len(data), size)
    ]
    bias = 128 if bits == 8 else 0
    return [float32((code - bias) / 2 ** (bits - 1)) for code in codes]


def mulaw_reference(code: int) -> int:
    """
    G.711 table 2, by its own words, over 14 bits.

    Eight segments of 16 intervals, twice as wide from one to the next; each
    value is the middle of its interval, and the first interval gives 0.
    """
    inverted = 255 - code
    segment, step = inverted % 128 // 16, inverted % 16
    start = sum(16 * 2 * 2**s for s in range(segment)) - 1
    width = 2 * 2**segment
    value = start + step * width + width // 2
    return -value if inverted >= 128 else value


def alaw_reference(code: int) -> int:
    """
    G.711 table 1, over 13 bits: the two first segments are equally wide.

    "Even bits inverted": those that count 1, 4, 16 and 64 from the last.
    """
    plain = code ^ (1 + 4 + 16 + 64)
    segment, step = plain % 128 // 16, plain % 16
    widths = [2, 2, 4, 8, 16, 32, 64, 128]
    start = sum(16 * width for width in widths[:segment])
    value = start + step * widths[segment] + widths[segment] // 2
    return value if plain >= 128 else -value


LAWS = {
    Encoding.MULAW: (mulaw_reference, 2**13),
    Encoding.ALAW: (alaw_reference, 2**12),
}


class TestDecode:
    @pytest.mark.parametrize(("encoding", "bits"), INTEGERS.items())
    def test_integers_at_random_and_at_their_edges(self, encoding, bits):
        size = bits // 8
        edges = [0, 1, 2 ** (bits - 1) - 1, 2 ** (bits - 1), 2**bits - 1, 2**bits - 2]
        data = b"".join(edge.to_bytes(size, "little") for edge in edges)
        data += np.random.default_rng(bits).bytes(size * 5_000)

        assert decoded(data, encoding) == integer_reference(data, bits)

    def test_every_8_bit_code(self):
        assert decoded(ALL_CODES, Encoding.PCM_U8) == integer_reference(ALL_CODES, 8)

    def test_every_16_bit_code(self):
        data = np.arange(2**16, dtype="<u2").tobytes()

        assert decoded(data, Encoding.PCM_16) == integer_reference(data, 16)

    @pytest.mark.parametrize(("encoding", "law"), LAWS.items())
    def test_every_code_of_a_law(self, encoding, law):
        reference, full = law

        assert decoded(ALL_CODES, encoding) == [reference(c) / full for c in range(256)]

    def test_the_laws_as_printed(self):
        """Rows of G.711's tables: the largest, the smallest, and one between."""
        mulaw = [value * 2**13 for value in decoded(ALL_CODES, Encoding.MULAW)]
        alaw = [value * 2**12 for value in decoded(ALL_CODES, Encoding.ALAW)]

        assert [mulaw[0x80], mulaw[0x00], mulaw[0xFF], mulaw[0x8F]] == [
            *(8031, -8031, 0, 4191),
        ]
        assert [alaw[0xAA], alaw[0x2A], alaw[0xD5], alaw[0x55]] == [
            *(4032, -4032, 1, -1),
        ]

    def test_silence_has_no_sign(self):
        assert math.copysign(1, decoded(b"\x7f", Encoding.MULAW)[0]) == 1

    def test_float32_keeps_its_bits(self):
        """Also beyond full scale, denormal, infinite, and not a number."""
        codes = [0x3F800001, 0x42C80000, 0x00000001, 0x80000000, 0x7F800000, 0x7FC00123]
        data = struct.pack("<6I", *codes)

        assert decode(data, mono(Encoding.FLOAT_32)).tobytes() == data

    def test_float64_rounds(self):
        values = [0.1, -1 / 3, 1e-60, 1.0, math.inf]
        data = struct.pack("<6d", *values, 1e300)

        assert decoded(data, Encoding.FLOAT_64) == [*map(float32, values), math.inf]

    @pytest.mark.parametrize("encoding", Encoding)
    def test_channels_are_interleaved(self, encoding):
        data = np.random.default_rng(7).bytes(6 * 8 * encoding.size_bytes)
        one = decode(data, mono(encoding))
        six = decode(data, Format(encoding, 8_000, 6))

        assert six.shape == (8, 6)
        assert six.flags.c_contiguous
        assert six.tobytes() == one.tobytes()

    @pytest.mark.parametrize("encoding", Encoding)
    def test_nothing(self, encoding):
        assert decode(b"", Format(encoding, 8_000, 2)).shape == (0, 2)

    @pytest.mark.parametrize("encoding", Encoding)
    def test_the_result_belongs_to_the_caller(self, encoding):
        data = bytearray(encode(np.full((9, 1), 0.5, np.float32), encoding))
        frames = decode(data, mono(encoding))
        before = frames.copy()
        data[:] = bytes(len(data))
        assert np.array_equal(frames, before)
        frames[0] = 0.25  # it can be written to

        assert frames[0, 0] == 0.25

    def test_bytes_at_any_address(self):
        """A slice of a buffer may begin at an odd address."""
        data = b"\0" + struct.pack("<3h", 1, -2, 3)

        assert decode(memoryview(data)[1:], mono(Encoding.PCM_16))[:, 0].tolist() == [
            *(1 / 32768, -2 / 32768, 3 / 32768),
        ]

    @pytest.mark.parametrize(("channels", "size"), [(1, 3), (2, 2)])
    def test_part_of_a_frame_is_refused(self, channels, size):
        with pytest.raises(ValueError, match="are not whole frames"):
            decode(bytes(size), Format(Encoding.PCM_16, 8_000, channels))


class TestEncode:
    @pytest.mark.parametrize("encoding", Encoding)
    def test_what_was_decoded_is_encoded_as_it_was(self, encoding):
        """Every code of up to 16 bits; PCM_32 keeps 24, µ-law one silence."""
        codes = np.arange(2**16, dtype="<u2").tobytes() * 3
        data = codes[: len(codes) // 24 * 24]
        if encoding is Encoding.PCM_32:
            data = bytes(0 if at % 4 == 0 else byte for at, byte in enumerate(data))
        if encoding is Encoding.FLOAT_64:
            values = np.random.default_rng(5).normal(size=999).astype(np.float32)
            data = values.astype("<f8").tobytes()
        expected = (
            data.replace(b"\x7f", b"\xff") if encoding is Encoding.MULAW else data
        )

        assert encode(decode(data, mono(encoding)), encoding) == expected

    @pytest.mark.parametrize(("encoding", "bits"), INTEGERS.items())
    def test_integers_round_halves_to_even_and_are_clipped(self, encoding, bits):
        step = 2.0 ** -(bits - 1)
        halves = [0.5, 1.5, -0.5, -1.5, -2.5, 1.25]
        beyond = [1.0, 2.0, math.inf, -1.0, -2.0, -math.inf, math.nan]
        data = encode(np.array([*(h * step for h in halves), *beyond]), encoding)

        full = 2 ** (bits - 1)
        codes = [0, 2, 0, -2, -2, 1, *[full - 1] * 3, *[-full] * 3, 0]
        bias = 128 if bits == 8 else 0
        assert data == b"".join(
            (code + bias).to_bytes(bits // 8, "little", signed=bits > 8)
            for code in codes
        )

    @pytest.mark.parametrize(("encoding", "law"), LAWS.items())
    @given(value=st.floats(-1.5, 1.5))
    @settings(deadline=None)
    def test_a_law_takes_the_interval_that_the_value_is_in(self, encoding, law, value):
        """The code's value is the nearest, or an edge of segments is between."""
        reference, full = law
        [code] = encode(np.array([value]), encoding)
        got = reference(code)
        same_sign = [reference(c) for c in range(256) if (c ^ code) < 128]
        ordered = sorted(abs(other) for other in same_sign)
        at = ordered.index(abs(got))
        magnitude = abs(value) * full

        assert (got <= 0) if value < 0 else (got >= 0)
        if at < 127:
            assert magnitude <= (ordered[at] + ordered[at + 1]) / 2
        if at > 0:
            below = (ordered[at - 1] + ordered[at]) / 2
            assert magnitude >= below - (ordered[at] - ordered[at - 1]) / 6

    @pytest.mark.parametrize("encoding", LAWS)
    def test_a_law_clips_and_takes_no_number_for_silence(self, encoding):
        loudest = encode(np.array([0.999, -0.999, 0.0]), encoding)
        beyond = encode(np.array([math.inf, -2.0, math.nan]), encoding)

        assert beyond == loudest

    @pytest.mark.parametrize("encoding", [Encoding.FLOAT_32, Encoding.FLOAT_64])
    def test_floats_are_written_as_they_are(self, encoding):
        code = "<4f" if encoding is Encoding.FLOAT_32 else "<4d"
        frames = np.array([[0.1, -2.0], [math.inf, 1.0]], np.float32)

        assert encode(frames, encoding) == struct.pack(code, *frames.ravel().tolist())

    def test_doubles_too_large_for_float32_become_infinite(self):
        data = encode(np.array([1e300]), Encoding.FLOAT_32)

        assert struct.unpack("<f", data) == (math.inf,)

    @pytest.mark.parametrize("encoding", Encoding)
    def test_what_is_given_is_not_changed(self, encoding):
        frames = np.array([[math.nan, 2.0]])
        encode(frames, encoding)

        assert np.isnan(frames[0, 0])
        assert frames[0, 1] == 2.0

    @pytest.mark.parametrize("encoding", Encoding)
    def test_strided_frames_are_interleaved(self, encoding):
        both = np.random.default_rng(3).uniform(-1, 1, (50, 4)).astype(np.float32)

        assert encode(both[::2, ::2], encoding) == encode(
            np.ascontiguousarray(both[::2, ::2]), encoding
        )
