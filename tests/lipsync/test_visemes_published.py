"""Our tables against what the sets' publishers say."""

from __future__ import annotations

from streamer.lipsync.symbols import SYMBOLS
from streamer.lipsync.visemes import OCULUS, SETS, convert, find_set, groups
from tests.lipsync import published_visemes as said
from tests.tables import each

CLASSES = said.table("viseme_classes.tsv")
POLLY = said.table("viseme_polly.tsv")
POLLY_SLIPS = {
    ("@", "e"), ("@", "eː"), ("T", "t"), ("E:", "ɛː"), ("i:", "i:"), ("k", r"\!"),
}  # fmt: skip
"""Rows of single languages that the others contradict."""


def sequence(name: str, ipa: str, language: str = "en") -> tuple[str, ...]:
    return find_set(name, language).sequence(said.plain(ipa))


def by_class(column: int) -> list[tuple[str, str]]:
    return [(symbol, row[column]) for row in CLASSES for symbol in row[0].split()]


def test_the_reference_has_every_base_symbol_once():
    assert sorted(symbol for symbol, _shape in by_class(1)) == sorted(SYMBOLS)


@each([("oculus", 1), ("azure", 2), ("polly", 3)])
def test_sets_follow_the_reference(name, column):
    assert dict(SETS[name].table) == dict(by_class(column))


def test_rhubarb_follows_the_reference():
    rhubarb = SETS["rhubarb"]
    for symbol, cell in by_class(4):
        if cell == "any":
            assert set(rhubarb.choices(symbol)) == set(rhubarb.names)
        else:
            first, *others = cell.split("/")
            # Its rules leave the schwa to its neighbours; the table opens the mouth.
            assert rhubarb.viseme(symbol) == {"ə": "C"}.get(symbol, first)
            assert {first, *others} <= set(rhubarb.choices(symbol))


def test_vrm_follows_the_reference():
    vrm = SETS["vrm"]
    for symbol, cell in by_class(5):
        viseme, _, weight = cell.partition(":")
        expected = viseme if weight else "neutral"
        assert (vrm.viseme(symbol), vrm.weight(symbol)) == (
            expected,
            float(weight or 1.0),
        )


def test_oculus_names_stand_in_published_order():
    assert OCULUS.names == tuple(said.OPENXR_NAMES.split())
    assert OCULUS.neutral == "sil"


@each(said.OPENXR)
def test_openxr_members_show_their_shape(viseme):
    for ipa in said.OPENXR[viseme].split():
        assert sequence("oculus", ipa) == (viseme,)


@each(range(15))
def test_mpeg4_has_the_same_order(index):
    for ipa in said.MPEG4[index].split():
        assert sequence("oculus", ipa) == (OCULUS.names[index],)


def test_azure_counts_its_ids():
    assert SETS["azure"].names == tuple(map(str, range(22)))
    assert SETS["azure"].neutral == "0"


@each(range(22))
def test_azure_shows_english_by_id_as_published(index):
    for ipa in said.AZURE_IDS[index].split():
        assert (ipa, sequence("azure", ipa)) == (ipa, (str(index),))


@each(said.AZURE)
def test_azure_shows_each_locale_as_published(locale):
    for ipa, ids in said.pairs(said.AZURE[locale]):
        assert (ipa, sequence("azure", ipa, locale)) == (ipa, tuple(ids.split(",")))


def test_azure_shows_kana_as_published():
    words = said.AZURE_KANA.split()
    for kana, ipa, ids in zip(words[::3], words[1::3], words[2::3], strict=True):
        assert (kana, sequence("azure", ipa, "ja-JP")) == (kana, tuple(ids.split(",")))


@each(said.POLLY_EN_US)
def test_polly_shows_english_as_published(symbol):
    for ipa in said.POLLY_EN_US[symbol].split():
        assert (ipa, sequence("polly", ipa)) == (ipa, (symbol,))


@each(POLLY)
def test_polly_shows_all_languages_as_published(symbol, members):
    for ipa in members.split():
        if (symbol, ipa) not in POLLY_SLIPS:
            assert (ipa, sequence("polly", ipa)) == (ipa, (symbol,))


def test_pollys_slips_are_slips():
    """An exception that is none hides a mistake."""
    there = {(row[0], ipa) for row in POLLY for ipa in row[1].split()}
    assert there >= POLLY_SLIPS
    for symbol, ipa in POLLY_SLIPS - {("k", r"\!")}:
        assert sequence("polly", ipa) != (symbol,)
    printed = {row[0] for row in POLLY} | {"sil"}
    assert printed - set(SETS["polly"].names) == {"E:", "i:"}
    assert set(SETS["polly"].names) <= printed


