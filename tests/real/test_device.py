"""A device output, and `streamer play` on it: what a sound server's monitor hears."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from streamer.audio import Encoding, Format, decode
from streamer.errors import DeviceFailed
from streamer.outputs import DeviceOutput
from streamer.outputs.realtime import is_realtime_granted
from streamer.playback.rendering import Verb
from streamer.timing import Silence
from tests.real.playing import LATENCY, PATIENT, own_server, playing
from tests.real.sound_server import RATE, Frames, Recorder, SoundServer
from tests.real.stalls import undisturbed
from tests.real.wav_server import BREAK, paced, wav_server

server = own_server

COMMAND = [sys.executable, "-m", "streamer"]
MONO = Format(Encoding.PCM_32, RATE, 1)
STEREO = Format(Encoding.PCM_32, RATE, 2)
CALM = ("--latency-ms", "400")
"""For tests of samples, not of times: a busy machine may be late by as much."""
AHEAD = 0.5
"""Seconds of sound sent at once in tests of samples, for the same reason."""
LIMIT = 60.0
"""Seconds after which a command hangs."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    """Exit code."""
    error: str
    """What it wrote on standard error."""


async def streamer(server: SoundServer, *arguments: str) -> Done:
    """Run the command to its end, its sound going to *server*."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        env=server.environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, error = await asyncio.wait_for(process.communicate(), LIMIT)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Done(process.returncode, error.decode())


def noise(format: Format, seconds: float, *, seed: int = 1) -> bytes:
    """PCM_32 noise without a silent sample, distinct everywhere."""
    size = round(seconds * format.rate) * format.channels
    samples = np.random.default_rng(seed).integers(2**16, 2**31, size)
    samples[1::2] *= -1
    return samples.astype("<i4").tobytes()


def spoken(recorder: Recorder) -> tuple[Frames, int]:
    """What was played, from the first to the last sound, and where it begins."""
    frames = recorder.frames
    heard = np.flatnonzero(np.abs(frames).max(axis=1))
    assert len(heard), "nothing was heard"
    return frames[heard[0] : heard[-1] + 1], int(heard[0])


