"""Runs a command: the event loop, its signals, errors as exit codes."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from streamer.cli.scrubbing import Scrubber, ScrubbingFormatter, secrets_in
from streamer.cli.show import say
from streamer.cli.signals import Signals
from streamer.errors import StreamerError, UsageError

__all__ = ["DONE", "FAILED", "USAGE", "guarded", "run_async", "set_up"]

DONE, FAILED, USAGE = 0, 1, 2

_signals: Signals | None = None
_debug = False
_scrub = Scrubber()


def set_up(
    *, debug: bool, signals: Signals | None, arguments: Sequence[str] = ()
) -> None:
    """
    Say how the commands that follow are to be run.

    Args:
        debug: Show tracebacks and logs.
        signals: What ends a command.
        arguments: The command line; what is secret in it is not shown.
    """
    global _signals, _debug, _scrub
    scrub = Scrubber(secrets_in(arguments, os.environ))
    _signals, _debug, _scrub = signals, debug, scrub
    logger = logging.getLogger()
    if debug:
        handler = logging.StreamHandler()
        handler.setFormatter(ScrubbingFormatter(scrub))
        logging.basicConfig(level=logging.DEBUG, handlers=[handler])
    elif not logger.handlers:
        # Without a handler Python prints warnings itself.
        logger.addHandler(logging.NullHandler())


def run_async(main: Coroutine[Any, Any, int]) -> int:
    """
    Run *main* in an event loop of its own; returns its exit code.

    The first signal cancels it; it has the time it needs to let go.
    """
    # What is loaded stays: looking through it for garbage takes 20 ms and more, for
    # which sound that comes would wait.
    gc.freeze()
    try:
        return asyncio.run(_supervise(main))
    finally:
        gc.unfreeze()
        main.close()  # where a signal came before it was begun


async def _supervise(main: Coroutine[Any, Any, int]) -> int:
    task = asyncio.ensure_future(main)
    signals = _signals
    if signals is not None:
        loop = asyncio.get_running_loop()
        signals.cancel_with(lambda: loop.call_soon_threadsafe(task.cancel))
    try:
        code = await task
    except asyncio.CancelledError:
        if signals is None or signals.caught is None:
            raise
        return signals.exit_code
    return code if signals is None or signals.caught is None else signals.exit_code


def guarded(command: Callable[[], int]) -> int:
    """Call *command*; an error becomes one sentence and an exit code."""
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read standard output has had enough; nothing is left to say.
        _forget_stdout()
        return DONE
    except Exception as error:  # noqa: BLE001 - the program's outermost boundary
        return _failed(_first(error))
    return code


def _failed(error: BaseException) -> int:
    if _debug:
        with suppress(OSError, ValueError):  # nobody reads it
            sys.stderr.write(_scrub("".join(traceback.format_exception(error))))
    if isinstance(error, UsageError):
        say(str(error))
        return USAGE
    if isinstance(error, StreamerError):
        say(str(error))
    elif isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        say(f"{(error.strerror or str(error)).lower()}{where}")
    else:
        again = "" if _debug else "; run it again with --debug to see where"
        said = _scrub(str(error))
        say(f"unexpected {type(error).__name__}: {said} (a fault of streamer{again})")
    return FAILED


def _first(error: BaseException) -> BaseException:
    """The first error of a group of them."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _forget_stdout() -> None:
    """Let what is left in the buffer go nowhere, or Python complains at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
