"""
A sound server of the test's own: PulseAudio with one silent sink, recorded.

Nothing of the machine's own sound is used or touched. Programs that are to be
heard get :attr:`SoundServer.environment`; what they play is what
:meth:`SoundServer.record` returns, bit for bit, since sink, monitor and recorder
all speak float32 at one rate.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["RATE", "Recorder", "SoundServer", "sound_server", "wait_until"]

RATE = 44_100
"""Frames a second of the sink: the rate that ALSA's pulse device calls its own."""
CHANNELS = 2
FRAME_BYTES = 4 * CHANNELS

Frames = npt.NDArray[np.float32]


def wait_until(condition, what: str, *, seconds: float = 20.0) -> None:
    """Return once *condition()* is true; fail with *what* after *seconds*."""
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.005)


def program(name: str) -> str:
    """Return where *name* is; a machine without it fails the test."""
    path = shutil.which(name)
    assert path, (
        f"these tests need {name}: "
        "apt-get install pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins"
    )
    return path


@dataclass(frozen=True, slots=True)
class Arrival:
    """A piece of what the recorder read."""

    time: float
    """When it was read, in seconds of ``time.perf_counter``."""
    frames: int
    """Frames that had been read by then, itself included."""


class Recorder:
    """
    What the sink plays, from the moment of :meth:`start` on.

    A thread of its own reads, so that the time of each piece is the time at
    which it came.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._pieces: list[bytes] = []
        self._size_bytes = 0
        self.arrivals: list[Arrival] = []

    def start(self) -> None:
        """Begin to record; returns once sound, or silence, comes in."""
        self._process = subprocess.Popen(
            [
                program("parec"),
                *("--raw", "--format=float32le", f"--rate={RATE}"),
                *(f"--channels={CHANNELS}", "--latency-msec=5"),
                *("-d", "out.monitor"),
            ],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._thread = threading.Thread(target=self._read, name="recorder")
        self._thread.start()
        wait_until(lambda: self.arrivals, "the recorder hears the sink")

    def stop(self) -> None:
        """Stop; idempotent."""
        if self._process is not None:
            _end(self._process)
        if self._thread is not None:
            self._thread.join()

    @property
    def frames(self) -> Frames:
        """All that was recorded so far, shape (frames, 2)."""
        data = b"".join(self._pieces[:])
        whole = len(data) - len(data) % FRAME_BYTES
        return np.frombuffer(data[:whole], np.float32).reshape(-1, CHANNELS)

    def time_of(self, frame: int) -> float:
        """
        Return when *frame* was played, in seconds of ``time.perf_counter``.

        Pieces come in bursts, so the line through half a second of them around
        it tells more than the piece that it came in.
        """
        near = [
            arrival.time - arrival.frames / RATE
            for arrival in self.arrivals
            if abs(arrival.frames - frame) < RATE / 2
        ]
        return float(np.median(near)) + frame / RATE

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while piece := os.read(self._process.stdout.fileno(), 65_536):
            now = time.perf_counter()
            self._pieces.append(piece)
            self._size_bytes += len(piece)
            self.arrivals.append(Arrival(now, self._size_bytes // FRAME_BYTES))
        self._process.stdout.close()


class SoundServer:
    """A running PulseAudio; made by :func:`sound_server`."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "native"
        home = folder / "home"
        home.mkdir(mode=0o700)
        self.environment = {
            **os.environ,
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "XDG_CONFIG_HOME": str(home),
            "PULSE_SERVER": f"unix:{self.socket}",
        }
        """For programs whose sound is to go here."""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns once it answers."""
        sink = f"sink_name=out format=float32le rate={RATE} channels={CHANNELS}"
        native = f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}"
        self._process = subprocess.Popen(
            [
                program("pulseaudio"),
                *("-n", "--daemonize=no", "--exit-idle-time=-1"),
                *("--use-pid-file=no", "--disable-shm=yes", "--log-level=error"),
                *("-L", native),
                *("-L", f"module-null-sink {sink} norewinds=1"),
            ],
            env={**self.environment, "PULSE_SERVER": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, "the sound server answers")

    def stop(self) -> None:
        """Stop it; idempotent."""
        if self._process is not None:
            _end(self._process)

    @contextlib.contextmanager
    def record(self) -> Iterator[Recorder]:
        """Record what is played within the block, and keep it after."""
        recorder = Recorder(self.environment)
        try:
            recorder.start()
            yield recorder
        finally:
            recorder.stop()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "pulseaudio ended at once"
        if not self.socket.exists():
            return False
        asked = subprocess.run(
            [program("pactl"), "list", "short", "sinks"],
            env=self.environment,
            capture_output=True,
            timeout=10,
        )
        return b"\tout\t" in asked.stdout


@contextlib.contextmanager
def sound_server() -> Iterator[SoundServer]:
    """Run a private sound server; nothing of it is left after the block."""
    with tempfile.TemporaryDirectory(prefix="sound") as folder:
        server = SoundServer(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask *process* to end, then insist."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
