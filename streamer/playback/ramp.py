"""The ramps under which sound begins, ends and changes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["falling_ramp", "ramp_frames"]


def ramp_frames(rate: int, seconds: float) -> int:
    """Return the length of a ramp that takes no less than *seconds*."""
    return max(1, math.ceil(round(rate * seconds, 6)))


def falling_ramp(frames: int) -> npt.NDArray[np.float32]:
    """Return a raised cosine from just below 1.0 to 0.0, shape (frames,)."""
    phase = np.arange(1, frames + 1, dtype=np.float64) * (np.pi / frames)
    ramp = ((1.0 + np.cos(phase)) / 2.0).astype(np.float32)
    ramp[-1] = 0.0
    return ramp
