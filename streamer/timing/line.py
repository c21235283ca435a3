"""
A device's clock: the line from device frames to the moments they are heard.

For each block, its request's time plus its delay says when its first frame is
heard. The line goes through the middle of these, and follows the device where
it drifts and where it slips.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import chain
from typing import Literal

__all__ = ["Line", "Quality"]

Quality = Literal["measured", "fallback"]

_STEP = 0.002

Point = tuple[int, float]
"""A device frame, and seconds: when it is heard, or by how much the line is off."""


class Line:
    """
    Maps device frames to seconds of the engine's clock, and back.

    Points are gathered in bins of 0.25 s. The offset is the median of the bins'
    medians over *window* seconds. The slope is Theil's over 60 s: the median
    of the slopes between each second and the one half the history later. Until
    there are 10 s the device is taken at its word. A line younger than 0.3 s
    is refitted with each block, and takes no step.

    Memory is bounded: at most 0.75 s of blocks, *window* seconds of bins, and a
    minute of seconds. A block costs about 1 µs; the bin's end, 5.

    Args:
        rate: The device's frames a second, as it says itself.
        window: Seconds that the offset is the median of; with 0 each block is
            its own truth.

    Source:
        Window, slope, step and plausibility limits: docs/timing.md.
    """

    STEP = _STEP
    """Seconds of change that are a step and not noise."""
    STEP_WINDOW = 0.3
    """Seconds whose median must have changed."""
    ALERT_WINDOW = 0.05
    """Seconds that suffice after the device itself reported trouble."""
    AGREED_WINDOW = 0.05
    """Seconds that suffice, too, where all blocks in them agree."""
    AGREED_BLOCKS = 8
    """How many there have to be."""
    AGREED = 0.0005
    """Seconds within which they do."""
    LOOK = 0.02
    """Seconds of device time between two looks for a step; a limit of cost."""
    BIN = 0.25
    """Seconds whose blocks become one point of the fit."""
    MIN_SECONDS = 10
    """Seconds of history before the slope has an effect."""
    MAX_SECONDS = 60
    """Seconds of history that the slope is fitted over."""
    MAX_DRIFT = 500e-6
    """Largest slope that a sound card's crystal can have."""
    MAX_DELAY = 2.0
    """Seconds above which a device's delay is not believed."""

    def __init__(self, rate: int, *, window: float) -> None:
        self.fallback_delay = 0.0
        self.delay = 0.0
        self.known = False
        self.step_count = 0
        self._rate = rate
        self._window = window
        self._base = 0.0  # when frame 0 is heard, by this line
        self._scale = 1.0 / rate  # seconds a frame takes
        self._slope = 0.0  # of the offset, in seconds a frame
        self._now: list[Point] = []  # the bin that is being filled
        self._full: deque[list[Point]] = deque(maxlen=2)  # the ones before it
        self._bins: deque[Point] = deque()
        self._second: list[Point] = []
        self._seconds: deque[Point] = deque(maxlen=self.MAX_SECONDS)
        self._alert: float  # the frame where trouble was last reported
        self.restart()

    # -- told -----------------------------------------------------------------

    def restart(self) -> None:
        """Forget everything but the line itself: the device is another one."""
        self._slope = 0.0
        self._measured = True
        self._begin([])

    def alert(self, frame: int) -> None:
        """Say that the device reported trouble at *frame*: a step may be near."""
        if frame > self._alert + self.STEP_WINDOW * self._rate:
            self._alert = frame

    def add(self, frame: int, time: float, delay: float) -> bool:
        """
        Take in a block; frames grow from call to call.

        Args:
            frame: Its first device frame.
            time: When it was asked for, in seconds of the clock.
            delay: Seconds from then until it is heard; NaN: unknown.

        Returns:
            Whether the line took a step.
        """
        if 0.0 <= delay <= self.MAX_DELAY:  # False for NaN
            if not self._measured:
                return self._turn(frame, time, delay, measured=True)
        elif self._measured:
            # What was measured of late says more than a stand-in.
            if self._is_fresh(frame):
                return False
            return self._turn(frame, time, self.fallback_delay, measured=False)
        else:
            delay = self.fallback_delay
        heard = time + delay
        self._now.append((frame, heard))
        if frame < self._due:
            off = heard - self._base - frame * self._scale
            if -_STEP <= off <= _STEP:
                self.delay = delay
                return False
        return self._look(frame, heard, delay)

    # -- asked ----------------------------------------------------------------

    @property
    def quality(self) -> Quality:
        """
        ``measured`` where the line is made of delays that the device measured.

        ``fallback`` where a stand-in serves, or where the delays contradict the
        count of frames: more than half of a second's blocks are off the line.
        """
        return "measured" if self._measured and self._consistent else "fallback"

    @property
    def drift_ppm(self) -> float:
        """Millionths by which the device is faster than it says; within ±500."""
        return -self._slope * self._rate * 1e6

    def time_of(self, frame: float) -> float:
        """Return when *frame* is heard, in seconds of the clock."""
        return self._base + frame * self._scale

    def frame_at(self, time: float) -> float:
        """Return the frame that is heard at *time*; the inverse of :meth:`time_of`."""
        return (time - self._base) / self._scale

    def believe(self, delay: float) -> float:
        """Return *delay*, or what stands in where it can't be true."""
        return delay if 0.0 <= delay <= self.MAX_DELAY else self.fallback_delay

    # -- inside ---------------------------------------------------------------

    def _begin(self, points: list[Point]) -> None:
        """Fit anew, from *points* on; the slope is the crystal's and stays."""
        self._now = points
        self._full.clear()
        self._bins.clear()
        self._second.clear()
        self._seconds.clear()
        self._born: int = points[0][0] if points else -1
        self._due: float = 0  # at this frame there is more to do than to compare
        self._bin_end: float = self._born + self.BIN * self._rate
        self._look_at = 0.0
        self._alert = float("-inf")
        self._blocks = self._doubts = 0
        self._consistent = True

    def _turn(self, frame: int, time: float, delay: float, *, measured: bool) -> bool:
        """Begin a line of the other quality; returns whether that is a step."""
        before = self.time_of(frame)
        self._measured = measured
        self._begin([(frame, time + delay)])
        known = self.known
        self._look(frame, time + delay, delay)
        moved = known and abs(self.time_of(frame) - before) > self.STEP
        if not moved or self._window == 0:
            return False
        self.step_count += 1
        return True

    def _is_fresh(self, frame: int) -> bool:
        """Whether a measured block is not older than the window."""
        for points in (self._now, *reversed(self._full)):
            if points:
                return frame - points[-1][0] <= self._window * self._rate
        return False

    def _look(self, frame: int, heard: float, delay: float) -> bool:
        """Do what not every block needs, for the newest; returns whether it steps."""
        if self._window == 0:
            self._now.clear()
            self._place([(frame, heard - frame / self._rate)])
            self.delay = delay
            return False
        if self._born < 0:
            self._born = frame
            self._bin_end = frame + self.BIN * self._rate
        young = frame - self._born < self.STEP_WINDOW * self._rate
        off = heard - self.time_of(frame)
        if young or abs(off) <= self.STEP:
            self.delay = delay
        elif self._doubt(frame, off, delay):
            return True
        if frame >= self._bin_end:
            self._close_bin(frame)
        if young:
            # The newest: right after it ran dry a device still finds its feet.
            since = frame - self.AGREED_WINDOW * self._rate
            points = chain(*self._full, self._now)
            self._place(self._offsets(p for p in points if p[0] > since))
        elif not self._now:
            self._place(self._bins)
            self._due = self._bin_end
        return False

    def _doubt(self, frame: int, off: float, delay: float) -> bool:
        """Look at a block that is *off* the line; returns whether it steps."""
        self._doubts += 1
        if off > delay + self.STEP:
            # By the line it would have been heard before it was asked for.
            self.alert(frame)
            if self._measured and delay < self.delay / 2:
                # The device has run dry, and what it measures now is the truth.
                return self._step([(frame, off)])
        if frame < self._look_at:
            return False
        self._look_at = frame + self.LOOK * self._rate
        offs = self._offs_since(frame - self.AGREED_WINDOW * self._rate)
        if len(offs) >= self.AGREED_BLOCKS and _spread(offs) <= self.AGREED:
            return self._step(offs)
        since = frame - self.STEP_WINDOW * self._rate
        if frame - self._alert >= self.ALERT_WINDOW * self._rate:
            since = max(since, self._alert - 1)
        return self._step(self._offs_since(since))

    def _offs_since(self, frame: float) -> list[Point]:
        """Return by how much the blocks since *frame* are off the line."""
        points = list(chain(*self._full, self._now))
        recent = [point for point in points if point[0] > frame]
        # Three at least: the middle of fewer may be the one that is wrong.
        recent = recent if len(recent) > 2 else points[-3:]
        return [(at, time - self.time_of(at)) for at, time in recent]

    def _step(self, offs: list[Point]) -> bool:
        """Step to the middle of *offs*, unless that is no step."""
        step = _middle(off for _, off in offs)
        if abs(step) <= self.STEP:
            return False
        # Half of them have to agree on it: the middle of noise is nowhere.
        near = max(self.STEP, abs(step) / 4)
        agreed = [point for point in offs if abs(point[1] - step) <= near]
        if 2 * len(agreed) < len(offs):
            return False
        self._begin([(at, self.time_of(at) + off) for at, off in agreed])
        self._base += step
        self.step_count += 1
        return True

    def _close_bin(self, frame: int) -> None:
        offsets = self._offsets(self._now)
        point = (offsets[len(offsets) // 2][0], _middle(off for _, off in offsets))
        self._full.append(self._now)
        self._bins.append(point)
        oldest = frame - self._window * self._rate
        while len(self._bins) > 1 and self._bins[0][0] < oldest:
            self._bins.popleft()
        self._blocks += len(self._now)
        self._now = []
        self._bin_end = frame + self.BIN * self._rate
        self._second.append(point)
        if point[0] - self._second[0][0] >= (1.0 - self.BIN) * self._rate:
            self._close_second()

    def _close_second(self) -> None:
        bins = self._second
        middle = bins[len(bins) // 2][0]
        self._seconds.append((middle, _middle(offset for _, offset in bins)))
        self._second = []
        self._consistent = 2 * self._doubts <= self._blocks
        self._blocks = self._doubts = 0
        if len(self._seconds) >= self.MIN_SECONDS:
            self._fit_slope()

    def _fit_slope(self) -> None:
        points = list(self._seconds)
        half = len(points) // 2
        slope = _middle(
            (after[1] - before[1]) / (after[0] - before[0])
            for before, after in zip(points, points[half:], strict=False)
        )
        limit = self.MAX_DRIFT / self._rate
        self._slope = max(-limit, min(limit, slope))

    def _offsets(self, points: Iterable[Point]) -> list[Point]:
        """Return how much later each is heard than by the device's own count."""
        return [(frame, heard - frame / self._rate) for frame, heard in points]

    def _place(self, offsets: Iterable[Point]) -> None:
        """Put the line through the middle of *offsets*, with its slope."""
        slope = self._slope
        self._base = _middle(offset - slope * frame for frame, offset in offsets)
        self._scale = 1.0 / self._rate + slope
        self.known = True


def _middle(values: Iterable[float]) -> float:
    """Return the lower median: one of them, as half way is nobody's truth."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]


def _spread(points: Iterable[Point]) -> float:
    """Return how far the second members are apart."""
    values = [value for _, value in points]
    return max(values) - min(values)
