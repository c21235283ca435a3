"""A mouth from levels alone."""

from itertools import pairwise

import numpy as np
import pytest

from streamer.lipsync.loudness import LoudnessMouth
from streamer.lipsync.pose import CHANNELS

RATE = 16_000
JAW, SEAL = CHANNELS.index("jaw"), CHANNELS.index("seal")


def levels(*spans):
    """Return levels of (dBFS, count)."""
    return np.concatenate([np.full(n, db, np.float32) for db, n in spans])


def test_the_jaw_follows_the_level():
    mouth = LoudnessMouth(RATE).receive(levels((-15, 30), (-30, 30), (-15, 30)))
    assert mouth.shape == (90, 7)
    assert mouth.dtype == np.float32
    assert mouth[29, JAW] == pytest.approx(0.8, abs=0.03)
    assert 0.2 < mouth[59, JAW] < 0.5
    assert mouth[89, JAW] > 0.7


def test_lips_are_shut_on_silence_and_at_the_start():
    mouth = LoudnessMouth(RATE).receive(levels((-np.inf, 10), (-20, 20), (-80, 30)))
    assert mouth[0, SEAL] == 1.0
    assert not mouth[10:33, SEAL].any()
    assert mouth[33:, SEAL].all()
    assert mouth[-1, JAW] < 0.01


def test_a_quiet_voice_opens_its_mouth_as_well():
    loud = LoudnessMouth(RATE).receive(levels((-10, 30)))
    quiet = LoudnessMouth(RATE).receive(levels((-40, 30)))
    assert quiet[-1, JAW] == pytest.approx(loud[-1, JAW])


def test_room_noise_is_no_voice():
    assert not LoudnessMouth(RATE).receive(levels((-82, 50)))[:, JAW].any()


def test_all_values_are_within_their_range():
    random = np.random.default_rng(1).uniform(-100, 3, 500).astype(np.float32)
    random[:3] = np.nan, -np.inf, np.inf
    mouth = LoudnessMouth(RATE).receive(random)
    assert mouth.min() >= 0.0
    assert mouth.max() <= 1.0


@pytest.mark.parametrize("size", [1, 7, 200])
def test_the_split_of_the_levels_changes_nothing(size):
    sound = np.random.default_rng(2).uniform(-60, 0, 200).astype(np.float32)
    whole = LoudnessMouth(RATE).receive(sound)
    parts = LoudnessMouth(RATE)
    rows = [parts.receive(sound[at : at + size]) for at in range(0, 200, size)]
    np.testing.assert_array_equal(np.concatenate(rows), whole)


def test_sounds_for_shapes_are_two_vowels_and_silence():
    mouth = LoudnessMouth(RATE)
    mouth.receive(levels((-90, 20), (-15, 30), (-31, 30), (-90, 30)))
    phones = mouth.phones(last=True)
    assert [p.phone.symbol if p.phone else "" for p in phones] == ["", "a", "ə", ""]
    assert phones[1].frame == pytest.approx(0.2 * RATE, abs=0.03 * RATE)
    assert sum(p.frames for p in phones) == 1.1 * RATE


def test_sounds_follow_one_another_while_they_arrive():
    mouth, told = LoudnessMouth(RATE), []
    sound = np.random.default_rng(3).uniform(-60, 0, 400).astype(np.float32)
    sound[100:200] = -90
    for at in range(0, 400, 10):
        mouth.receive(sound[at : at + 10])
        told += mouth.phones()
        if told:  # an open one is told in parts
            assert (at + 10) * RATE // 100 - told[-1].frame - told[
                -1
            ].frames <= 0.3 * RATE
    told += mouth.phones(last=True)
    assert told[0].frame == 0
    assert all(a.frame + a.frames == b.frame for a, b in pairwise(told))
    assert told[-1].frame + told[-1].frames == 4 * RATE


def test_a_click_is_no_sound():
    mouth = LoudnessMouth(RATE)
    mouth.receive(levels((-90, 20), (-20, 3), (-90, 40)))
    assert [p.phone for p in mouth.phones(last=True)] == [None]


def test_what_nobody_looked_at_is_a_rest():
    mouth = LoudnessMouth(RATE)
    mouth.receive(levels((-20, 30)))
    mouth.pass_over(100)
    assert mouth.receive(levels((-20, 1)))[0, JAW] < 0.4  # it opens from shut
    mouth.receive(levels((-20, 29)))
    told = mouth.phones(last=True)
    assert [timed.phone is None for timed in told] == [True, False, True, False]
    assert told[2].frames == pytest.approx(RATE, rel=0.1)
    stops = [timed.frame + timed.frames for timed in told]
    assert [timed.frame for timed in told] == [0, *stops[:-1]]
