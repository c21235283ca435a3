"""What an engine runs on: how soon busy threads hand over the interpreter."""

import asyncio
import sys

import pytest

from streamer.engine import Engine, EngineOptions
from streamer.engine.running import Turns, quick_turns
from streamer.errors import UsageError
from streamer.testing import FakeClock, RecordingOutput, run_inline


@pytest.fixture(autouse=True)
def usual():
    """The interval as a program finds it; it is the whole process's."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield
    sys.setswitchinterval(before)


def interval() -> float:
    return round(sys.getswitchinterval(), 6)


def test_it_is_shorter_within_and_put_back():
    with quick_turns(0.0005):
        assert interval() == 0.0005
    assert interval() == 0.005


def test_it_is_never_made_longer():
    with quick_turns(0.1):
        assert interval() == 0.005
    assert interval() == 0.005


def test_none_leaves_it_alone():
    with quick_turns(None):
        assert interval() == 0.005


@pytest.mark.parametrize("first", [0.001, 0.002])
def test_the_shortest_holds_for_as_long_as_it_is_asked_for(first):
    """They need not end in the order in which they began."""
    one, other = quick_turns(first), quick_turns(0.003 - first)
    one.__enter__()
    other.__enter__()
    assert interval() == 0.001
    one.__exit__(None, None, None)
    assert interval() == round(0.003 - first, 6)
    other.__exit__(None, None, None)
    assert interval() == 0.005


def test_what_somebody_else_has_set_stays():
    with quick_turns(0.001):
        sys.setswitchinterval(0.004)
        with quick_turns(0.0005):
            assert interval() == 0.004
    assert interval() == 0.004


@pytest.mark.parametrize(("asked", "within"), [(0.0005, 0.0005), (None, 0.005)])
async def test_an_engine_asks_for_it_while_it_runs(asked, within):
    options = EngineOptions(switch_interval=asked)
    async with Engine(RecordingOutput(), options=options):
        assert interval() == within
    assert interval() == 0.005


@pytest.mark.parametrize("wrong", [0.0, -1.0, 5.0])
async def test_an_interval_that_is_none_is_refused_and_leaves_nothing(wrong):
    with pytest.raises(UsageError, match="above 0"):
        EngineOptions(switch_interval=wrong)
    with pytest.raises(ValueError, match="positive"), quick_turns(-1.0):
        pass
    with quick_turns(0.001):
        assert interval() == 0.001
    assert interval() == 0.005


def test_calls_that_keep_the_interpreter_have_turns_as_they_were():
    """Quick ones don't end them, and what comes behind is cut short by them."""
    with quick_turns(0.0005) as turns:
        for waits in (3 * [0.029], [0.2], 6 * [0.0], [0.2], 6 * [0.0]):
            for seconds in waits:  # a machine that stands still now and then
                turns.note_wait(seconds, time=10.0)
                assert interval() == 0.0005
        for seconds in (0.030, 0.001, 0.2, 0.05):
            assert interval() == 0.0005
            assert not turns.is_held
            turns.note_wait(seconds, time=11.0)
        assert interval() == 0.005
        assert turns.is_held
    assert interval() == 0.005


def test_quick_turns_are_tried_again_whatever_long_ones_cause():
    """Six threads that hand over each 5 ms are as late as calls in C."""
    with quick_turns(0.0005) as turns:
        for _ in range(3):
            turns.note_wait(0.1, time=10.0)
        for time_ in (11.0, 12.0, 14.9):
            turns.note_wait(0.1, time=time_)
            assert interval() == 0.005
        turns.note_wait(0.1, time=15.0)
        assert interval() == 0.0005
        for _ in range(2):
            turns.note_wait(0.1, time=15.1)
            assert interval() == 0.0005
        turns.note_wait(0.1, time=15.2)
        assert interval() == 0.005
        turns.note_wait(0.0, time=26.0)
        assert interval() == 0.0005
    assert interval() == 0.005


