"""Reported positions against those of a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bench.harness.monitor import telling
from bench.harness.positions import cuts_in, errors_in
from tests.real.sound_server import RATE

SIGNAL = telling(1.0, RATE)
RAMP = ((1 + np.cos(np.linspace(0, np.pi, 220))) / 2).astype(np.float32)


@dataclass
class Arrival:
    time: float
    frames: int


def quiet(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


def arrivals_of(mono):
    """Recorded without delay; frame 0 was played at 100 s."""
    return [Arrival(100 + at / RATE, at) for at in range(441, len(mono), 441)]


def test_what_is_ahead_all_along_is_in_the_median_and_not_in_the_spread():
    mono = np.concatenate([quiet(0.2), SIGNAL, quiet(0.2)])
    times = np.arange(0.3, 1.1, 0.01)
    samples = [(100.0 + at, at - 0.2 + 0.004) for at in times]
    errors = errors_in(mono, arrivals_of(mono), SIGNAL, samples)
    assert errors.median == pytest.approx(0.004, abs=1e-4)
    assert errors.spread.max() < 2e-4


def test_what_stands_in_silence_is_not_off_by_the_median():
    """300 ms of silence in the middle; the report is 4 ms ahead of the recording."""
    half = RATE // 2
    mono = np.concatenate(
        [quiet(0.2), SIGNAL[:half], quiet(0.3), SIGNAL[half:], quiet(0.2)]
    )

    def told(at):
        return min(at, 0.5) if at < 0.8 else at - 0.3

    times = np.arange(0.3, 1.3, 0.01)
    samples = [(100.0 + at, told(at - 0.2 + 0.004)) for at in times]
    errors = errors_in(mono, arrivals_of(mono), SIGNAL, samples)
    assert errors.median == pytest.approx(0.004, abs=1e-4)
    assert errors.spread.max() < 2e-4


def test_a_jump_that_is_not_told_shows_in_the_spread():
    """A slip of 30 ms; the report goes on as if nothing had been."""
    half = RATE // 2
    mono = np.concatenate(
        [quiet(0.2), SIGNAL[:half], quiet(0.03), SIGNAL[half:], quiet(0.2)]
    )
    times = np.arange(0.3, 1.1, 0.01)
    samples = [(100.0 + at, at - 0.2) for at in times]
    errors = errors_in(mono, arrivals_of(mono), SIGNAL, samples)
    assert errors.spread.max() == pytest.approx(0.03, abs=1e-3)


def test_a_faded_cut_is_found_with_its_fade():
    """Two streams: 10,000 frames, the last 220 of them fading, and again 5,000."""
    first = np.concatenate([SIGNAL[:9_780], SIGNAL[9_780:10_000] * RAMP])
    second = np.concatenate([SIGNAL[:4_780], SIGNAL[4_780:5_000] * RAMP])
    mono = np.concatenate([quiet(0.2), first, quiet(0.3), second, quiet(0.3)])
    cuts = cuts_in(mono, arrivals_of(mono), SIGNAL)
    assert [cut.media for cut in cuts] == pytest.approx(
        [10_000 / RATE, 5_000 / RATE], abs=0.001
    )
    assert cuts[0].silent == pytest.approx(100.2 + 10_000 / RATE, abs=0.001)
    assert max(cut.step for cut in cuts) <= np.abs(np.diff(SIGNAL)).max()


def test_a_cut_without_a_fade_has_a_step_of_its_own():
    loud = int(np.argmax(np.abs(SIGNAL)))
    mono = np.concatenate([quiet(0.2), SIGNAL[: loud + 1], quiet(0.3)])
    (cut,) = cuts_in(mono, arrivals_of(mono), SIGNAL)
    assert cut.step > 20 * np.abs(np.diff(SIGNAL)).max()
