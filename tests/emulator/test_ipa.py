"""IPA to names, and the names spoken by the real voice."""

import pytest

from streamer.emulator.ipa import to_names
from streamer.voices import Espeak, Markup, VoiceSettings


def pronounced(ipa, language="en-us"):
    names, unknown = to_names(ipa, language)
    assert unknown == ()
    settings = VoiceSettings(language=language)
    said = Espeak.shared().synthesize(names, settings, markup=Markup.PHONEMES)
    return "".join(p.text for p in said.phonemes if not p.is_pause)


@pytest.mark.parametrize(
    ("ipa", "heard"),
    [
        ("ɹɪsɛmbəl", "ɹɪsˈɛmbəl"),
        ("laɪn", "lˈaɪn"),
        ("həˈloʊ", "həlˈoʊ"),
        ("ˈtʃɪkɪn", "tʃˈɪkɪn"),
        ("ˈmɛʒɚ", "mˈɛʒɚ"),
        ("ˌʌndɚˈstænd", "ˌʌndɚstˈænd"),
        ("bɝːd", "bˈɜːd"),
        ("d͡ʒʌd͡ʒ", "dʒˈʌdʒ"),
        ("stɑːɹ", "stˈɑːɹ"),
    ],
)
def test_american(ipa, heard):
    assert pronounced(ipa) == heard


@pytest.mark.parametrize(
    ("ipa", "heard"), [("hɒt", "hˈɒt"), ("ɡəʊt", "ɡˈəʊt"), ("faʊə", "fˈaʊə")]
)
def test_british(ipa, heard):
    assert pronounced(ipa, "en-gb") == heard


CONSONANTS = [*"pbdkɡfvθðszʃʒhmnŋlɹjwʔ", "tʃ", "dʒ", "ɾ"]
VOWELS = [
    *("æ", "ɑː", "ɔː", "ʌ", "ə", "ɜː", "ɛ", "ɪ", "i", "iː", "ʊ", "u", "uː"),
    *("eɪ", "aɪ", "ɔɪ", "aʊ", "oʊ", "ɚ", "ɛɹ", "ʊɹ", "aɪɚ"),
]


def test_each_consonant_is_heard_as_itself():
    written = [f"ˈæ{symbol}ə" for symbol in CONSONANTS]
    assert [pronounced(ipa) for ipa in written] == written


def test_each_vowel_is_heard_as_itself():
    written = [f"hˈ{symbol}p" for symbol in VOWELS]
    assert [pronounced(ipa) for ipa in written] == written


def test_syllable_dots_and_ties_are_not_heard():
    assert to_names("ˈpa.pa", "en") == to_names("ˈpapa", "en")


def test_what_has_no_name_is_told():
    assert to_names("ɲaɬ", "en-us")[1] == ("ɲ", "ɬ")


def test_there_are_tables_for_english_only():
    assert to_names("laɪn", "de") == ("", ("laɪn",))
    assert to_names("laɪn", "EN_us+f3")[1] == ()


def test_no_vowel_no_stress():
    assert to_names("pst", "en") == ("[[p|s|t]]", ())
