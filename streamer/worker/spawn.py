"""The worker's process, as its program has it."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Self

from streamer.errors import EngineLost, UsageError
from streamer.worker.link import Does, Link

__all__ = ["Worker"]

_MAIN = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "from streamer.worker.host import main; main()"
)
"""What it runs: it imports from where the program does."""


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
        try:
            process = await asyncio.create_subprocess_exec(
                command, "-c", _MAIN, json.dumps(sys.path), stdin=PIPE, stdout=PIPE
            )
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise UsageError(
                f"{command} cannot be started: {reason}; pass another python="
            ) from error
        return cls(process, does)

    async def close(self, patience: float) -> None:
        """
        Let it end; kill it where it does not.

        Args:
            patience: Seconds to wait for it.
        """
        self._stdin.close()
        try:
            async with asyncio.timeout(patience):
                await self._process.wait()
        except TimeoutError:
            pass
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            self.link.end()
            self._running.cancel()
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        """Hear what it says until it is gone."""
        try:
            await self.link.run()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.EXIT):
                    await self._process.wait()
        finally:
            self.link.end()

    def _lost(self) -> EngineLost:
        code = self._process.returncode
        return EngineLost(
            "it was ended" if code is None else f"its exit code is {code}"
        )
