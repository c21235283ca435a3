"""What an utterance's mouth goes by, and when it is told."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest

from streamer.audio import Encoding, Format, TimedText, wav_header
from streamer.engine import Engine, EngineOptions, StreamOptions
from streamer.engine.frames import EngineFrames
from streamer.engine.mouthing import Mouthing
from streamer.errors import MissingComponent, UsageError, VoiceError
from streamer.lipsync import STYLES
from streamer.lipsync.rigs import find_rig
from streamer.lipsync.visemes import NAMES, find_set
from streamer.outputs import WavOutput
from streamer.testing import RecordingOutput, run_inline, wav
from tests.engine.conftest import RATE, read_letters, sound, timed


def letters(seconds):
    return [entry for entry in timed(seconds) if entry.kind == "grapheme"]


def speech(play, seconds, *, timed_text=(), text="abc abc", chunk=800, pause=0.0):
    data = wav(sound(seconds), RATE, timed_text=timed_text)
    script = []
    for start in range(0, len(data), chunk):
        script += [data[start : start + chunk], pause]
    return play.speech(*script, text=text)


async def until(clock, condition):
    while not condition():
        await clock.sleep_until(clock.time() + 0.01)


async def ended(play, engine, spoken):
    utterance = await engine.play(spoken)
    await play.clock.run(utterance.wait_ended())
    return utterance


@pytest.mark.parametrize(
    ("timed_text", "text", "rung"),
    [
        (timed(0.5), "abc", "phonemes"),
        (letters(0.5), "abc", "graphemes"),
        ((), "abc abc abc", "text"),
        ((), None, "loudness"),
    ],
)
async def test_every_rung_is_announced_and_moves_all(play, timed_text, text, rung):
    async with play.running() as engine:
        spoken = speech(play, 0.5, timed_text=timed_text, text=text)
        utterance = await ended(play, engine, spoken)
    assert play.of("u1", "Start")[0].timing == utterance.timing == rung
    assert tuple(utterance.known_cues) == NAMES
    for name, cues in utterance.known_cues.items():
        shapes = {cue.viseme for cue in cues}
        assert len(shapes) > 1
        assert shapes <= set(find_set(name).names)
    words = [mark.text for mark in utterance.marks if mark.kind == "word"]
    assert ("abc" in words) == (rung != "loudness")


async def test_rungs_may_differ_from_utterance_to_utterance(play):
    async with play.running() as engine:
        first = await engine.play(speech(play, 0.3, timed_text=timed(0.3)))
        second = await engine.play(speech(play, 0.3, text=None))
        third = await engine.play(speech(play, 0.3, timed_text=letters(0.3)))
        await play.clock.run(third.wait_ended())
    rungs = [utterance.timing for utterance in (first, second, third)]
    assert rungs == ["phonemes", "loudness", "graphemes"]


async def test_cues_of_every_set_are_in_the_log(play):
    async with play.running() as engine:
        log = engine.main.log
        entries = []
        log.subscribe(entries.append)
        await ended(play, engine, play.spoken(0.5))
    told = [e for e in entries if type(e.message).__name__ == "Cues"]
    for name in NAMES:
        cues = [cue for entry in told for cue in entry.in_set(name).cues]
        assert {cue.v for cue in cues} <= set(find_set(name).names)
        ends = [cue.t + cue.d for cue in cues]
        assert [cue.t for cue in cues[1:]] == ends[:-1]
    assert log.sets == NAMES


async def test_cues_can_be_followed_in_any_set(play):
    async with play.running() as engine:
        utterance = await ended(play, engine, play.spoken(0.5))

        async def collect(visemes):
            return [cue async for cue in utterance.cues(visemes=visemes, lead=math.inf)]

        shapes = [cue.viseme for cue in await play.clock.run(collect("rhubarb"))]
        assert shapes[-1] == "X"
        with pytest.raises(UsageError, match="'mime'"):
            utterance.cues(visemes="mime")


async def test_the_sound_does_not_wait_for_the_mouth(play, monkeypatch):
    """Nothing is mapped before the first frames are in the ring."""
    written = []
    real = Mouthing.advance

    def advance(self, heard):
        written.append(self._stream.player.renderer.ring.written)
        real(self, heard)

    monkeypatch.setattr(Mouthing, "advance", advance)
    async with play.running() as engine:
        await ended(play, engine, play.spoken(0.5, chunk=64_000))
    assert written[0] > 0


async def test_a_long_header_is_told_in_small_steps(play, monkeypatch):
    """Each step asks for half a second more, up to ten seconds ahead."""
    told = []
    real = Mouthing.advance

    def advance(self, heard):
        real(self, heard)
        told.append(self.statistics().phones)

    monkeypatch.setattr(Mouthing, "advance", advance)
    async with play.running() as engine:
        await engine.play(play.spoken(30.0, chunk=1_000_000))
        await play.clock.advance(1.0)
    steps = np.diff([0, *told])
    assert steps.max() <= 12  # of ten a second, one of which is a diphthong
    assert 90 <= told[-1] <= 150


async def test_one_that_waits_is_told_before_its_turn(play):
    async with play.running() as engine:
        await engine.play(play.spoken(3.0, chunk=8_000))
        await engine.play(play.spoken(0.5))
        await play.clock.advance(0.5)
        assert play.said("u2")[:3] == ["Start", "Marks", "Cues"]


async def test_text_that_cannot_be_read_is_said_once_and_sound_is_used(play, caplog):
    def unable(text, language):
        raise VoiceError("espeak-ng has no voice for 'tlh'")

    async with play.running(EngineOptions(letter_to_sound=unable)) as engine:
        for _ in range(2):
            utterance = await ended(play, engine, speech(play, 0.3))
            assert utterance.timing == "loudness"
    (said,) = caplog.messages
    assert "goes by loudness: espeak-ng has no voice for 'tlh'" in said


async def test_without_a_library_the_sound_is_used(play, caplog):
    def missing(text, language):
        raise MissingComponent("espeak-ng", needed_for="letters", mend="install it")

    async with play.running(EngineOptions(letter_to_sound=missing)) as engine:
        spoken = speech(play, 0.3, timed_text=letters(0.3))
        utterance = await ended(play, engine, spoken)
    assert utterance.timing == "loudness"
    assert [mark.text for mark in utterance.marks] == ["abc"] * 3
    assert len(caplog.messages) == 1


async def test_a_voice_that_fails_later_leaves_the_mouth_still(play, caplog):
    def failing(text, language):
        if text:
            raise VoiceError("it broke")
        return []

    async with play.running(EngineOptions(letter_to_sound=failing)) as engine:
        utterance = await ended(play, engine, speech(play, 0.3))
    assert utterance.timing == "text"
    assert utterance.state == "ended"
    assert caplog.messages == ["the mouth of u1 stands still: it broke"]


@pytest.mark.parametrize("when", ["asked", "reads"])
async def test_a_readers_own_fault_is_the_mouths_and_not_the_engines(
    play, caplog, when
):
    def read(text, language):
        if text or when == "asked":
            raise ValueError("it broke")
        return ()

    async with play.running(EngineOptions(letter_to_sound=read)) as engine:
        utterance = await ended(play, engine, speech(play, 0.3))
        again = await ended(play, engine, speech(play, 0.3, timed_text=timed(0.3)))
    assert (utterance.state, again.state) == ("ended", "ended")
    assert "it broke" in caplog.text


async def test_an_unknown_symbol_is_said_once(play, caplog):
    odd = [TimedText("phoneme", "ж", 0, 400), TimedText("phoneme", "ж", 400, 400)]
    async with play.running() as engine:
        for _ in range(2):
            await ended(play, engine, speech(play, 0.1, timed_text=odd))
    (said,) = caplog.messages
    assert "'ж' is unknown and shown as" in said


@pytest.mark.parametrize("text", ["abc abc abc", None])
async def test_what_is_written_to_a_file_is_told_whole(tmp_path, clock, text, play):
    """Such an output is done before anybody looks."""
    options = EngineOptions(letter_to_sound=read_letters)
    output = WavOutput(tmp_path / "out.wav")
    async with Engine(output, clock=clock, run=run_inline, options=options) as engine:
        utterance = await engine.play(speech(play, 2.0, text=text, chunk=64_000))
        utterance.cues()  # whoever asks once is told all
        await clock.run(utterance.wait_ended())
    assert utterance.mouthing.is_over
    assert utterance.known_cues["oculus"][-1].viseme == "sil"


async def test_where_only_sound_tells_and_nobody_looks_the_mouth_rests(clock, play):
    """A late one finds it moving from there on; what was before stays a rest."""
    async with Engine(RecordingOutput(), clock=clock, run=run_inline) as engine:
        utterance = await engine.play(speech(play, 6.0, text=None, pause=0.05))
        await clock.run(until(clock, lambda: utterance.heard() > 4.5))
        assert utterance.timing == "loudness"
        assert utterance.known_cues == {}
        seen = []
        engine.main.log.subscribe(seen.append)
        await clock.run(until(clock, lambda: utterance.heard() > 5.5))
        cues = utterance.known_cues["oculus"]
    assert seen
    assert {cue.viseme for cue in cues if cue.frame < 2.0 * RATE} == {"sil"}
    assert "aa" in {cue.viseme for cue in cues}


async def test_a_sound_without_a_known_length_has_a_mouth(play):
    header = wav_header(Format(Encoding.PCM_16, RATE, 1), frames=None)
    data = (sound(0.5) * 32_767).astype("<i2").tobytes()
    async with play.running() as engine:
        utterance = await ended(play, engine, play.speech(header + data, text=None))
    assert "aa" in {cue.viseme for cue in utterance.known_cues["oculus"]}


async def test_style_and_lead_are_the_streams(play):
    async def widest(options):
        async with play.running(EngineOptions(stream=options)) as engine:
            utterance = await ended(play, engine, play.spoken(0.5))
            track = utterance.mouth_track.sample(np.arange(0, 0.5, 0.005))
        return float(track[:, 0].max())

    subtle = await widest(StreamOptions(style=STYLES["subtle"]))
    assert subtle < await widest(StreamOptions(style=STYLES["precise"]))


def test_a_lead_out_of_range_is_refused_at_once():
    with pytest.raises(UsageError, match="a visual lead of 90 ms is out of range"):
        StreamOptions(visual_lead=0.09)


async def test_an_interrupted_reading_leaves_nothing(play):
    """The thread's answer comes after the cut, and nobody takes it."""
    gate = asyncio.Event()

    async def slowly(function, *args):
        if getattr(function, "__name__", "") == "fit":
            await gate.wait()
        return function(*args)

    async with Engine(
        play.output,
        clock=play.clock,
        run=slowly,
        options=EngineOptions(letter_to_sound=read_letters),
    ) as engine:
        utterance = await engine.play(speech(play, 0.5))
        await play.clock.advance(0.2)
        await play.clock.run(engine.interrupt())
        gate.set()
        await play.clock.advance(0.1)
        assert utterance.state == "cut"
        # Meanwhile nobody knew of a sound, so the mouth stayed as it was.
        assert {cue.viseme for cue in utterance.known_cues["oculus"]} == {"sil"}


