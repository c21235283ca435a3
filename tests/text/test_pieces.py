from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from streamer.errors import UsageError
from streamer.text import PieceCutter

STORY = """\
# A story

Dr. Smith paid $3.14 at www.example.com, i.e. "too much!" he said. Then... he left.
“Why?” she asked. (Nobody knew.) It was 5 p.m. in the U.S. of A.
He said:
- one thing
- another, well-known thing
1. First. Second!
2) Third

你好。他说：“走吧！”然后「走」了？नमस्ते। आप कैसे हैं? Great! 😀 ¿Qué?
"""

SPELLABLE = st.text(
    st.sampled_from('aB1 \n\t.,;:!?…-—"”“()「」。，！।é\u0301😀\u200d<speak>#$'),
    max_size=80,
)


def cut(*parts, **options):
    """Return the pieces known before the end, and those after it."""
    cutter = PieceCutter(**options)
    early = []
    for part in parts:
        cutter.receive_text(part)
        early += cutter.pieces()
    cutter.receive_end()
    return early, cutter.pieces()


def whole(*parts, **options):
    early, late = cut(*parts, **options)
    return early + late


def bare(text):
    return "".join(text.split())


def test_a_sentence_leaves_when_the_next_begins():
    assert cut("Hello there. How") == (["Hello there."], ["How"])


def test_a_sentence_at_the_end_of_a_line_leaves_at_once():
    assert cut("Hello there.\n") == (["Hello there."], [])


def test_white_space_is_never_a_piece():
    assert whole(" \n\n ", "\t") == []
    assert whole("\n\nHi.\n\n\n \n") == ["Hi."]


def test_nothing_at_all():
    assert whole() == []
    assert whole("") == []


def test_punctuation_alone_waits_for_words():
    assert cut("… ! Yes") == ([], ["… ! Yes"])


def test_a_story():
    assert whole(STORY) == [
        "# A story",
        'Dr. Smith paid $3.14 at www.example.com, i.e. "too much!" he said.',
        "Then... he left.",
        "“Why?” she asked.",
        "(Nobody knew.)",
        "It was 5 p.m. in the U.S. of A.\nHe said:",
        "- one thing",
        "- another, well-known thing",
        "1. First.",
        "Second!",
        "2) Third",
        "你好。",
        "他说：“走吧！”",
        "然后「走」了？",
        "नमस्ते।",
        "आप कैसे हैं?",
        "Great! 😀",
        "¿Qué?",
    ]


def test_the_first_piece_may_be_a_clause():
    text = "Well, when all is said and done, it is late, and so on, and on"
    assert cut(text, first_characters=40) == (
        ["Well, when all is said and done,"],
        ["it is late, and so on, and on"],
    )


def test_a_clause_too_short_for_a_first_piece_waits_for_the_next():
    text = "Well, then we go without another word, and on and on"
    assert whole(text, first_characters=30) == [
        "Well, then we go without another word,",
        "and on and on",
    ]


def test_a_short_first_sentence_comes_whole():
    assert whole("Well, yes, it is. No.", first_characters=60)[0] == "Well, yes, it is."


def test_later_pieces_are_not_cut_at_clauses():
    text = "Yes. " + "and so on, " * 30
    assert whole(text, first_characters=10) == ["Yes.", text[5:].strip()]


def test_an_endless_sentence_is_cut_at_clauses():
    pieces = whole("Yes. " + "and so on, " * 30, max_characters=50)
    assert pieces[1] == "and so on, and so on, and so on, and so on,"
    assert all(len(piece) <= 50 for piece in pieces)


def test_4000_characters_come_whole_and_in_order():
    text = "The quick brown fox, as they say, jumps over the lazy dog. " * 68
    pieces = whole(text)
    assert len(pieces) == 68
    assert " ".join(pieces) == text.strip()


