"""
What a recording of the sound server's monitor says: when, and which frame.

The recorder gets its pieces in bursts, so times come from the line through all
that came within half a second. Positions come from the samples themselves: see
:func:`telling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["Finder", "Line", "Run", "Track", "runs_of", "silences", "telling"]

Samples = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]
Times = npt.NDArray[np.float64]

GRID = 2.0**23
"""Steps of a telling signal's samples in 1.0: exact in float32 and in PCM_32."""


class Arrival(Protocol):
    """A piece that a recorder read."""

    @property
    def time(self) -> float:
        """When, in seconds."""
        ...

    @property
    def frames(self) -> int:
        """Frames read by then, itself included."""
        ...


class Line:
    """
    The recording's frames and the clock's seconds, each from the other.

    Args:
        arrivals: Its pieces, in order.
        rate: Its frames a second.
    """

    WINDOW = 0.5
    """Seconds to either side whose median it is."""
    STEP = 0.1
    """Seconds between two of them."""

    def __init__(self, arrivals: Sequence[Arrival], rate: int) -> None:
        self.rate = rate
        times = np.array([arrival.time for arrival in arrivals])
        frames = np.array([arrival.frames for arrival in arrivals], np.float64)
        offsets = times - frames / rate
        self._times = np.arange(times[0], times[-1] + self.STEP, self.STEP)
        first = np.searchsorted(times, self._times - self.WINDOW)
        last = np.searchsorted(times, self._times + self.WINDOW)
        self._offsets = np.array(
            [
                np.median(offsets[low : max(high, low + 1)])
                for low, high in zip(first, last, strict=True)
            ]
        )

    def frame_at(self, time: npt.ArrayLike) -> Times:
        """Return the frame, with its fraction, that was played at *time*."""
        at = np.asarray(time, np.float64)
        offsets = np.interp(at, self._times, self._offsets)
        return np.asarray((at - offsets) * self.rate, np.float64)

    def time_of(self, frame: npt.ArrayLike) -> Times:
        """Return when *frame* was played."""
        seconds = np.asarray(frame, np.float64) / self.rate
        at = seconds + float(np.median(self._offsets))
        for _ in range(3):  # the line is nearly straight: the guess is nearly right
            at = seconds + np.interp(at, self._times, self._offsets)
        return at


def silences(mono: Samples, *, shortest: int = 1) -> list[tuple[int, int]]:
    """Return first frame and length of each silence between first and last sound."""
    sound = np.flatnonzero(mono)
    steps = np.diff(sound)
    return [
        (int(sound[index]) + 1, int(steps[index]) - 1)
        for index in np.flatnonzero(steps > shortest)
    ]


def telling(seconds: float, rate: int, *, seed: int = 1) -> Samples:
    """
    Return a signal any two samples of which tell where they are, shape (n,).

    A tone of 147 Hz that swells slowly, without a zero, under noise of -54 dB:
    its own steps are small, so a cut without a fade would stand out.
    """
    size = round(seconds * rate)
    at = np.arange(size) / rate
    tone = 0.3 * np.sin(2 * np.pi * 147.3 * at) + 0.1 * np.sin(2 * np.pi * 61.7 * at)
    noise = np.random.default_rng(seed).uniform(-(2.0**-9), 2.0**-9, size)
    steps = np.rint((tone + noise) * GRID)
    steps[steps == 0] = 1
    return (steps / GRID).astype(np.float32)


