"""
How far the jaw opens for how loud a vowel is.

JALI (2016): a vowel at the speaker's mean minus one standard deviation opens the
jaw 0.1 to 0.2, one near the mean 0.3 to 0.6, one at the mean plus one standard
deviation 0.7 to 0.9. What is mean and deviation is learnt from the vowels so far.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["LEVEL_STEP", "MEAN_AMPLITUDE", "JawBands"]

LEVEL_STEP = 0.010
"""Seconds that one level stands for."""

MEAN_AMPLITUDE = 0.45
"""Middle of JALI's band for a vowel of mean loudness."""
_DEVIATIONS = (-1.5, -1.0, 0.0, 1.0, 1.5)
_AMPLITUDES = (0.1, 0.15, MEAN_AMPLITUDE, 0.8, 0.9)
"""Middles of the bands, and their ends beyond."""

_STRESSED = {0: 0.40, 1: 0.60, 2: 0.50}
"""Amplitude by stress where no loudness is known; all in the band of the mean."""

_STRESS_SHARE = 0.6
"""How much of the stress counts where loudness is known, which it is part of."""

_FLOOR = -80.0
"""dBFS; what is quieter is silence, whatever the number."""
_PRIOR_DEVIATION = 4.0
_PRIOR_WEIGHT = 3.0
"""Until some vowels were heard, a deviation of 4 dB counts as that of three."""
_MEMORY = 0.97
"""Weight that a vowel keeps with each later one; half is gone after 23."""


class JawBands:
    """
    Levels of the sound to come, and what they make of the jaw.

    Args:
        rate: Frames a second, in Hz.
    """

    def __init__(self, rate: int) -> None:
        self._step = rate * LEVEL_STEP
        self._levels: dict[int, float] = {}
        self._first = 0
        self._weight = 0.0
        self._mean = 0.0
        self._variance = 0.0

    def receive(
        self, frame: int, levels: Sequence[float] | npt.NDArray[np.float32]
    ) -> None:
        """Receive one level (RMS, dBFS) for each 10 ms from *frame* on."""
        first = round(frame / self._step)
        finite = np.nan_to_num(np.asarray(levels, np.float64), nan=_FLOOR)
        self._levels.update(enumerate(np.maximum(finite, _FLOOR).tolist(), first))

    def level(self, start: int, stop: int) -> float | None:
        """Return the mean level of [*start*, *stop*); None where none is known."""
        first = math.ceil(start / self._step)
        last = max(first + 1, math.floor(stop / self._step))
        known = [self._levels[i] for i in range(first, last) if i in self._levels]
        return sum(known) / len(known) if known else None

    def amplitude(self, level: float | None, stress: int, dynamics: float) -> float:
        """
        Return how far a vowel opens the jaw, in [0.1, 0.9].

        Args:
            level: The vowel's loudness in dBFS; None goes by *stress*.
            stress: 0 none, 1 primary, 2 secondary.
            dynamics: 1 for the whole of the bands, 0 for the mean's.
        """
        stressed = _STRESSED.get(stress, MEAN_AMPLITUDE)
        if level is None:
            return stressed
        mean = self._mean if self._weight else level
        spread = self._variance * self._weight + _PRIOR_DEVIATION**2 * _PRIOR_WEIGHT
        deviation = math.sqrt(spread / (self._weight + _PRIOR_WEIGHT))
        z = (level - mean) / deviation
        banded = _banded(z)
        loud = MEAN_AMPLITUDE + (banded - MEAN_AMPLITUDE) * dynamics
        amplitude = loud + (stressed - MEAN_AMPLITUDE) * _STRESS_SHARE
        return min(max(amplitude, _AMPLITUDES[0]), _AMPLITUDES[-1])

    def learn(self, level: float | None) -> None:
        """Take a vowel's loudness into mean and deviation."""
        if level is None:
            return
        kept = self._weight * _MEMORY
        self._weight = kept + 1.0
        off = level - self._mean
        self._mean += off / self._weight
        self._variance = (kept * self._variance + off * (level - self._mean)) / (
            self._weight
        )

    def forget(self, before: int) -> None:
        """Forget levels before a frame."""
        first = math.floor(before / self._step)
        for index in range(self._first, first):
            self._levels.pop(index, None)
        self._first = max(self._first, first)


def _banded(z: float) -> float:
    """Return the amplitude at *z* deviations from the mean."""
    if z <= _DEVIATIONS[0]:
        return _AMPLITUDES[0]
    for index, (low, high) in enumerate(pairwise(_DEVIATIONS)):
        if z <= high:
            share = (z - low) / (high - low)
            return _AMPLITUDES[index] * (1 - share) + _AMPLITUDES[index + 1] * share
    return _AMPLITUDES[-1]
