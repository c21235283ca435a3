from __future__ import annotations

import pytest

from streamer.lipsync.symbols import SYMBOLS
from streamer.lipsync.visemes import OCULUS

PUBLISHED_NAMES = "sil PP FF TH DD kk CH SS nn RR aa E I O U"

PUBLISHED_MEMBERS = {
    "PP": "pbm",
    "FF": "fv",
    "TH": "θð",
    "DD": "td",
    "kk": "kɡ",
    "CH": "ʃʒ",
    "SS": "sz",
    "nn": "nl",
    "RR": "r",
    "aa": "ɑ",
    "E": "e",
    "I": "ɪ",
    "O": "o",
    "U": "ʊ",
}

DERIVED = {
    "h": "kk", "ʔ": "sil", "j": "I", "w": "U", "ŋ": "nn", "ə": "E", "ɚ": "RR",
    "ɜ": "RR", "ɹ": "RR", "æ": "aa", "ʌ": "aa", "ɔ": "O", "ø": "O", "y": "U",
    "β": "PP", "ɸ": "FF", "ɾ": "DD", "ç": "kk", "ɕ": "CH", "ʂ": "CH", "ɯ": "U",
}  # fmt: skip


def test_names_stand_in_published_order():
    assert OCULUS.names == tuple(PUBLISHED_NAMES.split())


def test_silence_is_neutral():
    assert OCULUS.neutral == "sil"


@pytest.mark.parametrize("viseme", PUBLISHED_MEMBERS)
def test_published_members_show_their_shape(viseme):
    shown = {OCULUS.viseme(symbol) for symbol in PUBLISHED_MEMBERS[viseme]}
    assert shown == {viseme}


@pytest.mark.parametrize("symbol", DERIVED)
def test_derived_members_follow_their_class(symbol):
    assert OCULUS.viseme(symbol) == DERIVED[symbol]


def test_every_base_symbol_has_a_shape():
    assert len(SYMBOLS) == 108
    assert set(OCULUS.table) == set(SYMBOLS)
    assert set(OCULUS.table.values()) == set(OCULUS.names)


def test_only_closures_of_the_glottis_are_neutral():
    neutral = {symbol for symbol, viseme in OCULUS.table.items() if viseme == "sil"}
    assert neutral == {"ʔ", "ʡ"}


def test_other_symbols_are_refused():
    with pytest.raises(KeyError):
        OCULUS.viseme("tʃ")
