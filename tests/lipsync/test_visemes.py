"""The sets: what each is, what they all keep, and how they are found."""

from __future__ import annotations

import subprocess
import sys

import pytest

from streamer.errors import UsageError
from streamer.lipsync.symbols import SYMBOLS
from streamer.lipsync.visemes import NAMES, OCULUS, SETS, VisemeSet, find_set
from streamer.lipsync.visemes.model import main_shape
from tests.tables import each

DERIVED = {
    "h": "kk", "ʔ": "sil", "j": "I", "w": "U", "ŋ": "nn", "ə": "E", "ɚ": "RR",
    "ɜ": "RR", "ɹ": "RR", "æ": "aa", "ʌ": "aa", "ɔ": "O", "ø": "O", "y": "U",
    "β": "PP", "ɸ": "FF", "ɾ": "DD", "ç": "kk", "ɕ": "CH", "ʂ": "CH", "ɯ": "U",
}  # fmt: skip
SILENT = {"oculus": "ʔʡ", "cc4": "ʔʡ", "arpabet": "ʔʡ", "vrm": "pbmɓʙʘʔʡ"}
"""Sounds shown as neutral; VRM has no closed mouth but its neutral one."""
EVERY = pytest.mark.parametrize("name", NAMES)
LANGUAGES = ("de", "ko", "ja", "zh", "da")


@each(DERIVED)
def test_derived_members_follow_their_class(symbol):
    assert OCULUS.viseme(symbol) == DERIVED[symbol]


def test_other_symbols_are_refused():
    with pytest.raises(KeyError):
        OCULUS.viseme("tʃ")
    with pytest.raises(KeyError):
        OCULUS.choices("tʃ#")
    with pytest.raises(KeyError):
        OCULUS.sequence("t#")


@EVERY
def test_every_base_symbol_has_a_shape(name):
    assert len(SYMBOLS) == 108
    for made in (SETS[name], *(find_set(name, language) for language in LANGUAGES)):
        assert set(made.table) == set(SYMBOLS)
        assert set(made.table.values()) <= set(made.names)


@EVERY
def test_every_shape_shows_a_sound(name):
    """Azure's diphthongs are shapes too; they show no single symbol."""
    made = SETS[name]
    shown = {shape for row in made.rows.values() for shape in row.shapes}
    assert shown | {made.neutral} == set(made.names)


@EVERY
def test_sounds_that_are_seen_are_not_shown_as_silence(name):
    made = SETS[name]
    silent = SILENT.get(name.replace("vrm0", "vrm"), "")
    assert set(made.members(made.neutral)) == set(silent)


@EVERY
def test_lips_close_for_each_bilabial_alike(name):
    made = SETS[name]
    closed = {made.viseme(symbol) for symbol in "pbmɓʙʘ"}
    assert len(closed) == (3 if name == "arpabet" else 1)
    assert not closed & {made.viseme(symbol) for symbol in "fvtdkszʃaiuo"}


@EVERY
def test_a_row_names_its_shape_first_among_its_choices(name):
    for row in SETS[name].rows.values():
        assert row.choices[0] == row.shapes[0]
        assert len(set(row.choices)) == len(row.choices)
        assert 0.0 < row.weight <= 1.0
        assert row.example


@EVERY
def test_names_and_neutral_agree(name):
    made = SETS[name]
    assert made.name == name
    assert len(set(made.names)) == len(made.names)
    assert made.neutral in made.names
    assert not set(made.aliases) & set(made.names)


def test_drawings_are_told_from_rigs():
    flat = {name for name, made in SETS.items() if made.flat}
    assert flat == {"rhubarb", "preston-blair"}


def test_vrm_0_and_1_are_the_same_mouths():
    names = {"aa": "A", "ih": "I", "ou": "U", "ee": "E", "oh": "O"}
    names["neutral"] = "Neutral"
    old, new = SETS["vrm0"], SETS["vrm"]
    assert {s: names[v] for s, v in new.table.items()} == dict(old.table)
    assert {s: new.weight(s) for s in SYMBOLS} == {s: old.weight(s) for s in SYMBOLS}


def test_members_are_the_sounds_of_a_shape():
    assert OCULUS.members("TH") == ("θ", "ð")
    assert OCULUS.members("none") == ()


def test_a_sound_of_several_symbols_is_looked_up_by_its_longest_parts():
    azure = find_set("azure")
    assert azure.sequence("aɪ") == ("11",)
    assert azure.sequence("aɪɹ") == ("11", "13")
    assert azure.sequence("iɹ") == ("6", "13")
    assert azure.sequence("") == ()


