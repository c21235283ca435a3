"""What a listener knows of a stream from its messages: a model of the mouth."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    State,
)

__all__ = ["REST", "Mirror", "Moment"]

REST = "sil"
"""The neutral shape."""
AFTERGLOW_US = 1_500_000
"""How long the text of an utterance stays to be read after its end."""


@dataclass(slots=True)
class _Spoken:
    """One utterance, as far as it was told."""

    id: str
    text: str | None = None
    timing: str = "none"
    duration: int | None = None
    anchor: AnchorAt | None = None
    cues: list[Cue] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    over_at: int | None = None
    over_media: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """What is heard and seen at one moment; times in seconds."""

    state: str = "waiting"
    """``waiting``, ``queued``, ``speaking``, ``starved`` or ``over``."""
    text: str = ""
    """What the utterance says; empty where nobody knows."""
    timing: str = "none"
    """The rung that its times come from."""
    heard: float = 0.0
    """How far it has been heard."""
    duration: float | None = None
    """How long it is, where that is known."""
    viseme: str = REST
    """The shape of the mouth."""
    weight: float = 1.0
    """How strongly it is shown, in [0, 1]."""
    phoneme: str = ""
    """The sound that is heard."""
    words: tuple[str, ...] = ()
    """The words whose times are known, in order."""
    word: int | None = None
    """Which of them is heard, or was last."""


class Mirror:
    """
    Keeps what the messages of one stream said, and says what is heard when.

    Messages of other streams than the first one seen are ignored. What is
    over is dropped, all but the last.
    """

    def __init__(self) -> None:
        self._stream: str | None = None
        self._spoken: dict[str, _Spoken] = {}

    def receive(self, message: object) -> None:
        """Take a message of the server; those that say nothing are ignored."""
        stream = getattr(message, "stream", None)
        if stream is None or stream != (self._stream or stream):
            return
        self._stream = stream
        if isinstance(message, State):
            self._receive_state(message)
        elif isinstance(message, Start):
            self._forget_old()
            self._spoken[message.utterance] = _Spoken(
                message.utterance, message.text, message.timing, message.duration
            )
        elif isinstance(message, Cues | Marks | Anchor | Cut | End):
            spoken = self._spoken.get(message.utterance)
            if spoken is not None:
                _learn(spoken, message)

    def moment(self, now: float) -> Moment:
        """Return what is heard at *now*, µs of the server's clock."""
        spoken = self._current(now)
        if spoken is None:
            return Moment()
        return _moment(spoken, now)

    def _receive_state(self, state: State) -> None:
        """A state is all there is; what else was known is over."""
        self._spoken = {
            told.utterance: _Spoken(
                told.utterance,
                told.text,
                told.timing,
                told.duration,
                told.anchor,
                list(told.cues),
                list(told.marks),
            )
            for told in state.utterances
        }

    def _current(self, now: float) -> _Spoken | None:
        """The one that is heard; else the last one that was, or the next."""
        last: _Spoken | None = None
        for spoken in self._spoken.values():
            over = spoken.over_at is not None and spoken.over_at <= now
            begun = spoken.anchor is not None and spoken.anchor.due(0) is not None
            if not over and begun and _heard(spoken, now) >= 0:
                return spoken
            if over and now - (spoken.over_at or 0) < AFTERGLOW_US:
                last = spoken
            elif not over:
                return last or spoken
        return last

    def _forget_old(self) -> None:
        over = [id for id, spoken in self._spoken.items() if spoken.over_at is not None]
        for id in over[:-1]:
            del self._spoken[id]


def _learn(spoken: _Spoken, message: Cues | Marks | Anchor | Cut | End) -> None:
    if isinstance(message, Cues):
        spoken.cues += message.cues
    elif isinstance(message, Marks):
        spoken.marks += message.marks
    elif isinstance(message, Anchor):
        spoken.anchor = AnchorAt(
            media=message.media,
            at=message.at,
            rate=message.rate,
            quality=message.quality,
            latency=message.latency,
        )
    else:
        spoken.over_at, spoken.over_media = message.at, message.media


def _heard(spoken: _Spoken, now: float) -> float:
    """How far it has been heard, µs; below 0 before it begins."""
    if spoken.anchor is None:
        return -1.0
    heard = spoken.anchor.heard(round(now))
    if spoken.over_at is not None:
        heard = min(heard, spoken.over_media)
    return heard


def _moment(spoken: _Spoken, now: float) -> Moment:
    heard = _heard(spoken, now)
    words = [mark for mark in spoken.marks if mark.kind == "word"]
    begun = [index for index, mark in enumerate(words) if mark.t <= heard]
    sounds = [
        m for m in spoken.marks if m.kind == "phoneme" and m.t <= heard < m.t + m.d
    ]
    state = _state(spoken, now, heard)
    shown = [c for c in spoken.cues if c.t <= heard < c.t + c.d]
    resting = state != "speaking" or not shown
    return Moment(
        state=state,
        text=spoken.text or "",
        timing=spoken.timing,
        heard=max(heard, 0.0) / 1e6,
        duration=None if spoken.duration is None else spoken.duration / 1e6,
        viseme=REST if resting else shown[-1].v,
        weight=1.0 if resting else shown[-1].w,
        phoneme=sounds[-1].text if sounds and state == "speaking" else "",
        words=tuple(mark.text for mark in words),
        word=begun[-1] if begun else None,
    )


def _state(spoken: _Spoken, now: float, heard: float) -> str:
    if spoken.over_at is not None and spoken.over_at <= now:
        return "over"
    if spoken.anchor is None or heard < 0:
        return "queued"
    if spoken.anchor.rate == 0 and now >= spoken.anchor.at:
        return "starved"
    return "speaking"
