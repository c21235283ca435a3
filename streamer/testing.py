"""
Fakes for testing what is built on streamer: time that stands still, sound that
is kept, sources that follow a script.

Public: tests of programs that embed streamer may use them.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from streamer.audio import Encoding, Format, TimedText, encode, wav_header
from streamer.errors import StreamerError
from streamer.outputs import OutputFormat
from streamer.playback import Renderer
from streamer.runner import Runner
from streamer.sources import Facilities
from streamer.timing import Clock

__all__ = ["FakeClock", "RecordingOutput", "ScriptedSource", "run_inline", "wav"]

T = TypeVar("T")


class FakeClock:
    """
    A clock that moves only when it is told to.

    Whoever sleeps on it is woken in the order of their times, and all that
    they do without sleeping again is done before time moves on.
    """

    SETTLE = 30
    """Turns of the event loop that woken tasks get before time moves on."""

    def __init__(self, time: float = 0.0) -> None:
        self._time = time
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def time(self) -> float:
        """Return the time in seconds."""
        return self._time

    async def sleep_until(self, time: float) -> None:
        """Return once the clock was moved to *time*."""
        if time <= self._time:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (time, next(self._order), woken))
        await woken

    async def advance(self, seconds: float) -> None:
        """Move on by *seconds*, waking everybody whose time comes."""
        end = self._time + seconds
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self.tick()
            await self._settle()
        self._time = end

    def tick(self) -> None:
        """Move on to the first sleeper's time and wake it; it has not run yet."""
        if self._sleepers:
            self._time = max(self._time, self._sleepers[0][0])
        while self._sleepers and self._sleepers[0][0] <= self._time:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)

    async def run(
        self, coroutine: Coroutine[Any, Any, T], *, limit: float = 600.0
    ) -> T:
        """
        Run *coroutine* to its end, moving on as far as it takes.

        Raises:
            TimeoutError: It is not done after *limit* seconds of this clock.
        """
        task = asyncio.ensure_future(coroutine)
        end = self._time + limit
        await self._settle()
        while not task.done():
            if not self._sleepers or self._sleepers[0][0] > end:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                raise TimeoutError(f"not done after {limit:g} s of the fake clock")
            await self.advance(max(0.0, self._sleepers[0][0] - self._time))
        return task.result()

    async def _settle(self) -> None:
        # A loop does not say publicly that nothing is ready; asyncio's own has
        # it in a queue. Another's gets all its turns.
        ready = getattr(asyncio.get_running_loop(), "_ready", True)
        for _ in range(self.SETTLE):
            await asyncio.sleep(0)
            if not ready:
                return


async def run_inline(function: Callable[..., T], /, *args: object) -> T:
    """Run a blocking call at once, without a thread; an engine's ``run``."""
    return function(*args)


class ScriptedSource:
    """
    A source that follows a script of pauses, bytes and errors.

    Args:
        script: Each step is bytes (a chunk), a number (a pause in seconds of
            the engine's clock) or an error (raised; nothing follows).
        name: For messages.
    """

    def __init__(
        self,
        script: Sequence[bytes | float | StreamerError],
        *,
        name: str = "a script",
    ) -> None:
        self.script = tuple(script)
        self.closed = 0
        """How often it was let go of."""
        self._name = name

    @property
    def name(self) -> str:
        """As given."""
        return self._name

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """Follow the script."""
        try:
            for step in self.script:
                if isinstance(step, bytes):
                    yield step
                elif isinstance(step, StreamerError):
                    raise step
                else:
                    clock = facilities.clock
                    await clock.sleep_until(clock.time() + step)
        finally:
            self.closed += 1


class RecordingOutput:
    """
    An output that keeps every frame it plays, silence included.

    Blocks fall due on the engine's clock like a device's.

    Args:
        rate: Frames a second.
        channels: Samples a frame.
        block: Frames a block.
        latency: Seconds from a block's request until it is heard.

    Attributes:
        fail: Set it, and the output stops to take blocks and says why.
        returns_after: Seconds until it comes back after that; None: never.
        offset: Seconds that are added to every heard time.
        begin: When the first block was asked for.
    """

    name = "recording"
    paced = True
    gathers_delay = False

    def __init__(
        self,
        *,
        rate: int = 8_000,
        channels: int = 1,
        block: int = 40,
        latency: float = 0.010,
    ) -> None:
        self.format = OutputFormat(rate, channels)
        self.fallback_delay = latency
        self.fail: StreamerError | None = None
        self.returns_after: float | None = None
        self.offset = 0.0
        self.begin = 0.0
        self._block = block
        self._blocks: list[npt.NDArray[np.float32]] = []
        self._clock: Clock | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def frames(self) -> npt.NDArray[np.float32]:
        """All that was played, shape (frames, channels)."""
        nothing = np.zeros((0, self.format.channels), np.float32)
        return np.concatenate([nothing, *self._blocks])

    async def open(self, clock: Clock, run: Runner) -> OutputFormat:  # noqa: ARG002 - Output
        """Return the format."""
        self._clock = clock
        return self.format

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:  # noqa: ARG002 - Output
        """Begin to take blocks."""
        self._task = asyncio.create_task(self._play(renderer), name="recording")

    async def close(self) -> None:
        """Stop."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def failure(self) -> Exception | None:
        """Return :attr:`fail`."""
        return self.fail

    async def let_go(self) -> None:
        """Take no more blocks."""
        await self.close()

    async def recover(self, renderer: Renderer, format: OutputFormat) -> None:
        """
        Come back after :attr:`returns_after`, and take blocks again.

        Raises:
            StreamerError: :attr:`fail`, where it never comes back.
        """
        await self.let_go()
        if self.returns_after is None:
            if self.fail is not None:
                raise self.fail
        else:
            assert self._clock is not None
            await self._clock.sleep_until(self._clock.time() + self.returns_after)
        self.fail = None
        await self.start(renderer, format)

    async def _play(self, renderer: Renderer) -> None:
        assert self._clock is not None
        begin = self._clock.time()
        self.begin = self.begin or begin
        for count in itertools.count():
            await self._clock.sleep_until(
                begin + count * self._block / self.format.rate
            )
            if self.fail is not None:
                return
            out = np.empty((self._block, self.format.channels), np.float32)
            renderer.render(out, self._clock.time(), self.fallback_delay)
            self._blocks.append(out)


def wav(
    frames: npt.NDArray[np.float32],
    rate: int,
    *,
    encoding: Encoding = Encoding.PCM_32,
    timed_text: Sequence[TimedText] = (),
) -> bytes:
    """
    Return a whole WAV in the layout that Resemble sends.

    Args:
        frames: Shape (frames, channels) or (frames,), in [-1.0, +1.0].
        rate: Frames a second.
        encoding: How samples are written.
        timed_text: Characters and phonemes with their times.
    """
    shaped = frames[:, np.newaxis] if frames.ndim == 1 else frames
    format = Format(encoding, rate, shaped.shape[1])
    header = wav_header(format, frames=len(shaped), timed_text=timed_text)
    return header + encode(shaped, encoding)
