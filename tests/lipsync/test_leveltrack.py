from __future__ import annotations

import numpy as np
import pytest

from streamer.lipsync.leveltrack import LevelTrack


def jaws(*values):
    mouth = np.zeros((len(values), 7), np.float32)
    mouth[:, 0] = values
    return mouth


def jaw_at(track, *times):
    return track.sample(np.array(times))[:, 0].tolist()


def test_a_level_is_reached_in_the_middle_of_its_10_ms():
    track = LevelTrack(8_000)
    track.receive(jaws(0.2, 0.6))
    assert jaw_at(track, 0.005, 0.010, 0.015) == pytest.approx([0.2, 0.4, 0.6])
    assert track.until == 160


def test_where_nothing_is_known_it_is_neutral():
    track = LevelTrack(8_000)
    assert jaw_at(track, 0.0, 5.0) == [0.0, 0.0]
    track.receive(jaws(0.8))
    assert jaw_at(track, -1.0, 0.005, 5.0) == pytest.approx([0.0, 0.8, 0.0])


@pytest.mark.parametrize("looked", [True, False])
def test_what_is_forgotten_moves_nothing(looked):
    """Also where nobody has looked, and it stands in the pieces that came."""
    track = LevelTrack(8_000)
    for value in (0.1, 0.2, 0.3, 0.4, 0.5):
        track.receive(jaws(value, value))
    if looked:
        track.sample(np.array([0.0]))
    track.forget(8_000 * 5 // 100)
    assert jaw_at(track, 0.055, 0.095) == pytest.approx([0.3, 0.5])
    assert track.until == 800
    assert jaw_at(track, 0.0) == [0.0]


def test_no_further_level_is_no_fault():
    track = LevelTrack(8_000)
    track.receive(jaws(0.2, 0.6))
    track.receive(jaws())
    assert track.until == 160
    assert jaw_at(track, 0.005, 0.015) == pytest.approx([0.2, 0.6])
