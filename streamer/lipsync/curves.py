"""The continuous track: gestures as curves that can be sampled at any time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streamer.lipsync.gestures import Gesture
from streamer.lipsync.pose import CHANNELS, NEUTRAL, Pose

__all__ = ["Track"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

SEAL_CLOSING = 0.025
"""Seconds in which lips or teeth meet, at the end of a ramp: a collision, not an
approach. It keeps the moment of closure the same for every threshold."""
SEAL_OPENING = 0.040
"""Seconds in which they part, at the beginning of the next ramp."""
LONGEST_RAMP = 0.080
"""Seconds for jaw, opening and tongue; the lips' rounding may take longer."""
LONGEST_HOLD = 0.350
"""Seconds for which a shape is held beyond its own hold where nothing follows."""

_CONTACTS = [CHANNELS.index("seal"), CHANNELS.index("teeth")]
_FORWARD = [CHANNELS.index("width"), CHANNELS.index("rounding")]


class Track:
    """
    Curves from apex to apex, with a continuous first derivative.

    A pose is held until the next ramp begins; only width and rounding may set out
    earlier, for a rounded shape to come. A value at time *t* is final once the
    gestures whose ramp begins before *t* were received. It keeps what it received:
    call :meth:`forget` now and then. Each gesture's curve is made once, when it is
    first needed.

    Args:
        rate: Frames a second of the utterance, in Hz.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._waiting: list[Gesture] = []  # their curves are not made yet
        self._last: Gesture | None = None  # of those whose curves are
        # Row i is the way from the pose of knot i - 1 to that of knot i; the first
        # one of all comes from neutral. One more than knots: it stays at the last.
        self._apexes: Float64 = np.zeros(0)
        self._rows: Float64 = np.array([_staying(NEUTRAL)])
        self._before = _Knot(-math.inf, -math.inf, 1, NEUTRAL, contact=False)
        self._fixed = 0  # knots that no later gesture changes

    def receive(self, gestures: Sequence[Gesture]) -> None:
        """Receive gestures that follow the last ones."""
        self._waiting += gestures

    def sample(self, times: Float64) -> Float32:
        """
        Return the mouth at each time.

        Args:
            times: Seconds of the utterance, shape ``(n,)``, in any order.

        Returns:
            Shape ``(n, 7)``, columns as in
            :data:`~streamer.lipsync.pose.CHANNELS`; new memory. Before the first
            gesture and long after the last the mouth is neutral.
        """
        self._build()
        frames = np.asarray(times, np.float64) * self._rate
        rows = self._rows[np.searchsorted(self._apexes, frames, side="right")]
        way = (frames[:, None] - rows[:, _START]) * rows[:, _SCALE]
        np.maximum(way, 0.0, out=way)
        np.minimum(way, 1.0, out=way)
        way *= way * (3.0 - 2.0 * way)
        way *= rows[:, _CHANGE]
        way += rows[:, _POSE]
        sampled: Float32 = way.astype(np.float32)
        return sampled

    def forget(self, before_frame: int) -> None:
        """Forget what is needed only for times before *before_frame*."""
        self._build()
        old = int(np.searchsorted(self._apexes, before_frame, side="right"))
        old = min(old, self._fixed)
        self._apexes, self._rows = self._apexes[old:], self._rows[old:]
        self._fixed -= old

    def _build(self) -> None:
        """Make the curves of what waits, behind those that stay as they are."""
        if not self._waiting:
            return
        apexes: list[float] = []
        rows: list[_Row] = []
        for gesture in self._waiting:
            if self._last is not None:
                self._add(_letting_go(self._last, gesture, self._rate), apexes, rows)
            self._add([_knot(gesture)], apexes, rows)
            self._last = gesture
        self._waiting = []
        fixed = self._fixed + len(apexes)
        before = self._before
        self._add(_letting_go(gesture, None, self._rate), apexes, rows)
        rows.append(_staying(self._before.pose))
        self._apexes = np.concatenate([self._apexes[: self._fixed], apexes])
        self._rows = np.concatenate([self._rows[: self._fixed], rows])
        self._before, self._fixed = before, fixed

    def _add(
        self, knots: Sequence[_Knot], apexes: list[float], rows: list[_Row]
    ) -> None:
        """Add the ways to some knots."""
        for knot in knots:
            apexes.append(knot.apex)
            rows.append(_way(self._before, knot, self._rate))
            self._before = knot


_Row = tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]]
"""Of each channel: where it starts to move, one by how long it moves, how far, and
from where."""
_START, _SCALE, _CHANGE, _POSE = range(4)


class _Knot(NamedTuple):
    """What is reached when."""

    apex: float
    stop: float
    """Where its hold ends."""
    ramp: int
    pose: Pose
    contact: bool
    """Whether lips or teeth meet."""


def _knot(gesture: Gesture) -> _Knot:
    contact = gesture.kind in {"seal", "teeth"}
    return _Knot(gesture.frame, gesture.stop, gesture.ramp_in, gesture.pose, contact)


def _letting_go(
    gesture: Gesture, following: Gesture | None, rate: int
) -> Sequence[_Knot]:
    """Return the rest behind a gesture where nothing follows for long, or nothing."""
    apex = gesture.stop + round(LONGEST_HOLD * rate) + gesture.ramp_out
    if gesture.pose == NEUTRAL or (
        following is not None and following.frame - following.ramp_in <= apex
    ):
        return ()
    return (_Knot(apex, apex + 1, gesture.ramp_out, NEUTRAL, contact=False),)


def _way(before: _Knot, knot: _Knot, rate: int) -> _Row:
    """Return the way from one knot to the next."""
    apex = knot.apex
    own = knot.ramp if knot.contact else min(knot.ramp, LONGEST_RAMP * rate)
    earliest = min(max(before.stop, before.apex), apex - 1.0)
    general = max(apex - own, earliest)
    starts = [general] * len(CHANNELS)
    stops = [apex] * len(CHANNELS)
    forward = max(apex - knot.ramp, min(before.apex, apex - 1.0))
    for channel in _FORWARD:
        starts[channel] = forward
    for channel in _CONTACTS:
        if knot.pose[channel] > before.pose[channel]:
            starts[channel] = max(apex - SEAL_CLOSING * rate, general)
        else:
            stops[channel] = min(general + SEAL_OPENING * rate, apex)
    scales = [1.0 / (stop - start) for start, stop in zip(starts, stops, strict=True)]
    change = [to - from_ for from_, to in zip(before.pose, knot.pose, strict=True)]
    return starts, scales, change, before.pose


def _staying(pose: Pose) -> _Row:
    """Return a way that never begins."""
    count = len(CHANNELS)
    return [math.inf] * count, [1.0] * count, [0.0] * count, pose
