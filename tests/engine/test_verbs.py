from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.engine import EngineOptions, StreamOptions
from streamer.errors import UsageError
from streamer.testing import RecordingOutput, wav
from tests.engine.conftest import RATE, sound, timed

BLOCKS = 2 * 40 / RATE


def silences(output: RecordingOutput) -> list[tuple[int, int]]:
    """Where silence is inside what was played: first frame and how many."""
    loud = np.flatnonzero(output.frames[:, 0])
    steps = np.flatnonzero(np.diff(loud) > 1)
    return [(int(loud[i]) + 1, int(loud[i + 1] - loud[i] - 1)) for i in steps]


def loudness(output: RecordingOutput, time: float, start: float) -> float:
    """The level of what is asked for around *time*."""
    at = round((time - start) * RATE)
    return float(np.abs(output.frames[at - 20 : at + 20]).max())


async def test_a_pause_holds_sound_and_mouth_until_it_goes_on(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)
        asked = play.clock.time()
        await play.clock.run(engine.pause())
        assert play.clock.time() - asked <= BLOCKS + 0.005
        assert engine.main.paused
        await play.clock.advance(1.0)
        held = utterance.heard()
        await play.clock.advance(1.0)
        assert utterance.heard() == held
        await play.clock.run(engine.resume())
        outcome = await play.clock.run(utterance.wait_ended())

    assert (outcome.state, outcome.starvation) == ("ended", ())
    assert outcome.media == pytest.approx(0.5)
    anchors = play.of("u1", "Anchor")
    rates = [anchor.rate for anchor in anchors]
    assert rates[rates.index(0.0) :] == [0.0, 1.0]
    paused, resumed = anchors[rates.index(0.0) :]
    assert paused.media == resumed.media == pytest.approx(held * 1e6, abs=200)
    assert resumed.at - paused.at == pytest.approx(2e6, abs=30_000)
    assert len(silences(play.output)) == 1


async def test_what_is_paused_before_it_is_handed_in_waits(play):
    async with play.running() as engine:
        await engine.pause()
        utterance = await engine.play(play.spoken(0.3))
        await play.clock.advance(2.0)
        assert utterance.heard() == 0.0
        assert not play.output.frames.any()
        await play.clock.run(engine.resume())
        outcome = await play.clock.run(utterance.wait_ended())
    assert (outcome.media, outcome.starvation) == (pytest.approx(0.3), ())
    assert len(np.flatnonzero(play.output.frames)) == 2_400


@pytest.mark.parametrize("verb", ["interrupt", "skip"])
async def test_an_interrupt_lifts_a_pause(play, verb):
    async with play.running() as engine:
        await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)
        await play.clock.run(engine.pause())
        heard = await play.clock.run(getattr(engine, verb)())
        assert heard.media_time > 0.1
        assert not engine.main.paused
        fresh = await engine.play(play.spoken(0.2))
        assert (await play.clock.run(fresh.wait_ended())).state == "ended"


async def test_a_gain_is_heard_within_two_blocks(play):
    async with play.running() as engine:
        await engine.play(play.speech(wav(np.full(8_000, 0.5, np.float32), RATE)))
        await play.clock.advance(0.3)
        start = play.output.begin
        await play.clock.run(engine.set_gain(0.5))
        after = play.clock.time()
        await play.clock.advance(0.2)
        await play.clock.run(engine.mute())
        muted = play.clock.time()
        await play.clock.advance(0.2)
        await play.clock.run(engine.mute(False))
        await play.clock.advance(0.1)
        assert loudness(play.output, after - 0.1, start) == 0.5
        assert loudness(play.output, after + 0.05, start) == pytest.approx(0.25)
        assert loudness(play.output, muted + 0.05, start) == 0.0
        assert play.output.frames[-20:].max() == pytest.approx(0.25)
        assert silences(play.output)  # media went on meanwhile
    assert play.engine.main.queue.head is None


async def test_wishes_before_there_is_sound_are_kept(play):
    async with play.running() as engine:
        await engine.set_gain(0.5)
        utterance = await engine.play(
            play.speech(wav(np.full(800, 0.5, np.float32), RATE))
        )
        await play.clock.run(utterance.wait_ended())
    assert play.output.frames[160:].max() == pytest.approx(0.25)


@pytest.mark.parametrize("gain", [-0.1, 8.1, float("nan"), float("inf")])
async def test_a_gain_has_bounds(play, gain):
    async with play.running() as engine:
        with pytest.raises(UsageError, match="from 0 to 8"):
            await engine.set_gain(gain)


