"""
Does the jaw go with the loudness (E7)?

Real sound: espeak-ng's and flite's. The level is RMS in dBFS of each 10 ms, where
it is above -50; the jaw is ARKit's jawOpen at the middle of the same 10 ms. *r* is
Pearson's, within an utterance, and the mean over utterances. *vowels*: of every
vowel's loudest 10 ms against its widest jaw. *unheard* is what the phonemes alone
give, without the sound. Where it is published for tracked faces (VOCASET) it is
0.34; a vowel's height opens the jaw, too, so 1 is not wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from bench.lipsync_data.corpus import Spoken
from bench.lipsync_data.shown import Weights, show
from streamer.lipsync.levels import LEVELS_PER_SECOND, LevelMeter

__all__ = ["AUDIBLE_DB", "PUBLISHED", "Loudness", "correlation", "measure"]

PUBLISHED = 0.34
"""SLCC of tracked faces (VOCASET)."""
AUDIBLE_DB = -50.0
_FEW = 5
"""Vowels; fewer in an utterance tell nothing."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """How loudness and jaw go together, as means over utterances."""

    utterances: int
    """How many."""
    r: float
    """Of each 10 ms."""
    vowels: float
    """Of each vowel."""
    unheard: float
    """Of each 10 ms, where the mouth doesn't know the sound."""


def measure(spoken: Iterable[Spoken]) -> Loudness:
    """Measure utterances."""
    found = [_measure_one(each) for each in spoken]
    r, vowels, unheard = np.nanmean(np.array(found), axis=0)
    return Loudness(len(found), float(r), float(vowels), float(unheard))


def _measure_one(spoken: Spoken) -> tuple[float, float, float]:
    levels = LevelMeter(spoken.rate).receive(spoken.samples[:, None])
    heard = show(spoken, sets=()).weights
    unheard = show(spoken, sets=(), sound=False).weights
    return (
        correlation(levels, _jaw(heard, len(levels))),
        _of_vowels(spoken, levels, _jaw(heard, len(levels))),
        correlation(levels, _jaw(unheard, len(levels))),
    )


def _jaw(weights: Weights, count: int) -> np.ndarray:
    return weights.at("jawOpen", (np.arange(count) + 0.5) / LEVELS_PER_SECOND)


def correlation(levels: np.ndarray, jaw: np.ndarray) -> float:
    """Return Pearson's r of what is audible; not a number where nothing differs."""
    audible = levels > AUDIBLE_DB
    first, second = levels[audible], jaw[audible]
    if len(first) <= 1 or not np.ptp(first) or not np.ptp(second):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _of_vowels(spoken: Spoken, levels: np.ndarray, jaw: np.ndarray) -> float:
    peaks = []
    for timed in spoken.phones:
        start = timed.frame * LEVELS_PER_SECOND // spoken.rate
        stop = (timed.frame + timed.frames) * LEVELS_PER_SECOND // spoken.rate
        if timed.phone and timed.phone.is_vowel and start < min(stop, len(levels)):
            peaks.append((levels[start:stop].max(), jaw[start:stop].max()))
    if len(peaks) < _FEW:
        return float("nan")
    loud, wide = np.array(peaks).T
    return correlation(loud, wide)
