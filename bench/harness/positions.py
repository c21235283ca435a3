"""Reported positions against those of a recording; see ``bench/position.py``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.harness.monitor import Arrival, Finder, Line, Samples, Track, runs_of
from tests.real.sound_server import RATE

__all__ = ["Cut", "Errors", "cuts_in", "errors_in"]

REST = 0.1
"""Seconds of silence that tell two streams apart."""
AROUND = 0.03
"""Seconds before a cut in which its largest step is looked for."""


@dataclass(frozen=True, slots=True)
class Errors:
    """What became of the comparison; seconds."""

    median: float
    """How much reported positions are ahead of the recording while sound moves."""
    spread: npt.NDArray[np.float64]
    """Of each sample: its distance from the recording moved by the median."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How a stream ended."""

    silent: float
    """When its last sample was heard, in seconds of the clock."""
    media: float
    """Seconds of the signal that were heard, a fade included."""
    step: float
    """The largest step between two samples around the end."""


def errors_in(
    mono: Samples,
    arrivals: Sequence[Arrival],
    signal: Samples,
    samples: Sequence[tuple[float, float]],
) -> Errors:
    """
    Compare *samples*, times and seconds of media, with what was recorded.

    Only samples while the recording has the stream count, from its first to its
    last frame.
    """
    track = Track(mono, runs_of(Finder(signal).find(mono)))
    line = Line(arrivals, RATE)
    times = np.array([time for time, _ in samples])
    told = np.array([media for _, media in samples])
    frames = line.frame_at(times)
    near = np.abs(np.array([-0.03, 0.0, 0.03])[:, np.newaxis] * RATE + frames)
    moving = track.moves_at(near).all(axis=0)
    moving &= (frames > track.begin) & (frames < track.end)
    assert moving.any(), "no position was told while sound was heard"
    ahead = told - track.media_at(frames) / RATE
    median = float(np.median(ahead[moving]))
    moved = frames + median * RATE
    inside = (moved > track.begin) & (moved < track.end)
    spread = np.abs(told - track.media_at(moved) / RATE)
    return Errors(median, spread[inside])


def cuts_in(mono: Samples, arrivals: Sequence[Arrival], signal: Samples) -> list[Cut]:
    """Return how each of the streams in *mono* ended."""
    line, finder = Line(arrivals, RATE), Finder(signal)
    sound = np.flatnonzero(mono)
    ends = np.flatnonzero(np.diff(sound, append=len(mono) + RATE) > REST * RATE)
    begins = np.concatenate([[0], ends[:-1] + 1])
    cuts: list[Cut] = []
    for first, last in zip(sound[begins], sound[ends], strict=True):
        runs = runs_of(finder.find(mono[first : last + 1]))
        if not runs:
            continue
        heard = runs[-1].media_end + (last + 1 - first - runs[-1].end)
        tail = mono[max(first, last - round(AROUND * RATE)) : last + 2]
        cuts.append(
            Cut(
                silent=float(line.time_of(last + 1)),
                media=heard / RATE,
                step=float(np.abs(np.diff(tail)).max()),
            )
        )
    return cuts
