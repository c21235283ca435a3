"""The channels in which a mouth is described, whatever set or rig shows it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CHANNELS", "NEUTRAL", "Pose"]


class Pose(NamedTuple):
    """A mouth at one moment; neutral is lips lightly closed, at rest."""

    jaw: float = 0.0
    """How far the jaw is open: 0 closed, 1 as wide as speech goes."""
    opening: float = 0.0
    """How far the lips are apart: 0 to 1."""
    width: float = 0.0
    """Corners of the lips: -1 narrow, +1 spread."""
    rounding: float = 0.0
    """How far the lips are put forward and rounded: 0 to 1."""
    seal: float = 0.0
    """Lips pressed shut, whatever the jaw does: 0 to 1."""
    teeth: float = 0.0
    """Lower lip at the upper teeth: 0 to 1."""
    tongue: float = 0.0
    """Tip of the tongue up, or seen between the teeth: 0 to 1."""


CHANNELS = Pose._fields
"""The columns of every array of samples, in their order."""
NEUTRAL = Pose()
"""The mouth at rest."""
