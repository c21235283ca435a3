"""
How far is the position that is reported as heard from what is heard?

Our engine plays a signal any two samples of which tell where they are, on a private
PulseAudio whose monitor is recorded; meanwhile it is asked, each 20 ms, how far it
has been heard. Each answer is held against the frame that the recording has at that
moment. *median* is how much the reported position is ahead; the way to the recorder
is in it, and the recorder's times are good to about 2 ms. *spread* is the distance
from what is recorded once all times are moved by the median.

steady
    Nothing happens.
starved
    The sender stops for 300 ms, twice.
paused
    pause() and resume(), twice.
slipped
    The sound server is stopped for 60 ms by SIGSTOP, twice; *flags* says what
    PortAudio told of it, *silent* what the monitor heard. While it is stopped nobody
    can know that what it was given is not heard: *off* is at least its latency's
    worth for as long.
interrupted
    interrupt() after half a second or so, and again: how long after the call the
    monitor is silent; how far its Heard is from the last frame recorded; and the
    largest step between two samples around the cut, against the signal's own.
simulated
    No sound: the playout map alone, on a reckoned device 200 ppm off the clock with
    late callbacks, over ten minutes.

    python bench/position.py [--seconds S] [--runs N] [--only SCENARIO …]
                             [--latency-ms MS] [--python-callback] [--json]

Needs: apt-get install pulseaudio pulseaudio-utils libportaudio2 libasound2-plugins
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.harness.bystander import Bystander  # noqa: E402 - after the path
from bench.harness.machine import (  # noqa: E402
    Wanted,
    load,
    machine,
    print_head,
    print_json,
    say_wanted,
)
from bench.harness.monitor import silences, telling  # noqa: E402
from bench.harness.positions import Cut, Errors, cuts_in, errors_in  # noqa: E402
from bench.harness.simulated import worst_error  # noqa: E402
from bench.peers.players import Kept, PlayerFailed  # noqa: E402
from streamer.audio import Encoding, Format  # noqa: E402
from tests.real.sound_server import RATE, SoundServer, sound_server  # noqa: E402
from tests.real.wav_server import Step, paced, wav_server  # noqa: E402

SECONDS = 10.0
"""Of sound a scenario."""
RUNS = 12
"""Interrupts."""
SPEED = 1.5
"""Seconds of sound a second, where nothing should starve."""
STALL = 0.3
"""Seconds for which the sender stops."""
STOPPED = 0.06
"""Seconds for which the sound server is stopped."""
SCENARIOS = ("steady", "starved", "paused", "slipped")
FORMAT = Format(Encoding.PCM_32, RATE, 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """One scenario."""

    scenario: str
    """Its name; the bench's own text says what happens in it."""
    samples: int
    """Positions that were compared."""
    median_ms: float
    """How much the reported position is ahead."""
    p50_ms: float
    """Half of them are no further from the recording, moved by the median."""
    p95_ms: float
    p99_ms: float
    max_ms: float
    off_ms: float
    """How long it was further off than 8 ms, all in all."""
    silent_ms: float
    """Silence that the monitor heard within."""
    flags: int
    """Underflows that PortAudio told of."""
    steps: int
    """Steps that the playout map took."""
    wanting: str
    """How many wanted a core in the minute before it was over."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """All the interrupts."""

    runs: int
    """How many."""
    silent_p50_ms: float
    """Half of them were silent within this after the call."""
    silent_max_ms: float
    """All of them were."""
    latency_ms: float
    """What the device said that it keeps in hand."""
    beyond_max_ms: float
    """The most by which the silence came later than the device's latency."""
    tail_max_ms: float
    """The most by which the silence came later than ``Heard.tail`` said."""
    heard_p50_ms: float
    """By how much ``Heard`` is ahead of the last frame recorded, at the median."""
    heard_max_ms: float
    """The largest distance from that median."""
    step: float
    """The largest step around a cut by the signal's own largest."""
    wanting: str
    """How many wanted a core in the minute before it was over."""


def script(samples: np.ndarray, scenario: str) -> list[Step]:
    """Return the sender's: at an even pace, with two stalls where it starves."""
    data = (samples.astype(np.float64) * 2**31).astype("<i4").tobytes()
    starves = scenario == "starved"
    header, *steps = paced(data, FORMAT, speed=1.0 if starves else SPEED)
    if starves:
        third = len(steps) // 6 * 2
        for at in (2 * third, third):
            steps.insert(at, STALL)
    return [header, *steps]


