"""PURE. What a log keeps: its messages, and its utterances as far as told."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from streamer.events.codec import encode
from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cue,
    Cues,
    Cut,
    End,
    Mark,
    Marks,
    Start,
    UtteranceState,
)

__all__ = ["Entry", "Logged", "Told"]

Logged = Start | Cues | Marks | Anchor | Cut | End
"""The messages that have a number."""


class Entry:
    """
    One numbered message, in every viseme set.

    Its JSON is made when it is first asked for, once a set, and shared by
    all who ask; a message other than ``cues`` is the same in all sets.
    """

    __slots__ = ("_encoded", "_in_set", "at", "message")

    def __init__(
        self, message: Logged, at: int, in_set: Mapping[str, Sequence[Cue]] | None
    ) -> None:
        self.message = message
        """The message; of ``cues`` the form without a cue."""
        self.at = at
        """When it was logged, µs of the clock."""
        self._in_set = in_set
        self._encoded: dict[str, bytes] = {}

    @property
    def seq(self) -> int:
        """The message's number."""
        return self.message.seq

    @property
    def closes(self) -> bool:
        """Whether it is the last of its utterance."""
        return isinstance(self.message, Cut | End)

    def in_set(self, visemes: str) -> Logged:
        """Return the message in the viseme set *visemes*."""
        message = self.message
        if self._in_set is None or not isinstance(message, Cues):
            return message
        return Cues(
            stream=message.stream,
            seq=message.seq,
            utterance=message.utterance,
            until=message.until,
            cues=list(self._in_set.get(visemes, ())),
        )

    def encoded(self, visemes: str) -> bytes:
        """Return the JSON in the viseme set *visemes*; the same object each time."""
        key = "" if self._in_set is None else visemes
        known = self._encoded.get(key)
        if known is None:
            known = self._encoded[key] = encode(self.in_set(visemes))
        return known


@dataclass(slots=True)
class Told:
    """An utterance as far as it has been told."""

    start: Start
    """How it was announced."""
    until: int | None = None
    """How far its cues are known, µs of media; None before the first."""
    anchor: AnchorAt | None = None
    """The latest one."""
    cues: dict[str, deque[Cue]] = field(default_factory=dict)
    """Those that may still be heard, by viseme set."""
    words: deque[Mark] = field(default_factory=deque)
    """Marks other than phonemes: a client that comes late shows the text."""
    phonemes: deque[Mark] = field(default_factory=deque)
    """Marks of phonemes that may still be heard."""
    over: int | None = None
    """The number of its end or cut; None while it is not over."""

    def forget(self, heard: float) -> None:
        """Drop what ended before *heard*, µs of media."""
        for cues in self.cues.values():
            while cues and cues[0].t + cues[0].d <= heard:
                cues.popleft()
        while self.phonemes and self.phonemes[0].t + self.phonemes[0].d <= heard:
            self.phonemes.popleft()

    def state(self, visemes: str, now: int) -> UtteranceState:
        """Return what is still to be heard of it at *now*."""
        heard = self.anchor.heard(now) if self.anchor else float("-inf")
        marks = [m for m in self.phonemes if m.t + m.d > heard]
        start = self.start
        return UtteranceState(
            utterance=start.utterance,
            turn=start.turn,
            text=start.text,
            timing=start.timing,
            duration=start.duration,
            anchor=self.anchor,
            until=self.until or 0,
            cues=[c for c in self.cues.get(visemes, ()) if c.t + c.d > heard],
            marks=sorted([*self.words, *marks], key=lambda mark: mark.t),
        )
