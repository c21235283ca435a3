"""
What a device played: runs of sound and of silence, from the records of its blocks.

Device frames are counted as the map counts them, ring frames as the ring does.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
from itertools import takewhile
from operator import attrgetter

__all__ = ["Block", "Rest", "Segment", "Segments", "Silence"]


class Silence(IntEnum):
    """Why frames of a block are silent."""

    NONE = 0
    """They are not."""
    IDLE = 1
    """There was nothing to play: before the first frame, or behind an end."""
    STARVED = 2
    """The ring was empty with more to come."""
    PAUSED = 3
    """The renderer was told to pause."""
    FLUSHED = 4
    """The renderer was told to stop at once; until the end of that block."""
    LOST = 5
    """There was no device."""


@dataclass(frozen=True, slots=True)
class Block:
    """What a device did with one block: sound first, then silence."""

    device_frame: int
    """First frame of the block, counted from the device's start."""
    ring_frame: int
    """First ring frame taken; where none was, the next that will be."""
    played: int
    """Ring frames taken, at the start of the block."""
    silent: int
    """Frames of silence behind them."""
    time: float
    """When the device asked for the block, in seconds of the engine's clock."""
    delay: float
    """Seconds from :attr:`time` until its first frame is heard; NaN: unknown."""
    reason: int = Silence.NONE
    """Why the silent frames are; a :class:`Silence`."""
    flags: int = 0
    """What PortAudio said; bit 2 is an output underflow."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A silence that is over."""

    ring_frame: int
    """The ring frame before which it began."""
    next_frame: int
    """The ring frame with which sound went on."""
    frames: int
    """How long it lasted, in device frames."""
    reason: Silence
    """Why it was."""


_SOUND = int(Silence.NONE)
_UNKNOWN = -1
_STANDING = (Silence.STARVED, Silence.PAUSED, Silence.LOST)
"""Silences after which sound goes on where it stood."""


@dataclass(slots=True)
class Segment:
    """A run of device frames: sound, silence, or nobody knows."""

    frame: int
    """Its first device frame."""
    ring_frame: int
    """Its first ring frame; of silence, the next to be heard."""
    frames: int
    """How many device frames it has."""
    reason: int
    """A :class:`Silence`; -1 where records were lost."""
    taken: int = 0
    """Ring frames taken in it, where records were lost."""

    def ring_at(self, frame: float) -> float:
        """Return the ring frame heard at *frame*, which isn't before the first."""
        after = min(frame - self.frame, self.frames)
        if self.reason == _SOUND:
            return self.ring_frame + after
        if self.reason == _UNKNOWN:
            return self.ring_frame + after * self.taken / self.frames
        return self.ring_frame


_first_frame = attrgetter("frame")


