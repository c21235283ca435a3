from __future__ import annotations

from pathlib import Path

import pytest

from streamer.lipsync.phonemes import (
    Phone,
    PhonemeNormaliser,
    UnknownSymbol,
    normalise,
)
from streamer.lipsync.symbols import SYMBOLS
from tests.tables import each

TOKENS = Path(__file__).parent / "data" / "espeak_tokens.txt"

SOUNDLESS = {
    "fa": {"1"},  # the release of q, an entry of its own
    "ms": {"ː"},
}
"""Tokens of the recording that only modify the sound before them."""


def symbols(text, language="en"):
    return "".join(phone.symbol for phone in normalise(text, language))


def recorded():
    for line in TOKENS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, _, tokens = line.partition(": ")
            yield language, tokens.split()


def test_attributes_are_no_sounds():
    assert normalise("ˈiː") == (Phone("i", stress=1, length="long"),)


@each(["", " ", ".", ",", "?", "!", "…", "—", "|", "NULL", "$", "_", "<sil>"])
def test_space_and_punctuation_are_silence(text):
    assert normalise(text) == ()
    assert PhonemeNormaliser().role(text) == "silence"


@each([("a", 0), ("ˈa", 1), ("ˌa", 2), ("ˌˈa", 1), ("ˈm̩", 1)])
def test_stress_stands_before_its_vowel(text, stress):
    assert normalise(text)[0].stress == stress


def test_stress_passes_consonants():
    assert [p.stress for p in normalise("ˈstɹɪŋ")] == [0, 0, 0, 1, 0]


def test_stress_without_a_vowel_falls_on_the_next_sound():
    assert [p.stress for p in normalise("tˈst")] == [0, 1, 0]


def test_stress_at_the_very_end_is_dropped():
    assert [p.stress for p in normalise("tˈ")] == [0]


def test_a_diphthong_is_stressed_as_a_whole():
    assert [p.stress for p in normalise("ˈaɪ")] == [1, 1]


@each([("a", "short"), ("aˑ", "half"), ("aː", "long"), ("a:", "long"), ("tː", "long")])
def test_length_marks(text, length):
    assert [p.length for p in normalise(text)] == [length]


@each(["ss", "ʈʈ", "ää", "o̞o̞", "ɯᵝɯᵝ", "ʈʰʈʰ", "aa7"])
def test_doubled_sounds_are_long(text):
    assert [p.length for p in normalise(text)] == ["long"]


def test_a_stress_mark_keeps_neighbours_apart():
    assert symbols("aˈa") == "aa"


@each(["ũ", "u\u0303", "u~", "ũː"])
def test_nasal_vowels(text):
    (phone,) = normalise(text)
    assert phone.symbol == "u"
    assert phone.nasal


@each(["n̩", "l̩", "r̩", "ŋ\u030d"])
def test_syllabic_consonants(text):
    (phone,) = normalise(text)
    assert phone.syllabic


def test_rhotic_hook():
    assert symbols("ə˞") == "ɚ"
    assert symbols("ɜ˞") == "ɝ"
    assert symbols("ɑ˞") == "ɑɹ"


@each([
    ("s.", "s"), ("a.ː", "a"), ("t-", "t"), ("ə-", "ə"), ('u"', "u"), ("n^", "n"),
    ("l#", "l"), ("t|", "t"), ("tʃ`", "tʃ"), ("t[", "t"), ("d[", "d"), ("pʰ", "p"),
    ("kʲʲ", "k"), ("tˤ", "t"), ("kʷ", "k"), ("ɯᵝ", "ɯ"), ("e̞", "e"), ("r̝̊", "r"),
    ("ɐ̯", "ɐ"), ("t͡ʃ", "tʃ"), ("t͜s", "ts"), ("a˧˥", "a"), ("oʊ1", "oʊ"), ("ᵻ", "ᵻ"),
    ("ɫ", "ɫ"), ("g", "ɡ"), ("ç", "ç"), ("ɐɾ", "ɐɾ"), ("tkh", "tkh"),
])  # fmt: skip
def test_modifiers_leave_the_base(text, base):
    normaliser = PhonemeNormaliser()
    phones = normaliser.normalise(text)
    assert "".join(phone.symbol for phone in phones) == base
    assert not normaliser.unknown


