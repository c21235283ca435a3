"""
How long does it take from the first PCM byte on the socket to sound?

A sender in this process serves WAV streams over chunked HTTP at several paces; a
player in a process of its own (one engine, its device open) plays them, one after
the other, on a private PulseAudio; the sound server's monitor is recorded. Answered
for each pace: milliseconds from the sender's first PCM byte to the first sample at
the monitor (the way to the recorder, 2 to 4 ms, included), and how much silence was
heard within the streams.

    python bench/first_audio.py [--runs N] [--latency-ms MS] [--json]

Needs: apt-get install pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tests.real.sound_server import Recorder

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

SECONDS = 0.6
"""Length of each stream."""
REST = 0.2
"""Seconds of silence between two streams."""
PACES = {
    "x1, 20 ms chunks": (1.0, 0.02),
    "x3, 20 ms chunks": (3.0, 0.02),
    "x1, 300 ms bursts": (1.0, 0.3),
}
"""Name: seconds of sound a second, seconds of sound a chunk."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one pace gave."""

    pace: str
    """Its name."""
    runs: int
    """Streams that were played."""
    p50_ms: float
    """Half of them were heard within this."""
    p99_ms: float
    """All but one in a hundred were heard within this."""
    worst_ms: float
    """All were heard within this."""
    starved_ms: float
    """Silence heard within all the streams together."""


def script(pace: str) -> list:
    """Return header, a pause, then noise at *pace*; the first sample is loud."""
    from streamer.audio import Encoding, Format
    from tests.real.sound_server import RATE
    from tests.real.wav_server import paced

    format = Format(Encoding.PCM_32, RATE, 1)
    size = round(SECONDS * RATE)
    samples = np.random.default_rng(1).integers(2**29, 2**31, size).astype("<i4")
    speed, piece = PACES[pace]
    header, *rest = paced(samples.tobytes(), format, speed=speed, piece=piece)
    return [header, 0.05, *rest]


async def play(url: str, runs: int, latency: float) -> None:
    """Be the player: play *url* so many times on one open device."""
    from streamer.engine import Engine
    from streamer.outputs import DeviceOutput
    from streamer.sources import HttpRequest, HttpSource, Speech

    async with Engine(DeviceOutput(latency=latency)) as engine:
        await engine.main.open()
        for _ in range(runs):
            utterance = await engine.play(Speech(HttpSource(HttpRequest(url))))
            await utterance.wait_ended()
            if utterance.error is not None:
                raise utterance.error
            await asyncio.sleep(REST)


async def measure(pace: str, runs: int, latency_ms: float) -> Answer:
    """Serve, play and record *runs* streams at *pace*."""
    from tests.real.sound_server import RATE, sound_server
    from tests.real.wav_server import wav_server

    with sound_server() as sounds:
        async with wav_server(script(pace)) as server:
            with sounds.record() as recorder:
                player = await asyncio.create_subprocess_exec(
                    *(sys.executable, __file__, "--runs", str(runs)),
                    *("--latency-ms", str(latency_ms), "--play", server.url),
                    env={**sounds.environment, "PYTHONPATH": str(ROOT)},
                )
                if await player.wait():
                    sys.exit(f"the player failed with code {player.returncode}")
    sent = [times[1] for times in server.sent]  # its header is the chunk before
    begins, starved = find_streams(recorder, sent)
    delays = [
        (recorder.time_of(begin) - time) * 1000
        for begin, time in zip(begins, sent, strict=True)
    ]
    p50, p99 = np.percentile(delays, [50, 99])
    return Answer(
        pace=pace,
        runs=runs,
        p50_ms=round(float(p50), 1),
        p99_ms=round(float(p99), 1),
        worst_ms=round(max(delays), 1),
        starved_ms=round(starved / RATE * 1000, 1),
    )


def find_streams(recorder: Recorder, sent: list[float]) -> tuple[list[int], int]:
    """Return where each stream begins, and how many frames within them are silent."""
    sound = np.flatnonzero(recorder.frames[:, 0])
    onsets = sound[np.diff(sound, prepend=-2) > 1]
    times = np.array([recorder.time_of(onset) for onset in onsets])
    first = np.searchsorted(times, sent)
    if len(np.unique(first)) < len(sent) or first[-1] == len(onsets):
        sys.exit("not every stream was heard")
    begins = onsets[first]
    starved = 0
    for heard in np.split(sound, np.searchsorted(sound, begins))[1:]:
        starved += int(heard[-1] - heard[0] + 1 - len(heard))
    return begins.tolist(), starved


def machine() -> dict[str, str]:
    """Return what it was measured on."""
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "portaudio": portaudio(),
    }


def processor() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def portaudio() -> str:
    """Return PortAudio's version."""
    import sounddevice

    return sounddevice.get_portaudio_version()[1]


def show(answers: Sequence[Answer], latency_ms: float) -> None:
    """Print question, machine and answer."""
    print((__doc__ or "").strip().splitlines()[0])
    print()
    for name, value in machine().items():
        print(f"  {name:<10} {value}")
    print(f"  {'device':<10} private PulseAudio, asked for {latency_ms:g} ms")
    print()
    print(f"{'pace':<20}{'runs':>6}{'p50':>9}{'p99':>9}{'worst':>9}{'starved':>10}")
    for answer in answers:
        print(
            f"{answer.pace:<20}{answer.runs:>6}{answer.p50_ms:>6.1f} ms"
            f"{answer.p99_ms:>6.1f} ms{answer.worst_ms:>6.1f} ms"
            f"{answer.starved_ms:>7.1f} ms"
        )


def main() -> None:
    """Measure each pace and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    parser.add_argument("--runs", type=int, default=12, help="streams a pace")
    parser.add_argument("--latency-ms", type=float, default=30.0, help="of the device")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--play", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.play:
        asyncio.run(play(options.play, options.runs, options.latency_ms / 1000))
        return
    answers = [
        asyncio.run(measure(pace, options.runs, options.latency_ms)) for pace in PACES
    ]
    if options.json:
        listed = [asdict(answer) for answer in answers]
        print(json.dumps({"machine": machine(), "answers": listed}, indent=2))
    else:
        show(answers, options.latency_ms)


if __name__ == "__main__":
    main()
