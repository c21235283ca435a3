"""The worker's process, as its program has it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Any, Self

from streamer.errors import EngineLost, UsageError
from streamer.runner import whole
from streamer.worker.link import Does, Link
from streamer.worker.main import MAGIC

__all__ = ["Worker"]

_log = logging.getLogger("streamer")

_MAIN = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
whole, path = json.loads(sys.argv.pop())
sys.path[:] = path if whole else sys.path + path
from streamer.worker.main import main
main()
"""
"""What it runs: it imports from where the program does."""


_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
"""What ends it: on Windows all signals do."""


class Worker:
    """
    A process with the link to it; made by :meth:`start`.

    Attributes:
        link: What it is asked by.
    """

    EXIT = 1.0
    """Seconds that its exit code may take behind its last word."""

    def __init__(self, process: Process, does: Does) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._is_ending = False
        self._reason = ""
        does = {**does, "failed": self._note_failure}
        self.link = Link(process.stdout, process.stdin, does, lost=self._lost)
        self._running = asyncio.create_task(self._run(), name="engine process")

    @classmethod
    async def start(cls, python: str | None, does: Does) -> Self:
        """
        Start one.

        Args:
            python: The interpreter; that of the program where it is None.
            does: What it may ask of the program.

        Raises:
            UsageError: There is no such interpreter.
        """
        own = "" if getattr(sys, "frozen", False) else sys.executable
        command = python or own
        if not command:
            raise UsageError(
                "this program has no Python of its own that could run the engine; "
                "pass python=, or use streamer.Engine"
            )
        path = [entry for entry in sys.path if isinstance(entry, str)]
        told = json.dumps([command == own, path])
        # In a group of its own: Ctrl-C is the program's, from the first moment on.
        group: dict[str, Any] = {"process_group": 0}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                command, "-P", "-c", _MAIN, told, stdin=PIPE, stdout=PIPE, **group
            )
        )
        try:
            return cls(await _begun(await _started(starting, command)), does)
        except BaseException:
            # Cancelled itself, asyncio's call would look after the process that
            # another of its threads waits for, and that one would warn of it.
            await whole(_end_started(starting))
            raise

    async def end(self) -> None:
        """
        Have it end its engine.

        Raises:
            StreamerError: As the engine's own end.
        """
        self._is_ending = True
        await self.link.call("end")

    async def close(self, patience: float) -> None:
        """
        Let it end; kill it where it does not.

        Args:
            patience: Seconds to wait for it.
        """
        self._is_ending = True
        self._stdin.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._process.wait()
        finally:
            await _end(self._process)
            self.link.end()
            self._running.cancel()
            await asyncio.wait([self._running])
            await self.link.wait_quiet(patience)

    async def _run(self) -> None:
        """Hear what it says until it is gone."""
        try:
            await self.link.run()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.EXIT):
                    await self._process.wait()
            if not self._is_ending:
                _log.warning("%s", self._lost())
        finally:
            self.link.end()

    def _note_failure(self, reason: str) -> None:
        self._reason = reason

    def _lost(self) -> EngineLost:
        code = self._process.returncode
        ended = "it was ended" if code is None else f"its exit code is {code}"
        if self._is_ending:
            ended = "its block was left"
        return EngineLost(self._reason or ended)


async def _started(starting: asyncio.Future[Process], command: str) -> Process:
    try:
        return await asyncio.shield(starting)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            f"{command} cannot be started: {reason}; pass another python="
        ) from error


async def _end_started(starting: asyncio.Future[Process]) -> None:
    await asyncio.wait([starting])
    if starting.exception() is None:
        await _end(starting.result())


async def _end(process: Process) -> None:
    """Kill *process* where it still runs."""
    if process.returncode is None:
        # Its own kill() would take the exit code away from who waits for it.
        with suppress(OSError):  # it has ended; Windows says that it is not allowed
            os.kill(process.pid, _KILL)
        await process.wait()


async def _begun(process: Process) -> Process:
    """Return *process* once it will speak in frames."""
    assert process.stdout is not None
    try:
        await process.stdout.readuntil(MAGIC)
    except asyncio.IncompleteReadError as error:
        code = await process.wait()
        raise EngineLost(f"it could not begin, its exit code is {code}") from error
    except asyncio.LimitOverrunError as error:
        raise EngineLost("it printed instead of beginning") from error
    return process
