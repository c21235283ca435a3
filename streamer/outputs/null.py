"""An output that nobody hears, with a device's timing."""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from streamer.outputs.base import OutputFormat
from streamer.outputs.native import NativeRenderer, NativeTimer
from streamer.playback.rendering import Renderer
from streamer.runner import Runner
from streamer.timing import Clock

__all__ = ["NullOutput"]

Frames = npt.NDArray[np.float32]


class NullOutput:
    """
    Takes blocks in real time and drops them.

    Each block falls due one block after the last; a late task catches up without
    losing a frame, and its blocks count as asked for when they were due.

    All the outputs of one clock share one task, which wakes at most each 2.5 ms
    and takes what is due. Those alike share their grid too, so that an output
    begins within a block and costs no Python: one call fills a block of each.

    Args:
        rate: Frames a second.
        channels: Samples a frame.
        block: Seconds a block lasts; longer ones cost less and answer later.
        latency: Seconds from a block's due time until it counts as heard.
        offset: Seconds that are added to that, as a device's user would.
    """

    name = "null"
    paced = True
    gathers_delay = False

    def __init__(
        self,
        *,
        rate: int = 48_000,
        channels: int = 1,
        block: float = 0.005,
        latency: float = 0.010,
        offset: float = 0.0,
    ) -> None:
        self._format = OutputFormat(rate, channels)
        self._block = block
        self.fallback_delay = latency
        self.offset = offset
        self._clock: Clock | None = None
        self._seat: tuple[Renderer, _Key] | None = None
        self._ticker: _Ticker | None = None

    async def open(self, clock: Clock, run: Runner) -> OutputFormat:  # noqa: ARG002 - Output
        """Return the format; nothing has to be had."""
        self._clock = clock
        return self._format

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """Begin to take blocks."""
        assert self._clock is not None
        frames = max(1, round(format.rate * self._block))
        self._seat = (renderer, (frames, format, self.fallback_delay))
        self._ticker = _ticker_of(self._clock)
        self._ticker.seat(*self._seat)

    async def close(self) -> None:
        """Stop taking blocks."""
        seat, self._seat = self._seat, None
        if seat is not None:
            assert self._ticker is not None
            await self._ticker.leave(*seat)

    def failure(self) -> Exception | None:
        """Return None: nothing can go wrong."""
        return None

    async def let_go(self) -> None:
        """Do nothing: it takes blocks."""

    async def recover(self, renderer: Renderer, format: OutputFormat) -> None:
        """Do nothing: it takes blocks."""


@dataclass(slots=True, eq=False)
class _Row:
    """Outputs whose blocks fall due together: of one length, format and delay."""

    frames: int
    """Frames a block."""
    format: OutputFormat
    """How they are filled."""
    delay: float
    """Seconds from a block's due time until it counts as heard."""
    begin: float
    """When its first block was due."""
    out: Frames
    """Memory for a block; all share it, as nobody looks."""
    blocks: int = 0
    """How many each has taken, or missed before it came."""
    renderers: list[Renderer] = field(default_factory=list)
    """What fills the blocks; in Python, or in C."""
    fillers: tuple[Renderer | NativeTimer, ...] | None = None
    """The same, with all those in C as one; None: to be made anew."""

    @property
    def due(self) -> float:
        """When the next block is: counted from the first, so nothing adds up."""
        return self.begin + self.blocks * self.frames / self.format.rate

    def take(self) -> None:
        """Take a block of each; said as it was due: being late changes nothing."""
        due = self.due
        for filler in self.fillers or self._arranged():
            filler.render(self.out, due, self.delay)
        self.blocks += 1

    def _arranged(self) -> tuple[Renderer | NativeTimer, ...]:
        native, others = [], []
        for renderer in self.renderers:
            if isinstance(renderer, NativeRenderer):
                native.append(renderer)
            else:
                others.append(renderer)
        timers = [NativeTimer(native, self.format.rate)] if native else []
        self.fillers = (*timers, *others)
        return self.fillers


_Key = tuple[int, OutputFormat, float]
"""What the outputs of a row have in common: frames a block, format, delay."""


class _Ticker:
    """
    The task that takes the blocks of all outputs of a clock.

    Args:
        clock: Whose time it is.
    """

    PAUSE = 0.0025
    """Seconds between two wakes, at the least."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: dict[_Key, _Row] = {}
        self._task: asyncio.Task[None] | None = None

    def seat(self, renderer: Renderer, key: _Key) -> None:
        """Take the blocks of one more, from the next that falls due."""
        row = self._rows.get(key)
        if row is None:
            frames, format, delay = key
            out = np.zeros((frames, format.channels), np.float32)
            row = _Row(frames, format, delay, self._clock.time(), out)
            self._rows[key] = row
        row.renderers.append(renderer)
        row.fillers = None
        if len(row.renderers) > 1:
            return
        # It sleeps until the next of the other rows, which may be later.
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._run(), name="null outputs")

    async def leave(self, renderer: Renderer, key: _Key) -> None:
        """Take no more blocks of *renderer*."""
        row = self._rows[key]
        row.renderers.remove(renderer)
        row.fillers = None
        if row.renderers:
            return
        del self._rows[key]
        if self._rows:
            return
        _TICKERS[asyncio.get_running_loop()].pop(id(self._clock), None)
        task, self._task = self._task, None
        assert task is not None
        task.cancel()
        await asyncio.wait([task])

    async def _run(self) -> None:
        clock, wake = self._clock, 0.0
        while self._rows:
            due = min(row.due for row in self._rows.values())
            await clock.sleep_until(max(due, wake))
            now = clock.time()
            while due_now := [row for row in self._rows.values() if row.due <= now]:
                for row in due_now:
                    row.take()
                # Where it is late, who brings sound gets a turn before the
                # next blocks are taken.
                await asyncio.sleep(0)
            wake = now + self.PAUSE


_TICKERS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, _Ticker]]
_TICKERS = weakref.WeakKeyDictionary()
"""Those that run, by their loop and by their clock's id: they keep the clock."""


def _ticker_of(clock: Clock) -> _Ticker:
    tickers = _TICKERS.setdefault(asyncio.get_running_loop(), {})
    return tickers.setdefault(id(clock), _Ticker(clock))
