from __future__ import annotations

from contextlib import aclosing

import pytest

from streamer.audio import Header, Samples, TimedTexts, WavParser
from streamer.audio.timed_text import joined
from streamer.engine import SystemClock
from streamer.errors import UsageError
from streamer.providers import EspeakVoice, espeak
from streamer.sources import Facilities, HttpPool
from streamer.testing import run_inline


@pytest.fixture
def facilities():
    return Facilities(SystemClock(), run_inline, HttpPool())


async def test_a_text_becomes_a_wav_with_its_times(facilities):
    speech = espeak.speak("Hello there.")
    assert speech.text == "Hello there."
    assert "espeak" in speech.source.name
    parser = WavParser()
    async with aclosing(speech.source.stream(facilities)) as chunks:
        async for chunk in chunks:
            assert 0 < len(chunk) <= espeak.CHUNK_BYTES
            parser.receive_data(chunk)
    parser.receive_eof()
    events = parser.events()
    assert isinstance(events[0], Header)
    texts = joined([event for event in events if isinstance(event, TimedTexts)])
    assert {text.kind for text in texts} == {"grapheme", "phoneme"}
    assert any(isinstance(event, Samples) for event in events)


@pytest.mark.parametrize("text", ["", " \n"])
def test_no_text_is_wrong_usage(text):
    with pytest.raises(UsageError, match="no text"):
        espeak.speak(text)


def test_a_language_is_kept():
    voice = EspeakVoice()
    assert voice.speak("Hi").language == voice.language
    assert espeak.speak("Hallo", language="de").language == "de"
