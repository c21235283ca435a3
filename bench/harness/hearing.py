"""How streams that were played one after the other were heard, by a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bench.harness.monitor import Finder, runs_of
from tests.real.sound_server import RATE, Recorder

__all__ = ["Heard", "find_streams", "look_at"]

SLACK = 0.01
"""Seconds by which the recorder's times may err; far less than a rest."""
FADED = round(0.012 * RATE)
"""Frames around an interruption that may be faded."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One stream as it was heard."""

    delay_ms: float
    """From its first PCM byte on the socket to its first sample."""
    silent_ms: float
    """By how much it lasted longer than what was sent."""
    gaps: int
    """Places where that was put in."""
    whole: bool | None
    """Each sample that was sent was heard, in order; a few may be faded around an
    interruption. None where the sound server had to resample."""


def find_streams(
    recorder: Recorder,
    sent: Sequence[float | None],
    samples: npt.NDArray[np.float32] | None,
) -> list[Heard | None]:
    """Return how each stream was heard; None for one that was not."""
    mono = recorder.frames[:, 0]
    sounding = np.flatnonzero(mono)
    if not len(sounding):
        return [None] * len(sent)
    onsets = sounding[np.diff(sounding, prepend=-2) > 1]
    times = np.array([recorder.time_of(int(onset)) for onset in onsets])
    finder = None if samples is None else Finder(samples)
    heard: list[Heard | None] = []
    for index, time in enumerate(sent):
        later = next((other for other in sent[index + 1 :] if other), np.inf)
        low, high = np.searchsorted(times, [(time or np.inf) - SLACK, later - SLACK])
        if low == high:
            heard.append(None)
            continue
        end = onsets[high] if high < len(onsets) else len(mono)
        delay = float(times[low] - (time or 0.0)) * 1000
        heard.append(look_at(mono[onsets[low] : end], delay, finder, samples))
    return heard


def look_at(
    mono: npt.NDArray[np.float32],
    delay_ms: float,
    finder: Finder | None,
    samples: npt.NDArray[np.float32] | None,
) -> Heard:
    """Return how one stream was heard: *mono* begins with it and ends in silence."""
    mono = mono[: int(np.flatnonzero(mono)[-1]) + 1]
    if finder is None or samples is None:
        breaks = np.diff(np.flatnonzero(mono)) - 1
        inserted = [int(frames) for frames in breaks if frames]
        return Heard(delay_ms, sum(inserted) / RATE * 1000, len(inserted), None)
    runs = runs_of(finder.find(mono))
    inserted, whole = [], bool(runs)
    for run, after in pairwise(runs):
        between = after.media - run.media_end
        whole &= 0 <= between <= FADED
        inserted.append(max(0, after.begin - run.end - between))
    if runs:
        whole &= runs[0].media == 0 and runs[-1].media_end == len(samples)
    inserted = [frames for frames in inserted if frames]
    return Heard(delay_ms, sum(inserted) / RATE * 1000, len(inserted), whole)
