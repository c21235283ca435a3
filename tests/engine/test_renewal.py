"""A device that keeps more in hand since it was late begins anew while it rests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streamer.testing import RecordingOutput
from tests.engine.conftest import RATE

LATENCY = 0.010


class Gathering(RecordingOutput):
    """Is later once it was late, until it begins anew."""

    gathers_delay = True

    def __init__(self):
        super().__init__(latency=LATENCY)
        self.renewals = []
        self.goes, self.goes_after = False, 0.0

    async def let_go(self):
        if not self.goes:
            self.goes = True
            await self._clock.sleep_until(self._clock.time() + self.goes_after)
        await super().let_go()

    def be_late(self):
        self.fallback_delay += 0.020

    async def recover(self, renderer, format):
        self.renewals.append(self._clock.time())
        self.fallback_delay = LATENCY
        await super().recover(renderer, format)


@pytest.fixture
def late(play):
    play.output = Gathering()
    return play


async def speak(play, engine, *, late=False):
    utterance = await engine.play(play.spoken(0.6))
    await play.clock.advance(0.3)
    if late:
        play.output.be_late()
    return await play.clock.run(utterance.wait_ended())


async def test_a_device_that_was_late_begins_anew_when_it_rests(late):
    told = []
    async with late.running() as engine:
        engine.main.log.subscribe_output(told.append)
        first = await speak(late, engine, late=True)
        ended = late.clock.time()
        assert late.output.renewals == []
        await late.clock.advance(1.0)
        (renewed,) = late.output.renewals
        assert renewed - ended == pytest.approx(0.1, abs=0.05)
        second = await speak(late, engine)
        await late.clock.advance(1.0)
    assert [first.state, second.state] == ["ended", "ended"]
    assert [first.media, second.media] == [pytest.approx(0.6)] * 2
    assert (first.starvation, second.starvation) == ((), ())
    assert len(late.output.renewals) == 1
    assert told == []


async def test_one_that_cannot_rest_does_too(late):
    """It is full of silence, so what begins is heard later than it has to be."""
    async with late.running() as engine:
        await speak(late, engine)
        renderer = engine.main.player.renderer
        tally = renderer.tally
        renderer.tally = lambda: replace(tally(), unfit=1)
        await late.clock.advance(1.0)
        assert len(late.output.renewals) == 1
        await speak(late, engine)
        await late.clock.advance(1.0)
        assert len(late.output.renewals) == 1


@pytest.mark.parametrize(("gathers", "is_late"), [(True, False), (False, True)])
async def test_others_go_on(late, gathers, is_late):
    late.output.gathers_delay = gathers
    async with late.running() as engine:
        await speak(late, engine, late=is_late)
        await late.clock.advance(2.0)
    assert late.output.renewals == []


async def test_it_goes_on_while_anything_waits(late):
    async with late.running() as engine:
        await speak(late, engine, late=True)
        await late.clock.run(engine.pause())
        held = await engine.play(late.spoken(0.3))
        await late.clock.advance(2.0)
        assert late.output.renewals == []
        await late.clock.run(engine.resume())
        assert (await late.clock.run(held.wait_ended())).state == "ended"
        await late.clock.advance(0.5)
        assert len(late.output.renewals) == 1


async def test_what_comes_while_it_begins_anew_is_heard_whole(late):
    late.output.returns_after = 0.5
    async with late.running() as engine:
        await speak(late, engine, late=True)
        await late.clock.advance(0.3)
        assert len(late.output.renewals) == 1
        outcome = await speak(late, engine)
    assert (outcome.state, outcome.media) == ("ended", pytest.approx(0.6))


async def test_one_that_is_always_late_is_left_alone_until_there_is_sound(late):
    async with late.running() as engine:
        await speak(late, engine)
        for _ in range(60):
            late.output.be_late()
            await late.clock.advance(0.5)
        assert len(late.output.renewals) == 1
        await speak(late, engine, late=True)
        await late.clock.advance(0.5)
        assert len(late.output.renewals) == 2


async def test_what_comes_meanwhile_does_not_begin_on_the_device_that_goes(late):
    """It would be anchored there, and taken back."""
    late.output.goes_after = 0.05
    async with late.running() as engine:
        await speak(late, engine, late=True)
        while not late.output.goes:
            await late.clock.advance(0.001)
        second = await engine.play(late.spoken(0.3))
        outcome = await late.clock.run(second.wait_ended())
    (first, *_) = late.of("u2", "Anchor")
    heard = np.flatnonzero(late.output.frames[:, 0])[-1]
    end = late.output.begin + heard / RATE + LATENCY
    assert (outcome.state, outcome.starvation) == ("ended", ())
    assert first.rate == 1.0
    assert end - (first.at - first.media) / 1e6 == pytest.approx(0.3, abs=0.01)


async def test_one_that_does_not_come_back_at_once_is_told(late):
    told = []
    late.output.returns_after = 1.0
    async with late.running() as engine:
        engine.main.log.subscribe_output(told.append)
        await speak(late, engine, late=True)
        await late.clock.advance(2.0)
    assert [state.state for state in told] == ["lost", "playing"]


async def test_a_program_that_is_busy_does_not_renew(late, monkeypatch):
    """It would take long, and whoever comes meanwhile would wait for it."""
    async with late.running() as engine:
        await engine.main.open()
        watch = engine.main._watch
        monkeypatch.setattr(watch, "BUSY", -1.0)
        await speak(late, engine, late=True)
        await late.clock.advance(1.0)
        assert late.output.renewals == []
        monkeypatch.undo()
        await late.clock.advance(0.5)
        assert len(late.output.renewals) == 1