def test_each_trial_that_fails_puts_the_next_one_off():
    """And no start is in one: they begin while sound flows."""
    with quick_turns(0.0005) as turns:
        time_ = 0.0
        for pause in (5, 10, 20, 40, 60, 60):
            for _ in range(Turns.OFTEN):
                assert interval() == 0.0005
                turns.note_wait(0.1, time=time_)
            turns.note_wait(0.1, time=time_ + pause - 0.1)
            turns.note_wait(0.0, time=time_ + pause + 5.0, flowing=False)
            assert interval() == 0.005
            time_ += pause + 6.0
            turns.note_wait(0.1, time=time_)
        for _ in range(Turns.LAST):  # one that succeeds
            turns.note_wait(0.0, time=time_)
        for _ in range(Turns.OFTEN):
            turns.note_wait(0.1, time=time_)
        turns.note_wait(0.1, time=time_ + 5.0)
        assert interval() == 0.0005


def test_quick_turns_are_tried_at_once_where_nobody_waits_any_more():
    with quick_turns(0.0005) as turns:
        for _ in range(Turns.OFTEN):
            turns.note_wait(0.1, time=10.0)
        for seconds in (*[0.01] * 7, 0.03, *[0.01] * 7):
            turns.note_wait(seconds, time=10.1)
            turns.note_wait(0.0, time=10.1, flowing=False)  # there is no work
            assert interval() == 0.005
        turns.note_wait(0.01, time=10.1)
        assert interval() == 0.0005
        assert not turns.is_held
    assert interval() == 0.005


def test_what_somebody_else_has_set_stays_also_behind_such_calls():
    with quick_turns(0.0005) as turns:
        sys.setswitchinterval(0.02)
        for time_ in (10.0, 10.1, 10.2, 16.0):
            turns.note_wait(0.1, time=time_)
            assert interval() == 0.02
    assert interval() == 0.02


def test_of_two_engines_each_asks_for_itself():
    with quick_turns(0.0005) as one, quick_turns(0.001):
        for _ in range(3):
            one.note_wait(0.1, time=10.0)
        assert interval() == 0.001
        one.note_wait(0.0, time=15.0)
        assert interval() == 0.0005


def test_whoever_asks_for_none_has_them_as_they_were():
    with quick_turns(None) as turns:
        for time_ in (0.0, 0.1, 0.2, 9.0, 99.0):
            turns.note_wait(0.1, time=time_)
            assert interval() == 0.005


class LateClock(FakeClock):
    """Beside a call in C: whoever sleeps is woken 50 ms late."""

    async def sleep_until(self, time: float) -> None:
        await super().sleep_until(time + 0.05)


async def test_an_engine_notes_what_keeps_the_interpreter():
    clock = LateClock(1_000.0)
    engine = Engine(RecordingOutput(), clock=clock, run=run_inline)
    await clock.run(engine.__aenter__())
    await clock.run(engine.main.open())
    assert interval() == 0.0005
    await clock.advance(2.0)
    assert interval() == 0.005
    await clock.run(engine.__aexit__(None, None, None))
    assert interval() == 0.005


async def test_an_engine_that_is_cancelled_while_it_begins_leaves_nothing():
    begun = asyncio.Event()

    async def never(function, *arguments):
        begun.set()
        await asyncio.Event().wait()

    engine = Engine(RecordingOutput(), run=never)
    task = asyncio.create_task(engine.__aenter__())
    await begun.wait()
    assert interval() == 0.0005
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert interval() == 0.005
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("held", [False, True])
async def test_what_is_read_late_beside_such_calls_teaches_nothing(play, held):
    async with play.running() as engine:
        utterance = await engine.play(play.spoken(0.5, pause=0.05))
        await play.clock.advance(0.2)
        if held:
            for _ in range(Turns.OFTEN):
                engine.main.common.turns.note_wait(0.1, time=play.clock.time())
        await play.clock.run(utterance.wait_ended())
        known = engine.main.common.histories.of(utterance.speech.source.name)
        assert len(known.seen) == (not held)
