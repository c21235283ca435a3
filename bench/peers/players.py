"""Players that are asked, one after the other, to play a stream."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol

__all__ = ["Kept", "Once", "Player", "PlayerFailed", "find_peers"]

PEERS = Path(__file__).resolve().parent
DEADLINE = 30.0
"""Seconds after which a player that has not played a stream is given up."""
LINE_BYTES = 2**24
"""Longest line of an answer."""
ENDING = 5.0
"""Seconds that a player may take to end."""


class PlayerFailed(Exception):
    """A player ended, or did not answer; its own words say why."""


class Player(Protocol):
    """Plays streams aloud, one at a time."""

    name: str
    """As it is listed."""
    version: str
    """Of the program; empty for our own."""
    loads: bool
    """Whether it can be made to do other work in its own process meanwhile."""

    async def open(self, environment: dict[str, str]) -> None:
        """Get ready to play on the sound server of *environment*."""

    async def play(self, url: str, load: str = "idle") -> None:
        """Return once *url* was played under *load*, a key of ``LOADS``."""

    async def reopen(self) -> None:
        """Get ready again after it failed."""

    async def close(self) -> None:
        """End it; idempotent."""


@dataclass(slots=True)
class Kept:
    """
    A process that stays, its device open.

    A line of JSON asks it, a line of JSON is its answer; the first line says
    that it is ready.
    """

    name: str
    """As it is listed."""
    command: Sequence[str]
    """What starts it."""
    version: str = ""
    """Of the program; empty for our own."""
    deadline: float = DEADLINE
    """Seconds that an answer may take."""
    loads: bool = field(default=True, init=False)
    """It has Python in it."""
    _process: Process | None = field(default=None, init=False)
    """While it runs."""
    _environment: dict[str, str] = field(default_factory=dict, init=False)
    """Of the sound server."""
    _complaints: IO[bytes] | None = field(default=None, init=False)
    """What it writes to standard error; shown if it fails."""

    async def open(self, environment: dict[str, str]) -> None:
        """Start it; returns once it is ready."""
        self._environment = environment
        self._complaints = TemporaryFile()  # noqa: SIM115 - it is closed by close()
        self._process = await asyncio.create_subprocess_exec(
            *self.command,
            env=environment,
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._complaints,
            limit=LINE_BYTES,
        )
        await self._wait_line()

    async def play(self, url: str, load: str = "idle") -> None:
        """Return once *url* was played, under *load*."""
        await self.ask({"url": url, "load": load})

    async def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return its answer to *question*."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        await self._process.stdin.drain()
        answer: dict[str, Any] = json.loads(await self._wait_line())
        return answer

    async def reopen(self) -> None:
        """Start it anew."""
        await self.close()
        await self.open(self._environment)

    async def close(self) -> None:
        """Let it end; idempotent."""
        process, self._process = self._process, None
        if self._complaints is not None:
            self._complaints.close()
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(ENDING):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _wait_line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(self.deadline):
                if line := await self._process.stdout.readline():
                    return line
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        assert self._complaints is not None
        self._complaints.seek(0)
        complaints = self._complaints.read().decode(errors="replace")
        raise PlayerFailed(f"{self.name} failed:\n{complaints}")


@dataclass(slots=True)
class Once:
    """A program that is started for each stream and ends with it."""

    name: str
    """As it is listed."""
    command: Sequence[str]
    """What starts it; the address follows."""
    version: str = ""
    """Of the program."""
    loads: bool = field(default=False, init=False)
    """It has no interpreter that could be held."""
    _environment: dict[str, str] = field(default_factory=dict, init=False)
    """Of the sound server."""

    async def open(self, environment: dict[str, str]) -> None:
        """Keep the environment."""
        self._environment = environment

    async def play(self, url: str, load: str = "idle") -> None:
        """Run it; return once it ended. *load* can only be idle."""
        assert load == "idle"
        process = await asyncio.create_subprocess_exec(
            *self.command, url, env=self._environment, stdin=DEVNULL, stdout=DEVNULL
        )
        try:
            async with asyncio.timeout(DEADLINE):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            code = await process.wait()
        if code:
            raise PlayerFailed(f"{self.name} failed with code {code}")

    async def reopen(self) -> None:
        """Do nothing: it is started for each stream."""

    async def close(self) -> None:
        """Do nothing: it has ended."""


def find_peers(python: Path, *options: str, plain_mpv: bool = False) -> list[Player]:
    """
    Return those that are installed; a line tells of each that is not.

    Args:
        python: The interpreter that has RealtimeTTS.
        options: For its player: which sound it will get.
        plain_mpv: With mpv's own defaults as well; it takes seconds to begin.
    """
    peers: list[Player] = []
    if shutil.which("mpv"):
        version = answer("mpv", "--version").split()[1]
        mpv = ("mpv", "--no-config", "--no-terminal", "--no-video", "--ao=pulse")
        peers.append(Once("mpv low-latency", [*mpv, "--profile=low-latency"], version))
        if plain_mpv:
            peers.append(Once("mpv", mpv, version))
    else:
        left_out("mpv")
    script = str(PEERS / "realtimetts_player.py")
    if python.exists() and (version := answer(str(python), script, "--version")):
        command = [str(python), script, *options]
        peers.append(Kept("RealtimeTTS", command, version.strip()))
    else:
        left_out("RealtimeTTS")
    return peers


def answer(*command: str) -> str:
    """Return what *command* prints; empty if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout


def left_out(name: str) -> None:
    """Say that a peer is not there, and what brings it."""
    print(f"{name} is not installed and left out; make bench-peers", file=sys.stderr)
