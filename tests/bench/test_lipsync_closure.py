"""Closures are looked for where they are shown, and only there."""

from __future__ import annotations

import numpy as np
import pytest

from bench.lipsync_data.closure import closures, measure, together
from bench.lipsync_data.corpus import Spoken
from bench.lipsync_data.shown import FPS, RIG, Shown, Weights
from tests.lipsync.speech import RATE, speech


def spoken(written):
    """A frame is a millisecond; ``_`` is a pause."""
    phones = speech(written)
    frames = phones[-1].frame + phones[-1].frames
    heard = tuple(timed for timed in phones if timed.phone)
    return Spoken("x", "en", RATE, np.zeros(frames, np.float32), (), heard)


def weights(*spans, jaw=0.3, close=None, press=0.5, roll=0.0, seconds=2.0):
    """Lips closed from … to, in ms; at a thousand frames a second, so as told."""
    times = np.arange(0, seconds, 1 / RATE)
    values = np.zeros((len(times), len(RIG.channels)), np.float32)
    column = RIG.channels.index
    values[:, column("jawOpen")] = jaw
    for start, stop in spans:
        values[start:stop, column("mouthClose")] = jaw if close is None else close
        values[start:stop, column("mouthPressLeft")] = press
        values[start:stop, column("mouthPressRight")] = press
        values[start:stop, column("mouthRollLower")] = roll
    return Weights(times, values)


def found(written, *spans, kind="seal", **named):
    return measure(spoken(written), Shown({}, weights(*spans, **named), None), kind)


def test_a_closure_in_time_is_recalled():
    one = found("a:100 b:80 a:100", (90, 160))
    assert (one.phones, one.recalled, one.middle) == (1, 1, 1)
    assert one.onsets_ms == pytest.approx([-10], abs=1)
    assert one.in_time == 1.0
    assert one.held == pytest.approx([0.75], abs=0.02)


@pytest.mark.parametrize(("start", "in_time"), [(75, 0.0), (82, 1.0), (103, 0.0)])
def test_onsets_are_held_against_the_phones(start, in_time):
    one = found("a:100 b:80 a:100", (start, 160))
    assert (one.recalled, one.in_time) == (1, in_time)
    assert bool(one.untimely) == (in_time == 0.0)


@pytest.mark.parametrize(
    "short", [{"press": 0.39}, {"close": 0.24}, {"press": 0.0, "roll": 0.9}]
)
def test_lips_that_only_come_near_are_not_closed(short):
    one = found("a:100 b:80 a:100", (90, 160), **short)
    assert (one.recalled, one.missed) == (0, ["x: [a b a] at 0.10 s"])


def test_teeth_need_the_lower_lip():
    assert found("a:100 f:80 a:100", (90, 160), kind="teeth", roll=0.6).recalled == 1
    assert found("a:100 f:80 a:100", (90, 160), kind="teeth", roll=0.59).recalled == 0
    assert found("a:100 f:80 a:100", (90, 160), kind="seal", roll=0.6).phones == 0


def test_lips_that_never_parted_did_not_close_in_time():
    one = found("b:80 a:40 p:80", (0, 190))
    assert one.recalled == 2
    assert one.onsets_ms == pytest.approx([0, -120], abs=1)
    assert one.in_time == 0.5


def test_the_end_of_an_earlier_closure_is_no_closure():
    one = found("b:80 a:40 p:80", (0, 125))
    assert (one.phones, one.recalled) == (2, 1)


def test_a_closure_shared_with_the_phone_right_before_counts_for_both():
    one = found("a:100 m:80 b:40 a:100", (95, 190))
    assert (one.phones, one.recalled, one.middle) == (2, 2, 1)
    assert len(one.onsets_ms) == 1


def test_lips_may_stay_closed_through_a_short_pause_only():
    assert len(found("m:80 _:100 m:80", (0, 260)).onsets_ms) == 1
    assert found("m:80 _:200 m:80", (0, 360)).in_time == 0.5


def test_between_two_frames_lips_move_on_a_straight_line():
    """What is left of the jaw falls from 0.5 to 0 within one frame of 60."""
    times = np.array([0, 1, 2, 3]) / FPS
    values = np.zeros((4, len(RIG.channels)), np.float32)
    values[:, RIG.channels.index("jawOpen")] = 0.5
    values[2:, RIG.channels.index("mouthClose")] = 0.5
    for side in ("Left", "Right"):
        values[:, RIG.channels.index(f"mouthPress{side}")] = 0.5
    [(start, _)] = closures(Weights(times, values), "seal")
    assert start == pytest.approx(1.9 / FPS, abs=0.0006)


def test_several_are_put_together():
    both = together([found("b:80", (0, 80)), found("a:100 b:80 a:90")])
    assert (both.phones, both.recalled, both.recall) == (2, 1, 0.5)
    assert len(both.missed) == 1
