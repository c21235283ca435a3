from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.lipsync import curves
from streamer.lipsync.articulation import Articulator
from streamer.lipsync.curves import LONGEST_HOLD, Track
from streamer.lipsync.pose import CHANNELS, NEUTRAL
from tests.lipsync.speech import LINES, RATE, kind, sounds, speech, times

JAW, SEAL, TEETH = (CHANNELS.index(name) for name in ("jaw", "seal", "teeth"))
ROUNDING = CHANNELS.index("rounding")


def gestures_of(phones):
    articulator = Articulator(RATE)
    articulator.receive(phones)
    return articulator.settle(None)


def track_of(phones):
    track = Track(RATE)
    track.receive(gestures_of(phones))
    return track


def spans(phones):
    """Closures with their kind; neighbours of one kind are one."""
    found = []
    for timed in phones:
        stop = timed.frame + timed.frames
        if found and found[-1][0] == kind(timed):
            found[-1] = (found[-1][0], found[-1][1], stop)
        else:
            found.append((kind(timed), timed.frame, stop))
    return [span for span in found if span[0] in {"seal", "teeth"}]


def closed(phones):
    """Each closure's onset, its end, and where the shown mouth is closed, in ms."""
    at = times(phones)
    shown = track_of(phones).sample(at)
    fine = np.arange(0.0, at[-1], 0.0005)
    jaw = np.interp(fine, at, shown[:, JAW] * (1 - shown[:, SEAL]))
    seal = (np.interp(fine, at, shown[:, SEAL]) >= 0.8) & (jaw <= 0.05)
    teeth = np.interp(fine, at, shown[:, TEETH]) >= 0.8
    for which, start, stop in spans(phones):
        yield start, stop, fine * RATE, seal if which == "seal" else teeth


@pytest.mark.parametrize("said", LINES)
def test_at_60_fps_lips_close_in_time_and_stay_closed(said):
    """Measured as a viewer sees it: frames at 60 fps, interpolated in between."""
    for start, stop, at, shut in closed(speech(LINES[said])):
        inside = shut[(at >= start) & (at < stop)]
        assert inside.mean() >= 0.6
        if start > 0:
            edge = np.flatnonzero(~shut & (at < start))[-1] + 1
            assert -20.0 <= at[edge] - start <= 0.5


@given(sounds())
def test_every_closure_is_seen_at_60_fps(phones):
    """However short and crowded; what has no time at all can't be seen."""
    for start, stop, at, shut in closed(phones):
        assert shut[(at >= start) & (at < stop + 20)].any()


@given(sounds())
def test_curves_have_no_corners(phones):
    """The first derivative is continuous: halving the step halves its jumps."""
    track = track_of(phones)
    end = (phones[-1].frame + phones[-1].frames) / RATE + 1.0

    def largest_bend(step):
        values = track.sample(np.arange(-0.3, end, step)).astype(float)
        return np.abs(np.diff(values, n=2, axis=0)).max() / step

    coarse, fine = largest_bend(2e-4), largest_bend(1e-4)
    assert fine <= max(0.75 * coarse, 3.0)


@given(sounds())
def test_samples_are_within_range_and_neutral_before_and_long_after(phones):
    values = track_of(phones).sample(np.linspace(-1.0, 60.0, 4000))

    assert values.dtype == np.float32
    assert values.shape == (4000, 7)
    assert values.min() >= -1.0
    assert np.delete(values, CHANNELS.index("width"), axis=1).min() >= 0.0
    assert values.max() <= 1.0
    assert not values[0].any()
    assert not values[-1].any()


@given(sounds())
def test_every_pose_is_reached_and_held(phones):
    gestures = gestures_of(phones)
    track = Track(RATE)
    track.receive(gestures)
    for gesture in gestures:
        inside = np.array([gesture.frame, gesture.stop]) / RATE
        reached, held = track.sample(inside)
        assert reached == pytest.approx(gesture.pose, abs=1e-5)
        assert held[JAW] == pytest.approx(gesture.pose.jaw, abs=1e-5)
        assert held[SEAL] == pytest.approx(gesture.pose.seal, abs=1e-5)