def test_equal_neighbours_are_one_shape():
    assert SETS["rhubarb"].sequence("ts") == ("B",)
    assert find_set("azure", "zh").sequence("y") == ("7", "4", "4")  # as published


def test_a_sequence_has_one_main_shape():
    assert main_shape("eɪ", ("4", "6")) == "4"
    assert main_shape("tʃ", ("19", "16")) == "16"
    assert main_shape("y", ("7", "4", "4")) == "4"
    assert find_set("azure", "zh").viseme("o") == "8"


def test_weights_and_choices_come_from_the_table():
    assert SETS["vrm"].weight("ə") == 0.4
    assert OCULUS.weight("ə") == 1.0
    assert OCULUS.weight("aɪ") == 1.0
    assert SETS["rhubarb"].choices("ʃ") == ("B", "F")
    assert OCULUS.choices("ʃ") == ("CH",)


def test_a_set_may_be_made_without_rows():
    made = VisemeSet("two", ("rest", "open"), {"a": "open", "t": "rest"}, "rest")
    assert made.viseme("a") == "open"
    assert made.choices("a") == ("open",)
    assert made.weight("a") == 1.0
    assert made.sequence("ta") == ("rest", "open")


@EVERY
def test_german_er_is_shown_as_a_vowel_without_r(name):
    german = find_set(name, "de")
    assert german.viseme("ɜ") == german.viseme("ɐ")
    assert german.language == "de"
    if name != "arpabet":
        assert german.viseme("ɜ") != "RR"


@EVERY
def test_korean_q_is_no_stop(name):
    korean = find_set(name, "ko")
    assert korean.viseme("q") == korean.viseme("ŋ")


@pytest.mark.parametrize("name", ["oculus", "vrm", "vrm0", "cc4"])
def test_japanese_u_is_compressed_not_rounded(name):
    japanese = find_set(name, "ja")
    assert japanese.viseme("ɯ") == japanese.viseme("u")
    assert japanese.weight("ɯ") == 0.6


@EVERY
def test_chinese_apical_vowels_hold_their_sibilant(name):
    chinese = find_set(name, "cmn")
    assert chinese.sequence("i.") == chinese.sequence("ʂ")
    assert chinese.sequence("i̪") == chinese.sequence("s")


@EVERY
def test_the_danish_glottal_catch_has_no_shape(name):
    danish = find_set(name, "da")
    assert danish.viseme("ʔ") == danish.neutral


@pytest.mark.parametrize(
    "language", ["fr", "es", "it", "pt-BR", "ja", "zh", "ru", "ar"]
)
def test_only_english_has_azures_diphthongs(language):
    assert find_set("azure", language).sequence("aɪ") == ("2", "6")
    assert find_set("azure", language).sequence("aʊ") == ("2", "7")
    assert find_set("azure", "en-GB").sequence("aɪ") == ("11",)


def test_a_language_is_found_by_its_tag():
    german = find_set("azure", "de")
    assert find_set("azure", "de-AT") is german
    assert find_set("azure", "de_CH") is german
    assert find_set("azure", "cmn") is find_set("azure", "zh-CN")
    assert find_set("azure", "pt-br").language == "pt-br"
    assert find_set("azure", "cmn-latn-pinyin").language == "zh"


def test_a_language_without_a_table_has_the_sets():
    assert find_set("oculus", "fr") is OCULUS
    assert find_set("azure", "pt") is SETS["azure"]
    assert OCULUS.language == ""


def test_there_are_nine_sets():
    assert len(SETS) == len(NAMES) == 9
    assert tuple(SETS) == NAMES


def test_sets_are_read_once():
    assert SETS["oculus"] is OCULUS
    assert find_set("rhubarb") is SETS["rhubarb"]
    assert len({OCULUS, SETS["oculus"], SETS["azure"]}) == 2


@pytest.mark.program
def test_a_set_is_read_when_it_is_asked_for():
    code = (
        "import streamer.lipsync\n"
        "from streamer.lipsync.visemes import SETS, sets\n"
        "assert 'azure' in SETS and len(list(SETS)) == len(SETS)\n"
        "before = sets._read_set.cache_info().currsize\n"
        "SETS['azure']; SETS['azure']\n"
        "print(before, sets._read_set.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.split() == ["1", "2"]


def test_an_unknown_set_is_refused_with_those_there_are():
    assert "disney" not in SETS
    with pytest.raises(KeyError):
        SETS["disney"]
    with pytest.raises(UsageError) as caught:
        find_set("disney")
    assert str(caught.value) == (
        "there is no viseme set 'disney'; choose one of: oculus, azure, polly, "
        "rhubarb, preston-blair, vrm, vrm0, cc4, arpabet"
    )
