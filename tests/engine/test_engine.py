from __future__ import annotations

import asyncio
import math
import threading

import numpy as np
import pytest

from streamer.engine import Engine, EngineOptions
from streamer.errors import (
    UsageError,
)
from streamer.sources import BytesSource, Speech
from streamer.testing import RecordingOutput, run_inline, wav

RATE = 8_000


def heard_sound(output: RecordingOutput) -> np.ndarray:
    """What was played, without the silences."""
    return output.frames[output.frames != 0.0]


async def test_an_utterance_is_heard_whole_and_told_whole(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        assert utterance.state == "queued"
        outcome = await play.clock.run(utterance.wait_ended())

        assert (outcome.state, outcome.starvation) == ("ended", ())
        assert outcome.media == pytest.approx(0.5)
        assert utterance.heard() == outcome.media
        assert utterance.state == "ended"
    assert len(heard_sound(play.output)) == 4_000
    said = play.said("u1")
    assert said[:3] == ["Start", "Marks", "Cues"]
    assert said[-1] == "End"
    (start,) = play.of("u1", "Start")
    assert (start.text, start.timing, start.duration) == ("hello", "phonemes", 500_000)
    (end,) = play.of("u1", "End")
    assert (end.media, end.error) == (500_000, None)
    first = play.of("u1", "Anchor")[0]
    assert (first.media, first.rate, first.quality) == (0, 1.0, "measured")
    assert end.at == first.at + 500_000
    assert play.sources[0].closed == 1


async def test_cues_come_when_they_are_heard(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        times = []

        async def follow():
            times.extend([(play.clock.time(), cue) async for cue in utterance.cues()])

        await play.clock.run(follow())

        start = play.of("u1", "Anchor")[0].at / 1e6
        assert len(times) >= 5
        for time, cue in times:
            due = start + cue.frame / RATE
            assert due - 1e-6 <= time <= due + 0.006 or cue.frame >= 4_000
        assert [cue for _, cue in times] == utterance.known_cues["oculus"]


async def test_words_and_cues_may_be_followed_at_once_and_ahead(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))

        async def collect(items):
            return [(play.clock.time(), item) async for item in items]

        both = asyncio.gather(
            collect(utterance.words()),
            collect(utterance.cues(lead=math.inf)),
            collect(utterance.cues(lead=0.1)),
        )

        async def wait():
            return await both

        words, ahead, early = await play.clock.run(wait())
        start = play.of("u1", "Anchor")[0].at / 1e6
        assert [mark.text for _, mark in words] == ["abc"] * 5
        assert ahead[-1][0] < start
        assert early[2][0] == pytest.approx(
            start + early[2][1].frame / RATE - 0.1, abs=0.02
        )


async def test_after_the_end_all_cues_are_still_told(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.3))
        await play.clock.run(utterance.wait_ended())

        async def collect():
            return [cue async for cue in utterance.cues()]

        assert await play.clock.run(collect()) == utterance.known_cues["oculus"]


async def test_queued_utterances_follow_sample_for_sample(play):
    async with play.running() as engine:
        first = await engine.play(play.spoken(0.5))
        second = await engine.play(play.spoken(0.4))
        await play.clock.run(second.wait_ended())
        await play.clock.run(engine.main.wait_drained())
        assert first.over

    nonzero = np.flatnonzero(play.output.frames[:, 0])
    assert len(nonzero) == 7_200
    assert nonzero[-1] - nonzero[0] == 7_199
    due = play.of("u2", "Anchor")[0]
    assert due.at == play.of("u1", "End")[0].at
    assert due.at > play.of("u2", "Start")[0].seq  # it is announced ahead
    starts = [m.utterance for m in play.messages if type(m).__name__ == "Start"]
    assert starts == ["u1", "u2"]


async def test_at_most_one_request_runs_ahead(play):
    async with play.running() as engine:
        speeches = [play.spoken(6.0, chunk=4_000) for _ in range(4)]
        utterances = [await engine.play(speech) for speech in speeches]
        await play.clock.advance(0.5)
        opened = [utterance.state for utterance in utterances]
        assert opened == ["playing", "opening", "queued", "queued"]