def test_rhubarbs_vowels_are_those_of_its_rules():
    for symbol, shapes in said.RHUBARB_VOWELS.items():
        assert SETS["rhubarb"].viseme(symbol) in shapes
        assert set(shapes) <= set(SETS["rhubarb"].choices(symbol))


def test_rhubarbs_diphthongs_are_those_of_its_rules():
    for sound, shapes in said.RHUBARB_DIPHTHONGS.items():
        assert SETS["rhubarb"].sequence(sound) == tuple(shapes)


def test_rhubarbs_consonants_may_be_what_its_rules_say():
    for symbols, shapes in said.RHUBARB_CONSONANTS.items():
        for symbol in symbols.split():
            choices = SETS["rhubarb"].choices(symbol)
            assert (symbol, set(choices)) == (symbol, set(shapes))


def test_lips_close_for_stops_and_not_for_what_papagayo_closes_them():
    """Papagayo's table has D with closed lips, S and CH with teeth on the lip."""
    rhubarb = SETS["rhubarb"]
    assert [rhubarb.choices(symbol) for symbol in "pb"] == [("A",), ("A",)]
    assert "A" not in rhubarb.choices("d")
    assert "G" not in rhubarb.choices("s") + rhubarb.rows["tʃ"].choices


def test_preston_blair_is_rhubarb_by_other_names():
    """Except for W and Q, which have a drawing of their own there."""
    rhubarb, other = SETS["rhubarb"], SETS["preston-blair"]
    expected = {s: said.PRESTON_BLAIR[rhubarb.viseme(s)] for s in SYMBOLS}
    assert dict(other.table) == expected | dict.fromkeys("wʍɥ", "WQ")
    assert set(other.names) == {*said.PRESTON_BLAIR.values(), "WQ"}


@each(said.pairs(said.ARPABET))
def test_arpabet_is_as_published(name, ipa):
    arpabet = SETS["arpabet"]
    assert sequence("arpabet", ipa) == (arpabet.aliases.get(name, name),)


def test_arpabet_has_the_dictionarys_39_and_understands_more():
    arpabet = SETS["arpabet"]
    published = {name for name, _ipa in said.pairs(said.ARPABET)} - {"AX"}
    assert set(arpabet.names) == published | {"SIL"}
    assert len(arpabet.names) == 40
    assert set(arpabet.aliases) == said.ARPABET_EXTENDED


def test_cc4_names_are_the_table():
    cc4 = SETS["cc4"]
    assert set(said.CC4_NAMES.split()) <= set(cc4.names)
    assert set(cc4.names) - set(said.CC4_NAMES.split()) == {"None", "Er", "Ih"}
    for viseme, members in said.CC4.items():
        for ipa in members.split():
            assert cc4.sequence(ipa) == (viseme,)


def test_azure_becomes_oculus_as_published():
    ids = [convert(str(index), "azure", "oculus") for index in range(22)]
    assert ids == said.AZURE_TO_OCULUS.split()


@each(["rhubarb", "preston-blair"])
def test_oculus_becomes_drawings_as_published(target):
    for viseme, shape in said.pairs(said.OCULUS_TO[target]):
        assert (viseme, convert(viseme, "oculus", target)) == (viseme, shape)
    assert convert("O", "oculus", "rhubarb") in {"E", "F"}


def test_arpabet_groups_are_those_of_the_drawings():
    """The members that the tables of Rhubarb and Preston Blair name themselves."""
    rhubarb, blair = groups("arpabet", "rhubarb"), groups("arpabet", "preston-blair")
    assert set(rhubarb["A"]) == set(blair["MBP"]) == {"P", "B", "M"}
    assert set(rhubarb["G"]) == set(blair["FV"]) == {"F", "V"}
    assert set("KSTN") | {"IY", "IH"} <= set(rhubarb["B"])
    assert {"EH", "AE", "AH"} <= set(rhubarb["C"])
    assert {"AA", "AY"} <= set(rhubarb["D"])
    assert {"AO", "ER"} <= set(rhubarb["E"])
    assert {"UW", "UH", "W"} == set(rhubarb["F"])
    assert rhubarb["H"] == blair["L"] == ("L",)
    assert rhubarb["X"] == blair["rest"] == ("SIL",)
    assert blair["WQ"] == ("W",)


def test_what_is_marked_as_published_is():
    names = {"azure": [*said.AZURE["en-US"].split()[::2], "o"]}
    names["oculus"] = " ".join(said.OPENXR.values()).split()
    names["polly"] = " ".join(row[1] for row in POLLY).split()
    names["arpabet"] = said.ARPABET.split()[1::2]
    for name, printed in names.items():
        plain = {said.plain(ipa) for ipa in printed} | {"ɑ"}
        marked = {row.sound for row in SETS[name].rows.values() if row.published}
        assert marked <= plain
        assert plain & set(SYMBOLS) <= marked
