"""
Real-time priority for the threads behind a device, where the system grants it.

Core Audio and WASAPI give it by themselves. With ALSA it has to be asked for:
PortAudio does for the thread that calls back (SCHED_FIFO at 1, the least
there is), when it is told to before the stream starts; for the thread through
which libpulse talks to its server nobody does, and the callback is as late as
that one. What is refused (no RLIMIT_RTPRIO, no CAP_SYS_NICE) is left as it is.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["ask_realtime", "hurry_helpers", "is_realtime_granted"]

HELPERS = {"threaded-ml"}
"""What threads are called through which a sound library serves a stream."""
PRIORITY = 1
"""What PortAudio takes, too; sound servers take 5 and more."""
THREADS = Path("/proc/self/task")


def is_realtime_granted() -> bool:
    """
    Return whether audio threads of this process get real-time priority.

    On Linux it is tried on the thread that calls, and taken back.
    """
    if sys.platform != "linux":
        return True
    try:
        policy, before = os.sched_getscheduler(0), os.sched_getparam(0)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        os.sched_setscheduler(0, policy, before)
    except OSError:  # musl has no such calls, and a sandbox may refuse them
        return False
    return True


def ask_realtime(sounddevice: ModuleType, stream: Any) -> bool:  # noqa: ANN401 - no stubs
    """
    Have *stream*'s audio thread run in real time once it is started.

    Args:
        sounddevice: The module.
        stream: Its stream, of an ALSA device; opened and not started.

    Returns:
        Whether PortAudio was asked; it does not say what came of it.
    """
    try:
        library, pointer = sounddevice._libname, stream._ptr  # noqa: SLF001 - no public way
        enable = ctypes.CDLL(library).PaAlsa_EnableRealtimeScheduling
    except (OSError, AttributeError):
        return False  # built without ALSA
    enable.argtypes, enable.restype = (ctypes.c_void_p, ctypes.c_int), None
    enable(int(sounddevice._ffi.cast("uintptr_t", pointer)), 1)  # noqa: SLF001 - as above
    return True


def hurry_helpers() -> None:
    """Give the threads of this process that serve a stream the same priority."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):  # there may be no /proc
        for thread in THREADS.iterdir():
            _hurry(thread)


def _hurry(thread: Path) -> None:
    """Give a thread priority if it is one of those; it may end meanwhile."""
    with contextlib.suppress(OSError):
        if (thread / "comm").read_text().strip() in HELPERS:
            parameter = os.sched_param(PRIORITY)
            os.sched_setscheduler(int(thread.name), os.SCHED_FIFO, parameter)