class Segments:
    """
    The segments of one output, oldest first and without holes.

    :meth:`prune` bounds them: to how often sound broke off in what is kept.
    """

    def __init__(self) -> None:
        self._last = Segment(0, 0, 0, _UNKNOWN)  # stands for none
        self._all: list[Segment] = []
        self.end = 0
        self.rests: list[Rest] = []

    # -- told -----------------------------------------------------------------

    def add(self, frame: int, block: Block) -> None:
        """
        Take in *block*, whose first device frame counts as *frame*.

        Silences that it ends are added to :attr:`rests`, oldest first. Device
        frames missing before it become what its ring frames prove: sound where
        as many were taken, silence where none were, else unknown.
        """
        last, played, silent = self._last, block.played, block.silent
        ring_frame = block.ring_frame
        if frame == self.end:
            if silent == 0:
                whole = last.reason == 0 and last.ring_frame + last.frames == ring_frame
            else:
                whole = played == 0 and last.reason == block.reason != 0
                whole = whole and last.ring_frame == ring_frame
            if whole:
                last.frames += played + silent
                self.end = frame + played + silent
                return
        self._record(frame, block)

    def cut(self, frame: int) -> int:
        """
        Forget what is at *frame* and behind it; returns the next ring frame.

        What follows is silence because the device is lost, until :meth:`extend`.
        """
        frame = max(self._all[0].frame, min(frame, self.end))
        index = self._index(frame)
        segment = self._all[index]
        ring_frame = int(segment.ring_at(frame))
        del self._all[index + 1 :]
        segment.frames = min(segment.frames, frame - segment.frame)
        segment.taken = min(segment.taken, ring_frame - segment.ring_frame)
        self._push(Segment(frame, ring_frame, 0, Silence.LOST))
        self.end = frame
        return ring_frame

    def extend(self, frame: int) -> None:
        """Let the last segment reach up to *frame*, or stay where it is further."""
        self.end = max(self.end, frame)
        self._last.frames = self.end - self._last.frame

    def prune(self, oldest: float) -> None:
        """Drop segments that end before device frame *oldest*; the last is kept."""
        drop = 0
        while self._all[drop] is not self._last:
            segment = self._all[drop]
            if segment.frame + segment.frames >= oldest:
                break
            drop += 1
        del self._all[:drop]

    # -- asked ----------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._all)

    @property
    def silence(self) -> Silence:
        """Why the last segment is silent; NONE where it is sound."""
        return Silence(self._last.reason) if self._all else Silence.IDLE

    @property
    def is_silent(self) -> bool:
        """Whether the last segment is silent, or there is none."""
        return self._last.reason != _SOUND or not self._all

    def ring_at(self, frame: float) -> float:
        """Return the ring frame heard at *frame*; of the first and last beyond them."""
        index = self._index(frame)
        if index < 0:
            return self._all[0].ring_frame
        return self._all[index].ring_at(frame)

    def frame_of(self, ring_frame: float) -> float | None:
        """Return the device frame that is known to have played *ring_frame*."""
        for segment in reversed(self._all):
            after = ring_frame - segment.ring_frame
            if segment.reason == _SOUND and 0 <= after < segment.frames:
                return segment.frame + after
        return None

    def end_of(self, ring_frame: int) -> int | None:
        """Return the device frame behind the one that played the one before."""
        for segment in reversed(self._all):
            after = ring_frame - segment.ring_frame
            if segment.reason == _SOUND and 0 < after <= segment.frames:
                return segment.frame + after
        return None

    def rests_at(self, ring_frame: int) -> list[Rest]:
        """Return the silences in which sound stood, or stands, before *ring_frame*."""
        return [
            Rest(ring_frame, ring_frame, one.frames, Silence(one.reason))
            for one in self._all
            if one.ring_frame == ring_frame and one.reason in _STANDING and one.frames
        ]

    # -- inside ---------------------------------------------------------------

    def _index(self, frame: float) -> int:
        """The index of the segment around *frame*; -1 before the first."""
        return bisect_right(self._all, frame, key=_first_frame) - 1

    def _push(self, segment: Segment) -> None:
        self._all.append(segment)
        self._last = segment

    def _record(self, frame: int, block: Block) -> None:
        played, ring_frame = block.played, block.ring_frame
        if self._all and frame > self.end:
            self._fill_hole(frame, block)
        if played:
            self._append(Segment(frame, ring_frame, played, _SOUND))
        if block.silent:
            frame, ring_frame = frame + played, ring_frame + played
            reason = block.reason or Silence.IDLE
            self._append(Segment(frame, ring_frame, block.silent, reason))

    def _fill_hole(self, frame: int, block: Block) -> None:
        """Note what is known of the device frames before *frame* without record."""
        last, frames = self._last, frame - self.end
        ring_frame = int(last.ring_at(self.end))
        taken = block.ring_frame - ring_frame
        reason: int = _UNKNOWN
        if taken == frames:
            reason = _SOUND
        elif taken == 0:
            following = _SOUND if block.played else block.reason
            reason = max(last.reason, _SOUND) or following or Silence.STARVED
        self._append(Segment(self.end, ring_frame, frames, reason, taken))

    def _append(self, segment: Segment) -> None:
        """Add *segment*, which begins where the last one ends."""
        last = self._last
        self.end = segment.frame + segment.frames
        if segment.reason == _SOUND != last.reason:
            self._note_rests(segment.ring_frame)
        elif (
            segment.reason == last.reason != _UNKNOWN
            and segment.ring_frame == last.ring_at(segment.frame)
        ):
            last.frames += segment.frames
            return
        self._push(segment)

    def _note_rests(self, next_frame: int) -> None:
        """Silence is over, whatever segments of it there were."""
        run = list(takewhile(lambda one: one.reason != _SOUND, reversed(self._all)))
        run.reverse()
        reasons = {one.reason for one in run}
        around = self._all[-len(run) - 1 :]  # with the sound before it
        starts = [*(one.ring_frame for one in around[1:]), next_frame]
        goes_on = all(
            one.ring_at(one.frame + one.frames) == start
            for one, start in zip(around, starts, strict=False)
        )
        # Where frames were skipped it ended by a flush, unless they were lost.
        if Silence.FLUSHED in reasons or not (goes_on or Silence.LOST in reasons):
            return
        for one in run:
            told = one.reason in (Silence.PAUSED, Silence.LOST)
            # By its place it was starvation, whatever the renderer thought.
            reason = Silence(one.reason) if told else Silence.STARVED
            frames = one.frames - one.taken
            self.rests.append(Rest(one.ring_frame, next_frame, frames, reason))
