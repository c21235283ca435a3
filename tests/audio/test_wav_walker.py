"""What a WAV says, however it is written and however it is split."""

from __future__ import annotations

import struct

import pytest

from streamer.audio import Encoding, End, Format, Header, Samples, TimedText

MONO_16 = Format(Encoding.PCM_16, 8_000, 1)
SOUND = bytes(range(1, 13))


class TestSound:
    def test_a_plain_wav(self, wav, parse):
        parsed = parse(wav(data=SOUND))

        assert parsed.events == [Header(MONO_16, 6), Samples(SOUND), End(6, 0, 0)]

    def test_no_sound_at_all(self, wav, parse):
        assert parse(wav()).events == [Header(MONO_16, 0), End(0, 0, 0)]

    def test_a_cut_stream_says_how_much_is_missing(self, wav, parse):
        parsed = parse(wav(data=SOUND[:5], size=12)[:-1])  # without the pad byte

        assert parsed.events == [Header(MONO_16, 6), Samples(SOUND[:4]), End(2, 7, 1)]

    def test_a_stream_cut_before_its_first_sample(self, wav, parse):
        assert parse(wav(size=12)).events == [Header(MONO_16, 6), End(0, 12, 0)]

    def test_part_of_a_frame_at_the_end_is_discarded_and_reported(self, wav, parse):
        parsed = parse(wav(data=SOUND[:5]))

        assert parsed.events == [Header(MONO_16, 2), Samples(SOUND[:4]), End(2, 0, 1)]

    def test_frames_wider_than_the_pieces(self, chunk, fmt, parse):
        """Six channels of 32 bits: 24 bytes a frame, one and a half of them."""
        data = bytes(range(36))
        wide = chunk(b"fmt ", fmt(channels=6, frame_bytes=24, bits=32))
        parsed = parse(b"RIFF\0\0\0\0WAVE" + wide + chunk(b"data", data))

        assert parsed.sound == data[:24]
        assert parsed.end == End(1, 0, 12)

    @pytest.mark.parametrize(
        ("riff", "size"),
        [
            (0xFFFFFFFF, 0xFFFFFFFF),
            (0x7FFFFFFF, 0x7FFFFFFF),
            (2_000_000_036, 2_000_000_000),
            (0, 0),
            (0x7FFFF024, 0x7FFFF000),
            (0xFFFFFFFF, 0xFFFFFFDB),
            (0x7FFFFFFF, 0x7FFFFFDA),
            (0x7FFFF024, 0x7FFFF004),
            (0, 0x7FFFFF00),
            (36, 0xFFFFFFFF),
        ],
    )
    def test_a_placeholder_size_means_to_the_end(self, wav, parse, riff, size):
        """Also where what follows looks like a chunk: it cannot be told."""
        sound = SOUND + b"LIST\4\0\0\0INFO"
        parsed = parse(wav(data=sound, size=size, riff=riff))

        assert parsed.events == [
            Header(MONO_16, None),
            Samples(sound),
            End(12, 0, 0),
        ]

    def test_a_placeholder_stream_may_end_at_once(self, wav, parse):
        parsed = parse(wav(size=0xFFFFFFFF))

        assert parsed.events == [Header(MONO_16, None), End(0, 0, 0)]

    def test_a_large_size_under_a_true_riff_size_is_believed(self, wav, parse):
        parsed = parse(wav(data=SOUND, size=0x80000000, riff=0x80000024))

        assert parsed.header.frames == 0x40000000
        assert parsed.end == End(6, 0x80000000 - 12, 0)

    def test_a_true_data_size_under_a_placeholder_riff_size(self, wav, parse):
        parsed = parse(wav(data=SOUND, after=b"LIST\4\0\0\0INFO", riff=0xFFFFFFFF))

        assert parsed.sound == SOUND

    def test_size_0_with_fewer_than_8_bytes_behind_it(self, wav, parse):
        parsed = parse(wav(size=0, after=SOUND[:3]))

        assert parsed.events == [
            Header(MONO_16, None),
            Samples(SOUND[:2]),
            End(1, 0, 1),
        ]

    @pytest.mark.parametrize("chunk_id", [b"LIST", b"list", b"cue ", b"fact", b"id3 "])
    def test_size_0_with_a_chunk_behind_it_is_an_empty_file(
        self, wav, parse, chunk, chunk_id
    ):
        parsed = parse(wav(size=0, after=chunk(chunk_id, b"\0\0\0\0")))

        assert parsed.events == [Header(MONO_16, 0), End(0, 0, 0)]


