"""
When a sound's gesture is complete, how long it is held, and whether there is room.

Decisions look at most :attr:`Times.horizon` frames beyond a sound's own onset, so
that they are the same however the sounds came in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from streamer.lipsync.coarticulation import Neighbour, Past
from streamer.lipsync.pose import Pose
from streamer.lipsync.rules import PROTECTED, Rule
from streamer.lipsync.styles import Style

__all__ = ["KNOWN_AHEAD", "Place", "Planner", "Times", "times_of"]

KNOWN_AHEAD = 0.250
"""Seconds of sounds that are known beyond what is settled, for the full rules."""

SEAL_LEAD = 0.009
"""Seconds from a finished seal to the sound's onset; at most 20 ms may lie between,
and a renderer's frames and thresholds take their part of it."""
SEAL_RAMP = (0.040, 0.120)
"""A seal's ramp is half the sound before it, within these (Rhubarb, rule 3)."""
SEAL_HOLD = 0.75
"""Part of the sound for which the lips stay shut (JALI sustains 75 %); of several
that share a seal, of the last."""
SEAL_HOLD_LEAST = 0.70
"""Part that even a seal or teeth right behind it leave."""
SEAL_SHORTEST = 0.040
"""Seconds from apex to release of the shortest seal: two frames at 60 fps."""
CROSSING = 0.008
"""Seconds from one protected gesture to the next where no more is left."""

ROUND_RAMP = 0.110
"""Seconds in which lips are put forward; the apex adds the lead (JALI: 150 ms)."""
SQUEEZED_RAMP = 0.025
"""The shortest ramp where there is little room; below, a gesture is left out."""
TIGHT_RAMP = 0.018
TIGHT_HOLD = 0.008
"""The same between two closures: lips that part are seen, if only for a frame
(JALI, hard constraint 4)."""
SHORTEST_RAMP = 0.040
"""The shortest ramp where there is room (Rhubarb's tweens: 40 to 80 ms)."""
SHORTEST_HOLD = 0.014
"""Seconds that every apex lasts: most of a frame at 60 fps."""

HELD_PAUSE = 0.120
RELAXED_PAUSE = 0.350
"""Shorter pauses hold the shape, shorter ones than this relax it (Rhubarb, rule 6)."""
RELAX_APEX = 0.040
REST_APEX = 0.050
"""Seconds into a pause at which the mouth has relaxed, or is at rest."""
REST_HOLD = 0.070
"""Seconds that the mouth's rest at the end lasts at least."""


class Place(NamedTuple):
    """Where a gesture is put."""

    frame: int
    """First frame of its apex."""
    stop: int
    """Frame after the last of its hold."""
    ramp: int
    """Frames of its ramp."""
    reach: float = 1.0
    """How much of the way to its target there is room for."""


class Times:
    """The times of rules and style, in frames."""

    def __init__(self, rate: int, style: Style, lead: float) -> None:
        def frames(seconds: float) -> int:
            return round(seconds * rate)

        self.rate = rate
        self.lead = frames(lead)
        self.seal_lead = frames(SEAL_LEAD)
        self.seal_ramp_least, self.seal_ramp_most = map(frames, SEAL_RAMP)
        self.seal_shortest = frames(SEAL_SHORTEST)
        self.crossing = max(frames(CROSSING), 1)
        self.round_ramp = frames(ROUND_RAMP)
        self.squeezed = frames(SQUEEZED_RAMP)
        self.tight = frames(TIGHT_RAMP)
        self.tight_hold = max(frames(TIGHT_HOLD), 1)
        self.ramp_least = frames(SHORTEST_RAMP)
        self.hold_least = max(frames(SHORTEST_HOLD), 1)
        self.ramp_open = frames(style.ramp_open)
        self.ramp_close = frames(style.ramp_close)
        self.spacing = frames(style.spacing)
        self.shortest_tongue = frames(style.shortest_tongue)
        self.held_pause = frames(HELD_PAUSE)
        self.relaxed_pause = frames(RELAXED_PAUSE)
        self.relax_apex = frames(RELAX_APEX)
        self.rest_apex = frames(REST_APEX)
        self.rest_hold = frames(REST_HOLD)
        self.reach = max(
            self.seal_lead + self.seal_ramp_most, self.lead + self.round_ramp
        )
        """No ramp begins earlier than this before its sound."""
        self.horizon = frames(KNOWN_AHEAD) - self.reach - 1
        """Sounds that start this long after a sound's onset don't matter to it."""


@lru_cache(maxsize=64)
def times_of(rate: int, style: Style, lead: float) -> Times:
    """Return the times of a rate in Hz, a style, and a lead in seconds."""
    return Times(rate, style, lead)


