"""Shapes are counted as they are shown, and told when they don't arrive."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from bench.lipsync_data import shapes
from bench.lipsync_data.corpus import Spoken, speak
from bench.lipsync_data.shown import FPS, RIG, Weights, show
from streamer.lipsync import Cue
from streamer.lipsync.pose import Pose
from streamer.lipsync.visemes import SETS
from tests.lipsync.speech import RATE, speech

RHUBARB = SETS["rhubarb"]


@dataclass
class Told:
    cues: dict
    statistics: object = field(
        default_factory=lambda: SimpleNamespace(dropped={"rhubarb": 0})
    )


def counted(written):
    """Cues like ``A:80 B:70``; a frame is a millisecond, a second is spoken."""
    cues, at = [], 0
    for shape, length in (each.split(":") for each in written.split()):
        cues.append(Cue(at, int(length), shape, (), 1.0))
        at += int(length)
    phones = tuple(speech("a:1000"))
    spoken = Spoken("x", "en", RATE, np.zeros(1000, np.float32), (), phones)
    found = shapes.Rates()
    shapes.count(spoken, Told({"rhubarb": tuple(cues)}), RHUBARB, found)
    return found


def test_changes_are_counted_by_the_second():
    found = counted("X:100 A:100 C:100 C:300 X:100")
    assert (found.changes, found.a_second) == (3, 3.0)
    assert (found.short, found.reversals, found.holes) == (0, 0, 0)


def test_a_shape_that_is_told_in_parts_is_one():
    assert counted("X:100 A:30 A:40 X:100").short == 0


def test_a_shape_that_stays_too_short_is_counted():
    found = counted("X:100 A:69 C:100")
    assert (found.short, found.shortest) == (1, 0.069)


def test_a_shape_that_comes_and_goes_within_80_ms_is_a_reversal():
    assert counted("X:100 A:79 X:100").reversals == 1
    assert counted("X:100 A:80 X:100").reversals == 0
    assert counted("X:100 A:79 C:100").reversals == 0


def test_pauses_are_no_speech():
    phones = tuple(t for t in speech("_:50 a:400 _:119 a:100 _:120 a:100") if t.phone)
    spoken = Spoken("x", "en", RATE, np.zeros(2000, np.float32), (), phones)
    assert spoken.span == pytest.approx(0.839)
    assert spoken.speaking == pytest.approx(0.719)


def still(pose, frames):
    return np.repeat(RIG.project(np.array([pose], np.float32)), frames, axis=0)


@pytest.mark.parametrize(("reached", "share"), [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0)])
def test_what_is_reached_is_a_part_of_the_way(reached, share):
    here, there = still(Pose(), 1)[0], still(Pose(jaw=0.8, opening=0.8), 1)[0]
    ways = np.concatenate([np.linspace(0, reached, 7), np.full(10, reached)])
    values = here + ways[:, None] * (there - here)
    target = [Pose(jaw=0.8, opening=0.8)]
    assert shapes._shares(target, [(0.0, 0.2)], values) == pytest.approx([share])


def test_a_shape_that_is_there_already_is_left_out():
    pose = Pose(jaw=0.5)
    assert shapes._shares([pose], [(0.0, 0.1)], still(pose, 20)) == []


def test_a_target_that_is_reached_when_it_is_left_does_not_count():
    """Here the mouth arrives only 100 ms after its time is over."""
    here, there = still(Pose(), 1)[0], still(Pose(jaw=0.8), 1)[0]
    ways = np.concatenate([np.zeros(12), np.ones(10)])
    values = here + ways[:, None] * (there - here)
    assert shapes._shares([Pose(jaw=0.8)], [(0.0, 0.1)], values) == [0.0]


def test_aims_are_told_for_what_is_articulated():
    found = shapes.attained(speak("Maybe a family moved by.", "en-us"))
    assert found.phones > 15
    assert len(found.shares) > 8
    assert found.reached > 0.8
    assert 0 <= found.crowded_lips <= found.crowded <= found.without < found.phones


def jaws(values, stretch):
    """The jaw at so many frames a value."""
    times = np.arange(0, (len(values) - 1) * stretch + 1) / FPS
    column = np.zeros((len(times), len(RIG.channels)), np.float32)
    moved = np.interp(times * FPS / stretch, np.arange(len(values)), values)
    column[:, RIG.channels.index("jawOpen")] = moved
    return Weights(times, column)


def test_a_jaw_that_turns_back_at_once_is_told():
    turning = [0.1, 0.0, 0.3, 0.0, 0.3, 0.1]
    assert shapes.jaw_reversals(jaws(turning, 4)) == 3
    assert shapes.jaw_reversals(jaws(turning, 5)) == 0
    assert shapes.jaw_reversals(jaws([0.0, 0.3, 0.26, 0.5, 0.0], 2)) == 0
    assert shapes.jaw_reversals(jaws([0.2, 0.2], 2)) == 0


def test_a_jaw_that_stays_before_it_turns_back_does_not_tremble():
    """What is short is only the way from the end of its stay to the next turn."""
    staying = [0.0, 0.3, 0.1, 0.1, 0.1, 0.3, 0.0]
    assert shapes.jaw_reversals(jaws(staying, 2)) == 1


def test_an_utterance_keeps_its_holds_and_never_turns_back():
    spoken = speak("Peter Piper picked a peck of pickled peppers.", "en-us", 150.0)
    shown = show(spoken)
    for visemes in SETS.values():
        found = shapes.Rates()
        shapes.count(spoken, shown, visemes, found)
        assert (found.short, found.reversals, found.holes) == (0, 0, 0)
        assert found.changes > 10