def acts(scenario: str, seconds: float) -> list[tuple[float, str]]:
    """Return what the player is to do, and how long after it began to play."""
    if scenario != "paused":
        return []
    return [
        (at + more, verb)
        for at in (seconds / 4, seconds / 2)
        for more, verb in ((0.0, "pause"), (0.4, "resume"))
    ]


async def stop_server(sounds: SoundServer, seconds: float) -> None:
    """Stop the sound server twice for a moment, as a busy machine might."""
    process = sounds._process  # noqa: SLF001 - it is what is stopped
    assert process is not None
    for _ in range(2):
        await asyncio.sleep(seconds / 3)
        os.kill(process.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(STOPPED)
        finally:
            os.kill(process.pid, signal.SIGCONT)


async def measure(
    scenario: str, sounds: SoundServer, player: Kept, seconds: float
) -> Answer:
    """Play one scenario, and compare."""
    samples = telling(seconds, RATE)
    asked = {"do": "play", "acts": acts(scenario, seconds)}
    async with (
        wav_server(script(samples, scenario)) as server,
        asyncio.TaskGroup() as tasks,
    ):
        with sounds.record() as recorder:
            if scenario == "slipped":
                tasks.create_task(stop_server(sounds, seconds))
            told = await player.ask({**asked, "url": server.url})
            await asyncio.sleep(0.3)
    errors: Errors = errors_in(
        recorder.frames[:, 0], recorder.arrivals, samples, told["samples"]
    )
    p50, p95, p99 = np.percentile(errors.spread, [50, 95, 99]) * 1000
    gaps = [frames for _, frames in silences(recorder.frames[:, 0])]
    return Answer(
        scenario=scenario,
        samples=len(errors.spread),
        median_ms=round(errors.median * 1000, 2),
        p50_ms=round(float(p50), 2),
        p95_ms=round(float(p95), 2),
        p99_ms=round(float(p99), 2),
        max_ms=round(float(errors.spread.max()) * 1000, 2),
        off_ms=round(
            float(np.count_nonzero(errors.spread > 0.008)) * told["every"] * 1000
        ),
        silent_ms=round(sum(gaps) / RATE * 1000, 1),
        flags=told["flags"],
        steps=told["steps"],
        wanting=load(),
    )


async def measure_interrupts(
    sounds: SoundServer, player: Kept, runs: int
) -> Interrupted:
    """Interrupt *runs* streams, and look at how each ended."""
    samples = telling(3.0, RATE)
    chance = np.random.default_rng(3)
    told: list[dict[str, Any]] = []
    async with wav_server(script(samples, "interrupted")) as server:
        with sounds.record() as recorder:
            for _ in range(runs):
                after = float(chance.uniform(0.3, 0.9))
                asked = {"do": "interrupt", "url": server.url, "after": after}
                told.append(await player.ask(asked))
                await asyncio.sleep(0.3)
    cuts: list[Cut] = cuts_in(recorder.frames[:, 0], recorder.arrivals, samples)
    if len(cuts) != runs:
        raise PlayerFailed(f"{runs} streams, but {len(cuts)} were heard")
    pairs = list(zip(cuts, told, strict=True))
    silent = [cut.silent - each["called"] for cut, each in pairs]
    heard = [each["media_time"] - cut.media for cut, each in pairs]
    beyond = [
        when - each["latency"] for when, (_, each) in zip(silent, pairs, strict=True)
    ]
    tails = [when - each["tail"] for when, (_, each) in zip(silent, pairs, strict=True)]
    middle = float(np.median(heard))
    return Interrupted(
        runs=runs,
        silent_p50_ms=round(float(np.median(silent)) * 1000, 1),
        silent_max_ms=round(max(silent) * 1000, 1),
        latency_ms=round(
            float(np.median([each["latency"] for each in told])) * 1000, 1
        ),
        beyond_max_ms=round(max(beyond) * 1000, 1),
        tail_max_ms=round(max(tails) * 1000, 1),
        heard_p50_ms=round(middle * 1000, 2),
        heard_max_ms=round(max(abs(each - middle) for each in heard) * 1000, 2),
        step=round(
            max(cut.step for cut in cuts) / float(np.abs(np.diff(samples)).max()), 2
        ),
        wanting=load(),
    )


def judge(
    answers: Sequence[Answer], interrupted: Interrupted | None, simulated: float | None
) -> list[Wanted]:
    """Return what is wanted."""
    wanted: list[Wanted] = []
    for answer in answers:
        name, most = answer.scenario, 5.0 if answer.scenario == "steady" else 8.0
        wanted.append(Wanted(f"{name}: median", abs(answer.median_ms), 10.0))
        wanted.append(Wanted(f"{name}: spread, p99", answer.p99_ms, most))
    if interrupted is not None:
        beyond, heard = interrupted.beyond_max_ms, interrupted.heard_max_ms
        wanted += [
            Wanted("interrupt: silence after the call, beyond latency", beyond, 15.0),
            Wanted("interrupt: Heard, around the median", heard, 5.0),
            Wanted(
                "interrupt: largest step by the signal's own", interrupted.step, 1.0, ""
            ),
        ]
    if simulated is not None:
        wanted.append(Wanted("simulated, ±200 ppm: worst", simulated * 1000, 2.0))
    return wanted


def show(answers: Sequence[Answer], interrupted: Interrupted | None) -> None:
    """Print the answers as tables."""
    if answers:
        print(
            f"\n  {'':<10}{'samples':>8}{'median':>11}{'spread p50':>12}{'p95':>10}"
            f"{'p99':>10}{'max':>10}{'off > 8 ms':>12}{'silent':>11}{'flags':>7}"
            f"{'steps':>7}{'load':>7}"
        )
    for answer in answers:
        print(
            f"  {answer.scenario:<10}{answer.samples:>8}{answer.median_ms:>8.2f} ms"
            f"{answer.p50_ms:>9.2f} ms{answer.p95_ms:>7.2f} ms{answer.p99_ms:>7.2f} ms"
            f"{answer.max_ms:>7.2f} ms{answer.off_ms:>9.0f} ms"
            f"{answer.silent_ms:>8.1f} ms{answer.flags:>7}{answer.steps:>7}"
            f"{answer.wanting:>7}"
        )
    if interrupted is None:
        return
    cut = interrupted
    print(f"\n  {cut.runs} interrupts (load {cut.wanting})")
    print(f"    silent after {cut.silent_p50_ms:g} ms, {cut.silent_max_ms:g} at worst;")
    print(f"    the device keeps {cut.latency_ms:g} ms in hand;")
    print(f"    later than Heard.tail by {cut.tail_max_ms:g} ms at worst;")
    print(f"    Heard is {cut.heard_p50_ms:g} ms ahead of the recording at the median,")
    print(f"    {cut.heard_max_ms:g} ms around that at worst")


def parsed() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    every = [*SCENARIOS, "interrupted", "simulated"]
    add = parser.add_argument
    add("--seconds", type=float, default=SECONDS, help="of sound a scenario")
    add("--runs", type=int, default=RUNS, help="interrupts")
    add("--only", nargs="*", choices=every, default=every, help="these scenarios")
    add("--latency-ms", type=float, help="of the device; its own default without")
    add("--python-callback", action="store_true", help="not the one in C")
    add("--json", action="store_true", help="print JSON")
    return parser.parse_args()


async def measure_all(
    options: argparse.Namespace,
) -> tuple[list[Answer], Interrupted | None]:
    """Measure what needs a sound server; each scenario with a device of its own."""
    command = [sys.executable, str(ROOT / "bench" / "harness" / "position_player.py")]
    if options.latency_ms is not None:
        command += ["--latency-ms", str(options.latency_ms)]
    answers: list[Answer] = []
    interrupted = None
    for scenario in [name for name in options.only if name != "simulated"]:
        print(f"{scenario} …", file=sys.stderr)
        player = Kept("our player", command, deadline=options.seconds * 2 + 60)
        with sound_server() as sounds:
            environment = dict(sounds.environment)
            if options.python_callback:
                environment["STREAMER_NATIVE"] = "0"
            await player.open(environment)
            try:
                if scenario == "interrupted":
                    interrupted = await measure_interrupts(sounds, player, options.runs)
                else:
                    answers.append(
                        await measure(scenario, sounds, player, options.seconds)
                    )
            except PlayerFailed as error:
                print(error, file=sys.stderr)
            finally:
                await player.close()
    return answers, interrupted


async def main() -> None:
    """Measure, and say what came of it."""
    options = parsed()
    about = {**machine(), "device": "private PulseAudio"}
    with Bystander() as bystander:
        answers, interrupted = await measure_all(options)
    about["bystander"] = str(bystander)
    simulated = None
    if "simulated" in options.only:
        print("simulated …", file=sys.stderr)
        simulated = max(worst_error(-200.0), worst_error(200.0))
    wanted = judge(answers, interrupted, simulated)
    if options.json:
        every = [*answers, *([interrupted] if interrupted else [])]
        print_json(__doc__, about, every, wanted, simulated_worst=simulated)
        return
    print_head(__doc__, about)
    show(answers, interrupted)
    say_wanted(wanted)


if __name__ == "__main__":
    asyncio.run(main())
