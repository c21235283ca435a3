"""A sound server that dies, comes back, hangs: what is heard, and what is said."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from bench.harness.bystander import Bystander
from streamer.outputs import DeviceOutput
from tests.real.playing import LATENCY, Playing, own_server, playing
from tests.real.sound_server import RATE, Frames, Recorder, SoundServer
from tests.real.stalls import stall_of, undisturbed, without_stalls

server = own_server

LINE = 0.003
"""Seconds by which the time of a recorded frame may be wrong."""


def noise(frames: int) -> Frames:
    """Distinct samples, the same on both sides, none of them silent."""
    one = np.random.default_rng(1).uniform(0.1, 0.9, frames).astype(np.float32)
    return np.repeat(one[:, np.newaxis], 2, axis=1)


def sound_of(recorder: Recorder) -> Frames:
    """What was heard on the left, from the first to the last sound."""
    left = recorder.frames[:, 0]
    heard = np.flatnonzero(left)
    assert len(heard), "nothing was heard"
    return left[heard[0] : heard[-1] + 1]


def kill(server: SoundServer) -> None:
    """End the server as a crash does."""
    assert server._process is not None
    server._process.kill()
    server._process.wait()
    server.socket.unlink(missing_ok=True)


async def recover(play: Playing) -> None:
    """What an engine does: say where the listener is, and have it play again."""
    play.collect()
    heard = play.renderer.ring.read_position - round(LATENCY * RATE)
    play.renderer.ring.rewind(max(0, heard))
    await play.output.recover(play.renderer, play.format)


@undisturbed
async def test_what_was_heard_goes_on_where_it_was(server, capfd):
    """No sample is missing, no more is repeated than the device had in hand."""
    sound = noise(3 * RATE)
    told: list[Exception] = []
    output = DeviceOutput(latency=LATENCY)
    output.notice = told.append
    async with playing(output) as play:
        with Bystander() as killing, server.record() as before:
            play.write(sound)
            await play.until(lambda: play.renderer.ring.read_position > RATE)
            kill(server)
            await play.until(lambda: output.failure() is not None, seconds=0.6)
        assert "'default' cannot be used: it stopped" in str(output.failure())
        server.start()
        with Bystander() as starting, server.record() as after:
            await recover(play)
            assert (output.name, output.failure()) == ("default", None)
            await play.played(len(sound))
    first = without_stalls(sound_of(before), killing)
    second = without_stalls(sound_of(after), starting)
    assert np.array_equal(first, sound[: len(first), 0])
    fade = round(0.005 * RATE)
    tail = second[fade:]
    assert np.array_equal(tail, sound[len(sound) - len(tail) :, 0])
    again = len(first) - (len(sound) - len(second))
    # The recorder died with the server, and with it what was on its way there.
    stall = stall_of(killing, starting)
    assert -(stall + 0.04) * RATE <= again <= (stall + LATENCY) * RATE
    assert told == []
    assert capfd.readouterr().err == ""


@undisturbed
async def test_an_utterance_goes_on_where_its_listener_was(server, capfd, monkeypatch):
    """The whole way: nobody but the engine looks after it."""
    from streamer.audio import Encoding
    from streamer.engine import Engine, EngineOptions
    from streamer.sources import Speech
    from streamer.testing import ScriptedSource, wav

    monkeypatch.setattr(DeviceOutput, "BACKOFF", (2.0, 2.0))
    sound = noise(3 * RATE)
    told: list[Exception] = []
    options = EngineOptions(notice=told.append)
    source = ScriptedSource([wav(sound, RATE, encoding=Encoding.FLOAT_32)])
    async with Engine(DeviceOutput(latency=LATENCY), options=options) as engine:
        with Bystander() as killing, server.record() as before:
            utterance = await engine.play(Speech(source))
            await asyncio.sleep(1.5)
            killed = time.perf_counter()
            kill(server)
            await asyncio.sleep(0.3)
        server.start()
        with Bystander() as starting, server.record() as after:
            await asyncio.wait_for(utterance.wait_ended(), 20)
            await asyncio.sleep(0.2)
    assert utterance.error is None
    assert utterance.media == pytest.approx(3.0)
    assert ["it stopped" in str(error) for error in told] == [True]
    first = without_stalls(sound_of(before), killing)
    second = without_stalls(sound_of(after), starting)
    assert np.array_equal(first, sound[: len(first), 0])
    tail = second[round(0.005 * RATE) :]
    assert np.array_equal(tail, sound[len(sound) - len(tail) :, 0])
    # The recorder died with the server: what was heard is what was due by then.
    begun = before.time_of(int(np.flatnonzero(before.frames[:, 0])[0]))
    heard = (killed - begun) * RATE - (len(sound_of(before)) - len(first))
    again = heard + len(second) - len(sound)
    line = LINE + stall_of(killing, starting)
    assert len(first) <= heard + line * RATE
    assert -line * RATE <= again <= (line - LINE + LATENCY) * RATE
    assert capfd.readouterr().err == ""


@undisturbed
async def test_a_server_that_comes_late_is_found_by_itself(server, capfd):
    """Meanwhile time is kept without sound, which is said once."""
    told: list[Exception] = []
    output = DeviceOutput(latency=LATENCY)
    output.notice = told.append
    async with playing(output) as play:
        play.write(noise(RATE))
        await play.until(lambda: play.renderer.ring.read_position > 0)
        kill(server)
        await play.until(lambda: output.failure() is not None)
        await recover(play)
        assert (output.name, output.failure(), len(told)) == ("null", None, 1)
        assert "no sound output device" in str(told[0])
        await play.played(RATE)

        server.start()
        await play.until(lambda: output.failure() is not None, seconds=5.0)
        with server.record() as recorder:
            await play.output.recover(play.renderer, play.format)
            assert (output.name, output.failure(), len(told)) == ("default", None, 1)
            sound = noise(RATE // 2)
            play.write(sound)
            await play.played(RATE + len(sound))
    assert np.array_equal(sound_of(recorder), sound[:, 0])
    assert capfd.readouterr().err == ""


@undisturbed
async def test_a_server_that_hangs_is_lost_and_one_that_pauses_is_not(server, capfd):
    told: list[Exception] = []
    output = DeviceOutput(latency=LATENCY)
    output.notice = told.append
    async with playing(output) as play:
        await play.until(lambda: play.renderer.tally().blocks > 700)
        pid = server._process.pid
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(0.06)
        os.kill(pid, signal.SIGCONT)
        for _ in range(30):
            await asyncio.sleep(0.02)
            assert output.failure() is None

        os.kill(pid, signal.SIGSTOP)
        try:
            await play.until(lambda: output.failure() is not None, seconds=2.0)
            assert "asked for no sound for" in str(output.failure())
            begin = asyncio.get_running_loop().time()
            await recover(play)
            assert asyncio.get_running_loop().time() - begin < 7.0
            assert (output.name, len(told)) == ("null", 1)
            blocks = play.renderer.tally().blocks
            await asyncio.sleep(0.5)
            assert play.renderer.tally().blocks - blocks == pytest.approx(100, abs=20)
        finally:
            os.kill(pid, signal.SIGCONT)
        await play.until(lambda: output.failure() is not None, seconds=10.0)
        await recover(play)
        assert (output.name, output.failure(), len(told)) == ("default", None, 1)
        with server.record() as recorder:
            sound = noise(RATE // 2)
            play.write(sound)
            await play.played(len(sound))
    assert np.array_equal(sound_of(recorder), sound[:, 0])
    assert capfd.readouterr().err == ""


def test_a_program_can_end_while_the_server_hangs(server):
    """PortAudio's own farewell would wait for it."""
    code = textwrap.dedent("""
        import asyncio, os, signal, sys
        from streamer.outputs import DeviceOutput
        from tests.real.playing import playing
        async def main():
            async with playing(DeviceOutput()) as play:
                await play.until(lambda: play.renderer.tally().blocks > 20)
                os.kill(int(sys.argv[1]), signal.SIGSTOP)
                await asyncio.sleep(0.1)
        asyncio.run(main())
    """)
    pid = server._process.pid
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(pid)],
            env={**server.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            timeout=20,
        )
    finally:
        os.kill(pid, signal.SIGCONT)
    assert (done.returncode, done.stderr) == (0, b"")
