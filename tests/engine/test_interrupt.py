from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.testing import RecordingOutput
from tests.examples import stride

RATE = 8_000


def heard_sound(output: RecordingOutput) -> np.ndarray:
    """What was played, without the silences."""
    return output.frames[output.frames != 0.0]


@pytest.mark.parametrize("moment", [0.0, 0.005, 0.047, 0.3, 0.499, 0.52])
async def test_interrupt_says_what_was_heard_and_nothing_follows(play, moment):
    async with play.running() as engine:
        first = await engine.play(play.spoken(0.5))
        second = await engine.play(play.spoken(0.5))
        await play.clock.advance(moment)
        played = first.state == "playing" or first.over
        heard = await play.clock.run(engine.interrupt())
        count = len(play.messages)
        frames = len(heard_sound(play.output))
        await play.clock.advance(0.5)

        assert len(play.messages) == count
        assert len(heard_sound(play.output)) == frames
        assert engine.main.waiting == 0
        assert second.state == "cut"
        assert (await first.wait_ended()).state == "cut" or moment > 0.5
        if played and moment < 0.5:
            assert heard.media_time == first.media > 0
            assert heard.frame == pytest.approx(heard.media_time * RATE, abs=1)
            assert heard.word == "abc"
            assert heard.phoneme in ("h", "ə", "l", "oʊ")
            assert play.of("u1", "Cut")[0].media == round(first.media * 1e6)
        if moment == 0.0:
            assert heard is None
        if play.of("u2", "Start") and moment < 0.5:
            assert play.of("u2", "Cut")[0].media == 0


async def test_what_is_handed_in_during_an_interrupt_is_played(play):
    async with play.running() as engine:
        await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)
        interrupting = asyncio.ensure_future(engine.interrupt())
        await asyncio.sleep(0)
        fresh = await engine.play(play.spoken(0.3))
        outcome = await play.clock.run(fresh.wait_ended())

        assert (outcome.state, outcome.media) == ("ended", pytest.approx(0.3))
        assert interrupting.result().media_time > 0.1


async def test_two_interrupts_at_once_agree(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)

        async def both():
            return await asyncio.gather(engine.interrupt(), utterance.interrupt())

        first, second = await play.clock.run(both())
        assert first == second
        assert len(play.of("u1", "Cut")) == 1
        again = await play.clock.run(utterance.interrupt())
        assert again == first


async def test_an_interrupt_that_nobody_waits_for_is_carried_out(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)
        task = asyncio.ensure_future(engine.interrupt())
        await asyncio.sleep(0)
        task.cancel()
        outcome = await play.clock.run(utterance.wait_ended())
        assert outcome.state == "cut"


async def test_a_cut_ends_the_cues_at_what_was_heard(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        cues = []

        async def follow():
            cues.extend([cue async for cue in utterance.cues()])

        following = asyncio.ensure_future(follow())
        await play.clock.advance(0.2)
        await play.clock.run(utterance.interrupt())
        await play.clock.advance(0.2)
        assert following.done()
        assert all(cue.frame / RATE <= utterance.media for cue in cues)
        assert len(cues) < len(utterance.known_cues["oculus"])


@pytest.mark.parametrize("steps", [*range(0, 40, 3 * stride(3)), 60, 100])
async def test_leaving_at_any_moment_leaves_nothing(play, steps):
    """The fixture looks for tasks, and each source must be closed."""
    async with play.running() as engine:
        utterances = [await engine.play(play.spoken(0.3, pause=0.01)) for _ in range(3)]
        waiting = [
            asyncio.ensure_future(utterance.wait_ended()) for utterance in utterances
        ]
        for _ in range(steps):
            await asyncio.sleep(0)
        if steps > 20:
            await play.clock.advance(steps / 200)
    for task in waiting:
        assert (await task).state in ("cut", "ended")
    for source, utterance in zip(play.sources, utterances, strict=True):
        assert source.closed == (utterance.trace.requested is not None)


@pytest.mark.parametrize("what", ["wait_ended", "wait_started", "interrupt"])
async def test_cancelling_a_wait_changes_nothing(play, what):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.3))
        task = asyncio.ensure_future(getattr(utterance, what)())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (await play.clock.run(utterance.wait_ended())).state == (
            "cut" if what == "interrupt" else "ended"
        )