class TestContainer:
    def test_unknown_chunks_are_skipped_and_counted(self, wav, parse, chunk):
        """Odd ones have a pad byte, also before and after the sound."""
        parsed = parse(
            wav(
                chunk(b"JUNK", b"abc"),
                chunk(b"fact", b"\0\0\0\0"),
                chunk(b"fmt ", b"once more"),
                data=SOUND,
                after=chunk(b"bext", b"abc") + chunk(b"id3 ", b"ID3"),
            )
        )

        assert parsed.sound == SOUND
        assert parsed.statistics.skipped_chunks == 5
        assert parsed.statistics.trailing_bytes == 0

    def test_chunks_behind_sound_of_odd_size(self, chunk, fmt, parse, cues, ltxt):
        laws = chunk(b"fmt ", fmt(tag=7, frame_bytes=1, bits=8) + b"\0\0")
        tail = chunk(b"cue ", cues(1)) + chunk(b"LIST", b"adtl" + ltxt(0, 1, b"a\0"))
        body = laws + chunk(b"data", SOUND[:5]) + tail
        parsed = parse(b"RIFF\xff\xff\xff\xffWAVE" + body)

        assert parsed.events == [
            Header(Format(Encoding.MULAW, 8_000, 1), 5),
            Samples(SOUND[:5]),
            TimedText("phoneme", "a", 1, 1),
            End(5, 0, 0),
        ]

    def test_a_chunk_behind_the_sound_may_be_cut(self, wav, parse, chunk):
        tail = chunk(b"JUNK", bytes(9))[:11]

        assert parse(wav(data=SOUND, after=tail)).end == End(6, 0, 0)

    @pytest.mark.parametrize("tail", [b"\x01\x02\x03", bytes(20), b"\xff" * 9])
    def test_what_is_no_chunk_is_never_played(self, wav, parse, tail):
        parsed = parse(wav(data=SOUND, after=tail))

        assert parsed.events == [Header(MONO_16, 6), Samples(SOUND), End(6, 0, 0)]
        assert parsed.statistics.trailing_bytes == len(tail)

    def test_more_sound_than_was_said_is_not_played(self, wav, parse):
        parsed = parse(wav(data=SOUND, size=8))

        assert parsed.sound == SOUND[:8]
        assert parsed.end == End(4, 0, 0)

    @pytest.mark.parametrize("head", [b"RF64", b"BW64"])
    def test_64_bit_sizes(self, wav, parse, chunk, head):
        sizes = chunk(b"ds64", struct.pack("<QQQI", 100, 8, 4, 0))
        tail = chunk(b"LIST", b"INFO")
        sound = SOUND[:8]
        parsed = parse(wav(sizes, data=sound, size=2**32 - 1, after=tail, head=head))

        assert parsed.events == [Header(MONO_16, 4), Samples(sound), End(4, 0, 0)]

    @pytest.mark.parametrize("long_size", [0, 2**63 - 1, 2**64 - 1])
    def test_64_bit_sizes_may_be_placeholders(self, wav, parse, chunk, long_size):
        sizes = chunk(b"ds64", struct.pack("<QQQI", 0, long_size, 0, 0))
        parsed = parse(wav(sizes, data=SOUND, size=0xFFFFFFFF, head=b"RF64"))

        assert parsed.events == [Header(MONO_16, None), Samples(SOUND), End(6, 0, 0)]

    def test_a_64_bit_size_replaces_only_the_largest_one(self, wav, parse, chunk):
        sizes = chunk(b"ds64", struct.pack("<QQQI", 0, 4, 0, 0))

        assert parse(wav(sizes, data=SOUND, head=b"RF64")).sound == SOUND

    def test_64_bit_sizes_too_short_to_read(self, wav, parse, chunk):
        sizes = chunk(b"ds64", bytes(12))
        parsed = parse(wav(sizes, data=SOUND, size=0xFFFFFFFF, head=b"RF64"))

        assert parsed.header.frames is None
        assert parsed.statistics.skipped_chunks == 1


class TestSegments:
    """Some providers begin every piece with a header of its own."""

    def test_another_wav_behind_the_sound_is_played_too(
        self, wav, parse, chunk, cues, ltxt
    ):
        text = chunk(b"cue ", cues(1)) + chunk(b"LIST", b"adtl" + ltxt(0, 1, b"a\0"))
        parsed = parse(wav(data=SOUND) + wav(text, data=SOUND[:4]))

        assert parsed.events == [
            Header(MONO_16, 6),
            Samples(SOUND),
            TimedText("phoneme", "a", 7, 1),
            Samples(SOUND[:4]),
            End(8, 0, 0),
        ]
        assert parsed.statistics.segments == 2

    def test_what_is_left_out_adds_up(self, wav, parse, chunk, ltxt):
        lost = chunk(b"LIST", b"adtl" + ltxt(0, 1, b"a\0"))
        one = wav(lost, data=SOUND[:3])
        parsed = parse(one + one)

        assert parsed.end == End(2, 0, 2)
        assert parsed.statistics.unknown_cues == 2

    def test_a_riff_behind_the_sound_that_is_no_wav_is_skipped(self, wav, parse, chunk):
        parsed = parse(wav(data=SOUND, after=chunk(b"RIFF", b"AVI abcd")))

        assert parsed.sound == SOUND
        assert parsed.statistics.skipped_chunks == 1

    def test_damage_before_the_sound_of_another_wav_is_raised(
        self, wav, parse, chunk, cues
    ):
        lying = wav(chunk(b"cue ", cues(100, claimed=9)), data=SOUND)
        parsed = parse(wav(data=SOUND) + lying)

        assert parsed.sound == SOUND
        assert "it claims 9 cue points" in str(parsed.problem)

    def test_a_format_that_changes_is_refused(self, wav, parse, chunk, fmt):
        other = chunk(b"fmt ", fmt(rate=16_000)) + chunk(b"data", SOUND)
        parsed = parse(wav(data=SOUND) + b"RIFF\0\0\0\0WAVE" + other)

        assert parsed.sound == SOUND
        assert "its format changes from" in str(parsed.problem)
