from __future__ import annotations

import numpy as np
import pytest

from streamer.audio import Encoding, Format, TimedText, wav_header
from streamer.engine import Engine
from streamer.lipsync.repair import MendedText, Repairs
from streamer.outputs import WavOutput
from streamer.sources.pcm import pcm
from streamer.testing import run_inline, wav

RATE = 8_000


async def test_the_report_counts_from_the_request(play):
    data = wav(np.concatenate([np.zeros(800), np.full(800, 0.5)]).astype("f4"), RATE)
    async with play.running() as engine:
        utterance = await engine.play(
            play.speech(0.1, data[:1_000], 0.01, data[1_000:], text=None)
        )
        await play.clock.run(utterance.wait_ended())
        report = utterance.report()

    assert [size for _, size in report.arrivals] == [1_000, len(data) - 1_000]
    assert [time for time, _ in report.arrivals] == pytest.approx([0.1, 0.11])
    assert report.first_byte == pytest.approx(0.1)
    assert report.first_sample == pytest.approx(0.125, abs=0.011)
    assert report.first_audible == pytest.approx(report.first_sample + 0.1)
    assert report.ended == pytest.approx(report.first_sample + 0.2)
    assert 0.1 <= report.first_cue_sent <= report.first_sample
    assert report.first_cue_due == report.first_sample
    wire = report.to_json()
    assert wire["bytes"] == len(data)
    assert wire["format"] == {"encoding": "PCM_32", "rate": RATE, "channels": 1}
    assert wire["duration_ms"] == wire["media_ms"] == 200.0
    assert wire["starved_ms"] == 0
    assert wire["mouth"]["timing"] == "loudness"


async def test_moments_are_noted_together_and_not_while_they_are_only_reckoned(play):
    """Before its first block is asked for a device may still put sound off."""
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.3))
        trace = utterance.trace
        for _ in range(100):
            await play.clock.advance(0.001)
            if utterance.state == "playing":
                break
            assert (trace.first_sample, trace.first_audible) == (None, None)
            assert trace.first_cue_due is None
        await play.clock.run(utterance.wait_ended())
    report = utterance.report()
    assert report.first_sample <= report.first_audible
    assert report.first_sample <= report.first_cue_due


async def test_a_length_that_the_header_does_not_tell_is_none(play):
    header = wav_header(Format(Encoding.PCM_16, RATE, 1), frames=None)
    async with play.running() as engine:
        utterance = await engine.play(play.speech(header, bytes(1_600)))
        await play.clock.run(utterance.wait_ended())
    wire = utterance.report().to_json()
    assert (wire["duration_ms"], wire["media_ms"]) == (None, 100.0)


async def test_what_was_cut_tells_how_long_it_would_have_been(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5, pause=0.05))
        await play.clock.advance(0.3)
        await play.clock.run(engine.interrupt())
    wire = utterance.report().to_json()
    assert wire["duration_ms"] == 500.0
    assert wire["media_ms"] < 500.0


async def test_the_report_of_what_was_never_asked_for_is_empty(play):
    async with play.running() as engine:
        await engine.play(play.spoken(1.0))
        await engine.play(play.spoken(1.0))
        last = await engine.play(play.spoken(1.0))
        await play.clock.run(engine.interrupt())
        report = last.report()
    assert (report.arrivals, report.ended, report.first_byte) == ((), None, None)
    assert report.to_json()["format"] is None
    assert report.to_json()["duration_ms"] is None


async def test_where_heard_is_written_times_are_those_of_writing(play, tmp_path):
    """A file is written faster than it plays, and never before it was asked for."""
    data = wav(np.full(8_000, 0.5, np.float32), RATE)
    clock = play.clock
    engine = Engine(WavOutput(tmp_path / "out.wav"), clock=clock, run=run_inline)
    await clock.run(engine.__aenter__())
    utterance = await clock.run(engine.play(play.speech(0.1, data)))
    await clock.run(utterance.wait_ended())
    report = utterance.report()
    await clock.run(engine.__aexit__(None, None, None))

    assert report.state == "ended"
    times = [report.first_byte, report.first_sample, report.first_audible, report.ended]
    assert times == sorted(times)
    assert 0.1 <= times[0] <= times[-1] < 0.2


async def test_what_was_odd_is_counted(play):
    odd = [TimedText("phoneme", "☃", 0, 400), TimedText("phoneme", "a", 200, 400)]
    data = wav(np.full(800, 0.5, np.float32), RATE, timed_text=odd)
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data + b"abc"))
        await play.clock.run(utterance.wait_ended())
    wire = utterance.report().to_json()
    assert wire["mouth"]["timing"] == "phonemes"
    assert wire["mouth"]["phones"] >= 2
    assert wire["mouth"]["unknown"] == {"☃": 1}
    assert wire["mouth"]["repairs"]["overlapping"] == 1
    counts = wire["counts"]
    assert counts["unknown_phonemes"] == 1
    assert counts["repaired_times"] >= 1
    assert counts["trailing_bytes"] == 3
    assert counts["record_overruns"] == 0


async def test_what_a_provider_mended_is_counted_with_what_is_found(play):
    wrong = [TimedText("phoneme", "a", 400, 400), TimedText("phoneme", "b", 0, 400)]
    entries = MendedText(wrong, Repairs(milliseconds=2))
    speech = pcm(np.full(800, 0.5, np.float32), RATE, timed_text=entries)
    async with play.running() as engine:
        utterance = await engine.play(speech)
        await play.clock.run(utterance.wait_ended())
    wire = utterance.report().to_json()
    assert wire["mouth"]["repairs"] == {"unordered": 1, "milliseconds": 2}
    assert wire["counts"]["repaired_times"] == 3


async def test_the_report_says_what_made_the_sound(play):
    data = wav(np.full(1_600, 0.5, np.float32), 16_000)
    async with play.running() as engine:
        utterance = await engine.play(play.speech(data))
        await play.clock.run(utterance.wait_ended())
        plain = await engine.play(play.spoken(0.1))
        await play.clock.run(plain.wait_ended())
    wire = utterance.report().to_json()
    assert wire["resampling"]["quality"] == "LD"
    assert 0 <= wire["resampling"]["hold_back_ms"] < 50
    assert wire["renderer"] in ("native", "python")
    assert wire["drift_ppm"] == pytest.approx(0.0, abs=1.0)
    assert wire["counts"]["underflows"] == 0
    assert plain.report().to_json()["resampling"] is None


async def test_a_pause_is_no_starvation(play):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5))
        await play.clock.advance(0.2)
        await play.clock.run(engine.pause())
        await play.clock.advance(1.0)
        await play.clock.run(engine.resume())
        await play.clock.run(utterance.wait_ended())
    wire = utterance.report().to_json()
    assert (wire["starvation"], wire["starved_ms"]) == ([], 0)
