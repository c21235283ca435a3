"""
Where in a sound's levels the phones of a text are.

A model of few parts: each class of sound has a usual level below the voice's
loudest, each phone a usual duration, and between words there may be a pause.
The likeliest placing of all phones is found by dynamic programming over the
phones and the levels (a hidden semi-Markov model; L. R. Rabiner, "A tutorial on
hidden Markov models", Proc. IEEE 77, 1989, section IV.D).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streamer.lipsync.phonemes import Phone
from streamer.lipsync.symbols import SYMBOLS

__all__ = [
    "CLASS_NAMES",
    "LEVEL_S",
    "Float64",
    "Intp",
    "Placed",
    "Sounds",
    "class_of",
    "place",
    "reference",
]

Float64 = npt.NDArray[np.float64]
Intp = npt.NDArray[np.intp]

LEVEL_S = 0.010
"""Seconds that one level stands for."""

# Decibels against the reference: mean and deviation; rounded between what flite's
# slt and kal have in the tuning sentences (bench/lipsync_data/fit_durations.py).
_CLASSES = {
    "silence": (-47.0, 6.5),
    "open": (-2.5, 4.5),
    "vowel": (-3.2, 4.7),
    "weak": (-4.0, 5.0),
    "nasal": (-5.0, 6.0),
    "liquid": (-4.5, 5.5),
    "glide": (-6.0, 6.7),
    "voiceless stop": (-31.0, 14.0),
    "voiced stop": (-14.0, 11.0),
    "tap": (-10.0, 9.0),
    "sibilant": (-19.5, 7.0),
    "voiced sibilant": (-15.0, 8.0),
    "fricative": (-28.0, 10.0),
    "voiced fricative": (-20.0, 12.0),
    "glottal": (-18.0, 12.0),
}
CLASS_NAMES = tuple(_CLASSES)
"""Kinds of sound that levels tell apart; :func:`class_of` counts in them."""
_FLOOR_DB, _CEILING_DB = -50.0, 6.0
_QUIETEST_DB = -40.0
_LEVEL_WEIGHT = 0.4
"""Levels 10 ms apart say much the same, so each counts for less than one."""
_SPREAD = 0.30
"""Deviation of the logarithm of a duration from the usual one's; narrower than what
was measured (0.35 to 0.4), for levels say little of where sonorants meet."""
_LONGEST = 60
"""Levels that one phone may last."""
_PAUSE_LEVELS = 25.0
"""Levels that a pause lasts on average."""
_NEVER = -1e9


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """Phones in their order, with what is known of them beforehand."""

    classes: Intp
    """Shape (phones,); which level each has."""
    usual: Float64
    """Shape (phones,); usual durations in levels, above 0."""
    pauses: Float64
    """Shape (phones + 1,); likelihood of a pause before each, and behind the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where phones are, in levels."""

    starts: Intp
    """Shape (placed,); of the first phones, in order."""
    stops: Intp
    """Shape (placed,); before the next start where a pause is between."""


def class_of(phone: Phone) -> int:
    """Return which level a phone has."""
    return CLASS_NAMES.index(_class_name(phone))


def _class_name(phone: Phone) -> str:
    sound = SYMBOLS[phone.symbol]
    kind = sound.kind
    if kind == "vowel":
        if phone.symbol in "əᵻɨɘ" or (not phone.stress and phone.symbol in "ɪʊiuɐ"):
            return "weak"
        return "open" if phone.stress and phone.symbol in "aæɑɔʌɛɒɐœɜ" else "vowel"
    if phone.symbol in "ɾɽ":
        return "tap"
    if kind in {"lateral", "rhotic"}:
        return "liquid"
    if kind == "stop":
        return "voiced stop" if phone.symbol in "bdɡɖɗɓɟʄɠɢʛʙ" else "voiceless stop"
    if kind == "fricative":
        name = "sibilant" if phone.symbol in "szʃʒʂʐɕʑɧ" else "fricative"
        return f"voiced {name}" if phone.symbol in "vðzʒʐʑβɣʝɮⱱʋ" else name
    return kind


def reference(levels: Float64) -> float:
    """
    Return the level of the voice's loudest, in dBFS.

    Args:
        levels: What was heard of it, in dBFS; at least one. Where that is less
            than any voice has (-40), nobody spoke yet.
    """
    loud = levels[levels > levels.max() - 35.0]
    return max(float(np.percentile(loud, 90)), _QUIETEST_DB)


def _scores(levels: Float64) -> Float64:
    """Return sums of log-likelihood up to each level; shape (classes, levels + 1)."""
    x = np.clip(levels, _FLOOR_DB, _CEILING_DB)
    table = np.array([_CLASSES[name] for name in CLASS_NAMES])
    mean, spread = table[:, :1], table[:, 1:]
    x = np.broadcast_to(x, (len(table), len(x))).copy()
    x[0] = np.maximum(x[0], mean[0])  # nothing is too quiet for silence
    each = -0.5 * ((x - mean) / spread) ** 2 - np.log(spread)
    sums = np.zeros((len(table), len(levels) + 1))
    np.cumsum(_LEVEL_WEIGHT * each, axis=1, out=sums[:, 1:])
    return sums


def place(sounds: Sounds, levels: Float64, *, whole: bool) -> Placed:
    """
    Place phones where they most likely are.

    Args:
        sounds: What is to be placed, from the first level on.
        levels: Decibels against :func:`reference`; shape (levels,), at least one.
        whole: Whether all phones are heard within *levels*; else as many as
            fit, the last of which may go on.

    Returns:
        The first phones, all where *whole*; none where that is impossible,
        as when there are more phones than levels.
    """
    search = _Search(sounds, _scores(levels))
    for at in range(len(sounds.classes)):
        if not search.advance(at, whole=whole):
            break
    return search.finish(whole=whole)


class _Search:
    """The likeliest way to each boundary, phone by phone."""

    def __init__(self, sounds: Sounds, scores: Float64) -> None:
        self._sounds = sounds
        self._scores = scores
        self._levels = scores.shape[1] - 1
        self._best = np.full(self._levels + 1, _NEVER)
        self._best[0] = 0.0
        self._pauses: list[Intp] = []
        self._lengths: list[Intp] = []
        self._open: tuple[float, int, int, int] = (_NEVER, 0, 0, 0)

    def advance(self, at: int, *, whole: bool) -> bool:
        """Place one more phone; False where it cannot begin any more."""
        ready, came = self._after_pause(at)
        if not whole and ready[-1] > self._open[0]:
            self._open = (float(ready[-1]), at, self._levels, int(came[-1]))
        sums = self._scores[self._sounds.classes[at]]
        usual = float(self._sounds.usual[at])
        durations = _durations(usual, min(_LONGEST, self._levels))
        if not whole:
            self._consider_end(at, ready, sums, usual)
        padded = np.full(self._levels + 1 + len(durations), _NEVER)
        padded[len(durations) :] = ready - sums
        # Row t holds what was ready len(durations) … 1 levels before t.
        windows = np.lib.stride_tricks.sliding_window_view(padded[:-1], len(durations))
        totals = windows + durations[::-1]
        choice = totals.argmax(axis=1)
        best = np.take_along_axis(totals, choice[:, None], axis=1)[:, 0] + sums
        self._best = np.maximum(best, _NEVER)
        self._lengths.append(len(durations) - choice)
        self._pauses.append(came)
        return bool(self._best.max() > _NEVER / 2)

    def finish(self, *, whole: bool) -> Placed:
        """Follow the best way back."""
        count = len(self._sounds.classes)
        empty = np.zeros(0, np.intp)
        if whole:
            if len(self._lengths) < count:
                return Placed(empty, empty)
            ready, came = self._after_pause(count)
            if ready[-1] < _NEVER / 2:
                return Placed(empty, empty)
            return self._trace(count, int(came[-1]), [], [])
        if len(self._lengths) == count:
            ready, came = self._after_pause(count)
            if ready[-1] > self._open[0]:
                return self._trace(count, int(came[-1]), [], [])
        _, at, start, boundary = self._open
        is_begun = start < self._levels
        return self._trace(at, boundary, [start] * is_begun, [self._levels] * is_begun)

    def _after_pause(self, at: int) -> tuple[Float64, Intp]:
        """Return scores of phone *at* beginning, and where the one before ended."""
        likely = float(self._sounds.pauses[at])
        sums = self._scores[0]
        times = np.arange(self._levels + 1)
        decay = np.log1p(-1 / _PAUSE_LEVELS)
        entry = np.log(likely / _PAUSE_LEVELS)
        paused = self._best - sums - decay * times
        best = np.maximum.accumulate(paused)
        origin = np.maximum.accumulate(np.where(paused >= best, times, 0))
        with_pause = best + sums + decay * times + entry
        without = self._best + np.log1p(-likely)
        return (
            np.maximum(np.maximum(without, with_pause), _NEVER),
            np.where(without >= with_pause, times, origin),
        )

    def _consider_end(
        self, at: int, ready: Float64, sums: Float64, usual: float
    ) -> None:
        """Keep the way on which the levels end within phone *at*, if it is best."""
        first = max(self._levels - _LONGEST, 0)
        ages = self._levels - np.arange(first, self._levels)
        lasting = _log_survival(np.log(ages / usual) / _SPREAD)
        totals = ready[first:-1] + sums[-1] - sums[first:-1] + lasting
        best = int(totals.argmax())
        if totals[best] > self._open[0]:
            start = first + best
            _, came = self._after_pause(at)
            self._open = (float(totals[best]), at, start, int(came[start]))

    def _trace(
        self, count: int, boundary: int, starts: list[int], stops: list[int]
    ) -> Placed:
        """Return the phones before *count*, the last of which ends at *boundary*."""
        for at in range(count - 1, -1, -1):
            start = boundary - int(self._lengths[at][boundary])
            starts.append(start)
            stops.append(boundary)
            boundary = int(self._pauses[at][start])
        return Placed(np.array(starts[::-1], np.intp), np.array(stops[::-1], np.intp))


def _log_survival(shape: Float64) -> Float64:
    """Return the logarithm of the chance that a normal variable is above *shape*."""
    return np.asarray(np.interp(shape, _SHAPES, _SURVIVALS))


_SHAPES = np.linspace(-4.0, 8.0, 97)
_SURVIVALS = np.log([0.5 * math.erfc(x / math.sqrt(2.0)) for x in _SHAPES])


def _durations(usual: float, longest: int) -> Float64:
    """
    Return how likely 1, 2, … levels are, against the usual time; logarithms.

    Not a density: that would charge each phone for all the ways in which it
    could have been placed, of which only the likeliest is looked at, and so
    favour few, long phones where the end is open.
    """
    shape = np.log(np.arange(1, longest + 1) / usual) / _SPREAD
    return np.asarray(-0.5 * shape**2)
