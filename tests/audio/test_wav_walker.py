"""What a WAV says, however it is written and however it is split."""

from __future__ import annotations

import struct

import pytest

from streamer.audio import Encoding, End, Format, Header, Samples, TimedText
from streamer.audio.wav_walker import MAX_HEADER_BYTES

MONO_16 = Format(Encoding.PCM_16, 8_000, 1)
SOUND = bytes(range(1, 13))

# A stream that was captured from the provider, in numbers: "This is a
# streaming test." at 32 kHz.
OFFSETS = [
    *(1024, 2048, 3584, 5632, 7680, 9216, 10240, 11776, 13312, 14848, 16896),
    *(18944, 20480, 24576, 26112, 27648, 29184, 31232, 33792, 38912, 41984, 45056),
]
LENGTHS = [b - a for a, b in zip(OFFSETS, [*OFFSETS[1:], 47616], strict=True)]
PHONEMES = [*"ðɪs ɪz ɐ stɹ", "ˈiː", *"mɪŋ t", "ˈɛ", *"st."]
GRAPHEMES = "This is a streaming test."
GRAPHEME_CUES = [
    *(0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11, 12, 12, 13, 14, 15),
    *(16, 17, 18, 19, 20, 21),
]
FRAMES = 48_128


def cues(*offsets: int, first: int = 0, claimed: int | None = None) -> bytes:
    count = len(offsets) if claimed is None else claimed
    return struct.pack("<I", count) + b"".join(
        struct.pack("<II4sIII", cue, 0, b"data", 0, 0, offset)
        for cue, offset in enumerate(offsets, first)
    )


def ltxt(cue: int, length: int, text: bytes, purpose: bytes = b"phon") -> bytes:
    body = struct.pack("<II4s8x", cue, length, purpose) + text
    return struct.pack("<4sI", b"ltxt", len(body)) + body + bytes(len(body) % 2)


def captured_header() -> bytes:
    """The captured stream's first 2,028 bytes, from the numbers alone."""
    entries = [
        ltxt(cue, LENGTHS[cue], text.encode() + b"\0", b"grph")
        for cue, text in zip(GRAPHEME_CUES, GRAPHEMES, strict=True)
    ]
    entries += [
        ltxt(cue, LENGTHS[cue], text.encode() + b"\0")
        for cue, text in enumerate(PHONEMES)
    ]
    listed = b"adtl" + b"".join(entries)
    data_size = 2 * FRAMES
    return b"".join(
        [
            struct.pack("<4sI4s", b"RIFF", 2028 - 8 + data_size, b"WAVE"),
            struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 32_000, 64_000, 2, 16),
            struct.pack("<4sI", b"cue ", 532) + cues(*OFFSETS),
            struct.pack("<4sI", b"list", len(listed)) + listed,
            struct.pack("<4sI", b"data", data_size),
        ]
    )


class TestTheCapturedStream:
    def test_its_header_has_the_captured_lengths(self):
        header = captured_header()

        assert len(header) == 2028
        assert struct.unpack_from("<I", header, 4) == (98_276,)
        assert struct.unpack_from("<4sI", header, 36 + 8 + 532) == (b"list", 1436)

    def test_it_gives_its_graphemes_then_its_phonemes(self, parse):
        parsed = parse(captured_header() + SOUND)

        expected = [
            TimedText("grapheme", text, OFFSETS[cue], LENGTHS[cue])
            for cue, text in zip(GRAPHEME_CUES, GRAPHEMES, strict=True)
        ] + [
            TimedText("phoneme", text, offset, length)
            for text, offset, length in zip(PHONEMES, OFFSETS, LENGTHS, strict=True)
        ]
        assert [e.kind for e in expected].count("grapheme") == 25
        assert [e.kind for e in expected].count("phoneme") == 22
        assert parsed.texts == expected
        assert parsed.events[0] == Header(Format(Encoding.PCM_16, 32_000, 1), FRAMES)
        assert parsed.events[-2:] == [
            Samples(SOUND),
            End(6, 2 * FRAMES - len(SOUND), 0),
        ]
        assert parsed.texts[0].frame / 32_000 == 0.032
        last = parsed.texts[-1]
        assert (last.frame + last.frames) / 32_000 == 1.488


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

    def test_chunks_behind_sound_of_odd_size(self, chunk, fmt, parse):
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