@pytest.mark.parametrize("format", [MONO, STEREO], ids=["mono", "stereo"])
@undisturbed
async def test_what_is_heard_is_bit_for_bit_what_was_sent(sounds, format):
    """No gap, no repeat; mono is heard on both sides."""
    data = noise(format, 2.5)
    script = paced(data, format, speed=2.0, ahead=AHEAD)
    async with wav_server(script) as server:
        with sounds.record() as recorder:
            done = await streamer(sounds, "play", server.url, "--output=device", *CALM)
    assert done == Done(0, "")
    heard, _ = spoken(recorder)
    wanted = np.broadcast_to(decode(data, format), (len(data) // format.frame_bytes, 2))
    assert len(heard) == len(wanted)
    assert np.array_equal(heard, wanted)


@undisturbed
async def test_sound_goes_to_the_device_that_was_named(sounds):
    data = noise(MONO, 0.5)
    async with wav_server(paced(data, MONO, speed=2.0, ahead=AHEAD)) as server:
        with sounds.record() as recorder:
            arguments = ("play", server.url, "--output=device:pulse", *CALM)
            done = await streamer(sounds, *arguments)
    assert done == Done(0, "")
    heard, _ = spoken(recorder)
    assert np.array_equal(heard[:, 0], decode(data, MONO)[:, 0])


@undisturbed
async def test_the_report_says_when_the_first_sample_was_heard(sounds, tmp_path):
    """As the monitor says, but for what the way to the recorder itself takes."""
    script = paced(noise(MONO, 2.0), MONO, speed=1.0)
    async with wav_server(script) as server:
        with sounds.record() as recorder:
            report = await reported(sounds, server.url, tmp_path, *CALM)
    _, begin = spoken(recorder)
    sizes = [len(step) for step in script if isinstance(step, bytes)]
    told = origin(report, sizes, server.sent[0]) + report["first_sample_ms"] / 1000
    assert recorder.time_of(begin) - told == pytest.approx(0.003, abs=0.02)


@undisturbed
async def test_a_stall_is_one_silence_of_the_length_that_the_report_says(
    sounds, tmp_path
):
    """Every sample is heard once; what surrounds the silence is faded, no more."""
    data = noise(MONO, 2.4)
    half = len(data) // 2
    script = [*paced(data[:half], MONO, speed=2.0, ahead=AHEAD), 1.3, data[half:]]
    async with wav_server(script) as server:
        with sounds.record() as recorder:
            report = await reported(sounds, server.url, tmp_path, *CALM)
    heard, _ = spoken(recorder)
    gap = len(heard) - len(data) // MONO.frame_bytes
    assert len(report["starvation"]) == 1
    assert report["starved_ms"] == pytest.approx(gap / RATE * 1000, abs=5.0)
    assert gap / RATE > 0.1
    at = round(report["starvation"][0]["media_ms"] * RATE / 1000)
    wanted = decode(data, MONO)[:, 0]
    faded = round(0.02 * RATE)
    assert np.array_equal(heard[: at - faded, 0], wanted[: at - faded])
    after = at + faded
    assert np.array_equal(heard[after + gap :, 0], wanted[after:])


async def test_a_device_that_does_not_exist_is_named_with_those_that_do(sounds):
    async with wav_server([]) as server:
        done = await streamer(sounds, "play", server.url, "--output=device:Nowhere")
    assert done.code == 1
    assert done.error.count("\n") == 1
    assert "'Nowhere'" in done.error
    assert "'pulse'" in done.error


@undisturbed
async def test_a_connection_that_breaks_is_one_sentence_after_what_had_come(sounds):
    data = noise(MONO, 1.0)
    script = [*paced(data, MONO, speed=2.0, ahead=1.0), 0.5, BREAK]
    async with wav_server(script) as server:
        with sounds.record() as recorder:
            done = await streamer(sounds, "play", server.url, "--output=device", *CALM)
    assert done.code == 1
    assert done.error.count("\n") == 1
    assert server.url in done.error
    heard, _ = spoken(recorder)
    assert np.array_equal(heard[:, 0], decode(data, MONO)[:, 0])


async def reported(server: SoundServer, url: str, folder: Path, *more: str) -> dict:
    """Play *url* and return the report of it."""
    path = folder / "report.json"
    arguments = ("play", url, "--output=device", "--report", str(path))
    done = await streamer(server, *arguments, *more)
    assert done.code == 0, done.error
    return json.loads(path.read_text("utf-8"))


def origin(report: dict, sizes: list[int], sent: list[float]) -> float:
    """
    When the report's times begin, in seconds of ``time.perf_counter``.

    No byte can have come before it was sent; the one that came fastest tells.
    """
    ends = np.cumsum(sizes)
    came = 0
    begins = []
    for time_ms, size in report["arrivals"]:
        came += size
        chunk = int(np.searchsorted(ends, came))
        begins.append(sent[chunk] - time_ms / 1000)
    return max(begins)


def distinct(frames: int, *, seed: int = 1) -> Frames:
    """Samples of which no two are alike, other ones on each side, none silent."""
    chance = np.random.default_rng(seed)
    return chance.uniform(0.1, 0.9, (frames, 2)).astype(np.float32)


@pytest.mark.parametrize("native", [True, False], ids=["native", "python"])
@undisturbed
async def test_each_callback_gives_the_device_the_ring_bit_for_bit(server, native):
    sound = distinct(2 * RATE)
    output = DeviceOutput(latency=PATIENT, block=0.005)
    async with playing(output, native=native) as play:
        assert (play.format.rate, play.format.channels) == (RATE, 2)
        with server.record() as recorder:
            play.write(sound)
            await play.played(len(sound))
    heard, _ = spoken(recorder)
    assert np.array_equal(heard, sound)
    delays = [block.delay for block in play.blocks]
    # PortAudio gives it a period more than it was asked for, a third.
    assert 0.0 <= min(delays) <= max(delays) <= PATIENT * 4 / 3 + 0.02


@pytest.mark.parametrize("native", [True, False], ids=["native", "python"])
@undisturbed
async def test_a_starvation_is_as_long_as_the_records_say(server, native):
    """To the frame; before it and behind it all is as it was sent, but for fades."""
    sound = distinct(RATE)
    half, fade = RATE // 2, round(0.005 * RATE)
    async with playing(DeviceOutput(latency=PATIENT), native=native) as play:
        with server.record() as recorder:
            play.write(sound[:half], end=False)
            await play.played(half)
            await asyncio.sleep(0.2)
            play.write(sound[half:])
            await play.played(len(sound))
    heard, _ = spoken(recorder)
    starved = [b.silent for b in play.blocks if b.reason == Silence.STARVED]
    assert sum(starved) == play.renderer.tally().starved_frames
    assert len(heard) - len(sound) == sum(starved)
    assert np.array_equal(heard[:half], sound[:half])
    behind = half + sum(starved) + fade
    assert np.array_equal(heard[behind:], sound[half + fade :])


async def told(server, sound, *, native):
    """Play *sound*, told what all; returns the player, what was heard, and how late."""
    late: list[int] = []
    async with playing(DeviceOutput(latency=PATIENT), native=native) as play:

        async def tell(verb: Verb, **options) -> None:
            id = play.renderer.send_nowait(verb, **options)
            sent = time.perf_counter()  # behind it: the machine may stand still here
            done = await play.answer(id)
            between = [
                block
                for block in play.blocks
                if block.time > sent and block.device_frame < done.device_frame
            ]
            late.append(len(between))
            await asyncio.sleep(0.15)

        with server.record() as recorder:
            play.write(sound, end=False)
            await play.until(lambda: play.renderer.ring.read_position > RATE // 4)
            await tell(Verb.PAUSE)
            paused_at = play.renderer.ring.read_position
            await asyncio.sleep(0.2)
            assert play.renderer.ring.read_position == paused_at
            await tell(Verb.RESUME)
            await tell(Verb.GAIN, value=0.5)
            await tell(Verb.MUTE)
            await tell(Verb.UNMUTE)
            await tell(Verb.GAIN, value=1.0)
            await tell(Verb.FLUSH, until=len(sound))
            await asyncio.sleep(1.5 * PATIENT)
    heard, _ = spoken(recorder)
    return play, heard, max(late)


@pytest.mark.parametrize("native", [True, False], ids=["native", "python"])
@undisturbed
async def test_what_it_is_told_it_does_within_two_blocks_without_a_click(
    server, native
):
    """Pause, resume, gain, mute and flush; a tone shows every step."""
    tone = 0.5 * np.sin(2 * np.pi * 220 / RATE * np.arange(3 * RATE))
    sound = np.repeat(tone.astype(np.float32)[:, np.newaxis], 2, axis=1)
    own_step = float(np.abs(np.diff(tone)).max())
    play, heard, late = await told(server, sound, native=native)
    assert late <= 2
    assert np.abs(np.diff(heard[:, 0])).max() <= own_step * 1.5
    assert np.abs(heard[-1]).max() < 0.01
    assert play.renderer.ring.read_position == len(sound)


@undisturbed
async def test_closing_in_the_middle_of_sound_does_not_click(server):
    tone = 0.5 * np.sin(2 * np.pi * 220 / RATE * np.arange(2 * RATE))
    sound = np.repeat(tone.astype(np.float32)[:, np.newaxis], 2, axis=1)
    with server.record() as recorder:
        async with playing(DeviceOutput(latency=PATIENT)) as play:
            play.write(sound)
            await play.until(lambda: play.renderer.ring.read_position > RATE // 2)
        await asyncio.sleep(1.5 * PATIENT)
    heard, _ = spoken(recorder)
    assert len(heard) < len(sound)
    assert np.abs(np.diff(heard[:, 0])).max() <= np.abs(np.diff(tone)).max() * 1.5
    assert np.abs(heard[-1]).max() < 0.01


async def test_a_second_stream_on_a_taken_device_is_an_error(server):
    async with playing(DeviceOutput(latency=LATENCY)):
        with pytest.raises(DeviceFailed, match="another stream of this program"):
            async with playing(DeviceOutput("default")):
                pass
        async with playing(DeviceOutput("pulse", latency=LATENCY)) as other:
            await other.until(lambda: other.renderer.tally().blocks > 10)


@pytest.mark.parametrize("native", [True, False])
async def test_only_a_callback_in_c_runs_in_real_time(server, native):
    """With Python in it the thread would hold up what it waits for."""
    granted = is_realtime_granted()
    async with playing(DeviceOutput(latency=LATENCY), native=native):
        threads = map(int, await asyncio.to_thread(os.listdir, "/proc/self/task"))
        realtime = [thread for thread in threads if os.sched_getscheduler(thread)]
    assert bool(realtime) == (native and granted)
    if realtime:
        # PortAudio's own, and the one that talks to the sound server.
        assert len(realtime) == 2
