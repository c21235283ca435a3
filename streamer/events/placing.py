"""PURE. A client's side of frames: which weights an avatar shows at a time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cut,
    End,
    Frames,
    FramesGiven,
    ServerMessage,
    State,
    Welcome,
)

__all__ = ["FramePlacer", "Weights"]

Weights = tuple[float, ...]
"""One weight for each of a rig's channels."""


@dataclass(slots=True)
class _Shown:
    """An utterance's frames, and when they are due."""

    anchor: AnchorAt | None = None
    """When what is heard; None: not known yet."""
    moved: int | None = None
    """When it went on after it had stood still, µs of the server's clock."""
    over: int | None = None
    """When it ended or was cut, µs of the server's clock; None: not yet."""
    times: list[int] = field(default_factory=list)
    """When each frame is due, µs of media; ascending."""
    weights: list[Weights] = field(default_factory=list)

    def anchored(self, anchor: AnchorAt) -> None:
        """Take the latest anchor."""
        stood = self.anchor is not None and self.anchor.rate == 0
        if stood and anchor.rate > 0 and anchor.media > 0:
            self.moved = anchor.at
        self.anchor = anchor

    def position(self, now: float) -> float:
        """Return what is heard at *now*, µs of media; before all, if unknown."""
        if self.anchor is None:
            return float("-inf")
        end = now if self.over is None else min(now, self.over)
        return self.anchor.heard(round(end))

    def awake(self, now: float, relax: int) -> float:
        """Return how much of its mouth is seen at *now*: less where it stands still."""
        share = 1.0
        if self.over is not None:
            share -= max(now - self.over, 0) / relax
        if self.anchor is not None and self.anchor.rate == 0:
            share -= max(now - self.anchor.at, 0) / relax
        elif self.moved is not None:
            share = min(share, (now - self.moved) / relax)
        return share

    def forget(self, before: float) -> None:
        """Drop the frames that are not needed for *before* and later."""
        past = bisect_right(self.times, before) - 1
        if past > 0:
            del self.times[:past], self.weights[:past]


class FramePlacer:
    """
    Keeps the frames that a server sends until they are past.

    It holds a second or two of each utterance that is heard. Of one whose
    weights nobody asks for it holds :data:`MOST` frames; the oldest go first.
    """

    RELAX_US = 150_000
    """How long a mouth takes to rest where it stands still or its frames end."""
    MOST = 1_200
    """Frames kept of one utterance: ten seconds of the fastest."""

    def __init__(self) -> None:
        self._welcome: Welcome | None = None
        self._streams: dict[str, dict[str, _Shown]] = {}

    @property
    def given(self) -> FramesGiven | None:
        """What comes, and how to read it; None: no frames."""
        return None if self._welcome is None else self._welcome.frames

    def receive(self, message: ServerMessage) -> None:
        """Take a message that is news; those that don't matter are ignored."""
        if isinstance(message, Welcome):
            self._meet(message)
        if self.given is None:
            return
        match message:
            case State():
                self._load(message)
            case Anchor():
                self._of(message).anchored(_anchor_at(message))
            case Frames():
                self._place(self._of(message), message, 1_000_000 / self.given.fps)
            case Cut() | End():
                self._forget_over(message.stream, message.at)
                self._of(message).over = message.at

    def weights(self, stream: str, now: float) -> Weights | None:
        """
        Return what *stream* shows at *now*, µs of the server's clock.

        Between two frames the weights go over from one to the other. Where an
        utterance stands still, is over or has no more frames, the mouth comes
        to rest. What is past is forgotten, so *now* does not go back.

        Returns:
            A weight for each of the names in :attr:`given`; None if no frames
            come.
        """
        if self.given is None:
            return None
        self._forget_over(stream, now)
        neutral = self.given.neutral
        shown = _ruling(list(self._streams.get(stream, {}).values()), now)
        if shown is None:
            return neutral
        weights = self._at(shown, shown.position(now), self.given)
        return _between(neutral, weights, shown.awake(now, self.RELAX_US))

    # Inside.

    def _of(self, message: Anchor | Frames | Cut | End) -> _Shown:
        utterances = self._streams.setdefault(message.stream, {})
        return utterances.setdefault(message.utterance, _Shown())

    def _meet(self, welcome: Welcome) -> None:
        """Keep what the server goes on with, after a connection was lost."""
        known, self._welcome = self._welcome, welcome
        kept = self._streams
        self._streams = {name: {} for name in welcome.streams}
        if known is None or (known.clock, known.frames) != (
            welcome.clock,
            welcome.frames,
        ):
            return
        for name, position in welcome.streams.items():
            before = known.streams.get(name)
            if before is not None and before.epoch == position.epoch:
                self._streams[name] = kept.get(name, {})

    def _load(self, state: State) -> None:
        """Keep what goes on, as it is anchored now."""
        known = self._streams.get(state.stream, {})
        self._streams[state.stream] = going = {}
        for told in state.utterances:
            shown = going[told.utterance] = known.get(told.utterance, _Shown())
            if told.anchor is not None:
                shown.anchored(told.anchor)

    def _place(self, shown: _Shown, message: Frames, step: float) -> None:
        """Keep those frames that are not there yet."""
        for i, weights in enumerate(message.weights):
            t = message.t + round(i * step)
            if not shown.times or t > shown.times[-1] + step / 2:
                shown.times.append(t)
                shown.weights.append(weights)
        del shown.times[: -self.MOST], shown.weights[: -self.MOST]

    def _forget_over(self, stream: str, now: float) -> None:
        """Forget the utterances that have come to rest."""
        utterances = self._streams.get(stream, {})
        for name, shown in list(utterances.items()):
            if shown.over is not None and shown.over + self.RELAX_US < now:
                del utterances[name]

    def _at(self, shown: _Shown, position: float, given: FramesGiven) -> Weights:
        """Return the weights of an utterance at a position, µs of media."""
        shown.forget(position)
        place = bisect_right(shown.times, position)
        if place == 0:
            return given.neutral
        last, start = shown.weights[place - 1], shown.times[place - 1]
        if place < len(shown.times):
            share = (position - start) / (shown.times[place] - start)
            return _between(last, shown.weights[place], share)
        past = position - start - 1_000_000 / given.fps
        return _between(last, given.neutral, past / self.RELAX_US)


def _anchor_at(message: Anchor) -> AnchorAt:
    return AnchorAt(
        media=message.media,
        at=message.at,
        rate=message.rate,
        quality=message.quality,
        latency=message.latency,
    )


def _ruling(utterances: list[_Shown], now: float) -> _Shown | None:
    """Return the utterance that is heard; else one that sets out or comes to rest."""
    begun = [s for s in utterances if s.times and s.times[0] <= s.position(now)]
    heard = [
        shown
        for shown in begun
        if shown.position(now) >= 0 and (shown.over is None or now < shown.over)
    ]
    ruling = heard or begun
    return ruling[-1] if ruling else None


def _between(one: Weights, other: Weights, share: float) -> Weights:
    """Return *one* for a *share* of 0 and below, *other* for 1 and above."""
    share = min(max(share, 0.0), 1.0)
    return tuple(a + (b - a) * share for a, b in zip(one, other, strict=True))
