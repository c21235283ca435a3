from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from streamer.timing import JitterOptions, JitterPolicy

COLD = JitterOptions().cold
FAST = JitterOptions().fast


def test_a_cold_start_waits_for_forty_milliseconds():
    policy = JitterPolicy()

    assert not policy.may_start(COLD - 0.001, complete=False)
    assert policy.may_start(COLD, complete=False)


def test_sound_that_is_complete_never_waits():
    assert JitterPolicy().may_start(0.0, complete=True)


def test_a_sender_that_outruns_the_clock_starts_sooner():
    policy = JitterPolicy()
    policy.receive_arrival(10.0, 0.005)
    policy.receive_arrival(10.004, 0.026)

    assert policy.may_start(FAST, complete=False)
    assert not policy.may_start(FAST - 0.001, complete=False)


def test_a_sender_as_slow_as_the_clock_does_not():
    policy = JitterPolicy()
    policy.receive_arrival(10.0, 0.005)
    policy.receive_arrival(10.030, 0.030)

    assert not policy.may_start(0.030, complete=False)


def test_one_chunk_says_nothing_of_the_sender():
    """However much it holds: what is fast shows in what follows."""
    policy = JitterPolicy()
    policy.receive_arrival(10.0, 0.030)

    assert not policy.may_start(0.030, complete=False)


def test_each_starvation_doubles_what_must_be_held():
    policy = JitterPolicy()
    targets = []
    for _ in range(3):
        policy.receive_starvation()
        targets.append(policy.target)

    assert targets == pytest.approx([2 * COLD, 4 * COLD, 8 * COLD])


def test_after_a_starvation_a_fast_sender_has_no_privilege():
    policy = JitterPolicy()
    policy.receive_arrival(10.0, 0.0)
    policy.receive_arrival(10.001, 1.0)
    policy.receive_starvation()

    assert not policy.may_start(2 * COLD - 0.001, complete=False)
    assert policy.may_start(2 * COLD, complete=False)


def test_no_more_than_the_ceiling_is_ever_asked_for():
    policy = JitterPolicy(JitterOptions(ceiling=0.1))
    for _ in range(20):
        policy.receive_starvation()

    assert policy.target == 0.1
    assert policy.starvations == 20
    assert policy.may_start(0.1, complete=False)


def test_a_target_below_the_fast_one_rules():
    policy = JitterPolicy(JitterOptions(cold=0.005))
    policy.receive_arrival(0.0, 0.0)
    policy.receive_arrival(0.001, 1.0)

    assert policy.may_start(0.005, complete=False)


@given(
    held=st.floats(0, 3),
    starvations=st.integers(0, 10),
    arrivals=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=5),
)
def test_more_in_hand_never_waits_longer(held, starvations, arrivals):
    policy = JitterPolicy()
    time = media = 0.0
    for later, more in arrivals:
        time, media = time + later, media + more
        policy.receive_arrival(time, media)
    for _ in range(starvations):
        policy.receive_starvation()

    if policy.may_start(held, complete=False):
        assert policy.may_start(held + 0.1, complete=False)
    assert policy.may_start(JitterOptions().ceiling, complete=False)
