"""The continuous track: gestures as curves that can be sampled at any time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streamer.lipsync.gestures import Gesture
from streamer.lipsync.pose import CHANNELS, NEUTRAL

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
    call :meth:`forget` now and then.

    Args:
        rate: Frames a second of the utterance, in Hz.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._gestures: list[Gesture] = []
        self._built: _Curves | None = None

    def receive(self, gestures: Sequence[Gesture]) -> None:
        """Receive gestures that follow the last ones."""
        if gestures:
            self._gestures += gestures
            self._built = None

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
        if self._built is None:
            self._built = _Curves(self._gestures, self._rate)
        return self._built.sample(np.asarray(times, np.float64) * self._rate)

    def forget(self, before_frame: int) -> None:
        """Forget what is needed only for times before *before_frame*."""
        keep = 0
        while (
            keep + 1 < len(self._gestures)
            and self._gestures[keep + 1].frame <= before_frame
        ):
            keep += 1
        if keep:
            del self._gestures[:keep]
            self._built = None


class _Curves:
    """
    Gestures as arrays.

    Row *i* is the way from the pose of gesture *i* - 1 to that of gesture *i*;
    row 0 comes from neutral. Each channel has its own start and length.
    """

    def __init__(self, gestures: Sequence[Gesture], rate: int) -> None:
        knots = _knots(gestures, rate)
        self._apexes = np.array([knot[0] for knot in knots], np.float64)
        poses = np.array([NEUTRAL, *(knot[3] for knot in knots)], np.float64)
        self._poses = poses.reshape(-1, len(CHANNELS))
        # Beyond the last gesture nothing moves: a row that never begins.
        self._change = np.diff(self._poses, axis=0, append=self._poses[-1:])
        starts, stops = _ramps(knots, self._poses, rate)
        never = np.full((1, len(CHANNELS)), np.inf)
        self._starts = np.concatenate([starts, never])
        self._scales = np.concatenate([1.0 / (stops - starts), np.ones_like(never)])

    def sample(self, frames: Float64) -> Float32:
        """Return the poses at *frames*, shape ``(n, 7)``."""
        rows = np.searchsorted(self._apexes, frames, side="right")
        way = (frames[:, None] - self._starts[rows]) * self._scales[rows]
        np.clip(way, 0.0, 1.0, out=way)
        way *= way * (3.0 - 2.0 * way)
        way *= self._change[rows]
        way += self._poses[rows]
        sampled: Float32 = way.astype(np.float32)
        return sampled


_Knot = tuple[int, int, int, Sequence[float], bool]
"""Apex, end of hold, ramp, pose, whether it is a contact of the lips."""


def _knots(gestures: Sequence[Gesture], rate: int) -> list[_Knot]:
    """Return what is reached when, with a rest wherever nothing follows for long."""
    knots: list[_Knot] = []
    longest = round(LONGEST_HOLD * rate)
    for index, gesture in enumerate(gestures):
        knots.append(
            (gesture.frame, gesture.stop, gesture.ramp_in, gesture.pose,
             gesture.kind in {"seal", "teeth"})
        )  # fmt: skip
        let_go = gesture.stop + longest
        following = gestures[index + 1] if index + 1 < len(gestures) else None
        if gesture.pose != NEUTRAL and (
            following is None
            or following.frame - following.ramp_in > let_go + gesture.ramp_out
        ):
            apex = let_go + gesture.ramp_out
            knots.append((apex, apex + 1, gesture.ramp_out, NEUTRAL, False))
    return knots


def _ramps(
    knots: Sequence[_Knot], poses: Float64, rate: int
) -> tuple[Float64, Float64]:
    """Return where each channel of each row starts and stops to move."""
    apexes = np.array([knot[0] for knot in knots], np.float64)
    ramps = np.array([knot[2] for knot in knots], np.float64)
    contacts = np.array([knot[4] for knot in knots], bool)
    holds = np.array([-np.inf, *(knot[1] for knot in knots[:-1])])[: len(knots)]
    before = np.array([-np.inf, *(knot[0] for knot in knots[:-1])])[: len(knots)]
    earliest = np.minimum(np.maximum(holds, before), apexes - 1.0)
    own = np.where(contacts, ramps, np.minimum(ramps, LONGEST_RAMP * rate))
    general = np.maximum(apexes - own, earliest)
    starts = np.repeat(general[:, None], len(CHANNELS), axis=1)
    stops = np.repeat(apexes[:, None], len(CHANNELS), axis=1)
    forward = np.maximum(apexes - ramps, np.minimum(before, apexes - 1.0))
    starts[:, _FORWARD] = forward[:, None]
    rises = poses[1:, _CONTACTS] > poses[:-1, _CONTACTS]
    closing = np.maximum(apexes - SEAL_CLOSING * rate, general)[:, None]
    opening = np.minimum(general + SEAL_OPENING * rate, apexes)[:, None]
    starts[:, _CONTACTS] = np.where(rises, closing, general[:, None])
    stops[:, _CONTACTS] = np.where(rises, apexes[:, None], opening)
    return starts, stops
