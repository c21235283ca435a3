"""
When a frame is heard: the way from an utterance to the listener's clock and back.

A device plays blocks without end. Each block says which frames of the ring it
took, how many frames of silence followed, and when it will be heard. From
these the map keeps *segments* (runs of sound and of silence, in device
frames) and a *line* from device frames to time. Utterances are spans of ring
frames; everything a caller asks is asked in an utterance's own frames.

A device may be lost and another one take its place. Inside, device frames go
on counting through the time between, so that one line serves all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from streamer.timing.line import Line, Quality
from streamer.timing.segments import Block, Segments, Silence

__all__ = ["Block", "Gap", "PlayoutMap", "Quality", "Silence"]

_UNDERFLOW = 4
"""PortAudio's ``paOutputUnderflow``: the device had run dry."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Silence inside an utterance that the utterance does not contain."""

    frame: int
    """Where it stands, in frames of the utterance: the one heard after it."""
    frames: int
    """How long it lasted, in device frames."""
    reason: Silence = Silence.STARVED
    """Why it was."""


@dataclass(slots=True)
class _Span:
    start: int
    end: int | None = None
    gaps: tuple[Gap, ...] = ()


class PlayoutMap:
    """
    Maps an utterance's frames to the moments they are heard, and back.

    The line goes through the running median of each block's ``time + delay -
    frame / rate`` over *window* seconds, with the slope of the last minute:
    each term jumps by a block in bursty callbacks while their sum stays within
    0.1 ms. Where the last 0.3 s differ from it by more than 2 ms the sound
    server has slipped and the line takes a step; with a *window* of 0 every
    block is its own truth, as an unpaced output wants it.

    Segments older than a minute are dropped, so memory is bounded by how often
    sound broke off in it; an utterance's gaps are kept until :meth:`forget`.

    Args:
        rate: The device's frames a second.
        fallback_delay: Seconds that stand in for a delay the device does not
            know (NaN, or outside 0 to 2 s).
        window: Seconds of blocks that the offset is the median of.
        offset: Seconds that the user knows the sound to be later than the
            device says (Bluetooth); in every time that is told or asked.

    Source:
        Window, step and plausibility limits: docs/timing.md.
    """

    STEP = Line.STEP
    """Seconds of change that are a step and not noise."""
    STEP_WINDOW = Line.STEP_WINDOW
    """Seconds that a step must have lasted."""
    HISTORY = 60.0
    """Seconds of device time whose segments are kept."""
    AT_ONCE = 0.5
    """Share of a block within which the next one is asked for at the same time."""
    FORGETS = 0.01
    """Seconds a second by which a request that came soon is forgotten."""
    MAX_DELAY = Line.MAX_DELAY
    """Seconds above which a device's delay is not believed."""

    def __init__(
        self,
        rate: int,
        *,
        fallback_delay: float = 0.0,
        window: float = 2.0,
        offset: float = 0.0,
    ) -> None:
        self.rate = rate
        self.offset = offset
        self._line = Line(rate, window=window)
        self._line.fallback_delay = self._line.delay = fallback_delay
        self._segments = Segments()
        self._spans: dict[str, _Span] = {}
        self._shift = 0  # what the count inside is ahead of the device's
        self._device_end = 0  # as the device counts
        self._block = 0  # frames of the last one
        self._schedule = math.inf  # when frame 0 would have been asked for
        self._burst = self._period = 0  # frames asked for at once, now and before
        self.ring_next = 0
        """The next ring frame that the device will take, as far as is known."""
        self._left_out = (0, 0)  # ring frames that will not be played
        self._asked = -math.inf  # when the last block known was
        self._lost = False
        self._prune_at = 0.0

    # -- written by the player ------------------------------------------------

    def begin(self, utterance: str, ring_frame: int) -> None:
        """Say that *utterance*'s frame 0 is ring frame *ring_frame*."""
        self._spans[utterance] = _Span(ring_frame)

    def finish(self, utterance: str, ring_frame: int) -> None:
        """Say that *utterance* ends before ring frame *ring_frame*."""
        self._spans[utterance].end = ring_frame

    def forget(self, utterance: str) -> None:
        """Drop what is known of *utterance*."""
        self._spans.pop(utterance, None)

    def receive(self, blocks: list[Block]) -> bool:
        """
        Take in what the device did; returns whether the line took a step.

        Blocks come in the order they were played. Where device frames are
        missing between two, their records were lost.
        """
        if not blocks:
            return False
        if self._lost:
            self._rejoin(blocks[0])
            self._schedule, self._burst = math.inf, 0
        stepped = False
        line, segments, shift = self._line, self._segments, self._shift
        for block in blocks:
            frame = block.device_frame + shift
            if block.flags & _UNDERFLOW:
                line.alert(frame)
            if line.add(frame, block.time, block.delay):
                stepped = True
            segments.add(frame, block)
            self._keep_schedule(block)
        self._block = block.played + block.silent
        self._device_end = block.device_frame + self._block
        self.ring_next = block.ring_frame + block.played
        if segments.rests:
            self._count_gaps()
        if segments.end > self._prune_at:
            segments.prune(segments.end - self.HISTORY * self.rate)
            self._prune_at = segments.end + self.rate
        return stepped

    def discard(self, ring_frame: int, *, start: int | None = None) -> None:
        """
        Say that the frames before *ring_frame* that were not played never will.

        Where *start* is given, only those from there on: what is before it will.
        """
        if start is None or start <= self.ring_next:
            self.ring_next = max(self.ring_next, ring_frame)
        elif self._left_out[1] == start:
            self._left_out = (self._left_out[0], ring_frame)
        else:
            self._left_out = (start, ring_frame)

    def lose(self, time: float) -> int:
        """
        Say that the device is gone at *time*; returns the ring frame heard by then.

        Every record of it has been received. What it took and nobody heard is
        forgotten: those frames are taken again, by whatever device comes next.
        Its first block may have any device frame that was not asked for yet,
        and any delay; until then there is silence, and the line stays.

        A loss is noticed late, and a device that plays on asks on: nothing
        counts as heard that was not when it asked for its last block. So the
        next device repeats a moment, at most the time between two blocks,
        rather than leave one out.
        """
        if self._lost or not self._segments:
            return self.ring_next
        known = min(time, self._asked) - self.offset
        frame = self._line.frame_at(known)
        heard = math.floor(frame + 1e-3)  # a float's last digits are no frame
        self.ring_next = self._segments.cut(heard)
        for span in self._spans.values():
            # Silence that was not heard; what is left of it is counted again.
            unheard = self.ring_next - span.start
            span.gaps = tuple(gap for gap in span.gaps if gap.frame < unheard)
        self._lost = True
        return self.ring_next

    # -- asked by everybody ---------------------------------------------------

    @property
    def fallback_delay(self) -> float:
        """Seconds that stand in for a delay the device does not know."""
        return self._line.fallback_delay

    @fallback_delay.setter
    def fallback_delay(self, delay: float) -> None:
        self._line.fallback_delay = delay

    @property
    def quality(self) -> Quality:
        """Whether times rest on delays that the device measured, or on a stand-in."""
        return self._line.quality

    @property
    def step_count(self) -> int:
        """How often the line took a step."""
        return self._line.step_count

    @property
    def drift_ppm(self) -> float:
        """Millionths by which the device is faster than it says; 0 for 10 s."""
        return self._line.drift_ppm

    @property
    def latency(self) -> float:
        """Seconds between a block's request and its being heard, of late."""
        return self._line.delay + self.offset

    @property
    def period(self) -> float:
        """Seconds of the blocks last asked for at once; 0 before the first."""
        return self._period / self.rate

    def next_request(self, time: float) -> float:
        """
        Return when the device asks for its next block, at the soonest; not before
        *time*, and *time* itself before the first block.

        A device asks late at times, and never sooner than its frames are played, but
        for one that rested: the map goes by the soonest of its requests so far, which
        count less the older they are. What is asked for at once is one request, of
        :attr:`period`.
        """
        if not self._block:
            return time
        return max(time, self._schedule + self._device_end / self.rate)

    @property
    def device_frames(self) -> int:
        """Device frames that are known to have been asked for."""
        return self._device_end

    @property
    def silence(self) -> Silence:
        """Why the last block known ended in silence, NONE where it did not."""
        return self._segments.silence

    @property
    def silent(self) -> bool:
        """Whether the last block known ended in silence; True before the first."""
        return self._segments.is_silent

    def knows(self, utterance: str) -> bool:
        """Return whether *utterance* has begun and is not forgotten."""
        return utterance in self._spans

    def when(self, utterance: str, frame: float) -> float | None:
        """
        Return when *frame* of *utterance* is heard, in seconds of the clock.

        What is still in the ring is reckoned to follow without a gap. None
        while nobody can know: the device is in silence before it or is lost,
        or it was discarded, or its record was lost, or *utterance* is unknown.
        """
        span = self._spans.get(utterance)
        if span is None or not self._line.known:
            return None
        ring_frame = span.start + frame
        device_frame = self._segments.frame_of(ring_frame)
        if device_frame is None:
            if ring_frame < self.ring_next or self.silent:
                return None
            ahead = ring_frame - self.ring_next
            start, stop = self._left_out
            if self.ring_next <= start < stop and ring_frame >= start:
                if ring_frame < stop:
                    return None
                ahead -= stop - start
            device_frame = self._segments.end + ahead
        return self._time_at(device_frame)

    def until(self, utterance: str, frame: int) -> float | None:
        """
        Return when all of *utterance* before *frame* has been heard.

        That is where sound stops at *frame*, and :meth:`when` where it goes
        on. None where what is before it is not known to be heard.
        """
        span = self._spans.get(utterance)
        if span is None:
            return None
        device_frame = self._segments.end_of(span.start + frame)
        return None if device_frame is None else self._time_at(device_frame)

    def heard(self, utterance: str, time: float) -> float:
        """
        Return the frame of *utterance* that is heard at *time*.

        In silence it is the next frame to be heard; where records were lost it
        lies between the frames known around them. Never below 0, never beyond
        the utterance's end.
        """
        span = self._spans[utterance]
        position = self._ring_position(time) - span.start
        if span.end is not None:
            position = min(position, span.end - span.start)
        return max(0.0, position)

    def gaps(self, utterance: str) -> tuple[Gap, ...]:
        """
        Return the silences inside *utterance* that are over, oldest first.

        Several may stand at one frame (starved, then paused). Where records
        were lost, the silence among them stands at the hole's end.
        """
        return self._spans[utterance].gaps

    def gaps_of_cut(self, utterance: str, frame: int) -> tuple[Gap, ...]:
        """
        Return the silences inside *utterance*, which was cut before *frame*.

        To those that are over come those in which it stood when it was cut.
        """
        span = self._spans[utterance]
        ring_frame = span.start + frame
        if frame <= 0 or (span.end is not None and ring_frame >= span.end):
            return span.gaps
        if span.gaps and span.gaps[-1].frame == frame:
            return span.gaps  # it had just gone on
        standing = self._segments.rests_at(ring_frame)
        return span.gaps + tuple(Gap(frame, r.frames, r.reason) for r in standing)

    def time_of(self, device_frame: float) -> float:
        """Return when *device_frame* is heard; call only after a first block."""
        assert self._line.known
        return self._time_at(device_frame + self._shift)

    # -- inside ---------------------------------------------------------------

    def _keep_schedule(self, block: Block) -> None:
        frames = block.played + block.silent
        since, self._asked = block.time - self._asked, block.time
        if since < self.AT_ONCE * frames / self.rate:
            self._burst += frames
            return
        due = block.time - block.device_frame / self.rate
        slack = self.FORGETS * self._burst / self.rate
        self._schedule = min(self._schedule + slack, due)
        self._burst, self._period = frames, self._burst or frames

    def _rejoin(self, block: Block) -> None:
        """Let *block*, a new device's first, follow the silence without one."""
        heard = block.time + self._line.believe(block.delay)
        self._segments.extend(round(self._line.frame_at(heard)))
        self._shift = self._segments.end - block.device_frame
        self._lost = False
        self._line.restart()

    def _count_gaps(self) -> None:
        """Give each silence that is over to whatever utterance lies around it."""
        for rest in self._segments.rests:
            for span in self._spans.values():
                ends = span.end is not None and span.end <= rest.next_frame
                if span.start < rest.ring_frame and not ends:
                    frame = rest.next_frame - span.start
                    span.gaps += (Gap(frame, rest.frames, rest.reason),)
        self._segments.rests.clear()

    def _time_at(self, frame: float) -> float:
        """When *frame*, as counted inside, is heard."""
        return self._line.time_of(frame) + self.offset

    def _ring_position(self, time: float) -> float:
        if not self._segments:
            return float(self.ring_next)
        return float(self._segments.ring_at(self._line.frame_at(time - self.offset)))
