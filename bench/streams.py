"""
What does one more stream cost, and how many can one process play?

One engine plays 1, 10, 100 and 500 streams at once, each at its pace (x1) over HTTP on
loopback, in chunks of 100 ms, on an output that nobody hears, in blocks of 20 ms. The
sender is a process of its own and its work is not counted. *cores* is the engine's
processor time by the time that went by, *memory* what the process took on for each
stream. *starved* counts streams that ran dry in the time observed, *late sender* is
the most by which the sender was late meanwhile: where that is more than a few
milliseconds they may be its fault. *silent* are streams that had not begun in time.

Then chunks of 20 ms: the largest number of streams that takes no more than one core
and starves none, beside aiohttp alone, which reads as many and does nothing with the
bytes. The number is looked for in a few steps, so it is a little low.

    python bench/streams.py [--counts 1 10 100 500] [--seconds S] [--no-search]
        [--resampled] [--profile] [--json]

``--profile`` prints where the time goes with the largest of the counts instead.
"""

from __future__ import annotations

import argparse
import asyncio
import os
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
from bench.peers.players import Kept, PlayerFailed  # noqa: E402

COUNTS = (1, 10, 100, 500)
SECONDS = 6.0
"""For which each number is observed."""
WARM = 1.5
"""Seconds before that, with all of them under way."""
RATE = 44_100
CHUNK = 0.1
SHORT = 0.02
"""Seconds of sound a chunk, in the first part and in the search."""
BLOCK = 0.02
FIRST = 100
"""Streams that the search begins with."""
PROBES = 4
"""Numbers that it tries behind that."""
MOST = 2_000
"""Beyond which it does not look."""
FULL = 0.95
"""Cores at which it stops: the next step would be more than one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One number of streams."""

    kind: str
    """``streamer``, or ``aiohttp`` alone."""
    streams: int
    """How many."""
    chunk_ms: float
    """Of sound a chunk."""
    cores: float
    """Processor time by time."""
    cpu_us: float
    """Processor time for a second of one stream, in microseconds."""
    memory_kib: float
    """Taken on for each stream."""
    starved: int
    """Streams that ran dry; for aiohttp, that got less than was sent."""
    starved_ms: float
    """For how long, all of them together."""
    silent: int
    """Streams that had not begun in time."""
    loop_late_ms: float
    """The most by which the event loop was late."""
    sender_late_ms: float | None
    """The most by which the sender was."""
    wanting: str
    """How many wanted a core in the minute before it was over."""
    profile: str = ""
    """Where the time went; empty where nobody asked."""

    @property
    def sustained(self) -> bool:
        """Whether it took no more than a core and none ran dry."""
        return self.cores <= 1.0 and not self.starved and not self.silent


def processes(chunk: float, seconds: float) -> tuple[Kept, Kept]:
    """Return a sender of chunks and a player, not started yet."""
    harness = ROOT / "bench" / "harness"
    sender = [sys.executable, str(harness / "pacer.py"), "--rate", str(RATE)]
    player = [sys.executable, str(harness / "streams_player.py")]
    sending = Kept("sender", [*sender, "--chunk", str(chunk)])
    return sending, Kept("player", player, deadline=seconds + 60)


async def measure(
    count: int, chunk: float, options: argparse.Namespace, *, bare: bool = False
) -> Answer:
    """Play *count* streams in a new process."""
    sending, playing = processes(chunk, options.seconds)
    try:
        await sending.open(dict(os.environ))
        await playing.open(dict(os.environ))
        url = (await sending.ask({"do": "url"}))["url"]
        asked = {
            "bare": bare,
            "count": count,
            "url": url,
            "rate": 48_000 if options.resampled and not bare else RATE,
            "block": BLOCK,
            "warm": WARM,
            "seconds": options.seconds,
            "profile": options.profile,
        }
        told: dict[str, Any] = await playing.ask(asked)
        late = (await sending.ask({"do": "lateness"}))["late_max_ms"]
    finally:
        await playing.close()
        await sending.close()
    return Answer(
        kind="aiohttp" if bare else "streamer",
        streams=count,
        chunk_ms=chunk * 1000,
        cores=round(told["cores"], 3),
        cpu_us=round(told["cores"] / count * 1e6, 1),
        memory_kib=round(told["bytes"] / count / 1024, 1),
        starved=told["starved"],
        starved_ms=told["starved_ms"],
        silent=told["silent"],
        loop_late_ms=told["loop_late_ms"],
        sender_late_ms=late,
        wanting=load(),
        profile=told["profile"],
    )


async def search(options: argparse.Namespace, *, bare: bool) -> list[Answer]:
    """Look for the largest number at short chunks; returns all that was tried."""
    tried: list[Answer] = []
    count: int | None = FIRST
    while count is not None and len(tried) <= PROBES:
        print(
            f"{count} streams, {'aiohttp alone' if bare else 'ours'} …", file=sys.stderr
        )
        tried.append(await measure(count, SHORT, options, bare=bare))
        count = next_count(tried)
    return tried


