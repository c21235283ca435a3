from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import numpy as np
import pytest

from streamer.engine import Saying
from streamer.errors import SourceLost, StreamerError, UsageError
from streamer.sources import Speech
from streamer.testing import RecordingOutput, ScriptedSource, wav

RATE = 8_000
LONG = (
    "The first sentence is short. The second one is a little longer than that. "
    "And here is a third! Is this the fourth? This must be the fifth of them. "
    "The sixth sentence comes now. The seventh sentence is the last but one. "
    "Eight sentences are enough for everybody who listens."
)


@dataclass
class FakeVoice:
    """Speaks every text in *seconds*."""

    seconds: float = 0.3
    max_characters: int = 80
    language: str = "en"
    spoken: list[str] = field(default_factory=list)
    broken: int = -1

    def speak(self, text: str) -> Speech:
        self.spoken.append(text)
        if len(self.spoken) - 1 == self.broken:
            return Speech(ScriptedSource([SourceLost("it", "gone")]), text)
        tone = np.full(round(self.seconds * RATE), 0.5, np.float32)
        return Speech(ScriptedSource([wav(tone, RATE)]), text)


@pytest.fixture
def voice():
    return FakeVoice()


async def test_a_long_text_is_said_whole_without_a_gap(play, voice):
    async with play.running() as engine:
        saying = await engine.say(LONG, voice)
        outcomes = await play.clock.run(saying.wait_ended())

    assert " ".join(" ".join(voice.spoken).split()) == LONG
    assert all(len(piece) <= 80 for piece in voice.spoken)
    assert [outcome.state for outcome in outcomes] == ["ended"] * len(voice.spoken)
    heard = np.flatnonzero(play.output.frames[:, 0])
    assert len(heard) == len(voice.spoken) * 2_400
    assert heard[-1] - heard[0] == len(heard) - 1
    turns = [m.turn for m in play.messages if type(m).__name__ == "Start"]
    assert [turn.index for turn in turns] == list(range(len(turns)))
    assert {turn.id for turn in turns} == {"t1"}
    assert [turn.last for turn in turns] == [False] * (len(turns) - 1) + [True]


async def test_text_that_is_still_written_is_said_as_it_comes(play, voice):
    async with play.running() as engine:

        async def write():
            for word in LONG.split(" "):
                yield word + " "
                await play.clock.sleep_until(play.clock.time() + 0.05)

        saying = await engine.say(write(), voice)
        await play.clock.advance(1.0)
        assert saying.utterances
        assert not saying._complete
        await play.clock.run(saying.wait_ended())

    assert " ".join(" ".join(voice.spoken).split()) == LONG


async def test_text_is_pulled_no_faster_than_it_is_heard(play):
    voice = FakeVoice(seconds=1.0)
    pulled = 0
    async with play.running() as engine:

        async def write():
            nonlocal pulled
            for index in range(40):
                pulled += 1
                yield f"This is sentence number {index} of very many. "

        saying = await engine.say(write(), voice)
        await play.clock.advance(0.5)
        assert len(saying.utterances) <= Saying.AHEAD + 1
        assert pulled <= Saying.AHEAD + 4
        await play.clock.advance(2.0)
        assert len(saying.utterances) <= Saying.AHEAD + 3


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_no_text_is_an_error_of_the_turn(play, voice, text):
    async with play.running() as engine:
        saying = await engine.say(text, voice)
        with pytest.raises(UsageError, match="no text"):
            await play.clock.run(saying.wait_ended())


async def test_a_text_that_breaks_off_is_said_as_far_as_it_came(play, voice):
    async with play.running() as engine:

        async def write():
            yield "This sentence is complete. This one is begun. And"
            raise ZeroDivisionError("oops")

        saying = await engine.say(write(), voice)
        with pytest.raises(StreamerError, match=r"could not be read.*oops") as caught:
            await play.clock.run(saying.wait_ended())
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
        assert saying.utterances[0].state == "ended"


async def test_a_piece_that_fails_is_told_and_the_rest_is_heard(play, voice):
    voice.broken = 1
    async with play.running() as engine:
        saying = await engine.say(LONG, voice)
        with pytest.raises(SourceLost):
            await play.clock.run(saying.wait_ended())
        await play.clock.run(engine.main.wait_drained())
        await play.clock.advance(3.0)
        states = [utterance.state for utterance in saying.utterances]
        assert states == ["ended", "failed"] + ["ended"] * (len(voice.spoken) - 2)


