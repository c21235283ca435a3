"""When a callback is late."""

from __future__ import annotations

import numpy as np
import pytest

from bench.harness.lateness import lateness, look_at, resting

RATE = 48_000
BLOCK = 240
COUNT = 1_000


def bursty(count=COUNT):
    """Two blocks at once, each 10 ms."""
    blocks = np.arange(count)
    return 5.0 + (blocks // 2) * 0.010, blocks * float(BLOCK)


def seen(times, frames):
    return look_at(times, frames, RATE, block=0.005, burst=0.005)


def test_a_burst_is_not_late():
    times, frames = bursty()
    assert lateness(times, frames, RATE).max() == pytest.approx(0.005)
    found = seen(times, frames)
    assert (found.blocks, found.late, found.missing) == (COUNT, 0, 0)


def test_what_waits_for_a_hold_is_late_until_the_device_has_caught_up():
    """For 39 ms nothing is asked for, then all of it: 39, 34, … 9 and 4 ms late."""
    times, frames = bursty()
    held = (times > 5.995) & (times < 6.035)
    times[held] = 6.039
    found = seen(times, frames)
    assert found.late == 7
    assert found.missing == 0
    assert found.worst_ms == pytest.approx(39.0)


def test_a_device_that_ran_dry_goes_on_later_and_has_skipped_blocks():
    """A hold of 100 ms, behind which nothing is caught up."""
    times, frames = bursty()
    times[times > 5.995] += 0.100
    found = seen(times, frames)
    assert 1 <= found.late <= 4
    assert found.missing == 17  # 20, less a burst and a block that may be owed
    assert found.worst_ms == pytest.approx(100.0)


def test_drift_is_not_lateness():
    """200 ppm over a minute are 12 ms."""
    times, frames = bursty(12_000)
    found = seen(5.0 + (times - 5.0) * (1 + 200e-6), frames)
    assert found.late == 0
    assert found.missing <= 1


def test_a_device_that_waits_for_sound_is_not_late():
    """Of silence it has 10 ms less in hand; sound it takes as soon as it is there."""
    frames = np.arange(60) * float(BLOCK)
    times = 5.0 + np.arange(60) * 0.005 + 0.010
    silent = np.arange(60) < 20
    times[20:] -= 0.010
    times[20] += 0.010  # it waited for sound
    times[21:23] = times[20] + 0.002  # and for no room, so soon
    times[22] += 1e-5
    flags = resting(times, frames, RATE, silent)
    assert flags.tolist() == [True] * 23 + [False] * 37
    found = look_at(times, frames, RATE, block=0.005, burst=0.001, rests=flags)
    assert (found.blocks, found.late) == (60, 0)
    times[40] += 0.007
    found = look_at(times, frames, RATE, block=0.005, burst=0.001, rests=flags)
    assert found.late == 1


def test_it_waits_again_where_it_starved():
    frames = np.arange(60) * float(BLOCK)
    silent = np.isin(np.arange(60), [30])
    flags = resting(5.0 + np.arange(60) * 0.005, frames, RATE, silent)
    assert np.flatnonzero(flags).tolist() == [0, 1, 30, 31, 32]


def test_blocks_are_missed_from_where_it_is_full():
    """Before, it takes 10 ms of sound more than passes."""
    frames = np.arange(60) * float(BLOCK)
    silent = np.arange(60) < 20
    times = 5.0 + np.arange(60) * 0.005 + np.where(silent, 0.010, 0.0)
    times[45:] += 0.020
    rests = resting(times, frames, RATE, silent)
    found = look_at(times, frames, RATE, block=0.005, burst=0.0, rests=rests)
    assert found.missing == pytest.approx(4, abs=1)