async def test_starvation_stops_the_mouth_and_starts_it_again(play):
    data = wav(np.full(4_000, 0.5, np.float32), RATE)
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data[:8_044], 0.6, data[8_044:]))
        outcome = await play.clock.run(utterance.wait_ended())

    (gap,) = outcome.starvation
    assert gap.media == pytest.approx(2_000 / RATE)
    anchors = play.of("u1", "Anchor")
    # Its wait is played, so that it is due before it starts.
    assert [anchor.rate for anchor in anchors] == [1.0, 1.0, 0.0, 1.0]
    due, started, starved, resumed = anchors
    assert (due.media, due.at) == (started.media, started.at)
    assert starved.media == resumed.media == 250_000
    assert resumed.at - starved.at == pytest.approx(gap.duration * 1e6, abs=2)
    assert starved.at == started.at + 250_000


async def test_a_cut_tells_the_starvation_that_nothing_ended(play):
    data = wav(np.full(4_000, 0.5, np.float32), RATE)
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data[:8_044], 9.0, data[8_044:]))
        await play.clock.advance(2.0)
        heard = await play.clock.run(engine.interrupt())

    (gap,) = utterance.report().starvation
    assert heard.media_time == gap.media == pytest.approx(2_000 / RATE)
    assert (gap.reason, gap.duration) == ("starved", pytest.approx(1.75, abs=0.1))


async def test_the_wait_for_a_start_is_played_to_the_sample(play):
    """Nobody has to be woken for the start: the device ends the silence."""
    data = wav(np.full(4_000, 0.5, np.float32), RATE)
    async with play.running() as engine:
        utterance = await engine.play(
            play.speech(0.2, data[:1_644], 0.05, data[1_644:])
        )
        await play.clock.run(utterance.wait_ended())
    sound = play.output.frames[:, 0]
    (first, *_) = np.flatnonzero(sound)
    begun = play.output.begin + first / RATE
    arrived = utterance.trace.arrivals[0][0]
    block = 40 / RATE
    assert 0.010 - 1e-9 <= begun - arrived <= 0.010 + block + 1e-9


@pytest.mark.parametrize("block", [30, 40, 56, 90, 200])
async def test_sound_begins_with_the_first_block_behind_its_wait(play, block):
    """Chunks that last some as well are then needed no sooner than they are due."""
    play.output = RecordingOutput(block=block)
    data = wav(np.full(4_000, 0.5, np.float32), RATE)
    async with play.running() as engine:
        await engine.main.open()
        utterance = await engine.play(
            play.speech(0.03, data[:1_644], 0.03, data[1_644:])
        )
        await play.clock.run(utterance.wait_ended())
    first = int(np.flatnonzero(play.output.frames[:, 0])[0])
    begun = play.output.begin + first / RATE
    waited = begun - utterance.trace.arrivals[0][0]
    assert first % block == 0
    assert 0.010 - 1e-9 <= waited <= 0.010 + block / RATE + 1e-9


async def test_there_is_an_anchor_each_second(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(3.5, chunk=8_000))
        await play.clock.run(utterance.wait_ended())

    anchors = play.of("u1", "Anchor")
    assert len(anchors) == 5  # one when it is due, and when it starts
    line = {anchor.at - anchor.media for anchor in anchors}
    assert max(line) - min(line) <= 1


async def test_no_cue_leaves_more_than_ten_seconds_ahead(play):
    play.output = RecordingOutput(block=800)
    async with play.running() as engine:
        await engine.play(play.spoken(14.0, chunk=64_000))
        await play.clock.advance(1.0)
        told = play.of("u1", "Cues")
        latest = told[-1].until / 1e6
        assert 10.0 <= latest <= 11.2
        await play.clock.advance(4.0)
        # The last half second waits until no second WAV can follow the first.
        assert play.of("u1", "Cues")[-1].until >= 13_500_000
        await play.clock.advance(8.7)

    cues = [message.until for message in play.of("u1", "Cues")]
    assert cues == sorted(cues)
    assert cues[-1] >= 13_900_000