async def test_the_cues_of_all_pieces_come_in_order(play):
    class Talker(FakeVoice):
        def speak(self, text: str) -> Speech:
            return play.spoken(0.3)

    async with play.running() as engine:
        saying = await engine.say(LONG, Talker())
        seen = []

        async def follow():
            async for utterance, cue in saying.cues():
                seen.append((saying.utterances.index(utterance), cue.frame))

        await play.clock.run(follow())
        assert seen == sorted(seen)
        assert {index for index, _ in seen} == set(range(len(saying.utterances)))


@pytest.mark.parametrize("how", ["saying", "engine", "utterance"])
async def test_an_interrupt_stops_the_whole_turn(play, voice, how):
    """No piece of it comes later, whoever asked; and the text is let go of."""
    closed = []
    async with play.running() as engine:

        async def write():
            try:
                for index in range(40):
                    yield f"This is sentence number {index} of very many. "
            finally:
                closed.append(True)

        saying = await engine.say(write(), voice)
        await play.clock.advance(0.5)
        target = {
            "saying": saying,
            "engine": engine,
            "utterance": saying.utterances[1],
        }[how]
        await play.clock.run(target.interrupt())
        spoken = len(voice.spoken)
        await play.clock.advance(3.0)

        assert len(voice.spoken) == spoken
        assert closed == [True]
        assert engine.main.waiting == 0
        states = {outcome.state for outcome in await saying.wait_ended()}
        assert "cut" in states
        assert await saying.interrupt() is None


async def test_a_turn_that_is_over_stops_no_other(play, voice):
    async with play.running() as engine:
        first = await engine.say("Hello there.", voice)
        await play.clock.run(first.wait_ended())
        second = await engine.say("Hello again.", voice)
        await play.clock.advance(0.1)
        assert await first.interrupt() is None
        assert (await play.clock.run(second.wait_ended()))[0].state == "ended"


async def test_a_turn_that_never_ran_is_over_too(play, voice):
    async with play.running() as engine:
        await engine.main.open()
        saying = Saying("t9", engine.main, voice, "Hello there.")
        saying.start(engine._group)
        saying._task.cancel()
        assert await saying.wait_ended() == []
    assert voice.spoken == []


async def test_leaving_stops_a_turn_that_waits_for_text(play, voice):
    """A text that never ends must not keep the engine."""
    async with play.running() as engine:

        async def write():
            yield "One sentence is here. Then"
            await asyncio.get_running_loop().create_future()

        saying = await engine.say(write(), voice)
        await play.clock.advance(0.1)
    outcomes = await asyncio.wait_for(saying.wait_ended(), 1)
    assert [outcome.state for outcome in outcomes] == ["cut"]


async def test_an_iterator_that_cannot_be_closed_will_do(play, voice):
    class Words:
        def __init__(self):
            self.left = ["Hello ", "there. "]

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop(0)

    async with play.running() as engine:
        saying = await engine.say(Words(), voice)
        await play.clock.run(saying.wait_ended())
    assert voice.spoken == ["Hello there."]


async def test_pieces_may_have_a_pause_between_them(play, voice):
    async with play.running() as engine:
        saying = await engine.say(LONG, voice, pause=0.25)
        outcomes = await play.clock.run(saying.wait_ended())
    pieces = len(voice.spoken)
    assert {outcome.starvation for outcome in outcomes} == {()}
    heard = np.flatnonzero(play.output.frames[:, 0])
    gaps = np.diff(heard) - 1
    assert gaps[gaps > 0].tolist() == [2_000] * (pieces - 1)


async def test_a_pause_begins_when_the_piece_before_it_has_ended(play, voice):
    """A text that comes late has had its pause already."""

    async def slowly():
        yield "One two three four. Five six seven eight. "
        await play.clock.sleep_until(play.clock.time() + 3.0)
        yield "Nine ten eleven twelve."

    async with play.running() as engine:
        saying = await engine.say(slowly(), voice, pause=1.0)
        await play.clock.run(saying.wait_ended())
    before, last = (utterance.trace for utterance in saying.utterances[:2])
    assert last.requested - before.ended > 1.0
    assert last.first_sample - last.requested < 0.1


