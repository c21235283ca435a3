"""
How often is a device's callback late, and does one hear it, while Python is busy?

One engine plays a stream that comes at 1.5 times its pace, for a minute under each
load, which runs inside the engine's process (``bench/harness/loads.py``): once with the
callback in C, once with the one in Python, by turns, on a private PulseAudio whose
monitor is recorded: about seven minutes, ``--seconds`` makes them fewer. The device is
idle for a second and a half before load and stream begin.

*late* are the callbacks that were late by more than one block, but for those in which
the device waits for sound (*resting*); *missing* those that were due and never came,
*worst* the most that one was late beyond the device's own rhythm:
``bench/harness/lateness.py`` says what each means. *underflows* are those that
PortAudio flagged. *starved* is silence because the ring was empty: in the first second
after the sound began, and later. *gaps* and *silent* are what the monitor heard of all
this. *held* is the longest time for which a thread of the engine's process waited for
the interpreter. *dropped* are records lost while it was held. Meanwhile a *bystander*,
a process that only sleeps from block to block at the audio thread's priority, tells
how often the machine itself woke it late by more than one; *stolen* is what the
machine's host took of its processors.

    python bench/glitch.py [--seconds S] [--loads idle spin json] [--latency-ms MS]
                           [--json]

Needs: apt-get install pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.harness.bystander import Bystander  # noqa: E402 - after the path
from bench.harness.lateness import lateness, look_at, resting  # noqa: E402
from bench.harness.loads import LOADS, Holds, loaded  # noqa: E402
from bench.harness.machine import (  # noqa: E402
    Wanted,
    load,
    machine,
    print_head,
    print_json,
    say_wanted,
)
from bench.harness.monitor import silences  # noqa: E402
from bench.harness.tap import Tap, answer_lines  # noqa: E402
from bench.peers.players import Kept, PlayerFailed  # noqa: E402
from streamer.audio import Encoding, Format  # noqa: E402
from streamer.engine import Engine  # noqa: E402
from streamer.outputs import DeviceOutput  # noqa: E402
from streamer.outputs.native import native_missing  # noqa: E402
from streamer.sources import HttpRequest, HttpSource, Speech  # noqa: E402
from streamer.timing import Block, Silence  # noqa: E402
from tests.real.sound_server import RATE, sound_server  # noqa: E402
from tests.real.wav_server import Step, paced, wav_server  # noqa: E402

SECONDS = 60.0
"""Of each measurement."""
PACE = 1.5
"""Seconds of sound a second."""
CALM = (0.5, 1.5)
"""Seconds before the load, after the opening, that tell the device's own rhythm."""
BEGINNING = 1.0
"""Seconds after the start in which starvation is counted apart."""
SWITCH = "STREAMER_NATIVE"
"""Environment variable: 0 is the callback in Python."""
UNDERFLOW = 4
"""PortAudio's flag."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One load with one callback."""

    load: str
    """What else the process did; see ``bench/harness/loads.py``."""
    callback: str
    """``C`` or ``Python``."""
    seconds: float
    """For how long."""
    latency_ms: float
    """What the device said that it keeps in hand."""
    block_ms: float
    """How long its blocks are."""
    burst_ms: float
    """Lateness that is the device's own rhythm, without load."""
    blocks: int
    """Callbacks that came."""
    resting: int
    """Those of them in which the device waited for sound."""
    late: int
    """Those of the others that were late by more than one block."""
    missing: int
    """Those that were due and never came."""
    worst_ms: float
    """Most by which one was late beyond the device's own rhythm."""
    underflows: int
    """Blocks that PortAudio flagged."""
    starved_first: int
    """Starved frames in the first second."""
    starved_later: int
    """Starved frames behind it."""
    starved_ms: float
    """All of them, in time."""
    gaps: int
    """Silences that the monitor heard, in the stream."""
    silent_ms: float
    """How long they are."""
    held_ms: float
    """The longest time for which a thread waited for the interpreter."""
    dropped: int
    """Records lost because nobody took them in time."""
    bystander_late: int
    """Wakes of the bystander that were late by more than a block."""
    bystander_worst_ms: float
    """Most by which one was."""
    stolen: float | None
    """Share of the processors' time that their host took away; None: not known."""
    wanting: str
    """How many wanted a core in the minute before it was over."""


