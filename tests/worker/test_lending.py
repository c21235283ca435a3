"""What stays in the program: its own sources, voices, texts and readers."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.audio import TimedText
from streamer.engine import EngineOptions
from streamer.lipsync.lettersound import Word
from streamer.sources import Speech
from streamer.sources.pcm import pcm
from streamer.testing import ScriptedSource, wav
from tests.worker.conftest import RATE, TONE, Voice, lent, played


async def test_the_samples_are_those_that_were_sent(near):
    apart = near()

    async def pieces():
        yield TONE
        yield TONE

    async def run():
        async with apart.engine as engine:
            await engine.open()
            await (await engine.play(pcm(TONE, RATE))).wait_ended()
            await (await engine.play(pcm(pieces(), RATE))).wait_ended()
            await engine.wait_drained()

    await apart.run(run())
    assert np.array_equal(played(apart.output), np.tile(TONE, 3))
    assert not lent(apart.engine)


async def test_a_source_that_stays_is_read_as_it_is_played_and_closed(near):
    """An hour of it is not taken at once, and an interruption lets go of it."""
    apart = near()
    data = wav(np.tile(TONE, 40), RATE)
    chunks = [data[at : at + 1_000] for at in range(0, len(data), 1_000)]
    source = ScriptedSource([*chunks, 3_600.0])

    async def run():
        async with apart.engine as engine:
            utterance = await engine.play(Speech(source))
            await utterance.wait_started()
            await apart.clock.sleep_until(apart.clock.time() + 1.0)
            heard = await engine.interrupt()
            await utterance.wait_over()
            return heard

    heard = await apart.run(run())
    assert 0.9 < heard.media_time < 1.1
    assert source.closed == 1
    assert not lent(apart.engine)


@pytest.mark.parametrize("travels", [True, False])
async def test_a_text_that_grows_is_said_by_a_voice_of_ones_own(near, travels):
    apart, voice = near(), Voice(travels=travels)

    async def text():
        for part in ("Mama ma. ", "Ma mama ma. ", "Mama."):
            yield part

    async def run():
        async with apart.engine as engine:
            saying = await engine.say(text(), voice, pause=0.1)
            cues = [(piece.text, cue.viseme) async for piece, cue in saying.cues()]
            outcomes = await saying.wait_ended()
            assert await saying.interrupt() is None
            return saying.id, cues, outcomes

    id, cues, outcomes = await apart.run(run())
    assert id == "t1"
    assert [outcome.state for outcome in outcomes] == ["ended"] * len(voice.asked)
    assert list(dict.fromkeys(text for text, _ in cues)) == voice.asked
    assert "".join(voice.asked).replace(" ", "") == "Mamama.Mamamama.Mama."
    assert not lent(apart.engine)


async def test_a_letter_to_sound_of_ones_own_is_asked_here(near):
    asked = []

    def read(text, language):
        asked.append((text, language))
        return [Word("ma", 0, 2, ("m", "a"))] if text else []

    apart = near(options=EngineOptions(letter_to_sound=read))
    apart.worker.run = staticmethod(asyncio.to_thread)  # whoever reads waits for it
    letters = [
        TimedText("grapheme", char, at * 800, 800) for at, char in enumerate("ma")
    ]
    source = ScriptedSource([wav(TONE, RATE, timed_text=letters)])

    async def run():
        async with apart.engine as engine:
            utterance = await engine.play(Speech(source, "ma"))
            found = [cue.viseme async for cue in utterance.cues()]
            await utterance.wait_ended()
            return found

    task = asyncio.create_task(run())
    async with asyncio.timeout(20):
        while not task.done():  # its clock does not wait for threads
            await apart.clock.advance(0.01)
            await asyncio.sleep(0.001)
    assert "PP" in await task
    assert ("ma", "en") in asked
