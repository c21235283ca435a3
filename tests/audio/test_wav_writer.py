from __future__ import annotations

import struct

import pytest

from streamer.audio import Encoding, Format, Header, TimedText, wav_file, wav_header

MONO_16 = Format(Encoding.PCM_16, 32_000, 1)
TEXTS = [
    TimedText("phoneme", "ð", 1024, 1024),
    TimedText("grapheme", "T", 1024, 1024),
    TimedText("phoneme", "ɪ", 2048, 1536),
    TimedText("grapheme", "h", 1024, 1024),
]


def test_the_layout_is_the_providers():
    """Written out byte by byte: one cue a start, graphemes before phonemes."""
    header = wav_header(MONO_16, frames=5_000, timed_text=TEXTS)

    def entry(cue, length, purpose, text):
        fixed = struct.pack("<II", cue, length) + purpose + bytes(8)
        size = struct.pack("<I", 20 + len(text))
        return b"ltxt" + size + fixed + text + bytes(len(text) % 2)

    listed = b"adtl" + b"".join(
        [
            entry(0, 1024, b"grph", b"T\0"),
            entry(0, 1024, b"grph", b"h\0"),
            entry(0, 1024, b"phon", b"\xc3\xb0\0"),
            entry(1, 1536, b"phon", b"\xc9\xaa\0"),
        ]
    )
    assert header == b"".join(
        [
            b"RIFF" + struct.pack("<I", len(header) - 8 + 10_000) + b"WAVE",
            b"fmt \x10\0\0\0" + struct.pack("<HHIIHH", 1, 1, 32_000, 64_000, 2, 16),
            b"cue " + struct.pack("<II", 4 + 24 * 2, 2),
            struct.pack("<II4sIII", 0, 0, b"data", 0, 0, 1024),
            struct.pack("<II4sIII", 1, 0, b"data", 0, 0, 2048),
            b"list" + struct.pack("<I", len(listed)) + listed,
            b"data" + struct.pack("<I", 10_000),
        ]
    )


@pytest.mark.parametrize(
    ("encoding", "tag", "size"),
    [
        (Encoding.PCM_U8, 1, 16),
        (Encoding.PCM_16, 1, 16),
        (Encoding.PCM_24, 1, 16),
        (Encoding.PCM_32, 1, 16),
        (Encoding.FLOAT_32, 3, 18),
        (Encoding.FLOAT_64, 3, 18),
        (Encoding.ALAW, 6, 18),
        (Encoding.MULAW, 7, 18),
    ],
)
def test_every_encoding_is_read_as_it_was_written(parse, encoding, tag, size):
    format_ = Format(encoding, 22_050, 3)
    data = bytes(range(format_.frame_bytes))
    whole = wav_file(format_, data, timed_text=TEXTS, list_id=b"LIST")
    parsed = parse(whole)

    assert struct.unpack_from("<IH", whole, 16) == (size, tag)
    assert len(whole) % 2 == 0
    assert struct.unpack_from("<I", whole, 4) == (len(whole) - 8,)
    assert b"LIST" in whole
    assert parsed.header == Header(format_, 1)
    assert parsed.sound == data
    assert set(parsed.texts) == set(TEXTS)
    assert parsed.statistics.trailing_bytes == 0


def test_unknown_length_is_written_as_placeholders_in_the_same_room():
    known = wav_header(MONO_16, frames=5_000, timed_text=TEXTS)
    unknown = wav_header(MONO_16, frames=None, timed_text=TEXTS)

    assert unknown[4:8] == unknown[-4:] == b"\xff\xff\xff\xff"
    assert unknown[8:-4] == known[8:-4]


def test_a_nul_in_a_text_does_not_end_it(parse):
    text = TimedText("phoneme", "a\0b", 0, 1)

    assert parse(wav_file(MONO_16, b"", timed_text=[text])).texts == [
        TimedText("phoneme", "a\ufffdb", 0, 1)
    ]


def test_part_of_a_frame_is_refused():
    with pytest.raises(ValueError, match="3 bytes are not whole frames of 2 bytes"):
        wav_file(MONO_16, b"abc")


def test_more_frames_than_a_wav_can_say():
    most = (2**32 - 2 - 36) // 2
    assert wav_header(MONO_16, frames=most)[4:8] == b"\xfe\xff\xff\xff"

    with pytest.raises(ValueError, match="more than a WAV can say"):
        wav_header(MONO_16, frames=most + 1)


@pytest.mark.parametrize(("frame", "frames"), [(2**32, 0), (-1, 0), (0, 2**32)])
def test_times_that_do_not_fit(frame, frames):
    text = TimedText("phoneme", "a", frame, frames)

    with pytest.raises(ValueError, match="do not fit the 32 bits of a cue"):
        wav_header(MONO_16, frames=0, timed_text=[text])
