"""
How late the machine itself wakes a thread that does nothing but sleep.

It lives in a process of its own, so no interpreter keeps it waiting, and has the
priority that audio threads are given, where that is granted. What makes it late makes
every program late: a host that takes processors away, or work of a higher priority.

Standard library only.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

__all__ = ["Bystander", "Woken", "watch"]

BLOCK = 1 / 300
"""Seconds of a block, as our device asks for them."""
STAT = Path("/proc/stat")
PRIORITY = 1
"""Of SCHED_FIFO, as PortAudio gives it to its audio thread."""


@dataclass(frozen=True, slots=True)
class Woken:
    """What came of its sleeps."""

    wakes: int
    """Moments at which it was to be woken, one each period."""
    late: int
    """Those at which it was, by more than a period."""
    worst_ms: float
    """Most by which it was late."""
    realtime: bool
    """Whether it was given the priority."""


class Bystander:
    """
    Runs one in the background within the block.

    Args:
        period: Seconds from one wake to the next.

    Attributes:
        woken: What came of it; None before the block is over.
        stolen: Share of the processors' time that their host took away meanwhile,
            0 to 1; None where the system doesn't tell.
    """

    def __init__(self, period: float = BLOCK) -> None:
        self.woken: Woken | None = None
        self.stolen: float | None = None
        self._period = period
        self._command = [sys.executable, __file__, str(period)]

    def __str__(self) -> str:
        if self.woken is None:
            return "still there"
        least = self._period * 1000
        said = (
            f"woken late by more than {least:.1f} ms {self.woken.late:,} times of "
            f"{self.woken.wakes:,}, by {self.woken.worst_ms:g} ms at worst"
        )
        if self.stolen is None:
            return said
        return f"{said}; its host took {self.stolen:.1%} of the processors away"

    def __enter__(self) -> Self:
        self._before = _processors()
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it has begun
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        told, _ = self._process.communicate(timeout=20)
        self.woken = Woken(**json.loads(told))
        after = _processors()
        if self._before and after and after.whole > self._before.whole:
            stolen = after.stolen - self._before.stolen
            self.stolen = stolen / (after.whole - self._before.whole)


class _Processors(NamedTuple):
    """Ticks that processors have spent since the start."""

    whole: int
    """All of them."""
    stolen: int
    """When there was work, and their host did something else."""


def _processors() -> _Processors | None:
    """Return what Linux tells of all processors; None elsewhere."""
    try:
        ticks = [int(each) for each in STAT.read_text().split("\n")[0].split()[1:9]]
    except (OSError, ValueError):
        return None
    return _Processors(sum(ticks), ticks[7]) if len(ticks) == 8 else None


def watch(
    period: float,
    is_over: Callable[[], bool],
    *,
    realtime: bool,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> Woken:
    """Sleep from moment to moment until it is over, and tell how late that was."""
    wakes, late, worst = 0, 0, 0.0
    due = clock()
    while not is_over():
        due += period
        left = due - clock()
        if left > 0.0:
            sleep(left)
        behind = clock() - due
        wakes += 1
        late += behind > period
        worst = max(worst, behind)
    return Woken(wakes, late, round(worst * 1000, 2), realtime)


def main(period: float) -> None:
    """Watch until SIGTERM comes, and print what came of it."""
    ends: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ends.append(number))
    realtime = _ask_realtime()
    gc.disable()
    print("{}", flush=True)
    found = watch(period, lambda: bool(ends), realtime=realtime)
    print(json.dumps({name: getattr(found, name) for name in Woken.__slots__}))


def _ask_realtime() -> bool:
    """Take the priority; tell whether it was granted."""
    if not hasattr(os, "sched_setscheduler"):
        return False
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        return True
    return False


if __name__ == "__main__":
    main(float(sys.argv[1]))
