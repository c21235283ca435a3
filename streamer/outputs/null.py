"""An output that nobody hears, with a device's timing."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import weakref
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streamer.outputs.base import OutputFormat
from streamer.playback.rendering import Renderer
from streamer.runner import Runner
from streamer.timing import Clock

__all__ = ["NullOutput"]

Frames = npt.NDArray[np.float32]


class NullOutput:
    """
    Takes blocks in real time and drops them.

    Each block falls due one block after the last, on a grid that starts with
    the output; a late task catches up without losing a frame, and its blocks
    count as asked for when they were due.

    All the outputs of one clock share one task, which wakes at most each 2.5 ms
    and takes what is due: an output costs its blocks and no task of its own.

    Args:
        rate: Frames a second.
        channels: Samples a frame.
        block: Seconds a block lasts; longer ones cost less and answer later.
        latency: Seconds from a block's due time until it counts as heard.
        offset: Seconds that are added to that, as a device's user would.
    """

    name = "null"
    paced = True

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
        self._seat: _Seat | None = None
        self._ticker: _Ticker | None = None

    async def open(self, clock: Clock, run: Runner) -> OutputFormat:  # noqa: ARG002 - Output
        """Return the format; nothing has to be had."""
        self._clock = clock
        return self._format

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """Begin to take blocks."""
        assert self._clock is not None
        frames = max(1, round(format.rate * self._block))
        self._seat = _Seat(
            renderer=renderer,
            format=format,
            frames=frames,
            delay=self.fallback_delay,
            begin=self._clock.time(),
        )
        self._ticker = _ticker_of(self._clock)
        self._ticker.seat(self._seat)

    async def close(self) -> None:
        """Stop taking blocks."""
        seat, self._seat = self._seat, None
        if seat is not None:
            assert self._ticker is not None
            await self._ticker.leave(seat)

    def failure(self) -> Exception | None:
        """Return None: nothing can go wrong."""
        return None

    async def recover(self, renderer: Renderer, format: OutputFormat) -> None:
        """Do nothing: it takes blocks."""


@dataclass(slots=True)
class _Seat:
    """One output's place among those that share a task."""

    renderer: Renderer
    """What fills its blocks."""
    format: OutputFormat
    """How."""
    frames: int
    """Frames a block."""
    delay: float
    """Seconds from a block's due time until it counts as heard."""
    begin: float
    """When its first block is due."""
    blocks: int = 0
    """How many it has taken."""
    left: bool = False
    """Whether it takes no more."""

    @property
    def due(self) -> float:
        """When its next block is: counted from the first, so nothing adds up."""
        return self.begin + self.blocks * self.frames / self.format.rate

    def take(self, out: Frames) -> None:
        """Take the next block; said as it was due: being late changes nothing."""
        self.renderer.render(out, self.due, self.delay)
        self.blocks += 1


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
        self._seats: list[tuple[float, int, _Seat]] = []
        self._order = itertools.count()
        self._count = 0
        self._outs: dict[tuple[int, int], Frames] = {}
        self._task: asyncio.Task[None] | None = None

    def seat(self, seat: _Seat) -> None:
        """Take the blocks of one more."""
        self._count += 1
        heapq.heappush(self._seats, (seat.due, next(self._order), seat))
        # It sleeps until the next of the others, which may be later.
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.create_task(self._run(), name="null outputs")

    async def leave(self, seat: _Seat) -> None:
        """Take no more blocks of *seat*."""
        seat.left = True
        self._count -= 1
        if self._count:
            return
        _TICKERS[asyncio.get_running_loop()].pop(id(self._clock), None)
        task, self._task = self._task, None
        assert task is not None
        task.cancel()
        await asyncio.wait([task])

    async def _run(self) -> None:
        clock, seats = self._clock, self._seats
        wake = 0.0
        while seats:
            await clock.sleep_until(max(seats[0][0], wake))
            now = clock.time()
            while seats and seats[0][0] <= now:
                self._take_each(now)
                # Where it is late, who brings sound gets a turn before the
                # next blocks are taken.
                await asyncio.sleep(0)
            wake = now + self.PAUSE

    def _take_each(self, now: float) -> None:
        """Take one block of each that is due."""
        taken = []
        while self._seats and self._seats[0][0] <= now:
            _, order, seat = heapq.heappop(self._seats)
            if not seat.left:
                seat.take(self._out(seat))
                taken.append((seat.due, order, seat))
        for entry in taken:
            heapq.heappush(self._seats, entry)

    def _out(self, seat: _Seat) -> Frames:
        """Return memory for a block; all of one shape share it, as nobody looks."""
        shape = (seat.frames, seat.format.channels)
        out = self._outs.get(shape)
        if out is None:
            out = self._outs[shape] = np.zeros(shape, np.float32)
        return out


_TICKERS: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, _Ticker]]
_TICKERS = weakref.WeakKeyDictionary()
"""Those that run, by their loop and by their clock's id: they keep the clock."""


def _ticker_of(clock: Clock) -> _Ticker:
    tickers = _TICKERS.setdefault(asyncio.get_running_loop(), {})
    return tickers.setdefault(id(clock), _Ticker(clock))