class TestText:
    A = TimedText("phoneme", "a", 100, 7)
    B = TimedText("grapheme", "b", 200, 8)
    ENTRIES = ltxt(0, 7, b"a\0") + ltxt(1, 8, b"b\0", b"grph")

    @pytest.mark.parametrize("list_id", [b"list", b"LIST", b"List"])
    def test_it_stands_before_the_sound(self, wav, parse, chunk, list_id):
        listed = chunk(list_id, b"adtl" + self.ENTRIES)
        parsed = parse(wav(chunk(b"cue ", cues(100, 200)), listed, data=SOUND))

        assert parsed.events == [
            Header(MONO_16, 6),
            self.A,
            self.B,
            Samples(SOUND),
            End(6, 0, 0),
        ]

    def test_texts_may_stand_before_their_cues(self, wav, parse, chunk):
        listed = chunk(b"LIST", b"adtl" + self.ENTRIES)
        parsed = parse(wav(listed, chunk(b"cue ", cues(100, 200)), data=SOUND))

        assert parsed.texts == [self.A, self.B]

    def test_texts_before_and_cues_behind_the_sound(self, wav, parse, chunk):
        """What is known by then is said before the sound, the rest behind it."""
        parsed = parse(
            wav(
                chunk(b"LIST", b"adtl" + self.ENTRIES),
                chunk(b"cue ", cues(200, first=1)),
                data=SOUND,
                after=chunk(b"cue ", cues(100)),
            )
        )

        assert parsed.events == [
            Header(MONO_16, 6),
            self.B,
            Samples(SOUND),
            self.A,
            End(6, 0, 0),
        ]

    def test_of_two_cues_with_one_id_the_later_counts(self, wav, parse, chunk):
        listed = chunk(b"LIST", b"adtl" + ltxt(0, 7, b"a\0"))
        both = chunk(b"cue ", cues(5)), chunk(b"cue ", cues(100))

        assert parse(wav(*both, listed, data=SOUND)).texts == [self.A]

    def test_other_lists_are_skipped(self, wav, parse, chunk):
        lists = chunk(b"LIST", b"INFOabcde"), chunk(b"LIST", b"adt")
        parsed = parse(wav(*lists, data=SOUND))

        assert parsed.sound == SOUND
        assert parsed.statistics.skipped_chunks == 2

    def test_a_list_of_nothing(self, wav, parse, chunk):
        parsed = parse(wav(chunk(b"LIST", b"adtl"), chunk(b"cue ", cues()), data=SOUND))

        assert parsed.texts == []
        assert parsed.statistics.malformed_entries == 0

    def test_more_room_than_cues(self, wav, parse, chunk):
        room = chunk(b"cue ", cues(100) + b"abc")
        listed = chunk(b"LIST", b"adtl" + ltxt(0, 7, b"a\0"))

        assert parse(wav(room, listed, data=SOUND)).texts == [self.A]

    def test_a_cue_chunk_too_short_for_its_count(self, wav, parse, chunk):
        parsed = parse(wav(chunk(b"cue ", b"\1\0\0"), data=SOUND))

        assert parsed.sound == SOUND
        assert parsed.statistics.malformed_entries == 1

    def test_what_is_wrong_is_counted(self, wav, parse, chunk):
        entries = ltxt(9, 1, b"x\0") + ltxt(0, 1, b"x\0", b"GRPH") + ltxt(0, 7, b"a\0")
        listed = chunk(b"list", b"adtl" + entries + b"ltxt\x02\0\0\0ab")
        parsed = parse(wav(chunk(b"cue ", cues(100)), listed, data=SOUND))

        assert parsed.texts == [self.A]
        assert parsed.statistics.unknown_cues == 1
        assert parsed.statistics.unknown_purposes == 1
        assert parsed.statistics.malformed_entries == 1


