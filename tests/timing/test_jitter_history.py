"""What a policy learns of a sender, and how the next one starts by it."""

from __future__ import annotations

import pytest

from streamer.timing.jitter import JitterOptions, JitterPolicy
from streamer.timing.senders import SenderHistory


def utter(
    history, arrivals, *, policy="latency", duration=None, step=0.001, late=False
):
    """Play *arrivals*, ``(time, seconds)``; return the start's delay."""
    one = JitterPolicy(JitterOptions(policy=policy), history=history)
    if late:
        one.receive_late_reading()
    if duration is not None:
        one.receive_duration(duration)
    media, begun = 0.0, None
    for number, (time, seconds) in enumerate(arrivals):
        media += seconds
        one.receive_arrival(time, media)
        if number + 1 == len(arrivals):
            one.receive_end(time)
            break
        ms = 0
        while begun is None and time + ms * step < arrivals[number + 1][0]:
            if one.may_start(media, time=time + ms * step, complete=False):
                begun = time + ms * step - arrivals[0][0]
            ms += 1
    return begun


def sender(*, pace=1.0, chunk=0.1, seconds=3.0, begin=100.0, late=None):
    late = late or {}
    return [
        (begin + number * chunk / pace + late.get(number, 0.0), chunk)
        for number in range(round(seconds / chunk))
    ]


@pytest.mark.parametrize(("policy", "margin"), [("latency", 0.004), ("smooth", 0.020)])
def test_the_second_utterance_waits_for_what_the_first_one_needed(policy, margin):
    history = SenderHistory()
    late = {3: 0.09}
    utter(history, sender(late=late))

    again = utter(history, sender(late=late), policy=policy)

    assert again == pytest.approx(0.09 + margin, abs=0.0015)


def test_a_fast_sender_is_known_to_need_no_waiting():
    history = SenderHistory()
    utter(history, sender(pace=3.0))

    assert utter(history, sender(pace=3.0)) == 0.0


def first_late(seconds, *, pace=1.0, chunk=0.02, stall=0.1):
    """A sender in time, and a program that reads nothing at first, nor for a while."""
    ahead = round(seconds * pace / chunk)
    behind = ahead + round(stall * pace / chunk)
    sent = sender(pace=pace, chunk=chunk, seconds=2.0)
    first, second = sent[ahead][0], sent[behind][0]
    return [
        (first, chunk * (ahead + 1)),
        (second, chunk * (behind - ahead)),
        *sent[behind + 1 :],
    ]


def test_what_came_with_the_first_arrival_is_not_waited_for_again():
    """It was read late: whoever waits as long as when it was not waits twice."""
    history = SenderHistory()
    utter(history, first_late(0.0))

    again = utter(history, first_late(0.06), late=True)
    assert again == pytest.approx(0.024, abs=0.0015)


def test_a_first_arrival_with_much_more_than_was_needed_is_let_go_at_once():
    history = SenderHistory()
    utter(history, first_late(0.0, pace=3.0))

    assert utter(history, first_late(0.08, pace=3.0), late=True) == 0.0


@pytest.mark.parametrize("first", [0.01, 0.1])
def test_a_first_arrival_with_more_waits_as_long_where_nobody_reads_late(first):
    """An earlier one was cut by a packet's end, or this one is a larger burst."""
    history = SenderHistory()
    whole = sender(late={3: 0.09})
    utter(
        history, [(100.0, first), *([(100.0, 0.09)] if first < 0.1 else []), *whole[1:]]
    )
    ahead = [(100.0, 0.3), *((time + 0.2, seconds) for time, seconds in whole[1:])]

    arrivals = whole if first < 0.1 else ahead
    assert utter(history, arrivals) == pytest.approx(0.094, abs=0.0015)


def test_a_first_arrival_with_less_waits_no_longer():
    """The rest of a chunk may come at once, as here; it is the fastest then."""
    history = SenderHistory()
    utter(history, sender(late={3: 0.09}))
    cut = [(100.0, 0.01), (100.0, 0.09), *sender(late={3: 0.09})[1:]]

    assert utter(history, cut, late=True) == pytest.approx(0.084, abs=0.0015)


def test_what_is_read_late_teaches_smooth_and_not_latency():
    """Waiting for it costs as much as the silence that it spares."""
    for policy, waits in (("latency", 0.010), ("smooth", 0.120)):
        history = SenderHistory()
        utter(history, sender(late={3: 0.1}), policy=policy, late=True)
        assert utter(history, sender(), policy=policy) == pytest.approx(
            waits, abs=0.0015
        )


def test_an_utterance_that_is_known_late_to_be_read_late_is_forgotten():
    history = SenderHistory()
    utter(history, sender(late={3: 0.03}))
    one = JitterPolicy(history=history)
    for time, media in ((0.0, 0.02), (0.5, 0.04), (0.5, 2.0)):
        one.receive_arrival(time, media)
    assert len(history.seen) == 2
    one.receive_late_reading()
    one.receive_late_reading()
    assert [seen.need for seen in history.seen] == pytest.approx([0.03])


