"""
The one thread of the process that calls PortAudio.

PortAudio is not made for several threads, Windows ties its streams to the
thread that initialised it (COM), and any of its calls can hang with a sound
server that does. So one thread makes all of them, and whoever waits for one
does so with a bound.
"""

from __future__ import annotations

import atexit
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError as WaitedTooLong
from typing import Any, TypeVar

from streamer.errors import OutputError

__all__ = ["LIMIT", "call", "is_stuck", "leave_out_if_stuck"]

T = TypeVar("T")

LIMIT = 5.0
"""Seconds that a call may take: a sleeping Bluetooth sink needs two or three."""


class _Caller:
    """
    The one thread that calls PortAudio; it is made at the first call.

    Windows ties PortAudio's streams to the thread that initialised it (COM),
    which is another reason to have only one. A daemon: a call that never ends
    must not keep the process.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]]
        self._calls = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self.stuck = False
        """Whether a call took longer than its limit and is not over."""

    def call(
        self,
        function: Callable[[], T],
        *,
        limit: float,
        too_late: Callable[[T], object] | None,
    ) -> T:
        if self.stuck:
            raise WaitedTooLong
        future: Future[T] = Future()
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="portaudio", daemon=True
                )
                self._thread.start()
        self._calls.put((future, function))
        try:
            return future.result(limit)
        except WaitedTooLong:
            if not future.cancel():  # it runs
                self.stuck = not future.done()
                if too_late is not None:
                    future.add_done_callback(lambda done: _hand(done, too_late))
            raise

    def _run(self) -> None:
        while True:
            future, function = self._calls.get()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function())
                except BaseException as error:  # noqa: BLE001 - the caller's to judge
                    future.set_exception(error)
                self.stuck = False
            del future, function


def _hand(done: Future[T], taker: Callable[[T], object]) -> None:
    if done.exception() is None:
        taker(done.result())


_CALLER = _Caller()


def call(
    function: Callable[..., T],
    *args: object,
    limit: float = LIMIT,
    too_late: Callable[[T], object] | None = None,
) -> T:
    """
    Call ``function(*args)`` on PortAudio's thread; blocks, so for an executor.

    Args:
        function: What to call.
        args: What with.
        limit: Seconds after which it is left to itself.
        too_late: Gets, on that thread, a result that came after that.

    Raises:
        OutputError: The sound system did not answer within *limit*.
    """
    try:
        return _CALLER.call(lambda: function(*args), limit=limit, too_late=too_late)
    except WaitedTooLong as error:
        reason = f"the sound system did not answer for {limit:g} s"
        raise OutputError("any device", reason) from error


def is_stuck() -> bool:
    """Return whether PortAudio's thread hangs in a call; any thread may ask."""
    return _CALLER.stuck


def leave_out_if_stuck(farewell: Callable[[], object]) -> None:
    """
    Keep *farewell*, which atexit has, from being called while a call hangs.

    sounddevice closes PortAudio when the program ends; with a sound server
    that hangs, so would the program.
    """

    def leave() -> None:
        if _CALLER.stuck:
            atexit.unregister(farewell)

    atexit.register(leave)  # later than the farewell, so called before it
