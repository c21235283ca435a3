"""Looks at a stream's device, and tells what it sees to whoever listens."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from streamer.engine.alarm import Alarm
from streamer.engine.ending import finish, finish_all
from streamer.engine.moments import note_moments
from streamer.errors import StreamerError
from streamer.outputs import OutputFormat
from streamer.playback import Change, Player

if TYPE_CHECKING:
    from streamer.engine.stream import Stream
    from streamer.engine.utterance import Utterance

__all__ = ["Watch"]

_STILL = ("starved", "paused", "lost")


class Watch:
    """
    The task that watches one output.

    It looks when something is due: an anchor, the end of what is in the ring,
    a start. While sound that is known flows it looks ten times a second.
    Whoever changes something rings its :attr:`alarm`.

    Args:
        stream: Whose output.
        player: What plays there.
        format: What the output plays.
    """

    HELD = 0.001
    """Seconds between looks while sound is held, whose moment may come by itself."""
    PATIENCE = 5.0
    """By how much longer that is than the last look was late."""
    SOON = 0.005
    """The same while something is about to happen."""
    STILL = 0.020
    """The same while sound stands still in an utterance."""
    FLOWING = 0.100
    """The same while it flows."""
    UNSEEN = 0.500
    """The same where no mouth moves to it and nobody hears it; what is told then
    carries its own time."""
    IDLE = 0.250
    """The same while there is nothing to play."""
    RESTED = 0.1
    """Seconds of rest after which a device that was late begins anew, once for each
    time that there was sound."""
    BUSY = 0.005
    """Seconds by which a look may be late where that is begun: it takes a few turns of
    the interpreter, and who comes meanwhile waits for it."""
    RENEWED = 0.2
    """Seconds that it may take without a word."""
    UNPACED = 0.010
    """The same where heard means written."""

    def __init__(self, stream: Stream, player: Player, format: OutputFormat) -> None:
        self.alarm = Alarm(stream.clock)
        self.failure_told = False
        """Whether somebody was told why the output failed."""
        self._stream = stream
        self._player = player
        self._format = format
        self._clock = stream.clock
        self._name = stream.output.name
        self._still = False
        self._late = 0.0
        self._failed: StreamerError | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._recovery: asyncio.Task[None] | None = None
        self._lateness = self._count_lateness()
        self._renewed = -math.inf  # when there had been sound last
        self._renewing: float | None = None  # since when, while nobody was told

    def start(self, group: asyncio.TaskGroup) -> None:
        """Begin to watch, as a task of *group*."""
        name = f"watch {self._stream.name}"
        self._watcher = group.create_task(self._run(), name=name)

    @property
    def tasks(self) -> list[asyncio.Task[Any]]:
        """Its tasks."""
        return [task for task in (self._watcher, self._recovery) if task is not None]

    def failure(self) -> StreamerError | None:
        """Return why nothing can be played any more, or None."""
        if self._recovery is not None or self._can_recover():
            return self._failed
        failure = self._stream.output.failure()
        return failure if isinstance(failure, StreamerError) else None

    async def _run(self) -> None:
        while True:
            self._look()
            due = self._next_look()
            await self.alarm.wait_until(due)
            now = self._clock.time()
            late = max(0.0, now - due)
            head = self._stream.queue.head
            flowing = head is not None and head.state == "playing"
            self._stream.common.turns.note_wait(late, time=now, flowing=flowing)
            self._late = min(late, self.IDLE / self.PATIENCE)

    def _look(self) -> None:
        for change in self._player.poll():
            self._apply(change)
        self._tell()
        self._look_for_failure()
        self._look_for_lateness()
        self._look_for_renewal()
        head = self._stream.queue.head
        if head is not None and head.unwanted and head.state == "playing":
            head.unwanted = False
            self._stream.skip_nowait(head)

    # -- when to look next ----------------------------------------------------

    def _next_look(self) -> float:
        """When there may be something new, in seconds of the clock."""
        now, head = self._clock.time(), self._stream.queue.head
        if head is None:
            return min(max(self._renewal_due(), now + self.STILL), now + self.IDLE)
        if not self._player.options.paced:
            return now + self.UNPACED
        if self._stream.paused and head.state != "playing":
            return now + self.FLOWING
        # Where the program is late by itself, more looks make it later.
        least = self.PATIENCE * self._late
        if self._player.holds_back:
            return now + max(self.HELD, least)
        if head.begun and head.state != "playing":
            # Let go, and not known to be heard yet.
            return now + max(self.SOON, least)
        if self._still:
            still = self.FLOWING if self._is_unseen(head) else self.STILL
            return now + max(still, least)
        if head.state != "playing":
            return now + self.FLOWING
        return max(self._next_while_flowing(head, now), now + self.SOON)

    def _next_while_flowing(self, head: Utterance, now: float) -> float:
        unseen = self._is_unseen(head)
        due = now + (self.UNSEEN if unseen else self.FLOWING)
        if head.mouthing.is_behind:
            due = now + self.STILL
        anchor = self._stream.narrator.anchor_due(head)
        if anchor is not None:
            due = min(due, anchor)
        if not unseen or head.written.is_set():
            due = min(due, self._end_of(head, now))
        return due

    def _is_unseen(self, head: Utterance) -> bool:
        """Whether nobody says what *head*'s mouth does, and nobody hears it."""
        return self._name == "null" and head.timing in {None, "loudness"}

    def _end_of(self, head: Utterance, now: float) -> float:
        """When *head* ends or may run dry."""
        rate = self._player.options.rate
        if head.written.is_set() and head.frames:
            last = self._stream.when(head, (head.frames - 1) / rate)
            return now + self.FLOWING if last is None else last + 1 / rate
        # The device has taken all there is then, and starves in its next block.
        readable = self._player.renderer.ring.readable
        return now + readable / rate

    # -- what is seen ---------------------------------------------------------

    def _apply(self, change: Change) -> None:
        stream, player = self._stream, self._player
        if change.kind in _STILL:
            self._still = True
        elif change.kind in ("started", "resumed", "ended"):
            self._still = False
        utterance = stream.queue.find(change.utterance)
        if utterance is None:
            return
        if change.kind == "ended":
            finish(stream, utterance, change)
            return
        media = change.frame / player.options.rate
        rate = 0.0 if change.kind in _STILL else 1.0
        stream.narrator.anchor(
            utterance, media, change.time, rate=rate, playout=player.playout
        )
        if change.kind == "started":
            utterance.notice_started()
        utterance.notice_change()

    def _tell(self) -> None:
        """Send what has come within the lead, and an anchor each second."""
        stream, narrator = self._stream, self._stream.narrator
        for utterance in stream.queue:
            if not narrator.knows(utterance):
                break  # they are announced in order
            if utterance.mouthing.moves:
                utterance.mouthing.advance(stream.heard(utterance))
            note_moments(utterance, self._player, self._clock)
            due = narrator.anchor_due(utterance)
            late = due is not None and self._clock.time() >= due
            if late and utterance.state == "playing":
                self._anchor(utterance)

    def _anchor(self, utterance: Utterance) -> None:
        stream, playout = self._stream, self._player.playout
        heard, time = stream.place(utterance)
        if time is not None:
            stream.narrator.anchor(utterance, heard, time, rate=1.0, playout=playout)

    # -- an output that fails -------------------------------------------------

    def _can_recover(self) -> bool:
        """Whether the output is a device, which may come back; a file doesn't."""
        return self._stream.output.paced and self._failed is None

    def _look_for_failure(self) -> None:
        output = self._stream.output
        if self._recovery is None and output.name != self._name:
            self._tell_output(None)
        failure = output.failure()
        if not isinstance(failure, StreamerError) or self._recovery is not None:
            return
        if self._can_recover():
            self._lose(failure)
        elif len(self._stream.queue):
            self._give_up(failure)

    def _lose(self, failure: StreamerError) -> None:
        """Stand still where sound was lost, and look for the device again."""
        stream = self._stream
        stream.log.output(self._name, "lost", reason=str(failure))
        stream.common.notice(failure)
        self.failure_told = True
        self._recovery = stream.common.group.create_task(
            self._recover(), name=f"recover {stream.name}"
        )

    async def _recover(self) -> None:
        output = self._stream.output
        try:
            # First: what still pulls must not see the ring go back.
            await output.let_go()
            for change in self._player.lose(self._clock.time()):
                self._apply(change)
            await output.recover(self._player.renderer, self._format)
        except StreamerError as error:
            self._failed = error
        else:
            self._player.playout.fallback_delay = output.fallback_delay
            if self._renewing is None:
                self._tell_output(None)
        finally:
            self._lateness = self._count_lateness()
            self._recovery = self._renewing = None
            self.alarm.ring()

    # -- an output that is later than it was ----------------------------------

    def _count_lateness(self) -> tuple[int, int, int]:
        """Count what grows where the output is late, or can only be later."""
        tally = self._player.renderer.tally()
        return self._player.playout.step_count, tally.underflows, tally.unfit

    def _renewal_due(self) -> float:
        """When the output is to begin anew, as it was late; inf: it is not."""
        stream = self._stream
        if not stream.output.gathers_delay or self._recovery is not None:
            return math.inf
        heard = stream.sounded > self._renewed
        late = heard and self._count_lateness() != self._lateness
        return stream.sounded + self.RESTED if late else math.inf

    async def wait_renewed(self) -> None:
        """Return once the output doesn't begin anew: what it takes is given back."""
        if self._renewing is not None and self._recovery is not None:
            await asyncio.wait([self._recovery])

    def _look_for_lateness(self) -> None:
        """Let an output that was late begin anew while nothing is heard."""
        if len(self._stream.queue) or self._late > self.BUSY:
            return
        now = self._clock.time()
        if now < self._renewal_due():
            return
        self._renewed, self._renewing = self._stream.sounded, now
        self._recovery = self._stream.common.group.create_task(
            self._recover(), name=f"renew {self._stream.name}"
        )

    def _look_for_renewal(self) -> None:
        """Say so where an output that is to begin anew does not come back at once."""
        since = self._renewing
        if since is not None and self._clock.time() - since > self.RENEWED:
            self._renewing = None
            self._stream.log.output(
                self._name, "lost", reason=f"{self._name!r} does not begin again"
            )

    def _tell_output(self, reason: str | None) -> None:
        self._name = self._stream.output.name
        silent = self._name == "null"
        self._stream.log.output(
            self._name, "silent" if silent else "playing", reason=reason
        )

    def _give_up(self, failure: StreamerError) -> None:
        """End all that is not over: there is nothing to play it on."""
        stream = self._stream
        self.failure_told = True
        stream.cancel_readers(list(stream.queue))
        self._player.abandon()
        for utterance in stream.queue:
            utterance.error = utterance.error or failure
        finish_all(stream, cut=False)
