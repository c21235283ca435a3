from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.engine import Engine
from streamer.errors import (
    DeviceFailed,
    FormatError,
    OutputError,
    SourceLost,
    StreamerError,
    UsageError,
)
from streamer.sources import Speech
from streamer.testing import RecordingOutput, run_inline, wav
from tests.engine.conftest import sound, timed

RATE = 8_000


def heard_sound(output: RecordingOutput) -> np.ndarray:
    """What was played, without the silences."""
    return output.frames[output.frames != 0.0]


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ([SourceLost("it", "gone")], SourceLost),
        ([b"this is no WAV at all, not even nearly"], FormatError),
        ([], FormatError),
    ],
)
async def test_what_fails_before_its_sound_ends_at_once(play, script, kind):
    async with play.running() as engine:
        utterance = await engine.play(play.speech(*script))
        after = await engine.play(play.spoken(0.2))
        with pytest.raises(kind):
            await play.clock.run(utterance.wait_ended())
        assert utterance.state == "failed"
        assert (await play.clock.run(after.wait_ended())).media == pytest.approx(0.2)
        assert utterance.report().error == str(utterance.error)

    assert play.said("u1") == ["Start", "End"]
    (end,) = play.of("u1", "End")
    assert (end.media, end.error) == (0, str(utterance.error))


async def test_what_fails_midway_plays_what_had_come(play):
    data = wav(np.full(4_000, 0.5, np.float32), RATE)
    async with play.running() as engine:
        utterance = await engine.play(
            play.speech(data[: 44 + 8_000], SourceLost("it", "gone"))
        )
        behind = await engine.play(play.spoken(0.2))
        with pytest.raises(SourceLost):
            await play.clock.run(utterance.wait_ended())
        assert utterance.media == pytest.approx(2_000 / RATE, abs=0.01)
        await play.clock.run(behind.wait_ended())

    end = play.of("u1", "End")[0]
    assert end.media == round(utterance.media * 1e6)
    assert "gone" in end.error
    assert len(heard_sound(play.output)) == round(utterance.media * RATE) + 1_600


async def test_what_nobody_expected_is_the_utterances_error(play):
    class Broken:
        name = "broken"

        async def stream(self, facilities):
            raise ZeroDivisionError("oops")
            yield b""

    async with play.running() as engine:
        utterance = await engine.play(Speech(Broken()))
        with pytest.raises(StreamerError, match=r"broken failed unexpectedly.*oops"):
            await play.clock.run(utterance.wait_ended())
        assert isinstance(utterance.error.__cause__, ZeroDivisionError)


async def test_an_error_of_the_block_goes_on_unwrapped(play):
    async def fail():
        async with play.running() as engine:
            await engine.play(play.spoken(0.5))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


async def test_an_engine_that_is_cancelled_while_it_closes_still_closes_all(clock):
    class Stubborn(RecordingOutput):
        closing = 0

        async def close(self):
            type(self).closing += 1
            await super().close()
            await asyncio.sleep(0.001)

    engine = Engine(Stubborn(), clock=clock, run=run_inline)
    await engine.__aenter__()
    await engine.main.open()
    await engine.stream("second", output=Stubborn())
    leaving = asyncio.ensure_future(engine.__aexit__(None, None, None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    assert Stubborn.closing == 2


async def test_an_output_that_breaks_ends_all_and_is_told_to_the_next(play):
    async with play.running() as engine:
        playing = await engine.play(play.spoken(2.0, pause=0.01))
        waiting = await engine.play(play.spoken(0.5))
        await play.clock.advance(0.3)
        play.output.fail = DeviceFailed("speaker", "it stopped")
        for utterance in (playing, waiting):
            with pytest.raises(DeviceFailed):
                await play.clock.run(utterance.wait_ended())
        assert 0.1 < playing.media < 0.35
        with pytest.raises(DeviceFailed):
            await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)
        assert engine.main.waiting == 0
    assert play.of("u1", "End")[0].error == str(playing.error)


class Picky(RecordingOutput):
    """Refuses to start, as often as it is told."""

    def __init__(self, refusals: int, *, knows_its_format: bool = True) -> None:
        super().__init__()
        self.refusals = refusals
        self.closed = 0
        self.knows_its_format = knows_its_format

    async def open(self, clock, run):
        format = await super().open(clock, run)
        return format if self.knows_its_format else None

    async def start(self, renderer, format):
        if self.refusals:
            self.refusals -= 1
            raise DeviceFailed("picky", "not yet")
        await super().start(renderer, format)

    async def close(self):
        self.closed += 1
        await super().close()


async def test_an_output_that_refused_may_be_tried_again(play):
    play.output = Picky(1)
    async with play.running() as engine:
        with pytest.raises(DeviceFailed):
            await engine.play(play.spoken(0.2))
        assert play.output.closed == 1
        utterance = await engine.play(play.spoken(0.2))
        await play.clock.run(utterance.wait_ended())
    assert play.output.closed == 2


async def test_an_output_that_refuses_the_first_format_fails_that_utterance(play):
    play.output = Picky(1, knows_its_format=False)
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.2))
        with pytest.raises(DeviceFailed):
            await play.clock.run(utterance.wait_ended())
        second = await engine.play(play.spoken(0.2))
        await play.clock.run(second.wait_ended())


