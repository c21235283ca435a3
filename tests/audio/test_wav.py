"""The parser's face: what may be called when, its limits, and any bytes at all."""

from __future__ import annotations

import itertools
import struct
import tracemalloc

import pytest
from hypothesis import given, strategies as st

from streamer.audio import (
    Encoding,
    End,
    Format,
    Header,
    Samples,
    TimedText,
    TimedTexts,
    WavParser,
    wav_file,
)
from streamer.audio.wav import WavStatistics
from streamer.errors import FormatError, UsageError
from tests.examples import examples

MONO_16 = Format(Encoding.PCM_16, 8_000, 1)
TEXT = [TimedText("phoneme", "ð", 1, 2), TimedText("grapheme", "T", 1, 2)]
WAV = wav_file(MONO_16, bytes(range(24)), timed_text=TEXT)


class TestFace:
    def test_events_come_as_soon_as_they_are_known(self):
        parser = WavParser()
        parser.receive_data(WAV[:-21])
        header, texts, samples = parser.events()
        assert header == Header(MONO_16, 12)
        assert isinstance(texts, TimedTexts)
        assert list(texts) == TEXT[::-1]
        assert samples == Samples(b"\0\1")
        parser.receive_data(WAV[-21:-18])
        assert parser.events() == [Samples(b"\2\3\4\5")]
        parser.receive_data(b"")
        assert parser.events() == []

    @pytest.mark.parametrize("kind", [bytearray, memoryview])
    def test_what_was_pushed_may_be_reused(self, kind):
        """Also the part of a frame that waits for its rest."""
        pushed = bytearray(WAV[:-1])
        parser = WavParser()
        parser.receive_data(kind(pushed))
        pushed[:] = bytes(len(pushed))
        parser.receive_data(kind(bytearray(WAV[-1:])))
        samples = parser.events()[-2:]

        assert samples == [Samples(bytes(range(22))), Samples(bytes([22, 23]))]
        assert {type(each.data) for each in samples} == {bytes}

    def test_bytes_that_need_no_joining_are_not_copied(self):
        parser = WavParser()
        parser.receive_data(WAV[:-24])
        parser.events()
        sound = bytes(range(24))
        parser.receive_data(sound)

        assert parser.events()[0].data is sound

    def test_the_end_may_be_told_twice(self):
        parser = WavParser()
        parser.receive_data(WAV)
        parser.receive_eof()
        parser.receive_eof()

        assert parser.events()[-1] == End(12, 0, 0)
        assert parser.events() == []

    def test_nothing_is_taken_after_the_end(self):
        parser = WavParser()
        parser.receive_data(WAV)
        parser.receive_eof()

        with pytest.raises(UsageError, match="no data after receive_eof"):
            parser.receive_data(b"more")

    def test_an_error_is_raised_again_by_every_later_call(self):
        """What was found before it can still be had."""
        other = wav_file(Format(Encoding.PCM_16, 16_000, 1), b"ab")
        parser = WavParser()
        with pytest.raises(FormatError) as first:
            parser.receive_data(WAV + other)
        with pytest.raises(FormatError) as second:
            parser.receive_data(WAV)
        with pytest.raises(FormatError) as third:
            parser.receive_eof()

        assert first.value is second.value is third.value
        assert parser.events()[-1] == Samples(bytes(range(24)))
        assert parser.events() == []

    def test_an_error_at_the_end_is_raised_again_too(self):
        parser = WavParser()
        with pytest.raises(FormatError, match="it is empty"):
            parser.receive_eof()
        with pytest.raises(FormatError, match="it is empty"):
            parser.receive_data(WAV)

    def test_statistics_of_nothing(self):
        assert WavParser().statistics == WavStatistics()