def next_count(tried: Sequence[Answer]) -> int | None:
    """Return the number to try next; None where there is nothing more to learn."""
    good = [each for each in tried if each.sustained]
    bad = [each.streams for each in tried if not each.sustained]
    if not good:
        return bad[-1] // 2 if bad[-1] > 1 else None
    best = max(good, key=lambda each: each.streams)
    if best.cores >= FULL or best.streams >= MOST:
        return None
    wish = round(best.streams * 0.98 / best.cores)
    if bad:
        wish = min(wish, (best.streams + min(bad)) // 2)
    wish = min(wish, MOST)
    return wish if wish > best.streams * 1.03 else None


def largest(tried: Sequence[Answer]) -> int:
    """Return the largest number that was sustained; 0 where none was."""
    return max((each.streams for each in tried if each.sustained), default=0)


@dataclass(frozen=True, slots=True)
class Fit:
    """The straight line through the costs."""

    base_cores: float
    """Of an engine without streams."""
    stream_us: float
    """Of one more, for a second, in microseconds."""
    bend: float
    """The largest distance from the line, by the largest cost."""


def fit(answers: Sequence[Answer]) -> Fit | None:
    """Return the line; None where there are fewer than three points."""
    if len(answers) < 3:
        return None
    counts = np.array([each.streams for each in answers], np.float64)
    cores = np.array([each.cores for each in answers])
    slope, base = np.polyfit(counts, cores, 1)
    off = np.abs(cores - (base + slope * counts)).max() / cores.max()
    return Fit(
        round(float(base), 4), round(float(slope) * 1e6, 1), round(float(off), 3)
    )


def judge(answers: Sequence[Answer], line: Fit | None) -> list[Wanted]:
    """Return what is wanted."""
    wanted: list[Wanted] = []
    for each in answers:
        if each.streams == 500:
            wanted.append(Wanted("500 streams: cores", each.cores, 0.6, ""))
        where = f"{each.streams} streams: starved or silent"
        wanted.append(Wanted(where, each.starved + each.silent, 0, ""))
    if line is not None:
        wanted.append(Wanted("off the straight line", line.bend, 0.1, "of the largest"))
    return wanted


def show(answers: Sequence[Answer]) -> None:
    """Print the answers as a table."""
    print(
        f"\n  {'':<10}{'streams':>8}{'chunk':>9}{'cores':>8}{'each':>13}{'memory':>13}"
        f"{'starved':>9}{'for':>12}{'silent':>8}{'late loop':>12}{'late sender':>13}"
        f"{'load':>7}"
    )
    for each in answers:
        late = "-" if each.sender_late_ms is None else f"{each.sender_late_ms:.1f} ms"
        print(
            f"  {each.kind:<10}{each.streams:>8}{each.chunk_ms:>6.0f} ms"
            f"{each.cores:>8.3f}{each.cpu_us:>8.0f} us/s{each.memory_kib:>9.0f} KiB"
            f"{each.starved:>9}{each.starved_ms:>9.1f} ms{each.silent:>8}"
            f"{each.loop_late_ms:>9.1f} ms{late:>13}{each.wanting:>7}"
        )


def parsed() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    add = parser.add_argument
    add("--counts", type=int, nargs="*", default=list(COUNTS), help="of streams")
    add("--seconds", type=float, default=SECONDS, help="for which each is observed")
    add("--no-search", action="store_true", help="without the largest number")
    add("--resampled", action="store_true", help="to 48,000 Hz; without, none is")
    add("--profile", action="store_true", help="where the time goes, and no more")
    add("--json", action="store_true", help="print JSON")
    return parser.parse_args()


async def main() -> None:
    """Measure, and say what came of it."""
    options = parsed()
    sound = "PCM_16 mono at 44,100 Hz"
    about = {
        **machine(),
        "sound": f"{sound}{', resampled' if options.resampled else ''}",
    }
    if options.profile:
        answer = await measure(max(options.counts), CHUNK, options)
        print_head(__doc__, about)
        show([answer])
        print(f"\n{answer.profile}")
        return
    answers: list[Answer] = []
    tried: dict[str, list[Answer]] = {"streamer": [], "aiohttp": []}
    try:
        with Bystander() as bystander:
            for count in options.counts:
                print(f"{count} streams …", file=sys.stderr)
                answers.append(await measure(count, CHUNK, options))
        about["bystander"] = str(bystander)
        if not options.no_search:
            for kind in tried:
                tried[kind] = await search(options, bare=kind == "aiohttp")
    except PlayerFailed as error:
        print(error, file=sys.stderr)
    line = fit(answers)
    wanted = judge(answers, line)
    report(options, about, answers, tried, line, wanted)


def report(
    options: argparse.Namespace,
    about: dict[str, str],
    answers: Sequence[Answer],
    tried: dict[str, list[Answer]],
    line: Fit | None,
    wanted: Sequence[Wanted],
) -> None:
    """Print it all."""
    every = [*answers, *(each for kind in tried.values() for each in kind)]
    most = {kind: largest(several) for kind, several in tried.items() if several}
    if options.json:
        print_json(__doc__, about, every, wanted, largest=most)
        return
    print_head(__doc__, about)
    show(every)
    if line is not None:
        print(
            f"\n  one more stream costs {line.stream_us:g} us a second, an engine "
            f"without any {line.base_cores:g} cores"
        )
    for kind, count in most.items():
        print(f"  {kind}: {count} streams in chunks of 20 ms on one core")
    say_wanted(wanted)


if __name__ == "__main__":
    asyncio.run(main())