async def test_a_failure_that_no_utterance_could_tell_is_told_at_the_end(play):
    engine = Engine(play.output, clock=play.clock, run=run_inline)
    await engine.__aenter__()
    utterance = await engine.play(play.spoken(0.2))
    await play.clock.run(utterance.wait_ended())
    play.output.fail = OutputError("a file", "no space left on device")
    with pytest.raises(OutputError, match="no space"):
        await play.clock.run(engine.__aexit__(None, None, None))


async def test_a_stream_whose_output_cannot_be_had_is_none(play):
    async with play.running() as engine:
        with pytest.raises(DeviceFailed):
            await engine.stream("guide", output=Picky(1))
        assert list(engine.streams) == ["main"]
        with pytest.raises(UsageError, match="no stream 'guide'; there are: 'main'"):
            await engine.play(play.spoken(0.1), stream="guide")


@pytest.mark.parametrize("chunk", [64, 5_000])
async def test_times_that_come_behind_the_sound_are_told_before_the_end(play, chunk):
    """A list may stand after the data; then nobody could promise phonemes.

    The mouth stays on the rung that was announced.
    """
    plain, spoken = wav(sound(0.5), RATE), wav(sound(0.5), RATE, timed_text=timed(0.5))
    late = plain + spoken[36 : len(spoken) - len(plain) + 36]
    script = [late[at : at + chunk] for at in range(0, len(late), chunk)]
    async with play.running() as engine:
        utterance = await engine.play(play.speech(*script))
        await play.clock.run(utterance.wait_ended())

    assert play.of("u1", "Start")[0].timing == utterance.timing == "text"
    assert play.said("u1")[-1] == "End"
    assert len(utterance.known_cues["oculus"]) >= 2
    assert len(play.of("u1", "Marks")) >= 1


async def test_a_header_in_the_smallest_pieces_is_a_header(play):
    data = wav(sound(0.1), RATE, timed_text=timed(0.1))
    async with play.running() as engine:
        utterance = await engine.play(
            play.speech(*[data[at : at + 1] for at in range(len(data))])
        )
        outcome = await play.clock.run(utterance.wait_ended())
    assert outcome.media == pytest.approx(0.1)
    assert play.of("u1", "Start")[0].timing == "phonemes"


@pytest.mark.parametrize(
    ("kept_bytes", "reason"),
    [
        (44 + 4_000, "it ended 0.38 s before its header says"),
        (44 + 4_001, "it ended 0.37 s before its header says"),
    ],
)
async def test_what_ends_too_early_is_played_and_is_an_error(play, kept_bytes, reason):
    data = wav(np.full(4_000, 0.5, np.float32), RATE)
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data[:kept_bytes]))
        with pytest.raises(SourceLost, match=reason):
            await play.clock.run(utterance.wait_ended())
    assert len(heard_sound(play.output)) == 1_000
    (end,) = play.of("u1", "End")
    assert (end.media, end.error) == (125_000, str(utterance.error))


async def test_a_stream_of_unknown_length_must_not_end_within_a_sample(play):
    whole = wav(np.full(1_000, 0.5, np.float32), RATE)
    data = whole[:40] + b"\xff\xff\xff\xff" + whole[44:-2]
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data))
        with pytest.raises(SourceLost, match="in the middle of a sample"):
            await play.clock.run(utterance.wait_ended())
    assert len(heard_sound(play.output)) == 999
