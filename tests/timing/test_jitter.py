from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from streamer.timing.jitter import JitterOptions, JitterPolicy
from streamer.timing.senders import SenderHistory

COLD = 0.010
CALM_COLD = 0.300
SMOOTH = JitterOptions(policy="smooth")


class Line:
    """A policy that is told of chunks, and asked, as a player would."""

    def __init__(self, options=None, history=None, duration=None):
        self.policy = JitterPolicy(options, history=history)
        if duration is not None:
            self.policy.receive_duration(duration)
        self.media = self.let_go = 0.0

    def arrive(self, time, seconds):
        self.media += seconds
        self.policy.receive_arrival(time, self.media)
        return self.ask(time)

    def ask(self, time):
        held = self.media - self.let_go
        said = self.policy.may_start(held, time=time, complete=False)
        if said:
            self.let_go = self.media
        return said

    def start_after(self, begin, until):
        """Return the first of the milliseconds on which it says yes."""
        for ms in range(round((until - begin) * 1000) + 1):
            if self.ask(begin + ms / 1000):
                return begin + ms / 1000
        return None


def steady(line, pace, *, begin=0.0, seconds=2.0, chunk=0.02, late=lambda _: 0.0):
    """Tell *line* of a steady sender; ask only on arrivals."""
    for number in range(round(seconds / chunk)):
        line.arrive(begin + number * chunk / pace + late(number), chunk)


# -- the first start -----------------------------------------------------------


def test_a_steady_sender_is_heard_ten_milliseconds_after_its_first_chunk():
    line = Line()

    assert not line.arrive(5.0, 0.020)
    assert not line.ask(5.0 + COLD - 0.001)
    assert line.ask(5.0 + COLD)


def test_a_fast_sender_is_heard_with_its_second_chunk():
    line = Line()
    line.arrive(5.0, 0.020)

    assert line.arrive(5.0 + 0.020 / 3, 0.020)


@pytest.mark.parametrize(("held", "said"), [(0.019, False), (0.020, True)])
def test_twenty_milliseconds_are_in_hand_at_any_start(held, said):
    line = Line()
    line.arrive(5.0, held)

    assert line.ask(6.0) is said


def test_whoever_tells_of_no_arrivals_goes_by_what_is_held():
    policy = JitterPolicy()

    assert not policy.may_start(0.019, time=1.0, complete=False)
    assert policy.may_start(0.020, time=1.0, complete=False)


def test_sound_that_is_complete_never_waits():
    assert JitterPolicy().may_start(0.0, time=0.0, complete=True)


def test_an_end_that_was_told_lets_all_go():
    line = Line()
    line.arrive(5.0, 0.005)
    line.policy.receive_end(5.0)

    assert line.ask(5.0)


def test_all_that_the_header_promises_is_complete():
    line = Line(SMOOTH, duration=0.015)

    assert line.arrive(5.0, 0.015)


def test_so_much_as_the_ceiling_never_waits():
    options = JitterOptions(cold=1.0, ceiling=0.5)
    assert not Line(options).arrive(5.0, 0.499)
    assert Line(options).arrive(5.0, 0.5)


def test_a_given_cold_start_takes_the_place_of_the_policy_s_own():
    line = Line(JitterOptions(cold=0.2))
    line.arrive(5.0, 0.1)

    assert line.start_after(5.0, 6.0) == pytest.approx(5.2)


def test_a_yes_holds_until_the_ring_runs_empty():
    line = Line()
    line.arrive(5.0, 0.020)
    assert line.ask(5.1)

    assert line.policy.may_start(0.0, time=5.1, complete=False)
    line.policy.receive_starvation(5.12)
    assert not line.policy.may_start(0.0, time=5.13, complete=False)


def test_an_arrival_without_new_sound_says_nothing():
    line = Line()
    line.policy.receive_arrival(1.0, 0.0)
    line.arrive(5.0, 0.020)
    line.policy.receive_arrival(9.0, 0.020)

    assert line.start_after(5.0, 6.0) == pytest.approx(5.0 + COLD)


def test_smooth_waits_longer_for_a_stranger():
    line = Line(SMOOTH)
    line.arrive(5.0, 0.1)

    assert line.start_after(5.0, 6.0) == pytest.approx(5.0 + CALM_COLD)


