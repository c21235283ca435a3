"""What Ctrl-C and a request to terminate do: end cleanly, never a traceback."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

__all__ = ["Interrupted", "Signals", "last_words"]

last_words: list[Callable[[], None]] = []
"""What is still done where the program is ended at once: a terminal's modes."""


class Interrupted(KeyboardInterrupt):
    """
    A signal came before the event loop ran.

    A class of its own: once a plain KeyboardInterrupt has passed through
    ``exec``, as in making a dataclass, Python ends by killing itself with
    SIGINT rather than with the exit code, though it was caught.
    """


class Signals:
    """
    The program's handler of SIGINT and SIGTERM.

    Before the event loop runs, the first signal raises
    :exc:`Interrupted`; while it runs, it cancels the main task. What
    follows lets go of devices, files and sockets. Further signals change
    nothing for :data:`PATIENCE` seconds; after that one ends the program at
    once.

    What is raised where Python passes no exception on (the end of an object,
    which importing brings about often) is raised once more behind it.
    """

    PATIENCE = 2.0
    """Seconds that closing may take before a signal is allowed to break it off."""
    AGAIN = 0.005
    """Seconds until what Python could not pass on is raised again."""

    def __init__(self) -> None:
        self.caught: int | None = None
        """The first signal, or None."""
        self._since = 0.0
        self._cancel: Callable[[], object] | None = None
        self._ignored = False

    @property
    def exit_code(self) -> int:
        """128 and the signal: 130 after Ctrl-C."""
        return 128 + (self.caught or signal.SIGINT)

    def install(self) -> None:
        """Begin to handle signals; in the main thread only."""
        for number in (signal.SIGINT, signal.SIGTERM):
            # A shell starts what runs in its background with SIGINT ignored.
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._handle)
        report = sys.unraisablehook

        def look(told: sys.UnraisableHookArgs) -> None:
            if isinstance(told.exc_value, Interrupted):
                self._raise_again()
            else:
                report(told)

        sys.unraisablehook = look

    def ignore(self) -> None:
        """Handle none any more: the program is about to end."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def cancel_with(self, cancel: Callable[[], object]) -> None:
        """Call *cancel* at the first signal rather than raise; it runs at once."""
        self._cancel = cancel
        self._ignored = False
        if self.caught is not None:
            cancel()

    def _begin_to_end(self) -> None:
        if self._cancel is None:
            raise Interrupted
        self._cancel()

    def _raise_again(self) -> None:
        self._ignored = True
        again = threading.Timer(self.AGAIN, _interrupt_main, [self.caught])
        again.daemon = True
        again.start()

    def _handle(self, number: int, _frame: object) -> None:
        if self.caught is None:
            self.caught = number
            self._since = time.monotonic()
            self._begin_to_end()
        elif self._ignored:
            self._ignored = False
            self._begin_to_end()
        elif time.monotonic() - self._since > self.PATIENCE:
            for say in last_words:
                say()
            if sys.stderr.isatty():
                os.write(2, b"\x1b[?25h\n")  # a live view hides the cursor
            os._exit(self.exit_code)


def _interrupt_main(number: int) -> None:
    """Send the main thread a signal, from another one; it wakes where it waits."""
    if sys.platform == "win32":
        _thread.interrupt_main(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)
