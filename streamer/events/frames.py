"""PURE. Frames of an avatar's weights: where they come from, when they leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Protocol

from streamer.events.codec import encode
from streamer.events.entry import Told
from streamer.events.log import StreamLog
from streamer.events.messages import Frames

__all__ = ["FrameChunk", "FrameFeed", "FrameSource", "RigLook"]


class FrameSource(Protocol):
    """Knows the mouth of every utterance that is not over."""

    def frames(
        self,
        stream: str,
        utterance: str,
        rig: str,
        fps: int,
        start_us: int,
        until_us: int,
    ) -> tuple[int, Sequence[Sequence[float]]] | None:
        """
        Return the weights from *start_us* to before *until_us*, as far as known.

        It is called from the event loop, some ten times a second for each
        utterance, rig and rate, and must not wait. What was given once is
        never asked for again, so only what cannot change any more is given;
        the rest is asked for later.

        Args:
            stream: The stream's name.
            utterance: One of the stream that was announced and is not over.
            rig: One that the server knows.
            fps: Frames of weights a second of media, 1 to 120.
            start_us: The first frame's time, µs of media; a multiple of
                ``1 / fps`` seconds, rounded. It may be negative: the mouth
                sets out before the first sound.
            until_us: Where to stop, µs of media.

        Returns:
            The first frame's time, *start_us* or later on the same grid, and
            the frames, one each ``1 / fps`` seconds, with a weight for each
            channel of the rig; None or no frame where nothing is known yet.
        """
        ...


class RigLook(Protocol):
    """What a client is told of a rig; :class:`streamer.lipsync.rigs.Rig` is one."""

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the weights of a frame, in order."""
        ...

    @property
    def neutral(self) -> tuple[float, ...]:
        """The weights of a mouth at rest."""
        ...


@dataclass(frozen=True, slots=True)
class FrameChunk:
    """Some frames of one utterance, encoded once for all who want them."""

    number: int
    """Which one of its feed, from 1."""
    utterance: str
    """Of which utterance."""
    until: int
    """Where the frame behind its last one is due, µs of media."""
    data: bytes
    """The JSON of the message."""


class FrameFeed:
    """
    The frames of one stream for one rig and rate, just ahead of what is heard.

    Frames lie at whole multiples of ``1 / fps`` seconds of media. They are
    given out in order, none twice, no further ahead than :data:`AHEAD_US`,
    and none that is past. An utterance that was not anchored has frames only
    while it is the first of those not over. Of one that is over nothing is
    given.

    What was not heard yet is kept for those who come later: at the most
    :data:`AHEAD_US` and a chunk of each utterance that is being heard.

    Args:
        log: The stream's; says what is open and what is heard.
        source: Knows the weights.
        rig: The rig's name.
        fps: Frames a second of media.
    """

    AHEAD_US = 1_000_000
    """How far frames are ahead of what is heard. Source: wire protocol, rule 3."""
    CHUNK_US = 100_000
    """Media in one message, and how often one leaves."""
    BEFORE_US = 200_000
    """How long before media 0 the first frame is: the longest way to a shape."""
    DECIMALS = 3
    """Of a weight: a step is far below what a screen shows."""

    def __init__(
        self, log: StreamLog, source: FrameSource, *, rig: str, fps: int
    ) -> None:
        self.published = log.seq
        """The last number that all who read this feed were told or are waiting for."""
        self.number = 0
        """The last chunk's number; 0 before the first."""
        self.next_due: int | None = None
        """When :meth:`due` may have more, µs; None: not before the log says more."""
        self._log = log
        self._source = source
        self._rig = rig
        self._fps = fps
        self._next: dict[str, int] = {}
        self._kept: deque[FrameChunk] = deque()

    def due(self, now: int) -> list[FrameChunk]:
        """Return what leaves at *now*, µs of the clock, in order."""
        speaking = self._speaking()
        self._forget(speaking, now)
        self.next_due = None
        before = self.number
        for place, told in enumerate(speaking):
            if told.anchor is not None or place == 0:
                self._advance(told, _heard(told, now), now)
        return [chunk for chunk in self._kept if chunk.number > before]

    def since(self, number: int, now: int) -> list[FrameChunk]:
        """Return the chunks behind *number* that are not past at *now*, in order."""
        self._forget(self._speaking(), now)
        return [chunk for chunk in self._kept if chunk.number > number]

    # Inside.

    def _speaking(self) -> list[Told]:
        """Return the utterances that were announced to all and are not over."""
        return [
            told for told in self._log.speaking() if told.start.seq <= self.published
        ]

    def _forget(self, speaking: list[Told], now: int) -> None:
        """Forget what is over or past."""
        heard = {told.start.utterance: _heard(told, now) for told in speaking}
        self._next = {name: k for name, k in self._next.items() if name in heard}
        self._kept = deque(
            chunk
            for chunk in self._kept
            if chunk.utterance in heard and chunk.until > heard[chunk.utterance]
        )

    def _advance(self, told: Told, heard: float, now: int) -> None:
        """Keep the frames of an utterance up to what may leave."""
        utterance = told.start.utterance
        horizon = heard + self.AHEAD_US
        first = max(floor(self._index(heard)), ceil(self._index(-self.BEFORE_US)))
        first = max(first, self._next.get(utterance, first))
        if horizon - self._time(first) >= self.CHUNK_US:
            first = self._ask(utterance, first, ceil(horizon))
        left = horizon - self._time(first)
        if left >= self.CHUNK_US:  # more could leave, but was not known yet
            self._wake(now + self.CHUNK_US)
        elif told.anchor is not None and told.anchor.rate > 0:
            self._wake(now + ceil((self.CHUNK_US - left) / told.anchor.rate))

    def _ask(self, utterance: str, first: int, until: int) -> int:
        """Keep what is known from the frame *first* on; return the next one."""
        known = self._source.frames(
            self._log.name, utterance, self._rig, self._fps, self._time(first), until
        )
        if known is None:
            return first
        start = round(self._index(known[0]))
        most = ceil(self._index(until)) - start
        rows = [_short(row) for row in known[1][max(0, first - start) : max(0, most)]]
        first = max(first, start)
        size = max(1, round(self._index(self.CHUNK_US)))
        for i in range(0, len(rows), size):
            self._keep(utterance, first + i, rows[i : i + size])
        if rows:
            self._next[utterance] = first = first + len(rows)
        return first

    def _keep(self, utterance: str, first: int, rows: list[tuple[float, ...]]) -> None:
        self.number += 1
        message = Frames(
            stream=self._log.name,
            utterance=utterance,
            t=self._time(first),
            weights=rows,
        )
        until = self._time(first + len(rows))
        self._kept.append(FrameChunk(self.number, utterance, until, encode(message)))

    def _index(self, t: float) -> float:
        """Return which frame is due at *t*, µs of media."""
        return t * self._fps / 1_000_000

    def _time(self, index: int) -> int:
        """Return when a frame is due, µs of media."""
        return round(index * 1_000_000 / self._fps)

    def _wake(self, time: int) -> None:
        self.next_due = time if self.next_due is None else min(self.next_due, time)


def _heard(told: Told, now: int) -> float:
    """Return what is heard of an utterance, µs; its beginning, if nobody knows."""
    return told.anchor.heard(now) if told.anchor else -FrameFeed.BEFORE_US


def _short(weights: Sequence[float]) -> tuple[float, ...]:
    """Return *weights* rounded; most are zeros, and an integer's JSON is shorter."""
    decimals = FrameFeed.DECIMALS
    return tuple([(weight and round(weight, decimals)) or 0 for weight in weights])
