import pytest

from streamer.emulator.pacing import Schedule


def test_without_a_pace_everything_is_due_at_once():
    assert Schedule(None, 0, 0).due(100.0) == 0.0


def test_an_even_flow():
    assert Schedule(2.0, 0, 0).due(3.0) == 1.5


def test_bursts_leave_whole_with_gaps_between_them():
    schedule = Schedule(None, 0.5, 0.4)
    assert [schedule.due(p) for p in (0.0, 0.49, 0.5, 0.99, 1.0)] == [
        0.0,
        0.0,
        0.4,
        0.4,
        0.8,
    ]


def test_paced_bursts():
    schedule = Schedule(2.0, 1.0, 0.1)
    assert schedule.due(0.9) == 0.0
    assert schedule.due(2.5) == pytest.approx(1.2)


def test_a_later_position_is_never_due_earlier():
    schedule = Schedule(1.3, 0.3, 0.2)
    due = [schedule.due(n * 0.1) for n in range(60)]
    assert due == sorted(due)
