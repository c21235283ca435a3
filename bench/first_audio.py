"""
How long does it take from the first PCM byte on the socket to sound?

A sender in this process serves WAV streams over chunked HTTP at several paces; a player
in a process of its own (one engine, its device open) plays them, one after the other,
on a private PulseAudio, by turns with an ``EngineProcess``, which leaves the load in
the process that it belongs to; the sound server's monitor is recorded. Answered for
each encoding, pace and load (which runs inside the player's process): milliseconds from
the sender's first PCM byte to the first sample at the monitor (good to about 5 ms: the
recorder gets its pieces in bursts), how often and how long the streams were
interrupted, and how many were heard with exactly the samples that were sent, in their
order. *first* is the first stream of all of that kind, from a sender of whom nothing
was known. With ``--peers`` mpv (idle only: it has no Python) and RealtimeTTS's player
take turns with it: same sender, same sound server, same recording. Under a load a *bare
read* does, too: a thread of such a process that only waits for the first PCM byte, and
when it got to run; nothing that Python reads can be heard sooner. A *bystander*, a
process that only sleeps at an audio thread's priority, tells how late the machine
itself wakes who has to be in time. The paces at which the network is uneven are
measured with one encoding only; bursts are under load, too, what comes late by chance
is not.

    python bench/first_audio.py [--runs N] [--encoding pcm16|pcm32|both]
        [--latency-ms MS] [--peers [--peers-python PYTHON]] [--json]

Needs: apt-get install pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.harness.bystander import Bystander  # noqa: E402 - after the path
from bench.harness.first_sound import (  # noqa: E402
    Answer,
    interruptions,
    quotient,
    read_by,
    show,
    summarize,
)
from bench.harness.hearing import Heard, find_streams  # noqa: E402
from bench.harness.loads import LOADS  # noqa: E402
from bench.harness.machine import (  # noqa: E402
    Wanted,
    machine,
    print_head,
    print_json,
    say_wanted,
)
from bench.peers.players import Kept, Player, PlayerFailed, find_peers  # noqa: E402
from streamer.audio import Encoding, Format  # noqa: E402
from tests.real.sound_server import RATE, SoundServer, sound_server  # noqa: E402
from tests.real.wav_server import Step, WavServer, paced, wav_server  # noqa: E402

OURS = ("streamer", "EngineProcess")
"""Our players: an engine among the threads of its program, and one apart from them."""
BARE_READER = ROOT / "bench" / "peers" / "bare_reader.py"

SECONDS = 0.6
"""Length of each stream."""
PEERS_SECONDS = 1.0
"""Length of each where mpv plays too, which begins late; longer with plain mpv."""
REST = 0.2
"""Seconds of silence between two streams."""
PACES = {
    "x1, 20 ms chunks": (1.0, 0.02, 0.0),
    "x3, 20 ms chunks": (3.0, 0.02, 0.0),
    "x1, 300 ms bursts": (1.0, 0.3, 0.0),
    "x1, up to 40 ms late": (1.0, 0.02, 0.04),
}
"""Name: seconds of sound a second, seconds of sound a chunk, most that one is late."""
X1, X3, BURSTS = list(PACES)[:3]
EVEN_PACES = (X1, X3)
"""Those that are measured with each encoding."""
LOADED_PACES = (X1, X3, BURSTS)
"""Those that are measured under load, too."""
ENCODINGS = {"pcm16": Encoding.PCM_16, "pcm32": Encoding.PCM_32}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured."""

    runs: int
    seconds: float
    rate: int
    paces: tuple[str, ...]
    loads: tuple[str, ...]


def cells(plan: Plan) -> list[tuple[str, str]]:
    """Return each pace with each load under which it is measured."""
    pairs = itertools.product(plan.paces, plan.loads)
    return [pair for pair in pairs if pair[1] == "idle" or pair[0] in LOADED_PACES]


def even_paces(plan: Plan) -> Plan:
    """Return *plan* for another encoding: the network does the same with it."""
    return replace(plan, paces=tuple(p for p in plan.paces if p in EVEN_PACES))