# -- in the engine's process --------------------------------------------------


async def be_player(latency_ms: float | None) -> None:
    """Play what is asked for, and answer with what the records say."""
    output = DeviceOutput(latency=None if latency_ms is None else latency_ms / 1000)
    async with Engine(output) as engine:
        await engine.main.open()
        tap = Tap(engine.main.player)

        async def answer(asked: dict[str, Any]) -> dict[str, Any]:
            await asyncio.sleep(CALM[1])
            with Holds() as holds, loaded(asked["load"]):
                begun = engine.clock.time()
                speech = Speech(HttpSource(HttpRequest(asked["url"])))
                utterance = await engine.play(speech)
                await asyncio.wait_for(utterance.wait_started(), 20)
                await asyncio.sleep(asked["seconds"])
                ended = engine.clock.time()
                blocks = [*tap.blocks, *engine.main.player.renderer.take()[0]]
            tally = engine.main.player.renderer.tally()
            await engine.main.interrupt()  # what it takes to reckon is not heard
            return {
                **read(blocks, begun, ended),
                "callback": "Python" if native_missing() else "C",
                "latency_ms": round(output.fallback_delay * 1000, 1),
                "held_ms": round(holds.longest * 1000, 1),
                "dropped": tally.overruns,
            }

        await answer_lines(answer)


def read(blocks: Sequence[Block], begun: float, ended: float) -> dict[str, Any]:
    """Return what *blocks* say of the time from *begun* to *ended*."""
    rate = RATE
    times = np.array([block.time for block in blocks])
    frames = np.array([float(block.device_frame) for block in blocks])
    calm = (times > times[0] + CALM[0]) & (times < begun)
    burst = float(np.percentile(lateness(times[calm], frames[calm], rate), 95))
    span = (times >= begun) & (times <= ended)
    block = float(np.median(np.diff(frames[span]))) / rate
    silent = np.array([block.silent > 0 for block in blocks])
    rests = resting(times, frames, rate, silent)[span]
    found = look_at(
        times[span], frames[span], rate, block=block, burst=burst, rests=rests
    )
    busy = [block for block, inside in zip(blocks, span, strict=True) if inside]
    first = next(block.device_frame for block in busy if block.played)
    starved = [block for block in busy if block.reason == Silence.STARVED]
    early = first + BEGINNING * rate
    return {
        "burst_ms": round(burst * 1000, 2),
        "block_ms": round(block * 1000, 2),
        "blocks": found.blocks,
        "resting": int(np.count_nonzero(rests)),
        "late": found.late,
        "missing": found.missing,
        "worst_ms": found.worst_ms,
        "underflows": sum(bool(block.flags & UNDERFLOW) for block in busy),
        "starved_first": sum(b.silent for b in starved if b.device_frame < early),
        "starved_later": sum(b.silent for b in starved if b.device_frame >= early),
    }


# -- in this one --------------------------------------------------------------


def script(seconds: float) -> list[Step]:
    """Return loud noise without a zero at :data:`PACE`, longer than *seconds*."""
    size = round((seconds * PACE + 8) * RATE)
    noise = np.random.default_rng(1).integers(2**13, 2**15, size).astype("<i2")
    return paced(noise.tobytes(), Format(Encoding.PCM_16, RATE, 1), speed=PACE)


