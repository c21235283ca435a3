"""The verbs of an engine that somebody else runs, with the worker in this process."""

from __future__ import annotations

import asyncio
import gc
import math

import pytest

from streamer.engine import EngineOptions, Utterance
from streamer.errors import (
    DeviceFailed,
    EngineLost,
    FormatError,
    SourceLost,
    UsageError,
)
from streamer.outputs import NullOutput
from streamer.sources import BytesSource, Speech
from streamer.testing import RecordingOutput, ScriptedSource, wav
from streamer.worker import EngineProcess, RemoteUtterance
from tests.worker.conftest import RATE, TONE, Voice, lent, played, speech, turns


async def test_an_utterance_is_heard_with_its_cues_and_words(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            utterance = await engine.play(speech())
            cues = [cue.viseme async for cue in utterance.cues(lead=math.inf)]
            words = [word.text async for word in utterance.words()]
            outcome = await utterance.wait_ended()
            heard = await utterance.what_was_heard()
            report = await utterance.report()
            assert (utterance.id, utterance.text) == ("u1", "mama")
            assert await utterance.heard() == outcome.media
            return cues, words, outcome, heard, report

    cues, words, outcome, heard, report = await apart.run(run())
    assert {"PP", "aa"} <= set(cues)
    assert words == ["mama"]
    assert (outcome.state, outcome.media) == ("ended", 0.5)
    assert (heard.word, heard.unheard) == ("mama", "")
    assert report.source == "a script"
    assert played(apart.output).size == TONE.size


async def test_what_fails_there_is_raised_here(near):
    apart = near()
    broken = ScriptedSource([wav(TONE, RATE)[:2_000], SourceLost("it", "it broke")])

    async def run():
        async with apart.engine as engine:
            with pytest.raises(SourceLost, match="it broke off: it broke"):
                await (await engine.play(Speech(broken))).wait_ended()
            with pytest.raises(FormatError):
                await (await engine.play(Speech(BytesSource([b"no"])))).wait_ended()
            with pytest.raises(UsageError, match="there is no stream 'x'"):
                await engine.play(speech(), stream="x")
            assert not lent(engine)
            with pytest.raises(UsageError, match="a gain is from 0 to 8"):
                await engine.set_gain(9)
            with pytest.raises(UsageError, match="no viseme set"):
                (await engine.play(speech())).cues(visemes="none")

    await apart.run(run())


async def test_a_turn_is_interrupted_and_says_what_is_left(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            saying = await engine.say("Mama ma. Ma mama.", Voice())
            async for _ in saying.cues():
                break
            await saying.pause()
            await saying.resume()
            return await saying.interrupt()

    heard = await apart.run(run())
    assert heard.current is not None
    assert heard.unheard == "ama "  # by the times of its letters


async def test_no_text_is_an_error_there_too(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            with pytest.raises(UsageError, match="no text"):
                await (await engine.say(" ", Voice())).wait_ended()
            with pytest.raises(UsageError, match="a pause is from 0"):
                await engine.say("Mama.", Voice(), pause=-1)

    await apart.run(run())
    assert not lent(apart.engine)


async def test_the_verbs_reach_the_stream(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            first = await engine.play(speech(5.0))
            second = await engine.play(speech(5.0))
            await first.wait_started()
            await engine.pause()
            paused = await first.heard()
            await apart.clock.sleep_until(apart.clock.time() + 1.0)
            assert abs(await first.heard() - paused) < 0.03
            await first.resume()
            await first.pause()
            await engine.resume()
            await engine.set_gain(0.5)
            await engine.mute()
            await engine.mute(False)
            assert (await engine.skip()) is not None
            await second.wait_started()
            third = await engine.play(speech())
            await engine.stop_after_current()
            await third.wait_over()
            assert (await second.skip()).media_time < 5.0
            assert await engine.interrupt() is None
            assert (await third.interrupt()).media_time == 0.0

    await apart.run(run())


async def test_a_further_stream(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            await engine.stream("guide", output=RecordingOutput())
            with pytest.raises(UsageError, match="there is a stream 'guide'"):
                await engine.stream("guide", output=RecordingOutput())
            utterance = await engine.play(speech(), stream="guide")
            await utterance.wait_ended()
            await engine.close(stream="guide")
            with pytest.raises(UsageError, match="there is no stream 'guide'"):
                await engine.open(stream="guide")

    await apart.run(run())


async def test_an_output_that_fails_is_noticed_here(near):
    noticed = []
    apart = near(options=EngineOptions(notice=noticed.append))

    async def run():
        async with apart.engine as engine:
            utterance = await engine.play(speech(2.0))
            await utterance.wait_started()
            apart.output.returns_after = 0.5
            apart.output.fail = DeviceFailed("it", "it was unplugged")
            await utterance.wait_ended()

    await apart.run(run())
    assert [str(error) for error in noticed] == [
        str(DeviceFailed("it", "it was unplugged"))
    ]


async def test_what_nobody_holds_is_forgotten_there(near):
    apart = near()

    def count():
        gc.collect()
        return sum(type(each) is Utterance for each in gc.get_objects())

    async def run():
        async with apart.engine as engine:
            before = count()
            held = [await engine.play(speech()) for _ in range(4)]
            await held[-1].wait_ended()
            assert count() == before + 4
            del held
            gc.collect()
            await turns(20)
            assert count() <= before + 1  # its stream may still look at the last

    await apart.run(run())


@pytest.mark.parametrize("count", range(0, 30, 2))
async def test_a_play_that_is_cancelled_plays_nothing(near, count):
    apart = near()

    async def run():
        async with apart.engine as engine:
            await engine.open()
            playing = asyncio.create_task(engine.play(speech(1.0)))
            await turns(count)
            playing.cancel()
            [made] = await asyncio.gather(playing, return_exceptions=True)
            if isinstance(made, RemoteUtterance):
                await made.interrupt()
            await engine.wait_drained()
            await turns(50)
            assert not lent(engine)

    await apart.run(run())
    assert played(apart.output).size < 0.1 * RATE


async def test_it_is_told_that_the_worker_is_gone(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            utterance = await engine.play(speech(5.0))
            waiting = asyncio.create_task(utterance.wait_ended())
            await utterance.wait_started()
            for pipe in engine._worker.pipes:
                pipe.close()
            with pytest.raises(EngineLost, match="a new EngineProcess is needed"):
                await waiting
            with pytest.raises(EngineLost):
                await engine.play(speech())

    await apart.run(run())


async def test_an_output_that_cannot_be_copied_is_refused(near):
    apart = near()
    apart.engine._output = NullOutput()
    apart.engine._output.name = lambda: None
    with pytest.raises(UsageError, match="can't be copied"):
        await apart.run(apart.engine.__aenter__())
    with pytest.raises(UsageError, match="use it with 'async with'"):
        await apart.engine.pause()


async def test_what_an_output_fails_with_at_last_is_raised_here(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            await engine.open()
            apart.output.fail = DeviceFailed("it", "the disk is full")

    with pytest.raises(DeviceFailed, match="the disk is full"):
        await apart.run(run())


async def test_leaving_the_block_stops_what_plays(near):
    apart = near()

    async def run():
        async with apart.engine as engine:
            await (await engine.play(speech(5.0))).wait_started()
        return asyncio.all_tasks()

    left = await apart.run(run())
    assert len(left) <= 2  # this one, and the clock's
    assert played(apart.output).size < RATE


async def test_a_program_without_a_python_says_so(monkeypatch):
    monkeypatch.setattr("sys.frozen", True, raising=False)
    with pytest.raises(UsageError, match="no Python of its own"):
        async with EngineProcess(NullOutput()):
            pass
    with pytest.raises(UsageError, match="cannot be started: no such file"):
        async with EngineProcess(NullOutput(), python="/none/python"):
            pass
