"""Timed text, in the stream that was captured and wherever else it may stand."""

from __future__ import annotations

import struct

import pytest

from streamer.audio import Encoding, End, Format, Header, Samples, TimedText, wav_header

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


@pytest.fixture
def captured_header(cues, ltxt) -> bytes:
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


def captured_texts() -> list[TimedText]:
    return [
        TimedText("grapheme", text, OFFSETS[cue], LENGTHS[cue])
        for cue, text in zip(GRAPHEME_CUES, GRAPHEMES, strict=True)
    ] + [
        TimedText("phoneme", text, offset, length)
        for text, offset, length in zip(PHONEMES, OFFSETS, LENGTHS, strict=True)
    ]


class TestTheCapturedStream:
    def test_its_header_has_the_captured_lengths(self, captured_header):
        assert len(captured_header) == 2028
        assert struct.unpack_from("<I", captured_header, 4) == (98_276,)
        assert struct.unpack_from("<4sI", captured_header, 36 + 8 + 532) == (
            b"list",
            1436,
        )

    def test_the_writer_builds_the_same_header(self, captured_header):
        format_ = Format(Encoding.PCM_16, 32_000, 1)
        built = wav_header(format_, frames=FRAMES, timed_text=captured_texts())

        assert built == captured_header

    def test_it_gives_its_graphemes_then_its_phonemes(self, captured_header, parse):
        parsed = parse(captured_header + SOUND)

        expected = captured_texts()
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


class TestText:
    A = TimedText("phoneme", "a", 100, 7)
    B = TimedText("grapheme", "b", 200, 8)

    @pytest.fixture
    def entries(self, ltxt) -> bytes:
        return ltxt(0, 7, b"a\0") + ltxt(1, 8, b"b\0", b"grph")

    @pytest.mark.parametrize("list_id", [b"list", b"LIST", b"List"])
    def test_it_stands_before_the_sound(
        self, wav, parse, chunk, list_id, cues, entries
    ):
        listed = chunk(list_id, b"adtl" + entries)
        parsed = parse(wav(chunk(b"cue ", cues(100, 200)), listed, data=SOUND))

        assert parsed.events == [
            Header(MONO_16, 6),
            self.A,
            self.B,
            Samples(SOUND),
            End(6, 0, 0),
        ]

    def test_texts_may_stand_before_their_cues(self, wav, parse, chunk, cues, entries):
        listed = chunk(b"LIST", b"adtl" + entries)
        parsed = parse(wav(listed, chunk(b"cue ", cues(100, 200)), data=SOUND))

        assert parsed.texts == [self.A, self.B]

    def test_texts_before_and_cues_behind_the_sound(
        self, wav, parse, chunk, cues, entries
    ):
        """What is known by then is said before the sound, the rest behind it."""
        parsed = parse(
            wav(
                chunk(b"LIST", b"adtl" + entries),
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

    def test_of_two_cues_with_one_id_the_later_counts(
        self, wav, parse, chunk, cues, ltxt
    ):
        listed = chunk(b"LIST", b"adtl" + ltxt(0, 7, b"a\0"))
        both = chunk(b"cue ", cues(5)), chunk(b"cue ", cues(100))

        assert parse(wav(*both, listed, data=SOUND)).texts == [self.A]

    def test_other_lists_are_skipped(self, wav, parse, chunk):
        lists = chunk(b"LIST", b"INFOabcde"), chunk(b"LIST", b"adt")
        parsed = parse(wav(*lists, data=SOUND))

        assert parsed.sound == SOUND
        assert parsed.statistics.skipped_chunks == 2

    def test_a_list_of_nothing(self, wav, parse, chunk, cues):
        parsed = parse(wav(chunk(b"LIST", b"adtl"), chunk(b"cue ", cues()), data=SOUND))

        assert parsed.texts == []
        assert parsed.statistics.malformed_entries == 0

    def test_more_room_than_cues(self, wav, parse, chunk, cues, ltxt):
        room = chunk(b"cue ", cues(100) + b"abc")
        listed = chunk(b"LIST", b"adtl" + ltxt(0, 7, b"a\0"))

        assert parse(wav(room, listed, data=SOUND)).texts == [self.A]

    def test_a_cue_chunk_too_short_for_its_count(self, wav, parse, chunk):
        parsed = parse(wav(chunk(b"cue ", b"\1\0\0"), data=SOUND))

        assert parsed.sound == SOUND
        assert parsed.statistics.malformed_entries == 1

    def test_what_is_wrong_is_counted(self, wav, parse, chunk, cues, ltxt):
        entries = ltxt(9, 1, b"x\0") + ltxt(0, 1, b"x\0", b"GRPH") + ltxt(0, 7, b"a\0")
        listed = chunk(b"list", b"adtl" + entries + b"ltxt\x02\0\0\0ab")
        parsed = parse(wav(chunk(b"cue ", cues(100)), listed, data=SOUND))

        assert parsed.texts == [self.A]
        assert parsed.statistics.unknown_cues == 1
        assert parsed.statistics.unknown_purposes == 1
        assert parsed.statistics.malformed_entries == 1
