from __future__ import annotations

from itertools import product

import pytest

from streamer.errors import UsageError
from streamer.lipsync.alphabets import (
    ALPHABETS,
    detect_alphabet,
    find_alphabet,
    guess_alphabet,
)
from streamer.lipsync.alphabets.arpabet import NAMES as ARPABET
from streamer.lipsync.alphabets.azure import SAPI_NAMES, VISEMES
from streamer.lipsync.alphabets.kirshenbaum import SYMBOLS as KIRSHENBAUM
from streamer.lipsync.alphabets.polly import SYMBOLS as POLLY
from streamer.lipsync.alphabets.xsampa import SYMBOLS as XSAMPA
from streamer.lipsync.phonemes import Phone, PhonemeNormaliser, normalise
from streamer.lipsync.symbols import SYMBOLS
from tests.tables import each


def symbols(text, alphabet):
    return "".join(phone.symbol for phone in normalise(text, "en", alphabet))


def test_the_alphabets_that_there_are():
    assert list(ALPHABETS) == [
        *("ipa", "arpabet", "x-sampa", "kirshenbaum", "cartesia"),
        *("azure", "sapi", "polly"),
    ]


def test_an_alphabet_is_found_in_any_case():
    assert find_alphabet("X-SAMPA") is ALPHABETS["x-sampa"]
    assert PhonemeNormaliser("en", "ARPAbet").alphabet == "arpabet"


def test_an_alphabet_that_nobody_knows_is_an_error_that_names_the_others():
    sentence = (
        "no phoneme alphabet is called 'ups'; there are: ipa, arpabet, x-sampa, "
        "kirshenbaum, cartesia, azure, sapi, polly"
    )
    with pytest.raises(UsageError) as raised:
        PhonemeNormaliser("en", "ups")
    assert str(raised.value) == sentence
    with pytest.raises(UsageError):
        normalise("a", "en", "ups")


@each(
    [
        ("arpabet", dict.fromkeys(ARPABET)),
        ("azure", dict.fromkeys([*map(str, range(len(VISEMES))), *SAPI_NAMES])),
        ("sapi", dict.fromkeys([*map(str, range(10, 50)), *SAPI_NAMES])),
        ("polly", POLLY),
        ("x-sampa", XSAMPA),
        ("kirshenbaum", KIRSHENBAUM),
    ]
)
def test_every_symbol_of_a_table_is_known(alphabet, table):
    normaliser = PhonemeNormaliser("en", alphabet)
    for symbol in table:
        phones = normaliser.normalise(symbol)
        assert all(phone.symbol in SYMBOLS for phone in phones)
    assert normaliser.unknown == {}


@each([("x-sampa", XSAMPA), ("kirshenbaum", KIRSHENBAUM), ("polly", POLLY)])
def test_what_has_ipa_in_a_table_sounds(alphabet, table):
    """Only marks, boundaries and silence are soundless."""
    for symbol, ipa in table.items():
        sounds = any(char in SYMBOLS for char in ipa)
        assert bool(normalise(symbol, "en", alphabet)) >= sounds, symbol


def test_arpabet_is_read_with_its_stress():
    (phone,) = normalise("AE1", "en", "arpabet")
    assert phone == Phone("æ", stress=1)
    assert normalise("IH2", "en", "arpabet")[0].stress == 2
    assert normalise("IH0", "en", "arpabet")[0].stress == 0


@each([
    ("HH", "h"), ("AH0", "ə"), ("AH1", "ʌ"), ("AH", "ʌ"), ("ER0", "ɚ"),
    ("ER1", "ɝ"), ("CH", "tʃ"), ("JH", "dʒ"), ("OW1", "oʊ"), ("AY", "aɪ"),
    ("EY", "eɪ"), ("OY", "ɔɪ"), ("AW", "aʊ"), ("NG", "ŋ"), ("DX", "ɾ"), ("Q", "ʔ"),
    ("WH", "ʍ"), ("sil", ""), ("sp", ""), ("", ""), ("aa1", "ɑ"), ("TCL", "t"),
    ("HH AH0 L OW1", "həloʊ"), ("HH_AH_L_OW", "hʌloʊ"), ("ʃ", "ʃ"),
])  # fmt: skip
def test_arpabet(name, base):
    assert symbols(name, "arpabet") == base


