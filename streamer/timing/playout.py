"""
When a frame is heard: the way from an utterance to the listener's clock and back.

A device plays blocks without end. Each block says which frames of the ring it
took, how many frames of silence followed, and when it will be heard. From
these the map keeps *segments* (runs of sound and of silence, in device
frames) and a *line* from device frames to time. Utterances are spans of ring
frames; everything a caller asks is asked in an utterance's own frames.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from statistics import median, median_low
from typing import Literal

__all__ = ["Block", "Gap", "PlayoutMap", "Quality"]

Quality = Literal["measured", "fallback"]


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


@dataclass(slots=True)
class _Segment:
    device_frame: int
    ring_frame: int
    frames: int
    silent: bool


@dataclass(slots=True)
class _Span:
    start: int
    end: int | None = None
    gaps: list[Gap] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gap:
    """Silence inside an utterance that the utterance does not contain."""

    frame: int
    """Where it stands, in frames of the utterance."""
    frames: int
    """How long it lasted, in device frames."""


class PlayoutMap:
    """
    Maps an utterance's frames to the moments they are heard, and back.

    The line's offset is the running median of ``time + delay - frame / rate``
    over *window* seconds: each term jumps by a block in bursty callbacks while
    their sum stays within 0.1 ms. Where the last 0.3 s differ from it by more
    than 2 ms the sound server has slipped and the line takes a step; with a
    *window* of 0 every block is its own truth, as an unpaced output wants it.

    Args:
        rate: The device's frames a second.
        fallback_delay: Seconds that stand in for a delay the device does not
            know (NaN, or outside 0 to 2 s).
        window: Seconds of blocks that the offset is the median of.

    Source:
        Window, step and plausibility limits: docs/timing.md.
    """

    STEP = 0.002
    """Seconds of change that are a step and not noise."""
    STEP_WINDOW = 0.3
    """Seconds that a step must have lasted."""
    HISTORY = 60.0
    """Seconds of device time whose segments are kept."""
    MAX_DELAY = 2.0
    """Seconds above which a device's delay is not believed."""

    def __init__(
        self, rate: int, *, fallback_delay: float = 0.0, window: float = 2.0
    ) -> None:
        self.rate = rate
        self.fallback_delay = fallback_delay
        self.quality: Quality = "measured"
        self.step_count = 0
        self._window = window
        self._offsets: deque[tuple[int, float]] = deque()
        self._offset: float | None = None
        self._delay = fallback_delay
        self._segments: list[_Segment] = []
        self._device_end = 0
        self._ring_next = 0
        self._spans: dict[str, _Span] = {}

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

        Blocks come in the order they were played.
        """
        for block in blocks:
            self._add_offset(block)
            if block.played:
                self._append(block.device_frame, block.ring_frame, block.played)
            if block.silent:
                self._append(
                    block.device_frame + block.played,
                    block.ring_frame + block.played,
                    block.silent,
                    silent=True,
                )
            self._device_end = block.device_frame + block.played + block.silent
            self._ring_next = block.ring_frame + block.played
        self._prune()
        return bool(blocks) and self._fit()

    def discard(self, ring_frame: int) -> None:
        """Say that the frames before *ring_frame* that were not played never will."""
        self._ring_next = max(self._ring_next, ring_frame)

    # -- asked by everybody ---------------------------------------------------

    @property
    def latency(self) -> float:
        """Seconds between a block's request and its being heard, of late."""
        return self._delay

    @property
    def device_frames(self) -> int:
        """Device frames that are known to have been asked for."""
        return self._device_end

    @property
    def ring_next(self) -> int:
        """The next ring frame that the device will take, as far as is known."""
        return self._ring_next

    @property
    def silent(self) -> bool:
        """Whether the last block known ended in silence; True before the first."""
        return not self._segments or self._segments[-1].silent

    def knows(self, utterance: str) -> bool:
        """Return whether *utterance* has begun and is not forgotten."""
        return utterance in self._spans

    def when(self, utterance: str, frame: float) -> float | None:
        """
        Return when *frame* of *utterance* is heard, in seconds of the clock.

        What is still in the ring is reckoned to follow without a gap. None
        while nobody can know: the device is in silence before it, or it was
        discarded, or *utterance* is unknown.
        """
        span = self._spans.get(utterance)
        if span is None or self._offset is None:
            return None
        device_frame = self._device_frame(span.start + frame)
        return None if device_frame is None else self.time_of(device_frame)

    def until(self, utterance: str, frame: int) -> float | None:
        """
        Return when all of *utterance* before *frame* has been heard.

        That is where sound stops at *frame*, and :meth:`when` where it goes
        on. None where what is before it is not known to be heard.
        """
        span = self._spans.get(utterance)
        if span is None or self._offset is None:
            return None
        ring_frame = span.start + frame
        for segment in reversed(self._segments):
            first = segment.ring_frame
            if not segment.silent and first < ring_frame <= first + segment.frames:
                return self.time_of(segment.device_frame + ring_frame - first)
        return None

    def heard(self, utterance: str, time: float) -> float:
        """
        Return the frame of *utterance* that is heard at *time*.

        In silence it is the next frame to be heard. Never below 0, never
        beyond the utterance's end.
        """
        span = self._spans[utterance]
        position = self._ring_position(time) - span.start
        if span.end is not None:
            position = min(position, span.end - span.start)
        return max(0.0, position)

    def gaps(self, utterance: str) -> tuple[Gap, ...]:
        """Return the silences inside *utterance*, so far, oldest first."""
        return tuple(self._spans[utterance].gaps)

    def time_of(self, device_frame: float) -> float:
        """Return when *device_frame* is heard; call only after a first block."""
        assert self._offset is not None
        return self._offset + device_frame / self.rate

    # -- inside ---------------------------------------------------------------

    def _append(
        self, device_frame: int, ring_frame: int, frames: int, *, silent: bool = False
    ) -> None:
        last = self._segments[-1] if self._segments else None
        if last is not None and last.silent == silent:
            # Records may have been lost: then there is a hole in device frames.
            contiguous = last.device_frame + last.frames == device_frame
            if contiguous and silent:
                last.frames += frames
                last.ring_frame = ring_frame
                return
            if contiguous and last.ring_frame + last.frames == ring_frame:
                last.frames += frames
                return
        if last is not None and last.silent and not silent:
            self._count_gap(last, ring_frame)
        self._segments.append(_Segment(device_frame, ring_frame, frames, silent))

    def _count_gap(self, silence: _Segment, ring_frame: int) -> None:
        """A silence is over: it was starvation if an utterance lies around it."""
        for span in self._spans.values():
            inside = span.start < ring_frame and (
                span.end is None or ring_frame < span.end
            )
            if inside:
                span.gaps.append(Gap(ring_frame - span.start, silence.frames))

    def _add_offset(self, block: Block) -> None:
        known = 0.0 <= block.delay <= self.MAX_DELAY  # False for NaN
        self.quality = "measured" if known else "fallback"
        self._delay = block.delay if known else self.fallback_delay
        offset = block.time + self._delay - block.device_frame / self.rate
        self._offsets.append((block.device_frame, offset))

    def _fit(self) -> bool:
        newest = self._offsets[-1][0]
        if self._window == 0:
            self._offset = self._offsets[-1][1]
            self._offsets.clear()
            return False
        while newest - self._offsets[0][0] > self._window * self.rate:
            self._offsets.popleft()
        self._offset = median(offset for _, offset in self._offsets)
        since = newest - self.STEP_WINDOW * self.rate
        if self._offsets[0][0] > since:
            return False  # too young to tell a step from the first blocks' noise
        # One of them, not the middle of two: half way is nobody's truth.
        recent = median_low(offset for frame, offset in self._offsets if frame > since)
        if abs(recent - self._offset) <= self.STEP:
            return False
        self._offsets = deque(
            (frame, offset)
            for frame, offset in self._offsets
            if frame > since and abs(offset - recent) <= self.STEP
        )
        self._offset = recent
        self.step_count += 1
        return True

    def _prune(self) -> None:
        oldest = self._device_end - self.HISTORY * self.rate
        drop = 0
        while (
            drop < len(self._segments) - 1
            and self._segments[drop].device_frame + self._segments[drop].frames < oldest
        ):
            drop += 1
        del self._segments[:drop]

    def _device_frame(self, ring_frame: float) -> float | None:
        for segment in reversed(self._segments):
            first = segment.ring_frame
            if not segment.silent and first <= ring_frame < first + segment.frames:
                return segment.device_frame + (ring_frame - first)
        if ring_frame >= self._ring_next and not self.silent:
            return self._device_end + (ring_frame - self._ring_next)
        return None

    def _ring_position(self, time: float) -> float:
        if self._offset is None:
            return float(self._ring_next)
        device_frame = (time - self._offset) * self.rate
        starts = [segment.device_frame for segment in self._segments]
        index = bisect_right(starts, device_frame) - 1
        if index < 0:
            return float(self._segments[0].ring_frame) if self._segments else 0.0
        segment = self._segments[index]
        if segment.silent:
            return float(segment.ring_frame)
        return segment.ring_frame + min(
            device_frame - segment.device_frame, segment.frames
        )
