from __future__ import annotations

import pytest

from streamer.lipsync.bands import JawBands


def bands(levels, rate=1000):
    made = JawBands(rate)
    made.receive(0, levels)
    return made


def learnt():
    """A speaker whose vowels are -20 dBFS, give or take 4 dB."""
    made = JawBands(1000)
    for level in (-16.0, -24.0) * 20:
        made.learn(level)
    return made


def test_a_level_is_the_mean_over_a_span():
    made = bands([-10.0, -20.0, -30.0, -40.0])

    assert made.level(10, 30) == pytest.approx(-25.0)


def test_a_span_shorter_than_a_step_has_the_level_of_one_step():
    assert bands([-10.0, -20.0, -30.0]).level(10, 12) == pytest.approx(-20.0)


def test_no_level_is_known_where_none_was_received_or_it_was_forgotten():
    made = bands([-10.0, -20.0])

    assert made.level(20, 40) is None
    made.forget(10)
    assert made.level(0, 10) is None
    assert made.level(10, 20) == pytest.approx(-20.0)


def test_levels_may_come_in_pieces_at_a_rate_without_whole_steps():
    made = JawBands(22_050)
    made.receive(0, [-10.0, -20.0])
    made.receive(441, [-30.0])

    assert made.level(0, 662) == pytest.approx(-20.0)


def test_silence_and_nonsense_are_very_quiet():
    made = bands([float("-inf"), float("nan")])

    assert made.level(0, 20) == pytest.approx(-80.0)


@pytest.mark.parametrize(
    ("level", "low", "high"),
    [(-24.0, 0.1, 0.2), (-20.0, 0.3, 0.6), (-16.0, 0.7, 0.9)],
)
def test_jaw_amplitudes_are_in_the_bands_of_jali(level, low, high):
    assert low <= learnt().amplitude(level, stress=2, dynamics=1.0) <= high


@pytest.mark.parametrize("level", [-80.0, 0.0])
def test_amplitudes_stay_between_a_tenth_and_nine_tenths(level):
    assert 0.1 <= learnt().amplitude(level, stress=1, dynamics=1.0) <= 0.9


def test_amplitude_rises_with_loudness():
    made = learnt()
    rising = [made.amplitude(float(db), 0, 1.0) for db in range(-30, -10)]

    assert rising == sorted(rising)


def test_the_first_vowel_is_its_own_mean():
    made = JawBands(1000)

    assert made.amplitude(-40.0, 2, 1.0) == made.amplitude(-10.0, 2, 1.0)


def test_without_dynamics_only_stress_counts():
    made = learnt()

    assert made.amplitude(-10.0, 1, 0.0) == made.amplitude(-30.0, 1, 0.0)
    assert made.amplitude(-10.0, 1, 0.0) > made.amplitude(-10.0, 0, 0.0)


def test_without_levels_stress_stands_in():
    made = learnt()

    amplitudes = [made.amplitude(None, stress, 1.0) for stress in (0, 2, 1)]
    assert amplitudes == sorted(amplitudes)
    made.learn(None)
    assert made.amplitude(-20.0, 2, 1.0) == learnt().amplitude(-20.0, 2, 1.0)
