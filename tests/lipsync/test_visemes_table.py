"""The format of a set's table, and the sentence about each mistake in one."""

from __future__ import annotations

import pytest

from streamer.errors import UsageError
from streamer.lipsync.symbols import SYMBOLS
from streamer.lipsync.visemes.model import Shape
from streamer.lipsync.visemes.table import parse_set, parse_shape

HEAD = (
    "# a comment\n\n"
    "@set\ttiny\n@neutral\trest\n@flat\tyes\n"
    "@shape\tlips\tp\n@shape\topen\ta\n@shape\trest\t-\n"
    "@alias\tM\tlips\n@tween\tlips\trest\topen\n"
)
"""Ten lines."""
LIPS = "pbm"
ROWS = "".join(
    f"{symbol}\t{'lips' if symbol in LIPS else 'open'}\t{sound.example}\tclass\n"
    for symbol, sound in SYMBOLS.items()
)


def fault(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse_set(text, "tiny.tsv")
    return str(caught.value)


def after_head(line: str) -> str:
    """The fault of the line behind the head."""
    said = fault(f"{HEAD}{line}\n")
    assert said.startswith("tiny.tsv, line 11: ")
    return said.removeprefix("tiny.tsv, line 11: ")


def test_a_table_becomes_a_set():
    made = parse_set(HEAD + ROWS, "tiny.tsv")[""]
    assert (made.name, made.names, made.neutral) == (
        "tiny",
        ("lips", "open", "rest"),
        "rest",
    )
    assert made.flat
    assert made.viseme("m") == "lips"
    assert made.viseme("ʔ") == "open"
    assert made.rows["m"].example == "mat"
    assert not made.rows["m"].published
    assert dict(made.sounds) == {"lips": "p", "open": "a", "rest": ""}
    assert dict(made.aliases) == {"M": "lips"}
    assert dict(made.tweens) == {("lips", "rest"): "open"}


def test_a_cell_has_weights_choices_and_sequences():
    extra = "@language\tXX\na\topen:0.5\tx\tpublished\ne\topen/*\tx\tclass\n"
    extra += "i\topen/lips\tx\tclass\nmb\tlips open lips\tx\tclass\n"
    sets = parse_set(HEAD + ROWS + extra, "tiny.tsv")
    made = sets["xx"]
    assert made.language == "xx"
    assert made.weight("a") == 0.5
    assert made.rows["a"].published
    assert made.choices("e") == ("open", "lips", "rest")
    assert made.choices("i") == ("open", "lips")
    assert made.sequence("mb") == ("lips", "open", "lips")
    assert sets[""].weight("a") == 1.0
    assert "mb" not in sets[""].rows


@pytest.mark.parametrize("cell", ["aa:", "aa:x", "aa:0", "aa:1.5", "aa:-1", "aa:nan"])
def test_a_weight_is_a_number_above_0_and_at_most_1(cell):
    assert parse_shape(cell) is None
    assert "the weight of 'open:" in after_head(
        f"a\t{cell.replace('aa', 'open')}\tx\tclass"
    )


def test_a_shape_without_a_weight_is_whole():
    assert parse_shape("aa") == Shape("aa", 1.0)
    assert parse_shape("aa:0.25") == Shape("aa", 0.25)


def test_an_unknown_instruction_is_refused():
    assert after_head("@colour\tred") == (
        "'@colour' is no instruction; "
        "use one of @set, @neutral, @flat, @shape, @alias, @tween, @language"
    )


def test_columns_are_counted():
    wrong = "there are 2 columns where {} belong; separate them by tabs"
    assert after_head("@shape\tE") == wrong.format(3)
    assert after_head("a\topen") == wrong.format(4)


def test_what_is_said_once_is_not_said_twice():
    assert after_head("@set\tx") == "@set is said a second time; keep one of them"
    assert after_head("@shape\tlips\tp") == (
        "shape 'lips' is in line 6 too; keep one of them"
    )
    again = fault(f"{HEAD}a\topen\tx\tclass\na\topen\tx\tclass\n")
    assert again == "tiny.tsv, line 12: 'a' is in line 11 too; keep one of them"
    again = fault(f"{HEAD}@language\tde\n@language\tDE\n")
    assert again == (
        "tiny.tsv, line 12: language 'de' begins a second time; join the two parts"
    )


def test_a_language_may_say_anew_what_the_set_says():
    text = HEAD + ROWS + "@language\tde\na\tlips\tx\tclass\n"
    assert parse_set(text, "tiny.tsv")["de"].viseme("a") == "lips"


def test_flat_is_yes_or_no():
    said = fault("@flat\tmaybe\n")
    assert said == "tiny.tsv, line 1: @flat is 'maybe'; say yes or no"


@pytest.mark.parametrize("cell", ["Q", "Q:0.5", "open/Q", "open Q"])
def test_an_unknown_shape_is_refused_with_those_there_are(cell):
    assert after_head(f"a\t{cell}\tx\tclass") == (
        "'Q' is no shape of this set, which has: lips open rest; "
        "name one of them, or add its @shape line above"
    )


def test_a_row_above_all_shapes_is_refused():
    assert fault("a\topen\tx\tclass\n") == (
        "tiny.tsv, line 1: 'open' is no shape of this set, which has: none; "
        "name one of them, or add its @shape line above"
    )


def test_neutral_is_a_shape():
    text = HEAD.replace("@neutral\trest", "@neutral\tnone") + ROWS
    assert "'none' is no shape of this set" in fault(text)


def test_a_tween_lies_between_two_other_shapes():
    assert "'Q' is no shape" in after_head("@tween\tlips\topen\tQ")
    assert after_head("@tween\topen\tlips\topen") == (
        "'open' is not between 'open' and 'lips'; name three shapes"
    )
    assert after_head("@tween\tlips\trest\topen") == (
        "'lips' to 'rest' has a shape between already; keep one of them"
    )


def test_an_alias_is_another_name_of_a_shape():
    assert "'Q' is no shape" in after_head("@alias\tA\tQ")
    assert after_head("@alias\topen\tlips") == (
        "'open' is a shape itself; drop the alias"
    )


@pytest.mark.parametrize(
    ("sound", "strange"), [("tS", "S"), ("g", "g"), (".i", "."), ("", ""), ("aː", "ː")]
)
def test_sounds_are_written_in_base_symbols(sound, strange):
    assert after_head(f"{sound}\topen\tx\tclass") == (
        f"{strange!r} in {sound!r} is no base symbol; "
        "write the sound in base symbols of IPA"
    )


def test_a_row_has_an_example_and_an_origin():
    assert after_head("a\topen\t\tclass") == (
        "'a' has no example; name a word that has it"
    )
    assert after_head("a\topen\tx\tme") == (
        "the last column is 'me'; say published or class"
    )


@pytest.mark.parametrize("keyword", ["set", "neutral", "flat"])
def test_what_a_set_needs_is_said(keyword):
    lines = [line for line in HEAD.splitlines() if f"@{keyword}" not in line]
    said = fault("\n".join(lines) + "\n" + ROWS)
    assert f"@{keyword} is missing; say it above the sounds" in said


def test_every_base_symbol_needs_a_shape():
    lines = [line for line in ROWS.splitlines() if line[0] not in "ɸʘ"]
    said = fault(HEAD + "\n".join(lines))
    assert said == (
        "tiny.tsv, line 116: there is no shape for ʘ ɸ; add a line for each"
    )


def test_the_sound_that_stands_for_a_shape_is_shown_by_it():
    said = fault(HEAD.replace("lips\tp", "lips\ts") + ROWS)
    assert said == (
        "tiny.tsv, line 6: 'lips' does not show 's'; name a sound that 'lips' shows"
    )
    said = fault(HEAD.replace("lips\tp", "lips\tP") + ROWS)
    assert said == (
        "tiny.tsv, line 6: 'P' is no sound; write the sound in base symbols of IPA"
    )


def test_only_neutral_stands_for_no_sound():
    remedy = "give every shape but the neutral one a sound"
    said = fault(HEAD.replace("lips\tp", "lips\t-") + ROWS)
    assert said == f"tiny.tsv, line 6: shape 'lips' stands for nothing; {remedy}"
    said = fault(HEAD.replace("rest\t-", "rest\ta") + ROWS)
    assert said == f"tiny.tsv, line 8: shape 'rest' stands for a; {remedy}"