class TestRefusals:
    """Before the sound, an error; behind it, a count: the sound was whole."""

    def test_cues_that_fit_but_for_their_count(self, wav, parse, chunk):
        short = chunk(b"cue ", cues(100)[:24])

        assert "1 cue points in a chunk of 24" in str(parse(wav(short)).problem)

    @pytest.mark.parametrize("claimed", [2, 2**32 - 1])
    def test_more_cues_than_there_is_room_for(self, wav, parse, chunk, claimed):
        lying = chunk(b"cue ", cues(100, claimed=claimed))
        parsed = parse(wav(lying, data=SOUND))

        assert parsed.events == []
        problem = f"it claims {claimed} cue points in a chunk of 28 bytes"
        assert (parsed.problem, parsed.offset) == (problem, 48)

        parsed = parse(wav(data=SOUND, after=lying))

        assert parsed.end == End(6, 0, 0)
        assert parsed.statistics.malformed_entries == 1

    @pytest.mark.parametrize(
        ("chunk_id", "problem"),
        [(b"cue ", "its cue points take"), (b"LIST", "its texts take")],
    )
    def test_more_text_than_is_kept(self, wav, parse, chunk, chunk_id, problem):
        large = chunk(chunk_id, b"adtl", size=MAX_HEADER_BYTES + 1)
        parsed = parse(wav(large))

        assert parsed.events == []
        assert f"{problem} 4194305 bytes, too many" in str(parsed.problem)

        parsed = parse(wav(data=SOUND, after=large))

        assert parsed.end == End(6, 0, 0)
        assert parsed.statistics.malformed_entries == 1

    def test_the_bytes_of_all_texts_are_counted_together(self, wav, parse_split, chunk):
        size = MAX_HEADER_BYTES // 2
        half = chunk(b"LIST", b"adtl" + chunk(b"labl", bytes(size - 12)))

        assert parse_split([wav(half, half, data=SOUND) * 2]).problem is None
        assert "too many" in str(parse_split([wav(half, half, half)]).problem)

    def test_text_behind_the_sound_that_is_cut_is_counted(self, wav, parse, chunk):
        cut = chunk(b"cue ", cues(100, 200))[:-1]
        parsed = parse(wav(data=SOUND, after=cut))

        assert parsed.end == End(6, 0, 0)
        assert parsed.statistics.malformed_entries == 1

    def test_data_before_the_format(self, chunk, fmt, parse):
        body = chunk(b"data", SOUND) + chunk(b"fmt ", fmt())

        parsed = parse(b"RIFF\0\0\0\0WAVE" + body)

        assert parsed.problem == "its data stands before its fmt chunk"
        assert parsed.offset == 20

    def test_a_format_that_cannot_be_played(self, chunk, fmt, parse):
        body = chunk(b"fmt ", fmt(channels=0)) + chunk(b"data", SOUND)

        assert "it has 0 channels" in str(parse(b"RIFF\0\0\0\0WAVE" + body).problem)

    def test_no_chunk_where_one_should_be(self, wav, parse):
        assert "b'\\x00\\x00\\x00\\x00' stands where a chunk should begin" in str(
            parse(wav(bytes(8), data=SOUND)).problem
        )

    @pytest.mark.parametrize("size", [1, 3, 4, 8, 11, 12, 15, 30, 36, 43])
    def test_a_header_that_is_cut(self, wav, parse, size):
        parsed = parse(wav(data=SOUND)[:size])

        assert parsed.events == []
        assert parsed.problem == "it ends inside its header, before any sound"
        assert parsed.offset == size

    @pytest.mark.parametrize("chunk_id", [b"cue ", b"LIST", b"JUNK"])
    def test_a_header_that_is_cut_in_its_text(self, wav, parse, chunk, chunk_id):
        whole = wav(chunk(chunk_id, b"\1\0\0\0" + bytes(60)), data=SOUND)

        assert "ends inside its header" in str(parse(whole[:80]).problem)

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"", "it is empty"),
            (b"\xff\xd8\xff\xe0" + bytes(30), "it is a JPEG picture"),
            (
                b'{"success": false}',
                'it is JSON: {"success": false}',
            ),
            (
                b"RIFF\x24\0\0\0AVI LIST",
                "it is a RIFF file, but of the form 'AVI ', not 'WAVE'",
            ),
        ],
    )
    def test_what_is_no_wav_is_named(self, parse, body, said):
        parsed = parse(body)

        assert parsed.events == []
        assert parsed.problem == said

    def test_a_long_text_is_quoted_in_part(self, parse):
        parsed = parse(b"no voice of that name " * 20)

        assert str(parsed.problem).startswith("it is text: no voice of that name no")
        assert len(str(parsed.problem)) < 220


class TestSegments:
    """Some providers begin every piece with a header of its own."""

    def test_another_wav_behind_the_sound_is_played_too(self, wav, parse, chunk):
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

    def test_what_is_left_out_adds_up(self, wav, parse, chunk):
        lost = chunk(b"LIST", b"adtl" + ltxt(0, 1, b"a\0"))
        one = wav(lost, data=SOUND[:3])
        parsed = parse(one + one)

        assert parsed.end == End(2, 0, 2)
        assert parsed.statistics.unknown_cues == 2

    def test_a_riff_behind_the_sound_that_is_no_wav_is_skipped(self, wav, parse, chunk):
        parsed = parse(wav(data=SOUND, after=chunk(b"RIFF", b"AVI abcd")))

        assert parsed.sound == SOUND
        assert parsed.statistics.skipped_chunks == 1

    def test_damage_before_the_sound_of_another_wav_is_raised(self, wav, parse, chunk):
        lying = wav(chunk(b"cue ", cues(100, claimed=9)), data=SOUND)
        parsed = parse(wav(data=SOUND) + lying)

        assert parsed.sound == SOUND
        assert "it claims 9 cue points" in str(parsed.problem)

    def test_a_format_that_changes_is_refused(self, wav, parse, chunk, fmt):
        other = chunk(b"fmt ", fmt(rate=16_000)) + chunk(b"data", SOUND)
        parsed = parse(wav(data=SOUND) + b"RIFF\0\0\0\0WAVE" + other)

        assert parsed.sound == SOUND
        assert "its format changes from" in str(parsed.problem)
