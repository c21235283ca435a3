from __future__ import annotations

import pytest

from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cut,
    End,
    Frames,
    FramesGiven,
    Position,
    State,
    UtteranceState,
    Welcome,
)
from streamer.events.placing import FramePlacer

NEUTRAL = (0.0, 1.0)
GIVEN = FramesGiven("x", 10, ("a", "b"), NEUTRAL)


def welcome(clock="c1", epoch="e1", given=GIVEN):
    streams = {"main": Position(epoch, 0)}
    return Welcome("s", clock, streams, "oculus", ("sil",), 2500, given)


def anchor(utterance="u1", *, media=0, at=0, rate=1.0):
    return Anchor("main", 1, utterance, media, at, rate, "paced", 0)


def frames(*values, utterance="u1", t=0):
    """Frames 100 ms apart, whose first weight is told."""
    return Frames("main", utterance, t, [(value, 0.0) for value in values])


def state(*told):
    utterances = [
        UtteranceState(name, None, None, "none", None, at, 0, [], [])
        for name, at in told
    ]
    return State("main", "e1", 9, utterances)


@pytest.fixture
def placer():
    placer = FramePlacer()
    placer.receive(welcome())
    return placer


def shown(placer, now):
    weights = placer.weights("main", now)
    return None if weights is None else round(weights[0], 6)


def test_without_frames_there_are_no_weights():
    placer = FramePlacer()
    assert placer.weights("main", 0) is None

    placer.receive(welcome(given=None))
    placer.receive(anchor())

    assert placer.weights("main", 0) is None
    assert placer._streams == {"main": {}}


def test_a_mouth_rests_where_nothing_is_heard(placer):
    assert placer.weights("main", 0) == NEUTRAL
    assert placer.weights("other", 0) == NEUTRAL

    placer.receive(frames(0.5, 0.5))

    assert placer.weights("main", 0) == NEUTRAL


def test_weights_go_from_frame_to_frame(placer):
    placer.receive(frames(0.0, 0.4, 0.2))
    placer.receive(anchor(at=1_000_000))

    times = (999_000, 1_000_000, 1_050_000, 1_100_000, 1_125_000, 1_200_000)
    assert [shown(placer, now) for now in times] == [0, 0, 0.2, 0.4, 0.35, 0.2]


def test_frames_may_come_in_pieces_and_twice(placer):
    placer.receive(anchor())
    placer.receive(frames(0.1, 0.2))
    placer.receive(frames(0.7, 0.3, t=100_000))
    placer.receive(frames(0.4, t=300_000))

    times = (100_000, 200_000, 300_000)
    assert [shown(placer, now) for now in times] == [0.2, 0.3, 0.4]


def test_the_rate_counts(placer):
    placer.receive(frames(0.0, 0.4))
    placer.receive(anchor(rate=0.5))

    assert shown(placer, 100_000) == 0.2


def test_where_frames_end_the_mouth_comes_to_rest(placer):
    placer.receive(frames(0.6))
    placer.receive(anchor())

    assert shown(placer, 100_000) == 0.6
    assert shown(placer, 175_000) == 0.3
    assert placer.weights("main", 250_000) == NEUTRAL
    assert placer.weights("main", 10**9) == NEUTRAL


@pytest.mark.parametrize(
    "over",
    [Cut("main", 2, "u1", 50_000, 50_000), End("main", 2, "u1", 9, 50_000, None)],
)
def test_what_is_over_comes_to_rest(placer, over):
    """From where it was, and nothing of it is shown later."""
    placer.receive(frames(0.0, 0.4, 0.8, 0.8))
    placer.receive(anchor())
    placer.receive(over)

    assert shown(placer, 25_000) == 0.1
    assert shown(placer, 50_000) == 0.2
    assert shown(placer, 125_000) == 0.1
    assert placer.weights("main", 200_000) == NEUTRAL
    assert placer.weights("main", 201_000) == NEUTRAL
    assert placer._streams["main"] == {}


