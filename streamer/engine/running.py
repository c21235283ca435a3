"""What an engine runs on: its executor, and its turns of the interpreter."""

from __future__ import annotations

import asyncio
import math
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

__all__ = ["Executor", "Turns", "quick_turns"]

T = TypeVar("T")


class Executor:
    """The one executor for what blocks: files, devices, the local voice."""

    THREADS = 4
    """Calls that run at once; more wait in line."""
    PATIENCE = 2.0
    """Seconds that closing waits for calls that still run."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.THREADS, thread_name_prefix="streamer")
        self._calls: set[Future[Any]] = set()

    async def run(self, function: Callable[..., T], /, *args: object) -> T:
        """Call ``function(*args)`` in a thread and return its result."""
        call = self._pool.submit(function, *args)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return await asyncio.wrap_future(call)

    async def close(self) -> None:
        """
        Drop the calls that wait, and let the threads go.

        Calls that run are waited for, but not for long: one that hangs must
        not keep a program from ending its other work.
        """
        self._pool.shutdown(wait=False, cancel_futures=True)
        calls = [asyncio.wrap_future(call) for call in self._calls]
        ended = asyncio.gather(*calls, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(ended, self.PATIENCE)


class _Asked:
    """Who asked for which switch interval; it is the whole process's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: list[float] = []
        self._before = self._set = 0.0

    def ask(self, interval: float) -> None:
        with self._lock:
            if not self._asked:
                self._before = self._set = sys.getswitchinterval()
            self._asked.append(interval)
            try:
                self._apply()
            except ValueError:
                self._asked.remove(interval)
                raise

    def ask_instead(self, interval: float, other: float) -> None:
        with self._lock:
            self._asked[self._asked.index(interval)] = other
            self._apply()

    def let_go(self, interval: float) -> None:
        with self._lock:
            self._asked.remove(interval)
            self._apply()

    def _apply(self) -> None:
        if sys.getswitchinterval() == self._set:  # else it is somebody else's now
            sys.setswitchinterval(min([self._before, *self._asked]))
            self._set = sys.getswitchinterval()


_ASKED = _Asked()


class Turns:
    """
    How often busy threads hand over the interpreter to one engine.

    Quick turns help against threads that run Python. A call in C that keeps the
    interpreter is waited for to its end, however short the turns are; once it is
    over they are one's own, and what is done in them isn't done before the next
    such call. So while there are such calls, turns are as long as they were.

    Args:
        interval: Seconds; None: as they were.
    """

    HELD = 0.030
    """Seconds of waiting that threads which hand over in quick turns don't cause."""
    OFTEN, LAST = 3, 8
    """Of how many waits in a row, the last so many, that is to be said: a machine that
    stands still now and then causes one, a thread that lives in such calls most."""
    TRIED_AFTER = 5.0
    """Seconds after which quick turns are tried again, whatever is waited for: beside
    several busy threads long turns alone are as late. Sooner where the last so many
    waits were short."""
    TRIED_AT_LAST = 60.0
    """The same at the most: each trial that fails doubles it, as one may cost a start
    a whole call."""

    def __init__(self, interval: float | None) -> None:
        self._quick = self._asked = interval
        self._held_until: float | None = None
        self._held_last = -math.inf
        self._pause = self.TRIED_AFTER
        self._waits: deque[bool] = deque(maxlen=self.LAST)

    @property
    def is_held(self) -> bool:
        """Whether calls keep the interpreter, as far as is known."""
        return self._held_until is not None

    def was_held_since(self, time: float) -> bool:
        """Whether calls have kept the interpreter at or behind a moment."""
        return self._held_last >= time

    def begin(self) -> None:
        """Ask for quick turns."""
        if self._asked is not None:
            _ASKED.ask(self._asked)

    def end(self) -> None:
        """Ask for them no more."""
        if self._asked is not None:
            _ASKED.let_go(self._asked)

    def note_wait(self, seconds: float, *, time: float, flowing: bool = True) -> None:
        """
        Learn for how long somebody waited for the interpreter.

        Args:
            seconds: For how long.
            time: When that was over, in seconds of any clock; always the same.
            flowing: Whether sound flows: there is work, and no start that a trial of
                quick turns could make late.
        """
        if self._held_until is None:
            self._waits.append(seconds >= self.HELD)
            if sum(self._waits) >= self.OFTEN:
                self._held_until = time + self._pause
                self._held_last = time
                self._waits.clear()
                self._pause = min(2 * self._pause, self.TRIED_AT_LAST)
                self._ask(math.inf)
            elif len(self._waits) == self.LAST and not any(self._waits):
                self._pause = self.TRIED_AFTER
        elif flowing:
            late = seconds >= self.HELD
            self._held_last = time if late else self._held_last
            self._waits.append(late)
            short = len(self._waits) == self.LAST and not any(self._waits)
            if short or time >= self._held_until:
                self._held_until = None
                self._waits.clear()
                self._ask(self._quick)

    def _ask(self, interval: float | None) -> None:
        if self._asked is not None and interval is not None:
            _ASKED.ask_instead(self._asked, interval)
            self._asked = interval


@contextmanager
def quick_turns(interval: float | None) -> Iterator[Turns]:
    """
    Have busy threads hand over the interpreter every *interval* seconds.

    The shortest of all that are asked for holds; it is never made longer, and
    with the last of them what was there before is put back, unless somebody
    else has changed it. None leaves it alone.
    """
    turns = Turns(interval)
    turns.begin()
    try:
        yield turns
    finally:
        turns.end()
