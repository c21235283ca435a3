from __future__ import annotations

import asyncio
import os
import signal
import termios
from contextlib import asynccontextmanager

import pytest

from streamer.cli import keys, signals
from streamer.cli.keys import Controls, pressed
from streamer.errors import OutputError


class Stream:
    """Notes what it is told."""

    def __init__(self):
        self.told = []
        self.fail = None

    def __getattr__(self, name):
        async def note(*values):
            if self.fail is not None:
                raise self.fail
            self.told.append((name, *values))

        return note


@asynccontextmanager
async def acting(controls):
    task = asyncio.create_task(controls.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def press(typed, *, gain=1.0):
    """What a stream is told by *typed*, and how things stand then."""
    stream = Stream()
    controls = Controls(stream, gain=gain)
    async with acting(controls):
        controls.press(typed)
        for _ in range(100):
            await asyncio.sleep(0)
    return stream.told, controls


@pytest.mark.parametrize(
    ("typed", "told", "status"),
    [
        (" ", [("pause",)], "paused"),
        ("  ", [("pause",), ("resume",)], ""),
        ("m", [("mute", True)], "muted"),
        ("mM", [("mute", True), ("mute", False)], ""),
        ("s", [("skip",)], ""),
        (" s", [("pause",), ("skip",)], ""),
        ("q", [("interrupt",)], ""),
        ("xyz\n\t7", [], ""),
        ("\x1b[A\x1bOm\x1b[1;5s\x1bq", [], ""),
        ("", [], ""),
    ],
)
async def test_keys(typed, told, status):
    found, controls = await press(typed)
    assert found == told
    assert controls.status == status


@pytest.mark.parametrize(
    ("typed", "gain", "level", "status"),
    [
        ("+", 1.0, 2, "+2 dB"),
        ("=", 1.0, 2, "+2 dB"),
        ("-", 1.0, -2, "-2 dB"),
        ("-+", 1.0, 0, ""),
        ("-", 0.5, -8, "-8 dB"),
        ("+", 0.0, -58, "-58 dB"),
        ("+" * 30, 1.0, 18, "+18 dB"),
        ("-" * 32, 1.0, -60, "-60 dB"),
    ],
)
async def test_louder_and_softer(typed, gain, level, status):
    told, controls = await press(typed, gain=gain)
    name, factor = told[-1]
    assert name == "set_gain"
    assert factor == pytest.approx(10 ** (level / 20), rel=0.01)
    assert factor <= 8.0
    assert controls.status == status


async def test_only_so_many_keys_wait():
    """A cat on the keyboard is dropped, not remembered."""
    stream = Stream()
    controls = Controls(stream)
    controls.press("m" * 1_000)
    async with acting(controls):
        for _ in range(100):
            await asyncio.sleep(0)
    assert len(stream.told) == Controls.WAITING


async def test_a_key_that_fails_is_said_and_the_next_one_works(capfd):
    stream = Stream()
    controls = Controls(stream)
    stream.fail = OutputError("x", "gone")
    async with acting(controls):
        controls.press("m")
        for _ in range(10):
            await asyncio.sleep(0)
        stream.fail = None
        controls.press("s")
        for _ in range(10):
            await asyncio.sleep(0)
    assert capfd.readouterr().err == "streamer: cannot write sound to x: gone\n"
    assert stream.told == [("skip",)]


async def test_q_is_told():
    _, controls = await press("q")
    assert controls.stopped.is_set()


# -- the terminal -------------------------------------------------------------


@pytest.fixture
def terminal():
    """Both ends of a terminal: who types, and who reads."""
    typing, reading = os.openpty()
    yield typing, reading
    os.close(typing)
    os.close(reading)


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - it is the terminal's
            await asyncio.sleep(0.001)


def echoes(descriptor):
    return bool(termios.tcgetattr(descriptor)[3] & (termios.ECHO | termios.ICANON))


async def test_a_key_acts_without_return_and_is_not_shown(terminal):
    typing, reading = terminal
    before = termios.tcgetattr(reading)
    stream = Stream()

    async with pressed(Controls(stream), reading) as there:
        assert there
        assert not echoes(reading)
        os.write(typing, b" ")
        await until(lambda: stream.told)

    assert stream.told == [("pause",)]
    assert termios.tcgetattr(reading) == before
    assert signals.last_words == []


async def test_the_terminal_is_given_back_after_an_error(terminal):
    _, reading = terminal
    before = termios.tcgetattr(reading)
    with pytest.raises(RuntimeError):
        async with pressed(Controls(Stream()), reading):
            raise RuntimeError
    assert termios.tcgetattr(reading) == before
    assert signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_terminal_is_given_back_where_the_program_is_ended_at_once(terminal):
    """A second Ctrl-C, later, ends it without a way through the block's end."""
    _, reading = terminal
    before = termios.tcgetattr(reading)
    async with pressed(Controls(Stream()), reading):
        for say in signals.last_words:
            say()
        assert termios.tcgetattr(reading) == before


async def test_a_stopped_program_leaves_the_terminal_as_it_was(terminal, monkeypatch):
    """Ctrl-Z, then fg: given back while it stands still, and taken again."""
    typing, reading = terminal
    before = termios.tcgetattr(reading)
    stream, seen = Stream(), []

    def stop(_, number):
        assert number == signal.SIGTSTP
        assert signal.getsignal(number) == signal.SIG_DFL
        seen.append(termios.tcgetattr(reading))

    async with pressed(Controls(stream), reading):
        with monkeypatch.context() as patched:
            patched.setattr(os, "kill", stop)
            signal.raise_signal(signal.SIGTSTP)
            await until(lambda: seen)
        await until(lambda: not echoes(reading))
        os.write(typing, b"m")
        await until(lambda: stream.told)

    assert seen == [before]
    assert stream.told == [("mute", True)]
    assert termios.tcgetattr(reading) == before


async def test_a_program_that_comes_to_the_front_takes_the_terminal(
    terminal, monkeypatch
):
    """A shell's fg sends no signal to a program that runs already."""
    _, reading = terminal
    front = False
    monkeypatch.setattr(keys, "_in_front", lambda _: front)
    monkeypatch.setattr(keys._Terminal, "LOOK", 0.001)
    async with pressed(Controls(Stream()), reading):
        await asyncio.sleep(0.01)
        assert echoes(reading)
        front = True
        await until(lambda: not echoes(reading))
    assert echoes(reading)


async def test_a_terminal_that_hangs_up_ends_nothing(terminal):
    typing, reading = os.openpty()
    async with pressed(Controls(Stream()), reading):
        os.close(typing)
        await asyncio.sleep(0.01)
    os.close(reading)


async def test_without_a_terminal_there_are_no_keys():
    """As in these tests, where standard input is none."""
    async with pressed(Controls(Stream())) as there:
        assert not there