def test_arpabet_consonants_that_carry_a_syllable():
    assert normalise("EN", "en", "arpabet")[0].syllabic


def test_arpabet_splits_affricates_and_diphthongs_in_time():
    assert [p.share for p in normalise("CH", "en", "arpabet")] == pytest.approx(
        [0.4, 0.6]
    )
    assert [p.share for p in normalise("AY1", "en", "arpabet")] == pytest.approx(
        [0.6, 0.4]
    )


@each([
    ('"tSe@', "tʃeə"), ("{", "æ"), ("3`", "ɝ"), ("r\\", "ɹ"), ("r\\`", "ɻ"),
    ("t_h", "t"), ("a~", "a"), ("n=", "n"), ("i:", "i"), ("_", ""), ("b_<", "ɓ"),
    ("J\\_<", "ʄ"), ("x\\", "ɧ"), ("s\\", "ɕ"), ("p\\", "ɸ"), ("@`", "ɚ"),
    ("O~", "ɔ"), ("2:", "ø"), ("9", "œ"), ("}", "ʉ"), ("B_o", "β"), ("h_T", "h"),
    ("|\\|\\", "ǁ"), ("H\\", "ħ"),
])  # fmt: skip
def test_xsampa(text, base):
    assert symbols(text, "x-sampa") == base


def test_xsampa_marks_are_attributes():
    assert normalise('"a:', "en", "x-sampa") == (Phone("a", stress=1, length="long"),)
    assert normalise("%O~", "en", "x-sampa")[0].nasal
    assert normalise("l=", "en", "x-sampa")[0].syllabic


@each([
    ("tS'eI", "tʃeɪ"), ("&", "æ"), ("A.", "ɒ"), ('V"', "ɜ"), ("*", "ɾ"),
    ("n^", "ɲ"), ("t.", "ʈ"), ("s<lat>", "ɬ"), ("b<trl>", "ʙ"), ("R", "ɚ"),
    ("p!", "ʘ"), ("w<vls>", "ʍ"), ("n-", "n"), ("u-", "ɯ"), ("0", "ɒ"), ("3:", "ɜ"),
    ("I#", "ᵻ"), ("t#", "ɾ"), ("_:", ""), (",", ""), (";", ""), ('i"', "ɨ"),
])  # fmt: skip
def test_kirshenbaum(text, base):
    assert symbols(text, "kirshenbaum") == base


def test_kirshenbaum_marks_are_attributes():
    assert normalise("'a:", "en", "kirshenbaum") == (
        Phone("a", stress=1, length="long"),
    )
    assert normalise(",E~", "en", "kirshenbaum")[0] == Phone("ɛ", stress=2, nasal=True)
    assert normalise("m-", "en", "kirshenbaum")[0].syllabic


@each([
    ("oʊ", "oʊ"), ("ow", "ow"), ("ɔj", "ɔj"), ("sil", ""), ("spn", ""),
    ("<<h|ɑː|l|ˈə|p>>", "hɑləp"), ("ˈ|b|ɑ", "bɑ"), ("tʲ", "t"), ("t̪", "t"),
    ("ɟʷ", "ɟ"), ("mʲ", "m"),
])  # fmt: skip
def test_cartesia(text, base):
    assert symbols(text, "cartesia") == base


def test_only_ipa_has_the_habits_of_espeak():
    """A German aligner's ɜ is no er-schwa, and its ʔ in Danish no stød."""
    assert normalise("ɜ", "de", "cartesia")[0].symbol == "ɜ"
    assert normalise("ɜ", "de")[0].symbol == "ɐ"
    assert normalise("ʔ", "da", "cartesia")[0].symbol == "ʔ"


@each([
    ("0", ""), ("21", "p"), ("7", "u"), ("9", "aʊ"), ("10", "ɔɪ"), ("11", "aɪ"),
    ("05", "ɝ"), ("h eh - l ow 1", "hɛloʊ"), ("ow1", "oʊ"), ("_", ""), ("IY", "i"),
])  # fmt: skip
def test_azure(text, base):
    assert symbols(text, "azure") == base