@pytest.mark.parametrize("said", LINES)
def test_nine_in_ten_shapes_reach_most_of_their_target_at_60_fps(said):
    phones = speech(LINES[said])
    gestures, at = gestures_of(phones), times(phones)
    shown = track_of(phones).sample(at)
    attained, before = [], np.array(NEUTRAL)
    for gesture in gestures:
        target = np.array(gesture.pose)
        way = np.linalg.norm(target - before)
        near = (at * RATE > gesture.frame - gesture.ramp_in) & (
            at * RATE < gesture.stop + 17
        )
        left = np.linalg.norm(shown[near] - target, axis=1).min()
        attained.append(way < 0.1 or left <= 0.2 * way)
        before = target
    assert np.mean(attained) >= 0.9


@given(sounds())
def test_samples_do_not_depend_on_how_gestures_came_or_what_was_forgotten(phones):
    gestures = gestures_of(phones)
    whole, pieces = Track(RATE), Track(RATE)
    whole.receive(gestures)
    for index, gesture in enumerate(gestures):
        pieces.receive([gesture])
        final = gestures[index + 1 : index + 2]
        until = final[0].frame - final[0].ramp_in if final else 100_000
        if final:  # then it is let go, as nobody knows what follows
            until = min(until, gesture.stop + round(LONGEST_HOLD * RATE))
        at = np.arange(gesture.frame, max(until, gesture.frame + 1), 7) / RATE
        assert np.array_equal(pieces.sample(at), whole.sample(at))
        pieces.forget(gesture.frame)


@given(sounds(), st.data())
def test_curves_made_bit_by_bit_are_those_made_at_once(phones, data):
    """Bit-equal at any time that is not forgotten, also where more is to come."""
    gestures = gestures_of(phones)
    pieces, come, forgotten = Track(RATE), 0, -1_000
    while come < len(gestures):
        count = data.draw(st.integers(1, 4))
        pieces.receive(gestures[come : come + count])
        come += count
        whole = Track(RATE)
        whole.receive(gestures[:come])
        if data.draw(st.booleans()):
            at = np.arange(forgotten, gestures[:come][-1].stop + 900, 7) / RATE
            assert np.array_equal(pieces.sample(at), whole.sample(at))
        if data.draw(st.booleans()):
            ahead = data.draw(st.integers(-300, 900))
            forgotten = max(forgotten, gestures[:come][-1].stop + ahead)
            pieces.forget(forgotten)


def test_each_curve_is_made_once(monkeypatch):
    made = []
    way = curves._way
    monkeypatch.setattr(curves, "_way", lambda *args: made.append(1) or way(*args))
    gestures = gestures_of(speech("a:100 m:80 " * 20))
    track = Track(RATE)
    for gesture in gestures:
        track.receive([gesture])
        track.sample(np.zeros(1))

    assert len(made) <= 2 * len(gestures), "each, and a rest behind it"


def test_what_lies_behind_is_forgotten():
    track = track_of(speech("a:100 m:80 " * 20))
    track.forget(3000)

    assert len(track._rows) < 10
    track.forget(3000)
    assert track.sample(np.array([3.5])).shape == (1, 7)


def test_an_empty_track_is_neutral():
    track = Track(RATE)
    track.receive([])

    assert not track.sample(np.array([0.0, 1.0])).any()
    assert Track(RATE).sample(np.zeros(0)).shape == (0, 7)


def test_a_shape_that_nothing_follows_is_let_go():
    track = Track(RATE)
    track.receive(gestures_of(speech("ˈa:150"))[:-1])

    held, gone = track.sample(np.array([0.3, 0.8]))[:, JAW]
    assert held > 0.3
    assert gone == 0.0


def test_rounding_is_seen_80_to_150_ms_before_the_vowel_through_consonants():
    phones = speech("ˈi:200 s:70 t:60 ˈu:200")
    at = np.arange(0.1, 0.5, 0.001)
    rounding = track_of(phones).sample(at)[:, ROUNDING]
    half = at[np.flatnonzero(rounding >= 0.5 * rounding.max())[0]]

    assert 0.080 <= 0.330 - half <= 0.150


def test_seals_close_and_open_faster_than_the_jaw():
    phones = speech("ˈa:200 p:90 ˈa:200")
    at = np.arange(0.0, 0.5, 0.001)
    seal = track_of(phones).sample(at)[:, SEAL]
    rising = at[(seal > 0.01) & (seal < 0.99) & (at < 0.22)]
    falling = at[(seal > 0.01) & (seal < 0.99) & (at > 0.22)]

    assert np.ptp(rising) <= 0.030
    assert np.ptp(falling) <= 0.045
