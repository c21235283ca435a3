"""What a playout map says of the utterances that are written."""

from __future__ import annotations

from collections.abc import Iterable

from streamer.playback.change import Change, Kind, Track
from streamer.playback.rendering import Ring
from streamer.timing import Clock, PlayoutMap, Silence

__all__ = ["Lookout"]

_STILL: dict[int, Kind] = {Silence.PAUSED: "paused", Silence.LOST: "lost"}
"""What a silence inside an utterance is; any other is starvation."""


class Lookout:
    """
    Notices what happened to a track since it was last looked at.

    What was told is kept in the track; nothing else is changed.

    Args:
        playout: What the device did.
        ring: What is written.
        clock: The engine's clock.
        paced: Whether the output takes frames in real time.
    """

    def __init__(
        self, playout: PlayoutMap, ring: Ring, clock: Clock, *, paced: bool
    ) -> None:
        self.playout = playout
        self._ring = ring
        self._clock = clock
        self._paced = paced

    def after_step(self, tracks: Iterable[Track]) -> list[Change]:
        """Return where each track stands now that the line took a step."""
        changes = []
        for track in tracks:
            frame = max(0, self.playout.ring_next - track.start)
            if track.end is not None:
                frame = min(frame, track.end - track.start)
            time = self.playout.when(track.utterance, frame)
            if time is not None and (track.started or track.due):
                changes.append(Change("stepped", track.utterance, frame, time))
        return changes

    def look_at(self, track: Track) -> list[Change]:
        """Return what began, stood still or went on."""
        changes = self._look_at_start(track)
        if track.started:
            changes += self._look_at_silences(track)
        return changes

    def _look_at_start(self, track: Track) -> list[Change]:
        if track.started:
            return []
        time = self.playout.when(track.utterance, 0)
        if self.playout.ring_next > track.start:
            if time is None:  # its record was lost, or it had no frame
                time = self._clock.time()
            track.started = True
            return [Change("started", track.utterance, 0, time)]
        if not track.due and time is not None and self._ring.committed > track.start:
            track.due = True
            return [Change("due", track.utterance, 0, time)]
        return []

    def _look_at_silences(self, track: Track) -> list[Change]:
        position = self.playout.ring_next
        gaps = self.playout.gaps(track.utterance)
        changes = []
        if len(gaps) > track.gaps:
            track.gaps, track.still = len(gaps), False
            frame = gaps[-1].frame
            time = self.playout.when(track.utterance, frame)
            if time is not None:
                changes.append(Change("resumed", track.utterance, frame, time))
        inside = track.start < position and (track.end is None or position < track.end)
        if inside and self.playout.silent and not track.still:
            track.still = True
            frame = position - track.start
            kind = _STILL.get(self.playout.silence, "starved")
            time = self.playout.until(track.utterance, frame)
            if time is not None:
                changes.append(Change(kind, track.utterance, frame, time))
        return changes

    def look_at_end(self, track: Track) -> list[Change]:
        """Return the end of the oldest track, once it is heard."""
        if track.end is None or self.playout.ring_next < track.end:
            return []
        frame = track.end - track.start
        time = self.playout.until(track.utterance, frame)
        if time is None or not self._paced:
            # It had no frames and ends where it stands, or heard means written.
            time = self._clock.time()
        if self._paced and time > self._clock.time():
            return []
        return [Change("ended", track.utterance, frame, time)]
