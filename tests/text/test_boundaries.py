from __future__ import annotations

import pytest

from streamer.text.boundaries import (
    clause_end,
    is_ssml,
    line_break,
    longest_cut,
    sentence_end,
    shows_clause,
)
from tests.tables import each

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
THUMB = "\U0001f44d\U0001f3fd"
FRANCE = "\U0001f1eb\U0001f1f7"
GERMANY = "\U0001f1e9\U0001f1ea"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<", None), ("<speak", None), ("<speak>", True), ("<speak ", True),
        ("<speak/", True), ("<speaker", False), ("<b", False), ("Hello", False),
    ],
)  # fmt: skip
def test_ssml_is_known_by_its_first_tag(text, answer):
    assert is_ssml(text) is answer


ENDED = {
    "Hi. T": "Hi. ",
    "Hi.  \n T": "Hi.  \n ",
    "Hi! t": "Hi! ",
    'He said "Go." T': 'He said "Go." ',
    "(Yes.) T": "(Yes.) ",
    "He left. “T": "He left. ",
    'He left. "T': "He left. ",
    "Great! 😀 T": "Great! 😀 ",
    "Hola. ¿Q": "Hola. ",
    "It cost it. $3": "It cost it. ",
    "It is 5. $3 ": "It is 5. ",
    "Hm… T": "Hm… ",
    "In 1999. The ": "In 1999. ",
    "In 1999. The,": "In 1999. ",
    "你好。他": "你好。",
    "他说:“走。”然": "他说:“走。”",
    "走。「然": "走。",
    "真的？！然": "真的？！",
    "हूँ। क": "हूँ। ",
    "Բարեւ։ Ե": "Բարեւ։ ",
    "ہے۔ ک": "ہے۔ ",
    "សួស្តី។ ក": "សួស្តី។ ",
}


def test_a_sentence_has_ended_when_the_next_begins():
    assert {text: text[: sentence_end(text, "en")] for text in ENDED} == ENDED


UNENDED = [
    "Hi T", "Hi. ", "Hi.", "Hi. (", "Dr. S", "e.g. t", "J. R", "3.1", "v. 1",
    "No. 5", "www.a", "One.T", "at 5 p.m. T", "Ok... y", "1. F", "Yes.\n2. S", "T",
    '"Go!" h', "(really?) h", "In 1999. T", "In 1999. Th", "Hi. The ", "1. One ",
    " ", "No. 5 ",
]  # fmt: skip


def test_no_sentence_has_ended():
    assert [text for text in UNENDED if sentence_end(text, "en") != 0] == []


def test_languages_differ():
    assert sentence_end("Am 3. Mai ", "de") == 0
    assert sentence_end("Am 3. Mai ", "en") == 6


@each(
    [
        ("One two\n\n", "One two\n\n"),
        ("One two\r\n\r\n", "One two\r\n\r\n"),
        ("Done.\n", "Done.\n"),
        ("“Done.”\n", "“Done.”\n"),
        ("完。\n", "完。\n"),
        ("List:\n- ", "List:\n"),
        ("List:\n  * ", "List:\n"),
        ("a\n1. ", "a\n"),
        ("a\n12) ", "a\n"),
        ("a\n## ", "a\n"),
        ("# Title\n", "# Title\n"),
    ]
)
def test_lines_that_are_pieces(text, first):
    assert text[: line_break(text, "en")] == first


@pytest.mark.parametrize(
    "text", ["wrapped\n", "Mr.\n", "a\n- b ", "- ", "a\n2024 ", "a ", "#1 is\n", "1.\n"]
)
def test_lines_that_go_on(text):
    assert line_break(text, "en") == 0


@each(
    [
        ("one, two, three", 10),
        ("one; two", 5),
        ('"one," two', 7),
        ("one - two", 6),
        ("one – two", 6),
        ("one—two", 4),
        ("一，二", 2),
        ("1,000 at 10:30", 0),
        ("one-two", 0),
        ("a, long", 0),
    ]
)
def test_a_clause_ends_behind_its_mark(text, end):
    assert clause_end(text, 4 if text[0] in "oa" else 2) == end


@pytest.mark.parametrize(("char", "shows"), [(" ", True), ("，", True), (",", False)])
def test_what_shows_a_clause(char, shows):
    assert shows_clause(char) is shows


@each(
    [
        ("one, two three", "one, "),
        ("one two three", "one two"),
        ("one two ", "one two"),
        ("abcdef", "abcde"),
        ("abcde\u0301", "abcd"),
        ("ab" + FAMILY, "ab"),
        ("ab" + THUMB, "ab"),
        (FRANCE + GERMANY, FRANCE),
        (FRANCE + GERMANY[0], FRANCE),
        ("ab\ud83d\ude00", "ab"),
        ("ab\u1112\u1161\u11ab", "ab"),
        ("a" + "\u0301" * 5, "a" + "\u0301" * 4),
    ]
)
def test_the_longest_cut_takes_no_character_apart(text, first):
    assert text[: longest_cut(text)] == first
