"""A device that goes away, and one that comes back."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.engine import EngineOptions
from streamer.errors import DeviceFailed, SourceTimeout
from streamer.testing import RecordingOutput, wav
from tests.engine.conftest import RATE, sound

LOST = DeviceFailed("speaker", "it was unplugged")


class Away(RecordingOutput):
    """Comes back under another name."""

    async def recover(self, renderer, format):
        await super().recover(renderer, format)
        self.name = "other speaker"


async def run_lost(play, *, away: float, notices: list):
    told = []
    async with play.running(EngineOptions(notice=notices.append)) as engine:
        engine.main.log.subscribe_output(told.append)
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.4)
        play.output.fail = LOST
        play.output.returns_after = away
        await play.clock.advance(away / 2)
        held = utterance.heard()
        await play.clock.advance(away / 4)
        assert utterance.heard() == held
        outcome = await play.clock.run(utterance.wait_ended())
    return utterance, outcome, held, told


async def test_sound_goes_on_where_it_was_lost(play):
    play.output = Away()
    notices = []
    utterance, outcome, held, told = await run_lost(play, away=2.0, notices=notices)

    assert (outcome.state, outcome.media) == ("ended", pytest.approx(1.0))
    assert notices == [LOST]
    assert [(state.name, state.state) for state in told] == [
        ("recording", "lost"),
        ("other speaker", "playing"),
    ]
    assert "unplugged" in told[0].reason
    rates = [anchor.rate for anchor in play.of("u1", "Anchor")]
    assert rates[rates.index(0.0) :][:2] == [0.0, 1.0]
    lost, back = play.of("u1", "Anchor")[rates.index(0.0) :][:2]
    assert lost.media == pytest.approx(held * 1e6, abs=2)
    assert back.media == pytest.approx(lost.media, abs=200)
    assert back.at - lost.at == pytest.approx(2e6, rel=0.1)
    assert [gap.reason for gap in outcome.starvation] == ["lost"]
    assert outcome.starvation[0].media == pytest.approx(held, abs=0.001)
    wire = utterance.report().to_json()
    assert wire["starved_ms"] == 0
    assert wire["starvation"][0]["reason"] == "lost"


async def test_what_was_taken_and_not_heard_is_played_again(play):
    """No frame is missing: what the device had taken with it comes once more."""
    play.output = Away(latency=0.1)
    _, outcome, *_ = await run_lost(play, away=1.0, notices=[])
    assert outcome.media == pytest.approx(1.0)
    loud = np.flatnonzero(play.output.frames[:, 0])
    assert RATE * 1.05 <= len(loud) <= RATE * 1.15


async def test_a_stream_that_rests_gets_its_device_back_too(play):
    play.output = Away()
    async with play.running(EngineOptions(notice=lambda _: None)) as engine:
        await engine.main.open()
        play.output.fail, play.output.returns_after = LOST, 1.0
        await play.clock.advance(0.5)
        waiting = await engine.play(play.spoken(0.3))
        outcome = await play.clock.run(waiting.wait_ended())
        assert engine.main.output_name == "other speaker"
    assert (outcome.state, outcome.media) == ("ended", pytest.approx(0.3))


async def test_a_device_that_never_comes_back_fails_what_is_there_and_what_comes(play):
    async with play.running(EngineOptions(notice=lambda _: None)) as engine:
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.4)
        play.output.fail = LOST
        with pytest.raises(DeviceFailed):
            await play.clock.run(utterance.wait_ended())
        assert utterance.media == pytest.approx(0.36, abs=0.05)
        with pytest.raises(DeviceFailed):
            await engine.play(play.spoken(0.2))


async def test_where_time_is_kept_without_sound_it_is_said(play):
    told = []
    async with play.running(EngineOptions(notice=lambda _: None)) as engine:
        engine.main.log.subscribe_output(told.append)
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.3)
        play.output.name = "null"
        await play.clock.advance(0.3)
        play.output.name = "speaker"
        await play.clock.run(utterance.wait_ended())
    assert [(state.name, state.state) for state in told] == [
        ("null", "silent"),
        ("speaker", "playing"),
    ]


async def test_an_interrupt_while_the_device_is_away_is_carried_out(play):
    async with play.running(EngineOptions(notice=lambda _: None)) as engine:
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.4)
        play.output.fail, play.output.returns_after = LOST, 10.0
        await play.clock.advance(0.5)
        heard = await play.clock.run(engine.interrupt())
        assert heard.media_time == pytest.approx(0.36, abs=0.05)
        assert utterance.state == "cut"
        fresh = await engine.play(play.spoken(0.2))
        await play.clock.advance(5.0)
        assert not fresh.over
        assert (await play.clock.run(fresh.wait_ended())).state == "ended"


async def test_leaving_while_the_device_is_away_leaves_nothing(play):
    async with play.running(EngineOptions(notice=lambda _: None)) as engine:
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.4)
        play.output.fail, play.output.returns_after = LOST, 10.0
        await play.clock.advance(0.5)
    assert utterance.state == "cut"


async def test_a_source_that_goes_silent_keeps_what_was_heard(play):
    """As HTTP says it after its read timeout."""
    data = wav(sound(1.0), RATE)
    silent = SourceTimeout("http://voice", "nothing came for 5 s")
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data[: 44 + 8_000], 5.0, silent))
        behind = await engine.play(play.spoken(0.2))
        with pytest.raises(SourceTimeout, match="went silent"):
            await play.clock.run(utterance.wait_ended())
        assert utterance.media == pytest.approx(2_000 / RATE)
        assert utterance.heard() == utterance.media
        assert (await play.clock.run(behind.wait_ended())).state == "ended"
    end = play.of("u1", "End")[0]
    assert (end.media, "went silent" in end.error) == (250_000, True)


async def test_the_task_that_looks_for_a_device_ends(play):
    async with play.running(EngineOptions(notice=lambda _: None)) as engine:
        await engine.main.open()
        for _ in range(3):
            play.output.fail, play.output.returns_after = LOST, 0.2
            await play.clock.advance(1.0)
            assert play.output.fail is None
        names = [task.get_name() for task in asyncio.all_tasks()]
        assert not [name for name in names if name.startswith("recover")]


async def test_what_is_handed_in_after_an_interrupt_starts_with_the_device(play):
    """The device can't say that it dropped what was cut; nobody waits for that."""
    play.output = Away()
    async with play.running(EngineOptions(notice=lambda _: None)) as engine:
        await engine.play(play.spoken(6.0))
        await play.clock.advance(0.4)
        play.output.fail = LOST
        play.output.returns_after = 2.0
        await play.clock.advance(0.1)
        await play.clock.run(engine.interrupt())
        fresh = await engine.play(play.spoken(0.3))
        begun = play.clock.time()
        await play.clock.run(fresh.wait_started())
        assert play.clock.time() - begun < 2.2
        assert (await play.clock.run(fresh.wait_ended())).media == pytest.approx(0.3)
