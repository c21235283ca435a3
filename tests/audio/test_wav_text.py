from __future__ import annotations

import struct

import pytest
from hypothesis import given, strategies as st

from streamer.audio import TimedText
from streamer.audio.timed_text import joined
from streamer.audio.wav_text import WavText
from tests.examples import examples


def ltxt(text: bytes, *, cue: int = 0, purpose: bytes = b"phon") -> bytes:
    body = struct.pack("<II4s8x", cue, 5, purpose) + text
    return struct.pack("<4sI", b"ltxt", len(body)) + body


def point(cue: int, frame: int) -> bytes:
    return struct.pack("<II4sIII", cue, 99, b"data", 98, 97, frame)


def resolved(text: WavText) -> list[TimedText]:
    return list(joined(text.take_resolved()))


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

    assert resolved(text) == [TimedText("phoneme", read, 10, 5)]


def test_the_pad_byte_of_the_last_entry_may_be_left_out(text):
    text.add_list(ltxt(b"a") + b"\0" + ltxt(b"b", cue=7))

    assert [t.text for t in resolved(text)] == ["a", "b"]
    assert text.malformed_entries == 0


def test_other_entries_are_skipped(text):
    labl = struct.pack("<4sI", b"labl", 7) + b"\0\0\0\0hi\0" + b"\0"
    text.add_list(labl + labl.replace(b"labl", b"note") + ltxt(b"a\0"))

    assert [t.text for t in resolved(text)] == ["a"]
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

    assert [t.text for t in resolved(text)] == ["a"]
    assert text.malformed_entries == 1


@pytest.mark.parametrize("purpose", [b"PHON", b"Grph", b"text", bytes(4)])
def test_other_purposes_are_counted(text, purpose):
    text.add_list(ltxt(b"a\0", purpose=purpose))

    assert resolved(text) == []
    assert text.unknown_purposes == 1


def test_a_text_is_given_once_when_its_cue_is_known(text):
    text.add_list(ltxt(b"a\0", cue=7) + ltxt(b"b\0", cue=8) + ltxt(b"c\0"))
    assert [t.text for t in resolved(text)] == ["a", "c"]

    text.add_cues(point(8, 30))
    assert [(t.text, t.frame) for t in resolved(text)] == [("b", 30)]
    assert resolved(text) == []


@pytest.mark.parametrize("numbers", [(3, 4, 5), (5, 3, 4), (5, 4, 4, 3)])
def test_cues_may_be_numbered_in_order_or_not(numbers):
    held = WavText()
    held.add_cues(b"".join(point(each, 10 * at) for at, each in enumerate(numbers)))
    held.add_list(b"".join(ltxt(b"%d\0" % cue, cue=cue) for cue in (4, 2, 5, 4, 6, 3)))
    last = {each: 10 * at for at, each in enumerate(numbers)}
    (texts,) = held.take_resolved()
    assert [(int(each.text), each.frame) for each in texts] == [
        (cue, last[cue]) for cue in (4, 5, 4, 3)
    ]
    held.next_segment(0)
    assert held.unknown_cues == 2


def test_a_segment_has_cues_of_its_own_counted_from_its_start(text):
    text.add_list(ltxt(b"lost\0", cue=1))
    text.next_segment(1_000)
    assert text.unknown_cues == 1

    text.add_cues(point(1, 5))
    text.add_list(ltxt(b"a\0", cue=1) + ltxt(b"b\0", cue=7))
    assert [(t.text, t.frame) for t in resolved(text)] == [("a", 1_005)]
    text.next_segment(2_000)
    assert text.unknown_cues == 2


def padded(entry: bytes) -> bytes:
    return entry + bytes(len(entry) % 2)


TEXTS = st.binary(max_size=5) | st.just(b"ltxt") | st.just(b"xltxt\0\0\0\0")
LABELS = st.builds(
    lambda text, cue, purpose: padded(ltxt(text, cue=cue, purpose=purpose)),
    TEXTS,
    st.sampled_from([0, 7, 9]),
    st.sampled_from([b"phon", b"phon", b"grph", b"grph", b"note"]),
)
OTHERS = st.sampled_from(
    [
        struct.pack("<4sI", b"labl", 8) + b"ltxt" + bytes(4),
        struct.pack("<4sI", b"ltxt", 18) + bytes(18),
        struct.pack("<4sI", b"ltxt", 0),
    ]
)


@examples(60)
@given(
    st.lists(LABELS, min_size=40, max_size=60),
    st.lists(st.tuples(st.integers(0, 40), OTHERS), max_size=1),
    st.booleans(),
)
def test_a_long_list_says_what_its_entries_say_one_by_one(labels, others, cut_off):
    """Whether they stand in a row, as nearly all do, or something is among them."""
    entries = list(labels)
    for at, other in others:
        entries.insert(at, other)
    together, apart = WavText(), WavText()
    for held in (together, apart):
        held.add_cues(point(0, 10) + point(7, 20))
    whole = b"".join(entries)
    assert len(whole) > 1_024
    together.add_list(whole[:-1] if cut_off else whole)
    for entry in entries[:-1]:
        apart.add_list(entry)
    apart.add_list(entries[-1][:-1] if cut_off else entries[-1])
    assert resolved(together) == resolved(apart)
    for held in (together, apart):
        held.next_segment(0)
    assert counts(together) == counts(apart)


def counts(held: WavText) -> tuple[int, int, int]:
    return held.unknown_cues, held.unknown_purposes, held.malformed_entries
