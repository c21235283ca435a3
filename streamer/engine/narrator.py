"""Tells a stream's log what happens to its utterances, in the wire's units."""

from __future__ import annotations

from dataclasses import dataclass

from streamer.engine.utterance import Utterance
from streamer.events import messages
from streamer.events.log import StreamLog
from streamer.lipsync import Batch, Cue, Mark
from streamer.timing import Clock, PlayoutMap, to_us

__all__ = ["Narrator"]


@dataclass(slots=True)
class _Told:
    """What of an utterance has been told."""

    anchored: float | None = None


class Narrator:
    """Writes one stream's log."""

    LEAD = 10.0
    """Seconds of media ahead of what is heard that cues and marks are told, so that an
    hour of speech does not fill a client's memory at once. Source: wire protocol,
    rule 3."""
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

    def tell(self, utterance: Utterance, batch: Batch) -> None:
        """Send what became known of *utterance*'s mouth."""
        if utterance.id not in self._told:
            return
        if batch.marks:
            marks = [self._mark(utterance, mark) for mark in batch.marks]
            self.log.marks(utterance.id, marks=marks)
        if any(batch.cues.values()):
            cues = {
                name: [self._cue(utterance, cue) for cue in found]
                for name, found in batch.cues.items()
            }
            until = to_us(utterance.seconds(batch.until))
            self.log.cues(utterance.id, until=until, cues=cues)
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
