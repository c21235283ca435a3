"""Compressed speech through the engine: from its bytes to what an output plays."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from streamer.engine import Engine
from streamer.errors import FormatError, MissingComponent, SourceLost
from streamer.outputs import NullOutput
from streamer.sources import Speech
from streamer.testing import RecordingOutput, ScriptedSource
from tests.codecs.making import decode_whole, make

PUSHED = ("mp3", "aac", "opus", "vorbis", "flac")
PULLED = ("mp4", "webm")


def output_for(data: bytes, kind: str) -> RecordingOutput:
    """An output at the stream's own rate, so that its samples pass as they are."""
    rate = 48_000 if kind in {"opus", "webm"} else 24_000
    return RecordingOutput(rate=rate, channels=decode_whole(data).shape[1], block=240)


def played(output: RecordingOutput) -> np.ndarray:
    """What was played, from the first sound to the last."""
    loud = np.flatnonzero(np.abs(output.frames).max(axis=1))
    return output.frames[loud[0] : loud[-1] + 1]


def sound_of(data: bytes) -> np.ndarray:
    frames = decode_whole(data)
    loud = np.flatnonzero(np.abs(frames).max(axis=1))
    return frames[loud[0] : loud[-1] + 1]


@pytest.mark.parametrize("kind", PUSHED)
async def test_every_sample_is_played_as_a_whole_file_decode_has_it(play, kind):
    data = make(kind, 1.2)
    play.output = output_for(data, kind)
    async with play.running() as engine:
        script = [data[at : at + 700] for at in range(0, len(data), 700)]
        utterance = await play.clock.run(engine.play(play.speech(*script)))
        await play.clock.run(utterance.wait_ended())
    assert utterance.error is None
    assert np.array_equal(played(play.output), sound_of(data))


@pytest.mark.parametrize("kind", PUSHED)
async def test_sound_is_heard_while_most_of_the_body_is_still_to_come(play, kind):
    """The source stops for three seconds after a third of its bytes."""
    data = make(kind, 1.8)
    cut = len(data) // 3
    play.output = output_for(data, kind)
    async with play.running() as engine:
        speech = play.speech(data[:cut], 3.0, data[cut:])
        utterance = await play.clock.run(engine.play(speech))
        begin = play.clock.time()
        await play.clock.advance(1.0)
        rate = play.output.format.rate
        loud = np.flatnonzero(np.abs(play.output.frames).max(axis=1))
        assert 0.2 * rate < loud[-1] - loud[0] < 1.0 * rate
        assert play.clock.time() - begin < 1.5
        await play.clock.run(utterance.wait_ended())
    assert utterance.error is None


@pytest.mark.parametrize("kind", PUSHED)
async def test_of_a_body_cut_off_the_sound_is_played_and_then_told(play, kind):
    data = make(kind, 1.8)
    play.output = output_for(data, kind)
    async with play.running() as engine:
        speech = play.speech(data[: len(data) * 2 // 3])
        utterance = await play.clock.run(engine.play(speech))
        with pytest.raises(SourceLost):
            await play.clock.run(utterance.wait_ended())
    heard, whole = played(play.output), sound_of(data)
    assert 0.4 * len(whole) < len(heard) < 0.8 * len(whole)


async def test_garbage_is_an_error_that_says_what_it_looks_like(play):
    async with play.running() as engine:
        speech = play.speech(b"OggS" + bytes(range(256)))
        utterance = await play.clock.run(engine.play(speech))
        with pytest.raises(FormatError):
            await play.clock.run(utterance.wait_ended())
    assert "Ogg" in str(utterance.error)


async def test_without_pyav_the_error_says_what_installs_it(play, monkeypatch):
    async def fail(kind, run):
        raise MissingComponent("PyAV", needed_for=kind.label, mend="pip …")

    monkeypatch.setattr("streamer.engine.decoder.make_decoder", fail)
    async with play.running() as engine:
        utterance = await play.clock.run(engine.play(play.speech(make("mp3"))))
        with pytest.raises(MissingComponent):
            await play.clock.run(utterance.wait_ended())
    assert str(utterance.error).startswith("PyAV is not installed, and MP3 needs it")


def demuxers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "streamer demuxer"]


@pytest.mark.parametrize("kind", PULLED)
async def test_a_container_is_read_in_a_thread_that_ends_with_it(kind):
    """On the system's clock: a thread does not wait for a clock that stands still."""
    data = make(kind, 0.2)
    source = ScriptedSource([data[at : at + 400] for at in range(0, len(data), 400)])
    async with Engine(NullOutput()) as engine:
        utterance = await engine.play(Speech(source))
        await utterance.wait_ended()
        assert demuxers() == []
    assert utterance.error is None
    expected = len(decode_whole(data)) / (48_000 if kind == "webm" else 24_000)
    assert utterance.media == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("kind", PULLED)
async def test_interrupting_a_container_that_waits_for_bytes_leaves_no_thread(kind):
    data = make(kind)
    source = ScriptedSource([data[: len(data) // 2], 60.0, data])
    async with Engine(NullOutput()) as engine:
        utterance = await engine.play(Speech(source))
        await utterance.announced.wait()
        assert len(demuxers()) == 1
        await engine.interrupt()
        assert demuxers() == []


@pytest.mark.parametrize("kind", PULLED)
async def test_leaving_the_engine_leaves_no_thread(kind):
    source = ScriptedSource([make(kind)[:1_500], 60.0])
    async with Engine(NullOutput()) as engine:
        await engine.play(Speech(source))
        utterance = await engine.play(Speech(ScriptedSource([make("mp3")])))
        while not demuxers():  # noqa: ASYNC110 - there is nothing to wait on
            await asyncio.sleep(0)
        assert not utterance.over
    assert demuxers() == []