def test_smooth_starts_sooner_where_a_stranger_runs_ahead():
    """By 0.4 s of media: a first burst of 0.2 s is not enough."""
    line = Line(SMOOTH)
    for number in range(25):
        said = line.arrive(5.0 + number * 0.001, 0.02)

        assert said is (number >= 20)
        if said:
            break


# -- after a starvation --------------------------------------------------------


def starved(options=None):
    """Return a line that ran empty at 5.03, having been let go at 5.01."""
    line = Line(options)
    line.arrive(5.0, 0.020)
    assert line.ask(5.010)
    line.policy.receive_starvation(5.030)
    return line


def refill(line, time, *, late=0.005):
    """Let *line* run dry at *time*; return its wait behind a chunk that late."""
    line.policy.receive_starvation(time)
    line.arrive(time + late, 0.040)
    begun = line.start_after(time + late, time + 2)
    return round(begun - time - late, 3)


def test_one_starvation_alone_is_no_reason_to_wait():
    line = starved()

    assert line.arrive(5.100, 0.040)
    assert line.policy.starvations == 1


def test_the_second_in_a_row_makes_a_refill_wait_and_each_further_one_less():
    line = starved()
    assert line.arrive(5.032, 0.040)
    waits, time = [], 5.072
    for _ in range(6):
        waits.append(refill(line, time))
        time += 0.005 + waits[-1] + 0.040

    assert waits[0] == pytest.approx(0.025)
    assert waits[1] == pytest.approx(0.019)
    assert waits == sorted(waits, reverse=True)
    assert sum(waits) < 0.100


def test_a_chunk_later_than_half_a_hold_is_no_reason_to_wait():
    for late, wait in [(0.012, 0.025), (0.013, 0.0)]:
        line = starved()
        assert line.arrive(5.030, 0.040)

        assert refill(line, 5.070, late=late) == pytest.approx(wait)


def test_an_arrival_ahead_of_the_late_one_ends_the_wait():
    line = starved()
    assert line.arrive(5.030, 0.040)
    line.policy.receive_starvation(5.070)

    assert not line.arrive(5.075, 0.020)
    assert not line.ask(5.080)
    assert line.arrive(5.084, 0.020)


def test_smooth_waits_longer_after_each_starvation_in_a_row():
    line = starved(JitterOptions(policy="smooth", cold=0.010))
    waits = []
    for number in range(1, 60):
        time = 5.1 + number
        line.arrive(time, 0.040)
        waits.append(round(line.start_after(time, time + 0.9) - time, 2))
        line.policy.receive_starvation(time + 0.95)

    assert waits[:3] == pytest.approx([0.04, 0.06, 0.09])
    assert waits == sorted(waits)
    assert max(waits) == pytest.approx(JitterPolicy.HOLD_CEILING)


def test_a_starvation_long_after_another_is_a_first_one():
    line = starved()
    assert line.arrive(5.030, 0.040)
    steady(line, 1.0, begin=5.070, seconds=2.5)

    assert refill(line, 7.570) == 0.0


def test_a_slow_sender_s_refill_lasts_for_a_while():
    """At a pace of one half each second of media comes one second late."""
    line = Line()
    steady(line, 0.5, seconds=3.0)
    line.policy.receive_starvation(6.1)
    line.arrive(6.2, 0.020)

    assert line.start_after(6.2, 7.0) == pytest.approx(6.35, abs=0.002)


def test_a_stall_does_not_make_a_sender_slow():
    line = Line()
    steady(line, 1.0, late=lambda number: 0.5 if number > 50 else 0.0)
    line.policy.receive_starvation(2.55)

    assert line.arrive(2.60, 0.020)


def test_a_planned_end_raises_nothing():
    line = Line()
    line.arrive(5.0, 0.020)
    line.ask(5.010)
    before = line.policy.target
    line.policy.receive_end(5.020)

    assert line.policy.target == before
    assert line.policy.starvations == 0


# -- smooth with a known duration ----------------------------------------------


def test_smooth_starts_a_slow_sender_so_that_its_last_chunk_is_in_time():
    """At a pace of 0.8 four seconds take five: one second, and the margin."""
    line = Line(SMOOTH, duration=4.0)
    line.arrive(5.0, 0.1)
    begun = None
    for number in range(1, 39):
        time = 5.0 + number * 0.125
        begun = begun or line.start_after(time - 0.125, time - 0.001)
        line.arrive(time, 0.1)

    assert begun == pytest.approx(5.0 + 1.0 + 0.020, abs=0.002)


