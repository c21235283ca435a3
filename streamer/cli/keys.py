"""Keys while something is heard: pause, mute, loudness, skip, stop."""

from __future__ import annotations

import asyncio
import math
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from streamer.cli.show import say
from streamer.cli.signals import last_words
from streamer.errors import StreamerError

__all__ = ["HINT", "Controls", "pressed"]

HINT = "space pause · m mute · + - gain · s skip · q stop"
"""What the keys do; shown where there is room."""

STEP_DB = 2
"""How much louder or softer one key makes it."""
FLOOR_DB, CEILING_DB = -60, 18
"""Between which it can be set."""

_SEQUENCE = re.compile(r"\x1b(?:[\[O][0-?]*[ -/]*[@-~]|.)?", re.DOTALL)
"""What arrows and other keys send; no letter in it is one that was pressed."""


class Controlled(Protocol):
    """What keys act on: an engine's stream."""

    async def pause(self) -> None: ...
    async def resume(self) -> None: ...
    async def set_gain(self, gain: float) -> None: ...
    async def mute(self, muted: bool) -> None: ...
    async def skip(self) -> object: ...
    async def interrupt(self) -> object: ...


class Controls:
    """
    What the keys do, and how things stand.

    Args:
        stream: What they act on.
        gain: How loud it is now, as a factor.

    Attributes:
        stopped: Set once ``q`` was pressed.
    """

    WAITING = 32
    """Keys that may wait to be carried out; further ones are dropped."""

    def __init__(self, stream: Controlled, *, gain: float = 1.0) -> None:
        self.stopped = asyncio.Event()
        self._stream = stream
        self._gain = gain
        self._paused = False
        self._muted = False
        self._keys: asyncio.Queue[str] = asyncio.Queue(self.WAITING)

    @property
    def status(self) -> str:
        """How things stand, in a word or two; empty where all is as usual."""
        words = ["paused"] if self._paused else []
        if self._muted:
            words.append("muted")
        elif self._gain != 1.0:
            words.append(f"{_decibels(self._gain):+.0f} dB" if self._gain else "gain 0")
        return ", ".join(words)

    def press(self, keys: str) -> None:
        """Take what was typed; it is carried out in order by :meth:`run`."""
        for key in _SEQUENCE.sub("", keys):
            if key.lower() in self._actions():
                with suppress(asyncio.QueueFull):
                    self._keys.put_nowait(key.lower())

    async def run(self) -> None:
        """Carry out what is pressed, until cancelled."""
        while True:
            action = self._actions()[await self._keys.get()]
            try:
                await action()
            except StreamerError as error:
                say(str(error))

    def _actions(self) -> dict[str, Callable[[], Awaitable[None]]]:
        return {
            " ": self._toggle_pause,
            "m": self._toggle_mute,
            "+": self._louder,
            "=": self._louder,  # + without shift
            "-": self._softer,
            "s": self._skip,
            "q": self._stop,
        }

    async def _toggle_pause(self) -> None:
        self._paused = not self._paused
        await (self._stream.pause() if self._paused else self._stream.resume())

    async def _toggle_mute(self) -> None:
        self._muted = not self._muted
        await self._stream.mute(self._muted)

    async def _louder(self) -> None:
        await self._set_gain(STEP_DB)

    async def _softer(self) -> None:
        await self._set_gain(-STEP_DB)

    async def _set_gain(self, step: int) -> None:
        level = round(_decibels(self._gain) / STEP_DB) * STEP_DB + step
        level = min(max(level, FLOOR_DB), CEILING_DB - CEILING_DB % STEP_DB)
        self._gain = min(10 ** (level / 20), 8.0) if level else 1.0
        await self._stream.set_gain(self._gain)

    async def _skip(self) -> None:
        self._paused = False  # a skip lifts a pause
        await self._stream.skip()

    async def _stop(self) -> None:
        self._paused = False
        self.stopped.set()
        await self._stream.interrupt()


def _decibels(gain: float) -> float:
    return 20 * math.log10(gain) if gain > 0 else FLOOR_DB


@asynccontextmanager
async def pressed(
    controls: Controls, descriptor: int | None = None
) -> AsyncIterator[bool]:
    """
    Let keys of a terminal act on *controls* while the block runs.

    Yields whether there is such a terminal: both standard input and standard
    error are one, it is ours to read just now, and the system has its modes
    (Windows has not). Its modes are given back at the end, whatever ends the
    block, and while the program is stopped with Ctrl-Z.

    Args:
        controls: What the keys do.
        descriptor: The terminal; standard input where it is None.
    """
    if descriptor is None:
        descriptor = _own_terminal()
    if descriptor is None:
        yield False
        return
    task = asyncio.create_task(controls.run(), name="keys")
    terminal = _Terminal(descriptor, controls.press)
    try:
        terminal.open()
        yield True
    finally:
        terminal.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _own_terminal() -> int | None:
    if sys.stdin is None or not hasattr(os, "tcgetpgrp"):
        return None
    try:
        descriptor = sys.stdin.fileno()
        ours = os.isatty(descriptor) and sys.stderr.isatty()
        return descriptor if ours and _in_front(descriptor) else None
    except (OSError, ValueError):  # it is closed
        return None


def _in_front(descriptor: int) -> bool:
    """Whether who types at *descriptor* types to this program."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # a terminal that controls nobody
        return True


class _Terminal:
    """
    A terminal that gives each key at once and shows none.

    Args:
        descriptor: Where it is read.
        press: Called with what was typed.
    """

    LOOK = 0.2
    """Seconds between looks whether it is ours: a shell does not always tell."""

    def __init__(self, descriptor: int, press: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._press = press
        self._modes: list[Any] | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begin to read keys, and look after Ctrl-Z."""
        last_words.append(self._give_back)
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.add_signal_handler(signal.SIGCONT, self._take)
        self._look()

    def close(self) -> None:
        """Give the terminal back."""
        if self._timer is not None:
            self._timer.cancel()
        self._give_back()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        self._loop.remove_signal_handler(signal.SIGCONT)
        last_words.remove(self._give_back)

    def _look(self) -> None:
        """Take the terminal, now or once it is ours again: after bg and fg."""
        self._take()
        self._timer = self._loop.call_later(self.LOOK, self._look)

    def _take(self) -> None:
        """Take the terminal, if it is ours to take."""
        import termios

        if self._modes is not None or not _in_front(self._descriptor):
            return
        with suppress(termios.error):  # it is gone
            self._modes = termios.tcgetattr(self._descriptor)
            changed = [*self._modes[:6], list(self._modes[6])]
            changed[3] &= ~(termios.ICANON | termios.ECHO)
            changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, changed)
            self._loop.add_reader(self._descriptor, self._read)

    def _give_back(self) -> None:
        """Give it back as it was; from a handler of signals too."""
        import termios

        modes, self._modes = self._modes, None
        if modes is None:
            return
        self._loop.remove_reader(self._descriptor)
        if _in_front(self._descriptor):  # else whoever is set it as it likes
            with suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, modes)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 256)
        except OSError:
            data = b""
        if data:
            self._press(data.decode("utf-8", "replace"))
        else:  # hung up
            self._loop.remove_reader(self._descriptor)

    def _suspend(self) -> None:
        """Stop, as Ctrl-Z asks, with the terminal as it was found."""
        self._give_back()
        if sys.stderr.isatty():
            os.write(2, b"\x1b[?25h\r\n")  # a live view hides the cursor
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._take()
        if sys.stderr.isatty() and self._modes is not None:
            os.write(2, b"\x1b[?25l")