def sound(seconds: float, rate: int, encoding: str) -> npt.NDArray[np.float32]:
    """Return loud noise without a zero, exact in float32 and in *encoding*."""
    steps = 2.0**15 if encoding == "pcm16" else 2.0**23
    size = round(seconds * rate)
    values = np.random.default_rng(1).integers(int(steps / 4), int(steps), size)
    return (values / steps).astype(np.float32)


def script(
    pace: str, samples: npt.NDArray[np.float32], encoding: str, rate: int, seed: int
) -> list[Step]:
    """Return header, a pause, then *samples* at *pace*."""
    speed, piece, late = PACES[pace]
    scale, dtype = (2**15, "<i2") if encoding == "pcm16" else (2**31, "<i4")
    data = (samples.astype(np.float64) * scale).astype(dtype).tobytes()
    format = Format(ENCODINGS[encoding], rate, 1)
    header, *steps = paced(data, format, speed=speed, piece=piece)
    lateness = np.random.default_rng(seed).uniform(0, late, len(steps) // 2)
    lateness[0] = 0.0  # the first is what all is counted from
    steps[1:-1:2] = (piece / speed + np.diff(lateness)).tolist()
    return [header, 0.05, *steps]


async def measure_encoding(
    encoding: str, players: Sequence[Player], plan: Plan
) -> list[Answer]:
    """Measure each pace under each load, the same processes all along."""
    answers: list[Answer] = []
    with sound_server() as sounds:
        environment = {**sounds.environment, "PYTHONPATH": str(ROOT)}
        bare = Kept("bare read", [sys.executable, str(BARE_READER)])
        kept = [*players, *([bare] if set(plan.loads) - {"idle"} else [])]
        async with opened(kept, environment):
            for pace, busy in cells(plan):
                able = [item for item in players if busy == "idle" or item.loads]
                print(f"{encoding}, {pace}, {busy} …", file=sys.stderr)
                reader = None if busy == "idle" else bare
                heard, reads = await measure(
                    sounds, encoding, pace, busy, able, plan, reader
                )
                answers += summarize(encoding, pace, busy, able, heard)
                if reader is not None:
                    answers.append(read_by(answers[-len(able)], reads))
    return answers


async def measure(
    sounds: SoundServer,
    encoding: str,
    pace: str,
    busy: str,
    players: Sequence[Player],
    plan: Plan,
    reader: Kept | None = None,
) -> tuple[list[list[Heard | None]], list[float]]:
    """
    Serve, play and record streams with each player, by turns.

    Returns:
        A list of what was heard for each player; and how many milliseconds the
        *reader* took, which plays nothing.
    """
    samples = sound(plan.seconds, plan.rate, encoding)
    sent: list[float | None] = []
    reads: list[float] = []
    async with wav_server([]) as server:
        with sounds.record() as recorder:
            for run in range(plan.runs):
                server.script = script(pace, samples, encoding, plan.rate, run)
                for player in players:
                    sent.append(await play_one(player, server, busy))
                    await asyncio.sleep(REST)
                if reader is not None:
                    reads.append(await read_one(reader, server, busy))
    exact = samples if plan.rate == RATE else None
    heard = find_streams(recorder, sent, exact)
    return [heard[index :: len(players)] for index in range(len(players))], reads


async def read_one(reader: Kept, server: WavServer, busy: str) -> float:
    """Return how many milliseconds the first PCM byte waited to be read."""
    told = await reader.ask({"url": server.url, "load": busy})
    moment: float = told["read"]
    return (moment - server.sent[-1][1]) * 1000


async def play_one(player: Player, server: WavServer, busy: str) -> float | None:
    """Return when its first PCM byte was sent; None where the player failed."""
    asked = len(server.sent)
    try:
        await player.play(server.url, busy)
    except PlayerFailed as error:
        print(error, file=sys.stderr)
        await player.reopen()
        return None
    if len(server.sent) != asked + 1 or len(server.sent[-1]) < 2:
        return None
    return server.sent[-1][1]  # its header is the chunk before


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


def judge(answers: Sequence[Answer]) -> list[Wanted]:
    """Return what is wanted of our players, beside the peers of the same run."""
    cells: dict[tuple[str, str, str], dict[str, Answer]] = {}
    for answer in answers:
        cell = cells.setdefault((answer.encoding, answer.load, answer.pace), {})
        cell[answer.player.rpartition(" ")[0] or answer.player] = answer
    return [
        each
        for (encoding, busy, pace), cell in cells.items()
        for name in OURS
        if name in cell
        for each in judge_one(
            f"{encoding}, {pace.partition(',')[0]}, {busy}", name, cell
        )
    ]


def judge_one(where: str, name: str, cell: dict[str, Answer]) -> list[Wanted]:
    """Return what is wanted of our player called *name* among those of a cell."""
    ours, peer = cell[name], cell.get("RealtimeTTS")
    pace, is_idle = ours.pace, ours.load == "idle"
    where = where if name == OURS[0] else f"{where}, {name}"
    wanted: list[Wanted] = []
    if pace == X1 and is_idle:
        wanted.append(Wanted(f"{where}: gaps", interruptions(ours), 0, ""))
        if mpv := cell.get("mpv low-latency"):
            value = quotient(ours.p50_ms, mpv.p50_ms)
            wanted.append(Wanted(f"{where}: p50 by mpv's", value, 0.05, ""))
    bound = {(X1, True): 0.9, (X1, False): 1.0, (X3, False): 0.7}.get((pace, is_idle))
    if peer is None or bound is None:
        return wanted
    value = quotient(ours.p50_ms, peer.p50_ms)
    wanted.append(Wanted(f"{where}: p50 by RealtimeTTS's", value, bound, ""))
    if not is_idle and pace == X1:
        more = f"{where}: gaps (RealtimeTTS's is the bound)"
        wanted.append(Wanted(more, interruptions(ours), peer.gaps or 0, ""))
    return wanted


def parsed() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    add = parser.add_argument
    add("--runs", type=int, help="streams of a kind and player; 8, and 3 with peers")
    add("--encoding", choices=[*ENCODINGS, "both"], default="both")
    add("--rate", type=int, default=RATE, help="another is resampled: no exact look")
    add("--paces", type=int, default=len(PACES), help="only the first so many")
    add("--loads", nargs="*", choices=list(LOADS), default=list(LOADS))
    add("--latency-ms", type=float, help="of our device; its own default without")
    add("--json", action="store_true", help="print JSON")
    add("--peers", action="store_true", help="with mpv and RealtimeTTS by turns")
    add("--plain-mpv", action="store_true", help="mpv's own defaults as well")
    add(
        "--peers-python",
        type=Path,
        default=ROOT / ".venv-peers" / "bin" / "python",
        help="that has RealtimeTTS and PyAudio",
    )
    return parser.parse_args()


def players_for(encoding: str, options: argparse.Namespace) -> list[Player]:
    """Return both of ours, and with ``--peers`` the others."""
    command = [sys.executable, str(ROOT / "bench" / "peers" / "streamer_player.py")]
    if options.latency_ms is not None:
        command += ["--latency-ms", str(options.latency_ms)]
    own, apart = OURS
    players: list[Player] = [Kept(own, command), Kept(apart, [*command, "--process"])]
    if options.peers:
        told = ("--encoding", encoding, "--rate", str(options.rate))
        plain = options.plain_mpv
        players += find_peers(options.peers_python, *told, plain_mpv=plain)
    return players


async def main() -> None:
    """Measure, and say what came of it."""
    options = parsed()
    latency = options.latency_ms
    asked = "by default" if latency is None else f"for {latency:g} ms"
    about = {**machine(), "device": f"private PulseAudio; ours opened {asked}"}
    seconds = PEERS_SECONDS if options.peers else SECONDS
    plan = Plan(
        runs=options.runs or (3 if options.peers else 8),
        seconds=1.4 if options.peers and options.plain_mpv else seconds,
        rate=options.rate,
        paces=tuple(PACES)[: options.paces],
        loads=tuple(options.loads),
    )
    both = options.encoding == "both"
    answers: list[Answer] = []
    with Bystander() as bystander:
        for encoding in ENCODINGS if both else [options.encoding]:
            if answers:
                plan = even_paces(plan)
            players = players_for(encoding, options)
            answers += await measure_encoding(encoding, players, plan)
    about["bystander"] = str(bystander)
    wanted = judge(answers)
    if options.json:
        print_json(__doc__, about, answers, wanted)
        return
    print_head(__doc__, about)
    show(answers)
    say_wanted(wanted)


if __name__ == "__main__":
    asyncio.run(main())