@each([("ɔːɹ", "ɔɹ"), ("ɑːɹ", "ɑɹ"), ("ɛɹ", "ɛɹ"), ("aɪɚ", "aɪɚ"), ("aɪə", "aɪə")])
def test_merged_rhotics_are_taken_apart(text, base):
    assert symbols(text) == base


@each([
    ("cmn", "iɜ", "i"), ("cmn", "ˈo-ɜ", "o"), ("vi", "əː2", "ə"), ("de", "ɜ", "ɐ"),
    ("da", "ʔʌ", "ʌ"), ("ko", "tɕh", "tɕ"), ("cmn", "ˈi.ɜ", "ʐ"), ("ja", "ɯᵝ", "ɯ"),
    ("en", "ɜː", "ɜ"), ("ru", "ˈy", "ɨ"), ("vi", "ˈyə6", "ɯə"), ("sv", "sx", "ɧ"),
    ("yue", "c", "ts"), ("yue", "ˈoenɡ1", "œŋ"), ("yue", "ˈyu4", "y"),
    ("cmn", "ˈər2", "ɚ"), ("fr", "y", "y"),
])  # fmt: skip
def test_habits_of_languages(language, text, base):
    assert symbols(text, language) == base


def test_diphthongs_dwell_on_their_first_vowel():
    assert [p.share for p in normalise("aɪ")] == [
        pytest.approx(0.6),
        pytest.approx(0.4),
    ]


def test_a_glide_ends_a_diphthong():
    assert [p.share for p in normalise("aw")] == [
        pytest.approx(0.6),
        pytest.approx(0.4),
    ]


def test_affricates_dwell_on_their_fricative():
    assert [p.share for p in normalise("tʃ")] == [
        pytest.approx(0.4),
        pytest.approx(0.6),
    ]


def test_long_sounds_take_twice_the_time_of_short_ones():
    assert [p.share for p in normalise("ɔːɹ")] == pytest.approx([2 / 3, 1 / 3])


@each(["aɪɚ", "tkh", "wˈɜːd", "ɐɾ", "tʃaɪ"])
def test_shares_add_to_one(text):
    assert sum(phone.share for phone in normalise(text)) == pytest.approx(1)


def test_languages_switch_inside_an_entry():
    assert symbols("(en)wɜːd(de)ɜ", "de") == "wɜdɐ"


def test_a_switch_holds_for_later_entries():
    normaliser = PhonemeNormaliser("cmn")
    assert normaliser.normalise("ɜ") == ()
    assert normaliser.normalise("(en)") == ()
    assert normaliser.normalise("ɜ")[0].symbol == "ɜ"
    assert normaliser.normalise("(cmn)iɜ")[0].symbol == "i"
    assert normaliser.normalise("ɜ") == ()


@each([
    ("ˈ", "en", "stress"), ("ˌ", "en", "stress"), ("ː", "en", "modifier"),
    ("ʲ", "en", "modifier"), ("\u0303", "en", "modifier"), ("5", "cmn", "modifier"),
    ("˥", "yue", "modifier"), ("ɜ", "cmn", "modifier"), ("ʔ", "da", "modifier"),
    ("(en)", "fr", "modifier"), ("ʔ", "en", "sound"), ("t", "en", "sound"),
    ("ж", "en", "sound"),
])  # fmt: skip
def test_roles_of_entries(text, language, role):
    assert PhonemeNormaliser(language).role(text) == role


def test_unknown_symbols_are_counted_and_shown_as_the_nearest():
    normaliser = PhonemeNormaliser()
    first = normaliser.normalise("ƭ")
    second = normaliser.normalise("ƭа")
    assert [p.symbol for p in first + second] == ["t", "t", "a"]
    assert normaliser.unknown == {"ƭ": 2, "а": 1}  # the second is Cyrillic