def test_sapi_stress_stands_behind_its_vowel():
    phones = normalise("h eh - l ow 1", "en", "azure")
    assert [phone.stress for phone in phones] == [0, 0, 0, 1, 1]
    assert normalise("ae2", "en", "azure")[0].stress == 2


@each([
    ("10", "ɑ"), ("17", "b"), ("35", "oʊ"), ("49", "ʒ"), ("7", ""), ("1", ""),
    ("26 21 1 31 35 8", "hɛloʊ"), ("h eh l ow 1", "hɛloʊ"),
])  # fmt: skip
def test_sapi_ids(text, base):
    assert symbols(text, "sapi") == base


def test_a_viseme_id_beyond_the_table_is_unknown_and_sounds():
    normaliser = PhonemeNormaliser("en", "azure")
    assert len(normaliser.normalise("22")) == 1
    assert normaliser.unknown == {"22": 1}


@each([("sil", ""), ("p", "p"), ("@", "ə"), ("E", "ɛ"), ("J", "ɕ"), ("B", "β")])
def test_polly(text, base):
    assert symbols(text, "polly") == base


@each(
    product(
        [alphabet for alphabet in ALPHABETS if alphabet != "ipa"],
        ["QZ7", "é", "§", "99", "ж", "hello", "\\", "1 2"],
    )
)
def test_no_alphabet_fails_on_what_it_does_not_know(alphabet, text):
    normaliser = PhonemeNormaliser("en", alphabet)
    phones = normaliser.normalise(text)
    assert all(phone.symbol in SYMBOLS for phone in phones)


@each(["arpabet", "azure", "polly"])
def test_an_unknown_name_is_counted_once_and_sounds_like_its_first_letter(alphabet):
    normaliser = PhonemeNormaliser("en", alphabet)
    assert [p.symbol for p in normaliser.normalise("mxx")] == ["m"]
    assert sum(normaliser.unknown.values()) == 1


@each(
    [
        ("HH AH0 L OW1", "arpabet"),
        ("W EH", "arpabet"),
        ("h ə l ˈo ʊ", "ipa"),
        ("h e l o", "ipa"),
        ("", "ipa"),
        (". , ?", "ipa"),
        ("0 21 4 6", "azure"),
        ("26 21 31 35", "sapi"),
        ("h eh l ow", "azure"),
        ("hh ix dcl d axr", "arpabet"),
        ("p E r i k a t @ sil", "polly"),
        ("{ t r\\ V", "x-sampa"),
        ('"tSe@', "x-sampa"),
        ("h @ l @U T", "x-sampa"),
        ("k & t 'eI", "kirshenbaum"),
        ("n^ b<trl> A.", "kirshenbaum"),
        ("t ɔj z spn", "cartesia"),
        ("tS", "ipa"),
    ]
)
def test_an_alphabet_shows_itself(tokens, alphabet):
    assert detect_alphabet(tokens.split()) == alphabet


def test_little_ascii_tells_nothing_where_more_is_asked_for():
    """espeak-ng leaves a few of its own names in IPA."""
    assert guess_alphabet(["t", "@", "S", "U"], least=8) is None
    assert guess_alphabet(["21", "4"], least=8) is None
    assert guess_alphabet(["HH", "AH0"], least=8) == "arpabet"


def test_auto_is_ipa_until_the_alphabet_has_shown_itself():
    normaliser = PhonemeNormaliser("en", "auto")
    normaliser.notice([".", " "])
    assert normaliser.alphabet == "ipa"
    normaliser.notice(["HH", "AH0"])
    assert normaliser.alphabet == "arpabet"
    normaliser.notice(["ə", "ʃ"])
    assert normaliser.alphabet == "arpabet"


def test_auto_gives_up_after_a_while():
    normaliser = PhonemeNormaliser("en", "auto")
    normaliser.notice(["a"] * 300)
    normaliser.notice(["HH", "AH0"])
    assert normaliser.alphabet == "ipa"


@each([("x-sampa", "p0m", "0"), ("kirshenbaum", "pKm", "K")])
def test_an_unknown_symbol_among_others_is_counted_and_sounds(alphabet, text, symbol):
    normaliser = PhonemeNormaliser("en", alphabet)
    first, _, last = normaliser.normalise(text)
    assert (first.symbol, last.symbol) == ("p", "m")
    assert normaliser.unknown == {symbol: 1}
