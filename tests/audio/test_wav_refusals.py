"""What is refused: before the sound, an error; behind it, a count."""

from __future__ import annotations

import pytest

from streamer.audio import Encoding, End, Format
from streamer.audio.wav_walker import MAX_HEADER_BYTES

MONO_16 = Format(Encoding.PCM_16, 8_000, 1)
SOUND = bytes(range(1, 13))


class TestRefusals:
    """Before the sound, an error; behind it, a count: the sound was whole."""

    def test_cues_that_fit_but_for_their_count(self, wav, parse, chunk, cues):
        short = chunk(b"cue ", cues(100)[:24])

        assert "1 cue points in a chunk of 24" in str(parse(wav(short)).problem)

    @pytest.mark.parametrize("claimed", [2, 2**32 - 1])
    def test_more_cues_than_there_is_room_for(self, wav, parse, chunk, claimed, cues):
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

    def test_text_behind_the_sound_that_is_cut_is_counted(
        self, wav, parse, chunk, cues
    ):
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
