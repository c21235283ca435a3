"""What is asked for while something else is under way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from streamer.errors import DeviceFailed, UsageError
from streamer.testing import RecordingOutput


class Slow(RecordingOutput):
    """A device that takes its time to open."""

    async def start(self, renderer, format):
        await self._clock.sleep_until(self._clock.time() + 0.3)
        await super().start(renderer, format)


class Ghost(RecordingOutput):
    """A device that is said to be lost and still pulls, until it is let go."""

    read_at_the_end = None

    async def let_go(self):
        if self.read_at_the_end is not None:
            return
        await self._clock.sleep_until(self._clock.time() + 0.05)
        self.read_at_the_end = self.ring.read_position
        await super().let_go()

    async def recover(self, renderer, format):
        self.read_anew = self.ring.read_position
        await super().recover(renderer, format)

    async def start(self, renderer, format):
        self.ring = renderer.ring
        await super().start(renderer, format)


async def test_leaving_while_the_device_opens_ends_everything(play):
    play.output = Slow()
    async with play.running() as engine:
        playing = asyncio.ensure_future(engine.play(play.spoken(0.5)))
        await play.clock.advance(0.1)
        leaving = asyncio.ensure_future(engine.__aexit__(None, None, None))
        await play.clock.run(asyncio.wait([leaving]))
        with pytest.raises(UsageError, match="closed"):
            await playing
    assert play.output._task is None


@pytest.mark.parametrize("verb", ["resume", "interrupt"])
async def test_a_pause_is_lifted_while_the_device_opens(play, verb):
    play.output = Slow()
    async with play.running() as engine:
        await engine.pause()
        playing = asyncio.ensure_future(engine.play(play.spoken(0.3)))
        await play.clock.advance(0.1)
        await play.clock.run(getattr(engine, verb)())
        utterance = await play.clock.run(playing)
        outcome = await play.clock.run(utterance.wait_ended(), limit=3.0)
    assert outcome.media == pytest.approx(0.3)


async def test_a_pause_while_the_device_opens_holds(play):
    play.output = Slow()
    async with play.running() as engine:
        playing = asyncio.ensure_future(engine.play(play.spoken(0.3)))
        await play.clock.advance(0.1)
        await engine.pause()
        utterance = await play.clock.run(playing)
        await play.clock.advance(1.0)
        assert utterance.heard() == 0.0
        await play.clock.run(engine.resume())
        await play.clock.run(utterance.wait_ended())


async def test_a_pause_right_behind_a_resume_can_be_lifted_again(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.2)
        await play.clock.run(engine.pause())
        going = asyncio.ensure_future(engine.resume())
        await asyncio.sleep(0)
        await play.clock.run(engine.pause())
        await play.clock.run(going)
        assert engine.main.paused
        assert engine.main.player.paused
        await play.clock.run(engine.resume())
        await play.clock.run(utterance.wait_ended(), limit=3.0)


async def test_an_interrupt_does_not_wait_for_a_text_that_is_slow_to_close(play):
    async def text():
        try:
            yield "Hello there, my friend. "
            await asyncio.Event().wait()
        finally:
            await play.clock.sleep_until(play.clock.time() + 3.0)

    class Voice:
        language, max_characters = "en", 2_000

        def speak(self, text):
            return play.spoken(1.0)

    async with play.running() as engine:
        saying = await engine.say(text(), Voice())
        await play.clock.advance(0.5)
        asking = asyncio.ensure_future(saying.interrupt())
        await play.clock.advance(0.1)
        await asyncio.wait([asking], timeout=2.0)
        assert asking.done()
        await play.clock.advance(5.0)


async def test_text_that_was_not_begun_is_unheard(play):
    class Voice:
        language, max_characters = "en", 2_000

        def speak(self, text):
            return replace(play.spoken(5.0), text=text)

    async with play.running() as engine:
        first = await engine.say("One.", Voice())
        await play.clock.advance(0.5)
        second = await engine.say("Two. Three.", Voice())
        heard = await play.clock.run(second.interrupt())
        assert heard is not None
        assert heard.unheard == "Two. Three."
        await play.clock.run(first.interrupt())


async def test_what_still_pulls_is_let_go_before_the_ring_goes_back(play):
    play.output = Ghost()
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.4)
        play.output.returns_after = 0.1
        play.output.fail = DeviceFailed("x", "gone")
        outcome = await play.clock.run(utterance.wait_ended())
    assert play.output.read_anew < play.output.read_at_the_end
    assert outcome.media == pytest.approx(1.0)


async def test_on_a_lost_device_a_verb_does_not_wait(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(1.0))
        await play.clock.advance(0.4)
        play.output.fail = DeviceFailed("x", "gone")
        play.output.returns_after = 5.0
        await play.clock.advance(0.2)
        asked = play.clock.time()
        heard = await play.clock.run(utterance.interrupt())
        assert play.clock.time() - asked < 0.1
        assert heard.tail < 0.05
        await play.clock.advance(6.0)


async def test_a_closed_streams_name_can_be_used_again(play):
    async with play.running() as engine:
        for _ in range(3):
            stream = await engine.stream("a", output=RecordingOutput())
            await play.clock.run(stream.close())
        assert set(engine.streams) == {"main"}
        await play.clock.run(engine.main.close())
        with pytest.raises(UsageError, match="closed"):
            await engine.play(play.spoken(0.1))


async def test_a_skip_in_a_long_pause_goes_on_at_once(play):
    class Voice:
        language, max_characters = "en", 2_000

        def speak(self, text):
            return play.spoken(0.3)

    async with play.running() as engine:
        await engine.say("One. Two.", Voice(), pause=10.0)
        await play.clock.advance(0.1)
        behind = await engine.play(play.spoken(0.3))
        await play.clock.advance(2.0)  # in the pause before the second piece
        asked = play.clock.time()
        assert await play.clock.run(engine.skip()) is None
        await play.clock.run(behind.wait_started())
        assert play.clock.time() - asked < 0.1
