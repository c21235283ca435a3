from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import typer

from streamer.cli import run
from streamer.emulator import EmulatorOptions, ResembleEmulator
from streamer.testing import wav
from tests.cli.background import in_background, talking_server

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str

    def fails(self, code: int, *words: str) -> None:
        """Hold it to one clear sentence on stderr with *words*, and the exit code."""
        assert self.code == code, self.err
        assert self.out == ""
        assert self.err.count("\n") == 1, self.err
        assert self.err.startswith("streamer: ")
        assert "Traceback" not in self.err
        assert "unexpected" not in self.err
        for word in words:
            assert word in self.err


Command = Callable[..., Result]


_made = cache(typer.main.get_command)


@pytest.fixture
def command(capfd, monkeypatch) -> Command:
    """
    Runs the command in this process.

    What typer makes of the functions is the same each time, and is kept: making it
    takes longer than most of the tests.
    """
    monkeypatch.setattr("typer.main.get_command", _made)

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        said = capfd.readouterr()
        assert threading.active_count() == 1 or not stray_threads()
        return Result(code, said.out, said.err)

    return call


def stray_threads() -> list[str]:
    """Names of the engine's threads that still live."""
    return [
        thread.name
        for thread in threading.enumerate()
        if thread.name.startswith("streamer") and not _ends(thread)
    ]


def _ends(thread: threading.Thread) -> bool:
    thread.join(2)
    return not thread.is_alive()


@contextmanager
def emulating(options: EmulatorOptions | None = None) -> Iterator[str]:
    """Yield the address of an emulator that runs in a thread of its own."""
    with in_background(ResembleEmulator(options)) as emulator:
        yield emulator.url


@pytest.fixture
def tone(tmp_path) -> Path:
    """A file with 0.1 s of sound."""
    path = tmp_path / "tone.wav"
    time = np.arange(800, dtype=np.float32) / 8000
    path.write_bytes(wav(np.sin(time * 2765).astype(np.float32) / 2, 8000))
    return path


@pytest.fixture
def emulate():
    """Makes an emulator in a thread of its own, for a ``with``."""
    return emulating


@pytest.fixture
def talking():
    """Yield the address of a server that tells one utterance to each listener."""
    with talking_server() as address:
        yield address