async def test_an_utterance_without_frames_ends(play):
    async with play.running() as engine:
        utterance = await engine.play(play.speech(wav(np.zeros(0, np.float32), RATE)))
        outcome = await play.clock.run(utterance.wait_ended())
        assert (outcome.state, outcome.media) == ("ended", 0.0)
        await play.clock.run(utterance.wait_started())
    assert play.said("u1")[-1] == "End"


async def test_a_very_short_utterance_is_heard(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.012))
        assert (await play.clock.run(utterance.wait_ended())).media == pytest.approx(
            0.012
        )
    assert len(heard_sound(play.output)) == 96


async def test_streams_are_heard_apart(play):
    second = RecordingOutput()
    async with play.running() as engine:
        guide = await engine.stream("guide", output=second)
        with pytest.raises(UsageError, match="there is a stream 'guide'"):
            await engine.stream("guide", output=second)
        one = await engine.play(play.spoken(0.3))
        two = await engine.play(play.spoken(0.4), stream="guide")
        await play.clock.run(one.wait_ended())
        await play.clock.run(two.wait_ended())
        assert guide.output_name == "recording"
        assert two.id == "u1"
        assert engine.main.when(two, 0.0) is None
    assert len(heard_sound(play.output)) == 2_400
    assert len(heard_sound(second)) == 3_200


async def test_an_engine_that_does_not_run_says_so(play):
    engine = Engine(play.output)
    with pytest.raises(UsageError, match="async with"):
        await engine.play(play.speech())
    with pytest.raises(UsageError, match="async with"):
        await engine.stream("a", output=play.output)
    async with play.running() as engine:
        main = engine.main
    with pytest.raises(UsageError, match="async with"):
        await engine.interrupt()
    with pytest.raises(UsageError, match="closed"):
        await main.play(play.speech())
    assert await main.interrupt() is None


async def test_where_there_is_no_sound_card_time_is_kept_and_said_once(
    monkeypatch, clock
):
    """The default output; the notice goes to the log unless it is asked for."""
    from streamer.errors import MissingComponent
    from streamer.outputs import portaudio

    def missing():
        raise MissingComponent("PortAudio", needed_for="sound", mend="apt")

    monkeypatch.setattr(portaudio, "_import_sounddevice", missing)
    told = []
    engine = Engine(
        clock=clock, run=run_inline, options=EngineOptions(notice=told.append)
    )
    async with engine:
        utterance = await engine.play(
            Speech(BytesSource([wav(np.ones(80, np.float32), RATE)]))
        )
        await clock.run(utterance.wait_ended())
        assert engine.main.output_name == "null"
    assert [str(error).split()[0] for error in told] == ["PortAudio"]


async def test_the_notice_is_a_warning_in_the_log(caplog):
    EngineOptions().notice(UsageError("no card"))
    assert caplog.messages == ["no sound will be heard: no card"]


async def test_its_threads_end_with_it():
    before = set(threading.enumerate())
    async with Engine(RecordingOutput()) as engine:
        run = engine._facilities.run
        assert await run(threading.get_ident) != threading.get_ident()
        entered = threading.Event()
        task = asyncio.ensure_future(run(lambda: entered.wait(0.02)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    for thread in set(threading.enumerate()) - before:
        thread.join(0.5)
        assert not thread.is_alive()


async def test_a_thread_that_hangs_is_left_after_a_while(monkeypatch):
    from streamer.engine import Executor

    monkeypatch.setattr(Executor, "PATIENCE", 0.01)
    executor = Executor()
    free = threading.Event()
    task = asyncio.ensure_future(executor.run(free.wait))
    await asyncio.sleep(0)
    await executor.close()
    free.set()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_clock_of_production_sleeps_until():
    from streamer.engine import SystemClock

    clock = SystemClock()
    due = clock.time() + 0.002
    await clock.sleep_until(due)
    assert clock.time() >= due
    await clock.sleep_until(due)