async def test_a_skip_ends_one_and_the_next_goes_on_at_once(play):
    async with play.running() as engine:
        first = await engine.play(play.spoken(2.0))
        second = await engine.play(play.spoken(0.3))
        await play.clock.advance(0.3)
        heard = await play.clock.run(engine.skip())
        asked = play.clock.time()
        assert (await first.wait_ended()).state == "cut"
        assert heard == first.what_was_heard()
        assert 0.2 < heard.media_time < 0.35
        await play.clock.run(second.wait_started())
        assert play.clock.time() - asked <= 0.03
        outcome = await play.clock.run(second.wait_ended())
    assert (outcome.state, outcome.media) == ("ended", pytest.approx(0.3))
    assert [cut.media for cut in play.of("u1", "Cut")] == [round(first.media * 1e6)]
    assert play.said("u2")[-1] == "End"


async def test_a_skip_of_what_is_not_heard_yet_leaves_it_out(play):
    async with play.running() as engine:
        first = await engine.play(play.speech(5.0, wav(sound(0.2), RATE)))
        second = await engine.play(play.spoken(0.2))
        await play.clock.advance(0.1)
        assert await play.clock.run(engine.skip()) is None
        assert first.state == "cut"
        assert (await play.clock.run(second.wait_ended())).media == pytest.approx(0.2)
        assert await play.clock.run(engine.skip()) is None


@pytest.mark.parametrize("verb", ["interrupt", "skip"])
async def test_a_queued_utterance_is_taken_out_alone(play, verb):
    async with play.running() as engine:
        first = await engine.play(play.spoken(1.5))
        second = await engine.play(play.spoken(0.5))
        third = await engine.play(play.spoken(0.3))
        await play.clock.advance(0.2)
        heard = await play.clock.run(getattr(second, verb)())
        assert (heard.media_time, heard.frame, heard.word) == (0.0, 0, None)
        assert heard.unheard == "hello"
        assert second.state == "cut"
        assert first.state == "playing"
        outcomes = [
            await play.clock.run(utterance.wait_ended()) for utterance in (first, third)
        ]
    assert [outcome.state for outcome in outcomes] == ["ended", "ended"]
    assert [cut.media for cut in play.of("u2", "Cut")] == [0]
    loud = np.flatnonzero(play.output.frames[:, 0])
    assert len(loud) == loud[-1] - loud[0] + 1 == round(1.8 * RATE)


async def test_nothing_is_heard_of_one_that_is_in_the_ring_already(play):
    """The last half second: what follows is on its way to the device."""
    async with play.running() as engine:
        first = await engine.play(play.spoken(1.0))
        second = await engine.play(play.spoken(0.5))
        third = await engine.play(play.spoken(0.3))
        await play.clock.advance(0.8)
        assert second.begun
        heard = await play.clock.run(second.interrupt())
        assert (heard.media_time, second.state) == (0, "cut")
        assert (await play.clock.run(first.wait_ended())).media == pytest.approx(1.0)
        assert (await play.clock.run(third.wait_ended())).media == pytest.approx(0.3)
    assert play.said("u2")[-1] == "Cut"
    assert play.of("u2", "Cut")[0].media == 0
    begun = [anchor.at for anchor in play.of("u3", "Anchor") if anchor.media == 0]
    over = play.of("u1", "End")[0].at
    assert 0 <= begun[-1] - over <= BLOCKS * 1e6  # what was left out leaves no gap


async def test_one_apart_from_what_was_left_out_before_is_stopped_once_heard(play):
    async with play.running() as engine:
        utterances = [await engine.play(play.spoken(0.1)) for _ in range(5)]
        await play.clock.advance(0.05)
        _, second, _, fourth, fifth = utterances
        assert fourth.begun
        second_heard = await play.clock.run(second.interrupt())
        heard = await play.clock.run(fourth.interrupt())
        await play.clock.run(fifth.wait_ended())
    assert second_heard.media_time == 0
    assert 0 <= heard.media_time <= 0.03
    states = [utterance.state for utterance in utterances]
    assert states == ["ended", "cut", "ended", "cut", "ended"]


@pytest.mark.parametrize("moment", [0.2, 0.8])
async def test_stop_after_the_current_one(play, moment):
    async with play.running() as engine:
        first = await engine.play(play.spoken(1.0))
        others = [await engine.play(play.spoken(0.5)) for _ in range(3)]
        await play.clock.advance(moment)
        await play.clock.run(engine.stop_after_current())
        outcome = await play.clock.run(first.wait_ended())
        assert (outcome.state, outcome.media) == ("ended", pytest.approx(1.0))
        await play.clock.run(engine.main.wait_drained())
        assert {other.state for other in others} == {"cut"}
        assert all(other.media == 0 for other in others)
        fresh = await engine.play(play.spoken(0.2))
        assert (await play.clock.run(fresh.wait_ended())).state == "ended"
    assert [cut.media for cut in play.of("u3", "Cut")] in ([], [0])


