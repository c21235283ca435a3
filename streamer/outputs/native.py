"""
A renderer that runs no Python: the callback in C, and its memory.

Python reaches it through plain function addresses and keeps the interpreter
lock in each call: the calls take a microsecond, or a few where they wake a device's
thread, while a lock that is given up among busy threads comes back only after
milliseconds.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import os
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from streamer.errors import MissingComponent
from streamer.outputs.native_ring import NativeRing
from streamer.playback.ramp import falling_ramp, ramp_frames
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import (
    Done,
    NativeCallback,
    Renderer,
    Resting,
    Tally,
    Verb,
)
from streamer.playback.ring import Command, CommandQueue
from streamer.timing import Block

__all__ = [
    "NativeRenderer",
    "NativeTimer",
    "make_renderer",
    "native_missing",
]

Frames = npt.NDArray[np.float32]

_SWITCH = "STREAMER_NATIVE"
"""Environment variable; ``0`` makes the Python renderer serve."""

_POINTER, _INT, _FLOAT = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
_SIGNATURES: dict[str, tuple[Any, ...]] = {
    "state_bytes": (_INT,),
    "make": (
        *(None, _POINTER, _POINTER, _INT, _INT, _INT, _POINTER, _POINTER, _INT),
        *(_INT, _POINTER, _POINTER),
    ),
    "read_position": (_INT, _POINTER),
    "commanded": (_INT, _POINTER),
    "silence": (_INT, _POINTER),
    "commit": (None, _POINTER, _INT),
    "finish": (None, _POINTER, _INT),
    "write_through": (_INT, _POINTER, _INT, ctypes.c_char_p, _INT),
    "send": (_INT, _POINTER, _INT, _INT, _INT, _FLOAT),
    "take": (_INT, _POINTER, _POINTER, _INT),
    "rests": (_INT,),
    "let_rest": (None, _POINTER, _FLOAT, _FLOAT, _FLOAT),
    "rewind": (_INT, _POINTER, _INT, _INT),
    "tally": (None, _POINTER, _POINTER),
    "now": (_FLOAT,),
    "render": (None, _POINTER, _POINTER, _INT, _FLOAT, _FLOAT, ctypes.c_int32),
    "render_each": (None, _POINTER, _INT, _POINTER, _INT, *(_FLOAT,) * 3),
}
"""What each function returns, then what it takes; see ``_build_callback.py``."""

_RECORD = struct.Struct("=qqiiddiiqq")
"""``record`` of _callback.h: a block's eight fields, then a command's id and verb."""
_RECORDS, _COMMANDS, _COMMAND_BYTES = 4096, 64, 32


class Library:
    """The functions of the extension, none of which gives up the lock."""

    def __init__(self, extension: Any) -> None:  # noqa: ANN401 - a built module
        ffi, library = extension.ffi, extension.lib

        def address(name: str) -> int:
            function = ffi.addressof(library, f"streamer_{name}")
            return int(ffi.cast("uintptr_t", function))

        functions: dict[str, Callable[..., Any]] = {
            name: ctypes.PYFUNCTYPE(*signature)(address(name))
            for name, signature in _SIGNATURES.items()
        }
        self.callback = address("callback")
        self.resting_callback = address("resting_callback")
        self.state_bytes = functions["state_bytes"]
        self.make = functions["make"]
        self.read_position = functions["read_position"]
        self.commanded = functions["commanded"]
        self.silence = functions["silence"]
        self.commit = functions["commit"]
        self.finish = functions["finish"]
        self.write_through = functions["write_through"]
        self.send = functions["send"]
        self.take = functions["take"]
        self.rests = bool(functions["rests"]())
        self.let_rest = functions["let_rest"]
        self.rewind = functions["rewind"]
        self.tally = functions["tally"]
        self.now = functions["now"]
        self.render = functions["render"]
        self.render_each = functions["render_each"]


@functools.cache
def _load() -> Library | str:
    """Return the extension's functions, or why there are none."""
    try:
        return Library(importlib.import_module("streamer.outputs._native"))
    except (ImportError, AttributeError) as error:
        return str(error)


