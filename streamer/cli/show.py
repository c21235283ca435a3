"""What a person sees: results, notes, and a live line on a terminal."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["Held", "fit_stdout", "put", "say", "say_on_terminal", "showing", "write"]

FRAME = 1 / 15
"""Seconds between two pictures of a live view."""

_live_console: Console | None = None


def put(line: str) -> None:
    """Write a result to standard output, at once."""
    write(line + "\n")
    sys.stdout.flush()


def write(text: str) -> None:
    """Write to standard output, as :func:`fit_stdout` says."""
    fit_stdout()
    sys.stdout.write(text)


def fit_stdout() -> None:
    """
    Make standard output UTF-8, whatever the locale says; a terminal keeps its own.

    A character that can't be written becomes ``?``.
    """
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        encoding = stream.encoding if stream.isatty() else "utf-8"
        if (stream.encoding, stream.errors) != (encoding, "replace"):
            stream.reconfigure(encoding=encoding, errors="replace")


def say(sentence: str) -> None:
    """Write a sentence for a person to standard error, above a live view."""
    line = f"streamer: {' '.join(sentence.split())}"
    if _live_console is not None:
        _live_console.print(line, markup=False, highlight=False, soft_wrap=True)
    else:
        with suppress(OSError, ValueError):  # nobody reads it
            sys.stderr.write(line + "\n")
            sys.stderr.flush()


class Held:
    """A note that waits until it matters; it may never do."""

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._released = False

    def say(self, sentence: str) -> None:
        """Say *sentence* once :meth:`release` was called."""
        self._waiting.append(sentence)
        if self._released:
            self.release()

    def release(self) -> None:
        """Say what waits, and what comes from now on at once."""
        self._released = True
        while self._waiting:
            say(self._waiting.pop(0))


def say_on_terminal(sentence: str) -> None:
    """Write a sentence to standard error where a person looks on."""
    if sys.stderr.isatty():
        say(sentence)


def _in_front() -> bool:
    """Whether standard error is a terminal, and ours to draw on."""
    if not sys.stderr.isatty():
        return False
    if not hasattr(os, "tcgetpgrp"):
        return True
    try:
        return os.tcgetpgrp(sys.stderr.fileno()) == os.getpgrp()
    except OSError:  # a terminal that controls nobody
        return True


@asynccontextmanager
async def showing(
    view: Callable[[Console], RenderableType], *, whole: bool = False
) -> AsyncIterator[None]:
    """
    Show *view* anew 15 times a second while the block runs, on a terminal.

    Where standard error is none, or the terminal is another program's just now
    (``streamer serve &``), nothing is shown and *view* is not called.

    Args:
        view: Makes the picture for a console; called in the loop's thread.
        whole: Take the whole screen and give it back at the end.
    """
    if not _in_front():
        yield
        return
    global _live_console  # noqa: PLW0603 - there is one terminal
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    live = Live(
        view(console),
        console=console,
        auto_refresh=False,
        transient=True,
        screen=whole,
    )
    with live:
        _live_console = console
        task = asyncio.create_task(_draw(live.update, view, console), name="view")
        try:
            yield
        finally:
            _live_console = None
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _draw(
    update: Callable[..., None],
    view: Callable[[Console], RenderableType],
    console: Console,
) -> None:
    while True:
        if _in_front():  # it may have been put into the background
            update(view(console), refresh=True)
        await asyncio.sleep(FRAME)
