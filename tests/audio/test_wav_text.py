from __future__ import annotations

import struct

import pytest

from streamer.audio import TimedText
from streamer.audio.wav_text import WavText


def ltxt(text: bytes, *, cue: int = 0, purpose: bytes = b"phon") -> bytes:
    body = struct.pack("<II4s8x", cue, 5, purpose) + text
    return struct.pack("<4sI", b"ltxt", len(body)) + body


def point(cue: int, frame: int) -> bytes:
    return struct.pack("<II4sIII", cue, 99, b"data", 98, 97, frame)


@pytest.fixture
def text() -> WavText:
    held = WavText()
    held.add_cues(point(0, 10) + point(7, 20))
    return held


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"a\0", "a"),
        (b"ab", "ab"),
        (b"a\0garbage\0", "a"),
        (b"\0\0", ""),
        (b"", ""),
        ("ˈiː".encode() + b"\0", "ˈiː"),
        (b"a\xffb\0", "a\ufffdb"),
        ("ˈ".encode()[:1] + b"\0", "\ufffd"),
    ],
)
def test_a_text_ends_at_its_first_nul(text, written, read):
    text.add_list(ltxt(written))

    assert list(text.take_resolved()) == [TimedText("phoneme", read, 10, 5)]


def test_the_pad_byte_of_the_last_entry_may_be_left_out(text):
    text.add_list(ltxt(b"a") + b"\0" + ltxt(b"b", cue=7))

    assert [t.text for t in text.take_resolved()] == ["a", "b"]
    assert text.malformed_entries == 0


def test_other_entries_are_skipped(text):
    labl = struct.pack("<4sI", b"labl", 7) + b"\0\0\0\0hi\0" + b"\0"
    text.add_list(labl + labl.replace(b"labl", b"note") + ltxt(b"a\0"))

    assert [t.text for t in text.take_resolved()] == ["a"]
    assert text.malformed_entries == 0


@pytest.mark.parametrize(
    "damage",
    [
        b"ltxt\x13\0\0\0" + bytes(20),
        b"ltxt\x40\0\0\0" + bytes(20),
        b"ltxt\xff\xff\xff\xff",
        b"ltx",
    ],
)
def test_damage_is_counted_and_what_stood_before_is_kept(text, damage):
    text.add_list(ltxt(b"a\0") + damage)

    assert [t.text for t in text.take_resolved()] == ["a"]
    assert text.malformed_entries == 1


@pytest.mark.parametrize("purpose", [b"PHON", b"Grph", b"text", bytes(4)])
def test_other_purposes_are_counted(text, purpose):
    text.add_list(ltxt(b"a\0", purpose=purpose))

    assert list(text.take_resolved()) == []
    assert text.unknown_purposes == 1


def test_a_text_is_given_once_when_its_cue_is_known(text):
    text.add_list(ltxt(b"a\0", cue=7) + ltxt(b"b\0", cue=8) + ltxt(b"c\0"))
    assert [t.text for t in text.take_resolved()] == ["a", "c"]

    text.add_cues(point(8, 30))
    assert [(t.text, t.frame) for t in text.take_resolved()] == [("b", 30)]
    assert list(text.take_resolved()) == []


def test_a_segment_has_cues_of_its_own_counted_from_its_start(text):
    text.add_list(ltxt(b"lost\0", cue=1))
    text.next_segment(1_000)
    assert text.unknown_cues == 1

    text.add_cues(point(1, 5))
    text.add_list(ltxt(b"a\0", cue=1) + ltxt(b"b\0", cue=7))
    assert [(t.text, t.frame) for t in text.take_resolved()] == [("a", 1_005)]
    text.next_segment(2_000)
    assert text.unknown_cues == 2