def native_missing() -> str | None:
    """
    Return one sentence where the callback in C does not serve, else None.

    Nothing is lost but steadiness: the Python renderer does the same.
    """
    cost = "sound is rendered in Python, and a busy program can make it stutter"
    if os.environ.get(_SWITCH) == "0":
        return f"the audio callback in C is switched off ({_SWITCH}=0): {cost}"
    library = _load()
    if isinstance(library, str):
        return (
            f"the audio callback in C is not there ({library}): {cost}; "
            "install a C compiler and Python's headers, then streamer again"
        )
    return None


def make_renderer(*, rate: int, channels: int, ring_seconds: float = 4.0) -> Renderer:
    """
    Return a renderer: the one in C where it is there, else the one in Python.

    Args:
        rate: Frames a second.
        channels: Samples a frame.
        ring_seconds: Sound that can wait to be played.
    """
    if native_missing():
        return PythonRenderer(rate=rate, channels=channels, ring_seconds=ring_seconds)
    return NativeRenderer(rate=rate, channels=channels, ring_seconds=ring_seconds)


def _address(array: npt.NDArray[Any]) -> int:
    assert array.flags.c_contiguous
    return int(array.__array_interface__["data"][0])


class NativeRenderer:
    """
    Fills blocks from a ring and records what it did, in C.

    Its memory lives as long as it does: whoever gave :attr:`native` to a
    device keeps it until the device is closed.

    Args:
        rate: Frames a second.
        channels: Samples a frame.
        ring_seconds: Sound that can wait to be played.
        history: Seconds of what was played that stay, for ``rewind``.
        fade: Seconds of the ramps of pause, flush, starvation and refill.
        gain_ramp: Seconds of the ramps of gain and mute.

    Raises:
        MissingComponent: It was not built.
    """

    TAKE = 64
    """Records fetched in one call."""

    def __init__(
        self,
        *,
        rate: int,
        channels: int,
        ring_seconds: float = 4.0,
        history: float = 0.5,
        fade: float = 0.005,
        gain_ramp: float = 0.010,
    ) -> None:
        self._library = library = _require()
        capacity = max(1, round(rate * ring_seconds))
        memory = capacity + round(rate * history)
        # Touched, too: while it plays the first round costs no page faults.
        frames = np.empty((memory, channels), np.float32)
        frames.fill(0.0)
        self._ramp = falling_ramp(ramp_frames(rate, fade))
        self._memory = [
            _touched(library.state_bytes()),
            _touched(_RECORDS * _RECORD.size),
            _touched(_COMMANDS * _COMMAND_BYTES),
            _touched(3 * channels * frames.itemsize),
        ]
        self._state, records, commands, scratch = map(_address, self._memory)
        self._taken = _touched(self.TAKE * _RECORD.size)
        self._taken_address = _address(self._taken)
        self._taken_view = self._taken.data.cast("B")
        self._ring = NativeRing(library, self._state, frames, capacity)
        self._queue = CommandQueue(self._push)
        self._out: Frames | None = None
        self._out_address = 0
        library.make(
            *(self._state, _address(frames), memory, capacity, channels, scratch),
            *(_address(self._ramp), len(self._ramp)),
            *(ramp_frames(rate, gain_ramp), records, commands),
        )

    @property
    def ring(self) -> NativeRing:
        """Where its frames come from."""
        return self._ring

    @property
    def native(self) -> NativeCallback:
        """What PortAudio can call without Python."""
        library, resting = self._library, None
        if library.rests:
            resting = Resting(library.resting_callback, self._let_rest)
        return NativeCallback(library.callback, self._state, resting)

    @property
    def commanded(self) -> bool:
        """Whether the next block has a command to carry out, or to end."""
        return bool(self._library.commanded(self._state))

    @property
    def fade_frames(self) -> int:
        """Length of the ramp of pause, flush, starvation and refill."""
        return len(self._ramp)

    def send_nowait(self, verb: Verb, *, value: float = 0.0, until: int = 0) -> int:
        """Tell it something; returns the id that its :class:`Done` will have."""
        return self._queue.send(verb, value=value, until=until)

    def take(self) -> tuple[list[Block], list[Done]]:
        """Return what it did since the last call, each oldest first."""
        blocks: list[Block] = []
        dones: list[Done] = []
        while count := self._library.take(self._state, self._taken_address, self.TAKE):
            self._read(count, blocks, dones)
            if count < self.TAKE:
                break
        if self._queue.waiting:
            self._queue.hand_on()
        return blocks, dones

    def tally(self) -> Tally:
        """Return what it has counted."""
        counts = np.zeros(5, np.int64)
        self._library.tally(self._state, _address(counts))
        return Tally(*counts.tolist())

    def render(self, out: Frames, time: float, delay: float, flags: int = 0) -> None:
        """
        Fill *out*, shape (frames, channels), and record it.

        Args:
            out: The block, C-contiguous; every frame of it is written.
            time: When it was asked for, in seconds of the engine's clock.
            delay: Seconds until its first frame is heard; NaN: unknown.
            flags: What PortAudio says; bit 2 is an output underflow.
        """
        if out is not self._out:
            assert out.dtype == np.float32
            assert out.shape[1] == self._ring.channels
            self._out, self._out_address = out, _address(out)
        self._library.render(
            self._state, self._out_address, len(out), time, delay, flags
        )

    def _let_rest(self, rate: float, full: float, least: float) -> None:
        self._library.let_rest(self._state, rate, full, least)

    def _push(self, command: Command) -> bool:
        id, verb, until = command.id, command.verb, command.until
        return bool(self._library.send(self._state, id, verb, until, command.value))

    def _read(self, count: int, blocks: list[Block], dones: list[Done]) -> None:
        for row in _RECORD.iter_unpack(self._taken_view[: count * _RECORD.size]):
            if row[8]:
                done = Done(row[8], Verb(row[9]), row[1], row[0])
                dones += self._queue.answer(done)
            else:
                blocks.append(Block(*row[:8]))


