"""An engine on a clock that stands still, and speech to play on it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from streamer.audio import TimedText
from streamer.engine import Engine, EngineOptions
from streamer.lipsync.lettersound import Word
from streamer.sources import Speech
from streamer.testing import FakeClock, RecordingOutput, ScriptedSource, run_inline, wav

RATE = 8_000
PHONES = ("h", "ə", "l", "oʊ")


def sound(seconds: float, level: float = 0.5) -> np.ndarray:
    """A tone without a single silent sample, so that silence can be found."""
    count = round(seconds * RATE)
    wave = np.sin(2 * np.pi * 200 * np.arange(count) / RATE)
    return (level * (wave * 0.4 + 0.6)).astype(np.float32)


def timed(seconds: float) -> list[TimedText]:
    """A word and a phoneme each 100 ms."""
    step = RATE // 10
    found: list[TimedText] = []
    for index in range(int(seconds * 10)):
        start = index * step
        for offset, letter in enumerate("abc "):
            at = start + offset * step // 4
            found.append(TimedText("grapheme", letter, at, step // 4))
        found.append(TimedText("phoneme", PHONES[index % len(PHONES)], start, step))
    return found


def read_letters(text: str, language: str) -> list[Word]:
    """Letter-to-sound of which only the first sound is right."""
    words, at = [], 0
    for token in text.replace(".", " ").replace(",", " ").split():
        at = text.index(token, at)
        words.append(Word(token, at, at + len(token), (token[0].lower(), "ə")))
        at += len(token)
    return words


@dataclass
class Play:
    """One engine, and everything a test asks of it."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(1_000.0))
    output: RecordingOutput = field(default_factory=RecordingOutput)
    sources: list[ScriptedSource] = field(default_factory=list)
    messages: list = field(default_factory=list)
    engine: Engine = field(init=False)

    @asynccontextmanager
    async def running(self, options: EngineOptions | None = None):
        options = options or EngineOptions()
        if options.letter_to_sound is None:
            options = replace(options, letter_to_sound=read_letters)
        self.engine = Engine(
            self.output, clock=self.clock, run=run_inline, options=options
        )
        await self.clock.run(self.engine.__aenter__())
        self.engine.main.log.subscribe(
            lambda entry: self.messages.append(entry.message)
        )
        try:
            yield self.engine
        finally:
            await self.clock.run(self.engine.__aexit__(None, None, None))

    def speech(self, *script, text: str | None = "hello") -> Speech:
        source = ScriptedSource(script)
        self.sources.append(source)
        return Speech(source, text)

    def spoken(self, seconds: float = 0.5, *, chunk: int = 800, pause: float = 0.0):
        """Speech with its times, in chunks."""
        data = wav(sound(seconds), RATE, timed_text=timed(seconds))
        script: list = []
        for start in range(0, len(data), chunk):
            script += [data[start : start + chunk], pause]
        return self.speech(*script)

    def said(self, utterance: str) -> list[str]:
        return [type(m).__name__ for m in self.messages if m.utterance == utterance]

    def of(self, utterance: str, kind: str) -> list:
        return [
            message
            for message in self.messages
            if message.utterance == utterance and type(message).__name__ == kind
        ]


@pytest.fixture
async def play():
    """An engine that has to leave nothing behind."""
    before = asyncio.all_tasks()
    made = Play()
    yield made
    for _ in range(5):
        await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert not left
    assert all(source.closed <= 1 for source in made.sources)