async def measure(busy: str, switch: str, options: argparse.Namespace) -> Answer:
    """Measure one load with the callback that *switch* means."""
    seconds = options.seconds
    command = [sys.executable, __file__, "--be-player"]
    if options.latency_ms is not None:
        command += ["--latency-ms", str(options.latency_ms)]
    name = f"our player with {SWITCH}={switch}"
    player = Kept(name, command, deadline=seconds * 2 + 60)
    with sound_server() as sounds:
        await player.open({**sounds.environment, SWITCH: switch})
        try:
            async with wav_server(script(seconds)) as server:
                asked = {"url": server.url, "load": busy, "seconds": seconds}
                with sounds.record() as recorder, Bystander() as bystander:
                    told = await player.ask(asked)
        finally:
            await player.close()
    mono = recorder.frames[:, 0]
    gaps = [frames for _, frames in silences(mono)]
    starved = told["starved_first"] + told["starved_later"]
    woken = bystander.woken
    assert woken is not None
    return Answer(
        load=busy,
        seconds=seconds,
        starved_ms=round(starved / RATE * 1000, 1),
        gaps=len(gaps),
        silent_ms=round(sum(gaps) / RATE * 1000, 1),
        bystander_late=woken.late,
        bystander_worst_ms=woken.worst_ms,
        stolen=None if bystander.stolen is None else round(bystander.stolen, 4),
        wanting=load(),
        **told,
    )


def judge(answers: Sequence[Answer]) -> list[Wanted]:
    """Return what is wanted of the callback in C."""
    wanted: list[Wanted] = []
    for answer in answers:
        if answer.callback == "C":
            late, starved = answer.late, answer.starved_later
            wanted += [
                Wanted(
                    f"{answer.load}: callbacks late by more than one block", late, 0, ""
                ),
                Wanted(f"{answer.load}: starved frames from 1 s on", starved, 0, ""),
            ]
    return wanted


def show(answers: Sequence[Answer]) -> None:
    """Print the answers as a table."""
    print(
        f"\n  {'':<6}{'callback':<9}{'blocks':>7}{'resting':>8}{'late':>6}"
        f"{'missing':>8}{'worst':>11}"
        f"{'bystander':>10}{'worst':>11}"
        f"{'underflows':>11}{'starved < 1 s':>14}{'later':>8}{'gaps':>6}"
        f"{'silent':>12}{'held':>12}{'dropped':>8}{'load':>6}"
    )
    for answer in answers:
        print(
            f"  {answer.load:<6}{answer.callback:<9}{answer.blocks:>7}"
            f"{answer.resting:>8}{answer.late:>6}"
            f"{answer.missing:>8}{answer.worst_ms:>8.1f} ms{answer.bystander_late:>10}"
            f"{answer.bystander_worst_ms:>8.1f} ms{answer.underflows:>11}"
            f"{answer.starved_first:>14}{answer.starved_later:>8}{answer.gaps:>6}"
            f"{answer.silent_ms:>9.1f} ms{answer.held_ms:>9.1f} ms"
            f"{answer.dropped:>8}{answer.wanting:>6}"
        )
    print()
    for answer in answers:
        print(
            f"  {answer.load}, {answer.callback}: the device kept "
            f"{answer.latency_ms:g} ms in hand and asked for blocks of "
            f"{answer.block_ms:g} ms in bursts of {answer.burst_ms:g} ms"
            + ("" if answer.stolen is None else f"; {answer.stolen:.1%} stolen")
        )


def parsed() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    add = parser.add_argument
    add("--seconds", type=float, default=SECONDS, help="of each of the measurements")
    add("--loads", nargs="*", choices=list(LOADS), default=list(LOADS))
    add("--latency-ms", type=float, help="of the device; its own default without")
    add("--json", action="store_true", help="print JSON")
    add("--be-player", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


async def main() -> None:
    """Measure, and say what came of it."""
    options = parsed()
    if options.be_player:
        await be_player(options.latency_ms)
        return
    about = {**machine(), "device": "private PulseAudio"}
    if missing := native_missing():
        print(missing, file=sys.stderr)
    switches = {"0": "Python"} if missing else {"1": "C", "0": "Python"}
    answers: list[Answer] = []
    for busy in options.loads:
        for switch, which in switches.items():
            print(f"{busy}, callback in {which} …", file=sys.stderr)
            try:
                answers.append(await measure(busy, switch, options))
            except PlayerFailed as error:
                print(error, file=sys.stderr)
    wanted = judge(answers)
    if options.json:
        print_json(__doc__, about, answers, wanted)
        return
    print_head(__doc__, about)
    show(answers)
    say_wanted(wanted)


if __name__ == "__main__":
    asyncio.run(main())
