"""PURE. Live mode: shapes just in time, for clients without a clock."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import ceil

from streamer.events.entry import Logged
from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cue,
    Cues,
    Cut,
    End,
    State,
    Viseme,
)

__all__ = ["LiveMouth"]


@dataclass(slots=True)
class _Speaking:
    """An utterance as far as its shapes have not been sent."""

    anchor: AnchorAt | None = None
    cues: deque[Cue] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The shape that the client shows, if it isn't neutral."""

    utterance: str
    cue: Cue


class LiveMouth:
    """
    One stream's mouth as a client without a clock shall show it.

    It is told what the stream logs, in the client's viseme set, and gives out
    each shape :attr:`lead` before it is due: a neutral one wherever no shape
    follows at once, where the media stands still, and at an end or cut.

    Args:
        stream: The stream's name.
        neutral: The set's neutral shape.
        lead: How long before it is due a shape is given out, µs.
    """

    TOUCHING_US = 1_000
    """Shapes this close follow each other without a neutral one between."""

    def __init__(self, stream: str, *, neutral: str, lead: int) -> None:
        self._stream = stream
        self._neutral = neutral
        self._lead = lead
        self._speaking: dict[str, _Speaking] = {}
        self._shown: _Shown | None = None
        self._rest_at: int | None = None

    def load(self, state: State) -> None:
        """Begin with what is already under way."""
        for told in state.utterances:
            self._speaking[told.utterance] = _Speaking(told.anchor, deque(told.cues))

    def receive(self, message: Logged) -> None:
        """Take a message of the log; then call :meth:`due`."""
        utterance = message.utterance
        if isinstance(message, Cut | End):
            self._speaking.pop(utterance, None)
            if self._shown is not None and self._shown.utterance == utterance:
                self._rest_at = message.at - self._lead
            return
        speaking = self._speaking.setdefault(utterance, _Speaking())
        if isinstance(message, Cues):
            speaking.cues.extend(message.cues)
        elif isinstance(message, Anchor):
            speaking.anchor = AnchorAt(
                media=message.media,
                at=message.at,
                rate=message.rate,
                quality=message.quality,
                latency=message.latency,
            )

    def due(self, now: int) -> list[Viseme]:
        """Return the shapes to be sent at *now*, µs of the clock, in order."""
        given: list[Viseme] = []
        if self._rest_at is not None and self._rest_at <= now:
            given += self._rest()
        for utterance, speaking in self._speaking.items():
            anchor = speaking.anchor
            if anchor is None:
                continue
            if anchor.rate > 0:
                given += self._moving(utterance, speaking, anchor, now)
            elif anchor.at - self._lead <= now:
                given += self._standing(utterance, speaking)
        return given

    def next_due(self) -> int | None:
        """Return when :meth:`due` has something next; None if nothing is known."""
        times = [] if self._rest_at is None else [float(self._rest_at)]
        for utterance, speaking in self._speaking.items():
            anchor = speaking.anchor
            if anchor is not None:
                times += [
                    time - self._lead
                    for time in self._times(utterance, speaking, anchor)
                ]
        return ceil(min(times)) if times else None

    def _times(
        self, utterance: str, speaking: _Speaking, anchor: AnchorAt
    ) -> list[float]:
        """Return when this utterance's next changes are due, µs of the clock."""
        shown = self._shown_of(utterance)
        if anchor.rate == 0:
            return [] if shown is None else [float(anchor.at)]
        ahead = [speaking.cues[0].t] if speaking.cues else []
        if shown is not None:
            ahead.append(self._end_of(shown, speaking))
        return [anchor.at + (t - anchor.media) / anchor.rate for t in ahead]

    def _shown_of(self, utterance: str) -> Cue | None:
        shown = self._shown
        return shown.cue if shown and shown.utterance == utterance else None

    def _end_of(self, shown: Cue, speaking: _Speaking) -> int:
        """Return where *shown* ends: not before the next one where they touch."""
        end = shown.t + shown.d
        if speaking.cues and speaking.cues[0].t <= end + self.TOUCHING_US:
            return max(end, speaking.cues[0].t)
        return end

    def _moving(
        self, utterance: str, speaking: _Speaking, anchor: AnchorAt, now: int
    ) -> list[Viseme]:
        heard = anchor.heard(now + self._lead)
        given: list[Viseme] = []
        while speaking.cues and speaking.cues[0].t <= heard:
            cue = speaking.cues.popleft()
            if cue.t + cue.d > heard:
                given += self._show(
                    utterance, cue, (cue.t + cue.d - heard) / anchor.rate
                )
        shown = self._shown_of(utterance)
        if shown is not None and self._end_of(shown, speaking) <= heard:
            given += self._rest()
        return given

    def _standing(self, utterance: str, speaking: _Speaking) -> list[Viseme]:
        """Rest; the shape is shown again when the media moves on."""
        shown = self._shown_of(utterance)
        if shown is None:
            return []
        speaking.cues.appendleft(shown)
        return self._rest()

    def _show(self, utterance: str, cue: Cue, left: float) -> list[Viseme]:
        if cue.v == self._neutral:
            return self._rest()
        self._shown = _Shown(utterance, cue)
        self._rest_at = None
        return [
            Viseme(
                stream=self._stream,
                utterance=utterance,
                v=cue.v,
                p=cue.p,
                w=cue.w,
                d=round(left),
            )
        ]

    def _rest(self) -> list[Viseme]:
        shown, self._shown, self._rest_at = self._shown, None, None
        if shown is None:
            return []
        return [
            Viseme(
                stream=self._stream,
                utterance=shown.utterance,
                v=self._neutral,
                p=(),
                w=1.0,
                d=0,
            )
        ]
