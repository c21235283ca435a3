"""Players that are asked, one after the other, to play a stream."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol

__all__ = ["Kept", "Once", "Player", "find_peers"]

PEERS = Path(__file__).resolve().parent
DEADLINE = 30.0
"""Seconds after which a player that has not played a stream is given up."""
ENDING = 5.0
"""Seconds that a player may take to end."""


class Player(Protocol):
    """Plays streams aloud, one at a time."""

    name: str
    """As it is listed."""
    version: str
    """Of the program; empty for our own."""

    async def open(self, environment: dict[str, str]) -> None:
        """Get ready to play on the sound server of *environment*."""

    async def play(self, url: str) -> None:
        """Return once *url* was played."""

    async def close(self) -> None:
        """End it; idempotent."""


@dataclass(slots=True)
class Kept:
    """A process that stays, its device open: takes addresses, answers with lines."""

    name: str
    """As it is listed."""
    command: Sequence[str]
    """What starts it."""
    version: str = ""
    """Of the program; empty for our own."""
    _process: Process | None = field(default=None, init=False)
    """While it runs."""
    _complaints: IO[bytes] = field(default_factory=TemporaryFile, init=False)
    """What it writes to standard error; shown if it fails."""

    async def open(self, environment: dict[str, str]) -> None:
        """Start it; returns once it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            *self.command,
            env=environment,
            stdin=PIPE,
            stdout=PIPE,
            stderr=self._complaints,
        )
        await self._wait_line()

    async def play(self, url: str) -> None:
        """Return once *url* was played."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(url.encode() + b"\n")
        await self._process.stdin.drain()
        await self._wait_line()

    async def close(self) -> None:
        """Let it end; idempotent."""
        process, self._process = self._process, None
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

    async def _wait_line(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(DEADLINE):
            if await self._process.stdout.readline():
                return
            await self._process.wait()
        self._complaints.seek(0)
        complaints = self._complaints.read().decode(errors="replace")
        sys.exit(f"{self.name} failed:\n{complaints}")


@dataclass(slots=True)
class Once:
    """A program that is started for each stream and ends with it."""

    name: str
    """As it is listed."""
    command: Sequence[str]
    """What starts it; the address follows."""
    version: str = ""
    """Of the program."""
    _environment: dict[str, str] = field(default_factory=dict, init=False)
    """Of the sound server."""

    async def open(self, environment: dict[str, str]) -> None:
        """Keep the environment."""
        self._environment = environment

    async def play(self, url: str) -> None:
        """Run it; return once it ended."""
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
            sys.exit(f"{self.name} failed with code {code}")

    async def close(self) -> None:
        """Do nothing: it has ended."""


def find_peers(python: Path) -> list[Player]:
    """Return those that are installed; a line tells of each that is not."""
    peers: list[Player] = []
    if shutil.which("mpv"):
        version = answer("mpv", "--version").split()[1]
        mpv = ("mpv", "--no-config", "--no-terminal", "--no-video", "--ao=pulse")
        peers.append(Once("mpv low-latency", [*mpv, "--profile=low-latency"], version))
        peers.append(Once("mpv", mpv, version))
    else:
        left_out("mpv")
    script = str(PEERS / "realtimetts_player.py")
    if python.exists() and (version := answer(str(python), script, "--version")):
        peers.append(Kept("RealtimeTTS", [str(python), script], version.strip()))
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