class Finder:
    """
    Finds the frames of a :func:`telling` signal in a recording of it.

    Two neighbouring samples are looked for by their very values, so what is
    faded or resampled is not found, and nothing is found wrongly.

    Args:
        signal: Shape (n,).
    """

    NOWHERE = -1
    """The position of a sample that is none of the signal's."""

    def __init__(self, signal: Samples) -> None:
        keys = _keys(signal)
        order = np.argsort(keys, kind="stable")
        sorted_keys = keys[order]
        same = np.diff(sorted_keys) == 0
        twice = np.append(same, False) | np.insert(same, 0, False)
        self._keys = sorted_keys[~twice]
        self._positions = order[~twice].astype(np.int64)

    def find(self, mono: Samples) -> Positions:
        """Return the position of each sample of *mono*, shape (n,), or NOWHERE."""
        positions = np.full(len(mono), self.NOWHERE, np.int64)
        keys = _keys(mono)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        hit = np.flatnonzero(self._keys[at] == keys)
        positions[hit + 1] = self._positions[at[hit]] + 1
        positions[hit] = self._positions[at[hit]]
        return positions


def _keys(samples: Samples) -> Positions:
    steps = np.rint(samples.astype(np.float64) * GRID).astype(np.int64)
    return (steps[:-1] << 32) + steps[1:]


@dataclass(frozen=True, slots=True)
class Run:
    """Frames of the signal that were played one behind the other, untouched."""

    begin: int
    """First frame of the recording."""
    media: int
    """First frame of the signal."""
    frames: int
    """How many."""

    @property
    def end(self) -> int:
        """Frame of the recording behind it."""
        return self.begin + self.frames

    @property
    def media_end(self) -> int:
        """Frame of the signal behind it."""
        return self.media + self.frames


def runs_of(positions: Positions, *, shortest: int = 8) -> list[Run]:
    """Return the runs of at least *shortest* frames, in order of the recording."""
    frames = np.arange(len(positions))
    found = positions != Finder.NOWHERE
    breaks = (np.diff(positions - frames) != 0) | (np.diff(found.astype(np.int8)) != 0)
    edges = np.concatenate([[0], np.flatnonzero(breaks) + 1, [len(positions)]])
    return [
        Run(int(low), int(positions[low]), int(high - low))
        for low, high in pairwise(edges)
        if high - low >= shortest and found[low]
    ]


class Track:
    """
    The position of a signal at each moment of a recording of it.

    Between two runs lie a fade out, silence and a fade in, or less. Faded
    frames are the signal's; where sound was continued beyond what there was,
    and in silence, the position stands at the next frame.

    Args:
        mono: The recording, shape (n,).
        runs: What was found in it, in order.
    """

    def __init__(self, mono: Samples, runs: Sequence[Run]) -> None:
        assert runs, "nothing of the signal was found"
        knots: list[tuple[float, float]] = []
        moving: list[bool] = []
        for run, after in zip(runs, [*runs[1:], None], strict=True):
            knots += [(run.begin, run.media), (run.end, run.media_end)]
            moving += [True, False]
            if after is not None:
                knots += _between(mono, run, after)
                moving += [False, False]
        self.begin = runs[0].begin
        self.end = runs[-1].end
        self._frames = np.array([frame for frame, _ in knots], np.float64)
        self._media = np.array([media for _, media in knots], np.float64)
        self._moving = np.array(moving)

    def media_at(self, frame: npt.ArrayLike) -> Times:
        """Return the signal's frame that is heard at *frame* of the recording."""
        return np.asarray(np.interp(np.asarray(frame), self._frames, self._media))

    def moves_at(self, frame: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return whether untouched sound is heard at *frame* of the recording."""
        index = np.searchsorted(self._frames, np.asarray(frame), side="right") - 1
        return np.asarray(self._moving[np.clip(index, 0, len(self._moving) - 1)])


def _between(mono: Samples, run: Run, after: Run) -> list[tuple[float, float]]:
    """Where the position stands between two runs: first and last frame of it."""
    silent = np.flatnonzero(mono[run.end : after.begin] == 0)
    left = max(0, after.media - run.media_end)
    if len(silent):
        resumed = run.end + int(silent[-1]) + 1
    else:
        resumed = max(run.end, after.begin - left)
    stands = max(run.media_end, after.media - (after.begin - resumed))
    stopped = min(run.end + (stands - run.media_end), resumed)
    return [(stopped, stands), (resumed, stands)]
