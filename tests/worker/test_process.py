"""A worker that is a process: it plays, it dies, its program dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from streamer.audio import TimedText, decode
from streamer.audio.format import Encoding, Format
from streamer.errors import EngineLost, PortInUse
from streamer.outputs import NullOutput, WavOutput
from streamer.sources import BytesSource, FileSource, Speech
from streamer.sources.pcm import pcm
from streamer.testing import wav
from streamer.worker import EngineProcess
from streamer.worker.pipes import PipeReader, PipeWriter

pytestmark = pytest.mark.program

RATE = 8_000
TONE = (0.4 * np.sin(np.arange(RATE) / 4) + 0.5).astype(np.float32)
DEADLINE = 30.0


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_gone(pid: int) -> None:
    end = time.monotonic() + DEADLINE
    while alive(pid):
        assert time.monotonic() < end, f"process {pid} still runs"
        time.sleep(0.01)


def pid_of(engine: EngineProcess) -> int:
    assert engine._worker is not None
    return engine._worker._process.pid


async def test_what_it_plays_is_what_was_sent(tmp_path):
    source = tmp_path / "tone.wav"
    source.write_bytes(wav(TONE, RATE, encoding=Encoding.FLOAT_32))
    async with EngineProcess(WavOutput(tmp_path / "out.wav")) as engine:
        await (await engine.play(Speech(FileSource(source)))).wait_ended()
        await (await engine.play(pcm(iter([TONE, TONE]), RATE))).wait_ended()
    data = (tmp_path / "out.wav").read_bytes()
    form = Format(Encoding.FLOAT_32, RATE, 1)
    frames = decode(data[-4 * 3 * TONE.size :], form)[:, 0]
    assert np.array_equal(frames, np.tile(TONE, 3))


async def test_it_says_how_it_ended_and_another_can_be_had(caplog):
    for _ in range(2):
        async with EngineProcess(NullOutput()) as engine:
            utterance = await engine.play(pcm(np.tile(TONE, 60), RATE))
            await utterance.wait_started()
            os.kill(pid_of(engine), signal.SIGKILL)
            with pytest.raises(EngineLost, match="its exit code is -9"):
                await utterance.wait_ended()
        assert "its exit code is -9" in caplog.text  # also where nobody waits


async def test_nothing_is_left_behind():
    async def once():
        async with EngineProcess(NullOutput()) as engine:
            pids.append(pid_of(engine))
            utterance = await engine.play(pcm(np.tile(TONE, 60), RATE))
            await utterance.wait_started()
            assert (await utterance.interrupt()).media_time < 60.0

    def left():
        return len([*Path("/proc/self/fd").iterdir()]), threading.active_count()

    pids: list[int] = []
    await once()
    before = left()
    await once()
    # asyncio's thread that waited for the process ends just behind its last word.
    end = time.monotonic() + DEADLINE
    while any(now > then for now, then in zip(left(), before, strict=True)):
        assert time.monotonic() < end, f"{left()} are there, {before} were"
        await asyncio.sleep(0.01)
    assert not any(map(alive, pids))


async def test_its_log_is_that_of_the_program(caplog):
    timed = [
        TimedText("phoneme", symbol, at * 800, 800) for at, symbol in enumerate("m你")
    ]
    speech = Speech(BytesSource([wav(TONE, RATE, timed_text=timed)]))
    async with EngineProcess(NullOutput()) as engine:
        await (await engine.play(speech)).wait_ended()
    assert "'你' is unknown" in caplog.text


async def test_its_server_is_reached_and_ends():
    async with EngineProcess(NullOutput()) as engine:
        async with engine.serve(port=0) as (host, port):
            url = f"http://{host}:{port}/healthz"
            answer = await asyncio.to_thread(urllib.request.urlopen, url)
            assert answer.status == 200
            answer.close()
            with pytest.raises(PortInUse):
                async with engine.serve(port=port):
                    pass
        with pytest.raises(OSError, match="refused"):
            await asyncio.to_thread(urllib.request.urlopen, url)


class Odd(NullOutput):
    """An output that breaks in a way that no output does."""

    asked = 0

    def failure(self):
        self.asked += 1
        if self.asked > 3:
            raise ZeroDivisionError("odd")
        return super().failure()


async def test_an_engine_that_fails_says_why(caplog):
    async def wait(engine):
        while True:
            await engine.open()
            await asyncio.sleep(0.05)

    async with EngineProcess(Odd()) as engine:
        await engine.play(pcm(np.tile(TONE, 60), RATE))
        with pytest.raises(EngineLost, match="ZeroDivisionError"):
            await wait(engine)
    assert "the engine has failed" in caplog.text


async def test_what_is_printed_there_goes_astray_nowhere(tmp_path, monkeypatch, capfd):
    """Before it has taken its pipes, and behind."""
    site, here = tmp_path / "site", tmp_path / "here"
    site.mkdir()
    here.mkdir()
    (site / "sitecustomize.py").write_text("print('good morning')")
    (here / "json.py").write_text("raise SystemExit('not this one')")
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.chdir(here)
    async with EngineProcess(NullOutput()) as engine:
        await engine.open()
    assert capfd.readouterr().err == ""


PROGRAM = """
import asyncio, os, sys, time
import numpy as np
import streamer

