"""What Ctrl-C and a request to terminate do: end cleanly, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
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
    """

    PATIENCE = 2.0
    """Seconds that closing may take before a signal is allowed to break it off."""

    def __init__(self) -> None:
        self.caught: int | None = None
        """The first signal, or None."""
        self._since = 0.0
        self._cancel: Callable[[], object] | None = None

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

    def ignore(self) -> None:
        """Handle none any more: the program is about to end."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    def cancel_with(self, cancel: Callable[[], object]) -> None:
        """Call *cancel* at the first signal rather than raise; it runs at once."""
        self._cancel = cancel
        if self.caught is not None:
            cancel()

    def _handle(self, number: int, _frame: object) -> None:
        if self.caught is None:
            self.caught = number
            self._since = time.monotonic()
            if self._cancel is None:
                raise Interrupted
            self._cancel()
        elif time.monotonic() - self._since > self.PATIENCE:
            for say in last_words:
                say()
            if sys.stderr.isatty():
                os.write(2, b"\x1b[?25h\n")  # a live view hides the cursor
            os._exit(self.exit_code)
