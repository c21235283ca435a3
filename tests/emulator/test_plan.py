import pytest

from streamer.emulator.plan import make_plan
from streamer.emulator.script import plain
from streamer.emulator.ssml import parse
from streamer.errors import VoiceError
from streamer.voices import Markup

KNOWN = {"en-us", "en-gb", "de"}


def check(language):
    if language.lower() not in KNOWN:
        raise VoiceError(f"no {language}")


def plan(document, *voices):
    script = parse(document) if document.startswith("<") else plain(document)
    return make_plan(script, voices=[*voices, "en-us"], check=check)


def test_plain_text_is_spoken_as_it_is():
    (passage,) = plan("Hello.").passages
    assert passage.is_literal
    assert passage.settings.language == "en-us"
    assert passage.settings.end_pause


def test_a_voice_that_there_is_not_gives_the_default():
    assert plan("a", "7c8e47ca").passages[0].settings.language == "en-us"
    assert plan("a", "de").passages[0].settings.language == "de"
    with pytest.raises(VoiceError):
        make_plan(plain("a"), voices=["", "xx"], check=check)


def test_only_sentences_end_in_a_pause():
    ends = {"a": False, "a,": False, "a. ": True, 'a!"': True, "": False}
    for text, expected in ends.items():
        assert plan(text).passages[0].settings.end_pause is expected, text


def test_the_roots_language_keeps_a_voice_that_speaks_it():
    document = '<speak xml:lang="en-us">a</speak>'
    assert plan(document, "en-gb").passages[0].settings.language == "en-gb"
    assert plan(document, "de").passages[0].settings.language == "en-us"


def test_an_unknown_language_is_an_issue():
    result = plan('<speak>a <lang xml:lang="tlh">b</lang></speak>')
    assert result.passages[1].settings.language == "en-us"
    assert result.issues == ("no voice speaks 'tlh'; 'en-us' was taken",)


def test_a_rate_that_the_voice_cannot_reach_is_an_issue():
    result = plan('<speak><prosody rate="20%">a</prosody></speak>')
    assert "20%" in result.issues[0]


def test_ipa_is_spoken_or_named():
    good = plan('<speak><phoneme ph="laɪn">word</phoneme></speak>')
    assert good.passages[0].markup is Markup.PHONEMES
    assert good.issues == ()
    bad = plan('<speak><phoneme ph="ɲa">nya</phoneme></speak>')
    assert (bad.passages[0].spoken, bad.passages[0].markup) == ("nya", Markup.PLAIN)
    assert "'ɲ'" in bad.issues[0]


def test_aliases_and_spellings_are_not_literal():
    alias = plan('<speak><sub alias="Joe.">Jim</sub></speak>').passages[0]
    assert (alias.spoken, alias.text, alias.is_literal) == ("Joe.", "Jim", False)
    spelled = plan(
        '<speak><say-as interpret-as="characters">a&lt;b</say-as></speak>'
    ).passages[0]
    assert spelled.markup is Markup.SSML
    assert "a&lt;b" in spelled.spoken