def test_a_sentence_that_ends_just_past_the_bound_is_cut_within_it():
    """The next sentence's first letter shows the end, too late by two characters."""
    assert whole("one two. Three", max_characters=8) == ["one two.", "Three"]
    assert whole("one tw.   Three", max_characters=8) == ["one tw.", "Three"]
    assert whole("abc def. ghi", max_characters=9) == ["abc def.", "ghi"]
    assert whole("........ Three", max_characters=9) == ["........", "Three"]


def test_language_decides():
    assert len(whole("Es ist am 3. Mai so.", language="de-DE")) == 1


@pytest.mark.parametrize(
    "text",
    ["<speak>One. Two.\n\nThree</speak>", " <speak version='1'>A, b. C</speak>\n"],
)
def test_ssml_is_one_piece(text):
    assert whole(text) == [text.strip()]
    assert whole(*text) == [text.strip()]


def test_what_only_looks_like_ssml_is_text():
    assert whole("<speaker> is. Not") == ["<speaker> is.", "Not"]
    assert whole("<spea") == ["<spea"]


def test_ssml_too_long_for_a_piece_is_refused():
    cutter = PieceCutter(max_characters=20)
    with pytest.raises(UsageError) as caught:
        cutter.receive_text("<speak>One. Two. Three.</speak>")
    assert str(caught.value) == (
        "SSML of 31 characters cannot be cut and is longer than the 20 that one "
        "request takes; send it in parts"
    )
    with pytest.raises(UsageError):
        cutter.receive_end()
    assert cutter.pieces() == []


def test_ssml_as_long_as_a_piece_passes():
    text = "<speak>One.</speak>"
    assert whole(text + "\n", max_characters=len(text)) == [text]


def test_text_after_the_end_is_refused():
    cutter = PieceCutter()
    cutter.receive_end()
    cutter.receive_end()
    with pytest.raises(UsageError, match="make another PieceCutter"):
        cutter.receive_text("x")


def test_pieces_too_short_to_be_of_use_are_refused():
    with pytest.raises(UsageError, match="max_characters of 8 or more"):
        PieceCutter(max_characters=7)


@pytest.mark.parametrize(
    "options", [{}, {"first_characters": 10, "max_characters": 30}]
)
def test_a_story_is_cut_alike_for_every_split(options):
    expected = whole(STORY, **options)
    assert whole(*STORY, **options) == expected
    for at in range(0, len(STORY), 7):
        assert whole(STORY[:at], STORY[at:], **options) == expected


def test_early_pieces_do_not_depend_on_the_split():
    """Not only the pieces: the character at which each leaves is the same."""
    left = {}
    cutter = PieceCutter()
    for at, char in enumerate(STORY):
        cutter.receive_text(char)
        left |= dict.fromkeys(cutter.pieces(), at + 1)
    for piece, at in left.items():
        assert piece in cut(STORY[:at])[0]
        assert piece not in cut(STORY[: at - 1])[0]


@given(st.lists(SPELLABLE, max_size=4), st.integers(1, 30), st.integers(8, 40))
def test_pieces_hold_the_text_whatever_it_is(parts, first, longest):
    """Nothing lost, nothing too long, nothing blank; the same for every split."""
    options = {"first_characters": first, "max_characters": longest}
    text = "".join(parts)
    try:
        pieces = whole(*parts, **options)
    except UsageError:
        assert text.lstrip().startswith("<speak")
        assert len(text.strip()) > longest
        return
    assert bare("".join(pieces)) == bare(text)
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert all(len(piece) <= longest for piece in pieces)
    assert whole(text, **options) == pieces
    assert whole(*text, **options) == pieces


@given(SPELLABLE)
def test_pieces_stand_in_the_text_with_white_space_between(text):
    rest = text
    for piece in whole(text):
        before, _, rest = rest.partition(piece)
        assert not before.strip()
    assert not rest.strip()


def test_what_is_in_no_piece_yet_can_be_asked_for():
    cutter = PieceCutter()
    cutter.receive_text("Hello there, my friend. And what about the ")
    assert cutter.pieces() == ["Hello there, my friend."]
    assert cutter.rest == "And what about the"
    cutter.receive_end()
    assert (cutter.pieces(), cutter.rest) == (["And what about the"], "")
