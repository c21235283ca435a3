"""Scripts spoken by the real voice."""

import itertools

import numpy as np
import pytest

from streamer.audio.format import Encoding, Format
from streamer.audio.pcm import decode
from streamer.emulator.plan import make_plan
from streamer.emulator.rendering import render
from streamer.emulator.script import plain
from streamer.emulator.ssml import parse
from streamer.voices import Espeak

PCM = Format(Encoding.PCM_16, 22_050, 1)


def speak(document, format=PCM):
    espeak = Espeak.shared()
    script = parse(document) if document.startswith("<") else plain(document)
    plan = make_plan(script, voices=["en-us"], check=espeak.check)
    parts = []
    texts = render(espeak, plan, format, lambda data: parts.append(data) or True)
    return decode(b"".join(parts), format)[:, 0], texts


def heard(document):
    return "".join(t.text for t in speak(document)[1] if t.kind == "phoneme")


def written(texts):
    return "".join(t.text for t in texts if t.kind == "grapheme")


def test_graphemes_come_first_and_are_the_text():
    _, texts = speak("This is a test.")
    kinds = [t.kind for t in texts]
    assert kinds == sorted(kinds)
    assert written(texts) == "This is a test."


def test_times_scale_with_the_rate():
    low, texts = speak("Hello there.", Format(Encoding.PCM_16, 8000, 1))
    high, more = speak("Hello there.", Format(Encoding.PCM_16, 48000, 1))
    assert len(high) == pytest.approx(6 * len(low), rel=0.01)
    for a, b in zip(texts, more, strict=True):
        assert b.frame == pytest.approx(6 * a.frame, abs=300)
    assert all(t.frame + t.frames <= len(high) + 1 for t in more)


def test_a_break_is_silence_of_its_length_without_an_entry():
    plain_sound, _ = speak("<speak>one two</speak>")
    sound, texts = speak('<speak>one <break time="2s"/>two</speak>')
    assert len(sound) - len(plain_sound) == pytest.approx(44_100, abs=4000)
    ends = [(t.frame, t.frame + t.frames) for t in texts if t.kind == "phoneme"]
    gaps = [(a[1], b[0] - a[1]) for a, b in itertools.pairwise(ends)]
    start, length = max(gaps, key=lambda gap: gap[1])
    assert length >= 44_100
    assert not sound[start : start + 44_000].any()


def test_an_alias_is_heard_and_the_text_is_written():
    document = '<speak>Hi <sub alias="Joe">Jim</sub>, you</speak>'
    assert "dʒˈoʊ" in heard(document)
    assert written(speak(document)[1]) == "Hi Jim, you"


def test_a_pronunciation_is_heard():
    assert "lˈaɪn" in heard('<speak>my <phoneme ph="laɪn">word</phoneme></speak>')


def test_characters_are_spelled():
    document = '<speak>a <say-as interpret-as="characters">aB1</say-as> b</speak>'
    assert "ˈeɪ" in heard(document)
    assert "ˈiː" in heard(document)
    assert "w" in heard(document)
    assert written(speak(document)[1]) == "a aB1 b"


def test_a_language_is_heard():
    assert "ʏ" in heard('<speak><lang xml:lang="de">fünf</lang></speak>')


def test_silent_has_times_and_no_sound():
    sound, texts = speak('<speak><prosody volume="silent">Hello</prosody></speak>')
    assert not sound.any()
    assert len([t for t in texts if t.kind == "phoneme"]) >= 4


def test_loud_and_soft():
    def loudness(volume):
        document = f'<speak><prosody volume="{volume}">Hello</prosody></speak>'
        return np.abs(speak(document)[0]).mean()

    assert loudness("x-loud") > 1.3 * loudness("medium") > 1.3 * loudness("x-soft")


def test_starts_never_go_back_over_passages():
    document = "<speak>one <emphasis level='strong'>two</emphasis> three.</speak>"
    _, texts = speak(document)
    for kind in ("grapheme", "phoneme"):
        starts = [t.frame for t in texts if t.kind == kind]
        assert starts == sorted(starts)


def test_a_sink_that_has_enough_ends_it():
    espeak = Espeak.shared()
    plan = make_plan(plain("word " * 500), voices=["en-us"], check=espeak.check)
    parts = []
    assert render(espeak, plan, PCM, parts.append) == []
    assert len(parts) == 1