class TestMessages:
    """A WebSocket's messages may each begin with a header."""

    PLACEHOLDER = WAV[:4] + b"\xff\xff\xff\xff" + WAV[8:-28] + b"\xff\xff\xff\xff"

    def parse(self, *messages: bytes) -> WavParser:
        parser = WavParser()
        for message in messages:
            parser.receive_message(message)
        parser.receive_eof()
        return parser

    def sound(self, parser: WavParser) -> bytes:
        return b"".join(e.data for e in parser.events() if isinstance(e, Samples))

    def test_a_header_in_each_message(self):
        """Of unknown length, so that only the message tells where it begins."""
        parser = self.parse(
            self.PLACEHOLDER + b"abcd", b"efgh", self.PLACEHOLDER + b"ijk"
        )
        events = parser.events()

        texts = [text for e in events if isinstance(e, TimedTexts) for text in e]
        assert [text.frame for text in texts] == [1, 1, 5, 5]
        assert events[0] == Header(MONO_16, None)
        assert events[-1] == End(5, 0, 1)
        assert parser.statistics.segments == 2

    def test_only_a_message_begins_a_segment(self):
        whole = self.PLACEHOLDER + b"abcd" + self.PLACEHOLDER

        assert self.sound(self.parse(whole)) == b"abcd" + self.PLACEHOLDER
        split = self.parse(self.PLACEHOLDER, b"abcd", b"RIFF1234AVI ", b"RIFF")
        assert self.sound(split) == b"abcdRIFF1234AVI RIFF"

    def test_a_plain_push_begins_none(self):
        parser = WavParser()
        parser.receive_data(self.PLACEHOLDER)
        parser.receive_data(self.PLACEHOLDER)

        assert self.sound(parser) == self.PLACEHOLDER

    def test_a_message_may_end_sound_that_was_to_be_longer(self):
        parser = self.parse(WAV[:-4], WAV)

        assert parser.events()[-1] == End(22, 4, 0)

    def test_a_message_behind_sound_of_odd_size_without_its_pad_byte(self):
        laws = Format(Encoding.MULAW, 8_000, 1)
        unpadded = wav_file(laws, b"abc")[:-1]

        assert self.sound(self.parse(unpadded, unpadded)) == b"abcabc"

    def test_a_message_behind_what_is_no_chunk(self):
        parser = self.parse(WAV + b"\xff" * 9, b"\xff", WAV)

        assert parser.events()[-1] == End(24, 0, 0)
        assert parser.statistics.trailing_bytes == 10


class TestLimits:
    def test_a_chunk_of_any_size_is_skipped_without_being_kept(self):
        """64 MiB go by; what is held stays within two pushes."""
        piece = bytes(2**16)
        parser = WavParser()
        parser.receive_data(b"RIFF\0\0\0\0WAVE" + struct.pack("<4sI", b"JUNK", 2**26))
        tracemalloc.start()
        try:
            for _ in range(2**10):
                parser.receive_data(piece)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        parser.receive_data(WAV[12:])

        assert peak < 2 * len(piece)
        assert parser.events()[0] == Header(MONO_16, 12)

    def test_a_size_on_the_wire_reserves_nothing(self):
        tracemalloc.start()
        try:
            parser = WavParser()
            head = struct.pack("<4sI4s", b"LIST", parser.MAX_HEADER_BYTES, b"adtl")
            parser.receive_data(b"RIFF\0\0\0\0WAVE" + head)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert peak < 2**16


def splits(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def survives(parse_split, data: bytes, cuts: list[int]) -> None:
    """Only events or FormatError, the same for every split, no sound made up."""
    whole = parse_split([data])

    assert parse_split(splits(data, cuts)) == whole
    assert sum(len(e.data) for e in whole.events if isinstance(e, Samples)) <= len(data)
    assert (whole.problem is None) == (
        bool(whole.events) and isinstance(whole.events[-1], End)
    )


IDS = [
    b"fmt ",
    b"cue ",
    b"list",
    b"LIST",
    b"data",
    b"ds64",
    b"JUNK",
    b"RIFF",
    b"\0\1xx",
]
CUTS = st.lists(st.integers(0, 10_000), max_size=8)
CHUNKS = st.lists(
    st.tuples(
        st.sampled_from(IDS),
        st.binary(max_size=80)
        | st.sampled_from([WAV[20:36], WAV[44:72], WAV[80:-32], b"WAVE" + WAV[12:36]]),
        st.none() | st.integers(0, 100) | st.sampled_from([0, 2**31 - 1, 2**32 - 1]),
    ),
    max_size=6,
)


class TestAnyBytes:
    @given(data=st.binary(max_size=300), cuts=CUTS)
    @examples(deadline=None)
    def test_arbitrary_bytes(self, parse_split, data, cuts):
        survives(parse_split, data, cuts)

    @given(head=st.sampled_from([b"RIFF", b"RF64"]), chunks=CHUNKS, cuts=CUTS)
    @examples(300, deadline=None)
    def test_arbitrary_chunks(self, parse_split, head, chunks, cuts):
        data = head + b"\xff\xff\xff\xffWAVE" + WAV[12:36]
        for chunk_id, body, size in chunks:
            said = len(body) if size is None else size
            data += struct.pack("<4sI", chunk_id, said) + body
        survives(parse_split, data, cuts)

    @given(
        changes=st.lists(
            st.tuples(st.integers(0, len(WAV) - 1), st.integers(0, 255)), max_size=6
        ),
        end=st.integers(0, len(WAV)),
        more=st.binary(max_size=20),
        cuts=CUTS,
    )
    @examples(300, deadline=None)
    def test_a_wav_that_was_damaged(self, parse_split, changes, end, more, cuts):
        data = bytearray(WAV)
        for at, byte in changes:
            data[at] = byte
        survives(parse_split, bytes(data[:end]) + more, cuts)