def test_smooth_knows_no_pace_before_the_second_chunk():
    line = Line(SMOOTH, duration=4.0)
    line.arrive(5.0, 3.0)

    assert not line.ask(7.9)


def test_smooth_takes_a_little_lateness_for_no_slowness():
    line = Line(SMOOTH, duration=100.0)
    line.arrive(5.0, 0.1)
    line.arrive(5.1, 0.1)
    line.arrive(5.209, 0.1)

    assert line.start_after(5.209, 5.4) == pytest.approx(5.0 + CALM_COLD)


def test_latency_starts_at_once_however_long_it_will_be():
    line = Line(duration=100.0)
    line.arrive(5.0, 0.020)

    assert line.ask(5.0 + COLD)


@st.composite
def growing_senders(draw):
    """Arrivals, in seconds, whose average pace so far never falls."""
    chunks = draw(st.lists(st.floats(0.005, 0.3), min_size=2, max_size=40))
    pace = draw(st.floats(0.4, 1.5))
    time, media, arrivals = 0.0, 0.0, []
    for chunk in chunks:
        if arrivals:
            pace *= 1 + draw(st.sampled_from([0, 0, 0.01, 0.1]))
            # At the average pace, or a better one, and never backwards.
            time = max(time, media / pace)
            pace = media / time
        media += chunk
        arrivals.append((time, media))
    return arrivals


@settings(deadline=None)
@given(growing_senders(), st.sampled_from([0.0, 0.3]), st.booleans())
def test_smooth_never_starves_where_the_average_never_falls(arrivals, cold, knows):
    """Whatever it has learned, and on a device that takes 5 ms ahead."""
    history = SenderHistory()
    options = JitterOptions(policy="smooth", cold=cold)
    if knows:
        steady(Line(SMOOTH, history), 3.0)
    line = Line(options, history, duration=arrivals[-1][1])
    begin, media = None, 0.0
    for time, more in arrivals:
        if begin is not None:
            assert media >= min(time - begin + 0.005, arrivals[-1][1]) - 1e-9
        elif line.arrive(time, more - media):
            begin = time
        media = more
        following = [later for later, _ in arrivals if later > time]
        if begin is None and following:
            begin = line.start_after(time, following[0])


# -- pauses --------------------------------------------------------------------


def test_a_gap_beyond_the_ceiling_teaches_nothing():
    """It may be a pause, in which a full ring kept the sender waiting."""
    history = SenderHistory()
    line = Line(history=history)
    line.arrive(5.0, 0.1)
    line.ask(5.1)
    line.arrive(5.1, 0.9)
    line.arrive(15.0, 0.1)
    line.arrive(15.1, 0.1)

    assert history.seen[-1].need < 0.1


def test_after_such_a_gap_a_refill_starts_as_soon():
    line = starved()
    line.arrive(9.0, 0.040)

    assert line.start_after(9.0, 10.0) == pytest.approx(9.010, abs=0.03)


# -- what it aims at -----------------------------------------------------------


def test_the_target_lies_between_twenty_milliseconds_and_the_ceiling():
    line = Line()
    assert line.policy.target == 0.020
    line.arrive(5.0, 0.020)
    assert line.policy.target == 0.020

    assert Line(JitterOptions(cold=0.3)).policy.target == 0.3
    slow = Line(SMOOTH, duration=100.0)
    slow.arrive(5.0, 0.1)
    assert slow.policy.target == 1.5


@given(
    held=st.floats(0, 3),
    time=st.floats(0, 5),
    starvations=st.integers(0, 3),
    policy=st.sampled_from(["latency", "smooth"]),
    arrivals=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=5),
)
def test_more_in_hand_or_more_time_never_turns_a_yes(
    held, time, starvations, policy, arrivals
):
    def ask(more_held, more_time):
        policy_ = JitterPolicy(JitterOptions(policy=policy))
        now = media = 0.0
        for later, more in arrivals:
            now, media = now + later, media + more
            policy_.receive_arrival(now, media)
        for _ in range(starvations):
            policy_.receive_starvation(now)
        now += time + more_time
        return policy_.may_start(held + more_held, time=now, complete=False)

    if ask(0, 0):
        assert ask(0.1, 0)
        assert ask(0, 0.1)
    assert ask(JitterOptions().ceiling, 0)
