"""What is read off a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bench.harness.monitor import Finder, Line, Run, Track, runs_of, silences, telling

RATE = 44_100
SIGNAL = telling(2.0, RATE)
FINDER = Finder(SIGNAL)
FADE = (1 + np.cos(np.linspace(0, np.pi, 220, dtype=np.float32))) / 2


@dataclass
class Arrival:
    time: float
    frames: int


def quiet(frames):
    return np.zeros(frames, np.float32)


def tracked(*pieces):
    mono = np.concatenate(pieces).astype(np.float32)
    return Track(mono, runs_of(FINDER.find(mono)))


def test_a_telling_signal_has_no_zero_and_small_steps_and_survives_pcm_32():
    assert np.all(SIGNAL != 0)
    assert np.abs(np.diff(SIGNAL)).max() < 0.02
    written = (SIGNAL.astype(np.float64) * 2**31).astype(np.int32)
    assert np.array_equal((written / 2**31).astype(np.float32), SIGNAL)


def test_every_sample_of_it_is_found_where_it_is():
    mono = np.concatenate([quiet(100), SIGNAL[5_000:5_100], quiet(50)])
    wanted = np.full(250, Finder.NOWHERE)
    wanted[100:200] = np.arange(5_000, 5_100)
    assert np.array_equal(FINDER.find(mono), wanted)


def test_what_is_faded_is_not_found():
    faded = SIGNAL[:1_000] * np.float32(0.5)
    assert np.all(FINDER.find(faded) == Finder.NOWHERE)


def test_runs_are_cut_where_the_signal_jumps():
    mono = np.concatenate([SIGNAL[100:200], SIGNAL[300:400], quiet(9), SIGNAL[400:500]])
    assert runs_of(FINDER.find(mono)) == [
        Run(0, 100, 100),
        Run(100, 300, 100),
        Run(209, 400, 100),
    ]


def test_a_pause_takes_its_fades_from_the_signal():
    """1,000 frames, 220 fading out, 500 silent, 220 fading in, the rest."""
    track = tracked(
        SIGNAL[:1_000],
        SIGNAL[1_000:1_220] * FADE,
        quiet(500),
        SIGNAL[1_220:1_440] * FADE[::-1],
        SIGNAL[1_440:2_000],
    )
    at = [999, 1_100, 1_219, 1_400, 1_719, 1_800, 2_000]
    wanted = [999, 1_100, 1_219, 1_220, 1_220, 1_300, 1_500]
    assert track.media_at(at) == pytest.approx(wanted, abs=2)
    assert list(track.moves_at([500, 1_400, 2_000])) == [True, False, True]


def test_a_starvation_continues_what_is_no_media():
    track = tracked(
        SIGNAL[:1_000],
        SIGNAL[999] * FADE,
        quiet(500),
        SIGNAL[1_000:1_220] * FADE[::-1],
        SIGNAL[1_220:2_000],
    )
    wanted = [1_000, 1_000, 1_000, 1_100]
    assert track.media_at([1_001, 1_100, 1_700, 1_820]) == pytest.approx(wanted, abs=2)


def test_silence_without_fades_is_a_slip_of_the_server():
    track = tracked(SIGNAL[:1_000], quiet(300), SIGNAL[1_000:2_000])
    assert list(track.media_at([1_000, 1_150, 1_300, 1_400])) == [
        1_000,
        1_000,
        1_000,
        1_100,
    ]


def test_a_refill_into_a_tail_that_still_runs_has_no_silence():
    """100 frames of a continued tail, then 220 frames fading in over it."""
    track = tracked(
        SIGNAL[:1_000],
        SIGNAL[999] * FADE[:100],
        SIGNAL[1_000:1_220] * FADE[::-1] + 0.01,
        SIGNAL[1_220:2_000],
    )
    assert track.media_at([1_050, 1_100, 1_200]) == pytest.approx([1_000, 1_000, 1_100])


def test_silences_lie_between_first_and_last_sound():
    mono = np.array([0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 0], np.float32)
    assert silences(mono) == [(4, 3), (8, 1)]
    assert silences(mono, shortest=2) == [(4, 3)]


def test_a_line_through_bursts_is_straight_and_can_be_read_both_ways():
    """Pieces of 5 ms come two at a time; the line goes between."""
    arrivals = [
        Arrival(100.0 + 0.01 * (count // 2), 441 * (count // 2) + 221 * (count % 2))
        for count in range(400)
    ]
    line = Line(arrivals, RATE)
    times = line.time_of([10_000, 20_000])
    assert times[1] - times[0] == pytest.approx(10_000 / RATE, abs=1e-4)
    assert times[0] == pytest.approx(100.0 + 10_000 / RATE, abs=0.006)
    assert line.frame_at(times) == pytest.approx([10_000, 20_000], abs=1)
