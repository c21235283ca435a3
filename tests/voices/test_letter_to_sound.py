"""What the real voice says of words, and where it says it."""

import pytest
from hypothesis import given, strategies as st

from streamer.audio.format import TimedText
from streamer.errors import VoiceError
from streamer.lipsync.graphemes import GraphemeTimer
from streamer.voices.letter_to_sound import EspeakLetterToSound, share_out
from tests.examples import examples


@pytest.fixture(scope="module")
def lts():
    return EspeakLetterToSound()


def said(words):
    return {word.text: "".join(word.phonemes) for word in words}


def test_words_have_their_sounds_and_their_place(lts):
    text = "Hello there, my friend."
    words = lts(text, "en-us")
    assert said(words) == {
        "Hello": "həlˈoʊ", "there": "ðˈɛɹ", "my": "maɪ", "friend": "fɹˈɛnd",
    }  # fmt: skip
    assert all(text[word.start : word.stop] == word.text for word in words)


def test_words_that_the_voice_joins_are_told_apart(lts):
    assert said(lts("well for the thing of the day", "en-us")) == {
        "well": "wˈɛl", "for": "fɚ", "the": "ðə", "thing": "θˈɪŋ", "of": "ʌv",
        "day": "dˈeɪ",
    }  # fmt: skip


def test_numbers_and_signs_have_all_their_words(lts):
    words = said(lts("in 1984 for $20", "en-us"))
    assert words["1984"].startswith("nˈaɪntiːn")
    assert words["$20"].endswith("twˈɛnti")


def test_punctuation_is_no_word(lts):
    assert said(lts("“Yes” — (no)…", "en-us")).keys() == {"Yes", "no"}


def test_characters_of_a_script_without_spaces_are_words(lts):
    assert said(lts("你好，世界", "cmn")) == {
        "你": "ni2", "好": "χˈɑu2", "世": "s.ˈi.5", "界": "tɕˈiɛ5",
    }  # fmt: skip


def test_liaison_stays_with_the_word_before(lts):
    assert said(lts("les enfants", "fr"))["les"].endswith("z")


@pytest.mark.parametrize("text", ["", "  ", "…!?"])
def test_no_words_give_none(lts, text):
    assert lts(text, "de") == []


@pytest.mark.parametrize("text", ["word", ""])
def test_an_unknown_language_is_an_error_also_for_no_words(lts, text):
    with pytest.raises(VoiceError, match="qqq"):
        lts(text, "qqq")


def test_every_sound_is_given_to_one_word():
    assert share_out(list("abxcd"), [["a", "b"], ["c", "d"]]) == [
        ["a", "b", "x"], ["c", "d"],
    ]  # fmt: skip
    assert share_out(list("acd"), [["a", "b"], ["c", "d"]]) == [["a"], ["c", "d"]]
    assert share_out(["ˈa", "b"], [["a"], [], ["b"]]) == [["ˈa"], [], ["b"]]
    assert share_out(["a"], [[], []]) == [["a"], []]


def test_a_sentence_is_read_in_company(lts):
    """Alone, "a" is a letter's name; in a sentence it is a schwa."""
    assert said(lts("a map", "en-us"))["a"] == "ɐ"


PROSE = """
We move a bit, read the apple; and lead pipes are used to the end. Oh! Well, maybe a
family of six. You are a bit late. What a mess, poor Bob! Give me a book. First, we pack
the orange and the blue one, as it was there before; then we move. When it rains, we
wait for a while, and when it does not we have to go.
"""


@examples(15)
@given(st.data())
def test_with_two_seconds_ahead_words_sound_as_in_the_whole_text(lts, data):
    """However letters come, of which each lasts 60 ms."""
    text = " ".join(PROSE.split())
    letters = [TimedText("grapheme", c, at * 60, 60) for at, c in enumerate(text)]

    def sounds(timed):
        return [(t.phone.symbol, t.frame, t.frames) for t in timed if t.phone]

    whole = GraphemeTimer(1_000, "en", lts).receive(letters, last=True)
    timer = GraphemeTimer(1_000, "en", lts)
    told, known, heard = [], 0, 0
    while known < len(letters):
        least = (heard + 2_000) // 60 + 1
        most = max(known, least) + data.draw(st.integers(0, 40))
        told += timer.receive(letters[known:most], due=heard + 545)
        known = min(most, len(letters))
        heard += data.draw(st.integers(50, 1_500))
    told += timer.receive([], last=True)
    assert sounds(told) == sounds(whole)
