"""
How long does it take from the first PCM byte on the socket to sound?

A sender in this process serves WAV streams over chunked HTTP at several paces; a
player in a process of its own (one engine, its device open) plays them, one after
the other, on a private PulseAudio; the sound server's monitor is recorded. Answered
for each pace: milliseconds from the sender's first PCM byte to the first sample at
the monitor (good to about 5 ms: the recorder gets its pieces in bursts), how often
and for how long the streams were silent within, and how many were heard with
exactly the samples that were sent, in their order. With ``--peers`` mpv and
RealtimeTTS's player take turns with it, on longer streams: same sender, same sound
server, same recording.

    python bench/first_audio.py [--runs N] [--latency-ms MS] [--peers] [--json]

Needs: apt-get install pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from bench.peers.players import Player
    from tests.real.sound_server import Recorder

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

SECONDS = 0.6
"""Length of each stream."""
PEERS_SECONDS = 1.4
"""Length of each stream where mpv plays too, which begins after more than one."""
REST = 0.2
"""Seconds of silence between two streams."""
PACES = {
    "x1, 20 ms chunks": (1.0, 0.02, 0.0),
    "x1, up to 40 ms late": (1.0, 0.02, 0.04),
    "x1, 300 ms bursts": (1.0, 0.3, 0.0),
    "x3, 20 ms chunks": (3.0, 0.02, 0.0),
}
"""Name: seconds of sound a second, seconds of sound a chunk, most that one is late."""
SLACK = 0.01
"""Seconds by which the recorder's times may err; far less than REST."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One stream as it was heard."""

    delay_ms: float
    """From its first PCM byte on the socket to its first sample."""
    silent_ms: float
    """Silence between its first and its last sample."""
    gaps: int
    """Pieces which that silence is in."""
    whole: bool
    """But for silence, each sample that was sent was heard, in order, no other."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one player gave at one pace."""

    pace: str
    """Its name."""
    player: str
    """Its name, and its version if it is a peer."""
    runs: int
    """Streams that were played."""
    p50_ms: float
    """Half of them were heard within this."""
    p99_ms: float
    """All but one in a hundred were heard within this."""
    worst_ms: float
    """All were heard within this."""
    ratio: float
    """p50 by that of our own player."""
    gaps: int
    """Silences within all of them together."""
    silent_p50_ms: float
    """Half of them had no more silence within."""
    silent_p99_ms: float
    """All but one in a hundred had no more silence within."""
    whole: int
    """Streams that were heard whole."""
    load: str
    """How many wanted a core in the minute before it was over."""


def sound(seconds: float) -> npt.NDArray[np.int32]:
    """Return loud noise without a zero: silence is none of it."""
    from tests.real.sound_server import RATE

    size = round(seconds * RATE)
    return np.random.default_rng(1).integers(2**29, 2**31, size, np.int32)


