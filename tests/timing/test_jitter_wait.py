"""``wait`` says when ``may_start`` would say yes, and changes nothing."""

from __future__ import annotations

import copy
import math

import pytest
from hypothesis import given, settings, strategies as st

from streamer.timing.jitter import JitterOptions, JitterPolicy
from streamer.timing.senders import SenderHistory
from tests.examples import stride

MICROSECOND = 1e-6


def says(policy, held, time):
    """Ask a copy whether it may start."""
    return copy.deepcopy(policy).may_start(held, time=time, complete=False)


def state_of(policy):
    return copy.deepcopy(vars(policy))


def learned():
    """Return what a sender has shown that was late by 90 ms, and by 30."""
    history = SenderHistory()
    for late in (0.09, 0.03):
        policy = JitterPolicy(history=history)
        for number in range(10):
            policy.receive_arrival(number * 0.1 + late * (number > 4), number / 10)
    return history


@st.composite
def policies(draw):
    """A policy amid an utterance, what is held, and the time."""
    options = JitterOptions(policy=draw(st.sampled_from(["latency", "smooth"])))
    policy = JitterPolicy(options, history=draw(st.sampled_from([None, learned()])))
    duration = draw(st.sampled_from([None, 0.3, 3.0, 100.0]))
    if duration is not None:
        policy.receive_duration(duration)
    time, media, let_go = draw(st.floats(0, 1000)), 0.0, 0.0
    for _ in range(draw(st.integers(0, 12))):
        time += draw(st.sampled_from([0.001, 0.02, 0.026, 0.1, 0.7, 2.0]))
        media += draw(st.sampled_from([0.01, 0.02, 0.1, 0.4]))
        policy.receive_arrival(time, media)
        if draw(st.booleans()):
            time += draw(st.floats(0, 0.2))
            if policy.may_start(media - let_go, time=time, complete=False):
                let_go = media
                if draw(st.booleans()):
                    policy.receive_starvation(time)
    if draw(st.integers(0, 9)) == 0:
        policy.receive_end(time)
    time += draw(st.floats(0, 0.2))
    return policy, draw(st.sampled_from([media - let_go, 0.0, 0.05, 1.6])), time


@settings(deadline=None)
@given(policies())
def test_it_is_the_time_until_the_first_yes(drawn):
    policy, held, time = drawn
    before = state_of(policy)
    wait = policy.wait(held, time=time)

    assert wait >= 0
    assert state_of(policy) == before
    if math.isinf(wait):
        assert not any(says(policy, held, time + step) for step in (0, 1, 1e4, 1e6))
        return
    assert says(policy, held, time + wait)
    if wait > MICROSECOND:
        steps = [wait * number / 50 for number in range(50)]
        steps.append(wait - MICROSECOND)
        assert not any(says(policy, held, time + step) for step in steps)


def test_a_stranger_s_first_chunk_waits_for_its_cold_start():
    policy = JitterPolicy()
    policy.receive_arrival(5.0, 0.020)

    assert policy.wait(0.020, time=5.004) == pytest.approx(0.006)
    assert policy.wait(0.020, time=5.2) == 0.0


def test_too_little_in_hand_waits_for_arrivals():
    policy = JitterPolicy()
    policy.receive_arrival(5.0, 0.010)

    assert policy.wait(0.010, time=6.0) == math.inf


def test_smooth_with_a_duration_waits_for_a_second_chunk():
    policy = JitterPolicy(JitterOptions(policy="smooth"))
    policy.receive_duration(4.0)
    policy.receive_arrival(5.0, 3.0)

    assert policy.wait(3.0, time=5.0) == math.inf


def test_sound_that_flows_waits_for_nothing():
    policy = JitterPolicy()
    assert policy.may_start(0.020, time=1.0, complete=False)

    assert policy.wait(0.0, time=1.0) == 0.0


def test_whoever_sleeps_for_so_long_wakes_to_a_yes():
    """However the sum of *time* and the wait is rounded."""
    for number in range(0, 2000, stride(10)):
        policy = JitterPolicy()
        begin = 1e6 + number / 7
        policy.receive_arrival(begin, 0.020)
        time = begin + number * 1e-6

        assert says(policy, 0.020, time + policy.wait(0.020, time=time))