def test_a_stand_is_a_rest_and_goes_on_softly(placer):
    placer.receive(frames(*[0.6] * 9))
    placer.receive(anchor())
    placer.receive(anchor(media=100_000, at=100_000, rate=0.0))
    assert shown(placer, 100_000) == 0.6
    assert shown(placer, 175_000) == 0.3
    assert placer.weights("main", 900_000) == NEUTRAL

    placer.receive(anchor(media=100_000, at=1_000_000))
    placer.receive(anchor(media=100_000, at=1_000_000))

    times = (950_000, 1_000_000, 1_075_000, 1_150_000, 1_200_000)
    assert [shown(placer, now) for now in times] == [0, 0, 0.3, 0.6, 0.6]


def test_a_wait_before_the_first_sound_softens_nothing(placer):
    placer.receive(frames(0.6, 0.6))
    placer.receive(anchor(at=0, rate=0.0))
    placer.receive(anchor(at=1_000))

    assert shown(placer, 1_000) == 0.6


def test_the_way_to_the_first_shape_is_shown_while_nothing_else_is_heard(placer):
    placer.receive(frames(0.1, 0.1, 0.1))
    placer.receive(anchor())
    placer.receive(frames(0.8, 0.8, 0.8, 0.8, utterance="u2", t=-200_000))
    placer.receive(anchor("u2", at=300_000))
    assert shown(placer, 150_000) == 0.1

    placer.receive(End("main", 2, "u1", 200_000, 200_000, None))

    assert [shown(placer, now) for now in (199_000, 200_000)] == [0.1, 0.8]
    assert shown(placer, 300_000) == 0.8


def test_the_next_one_is_shown_though_the_end_is_not_told_yet(placer):
    placer.receive(frames(0.1, 0.1, 0.1))
    placer.receive(anchor())
    placer.receive(frames(0.8, 0.8, utterance="u2"))
    placer.receive(anchor("u2", at=200_000))

    assert [shown(placer, now) for now in (199_000, 200_000)] == [0.1, 0.8]


def test_a_state_keeps_what_goes_on(placer):
    placer.receive(frames(0.3, 0.3))
    placer.receive(anchor())
    placer.receive(frames(0.9, utterance="u0"))

    placer.receive(state(("u1", AnchorAt(0, 500, 1.0, "paced", 0)), ("u2", None)))

    assert list(placer._streams["main"]) == ["u1", "u2"]
    assert shown(placer, 499) == 0
    assert shown(placer, 500) == 0.3


def test_coming_back_keeps_the_mouth(placer):
    placer.receive(frames(0.3, 0.3))
    placer.receive(anchor())

    placer.receive(welcome())

    assert shown(placer, 50_000) == 0.3


@pytest.mark.parametrize(
    "other",
    [{"clock": "c2"}, {"epoch": "e2"}, {"given": FramesGiven("y", 9, ("a",), (0.0,))}],
)
def test_another_server_or_rig_starts_from_nothing(placer, other):
    placer.receive(frames(0.3, 0.3))
    placer.receive(anchor())

    placer.receive(welcome(**other))

    assert placer._streams == {"main": {}}


def test_what_is_past_is_forgotten(placer):
    placer.receive(frames(*[0.5] * 50))
    placer.receive(anchor())

    placer.weights("main", 2_050_000)

    assert placer._streams["main"]["u1"].times[0] == 2_000_000


def test_what_nobody_asks_for_is_bounded(placer):
    for i in range(30):
        placer.receive(frames(*[0.5] * 100, t=i * 10_000_000))
    assert len(placer._streams["main"]["u1"].times) == FramePlacer.MOST

    for i in range(30):
        placer.receive(anchor(f"u{i}"))
        placer.receive(End("main", 2, f"u{i}", 0, i * 1_000_000, None))
    assert list(placer._streams["main"]) == ["u29"]