async def test_a_pause_waits_for_what_the_device_has_taken_and_nobody_heard(play):
    play.output = RecordingOutput(latency=0.1)
    async with play.running() as engine:
        first = await engine.play(play.spoken(1.0))
        await play.clock.run(first.wait_started())
        begun = play.clock.time()
        data = wav(np.full(RATE // 5, 0.5, np.float32), RATE)
        late = play.speech(1.02, data)
        second = await engine.main.play(late, pause=0.25)
        await play.clock.run(second.wait_ended())
        assert begun + 1.0 <= first.trace.ended
        gap = second.trace.requested + second.report().first_sample - first.trace.ended
    assert gap == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("pause", [-1.0, 61.0, float("nan")])
async def test_a_pause_has_bounds(play, voice, pause):
    async with play.running() as engine:
        with pytest.raises(UsageError, match="from 0 to 60 s"):
            await engine.say("Hello.", voice, pause=pause)


async def test_an_interrupt_answers_for_the_whole_turn(play):
    """Without times of characters the piece that was cut is not certain."""
    voice = FakeVoice()
    async with play.running() as engine:
        saying = await engine.say(LONG, voice)
        await play.clock.advance(0.75)
        heard = await play.clock.run(saying.interrupt())

        assert heard.current == saying.utterances[2].what_was_heard()
        assert heard.media_time == pytest.approx(0.6 + heard.current.media_time)
        assert [piece.media_time for piece in heard.pieces[:2]] == [0.3, 0.3]
        assert heard.text == " ".join(voice.spoken[:2])
        assert heard.unheard is None
        assert await saying.interrupt() is None


async def test_with_times_of_characters_heard_and_unheard_are_the_text(play):
    class Speller(FakeVoice):
        def speak(self, text):
            from streamer.audio import TimedText

            self.spoken.append(text)
            step = 2_400 // len(text)
            letters = [
                TimedText("grapheme", letter, index * step, step)
                for index, letter in enumerate(text)
            ]
            tone = np.full(2_400, 0.5, np.float32)
            data = wav(tone, RATE, timed_text=letters)
            return Speech(ScriptedSource([data]), text)

    voice = Speller()
    async with play.running() as engine:
        saying = await engine.say(LONG, voice)
        await play.clock.advance(0.75)
        heard = await play.clock.run(saying.interrupt())
    assert heard.text + heard.unheard == LONG
    assert heard.text.startswith(" ".join(voice.spoken[:2]))
    assert len(heard.text) > len(" ".join(voice.spoken[:2]))


async def test_a_turn_that_waits_is_taken_out_alone(play, voice):
    async with play.running() as engine:
        first = await engine.say(LONG, voice)
        second = await engine.say("Nobody will hear this.", voice)
        third = await engine.say("But this is heard.", voice)
        await play.clock.advance(0.4)
        heard = await play.clock.run(second.interrupt())
        assert (heard.media_time, heard.current, heard.pieces) == (0.0, None, ())
        outcomes = await play.clock.run(first.wait_ended())
        assert {outcome.state for outcome in outcomes} == {"ended"}
        assert (await play.clock.run(third.wait_ended()))[0].state == "ended"
    assert "Nobody will hear this." not in voice.spoken
    assert second.over


async def test_stop_after_the_current_piece_stops_the_turn(play, voice):
    closed = []
    async with play.running() as engine:

        async def write():
            try:
                for index in range(40):
                    yield f"This is sentence number {index} of very many. "
            finally:
                closed.append(True)

        saying = await engine.say(write(), voice)
        await play.clock.advance(0.35)
        await play.clock.run(engine.stop_after_current())
        outcomes = await play.clock.run(saying.wait_ended())
        assert closed == [True]
        assert saying.over
    assert [outcome.state for outcome in outcomes[:2]] == ["ended", "ended"]
    assert {outcome.state for outcome in outcomes[2:]} == {"cut"}


async def test_a_turn_pauses_the_stream_that_says_it(play, voice):
    async with play.running() as engine:
        saying = await engine.say(LONG, voice)
        await play.clock.advance(0.4)
        await play.clock.run(saying.pause())
        assert engine.main.paused
        await play.clock.advance(1.0)
        assert not saying.over
        await play.clock.run(saying.resume())
        outcomes = await play.clock.run(saying.wait_ended())
        await saying.pause()
        await saying.resume()
        assert not engine.main.paused
    assert {outcome.starvation for outcome in outcomes} == {()}
