from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.lipsync.levels import LevelMeter, WaitingLevels
from tests.examples import examples


def noise(frames, channels=1):
    random = np.random.default_rng(7)
    return random.uniform(-0.5, 0.5, (frames, channels)).astype(np.float32)


def test_a_level_is_the_rms_of_its_10_ms():
    sound = np.full((480, 2), 0.1, np.float32)
    sound[240:] = 1.0
    levels = LevelMeter(24_000).receive(sound)
    assert levels.dtype == np.float32
    assert levels.tolist() == pytest.approx([-20.0, 0.0], abs=1e-4)


def test_silence_is_120_db_down():
    levels = LevelMeter(8_000).receive(np.zeros((80, 1), np.float32))
    assert levels.tolist() == [-120.0]


def test_levels_keep_step_with_any_rate():
    """22,050 Hz has 220.5 frames in 10 ms."""
    meter = LevelMeter(22_050)
    assert len(meter.receive(noise(22_050 * 3))) == 300
    assert meter.frames == 66_150


@examples(50)
@given(
    st.sampled_from([8_000, 11_025, 22_050, 48_000]),
    st.integers(1, 2),
    st.lists(st.integers(0, 1_500), max_size=8),
)
def test_levels_do_not_depend_on_the_split(rate, channels, sizes):
    sound = noise(sum(sizes), channels)
    whole = LevelMeter(rate).receive(sound)
    meter = LevelMeter(rate)
    parts = [meter.receive(part) for part in np.split(sound, np.cumsum(sizes))]
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-3)


def test_what_is_left_out_counts_as_levels():
    meter = LevelMeter(22_050)
    meter.receive(noise(100))
    assert meter.skip(22_050 - 100) == 100
    assert meter.skip(220) == 0
    assert meter.skip(1) == 1
    assert meter.frames == 22_271
    assert len(meter.receive(noise(220))) == 1


def test_levels_wait_until_they_are_taken():
    waiting = WaitingLevels()
    assert not waiting
    for level in range(5):
        waiting.receive(np.full(level + 1, level, np.float32))
        if level == 2:
            frame, levels = waiting.take(22_050)
            assert (frame, levels.tolist()) == (0, [0, 1, 1, 2, 2, 2])
    assert waiting
    assert waiting.stop(22_050) == 22_050 * 15 // 100
    frame, levels = waiting.take(22_050)
    assert frame == 22_050 * 6 // 100
    assert levels.tolist() == [3] * 4 + [4] * 5
    assert not waiting