async def test_where_nothing_sounded_there_is_no_tail(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.4)
        await play.clock.run(utterance.pause())
        await play.clock.advance(0.5)
        heard = await play.clock.run(engine.interrupt())
    assert 0.3 < heard.media_time < 0.5
    assert heard.tail == 0.0


@pytest.mark.parametrize("frames", [997, 1_009, 4_391])
async def test_what_was_heard_to_its_end_was_heard_to_its_last_frame(play, frames):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(frames / RATE))
        await play.clock.run(utterance.wait_ended())
    assert utterance.what_was_heard().frame == frames


async def test_the_tail_is_what_is_still_heard_after_the_call(play):
    play.output = RecordingOutput(latency=0.1)
    async with play.running() as engine:
        await engine.play(play.spoken(1.0))
        await play.clock.advance(0.5)
        asked = play.clock.time()
        heard = await play.clock.run(engine.interrupt())
    assert 0.1 <= heard.tail <= 0.1 + BLOCKS + 0.005
    cut = play.of("u1", "Cut")[0]
    assert cut.at == pytest.approx((asked + heard.tail) * 1e6, abs=2)


async def test_unheard_is_the_text_behind_what_was_heard(play):
    data = wav(sound(1.0), RATE, timed_text=timed(1.0))
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data, text=None))
        await play.clock.advance(0.5)
        heard = await play.clock.run(engine.interrupt())
        whole = "abc " * 10
        count = sum(frame < heard.frame for frame, _ in utterance.letters)
        assert 8 <= count <= 32
        assert heard.unheard == whole[count:]


async def test_unheard_is_unknown_without_the_times_of_characters(play):
    data = wav(sound(1.0), RATE)
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data))
        await play.clock.advance(0.5)
        assert (await play.clock.run(engine.interrupt())).unheard is None
        fresh = await engine.play(play.spoken(0.1))
        await play.clock.run(fresh.wait_ended())
        assert fresh.what_was_heard().unheard == ""
        assert utterance.what_was_heard().unheard is None


async def test_an_utterance_pauses_the_stream_that_plays_it(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)
        await play.clock.run(utterance.pause())
        assert engine.main.paused
        await play.clock.run(utterance.resume())
        assert not engine.main.paused
        await play.clock.run(utterance.wait_ended())
        await utterance.pause()
        assert not engine.main.paused


async def test_verbs_of_a_stream_that_is_not_there_are_a_sentence(play):
    async with play.running() as engine:
        for call in (
            engine.pause(stream="x"),
            engine.resume(stream="x"),
            engine.skip(stream="x"),
            engine.set_gain(1.0, stream="x"),
            engine.mute(True, stream="x"),
            engine.interrupt(stream="x"),
            engine.stop_after_current(stream="x"),
            engine.say("Hi.", stream="x"),
        ):
            with pytest.raises(UsageError, match="no stream 'x'; there are: 'main'"):
                await call


async def test_verbs_of_a_closed_stream_change_nothing(play):
    async with play.running() as engine:
        main = engine.main
        await main.open()
    await main.pause()
    await main.resume()
    await main.mute()
    await main.stop_after_current()
    assert await main.skip() is None


@pytest.mark.parametrize("rested", [False, True])
async def test_a_sink_that_sleeps_is_woken_first(play, rested):
    """Silence before the first one, and after more than 5 s without sound."""
    options = EngineOptions(stream=StreamOptions(wake_lead=0.3))
    async with play.running(options) as engine:
        first = await engine.play(play.spoken(0.2))
        await play.clock.run(first.wait_ended())
        assert first.report().first_sample >= 0.3
        await play.clock.advance(6.0 if rested else 4.0)
        second = await engine.play(play.spoken(0.2))
        await play.clock.run(second.wait_ended())
        report = second.report()
    assert (report.first_sample >= 0.3) == rested
    assert report.starvation == ()


async def test_a_second_skip_meanwhile_skips_the_next(play):
    async with play.running() as engine:
        utterances = [await engine.play(play.spoken(1.0)) for _ in range(3)]
        await play.clock.advance(0.3)

        async def both():
            return await asyncio.gather(engine.skip(), engine.skip())

        await play.clock.run(both())
        await play.clock.run(utterances[2].wait_ended())
    states = [utterance.state for utterance in utterances]
    assert states[0] == "cut"
    assert states[2] == "ended"
