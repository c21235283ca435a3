from __future__ import annotations

import pytest

from streamer.audio import Encoding, Format
from streamer.audio.wav_format import parse_format
from streamer.errors import FormatError

TAIL = bytes.fromhex("000000001000800000aa00389b71")


@pytest.mark.parametrize(
    ("tag", "bits", "frame_bytes", "encoding"),
    [
        (1, 8, 1, Encoding.PCM_U8),
        (1, 12, 2, Encoding.PCM_16),
        (1, 16, 2, Encoding.PCM_16),
        (1, 20, 3, Encoding.PCM_24),
        (1, 24, 3, Encoding.PCM_24),
        (1, 32, 4, Encoding.PCM_32),
        (3, 32, 4, Encoding.FLOAT_32),
        (3, 64, 8, Encoding.FLOAT_64),
        (6, 8, 1, Encoding.ALAW),
        (7, 8, 1, Encoding.MULAW),
        (7, 16, 1, Encoding.MULAW),
    ],
)
@pytest.mark.parametrize("more", [b"", b"\0\0"])
def test_every_encoding(fmt, tag, bits, frame_bytes, encoding, more):
    body = fmt(tag=tag, bits=bits, frame_bytes=frame_bytes * 2, channels=2)

    assert parse_format(body + more) == Format(encoding, 8_000, 2)


@pytest.mark.parametrize(("tag", "encoding"), [(1, "PCM_24"), (6, "ALAW")])
def test_an_extensible_format_says_it_in_its_sub_format(fmt, tag, encoding):
    size = Encoding(encoding).size_bytes
    body = fmt(tag=0xFFFE, bits=8 * size, frame_bytes=size)
    extension = b"\x16\0" + b"\x18\0" + b"\4\0\0\0" + bytes([tag, 0]) + TAIL

    assert parse_format(body + extension) == Format(Encoding(encoding), 8_000, 1)


@pytest.mark.parametrize("rate", [1_000, 22_050, 768_000])
@pytest.mark.parametrize("channels", [1, 32])
def test_the_limits_are_played(fmt, rate, channels):
    body = fmt(rate=rate, channels=channels, frame_bytes=2 * channels)

    assert parse_format(body) == Format(Encoding.PCM_16, rate, channels)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"channels": 0}, "it has 0 channels, not 1 to 32"),
        ({"channels": 33, "frame_bytes": 66}, "it has 33 channels, not 1 to 32"),
        ({"rate": 999}, "its rate is 999 Hz, not 1000 to 768000"),
        ({"rate": 768_001}, "its rate is 768001 Hz, not 1000 to 768000"),
        (
            {"frame_bytes": 0},
            "its frames are said to have 0 bytes, where 1 channels of PCM_16 have 2",
        ),
        (
            {"bits": 24, "frame_bytes": 4},
            "its frames are said to have 4 bytes, where 1 channels of PCM_24 have 3",
        ),
        ({"bits": 0}, "its integer samples have 0 bits"),
        ({"bits": 40}, "its integer samples have 40 bits"),
        ({"tag": 3, "bits": 16}, "its float samples have 16 bits"),
        (
            {"tag": 0x11},
            "its samples are IMA ADPCM, which needs a codec; ask for PCM",
        ),
        (
            {"tag": 0x1234},
            "its samples are format 0x1234, which needs a codec; ask for PCM",
        ),
    ],
)
def test_what_cannot_be_played_is_said(fmt, fields, said):
    with pytest.raises(FormatError) as refused:
        parse_format(fmt(**fields))

    assert refused.value.problem == said


def test_a_format_that_is_too_short(fmt):
    with pytest.raises(FormatError, match="has 15 bytes, not at least 16"):
        parse_format(fmt()[:15])


def test_an_extensible_format_without_its_extension(fmt):
    with pytest.raises(FormatError, match="has 18 bytes, not 40"):
        parse_format(fmt(tag=0xFFFE) + b"\0\0")


def test_a_sub_format_of_another_maker(fmt):
    extension = b"\x16\0\x10\0\4\0\0\0" + b"\1\0" + bytes(14)

    with pytest.raises(FormatError, match=r"its sub-format 01000{28} is unknown"):
        parse_format(fmt(tag=0xFFFE) + extension)