class NativeTimer:
    """
    Asks many renderers for a block at once, at the same exact time.

    It stands for devices whose clock is ours and that nobody hears, so blocks that
    only go on are recorded as one, and their samples stay where they are: most of
    what a block costs is to read them. It keeps the renderers' memory alive.

    Args:
        renderers: All of one rate and number of channels, and native.
        rate: Their frames a second.
    """

    def __init__(self, renderers: Sequence[NativeRenderer], rate: int) -> None:
        self._library = _require()
        self._renderers = tuple(renderers)
        self._rate = float(rate)
        states = [renderer.native.userdata for renderer in renderers]
        self._states = np.array(states, np.uintp)
        self._call = (_address(self._states), len(states))

    def render(self, out: Frames, time: float, delay: float) -> None:
        """
        Take a block from each of them in turn; see :meth:`NativeRenderer.render`.

        What *out*, the memory for a block, holds then means nothing.
        """
        self._library.render_each(
            *self._call, _address(out), len(out), self._rate, time, delay
        )


def _require() -> Library:
    library = _load()
    if isinstance(library, str):
        raise MissingComponent(
            "the audio callback in C",
            needed_for="sound without Python",
            mend="pip install --force-reinstall --no-deps . (where it was cloned)",
        )
    return library


def _touched(size_bytes: int) -> npt.NDArray[np.uint64]:
    """Zeroed memory whose pages are there: the audio thread faults on none."""
    memory = np.empty(-(-size_bytes // 8), np.uint64)
    memory.fill(0)
    return memory