@pytest.mark.parametrize(
    ("first", "waits"), [(0.02, 0.010), (0.025, 0.005), (0.1, 0.0)]
)
def test_what_was_read_late_has_waited_long_enough(first, waits):
    """Of a sender that is not known, too."""
    late = utter(SenderHistory(), [(100.0, first), *sender()[2:]], late=True)
    assert late == pytest.approx(waits, abs=0.0015)
    in_time = utter(SenderHistory(), [(100.0, first), *sender()[2:]])
    assert in_time == pytest.approx(0.010, abs=0.0015)


def test_a_slow_sender_s_need_grows_with_the_duration():
    """At a pace of 0.8 each second of media needs a quarter of one."""
    history = SenderHistory()
    utter(history, sender(pace=0.8, seconds=2.0))

    short = utter(history, sender(pace=0.8, seconds=2.0), duration=2.0)
    history = SenderHistory()
    utter(history, sender(pace=0.8, seconds=2.0))
    long = utter(history, sender(pace=0.8, seconds=4.0), duration=4.0)

    assert long - short == pytest.approx(0.5, abs=0.002)


def test_latency_waits_for_half_of_the_utterances_and_smooth_for_nearly_all():
    def learned():
        history = SenderHistory()
        for needed in (0.3, 0.05, 0.05, 0.05):
            utter(history, sender(late={3: needed}))
        return history

    assert utter(learned(), sender()) == pytest.approx(0.054, abs=0.0015)
    assert utter(learned(), sender(), policy="smooth") == pytest.approx(
        0.32, abs=0.0015
    )


def test_latency_waits_for_nearly_all_where_that_costs_little():
    history = SenderHistory()
    for needed in (0.03, 0.0, 0.0, 0.0):
        utter(history, sender(late={3: needed}))

    assert utter(history, sender()) == pytest.approx(0.034, abs=0.0015)


def test_what_was_long_ago_counts_less():
    history = SenderHistory()
    for needed in (0.2, 0.2, 0.2, 0.05, 0.05, 0.05):
        utter(history, sender(late={3: needed}))

    assert utter(history, sender()) == pytest.approx(0.054, abs=0.0015)


def test_sixteen_utterances_are_remembered():
    history = SenderHistory()
    for _ in range(40):
        utter(history, sender(seconds=0.5))

    assert len(history.seen) == 16


def test_no_more_than_the_ceiling_is_learned():
    history = SenderHistory()
    utter(history, sender(late={1: 1.4, 2: 2.8, 3: 2.8}))

    again = utter(history, [(0.0, 1.0), (9.0, 1.0)])

    assert again == pytest.approx(1.5, abs=0.0015)


def test_a_start_that_starved_was_too_early_whatever_the_arrivals_say():
    """A device that takes in bursts runs dry before a chunk is late."""
    history = SenderHistory()
    one = JitterPolicy(history=history)
    for number in range(20):
        one.receive_arrival(5.0 + number * 0.02, 0.02 + number * 0.02)
        one.may_start(0.02, time=5.012, complete=False)
    one.receive_starvation(5.4)

    assert history.seen[-1].need == pytest.approx(0.012)


@pytest.mark.parametrize("arrivals", [[(5.0, 3.0)], [(5.0, 0.1), (5.1, 0.1)]])
def test_too_little_sound_teaches_nothing(arrivals):
    history = SenderHistory()
    utter(history, arrivals)

    assert history.expect(None, 0.5) == ()


def test_an_utterance_that_is_cut_teaches_too():
    history = SenderHistory()
    one = JitterPolicy(history=history)
    for time, media in [(5.0, 0.2), (5.3, 0.4), (5.5, 0.6)]:
        one.receive_arrival(time, media)

    assert history.expect(None, 0.5) == pytest.approx((0.1, 0.1))


def test_arrivals_that_waited_for_us_teach_nothing():
    history = SenderHistory()
    one = JitterPolicy(history=history)
    one.receive_backlog()
    for time, media in [(5.0, 0.2), (5.3, 0.4), (5.5, 0.6)]:
        one.receive_arrival(time, media)

    assert not history.seen


def test_more_than_the_header_promises_makes_it_say_nothing():
    """A stream of several WAVs promises at first what its first one has."""
    policy = JitterPolicy()
    policy.receive_duration(0.1)
    policy.receive_arrival(0.0, 0.1)
    assert policy.may_start(0.015, time=0.0, complete=False)
    policy.receive_starvation(0.1)
    policy.receive_arrival(0.2, 0.115)
    assert not policy.may_start(0.015, time=0.2, complete=False)
