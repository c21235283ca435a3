"""
What a machine that stands still does to tests of sound and time.

A host may take the processors of a virtual machine away for longer than any device has
sound in hand. Whoever only sleeps at the audio thread's priority is late then, too, and
says so: what was heard meanwhile says nothing of streamer.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from bench.harness.bystander import Bystander
from tests.real.playing import LATENCY
from tests.real.sound_server import Frames

__all__ = ["stall_of", "undisturbed", "without_stalls"]

Test = Callable[..., Awaitable[None]]

RUNS = 5
"""Times that a test is run, at the most."""
STILL = 0.020
"""Seconds by which a sleeper is woken late where the machine stood still."""


def undisturbed(test: Test) -> Test:
    """
    Have a failure count only where the machine did not stand still meanwhile.

    Else the test is run again; the last run counts whatever the machine did.
    """

    @functools.wraps(test)
    async def run(*args, **kwargs) -> None:
        for left in reversed(range(RUNS)):
            with Bystander() as machine:
                error = await _error_of(test(*args, **kwargs))
            if error is None:
                return
            if not left or machine.woken.worst_ms < 1000 * STILL:
                raise error

    return run


async def _error_of(running: Awaitable[None]) -> AssertionError | None:
    try:
        await running
    except AssertionError as error:
        return error
    return None


def stall_of(*machines: Bystander) -> float:
    """Seconds for which a machine stood still, if that may be heard; else 0."""
    worst = max(one.woken.worst_ms / 1000 for one in machines)
    return worst if worst > LATENCY / 2 else 0.0


def without_stalls(frames: Frames, machine: Bystander) -> Frames:
    """Leave out silence in *frames*, where *machine* stood still meanwhile."""
    return frames[frames != 0.0] if stall_of(machine) else frames