def test_an_unknown_symbol_is_reported_once():
    normaliser = PhonemeNormaliser()
    normaliser.normalise("жжaꟁ")
    assert normaliser.take_unknown() == (
        UnknownSymbol("ж", "ʒ"),
        UnknownSymbol("ꟁ", "o"),
    )
    normaliser.normalise("жᴍ")
    assert [unknown.text for unknown in normaliser.take_unknown()] == ["ᴍ"]
    assert normaliser.take_unknown() == ()


def test_a_report_says_what_is_shown_instead():
    assert str(UnknownSymbol("ж", "ʒ")) == (
        "the phoneme symbol 'ж' is unknown and shown as 'ʒ' (postalveolar fricative)"
    )


@each(["t͡ʃt͡ʃ", "tʃtʃ", "tːʃ"])
def test_a_doubled_affricate_has_a_long_closure(text):
    stop, fricative = normalise(text)
    assert (stop.symbol, stop.length) == ("t", "long")
    assert (fricative.symbol, fricative.length) == ("ʃ", "short")
    assert stop.share > fricative.share


def test_a_long_diphthong_lengthens_its_own_half():
    short, long = normalise("aɪ"), normalise("aɪː")
    assert long[1].share > short[1].share


@each([("ʲ", "j"), ("ʷ", "w"), ("ʰ", "h"), ("ᵊ", "ə")])
def test_a_raised_letter_that_stands_alone_sounds(text, symbol):
    """It joins the sound before it, where there is one."""
    assert [p.symbol for p in normalise(text)] == [symbol]
    assert PhonemeNormaliser().role(text) == "modifier"


def test_invisible_joiners_are_not_read():
    """espeak-ng's --ipa=3 puts them inside affricates, diphthongs and switches."""
    normaliser = PhonemeNormaliser("ru")
    text = "(\u200de\u200dn)t\u200dʃˈa\u200dɪ(\u200dr\u200du)y"
    assert "".join(p.symbol for p in normaliser.normalise(text)) == "tʃaɪɨ"
    assert normaliser.unknown == {}


def test_only_sure_switches_are_sure():
    normaliser = PhonemeNormaliser("cmn")
    assert normaliser.is_switch("(en)")
    assert normaliser.is_switch("(cmn)")
    assert not normaliser.is_switch("(hi)")  # may be a word in brackets
    assert not normaliser.is_switch("en")


def test_sounds_are_counted_without_counting_what_is_unknown():
    normaliser = PhonemeNormaliser()
    assert [normaliser.count(text) for text in ("", "ˈ", "a", "tʃ", "ж")] == [
        *(0, 0, 1, 2, 1),
    ]
    assert normaliser.unknown == {}


@each(["ʪ", "ȸ", "𝼅", "ꞎ", "ʩ", "ᶑ", "ʬ", "ꬵ", "Ɂ", "ﬀ", "ᴔ", "𝼊"])
def test_rare_letters_of_phonetics_sound(text):
    assert normalise(text)


def test_asking_for_a_role_counts_nothing():
    normaliser = PhonemeNormaliser()
    normaliser.role("ж")
    assert normaliser.unknown == {}


def test_unknown_counts_are_a_copy():
    normaliser = PhonemeNormaliser()
    normaliser.unknown["x"] = 1
    assert normaliser.unknown == {}


@each(["☺", "{", "%", "&", "\\"])
def test_a_symbol_that_is_no_letter_still_sounds(symbol):
    normaliser = PhonemeNormaliser()
    assert [p.symbol for p in normaliser.normalise(symbol)] == ["ə"]
    assert normaliser.unknown == {symbol: 1}


@each(list(recorded()))
def test_what_espeak_writes_is_known_and_sounds(language, tokens):
    """No token of the recording is unknown, and none that sounds is silence."""
    normaliser = PhonemeNormaliser(language)
    for token in tokens:
        phones = normaliser.normalise(token)
        is_soundless = token.startswith("(") or token in SOUNDLESS.get(language, set())
        assert bool(phones) is not is_soundless, token
        assert all(phone.symbol in SYMBOLS for phone in phones)
        if token.startswith("("):
            normaliser.normalise(f"({language})")
    assert not normaliser.unknown


def test_the_recording_is_not_a_sample():
    languages = dict(recorded())
    assert len(languages) >= 100
    assert sum(map(len, languages.values())) >= 5000