# -- frames -------------------------------------------------------------------------


async def test_frames_are_what_is_final(play):
    rig = find_rig("arkit")
    async with play.running() as engine:
        source = EngineFrames(engine.streams, {"arkit": rig})
        ask = ("main", "u1", "arkit", 60)
        assert source.frames(*ask, 0, 1_000_000) is None
        utterance = await engine.play(play.spoken(3.0, chunk=4_000, pause=0.05))
        await play.clock.advance(0.5)
        start, rows = source.frames(*ask, -200_000, 10_000_000)
        assert start == -200_000
        assert len(rows[0]) == 52
        settled = utterance.mouthing.settled
        assert 0.7 < settled < 3.0
        assert (len(rows) - 1) / 60 - 0.2 < settled <= len(rows) / 60 - 0.2
        assert source.frames(*ask, 2_950_000, 3_000_000) is None
        early = [rows[-1]]
        await play.clock.advance(0.5)
        after = round((len(rows) - 13) * 1e6 / 60)
        assert source.frames(*ask, after, after + 10_000)[1] == early
        await play.clock.run(utterance.wait_ended())
        assert source.frames(*ask, 0, 1_000_000) is None
    jaw = rig.channels.index("jawOpen")
    assert max(row[jaw] for row in rows) > 0.1


@pytest.mark.parametrize("kind", ["phoneme", "grapheme"])
async def test_a_stream_of_several_wavs_moves_the_mouth_to_its_end(play, kind):
    """The first header knows only of its own half second."""
    part = [entry for entry in timed(0.5) if entry.kind == kind]
    data = wav(sound(0.5), RATE, timed_text=part)
    async with play.running() as engine:
        spoken = play.speech(data, 0.1, data, 0.1, data)
        utterance = await ended(play, engine, spoken)
    marks = [m for m in utterance.marks if m.kind == "phoneme"]
    assert len({m.frame * 10 // RATE for m in marks}) == 15
    cues = utterance.known_cues["oculus"]
    assert [cue.viseme for cue in cues if cue.frame > RATE].count("sil") <= 2
    assert cues[-1].viseme == "sil"
    assert cues[-1].frame > 1.4 * RATE
    assert utterance.report().duration is None
    assert play.of("u1", "Start")[0].duration == 500_000
