from __future__ import annotations

import pytest

from streamer.lipsync.spelling import language_of, respell, visible
from tests.tables import each


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("en-US", "en"), ("pt_BR", "pt"), ("cmn-latn-pinyin", "cmn")],
)
def test_a_tag_begins_with_its_language(tag, language):
    assert language_of(tag) == language


@each(
    [
        ("g", "ɡ"),
        ("ε", "ɛ"),
        ("Φ", "ɸ"),
        ("ʧ", "tʃ"),
        ("ʤ", "dʒ"),
        ("ʦ", "ts"),
        ("ʣ", "dz"),
        ("ʨ", "tɕ"),
        ("ʥ", "dʑ"),
        ("ç", "ç"),
        ("c\u0327", "ç"),
        ("ã", "a\u0303"),
        ("a~", "a\u0303"),
        ("e:", "eː"),
        ("tS", "tʃ"),
        ("dZ", "dʒ"),
        ("A", "ɑ"),
        ("N", "ŋ"),
        ("X", "χ"),
        ("O", "ɔ"),
        ("U", "ʊ"),
        ("NULL", ""),
        ("?a", "ʔa"),
        ("??a", "ʔa"),
        ("?", "?"),
    ]
)
def test_look_alikes_become_base_symbols(written, meant):
    assert respell(written, "en") == meant


@each(
    [
        ("de", "ɜ", "ɐ"),
        ("de", "ɜː", "ɜː"),
        ("de", "?", "ʔ"),
        ("om", "?", "ʔ"),
        ("da", "ʔe", "e"),
        ("da", "?ɑ", "ɑ"),
        ("vi", "iɜ", "i"),
        ("yue", "eiɜ", "ei"),
        ("yue", "inɡ1", "iŋ1"),
        ("cmn", "i.ɜ", "ʐ\u0329"),
        ("cmn", "i̪5", "z\u03295"),
        ("cmn", "s.", "ʂ"),
        ("cmn", "ts.h", "tʂ"),
        ("cmn", "tɕh", "tɕ"),
        ("cmn", "h", "h"),
        ("cmn", "wɜːd", "wɜːd"),
        ("ko", "kh", "k"),
        ("ko", "tɕq", "tɕ"),
        ("ko", "qk", "k"),
        ("ko", "q", "q"),
        ("hi", "r.", "ɽ"),
        ("en", "ɜ", "ɜ"),
        ("ru", "y", "ɨ"),
        ("vi", "yə", "ɯə"),
        ("sv", "sxo", "ɧo"),
        ("yue", "z", "ts"),
        ("yue", "ˈeoiɜ", "ˈɵi"),
        ("", "ɜ", "ɜ"),
        ("en", "th", "th"),
        ("ar", "q", "q"),
    ]
)
def test_languages_have_their_habits(language, written, meant):
    assert respell(written, language) == meant


def test_joiners_are_not_visible():
    assert visible("t\u200dʃ\ufeff\u00ad") == "tʃ"
    assert visible("t\u0361ʃ") == "t\u0361ʃ"
