"""
One mouth: a queue of utterances, an output and its playout map.

Each utterance has a reader task; readers write to the player one after the
other. One task watches the player and tells what it sees to whoever listens.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from streamer.engine.moments import note_end, note_moments
from streamer.engine.narrator import Narrator
from streamer.engine.reader import Reader
from streamer.engine.utterance import Heard, Utterance
from streamer.errors import StreamerError, UsageError
from streamer.events.log import StreamLog
from streamer.events.messages import Turn
from streamer.outputs import Output, OutputFormat
from streamer.playback import Change, Cutting, Player, PlayerOptions
from streamer.sources import Facilities, Speech
from streamer.timing import JitterOptions

__all__ = ["Stream", "StreamOptions"]


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How a stream behaves."""

    jitter: JitterOptions = field(default_factory=JitterOptions)
    """How much sound is held before it starts."""
    ring_seconds: float = 4.0
    """Sound held at the most; then the source has to wait."""


class Stream:
    """
    A queue of utterances that are heard on one output.

    Made by :class:`Engine`. Utterances are heard in the order in which they
    were handed in; the next one is asked for while one plays.

    Attributes:
        name: Its name on the wire.
        log: What it has said; the viseme server reads it.
        speaking: Held by the turn that hands in its pieces, so that two turns
            are never mixed; they take it in the order they were asked for.
    """

    WATCH = 0.010
    """Seconds between looks at the device while something plays."""
    IDLE = 0.050
    """The same while nothing does."""

    def __init__(
        self,
        name: str,
        output: Output,
        *,
        facilities: Facilities,
        group: asyncio.TaskGroup,
        log: StreamLog,
        options: StreamOptions | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.clock = facilities.clock
        self.facilities = facilities
        self.options = options or StreamOptions()
        self.narrator = Narrator(log, facilities.clock)
        self.speaking = asyncio.Lock()
        self._output = output
        self._group = group
        self._queue: deque[Utterance] = deque()
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._watcher: asyncio.Task[None] | None = None
        self._player: Player | None = None
        self._format: OutputFormat | None = None
        self._opening = asyncio.Lock()
        self._opened = False
        self._closed = False
        self._count = 0
        self._turns: set[asyncio.Task[None]] = set()
        self._interrupts: set[asyncio.Task[Heard | None]] = set()
        self._cutting = asyncio.Lock()
        self._failure_told = False
        self._drained = asyncio.Event()
        self._drained.set()

    # -- what is asked of it --------------------------------------------------

    @property
    def output_name(self) -> str:
        """What it is heard on."""
        return self._output.name

    @property
    def waiting(self) -> int:
        """Utterances that are not over."""
        return len(self._queue)

    async def play(self, speech: Speech, *, turn: Turn | None = None) -> Utterance:
        """
        Hand in *speech*; returns at once, before anything is heard.

        The output is opened first, if it isn't yet.

        Raises:
            OutputError, MissingComponent: The output can't be had.
            UsageError: The stream is closed.
        """
        await self.open()
        self._count += 1
        utterance = Utterance(f"u{self._count}", speech, self, turn)
        before = list(self._queue)[-2:]
        self._queue.append(utterance)
        self._drained.clear()
        reader = Reader(utterance, self, before)
        task = self._group.create_task(reader.run(), name=f"reader {utterance.id}")
        self._readers[utterance.id] = task
        task.add_done_callback(lambda _: self._readers.pop(utterance.id, None))
        return utterance

    async def interrupt(self) -> Heard | None:
        """
        Stop what is heard, and drop all that waits or is being said, at once.

        Returns what was heard of the utterance that was playing; None where
        nothing was. Once asked for it is carried out, even where nobody waits
        for it any more; what is handed in from now on is not cut.
        """
        if self._closed:
            return None
        cut = list(self._queue)
        tasks = [*self._turns, *self._readers.values()]
        for task in tasks:
            task.cancel()
        cutting = None if self._player is None else self._player.flush_nowait()
        stopping = self._group.create_task(
            self._interrupt(cut, tasks, cutting), name=f"interrupt {self.name}"
        )
        self._interrupts.add(stopping)
        stopping.add_done_callback(self._interrupts.discard)
        await asyncio.wait([stopping])
        return None if stopping.cancelled() else stopping.result()

    async def _interrupt(
        self,
        cut: list[Utterance],
        tasks: list[asyncio.Task[None]],
        cutting: Cutting | None,
    ) -> Heard | None:
        async with self._cutting:  # the first to be asked for ends first
            changes = []
            if self._player is not None and cutting is not None:
                changes = await self._player.wait_flushed(cutting)
            stopped = {change.utterance: change for change in changes}
            heard: Heard | None = None
            for utterance in cut:
                if utterance.over:
                    continue
                self._queue.remove(utterance)
                self._finish(utterance, stopped.get(utterance.id), cut=True)
                if heard is None and utterance.media > 0:
                    heard = utterance.what_was_heard()
            if not self._queue:
                self._drained.set()
            await asyncio.gather(*tasks, return_exceptions=True)
            return heard

    def adopt(self, turn: asyncio.Task[None]) -> None:
        """Stop *turn*, a task that hands in utterances, when all is stopped."""
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)

    async def wait_drained(self) -> None:
        """Return once nothing waits and nothing plays."""
        await self._drained.wait()

    def heard(self, utterance: Utterance) -> float:
        """Return how far *utterance* has been heard, in seconds of media."""
        if self._player is None or not self._player.playout.knows(utterance.id):
            return 0.0
        playout = self._player.playout
        return playout.heard(utterance.id, self.clock.time()) / playout.rate

    def when(self, utterance: Utterance, media: float) -> float | None:
        """Return when *media* seconds of *utterance* are heard, or None."""
        if self._player is None:
            return None
        playout = self._player.playout
        return playout.when(utterance.id, round(media * playout.rate))

    # -- its life -------------------------------------------------------------

    async def open(self) -> None:
        """Get hold of the output now rather than at the first utterance."""
        async with self._opening:
            if self._closed:
                raise UsageError(f"the stream {self.name!r} is closed")
            failure = self._output.failure()
            if isinstance(failure, StreamerError):
                raise failure
            if not self._opened:
                format = await self._output.open(self.clock, self.facilities.run)
                self._opened = True
                if format is not None:
                    await self._start_or_close(format)

    async def close(self) -> None:
        """
        Stop at once and let go of the output. Idempotent.

        Raises:
            OutputError: The output failed, and no utterance could say so.
        """
        tasks = self.stop_nowait()
        try:
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self._finish_all(cut=True)
            async with self._opening:
                await self._close_output()

    def stop_nowait(self) -> list[asyncio.Task[Any]]:
        """Take no more, and cancel all tasks; returns them."""
        self._closed = True
        tasks: list[asyncio.Task[Any]] = [*self._turns, *self._readers.values()]
        tasks += [*self._interrupts, *filter(None, [self._watcher])]
        for task in tasks:
            task.cancel()
        return tasks

    async def _close_output(self) -> None:
        if not self._opened:
            return
        self._opened = False
        await self._output.close()
        failure = self._output.failure()
        if isinstance(failure, StreamerError) and not self._failure_told:
            raise failure

    async def format_for(self, wanted: OutputFormat) -> OutputFormat:
        """Return what the output plays; one without a wish takes *wanted*."""
        async with self._opening:
            if self._format is None:
                await self._start_or_close(wanted)
            return self._format or wanted

    @property
    def player(self) -> Player:
        """The player; there is one once the output's format is known."""
        assert self._player is not None
        return self._player

    async def _start_or_close(self, format: OutputFormat) -> None:
        try:
            await self._start(format)
        except BaseException:
            self._opened = False
            await self._output.close()
            raise

    async def _start(self, format: OutputFormat) -> None:
        options = PlayerOptions(
            rate=format.rate,
            channels=format.channels,
            paced=self._output.paced,
            fallback_delay=self._output.fallback_delay,
            ring_seconds=self.options.ring_seconds,
        )
        player = Player(options, self.clock)
        await self._output.start(player.renderer, format)
        player.playout.fallback_delay = self._output.fallback_delay
        self._player, self._format = player, format
        self._watcher = self._group.create_task(
            self._watch(player), name=f"watch {self.name}"
        )

    # -- what is seen at the device -------------------------------------------

    async def _watch(self, player: Player) -> None:
        while True:
            for change in player.poll():
                self._apply(player, change)
            self._tell(player)
            self._look_for_failure(player)
            pause = self.WATCH if self._queue else self.IDLE
            await self.clock.sleep_until(self.clock.time() + pause)

    def _look_for_failure(self, player: Player) -> None:
        failure = self._output.failure()
        if isinstance(failure, StreamerError) and self._queue:
            self._failure_told = True
            for reader in self._readers.values():
                reader.cancel()
            player.abandon()
            for utterance in self._queue:
                utterance.error = utterance.error or failure
            self._finish_all(cut=False)

    def _finish_all(self, *, cut: bool) -> None:
        """End whatever is not over, with as much of it as was heard by now."""
        now = self.clock.time()
        for utterance in self._queue:
            frame = 0
            if self._player is not None:
                frame = round(self.heard(utterance) * self._player.options.rate)
            change = Change("ended", utterance.id, frame, now)
            self._finish(utterance, change, cut=cut)
        self._queue.clear()
        self._drained.set()

    def _apply(self, player: Player, change: Change) -> None:
        utterance = self._find(change.utterance)
        if utterance is None:
            return
        media = change.frame / player.options.rate
        if change.kind == "ended":
            self._queue.remove(utterance)
            self._finish(utterance, change)
            if not self._queue:
                self._drained.set()
            return
        rate = 0.0 if change.kind == "starved" else 1.0
        self.narrator.anchor(
            utterance, media, change.time, rate=rate, playout=player.playout
        )
        if change.kind == "started":
            utterance.notice_started()
        utterance.notice_change()

    def _tell(self, player: Player) -> None:
        """Send what has come within the lead, and an anchor each second."""
        for utterance in self._queue:
            heard = self.heard(utterance)
            self.narrator.tell(utterance, heard)
            note_moments(utterance, player, self.clock)
            if utterance.state == "playing" and self.narrator.wants_anchor(utterance):
                time = self.when(utterance, heard)
                if time is not None:
                    self.narrator.anchor(
                        utterance, heard, time, rate=1.0, playout=player.playout
                    )

    def announce_failed(self, utterance: Utterance) -> None:
        """End an utterance that failed before it had any sound."""
        if utterance in self._queue:
            self._queue.remove(utterance)
        self.narrator.start(utterance, timing="none", frames=None)
        self._finish(utterance, None)
        if not self._queue:
            self._drained.set()

    def _finish(
        self, utterance: Utterance, change: Change | None, *, cut: bool = False
    ) -> None:
        """Say that *utterance* is over, where *change* says, or with nothing heard."""
        player = self._player
        media, at = 0.0, self.clock.time()
        if change is not None and player is not None:
            self.narrator.tell(utterance, change.frame / player.options.rate)
            note_moments(utterance, player, self.clock)
            media, at = change.frame / player.options.rate, change.time
            note_end(utterance, player, at)
            player.playout.forget(utterance.id)
        if cut:
            self.narrator.cut(utterance, media, at)
        else:
            self.narrator.end(utterance, media, at)
        utterance.notice_over(media=media, cut=cut)

    def _find(self, id: str) -> Utterance | None:
        return next((item for item in self._queue if item.id == id), None)
