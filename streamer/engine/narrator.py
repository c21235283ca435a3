"""Tells a stream's log what happens to its utterances, in the wire's units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from streamer.engine.utterance import Utterance
from streamer.events import messages
from streamer.events.log import StreamLog
from streamer.lipsync import Cue, Mark
from streamer.timing import Clock, PlayoutMap, to_us

__all__ = ["Narrator"]

T = TypeVar("T", Cue, Mark)


@dataclass(slots=True)
class _Told:
    """How much of an utterance has been told."""

    cues: int = 0
    marks: int = 0
    anchored: float | None = None


class Narrator:
    """
    Writes one stream's log.

    Cues and marks leave as soon as they are known, but no more than
    :data:`LEAD` seconds of media ahead of what is heard, so that an hour of
    speech does not fill a client's memory at once.
    """

    LEAD = 10.0
    """Seconds of media. Source: wire protocol, rule 3."""
    ANCHOR_EVERY = 1.0
    """Seconds between anchors while speaking. Source: rule 2."""

    def __init__(self, log: StreamLog, clock: Clock) -> None:
        self.log = log
        self._clock = clock
        self._told: dict[str, _Told] = {}

    def start(self, utterance: Utterance, *, timing: str, frames: int | None) -> None:
        """Announce *utterance*; *frames* is its length, where it is known."""
        duration = None if frames is None else to_us(utterance.seconds(frames))
        self._told[utterance.id] = _Told()
        self.log.start(
            utterance.id,
            text=utterance.text,
            timing=timing,
            duration=duration,
            turn=utterance.turn,
        )

    def knows(self, utterance: Utterance) -> bool:
        """Return whether *utterance* is announced and not over."""
        return utterance.id in self._told

    def has_untold(self, utterance: Utterance) -> bool:
        """Return whether there is something that was not sent yet."""
        told = self._told.get(utterance.id)
        return told is not None and (
            told.cues < len(utterance.known_cues) or told.marks < len(utterance.marks)
        )

    def tell(self, utterance: Utterance, heard: float) -> None:
        """Send what is known of *utterance* and due within the lead of *heard*."""
        told = self._told.get(utterance.id)
        if told is None:
            return
        horizon = heard + self.LEAD
        marks = self._due(utterance, utterance.marks, told.marks, horizon)
        if marks:
            told.marks += len(marks)
            self.log.marks(
                utterance.id, marks=[self._mark(utterance, mark) for mark in marks]
            )
        cues = self._due(utterance, utterance.known_cues, told.cues, horizon)
        if cues:
            told.cues += len(cues)
            last = cues[-1]
            wired = [self._cue(utterance, cue) for cue in cues]
            until = to_us(utterance.seconds(last.frame + last.frames))
            self.log.cues(utterance.id, until=until, cues={"oculus": wired})
            if utterance.trace.first_cue_sent is None:
                utterance.trace.first_cue_sent = self._clock.time()

    def anchor(
        self,
        utterance: Utterance,
        media: float,
        at: float,
        *,
        rate: float,
        playout: PlayoutMap,
    ) -> None:
        """
        Say that *media* seconds are heard at *at*.

        Args:
            utterance: Which one.
            media: Seconds of media.
            at: Seconds of the clock.
            rate: Media seconds a second; 0 where sound stands still.
            playout: Says how well the time is known.
        """
        told = self._told.get(utterance.id)
        if told is None:
            return
        told.anchored = self._clock.time()
        self.log.anchor(
            utterance.id,
            media=to_us(media),
            at=to_us(at),
            rate=rate,
            quality=playout.quality,
            latency=to_us(playout.latency),
        )

    def anchor_due(self, utterance: Utterance) -> float | None:
        """Return when the last anchor of *utterance* is a second old; None: never."""
        told = self._told.get(utterance.id)
        if told is None or told.anchored is None:
            return None
        return told.anchored + self.ANCHOR_EVERY

    def cut(self, utterance: Utterance, media: float, at: float) -> None:
        """Say that *utterance* was interrupted after *media* seconds."""
        if self._told.pop(utterance.id, None) is not None:
            self.log.cut(utterance.id, media=to_us(media), at=to_us(at))

    def end(self, utterance: Utterance, media: float, at: float) -> None:
        """Say that *utterance* was heard to its end, or failed."""
        if self._told.pop(utterance.id, None) is not None:
            error = None if utterance.error is None else str(utterance.error)
            self.log.end(utterance.id, media=to_us(media), at=to_us(at), error=error)

    # -- inside ---------------------------------------------------------------

    def _due(
        self, utterance: Utterance, items: list[T], start: int, horizon: float
    ) -> list[T]:
        """Those from *start* on that begin before *horizon*, up to the first not."""
        end = start
        while end < len(items) and utterance.seconds(items[end].frame) < horizon:
            end += 1
        return items[start:end]

    def _mark(self, utterance: Utterance, mark: Mark) -> messages.Mark:
        start, end = self._span(utterance, mark)
        return messages.Mark(t=start, d=end - start, kind=mark.kind, text=mark.text)

    def _cue(self, utterance: Utterance, cue: Cue) -> messages.Cue:
        start, end = self._span(utterance, cue)
        return messages.Cue(
            t=start, d=end - start, v=cue.viseme, p=cue.phones, w=cue.weight
        )

    def _span(self, utterance: Utterance, item: Cue | Mark) -> tuple[int, int]:
        """Start and end, each converted from its own frame: no error adds up."""
        start = to_us(utterance.seconds(item.frame))
        return start, to_us(utterance.seconds(item.frame + item.frames))
