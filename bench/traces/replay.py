"""
Plays an arrival trace in virtual time: reader, player and device, policy included.

The device takes a block of 5 ms whenever one is due, of what was let go by then.
The player asks the policy on each arrival and, while it holds sound back, before
each block; it tells of a starvation when the late chunk comes.
tests/playback/test_player_replay.py holds it to the real one.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from streamer.timing.jitter import JitterPolicy

__all__ = ["BLOCK", "FixedPrefill", "Outcome", "Replay", "Trace", "read_trace"]

BLOCK = 0.005
"""Seconds that the device takes at once, and between two looks of the player."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One utterance as it arrived; times in seconds."""

    name: str
    """The file's, without suffix."""
    endpoint: str
    """Where it came from: the report's source."""
    arrivals: tuple[tuple[float, float], ...]
    """When, and the media there was in all by then; the last one is its end."""
    duration: float | None
    """What the header promised."""

    @property
    def family(self) -> str:
        """What its sender is like; a recording's is what its name begins with."""
        return self.name.rpartition("-")[0].rpartition("-")[0] or self.name

    @property
    def first(self) -> float:
        """When the first media came."""
        return self.arrivals[0][0]

    @property
    def oracle(self) -> float:
        """The smallest delay with which it never starves."""
        media = [0.0, *(media for _, media in self.arrivals)]
        late = [time - media[i] for i, (time, _) in enumerate(self.arrivals)]
        return max(late) - self.first

    @property
    def never_falls_below_its_average(self) -> bool:
        """Whether the pace from the first arrival on only ever grows."""
        paces = [
            before / (time - self.first)
            for (_, before), (time, _) in pairwise(self.arrivals)
            if time > self.first
        ]
        return all(b >= a * (1 - 1e-4) for a, b in pairwise(paces))


def read_trace(path: Path) -> Trace | None:
    """Return the trace of a report; None where it has no sound."""
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["streamer_report"] == 1, path
    if not report["format"] or len(report["arrivals"]) < 2 or not report["media_ms"]:
        return None
    format, total = report["format"], report["bytes"]
    bits = {"PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT_32": 4, "FLOAT_64": 8}
    frame_bytes = bits.get(format["encoding"], 1) * format["channels"]
    second = frame_bytes * format["rate"]
    # What is not sound came first; compressed sound is taken as evenly dense.
    header = total - round(report["media_ms"] / 1000 * format["rate"]) * frame_bytes
    if not 0 <= header <= 64 * 2**10:
        header, second = 0, total / report["media_ms"] * 1000
    arrivals, size = [], -header
    for time_ms, more in report["arrivals"]:
        size += more
        if size > 0:
            arrivals.append((time_ms / 1000, size / second))
    duration = report.get("duration_ms")
    return Trace(
        path.stem,
        report["source"],
        tuple(arrivals),
        None if duration is None else duration / 1000,
    )


class FixedPrefill(JitterPolicy):
    """So much in hand, at the start and after each starvation; it learns nothing."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def may_start(self, held: float, *, time: float, complete: bool) -> bool:
        """Return whether so much is in hand."""
        del time
        return complete or held >= self.seconds - 1e-9

    def wait(self, held: float, *, time: float) -> float:
        """Return 0.0 once so much is in hand; before, only arrivals help."""
        return 0.0 if self.may_start(held, time=time, complete=False) else math.inf


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trace was heard."""

    delay: float
    """Seconds from the first arrival to the first frame."""
    silent: float
    """Seconds of silence between the first and the last frame."""
    gaps: int
    """Pieces which that silence is in."""


class Replay:
    """A player and its device in virtual time; all in seconds."""

    def __init__(self, trace: Trace, policy: JitterPolicy) -> None:
        self.policy = policy
        self.trace = trace
        self.written = self.committed = self.played = 0.0
        self.flowing = self.starved = self.complete = self.silence = False
        self.begun: float | None = None
        self.silent = 0.0
        self.gaps = 0

    def run(self) -> Outcome:
        """Play it all."""
        trace = self.trace
        if trace.duration is not None:
            self.policy.receive_duration(trace.duration)
        number, block = 0, int(trace.first / BLOCK)
        while not (self.complete and self.played >= self.written - 1e-9):
            block += 1
            time = block * BLOCK
            while number < len(trace.arrivals) and trace.arrivals[number][0] <= time:
                self.arrive(number)
                number += 1
            self.look(time)
            self.take_block(time)
        assert self.begun is not None
        return Outcome(self.begun - trace.first, self.silent, self.gaps)

    def arrive(self, number: int) -> None:
        """Do what the reader does with a chunk."""
        time, self.written = self.trace.arrivals[number]
        self.policy.receive_arrival(time, self.written)
        self.let_go(time)
        if number == len(self.trace.arrivals) - 1:
            self.policy.receive_end(time)
            self.complete, self.committed = True, self.written

    def look(self, time: float) -> None:
        """Do what the player does when it polls: nothing while sound flows."""
        if not self.flowing and not self.complete:
            self.let_go(time)

    def let_go(self, time: float) -> None:
        """Do what the player does with what is held."""
        if self.flowing and self.starved and self.played >= self.committed - 1e-9:
            self.flowing = False
            self.policy.receive_starvation(time)
        held = round(self.written - self.committed, 9)  # the player's are whole frames
        if not self.flowing and held > 0:
            self.flowing = self.policy.may_start(held, time=time, complete=False)
        if self.flowing:
            self.committed = self.written

    def take_block(self, time: float) -> None:
        """Do what the device does."""
        taken = min(BLOCK, self.committed - self.played)
        self.played += taken
        if self.begun is None:
            self.begun = time if taken > 0 else None
        over = self.complete and self.played >= self.written - 1e-9
        if self.begun is None or over:
            return
        if taken > 0:
            self.silence = False
        self.starved = taken < BLOCK - 1e-9
        if self.starved:
            self.silent += BLOCK - taken
            self.gaps += not self.silence
            self.silence = True
