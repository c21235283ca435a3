from __future__ import annotations

import pytest

from streamer.audio.format import TimedText
from streamer.lipsync.timeline import Mark
from streamer.lipsync.words import FreshLetters, WordMaker, assemble_words


def characters(text, frames=10):
    return [
        TimedText("grapheme", char, index * frames, frames)
        for index, char in enumerate(text)
    ]


def texts(text):
    return [mark.text for mark in assemble_words(characters(text))]


def test_a_word_spans_its_first_to_its_last_character():
    assert assemble_words(characters("to be")) == [
        Mark(0, 20, "word", "to"),
        Mark(30, 20, "word", "be"),
    ]


def test_punctuation_around_a_word_is_in_neither_text_nor_span():
    assert assemble_words(characters("(so?)")) == [Mark(10, 20, "word", "so")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("don’t stop", ["don’t", "stop"]),
        ("well-known, U.S. news", ["well-known", "U.S", "news"]),
        ("50% of $5", ["50%", "of", "$5"]),
        ("yes — no", ["yes", "no"]),
        ("a\n\tb  c ", ["a", "b", "c"]),
        ("¿Qué?", ["Qué"]),
        ("…", []),
        ("", []),
    ],
)
def test_words_are_split_at_white_space(text, words):
    assert texts(text) == words


def test_entries_of_several_characters_are_divided():
    entries = [TimedText("grapheme", "hi you", 0, 60), TimedText("grapheme", "", 60, 5)]
    assert assemble_words(entries) == [
        Mark(0, 20, "word", "hi"),
        Mark(30, 30, "word", "you"),
    ]


def test_characters_may_share_a_span():
    entries = [TimedText("grapheme", char, 100, 50) for char in "th"]
    assert assemble_words(entries) == [Mark(100, 50, "word", "th")]


def test_a_word_without_duration_lasts_a_frame():
    assert assemble_words(characters("a", frames=0)) == [Mark(0, 1, "word", "a")]


def test_whole_words_need_no_space_between():
    entries = [
        TimedText("grapheme", text, 0, 9) for text in ("ab", "c", "d", "-", "ef")
    ]
    assert [mark.text for mark in assemble_words(entries)] == ["ab", "cd-ef"]


def test_a_word_waits_for_the_character_behind_it():
    maker = WordMaker()
    maker.receive(characters("to be"))
    assert [mark.text for mark in maker.take(1_000)] == ["to"]
    assert maker.take(1_000, heard=30) == []
    assert [mark.text for mark in maker.take(1_000, heard=31)] == ["be"]


def test_words_that_start_later_are_left_alone():
    maker = WordMaker()
    maker.receive(characters("a b c d"))
    assert [mark.text for mark in maker.take(30)] == ["a"]
    assert [mark.text for mark in maker.take(None)] == ["b", "c", "d"]


def test_words_do_not_overlap():
    maker = WordMaker()
    entries = [
        TimedText("grapheme", "a", 0, 50),
        TimedText("grapheme", " ", 20, 5),
        TimedText("grapheme", "b", 30, 50),
    ]
    maker.receive(entries)
    spans = [(mark.frame, mark.frames) for mark in maker.take(None)]
    assert spans == [(0, 30), (30, 50)]


def test_a_snapshot_adds_only_what_is_new():
    fresh = FreshLetters()
    assert fresh.take(characters("to be"))[:2] == characters("to")
    grown = characters("to be or")
    assert fresh.take(grown) == grown[5:]
    shared = [TimedText("grapheme", char, 200, 10) for char in "sh"]
    assert fresh.take(shared[:1]) == shared[:1]
    assert fresh.take(shared) == shared[1:]


# -- scripts without spaces ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("你好，世界。今天", [*"你好世界今天"]),
        ("これはABC です", [*"これは", "ABC", *"です"]),
        ("東京2025年", ["東", "京", "2025", "年"]),
        ("人々がスーパーへ", ["人々", "が", "スー", "パー", "へ"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("၁၂", ["၁၂"]),
        ("नमस्ते दुनिया।अब", ["नमस्ते", "दुनिया", "अब"]),
        ("نعم؟لا", ["نعم", "لا"]),
        ("3.14 U.S.A", ["3.14", "U.S.A"]),
    ],
)
def test_a_letter_is_a_word_where_only_a_dictionary_knows_words(text, words):
    assert texts(text) == words
    together = [TimedText("grapheme", text, 0, 10 * len(text))]
    assert [mark.text for mark in assemble_words(together)] == words


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("你好，世界。今天天气很好", 50),
        ("これはABC です、スーパー", 400),
        ("สวัสดีครับ", 200),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 40])
def test_words_without_spaces_do_not_depend_on_how_letters_come(text, size, ahead):
    letters = characters(text, 100)
    maker, marks = WordMaker(), []
    for at in range(0, len(letters), size):
        maker.receive(letters[at : at + size])
        marks += maker.take(10_000, heard=max((at + size) * 100 - ahead, 0))
    marks += maker.take(None)
    assert marks == assemble_words(letters)


def test_entries_of_whole_words_may_end_in_punctuation():
    entries = [
        TimedText("grapheme", text, at * 50, 50)
        for at, text in enumerate(["Hello,", "big", "world.", "Yes"])
    ]
    assert [mark.text for mark in assemble_words(entries)] == [
        "Hello", "big", "world", "Yes",
    ]  # fmt: skip