def script(pace: str, samples: npt.NDArray[np.int32]) -> list:
    """Return header, a pause, then *samples* at *pace*."""
    from streamer.audio import Encoding, Format
    from tests.real.sound_server import RATE
    from tests.real.wav_server import paced

    format = Format(Encoding.PCM_32, RATE, 1)
    speed, piece, late = PACES[pace]
    data = samples.astype("<i4").tobytes()
    header, *steps = paced(data, format, speed=speed, piece=piece)
    lateness = np.random.default_rng(2).uniform(0, late, len(steps) // 2)
    lateness[0] = 0.0  # the first is what all is counted from
    steps[1:-1:2] = (piece / speed + np.diff(lateness)).tolist()
    return [header, 0.05, *steps]


async def play(latency: float) -> None:
    """Be our player: play each address that comes on one open device."""
    from streamer.engine import Engine
    from streamer.outputs import DeviceOutput
    from streamer.sources import HttpRequest, HttpSource, Speech

    async with Engine(DeviceOutput(latency=latency)) as engine:
        await engine.main.open()
        print("ready", flush=True)
        while url := (await asyncio.to_thread(sys.stdin.readline)).strip():
            utterance = await engine.play(Speech(HttpSource(HttpRequest(url))))
            await utterance.wait_ended()
            if utterance.error is not None:
                raise utterance.error
            print("played", flush=True)


def ours(latency_ms: float) -> Player:
    """Return our own player."""
    from bench.peers.players import Kept

    command = (sys.executable, __file__, "--play", "--latency-ms", str(latency_ms))
    return Kept("streamer", command)


async def measure(
    pace: str, players: Sequence[Player], runs: int, seconds: float
) -> list[Answer]:
    """Serve, play and record *runs* streams at *pace* with each, by turns."""
    from tests.real.sound_server import sound_server
    from tests.real.wav_server import wav_server

    samples = sound(seconds)
    with sound_server() as sounds:
        environment = {**sounds.environment, "PYTHONPATH": str(ROOT)}
        async with (
            opened(players, environment),
            wav_server(script(pace, samples)) as server,
        ):
            with sounds.record() as recorder:
                for _ in range(runs):
                    for player in players:
                        await player.play(server.url)
                        await asyncio.sleep(REST)
    sent = [times[1] for times in server.sent]  # its header is the chunk before
    if len(sent) != runs * len(players):
        sys.exit(f"{len(sent)} requests for {runs * len(players)} streams")
    heard = find_streams(recorder, sent, samples)
    by_player = [heard[index :: len(players)] for index in range(len(players))]
    return summarize(pace, players, by_player)


@asynccontextmanager
async def opened(
    players: Sequence[Player], environment: dict[str, str]
) -> AsyncIterator[None]:
    """Keep *players* ready within the block."""
    try:
        for player in players:
            await player.open(environment)
        yield
    finally:
        for player in players:
            await player.close()


def find_streams(
    recorder: Recorder, sent: list[float], samples: npt.NDArray[np.int32]
) -> list[Heard]:
    """Return how each stream was heard."""
    from tests.real.sound_server import RATE

    frames = recorder.frames[:, 0]
    sound = np.flatnonzero(frames)
    onsets = sound[np.diff(sound, prepend=-2) > 1]
    times = np.array([recorder.time_of(onset) for onset in onsets])
    first = np.searchsorted(times, np.array(sent) - SLACK)
    if len(np.unique(first)) < len(sent) or first[-1] == len(onsets):
        sys.exit("not every stream was heard")
    begins = onsets[first]
    wanted = samples.astype(np.float32) / np.float32(2**31)
    pieces = np.split(sound, np.searchsorted(sound, begins))[1:]
    return [
        Heard(
            delay_ms=float(times[index] - time) * 1000,
            silent_ms=int(piece[-1] - piece[0] + 1 - len(piece)) / RATE * 1000,
            gaps=int(np.count_nonzero(np.diff(piece) > 1)),
            whole=len(piece) == len(wanted)
            and bool(np.allclose(frames[piece], wanted, rtol=0, atol=2**-15)),
        )
        for index, time, piece in zip(first, sent, pieces, strict=True)
    ]


def summarize(
    pace: str, players: Sequence[Player], by_player: Sequence[Sequence[Heard]]
) -> list[Answer]:
    """Return an answer for each player; the first is ours."""
    answers: list[Answer] = []
    for player, heard in zip(players, by_player, strict=True):
        delays = [stream.delay_ms for stream in heard]
        p50, p99 = np.percentile(delays, [50, 99])
        silences = np.percentile([stream.silent_ms for stream in heard], [50, 99])
        answers.append(
            Answer(
                pace=pace,
                player=f"{player.name} {player.version}".strip(),
                runs=len(heard),
                p50_ms=round(float(p50), 1),
                p99_ms=round(float(p99), 1),
                worst_ms=round(max(delays), 1),
                ratio=round(float(p50) / (answers[0].p50_ms if answers else p50), 2),
                gaps=sum(stream.gaps for stream in heard),
                silent_p50_ms=round(float(silences[0]), 1),
                silent_p99_ms=round(float(silences[1]), 1),
                whole=sum(stream.whole for stream in heard),
                load=load(),
            )
        )
    return answers


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


def load() -> str:
    """Return how many wanted a core in the last minute."""
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "not known"


def portaudio() -> str:
    """Return PortAudio's version."""
    import sounddevice

    return sounddevice.get_portaudio_version()[1]


def show(about: dict[str, str], answers: Sequence[Answer]) -> None:
    """Print question, machine and answer."""
    print((__doc__ or "").strip().splitlines()[0])
    print()
    for name, value in about.items():
        print(f"  {name:<10} {value}")
    for index, answer in enumerate(answers):
        if not index or answer.pace != answers[index - 1].pace:
            print(f"\n{answer.pace} (load {answer.load})")
            print(
                f"  {'':<24}{'runs':>5}{'p50':>11}{'p99':>11}{'worst':>11}{'ratio':>7}"
                f"{'gaps':>6}{'silent p50':>13}{'p99':>11}{'whole':>7}"
            )
        print(
            f"  {answer.player:<24}{answer.runs:>5}{answer.p50_ms:>8.1f} ms"
            f"{answer.p99_ms:>8.1f} ms{answer.worst_ms:>8.1f} ms{answer.ratio:>7.2f}"
            f"{answer.gaps:>6}{answer.silent_p50_ms:>10.1f} ms"
            f"{answer.silent_p99_ms:>8.1f} ms{answer.whole:>7}"
        )


def parsed() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    parser.add_argument(
        "--runs", type=int, help="streams a pace and player; 12, and 4 with peers"
    )
    parser.add_argument("--latency-ms", type=float, default=30.0, help="of our device")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--peers", action="store_true", help="with mpv and RealtimeTTS by turns"
    )
    parser.add_argument(
        "--peers-python",
        type=Path,
        default=ROOT / ".venv-peers" / "bin" / "python",
        help="that has RealtimeTTS and PyAudio",
    )
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


async def main() -> None:
    """Measure each pace and say what came of it."""
    from bench.peers.players import find_peers

    options = parsed()
    if options.play:
        await play(options.latency_ms / 1000)
        return
    asked = f"private PulseAudio; ours asked for {options.latency_ms:g} ms"
    about = {**machine(), "load": f"{load()} in the minute before", "device": asked}
    players = [ours(options.latency_ms)]
    if options.peers:
        players += find_peers(options.peers_python)
    runs = options.runs or (4 if options.peers else 12)
    seconds = PEERS_SECONDS if options.peers else SECONDS
    answers: list[Answer] = []
    for pace in PACES:
        print(f"{pace} …", file=sys.stderr)
        answers += await measure(pace, players, runs, seconds)
    if options.json:
        listed = [asdict(answer) for answer in answers]
        print(json.dumps({"machine": about, "answers": listed}, indent=2))
    else:
        show(about, answers)


if __name__ == "__main__":
    asyncio.run(main())
