from __future__ import annotations

import numpy as np
import pytest

from streamer.audio import TimedText, TimedTexts
from streamer.audio.timed_text import (
    are_in_order,
    count_of,
    joined,
    lengths_of,
    longest_of,
    of_kind,
    starts_of,
)

COUNT = 200


def made(count: int = COUNT) -> TimedTexts:
    """Texts "0", "1" and so on, each third one a phoneme."""
    texts = [str(at).encode() for at in range(count)]
    stops = np.cumsum([len(text) for text in texts])
    bounds = np.stack([stops - [len(text) for text in texts], stops], axis=1)
    at = np.arange(count)
    return TimedTexts(b"".join(texts), bounds, at % 3 == 0, 10 * at, 5 + at % 2)


def plain(count: int = COUNT) -> list[TimedText]:
    return [
        TimedText("grapheme" if at % 3 else "phoneme", str(at), 10 * at, 5 + at % 2)
        for at in range(count)
    ]


def test_it_is_a_sequence_of_its_entries():
    texts = made()
    assert len(texts) == COUNT
    assert list(texts) == plain()
    assert [texts[at] for at in range(COUNT)] == plain()
    assert texts[-1] == plain()[-1]
    assert list(texts[60:130]) == plain()[60:130]
    assert plain()[7] in texts
    assert type(texts[3].frame) is type(texts[3].frames) is int


@pytest.mark.parametrize("index", [COUNT, -COUNT - 1])
def test_there_is_nothing_beyond_its_ends(index):
    with pytest.raises(IndexError):
        made()[index]


def test_it_equals_what_has_the_same_entries():
    assert made() == made()
    assert made() != made(COUNT - 1)
    assert made() != plain()
    assert repr(made(1)) == f"TimedTexts({plain(1)!r})"
    with pytest.raises(TypeError):
        hash(made())


def test_its_entries_may_start_elsewhere():
    moved = made(2).at(np.array([7, 8]))
    assert [(text.text, text.frame) for text in moved] == [("0", 7), ("1", 8)]


@pytest.mark.parametrize("texts", [made(), plain()])
def test_a_kind_of_any_sequence_and_its_columns(texts):
    for kind in ("phoneme", "grapheme"):
        expected = [text for text in plain() if text.kind == kind]
        assert list(of_kind(texts, kind)) == expected
    assert starts_of(texts) == [text.frame for text in plain()]
    assert lengths_of(texts) == [text.frames for text in plain()]
    assert longest_of(texts) == 6
    assert [count_of(texts, at) for at in (0, 1, 10, 11, 10 * COUNT)] == [
        0, 1, 1, 2, COUNT,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("starts", "ordered"),
    [([], True), ([5], True), ([1, 1, 2], True), ([1, 3, 2], False), ([2, 1], False)],
)
def test_whether_entries_are_in_order(starts, ordered):
    texts = made(len(starts)).at(np.array(starts, np.int64))
    assert are_in_order(texts) == are_in_order(list(texts)) == ordered


def test_parts_are_joined_in_their_order():
    assert list(joined([])) == []
    assert joined([made()]) == made()
    assert list(joined([made(3), made(2)])) == plain(3) + plain(2)
