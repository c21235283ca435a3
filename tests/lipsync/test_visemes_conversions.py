"""Shapes of one set as those of another, and what is lost on the way."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from streamer.errors import UsageError
from streamer.lipsync.visemes import (
    NAMES,
    SETS,
    conversion,
    convert,
    find_set,
    groups,
    round_trip,
)
from streamer.lipsync.visemes.conversions import parse_conversions
from streamer.lipsync.visemes.model import Shape
from tests.lipsync import published_visemes as said
from tests.tables import each

PAIRS = [*product(NAMES, NAMES)]
ENGLISH = "pbmfvθðtdkɡszʃʒhnŋlɹjwiɪɛæɑɔʊuʌəɝɚoe"

LOST = {
    ("oculus", "azure"): "",
    ("oculus", "arpabet"): "",
    ("oculus", "cc4"): "nn DD",
    ("oculus", "polly"): "nn DD",
    ("oculus", "rhubarb"): "TH SS DD SS kk SS CH SS RR O I SS",
    ("oculus", "preston-blair"): "TH SS DD SS kk SS CH SS RR SS I aa",
    ("oculus", "vrm"): "PP sil FF I TH I DD I kk aa CH U SS I nn I RR U",
    ("azure", "oculus"): "1 2 3 8 5 13 9 8 10 8 11 6 12 20",
    ("azure", "polly"): "5 4 9 2 10 3 11 2 12 20 14 19",
    ("polly", "oculus"): "@ e E e O o B p J S",
    ("polly", "azure"): "e E B p J S",
    ("rhubarb", "oculus"): "",
    ("rhubarb", "azure"): "",
    ("rhubarb", "preston-blair"): "",
    ("rhubarb", "polly"): "H B",
    ("rhubarb", "vrm"): "A X G B H B",
    ("preston-blair", "rhubarb"): "WQ U",
    ("vrm", "oculus"): "",
    ("vrm", "rhubarb"): "",
    ("cc4", "oculus"): "EE Ih Er R",
}
"""After a way there and back: shapes that become others, each before its other."""

MISLED = {
    ("azure", "oculus"): {
        "θ": "DD", "n": "DD", "ŋ": "kk", "ʊ": "E", "ə": "aa", "ɚ": "aa",
    },
    ("oculus", "rhubarb"): {
        "n": "H", "ŋ": "H", "ɹ": "E", "æ": "D", "ʌ": "D", "h": "B",
    },
    ("oculus", "vrm"): {
        "ŋ": "ih", "ɝ": "ou", "ɚ": "ou",
    },
}  # fmt: skip
"""English sounds that come out otherwise by their viseme than by themselves."""


@each(PAIRS)
def test_every_shape_becomes_one(source, target):
    table = conversion(source, target)
    assert tuple(table) == SETS[source].names
    assert {shape.viseme for shape in table.values()} <= set(SETS[target].names)
    assert all(0.0 < shape.weight <= 1.0 for shape in table.values())


@each(PAIRS)
def test_silence_stays_silence(source, target):
    neutral = SETS[target].neutral
    assert convert(SETS[source].neutral, source, target) == neutral


@each([pair for pair in permutations(NAMES, 2) if not {"vrm", "vrm0"} & {*pair}])
def test_closed_lips_stay_closed_and_nothing_else_closes(source, target):
    """VRM has no closed mouth, so it can neither show one nor tell of one."""
    closed = {SETS[target].viseme(symbol) for symbol in "pbm"}
    for viseme in SETS[source].names:
        seals = convert(viseme, source, target) in closed
        sealed = set(SETS[source].members(viseme)) & set("pbmβ")
        assert seals == bool(sealed)


@each(NAMES)
def test_a_set_becomes_itself(name):
    assert all(convert(v, name, name) == v for v in SETS[name].names)


def test_the_weights_to_vrm_are_the_published_ones():
    table = conversion("oculus", "vrm")
    for viseme, cell in said.pairs(said.OCULUS_TO["vrm"]):
        name, _, weight = cell.partition(":")
        assert table[viseme] == Shape(name, float(weight))
    old = {
        viseme: shape.weight for viseme, shape in conversion("oculus", "vrm0").items()
    }
    assert old == {viseme: shape.weight for viseme, shape in table.items()}


def test_vrm_0_has_the_shapes_of_vrm_1_by_other_names():
    names = conversion("vrm", "vrm0")
    for viseme, shape in conversion("oculus", "vrm").items():
        assert convert(viseme, "oculus", "vrm0") == names[shape.viseme].viseme


def test_without_a_published_table_a_shape_goes_the_way_of_its_sound():
    assert convert("14", "azure", "rhubarb") == "H"
    assert convert("17", "azure", "cc4") == "Th"
    assert convert("J", "polly", "oculus") == "CH"
    assert convert("CH", "arpabet", "azure") == "16"
    assert convert("AW", "arpabet", "azure") == "9"
    assert conversion("polly", "vrm")["@"] == Shape("ee", 0.4)


def test_other_names_are_understood():
    assert convert("E:", "polly", "oculus") == convert("E", "polly", "oculus")
    assert convert("l", "polly", "oculus") == convert("t", "polly", "oculus")
    assert convert("AX", "arpabet", "rhubarb") == "C"
    assert convert("DX", "arpabet", "arpabet") == "D"


def test_groups_are_the_other_way_round():
    assert groups("arpabet", "rhubarb")["A"] == ("B", "M", "P")
    assert groups("azure", "oculus")["U"] == ("7",)
    assert groups("vrm", "oculus")["FF"] == ()


@each(LOST)
def test_what_a_round_trip_loses_is_known(source, via):
    after = round_trip(source, via)
    assert tuple(after) == SETS[source].names
    lost = {shape: back for shape, back in after.items() if back != shape}
    assert lost == dict(said.pairs(LOST[source, via]))


def test_a_second_round_trip_loses_nothing_more():
    for source, via in permutations(NAMES, 2):
        once = round_trip(source, via)
        twice = {shape: once[back] for shape, back in once.items()}
        assert (source, via, twice) == (source, via, dict(once))


@each(MISLED)
def test_what_phonemes_tell_and_visemes_do_not_is_known(source, target):
    table = conversion(source, target)
    misled = {}
    for symbol in ENGLISH:
        shape = table[SETS[source].viseme(symbol)].viseme
        if shape != SETS[target].viseme(symbol):
            misled[symbol] = shape
    assert misled == MISLED[source, target]


def test_an_unknown_shape_is_refused_with_those_there_are():
    with pytest.raises(UsageError) as caught:
        convert("22", "vrm", "oculus")
    assert str(caught.value) == (
        "vrm has no shape '22'; it has: aa ih ou ee oh neutral"
    )


@each([("disney", "oculus"), ("oculus", "disney")])
def test_an_unknown_set_is_refused(pair):
    with pytest.raises(UsageError, match="there is no viseme set 'disney'"):
        convert("sil", *pair)


def fault(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse_conversions(text, "c.tsv")
    return str(caught.value)


BEGIN = "# comment\n@convert\tvrm\trhubarb\n"
WHOLE = BEGIN + "aa\tD\nih\tB\nou\tF:0.5\nee\tC\noh\tE\nneutral\tX\n"


def test_conversions_are_read():
    tables = parse_conversions(WHOLE, "c.tsv")
    assert tables["vrm", "rhubarb"]["ou"] == Shape("F", 0.5)
    assert parse_conversions("", "c.tsv") == {}


def test_a_broken_conversion_is_refused_with_file_line_and_remedy():
    names = " ".join(find_set("rhubarb").names)
    assert fault("aa\tD\n") == (
        "c.tsv, line 1: no @convert stands above; say which sets these are"
    )
    assert fault("@convert\tvrm\n") == (
        "c.tsv, line 1: @convert names two sets; name both, after tabs"
    )
    assert fault("@convert\tvrm\tdisney\n").startswith(
        "c.tsv, line 1: there is no viseme set 'disney'; choose one of: "
    )
    assert fault(WHOLE + "@convert\tvrm\trhubarb\n") == (
        "c.tsv, line 9: vrm to rhubarb begins a second time; join the two parts"
    )
    assert fault(BEGIN + "aa\n") == (
        "c.tsv, line 3: there are 1 columns where 2 belong; separate them by tabs"
    )
    assert fault(BEGIN + "aa\tD\naa\tD\n") == (
        "c.tsv, line 4: 'aa' has a line already; keep one of them"
    )
    assert fault(BEGIN + "aa\tD:2\n") == (
        "c.tsv, line 3: the weight of 'D:2' is none; give one in (0, 1]"
    )
    assert fault(BEGIN + "aa\tQ\n") == (
        f"c.tsv, line 3: 'Q' is no shape of rhubarb, which has: {names}; "
        "name one of them"
    )
    assert "line 3: 'AA' is no shape of vrm" in fault(BEGIN + "AA\tD\n")
    assert fault(BEGIN + "aa\tD\n") == (
        "c.tsv, line 2: vrm to rhubarb lacks ih ou ee oh neutral; add a line for each"
    )
