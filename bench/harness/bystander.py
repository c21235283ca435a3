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
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

__all__ = ["Bystander", "Woken", "watch"]

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
    """

    def __init__(self, period: float) -> None:
        self.woken: Woken | None = None
        self._command = [sys.executable, __file__, str(period)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it has begun
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        told, _ = self._process.communicate(timeout=20)
        self.woken = Woken(**json.loads(told))


def watch(period: float) -> Woken:
    """Sleep from moment to moment until SIGTERM comes, and tell how late that was."""
    asked_to_end = False

    def end(*_: object) -> None:
        nonlocal asked_to_end
        asked_to_end = True

    signal.signal(signal.SIGTERM, end)
    realtime = _ask_realtime()
    gc.disable()
    print("{}", flush=True)
    wakes, late, worst = 0, 0, 0.0
    due = time.perf_counter()
    while not asked_to_end:
        due += period
        left = due - time.perf_counter()
        if left > 0.0:
            time.sleep(left)
        behind = time.perf_counter() - due
        wakes += 1
        late += behind > period
        worst = max(worst, behind)
    return Woken(wakes, late, round(worst * 1000, 2), realtime)


def _ask_realtime() -> bool:
    """Take the priority; tell whether it was granted."""
    if not hasattr(os, "sched_setscheduler"):
        return False
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        return True
    return False


if __name__ == "__main__":
    found = watch(float(sys.argv[1]))
    print(json.dumps({name: getattr(found, name) for name in Woken.__slots__}))
