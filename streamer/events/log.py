"""
PURE. What a stream has said: numbered, remembered for a while, encoded once.

The engine writes with :meth:`StreamLog.start` and its siblings; the server
subscribes and reads. Times are integer microseconds, as on the wire.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from streamer.errors import UsageError
from streamer.events.entry import Entry, Logged, Told
from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cue,
    Cues,
    Cut,
    End,
    Mark,
    Marks,
    OutputState,
    Position,
    Start,
    State,
    Turn,
)
from streamer.timing.clock import Clock, to_us

__all__ = ["StreamLog"]


class StreamLog:
    """
    What one stream has said, numbered from 1 without holes.

    It holds the life of an utterance: one :meth:`start`, then cues, marks and
    anchors in any order, then exactly one :meth:`end` or :meth:`cut`, and
    nothing after. A call that breaks this raises :class:`UsageError` and logs
    nothing.

    The last :data:`KEEP_MESSAGES` messages of the last :data:`KEEP_US` are
    kept for clients that come back; the oldest are forgotten first.

    Not thread-safe: all calls come from the event loop's thread.

    Args:
        name: The stream's name.
        epoch: A random id, new for each log.
        clock: Says when a message was logged, and what is heard.
        sets: The viseme sets that its cues come in.
    """

    KEEP_MESSAGES = 1_024
    """Messages in the ring. Source: design, wire protocol rule 5."""
    KEEP_US = 60_000_000
    """Age of the oldest message in the ring. Source: the same."""
    KEEP_OVER = 256
    """Utterances remembered after their end, to refuse what follows one."""
    KEEP_WORDS = 4_096
    """Words kept of one utterance: a quarter of an hour of speech."""
    FORGET_US = 2_000_000
    """How long after it was heard a cue is forgotten: twice the anchors' pace."""

    def __init__(
        self,
        name: str,
        epoch: str,
        *,
        clock: Clock,
        sets: Sequence[str] = ("oculus",),
    ) -> None:
        self.name = name
        self.epoch = epoch
        self.sets = tuple(sets)
        self.seq = 0
        """The last number given; 0 before the first."""
        self.output_state: OutputState | None = None
        """What was last said of the output; None while all is as it began."""
        self._clock = clock
        self._ring: deque[Entry] = deque(maxlen=self.KEEP_MESSAGES)
        self._utterances: dict[str, Told] = {}
        self._callbacks: dict[int, Callable[[Entry], None]] = {}
        self._watchers: dict[int, Callable[[OutputState], None]] = {}
        self._next_callback = 0

    @property
    def now(self) -> int:
        """The time, µs of the clock."""
        return to_us(self._clock.time())

    @property
    def position(self) -> Position:
        """How far the stream has come."""
        return Position(epoch=self.epoch, seq=self.seq)

    # What the engine writes.

    def start(
        self,
        utterance: str,
        *,
        text: str | None = None,
        timing: str = "none",
        duration: int | None = None,
        turn: Turn | None = None,
    ) -> None:
        """
        Announce *utterance*, which will be heard after all announced before.

        Raises:
            UsageError: If it has been announced before.
        """
        if utterance in self._utterances:
            raise UsageError(f"{utterance} of {self.name} was announced before")
        message = Start(
            stream=self.name,
            seq=self.seq + 1,
            utterance=utterance,
            turn=turn,
            text=text,
            timing=timing,
            duration=duration,
        )
        self._utterances[utterance] = Told(message)
        self._append(message)

    def cues(
        self, utterance: str, *, until: int, cues: Mapping[str, Sequence[Cue]]
    ) -> None:
        """
        Log the shapes that start before *until* and not before the last one's.

        Args:
            utterance: One that is not over.
            until: How far the shapes are known, µs of media; never less than
                before.
            cues: By viseme set, each in order of its start; a set that is
                missing has none.

        Raises:
            UsageError: If a cue is out of that range or out of order.
        """
        told = self._open(utterance)
        for visemes, found in cues.items():
            self._check_order(told, visemes, until, found)
        for visemes, found in cues.items():
            told.cues.setdefault(visemes, deque()).extend(found)
        told.until = until
        message = Cues(
            stream=self.name,
            seq=self.seq + 1,
            utterance=utterance,
            until=until,
            cues=[],
        )
        self._append(message, {name: tuple(found) for name, found in cues.items()})

    def marks(self, utterance: str, *, marks: Sequence[Mark]) -> None:
        """Log words and phonemes, in order of their start."""
        told = self._open(utterance)
        for mark in marks:
            (told.phonemes if mark.kind == "phoneme" else told.words).append(mark)
        while len(told.words) > self.KEEP_WORDS:
            told.words.popleft()
        self._append(
            Marks(
                stream=self.name,
                seq=self.seq + 1,
                utterance=utterance,
                marks=list(marks),
            )
        )

    def anchor(
        self,
        utterance: str,
        *,
        media: int,
        at: int,
        rate: float,
        quality: str,
        latency: int,
    ) -> None:
        """
        Log that *media* reaches the listener *at*; see rule 2 of the protocol.

        Raises:
            UsageError: If *rate* is below 0.
        """
        told = self._open(utterance)
        if not rate >= 0:
            raise UsageError(f"an anchor's rate is at least 0, not {rate}")
        told.anchor = AnchorAt(
            media=media, at=at, rate=rate, quality=quality, latency=latency
        )
        told.forget(told.anchor.heard(self.now) - self.FORGET_US)
        self._append(
            Anchor(
                stream=self.name,
                seq=self.seq + 1,
                utterance=utterance,
                media=media,
                at=at,
                rate=rate,
                quality=quality,
                latency=latency,
            )
        )

    def cut(self, utterance: str, *, media: int, at: int) -> None:
        """Log that *utterance* was interrupted; it is over."""
        message = Cut(
            stream=self.name,
            seq=self.seq + 1,
            utterance=utterance,
            media=media,
            at=at,
        )
        self._close(message)

    def end(
        self, utterance: str, *, media: int, at: int, error: str | None = None
    ) -> None:
        """Log that *utterance* was heard to its end; it is over."""
        message = End(
            stream=self.name,
            seq=self.seq + 1,
            utterance=utterance,
            media=media,
            at=at,
            error=error,
        )
        self._close(message)

    def output(
        self,
        name: str,
        state: Literal["playing", "lost", "silent"],
        *,
        reason: str | None = None,
    ) -> None:
        """Say what became of the output *name*; it has no number and is not kept."""
        message = OutputState(stream=self.name, name=name, state=state, reason=reason)
        self.output_state = message
        for callback in tuple(self._watchers.values()):
            callback(message)

    # What the server reads.

    def subscribe_output(
        self, callback: Callable[[OutputState], None]
    ) -> Callable[[], None]:
        """Call *callback* with what is said of the output; returns what ends it."""
        key = self._next_callback
        self._next_callback += 1
        self._watchers[key] = callback

        def unsubscribe() -> None:
            self._watchers.pop(key, None)

        return unsubscribe

    @property
    def is_read(self) -> bool:
        """Whether anybody gets its entries."""
        return bool(self._callbacks)

    def subscribe(self, callback: Callable[[Entry], None]) -> Callable[[], None]:
        """
        Call *callback* with each entry from now on, at once, in order.

        Returns:
            A function that ends it; calling it again does nothing.
        """
        key = self._next_callback
        self._next_callback += 1
        self._callbacks[key] = callback

        def unsubscribe() -> None:
            self._callbacks.pop(key, None)

        return unsubscribe

    def since(self, seq: int) -> list[Entry] | None:
        """Return the entries after *seq*; None if some of them are forgotten."""
        self._forget()
        missing = self.seq - seq
        if missing < 0 or missing > len(self._ring):
            return None
        return list(self._ring)[len(self._ring) - missing :]

    def speaking(self) -> list[Told]:
        """Return the utterances that are not over, oldest first; read only."""
        return [told for told in self._utterances.values() if told.over is None]

    def state(self, visemes: str, covering: int | None = None) -> State:
        """
        Return all that a client must know to go on.

        Args:
            visemes: The viseme set.
            covering: The last number that it covers, at most
                :data:`KEEP_OVER` utterances ago; only ends and cuts may lie
                behind it. None covers all.
        """
        upto = self.seq if covering is None else covering
        now = self.now
        return State(
            stream=self.name,
            epoch=self.epoch,
            seq=upto,
            utterances=[
                told.state(visemes, now)
                for told in self._utterances.values()
                if told.over is None or told.over > upto
            ],
        )

    # Inside.

    def _open(self, utterance: str) -> Told:
        told = self._utterances.get(utterance)
        if told is None:
            raise UsageError(f"{utterance} of {self.name} was never announced")
        if told.over is not None:
            raise UsageError(f"{utterance} of {self.name} is over")
        return told

    def _check_order(
        self, told: Told, visemes: str, until: int, cues: Sequence[Cue]
    ) -> None:
        if visemes not in self.sets:
            raise UsageError(f"{self.name} has no viseme set {visemes!r}")
        starts = [cue.t for cue in cues]
        if told.until is not None:
            starts.insert(0, told.until)
        late = bool(cues) and cues[-1].t >= until
        if late or starts != sorted(starts) or starts[-1:] > [until]:
            raise UsageError(
                f"cues of {told.start.utterance} start in order, from the last "
                f"until ({told.until}) to before this one ({until})"
            )

    def _close(self, message: Cut | End) -> None:
        self._open(message.utterance).over = message.seq
        over = [name for name, told in self._utterances.items() if told.over]
        if len(over) > self.KEEP_OVER:
            del self._utterances[over[0]]
        self._append(message)

    def _append(
        self, message: Logged, in_set: Mapping[str, Sequence[Cue]] | None = None
    ) -> None:
        self.seq = message.seq
        entry = Entry(message, self.now, in_set)
        self._ring.append(entry)
        self._forget()
        for callback in tuple(self._callbacks.values()):
            callback(entry)

    def _forget(self) -> None:
        oldest = self.now - self.KEEP_US
        while self._ring and self._ring[0].at < oldest:
            self._ring.popleft()
