"""
One mouth: a queue of utterances, an output and its playout map.

Each utterance has a reader task; readers write to the player one after the
other. :class:`Watch` looks at the device and tells what it sees; :class:`Cuts`
stops what is heard or waits.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from functools import cache
from logging import getLogger
from typing import Any

from streamer.engine.alarm import Alarm
from streamer.engine.cuts import Cuts
from streamer.engine.ending import finish_all
from streamer.engine.narrator import Narrator
from streamer.engine.options import Common, StreamOptions
from streamer.engine.queue import Queue
from streamer.engine.reader import Reader
from streamer.engine.utterance import Utterance
from streamer.engine.verbs import Verbs
from streamer.engine.watch import Watch
from streamer.errors import StreamerError, UsageError
from streamer.events.log import StreamLog
from streamer.events.messages import Turn
from streamer.outputs import Output, OutputFormat
from streamer.outputs.native import make_renderer, native_missing
from streamer.playback import Player, PlayerOptions
from streamer.sources import Speech

__all__ = ["Stream"]

_log = getLogger("streamer")


@cache
def _warn_once(reason: str) -> None:
    _log.warning("%s", reason)


class Stream(Verbs):
    """
    A queue of utterances that are heard on one output.

    Made by :class:`Engine`. Utterances are heard in the order in which they
    were handed in; the next one is asked for while one plays, and follows
    without a gap where it is there in time. What a verb does (:meth:`pause`,
    :meth:`skip` …) is at the device within two blocks.

    Attributes:
        name: Its name on the wire.
        log: What it has said; the viseme server reads it.
        queue: Its utterances that are not over.
        speaking: Held by the turn that hands in its pieces, so that two turns
            are never mixed; they take it in the order they were asked for.
        paused: Whether sound is held until :meth:`resume`.
    """

    AHEAD = 0.5
    """
    Seconds of sound left of an utterance when the next one goes to the ring.

    Until then the next one can still be taken out of the queue without a trace.
    """
    RESTED = 5.0
    """Seconds without sound after which a sink may sleep."""

    def __init__(
        self,
        name: str,
        output: Output,
        *,
        common: Common,
        log: StreamLog,
        options: StreamOptions | None = None,
        on_close: Callable[[Stream], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._on_close = on_close
        self.name = name
        self.log = log
        self.common = common
        self.facilities = common.facilities
        self.clock = common.facilities.clock
        self.options = options or StreamOptions()
        self.narrator = Narrator(log, self.clock)
        self.queue = Queue()
        self.speaking = asyncio.Lock()
        self.output = output
        self.gate = Alarm(self.clock)
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._turns: set[asyncio.Task[None]] = set()
        self._works: set[asyncio.Task[None]] = set()
        self._cuts = Cuts(self)
        self._watch: Watch | None = None
        self._player: Player | None = None
        self._format: OutputFormat | None = None
        self._opening = asyncio.Lock()
        self._opened = False
        self._closed = False
        self._count = 0
        self.sounded = -math.inf
        """When something was, or will be, heard last; seconds of the clock."""

    # -- what is asked of it --------------------------------------------------

    @property
    def output_name(self) -> str:
        """What it is heard on."""
        return self.output.name

    @property
    def waiting(self) -> int:
        """Utterances that are not over."""
        return len(self.queue)

    async def play(
        self, speech: Speech, *, turn: Turn | None = None, pause: float = 0.0
    ) -> Utterance:
        """
        Hand in *speech*; returns at once, before anything is heard.

        The output is opened first, if it isn't yet.

        Args:
            speech: What is heard, behind what was handed in before.
            turn: Which piece of what saying it is, or None.
            pause: Seconds of silence before it, behind the one before.

        Raises:
            OutputError, MissingComponent: The output can't be had.
            UsageError: The stream is closed.
        """
        await self.open()
        self._check_open()
        self._count += 1
        utterance = Utterance(f"u{self._count}", speech, self, turn=turn, pause=pause)
        self.queue.add(utterance)
        if speech.text:  # which may be all there is for its mouth
            self.common.letters.prepare(speech.language, self.common.group)
        reader = Reader(utterance, self)
        task = self.common.group.create_task(
            reader.run(), name=f"reader {utterance.id}"
        )
        self._readers[utterance.id] = task
        task.add_done_callback(lambda _: self._readers.pop(utterance.id, None))
        return utterance

    def adopt(self, turn: asyncio.Task[None]) -> None:
        """Stop *turn*, a task that hands in utterances, when all is stopped."""
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)

    def adopt_work(self, work: asyncio.Task[None]) -> None:
        """Stop *work*, a task for an utterance's mouth, when all is stopped."""
        self._works.add(work)
        work.add_done_callback(self._works.discard)

    async def wait_drained(self) -> None:
        """Return once nothing waits and nothing plays."""
        await self.queue.wait_drained()

    def heard(self, utterance: Utterance) -> float:
        """Return how far *utterance* has been heard, in seconds of media."""
        if self._player is None or not self._player.playout.knows(utterance.id):
            return 0.0
        self._player.collect()
        playout = self._player.playout
        return playout.heard(utterance.id, self.clock.time()) / playout.rate

    def when(self, utterance: Utterance, media: float) -> float | None:
        """Return when *media* seconds of *utterance* are heard, or None."""
        if self._player is None:
            return None
        self._player.collect()
        playout = self._player.playout
        return playout.when(utterance.id, round(media * playout.rate))

    def place(self, utterance: Utterance) -> tuple[float, float | None]:
        """Return :meth:`heard`, and :meth:`when` that is."""
        heard = self.heard(utterance)
        if self._player is None:
            return heard, None
        playout = self._player.playout  # which knows all that :meth:`heard` has seen
        return heard, playout.when(utterance.id, round(heard * playout.rate))

    # -- its life -------------------------------------------------------------

    async def open(self) -> None:
        """Get hold of the output now rather than at the first utterance."""
        async with self._opening:
            self._check_open()
            failure = self._failure()
            if failure is not None:
                raise failure
            if not self._opened:
                format = await self.output.open(self.clock, self.facilities.run)
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
            finish_all(self, cut=True)
            async with self._opening:
                await self._close_output()
            self._on_close(self)

    def stop_nowait(self) -> list[asyncio.Task[Any]]:
        """Take no more, and cancel all tasks; returns them."""
        self._closed = True
        tasks: list[asyncio.Task[Any]] = [*self._turns, *self._readers.values()]
        tasks += self._works
        tasks += self._cuts.tasks
        if self._watch is not None:
            tasks += self._watch.tasks
        for task in tasks:
            task.cancel()
        return tasks

    def _check_open(self) -> None:
        if self._closed:
            raise UsageError(f"the stream {self.name!r} is closed")

    async def _close_output(self) -> None:
        if not self._opened:
            return
        self._opened = False
        await self.output.close()
        failure = self.output.failure()
        told = self._watch is not None and self._watch.failure_told
        if isinstance(failure, StreamerError) and not told:
            raise failure

    def _failure(self) -> StreamerError | None:
        """Why nothing can be played; None also while a lost output is looked for."""
        if self._watch is not None:
            return self._watch.failure()
        failure = self.output.failure()
        return failure if isinstance(failure, StreamerError) else None

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
            await self.output.close()
            raise

    async def _start(self, format: OutputFormat) -> None:
        output, seconds = self.output, self.options.ring_seconds
        renderer = make_renderer(
            rate=format.rate, channels=format.channels, ring_seconds=seconds
        )
        missing = native_missing()
        if missing is not None and output.paced:
            _warn_once(missing)
        options = PlayerOptions(
            rate=format.rate,
            channels=format.channels,
            paced=output.paced,
            fallback_delay=output.fallback_delay,
            ring_seconds=seconds,
            offset=output.offset,
        )
        player = Player(options, self.clock, renderer)
        self.tell_wishes(player)
        await output.start(renderer, format)
        self._check_open()  # it may have been closed meanwhile
        player.playout.fallback_delay = output.fallback_delay
        self._player, self._format = player, format
        self.tell_wishes(player)  # and wishes may have changed
        self._watch = Watch(self, player, format)
        self._watch.start(self.common.group)

    # -- for its parts --------------------------------------------------------

    @property
    def has_player(self) -> bool:
        """Whether the output's format is known, and so there is a player."""
        return self._player is not None

    def wake(self) -> None:
        """Say that something changed: look at the device, and at the ring."""
        self.gate.ring()
        if self._watch is not None:
            self._watch.alarm.ring()

    def cancel_turns(self) -> list[asyncio.Task[None]]:
        """Let no turn hand in more; returns their tasks."""
        turns = list(self._turns)
        for turn in turns:
            turn.cancel()
        return turns

    def cancel_readers(
        self, utterances: Iterable[Utterance]
    ) -> list[asyncio.Task[None]]:
        """Stop to bring *utterances* in; returns the tasks that did."""
        ids = [utterance.id for utterance in utterances]
        tasks = [self._readers[id] for id in ids if id in self._readers]
        for task in tasks:
            task.cancel()
        return tasks

    def note_sound(self, time: float) -> None:
        """Note that something was, or will be, heard at *time*."""
        self.sounded = max(self.sounded, time)

    async def wait_room(self) -> None:
        """Return once no more than :data:`AHEAD` seconds of sound are left."""
        if not self.player.options.paced:
            return
        while (ahead := self.player.ahead - self.AHEAD) > 0:
            await self.gate.wait_until(self.clock.time() + ahead)
        if self._watch is not None:
            await self._watch.wait_renewed()

    async def wake_sink(self) -> None:
        """Play silence where the output has rested, so that a sink wakes up."""
        lead = self.options.wake_lead
        if not lead or self._player is None or not self._player.options.paced:
            return
        if self.clock.time() - self.sounded > self.RESTED:
            self.note_sound(self.clock.time() + lead)
            await self._player.rest(lead)
