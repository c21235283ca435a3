"""
From sounds with their times to what the mouth does.

A gesture is one target of the mouth: when it is reached, how long it is held, and
what is reached. Gestures follow one another; between the hold of one and the apex
of the next lies the ramp. The rules are in :mod:`streamer.lipsync.rules`, the times
in :mod:`streamer.lipsync.planner`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streamer.errors import UsageError
from streamer.lipsync.bands import JawBands
from streamer.lipsync.coarticulation import (
    Neighbour,
    Past,
    coarticulate,
    formed,
    lips_ahead,
    mix,
    relax,
    rounding_ahead,
)
from streamer.lipsync.gestures import ArticulationStatistics, Gesture
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.planner import Place, Planner, times_of
from streamer.lipsync.pose import NEUTRAL, Pose
from streamer.lipsync.rules import PROTECTED, RELAXED, RULES, GestureKind, Rule
from streamer.lipsync.styles import NATURAL, Style
from streamer.lipsync.timeline import TimedPhone

__all__ = ["ArticulationStatistics", "Articulator", "Gesture"]

LONGEST_LEAD = 0.060
"""Seconds; a longer visual lead is seen as an error (lip readers notice 79 ms)."""
RELEASE = 0.080
"""Seconds in which a shape is let go where nothing follows (JALI's decay: 120 ms,
of which the last third moves next to nothing)."""
SECOND_VOWEL = 0.7
"""What the end of a diphthong keeps of the jaw's amplitude at its beginning."""
_RELAXED_WEIGHT = 0.5


class _Segment(NamedTuple):
    """One sound with its duplicates, or a silence."""

    start: int
    last: int
    """Where the last of its sounds starts."""
    stop: int
    phones: tuple[Phone, ...]
    rule: Rule | None
    entries: int


class _Plan(NamedTuple):
    """What becomes of a segment."""

    gesture: Gesture | None
    level: float | None = None
    amplitude: float = 0.0
    late: bool = False