class Voice:  # of the script itself, which the worker does not have
    language, max_characters = "en", 100
    def speak(self, text):
        return streamer.pcm(np.full(80_000, 0.5, np.float32), 8_000, text=text)

async def main():
    async with streamer.EngineProcess(streamer.NullOutput()) as engine:
        saying = await engine.say("Mama.", Voice())
        async for piece, cue in saying.cues():
            break
        if sys.argv[1:] and os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        print(engine._worker._process.pid, flush=True)
        begun = time.monotonic()
        if not sys.argv[1:2] == ["leave"]:
            await saying.wait_ended()
    print(time.monotonic() - begun, flush=True)

try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit("stopped")
"""


@pytest.fixture
def program(tmp_path, request):
    """A script that plays for ten seconds, in a process group of its own."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(PROGRAM))
    process = subprocess.Popen(
        [sys.executable, str(script), *getattr(request, "param", ())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("program", [(), ("forked",)], indirect=True)
def test_it_ends_with_its_program_however_that_ends(program):
    """Also where a process that was forked from it holds the pipe open."""
    pid = int(program.stdout.readline())
    assert alive(pid)
    program.kill()
    wait_gone(pid)


@pytest.mark.parametrize("program", [("leave", "forked")], indirect=True)
def test_leaving_it_waits_for_no_forked_process(program):
    pid = int(program.stdout.readline())
    assert float(program.stdout.readline()) < EngineProcess.PATIENCE / 2
    wait_gone(pid)


def test_ctrl_c_is_the_programs_own(program):
    """A terminal sends it to all; the worker ends when the program says so."""
    pid = int(program.stdout.readline())
    os.killpg(program.pid, signal.SIGINT)
    _, error = program.communicate(timeout=DEADLINE)
    assert (program.returncode, error) == (1, "stopped\n")
    assert not alive(pid)


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def imports(pid: int) -> bool:
    """Whether a process has begun to import the engine."""
    return "numpy" in Path(f"/proc/{pid}/maps").read_text()


def runs_a_loop(pid: int) -> bool:
    """Whether a process has an event loop, so that it may be told to begin."""
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            if "eventpoll" in str(file.readlink()):
                return True
    return False


@pytest.mark.parametrize("is_there", [alive, imports, runs_a_loop])
def test_ctrl_c_while_it_starts_leaves_nothing(program, is_there):
    """As soon as there is a worker, and as it comes to its engine."""
    end = time.monotonic() + DEADLINE
    while not (started := children(program.pid)) or not is_there(started[0]):
        assert time.monotonic() < end, "it starts no worker"
        time.sleep(0.001)
    os.killpg(program.pid, signal.SIGINT)
    _, error = program.communicate(timeout=DEADLINE)
    assert (program.returncode, error) == (1, "stopped\n")
    assert not any(map(alive, started))


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("turns", [1, 2, 4, 8])
async def test_cancelled_while_it_starts_it_ends(caplog, turns, times):
    """Also where it is cancelled again before there is a process to be ended."""
    before = {*children(os.getpid())}
    entering = asyncio.create_task(EngineProcess(NullOutput()).__aenter__())
    for _ in range(turns):
        await asyncio.sleep(0)
    for _ in range(times):
        entering.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await entering
    while started := [pid for pid in {*children(os.getpid())} - before if alive(pid)]:
        await asyncio.to_thread(wait_gone, started[0])
    assert caplog.text == ""


async def test_a_reader_that_stands_still_holds_up_nobody():
    reading, writing = os.pipe()
    writer = PipeWriter(writing)
    sent = [bytes([index]) * 100_000 for index in range(20)]
    for data in sent:
        writer.write(data)
    reader = PipeReader(reading)
    assert await reader.readexactly(2_000_000) == b"".join(sent)
    writer.close()
    assert await reader.read() == b""
    os.close(reading)


async def test_a_writer_whose_reader_is_gone_ends():
    reading, writing = os.pipe()
    os.close(reading)
    writer = PipeWriter(writing)
    writer.write(b"for nobody")
    writer.close()
    assert not writer._thread.is_alive()