class Planner:
    """
    Places gestures, one sound at a time.

    Args:
        times: The times that rule.
        style: How long shapes are held.
    """

    def __init__(self, times: Times, style: Style) -> None:
        self._times = times
        self._style = style

    def place_protected(
        self,
        start: int,
        last: tuple[int, int],
        *,
        past: Past,
        ahead: Sequence[Neighbour],
        floor: int,
    ) -> Place:
        """
        Place a seal or teeth.

        Args:
            start: Where the sound starts, or the first of several that share it.
            last: Where the last of them starts and stops: it is what is held.
            past: Where the mouth comes from.
            ahead: What comes.
            floor: Where the ramp may begin at the earliest.
        """
        t = self._times
        frame = max(start - t.seal_lead, 0)
        frame = max(frame, floor + t.crossing, past.stop + 1)
        ramp = min(self._seal_ramp(past.frames), frame - max(floor, past.stop))
        held, stop = last
        least = held + round((stop - held) * SEAL_HOLD_LEAST)
        end = max(held + round((stop - held) * SEAL_HOLD), frame + t.seal_shortest)
        following = _protected(ahead)
        if following is not None:
            limit = following.start - t.seal_lead - t.crossing
            end = min(end, max(limit, min(least, following.start - t.seal_lead - 1)))
        return Place(frame, max(end, frame + 1), max(ramp, 1))

    def _seal_ramp(self, frames: int) -> int:
        """Return the ramp of a seal behind a sound of so many frames."""
        t = self._times
        return min(max(frames // 2, t.seal_ramp_least), t.seal_ramp_most)

    def place_silence(
        self, start: int, stop: int | None, *, past: Past, floor: int
    ) -> Place | None:
        """
        Place what a pause does; None where it holds the shape before.

        Args:
            start: Where it starts.
            stop: Where it ends; None is for good.
            past: Where the mouth comes from.
            floor: Where the ramp may begin at the earliest.
        """
        t = self._times
        if stop is not None and stop - start < t.held_pause:
            return None
        relaxing = stop is not None and stop - start <= t.relaxed_pause
        apex = t.relax_apex if relaxing else t.rest_apex
        frame = max(start + apex, past.stop + t.ramp_least, floor + t.ramp_least)
        ramp = min(t.ramp_close, frame - max(past.stop, floor))
        if stop is None:
            return Place(frame, frame + t.rest_hold, ramp)
        end = max(stop - t.reach, frame + t.hold_least)
        return Place(frame, end, ramp)

    def place_shape(
        self,
        rule: Rule,
        span: tuple[int, int],
        pose: Pose,
        *,
        past: Past,
        ahead: Sequence[Neighbour],
        floor: int,
    ) -> Place | None:
        """Place an open shape; None where there is no room for it."""
        t = self._times
        start, stop = span
        soonest = max(past.stop, floor)
        shortest, hold = t.squeezed, t.hold_least
        following = _protected(ahead)
        if following and past.kind in PROTECTED:
            shortest, hold = t.tight, t.tight_hold
        limit, last = self._limits(rule, span, ahead, shortest)
        frame = max(start - t.lead, soonest + t.ramp_least, 0)
        if frame + hold > last:
            frame = max(last - hold, soonest + shortest, 0)
        if frame + hold > last or frame >= stop or self._gives_way(rule, frame, ahead):
            return None
        held = start + round((stop - start) * self._style.sustain)
        end = max(min(held, limit), frame + hold)
        ramp, reach = self._ramp(frame, floor, pose, past)
        return Place(frame, end, ramp, reach)

    def _limits(
        self,
        rule: Rule,
        span: tuple[int, int],
        ahead: Sequence[Neighbour],
        shortest: int,
    ) -> tuple[int, int]:
        """
        Return where a hold should end, and where it must.

        What comes next has its ramp behind the first; where there is little room, a
        protected one has the *shortest*, and a weaker one waits.
        """
        t = self._times
        start, stop = span
        following = _protected(ahead)
        if following is not None:
            apex = following.start - t.seal_lead
            return apex - self._seal_ramp(stop - start), apex - shortest
        limit = stop - t.lead - t.ramp_least
        yields = ahead and ahead[0].rule and ahead[0].rule.rank > rule.rank
        return limit, limit + t.lead if yields else stop

    def _gives_way(self, rule: Rule, frame: int, ahead: Sequence[Neighbour]) -> bool:
        """Tell whether a stronger gesture to come is too near for this one."""
        t = self._times
        for neighbour in ahead:
            if neighbour.rule is None:
                return False
            if neighbour.rule.kind in PROTECTED or neighbour.rule.kind == "rest":
                continue
            if neighbour.start - t.lead - frame >= t.spacing:
                return False
            if neighbour.rule.rank > rule.rank:
                return True
        return False

    def _ramp(
        self, frame: int, floor: int, pose: Pose, past: Past
    ) -> tuple[int, float]:
        """Return a shape's ramp, and how much of the way it leaves room for."""
        t = self._times
        opens = pose.jaw + pose.opening > past.pose.jaw + past.pose.opening
        ramp = t.ramp_open if opens else t.ramp_close
        room = max(frame - max(past.stop, floor), 1)
        reach = min(1.0, max(room / t.ramp_least, 0.5))
        if pose.rounding > past.pose.rounding + 0.2:
            begin = max(past.frame, floor)
            return min(t.round_ramp, max(frame - begin, 1)), reach
        return min(ramp, room), reach


def _protected(ahead: Sequence[Neighbour]) -> Neighbour | None:
    """Return the neighbour right behind, if it is protected."""
    if ahead and ahead[0].rule and ahead[0].rule.kind in PROTECTED:
        return ahead[0]
    return None