class Articulator:
    """
    Articulates one utterance, as its sounds become known.

    Call :meth:`receive` (and :meth:`receive_level`), then :meth:`settle`. Where
    250 ms of sounds are known beyond what is settled, the gestures don't depend on
    how the sounds came in; with less it does what it can, and counts what that cost.
    Levels, where there are any, are to be known as far ahead as the sounds.

    Args:
        rate: Frames a second of the utterance, in Hz.
        style: How much the mouth does.
        lead: Seconds that open shapes are complete before their sound, 0 to 0.06;
            seals and teeth have their own.

    Raises:
        UsageError: If *lead* is out of range.
    """

    def __init__(
        self, rate: int, *, style: Style = NATURAL, lead: float = 0.020
    ) -> None:
        if not 0.0 <= lead <= LONGEST_LEAD:
            raise UsageError(
                f"a visual lead of {lead * 1000:g} ms is out of range; "
                f"choose 0 to {LONGEST_LEAD * 1000:g} ms"
            )
        self._rate = rate
        self._style = style
        self._times = times_of(rate, style, lead)
        self._planner = Planner(self._times, style)
        self._bands = JawBands(rate)
        self._pending: deque[TimedPhone] = deque()
        self._received = 0
        self._over = False
        self._release = max(round(RELEASE * rate), 1)
        far = -(2 * rate)
        self._floor = far
        self._past = Past(far, far, NEUTRAL, "rest", 2 * rate)
        self._carried: tuple[str, ...] = ()
        self._counts = dict.fromkeys(ArticulationStatistics.__slots__, 0)

    def receive(self, phones: Sequence[TimedPhone]) -> None:
        """
        Receive the sounds that follow the last ones; then call :meth:`settle`.

        Args:
            phones: In order of time. What overlaps earlier ones is cut; holes are
                held through.

        Raises:
            UsageError: If the utterance is over.
        """
        if self._over:
            raise UsageError(
                "the utterance is over; make a new Articulator for the next"
            )
        for timed in phones:
            start, stop = max(timed.frame, self._received), timed.frame + timed.frames
            if stop > start:
                is_cut = start > timed.frame
                rest = TimedPhone(start, stop - start, timed.phone) if is_cut else timed
                self._pending.append(rest)
                self._received = stop

    def receive_level(
        self, frame: int, levels: Sequence[float] | npt.NDArray[np.float32]
    ) -> None:
        """
        Receive how loud the sound will be; optional.

        Args:
            frame: Where the first level begins.
            levels: RMS in dBFS for each 10 ms from *frame* on.
        """
        self._bands.receive(frame, levels)

    def settle(self, until: int | None) -> tuple[Gesture, ...]:
        """
        Return the gestures whose ramp begins before *until*; they are final.

        Args:
            until: In frames; None says that the utterance is over, and the mouth
                comes to rest.
        """
        settled: list[Gesture] = []
        while self._pending:
            segment = self._segment()
            if until is not None and segment.start - self._times.reach >= until:
                break
            plan = self._plan(segment)
            gesture = plan.gesture
            if gesture and until is not None and _ramp_start(gesture) >= until:
                break
            self._commit(segment, plan)
            if gesture:
                settled.append(gesture)
        if until is None:
            settled += self._finish()
        else:
            self._floor = max(self._floor, until)
        return tuple(settled)

    def statistics(self) -> ArticulationStatistics:
        """Return a snapshot."""
        return ArticulationStatistics(**self._counts)

    def _segment(self) -> _Segment:
        """Return the first sound that waits, with the duplicates behind it."""
        first = self._pending[0]
        rule = _rule(first)
        phones = [first.phone] if first.phone else []
        last, stop = first.frame, first.frame + first.frames
        entries = 1
        horizon = first.frame + self._times.horizon
        for timed in islice(self._pending, 1, None):
            if timed.frame >= horizon or not _duplicates(rule, timed):
                break
            phones += [timed.phone] if timed.phone else []
            last, stop = timed.frame, timed.frame + timed.frames
            entries += 1
        return _Segment(first.frame, last, stop, tuple(phones), rule, entries)

    def _ahead(self, segment: _Segment) -> list[Neighbour]:
        """Return what comes behind a segment, as far as it may look."""
        horizon = segment.start + self._times.horizon
        ahead: list[Neighbour] = []
        for timed in islice(self._pending, segment.entries, None):
            if timed.frame >= horizon:
                break
            ahead.append(Neighbour(timed.frame, timed.frames, _rule(timed)))
        return ahead

    def _plan(self, segment: _Segment) -> _Plan:
        """Decide what becomes of a segment; changes nothing."""
        if segment.rule is None:
            return _Plan(self._silence(segment.start, segment.stop))
        if segment.rule.kind == "rest":
            return _Plan(None)
        ahead = self._ahead(segment)
        if segment.rule.kind in PROTECTED:
            return self._protect(segment, segment.rule, ahead)
        return self._shape(segment, segment.rule, ahead)

    def _protect(
        self, segment: _Segment, rule: Rule, ahead: Sequence[Neighbour]
    ) -> _Plan:
        """Plan a seal or teeth."""
        place = self._planner.place_protected(
            segment.start,
            (segment.last, segment.stop),
            past=self._past,
            ahead=ahead,
            floor=self._floor,
        )
        if place.frame >= max(segment.stop, self._past.stop + 2):
            return _Plan(None, late=True)
        pose = self._pose(segment, rule, place.frame, ahead, amplitude=1.0)
        late = place.frame > max(segment.start, 0)
        return _Plan(self._gesture(segment, rule.kind, place, pose), late=late)

    def _shape(
        self, segment: _Segment, rule: Rule, ahead: Sequence[Neighbour]
    ) -> _Plan:
        """Plan any other sound."""
        t = self._times
        if rule.rank <= 1 and segment.stop - segment.start < t.shortest_tongue:
            return _Plan(None)
        level = None
        amplitude = 1.0
        if rule.is_vowel:
            stop = min(segment.stop, segment.start + t.horizon)
            level = self._bands.level(segment.start, stop)
            stress = max((phone.stress for phone in segment.phones), key=_stress_order)
            amplitude = max(
                self._bands.amplitude(level, stress, self._style.dynamics),
                self._past.amplitude * SECOND_VOWEL,
            )
        pose = self._pose(segment, rule, segment.start, ahead, amplitude=amplitude)
        place = self._planner.place_shape(
            rule,
            (segment.start, segment.stop),
            pose,
            past=self._past,
            ahead=ahead,
            floor=self._floor,
        )
        heard = amplitude if rule.is_vowel else 0.0
        if place is None:
            return _Plan(None, level, heard)
        if place.reach < 1.0:
            reached = mix(self._past.pose, pose, place.reach)
            pose = reached._replace(seal=pose.seal, teeth=pose.teeth)
        gesture = self._gesture(segment, rule.kind, place, pose)
        return _Plan(gesture, level, heard)

    def _pose(
        self,
        segment: _Segment,
        rule: Rule,
        apex: int,
        ahead: Sequence[Neighbour],
        *,
        amplitude: float,
    ) -> Pose:
        """Return a segment's pose among its neighbours."""
        return coarticulate(
            rule,
            segment.phones[0],
            amplitude=amplitude,
            seconds=(segment.stop - segment.start) / self._rate,
            past=self._past,
            rounded=rounding_ahead(apex, ahead, self._rate),
            after=lips_ahead(ahead),
            style=self._style,
        )

    def _gesture(
        self, segment: _Segment, kind: GestureKind, place: Place, pose: Pose
    ) -> Gesture:
        """Make a gesture of a segment that was placed."""
        return Gesture(
            frame=place.frame,
            frames=place.stop - place.frame,
            symbol=segment.phones[0].symbol,
            kind=kind,
            pose=pose,
            weight=formed(segment.phones[0]),
            phones=self._carried + tuple(phone.symbol for phone in segment.phones),
            ramp_in=max(place.ramp, 1),
            ramp_out=self._release,
        )

    def _silence(self, start: int, stop: int | None) -> Gesture | None:
        """Return what the mouth does in a pause, or at the end; None holds it."""
        if stop is not None and self._at_rest:
            return None
        place = self._planner.place_silence(
            start, stop, past=self._past, floor=self._floor
        )
        if place is None:
            return None
        relaxing = stop is not None and stop - start <= self._times.relaxed_pause
        symbol = RELAXED[self._past.kind] if relaxing else ""
        pose = relax(self._past.pose) if relaxing else NEUTRAL
        return Gesture(
            frame=place.frame,
            frames=place.stop - place.frame,
            symbol=symbol,
            kind="rest",
            pose=pose,
            weight=_RELAXED_WEIGHT if symbol else 1.0,
            phones=self._carried,
            ramp_in=max(place.ramp, 1),
            ramp_out=self._release,
        )

    def _commit(self, segment: _Segment, plan: _Plan) -> None:
        """Make a plan final, and take its segment from those that wait."""
        for _ in range(segment.entries):
            self._pending.popleft()
        self._bands.learn(plan.level)
        self._bands.forget(segment.start)
        self._count(segment, plan)
        frames = segment.stop - segment.start
        if plan.gesture is None:
            self._carried += tuple(phone.symbol for phone in segment.phones)
        else:
            self._carried = ()
        at = plan.gesture or self._past
        self._past = Past(at.frame, at.stop, at.pose, at.kind, frames, plan.amplitude)

    @property
    def _at_rest(self) -> bool:
        return self._past.kind == "rest" and self._past.pose == NEUTRAL

    def _finish(self) -> list[Gesture]:
        """Bring the mouth to rest, once."""
        self._over = True
        if self._at_rest and not self._carried:
            return []
        gesture = self._silence(self._received, None)
        assert gesture is not None
        self._past = Past(gesture.frame, gesture.stop, NEUTRAL, "rest", 0)
        self._carried = ()
        self._counts["gestures"] += 1
        return [gesture]

    def _count(self, segment: _Segment, plan: _Plan) -> None:
        """Take a plan into the statistics."""
        counts, phones = self._counts, len(segment.phones)
        made = plan.gesture is not None
        protected = segment.rule is not None and segment.rule.kind in PROTECTED
        counts["phones"] += phones
        counts["gestures"] += made
        counts["merged"] += max(phones - 1, 0)
        counts["absorbed"] += not made and phones > 0
        counts["seals"] += made and protected
        counts["late_seals"] += made and plan.late
        counts["lost_seals"] += not made and plan.late


def _ramp_start(gesture: Gesture) -> int:
    return gesture.frame - gesture.ramp_in


def _rule(timed: TimedPhone) -> Rule | None:
    return RULES[timed.phone.symbol] if timed.phone else None


def _duplicates(rule: Rule | None, timed: TimedPhone) -> bool:
    """Tell whether a sound goes on with the shape of the one before."""
    return rule is not None and rule.kind != "rest" and _rule(timed) == rule


def _stress_order(stress: int) -> int:
    """Order stresses by strength: none, secondary, primary."""
    return (0, 2, 1)[stress]
