from __future__ import annotations

import pytest

from streamer.events.follow import Follower, Hole
from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cut,
    Goaway,
    Position,
    Start,
    State,
    UtteranceState,
    Welcome,
)

AT = AnchorAt(1, 2, 1.0, "paced", 0)


def welcome(clock="c1", epoch="e1", seq=0):
    streams = {"main": Position(epoch, seq)}
    return Welcome("s", clock, streams, "oculus", ("sil",), 2500)


def start(seq):
    return Start("main", seq, f"u{seq}", None, None, "none", None)


def anchor(seq, utterance="u1"):
    return Anchor("main", seq, utterance, 1, 2, 1.0, "paced", 0)


def state(seq, epoch="e1", anchored=AT):
    told = UtteranceState("u1", None, None, "none", None, anchored, 0, [], [])
    return State("main", epoch, seq, [told])


@pytest.fixture
def follower():
    follower = Follower()
    follower.receive(welcome())
    return follower


def test_messages_in_order_are_news(follower):
    assert follower.receive(start(1))
    assert follower.receive(anchor(2))

    assert follower.positions == {"main": Position("e1", 2)}
    assert follower.anchors == {("main", "u1"): AT}


def test_what_was_seen_is_dropped(follower):
    follower.receive(start(1))

    assert not follower.receive(start(1))


def test_a_stream_that_was_never_asked_for_is_dropped():
    assert not Follower().receive(start(1))


def test_a_hole_is_a_fault(follower):
    with pytest.raises(Hole, match="main went from 0 to 2"):
        follower.receive(start(2))

    assert follower.positions["main"].seq == 0


def test_live_clients_see_holes():
    follower = Follower(numbered=False)
    follower.receive(welcome())

    assert follower.receive(start(7))


def test_a_state_covers_a_hole(follower):
    follower.receive(anchor(1, "u0"))

    assert follower.receive(state(41))

    assert follower.receive(start(42))
    assert follower.anchors == {("main", "u1"): AT}


def test_an_old_state_is_dropped(follower):
    follower.receive(state(41))

    assert not follower.receive(state(40))


def test_a_state_of_another_epoch_is_news(follower):
    follower.receive(state(41))

    assert follower.receive(state(3, epoch="e2", anchored=None))

    assert follower.positions["main"] == Position("e2", 3)
    assert follower.anchors == {}


def test_a_state_without_a_welcome_is_news():
    assert Follower().receive(state(1))


def test_an_anchor_goes_with_its_utterance(follower):
    follower.receive(anchor(1))

    follower.receive(Cut("main", 2, "u1", 0, 0))

    assert follower.anchors == {}


def test_coming_back_keeps_the_place(follower):
    follower.receive(anchor(1))

    follower.receive(welcome(seq=5))

    assert follower.positions["main"] == Position("e1", 1)
    assert follower.anchors == {("main", "u1"): AT}


def test_a_new_clock_drops_the_anchors(follower):
    follower.receive(anchor(1))

    follower.receive(welcome(clock="c2", seq=5))

    assert follower.anchors == {}


def test_a_new_epoch_starts_from_nothing(follower):
    follower.receive(anchor(1))
    follower.anchors["other", "u1"] = AT

    follower.receive(welcome(epoch="e2", seq=5))

    assert follower.positions["main"] == Position("e2", 0)
    assert follower.anchors == {("other", "u1"): AT}


def test_the_rest_is_news(follower):
    assert follower.receive(Goaway(800))
