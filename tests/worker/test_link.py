"""Calls between two ends: what comes back, what goes wrong, what is let go."""

from __future__ import annotations

import asyncio
import pickle

import pytest

from streamer.errors import (
    EngineLost,
    SourceError,
    StatusError,
    StreamerError,
    UsageError,
)
from streamer.worker.frames import CannotCopy
from streamer.worker.link import WINDOW
from tests.worker.conftest import turns


async def test_a_call_returns_what_the_other_end_returns(ends):
    async def add(one, other):
        return one + other

    pair = ends({"add": add})
    assert await asyncio.gather(*(pair.near.call("add", n, 1) for n in range(3))) == [
        1,
        2,
        3,
    ]


async def test_both_ends_may_call(ends):
    async def ask_back(what):
        return await pair.far.call("answer", what)

    async def answer(what):
        return what.upper()

    pair = ends({"ask_back": ask_back}, {"answer": answer})
    assert await pair.near.call("ask_back", "who") == "WHO"


async def test_an_error_comes_back_as_it_was(ends):
    async def fail():
        raise StatusError("a server", status=503, message="busy", retry_after=2.0)

    with pytest.raises(StatusError) as raised:
        await ends({"fail": fail}).near.call("fail")
    assert (
        str(raised.value) == "a server answered 503 (busy); try again later, after 2 s"
    )


class HeldError(Exception):
    """Holds what nobody can copy."""

    def __init__(self) -> None:
        super().__init__("held", lambda: None)

    def __repr__(self) -> str:
        return "HeldError()"


class StrangeError(Exception):
    """Of a script that the other process does not have."""

    def __reduce__(self):
        return _missing, ()


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (ZeroDivisionError("no"), ZeroDivisionError, "no"),
        (HeldError(), StreamerError, r"HeldError\(\)"),
        (StrangeError("what"), StreamerError, r"StrangeError\('what'\)"),
        (SourceError("it", lambda: None), StreamerError, "it failed: <function"),
    ],
)
async def test_an_error_of_others_is_itself_or_its_words(ends, error, kind, said):
    async def fail():
        raise error

    async def items():
        yield 1
        raise error

    pair = ends({"fail": fail, "items": items})
    with pytest.raises(kind, match=said):
        await pair.near.call("fail")
    with pytest.raises(kind, match=said):
        [_ async for _ in pair.near.iterate("items")]


async def test_what_fails_as_it_is_told_is_logged_and_ends_nothing(ends, caplog):
    async def answer():
        return "yes"

    def fail():
        raise ValueError("no")

    pair = ends({"fail": fail, "answer": answer})
    pair.near.tell("fail")
    assert await pair.near.call("answer") == "yes"
    assert "ValueError: no" in caplog.text


async def test_what_cannot_be_copied_is_refused_before_it_is_sent(ends):
    pair = ends({})
    with pytest.raises(CannotCopy, match="pass what pickle takes"):
        await pair.near.call("any", lambda: None)


async def test_an_answer_that_cannot_be_copied_is_an_error(ends):
    async def answer():
        return lambda: None

    with pytest.raises(UsageError, match="can't be copied"):
        await ends({"answer": answer}).near.call("answer")


class Unknown:
    """Of a script that the other process does not have."""

    def __reduce__(self):
        return _missing, ()


def _missing():
    raise AttributeError("module '__main__' has no attribute 'Unknown'")


async def test_what_the_other_end_does_not_know_is_told_in_a_sentence(ends):
    async def take(_):
        raise AssertionError

    async def give():
        return Unknown()

    pair = ends({"take": take, "give": give})
    for call in (pair.near.call("take", Unknown()), pair.near.call("give")):
        with pytest.raises(UsageError, match="define it in a module"):
            await call


async def test_a_cancelled_call_cancels_what_it_asked_for(ends):
    ended = []

    async def wait():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    pair = ends({"wait": wait})
    call = asyncio.create_task(pair.near.call("wait"))
    await turns(50)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await turns(50)
    assert ended == [True]
    assert not pair.near._calls


@pytest.mark.parametrize("count", range(8))
async def test_a_call_that_is_cancelled_leaves_nothing(ends, count):
    """Not where the other end never came to do it, and not where it had failed."""

    async def fail():
        await asyncio.sleep(0)
        raise UsageError("no")

    pair = ends({"fail": fail})
    call = asyncio.create_task(pair.near.call("fail"))
    await turns(count)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await turns(50)
    assert not pair.near._calls
    assert not pair.far._tasks


async def test_what_is_being_closed_is_left_to_close(ends):
    """The other end goes while an iteration lets go of what it had."""
    done, let_go = [], asyncio.Event()

    async def items():
        try:
            while True:
                yield 1
        finally:
            await let_go.wait()
            done.append(True)

    pair = ends({"items": items})
    found = pair.near.iterate("items")
    await anext(found)
    await found.aclose()
    await turns(50)
    pair.far.end()
    let_go.set()
    await pair.far.wait_quiet(5.0)
    assert done == [True]


@pytest.mark.parametrize("count", range(12))
async def test_what_was_made_for_nobody_is_undone(ends, count):
    """Cancelled wherever it is: kept by who asked, never made, or undone."""
    made, undone = [], []

    async def make(_):
        await asyncio.sleep(0)
        made.append("it")
        return "it"

    pair = ends({"make": make})
    data = bytes(100_000)  # so that it waits for the pipe, too
    call = asyncio.create_task(pair.near.call("make", data, undo=undone.append))
    await turns(count)
    call.cancel()
    [kept] = await asyncio.gather(call, return_exceptions=True)
    await turns(50)
    assert undone == (made if isinstance(kept, asyncio.CancelledError) else [])


async def test_items_come_in_order_and_only_so_many_ahead(ends):
    given = []

    async def items():
        for number in range(3 * WINDOW):
            given.append(number)
            yield number

    found = ends({"items": items}).near.iterate("items")
    assert await anext(found) == 0
    await turns(50)
    assert len(given) <= WINDOW + 2
    assert [item async for item in found] == list(range(1, 3 * WINDOW))


async def test_an_iteration_that_is_closed_closes_the_other_end(ends):
    ended = []

    async def items():
        try:
            while True:
                yield 1
                await asyncio.sleep(0)
        finally:
            ended.append(True)

    pair = ends({"items": items})
    found = pair.near.iterate("items")
    await anext(found)
    await found.aclose()
    await turns(50)
    assert ended == [True]
    assert not pair.far._tasks
    assert not pair.far._windows


async def test_an_iteration_that_fails_says_why(ends):
    async def items():
        yield 1
        raise UsageError("that was all")

    found = ends({"items": items}).near.iterate("items")
    assert await anext(found) == 1
    with pytest.raises(UsageError, match="that was all"):
        await anext(found)


async def test_what_is_told_is_done_once(ends):
    heard = []
    pair = ends({"hear": heard.append})
    pair.near.tell("hear", "this")
    await turns(50)
    assert heard == ["this"]


async def test_whoever_waits_is_told_that_the_other_end_is_gone(ends):
    async def wait():
        await asyncio.Event().wait()

    async def items():
        await asyncio.Event().wait()
        yield 1

    pair = ends({"wait": wait, "items": items})
    waiting = asyncio.create_task(pair.near.call("wait"))
    coming = asyncio.create_task(anext(pair.near.iterate("items")))
    await turns(50)
    await pair.close()
    for each in (waiting, coming, pair.near.call("wait")):
        with pytest.raises(EngineLost):
            await each
    pair.near.tell("wait")  # nobody is there to hear it


def test_every_error_can_be_pickled():
    def kinds(kind):
        return [kind, *(each for sub in kind.__subclasses__() for each in kinds(sub))]

    error = StatusError("x", status=404, message="m")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.__dict__, str(again)) == (
        StatusError,
        error.__dict__,
        str(error),
    )
    for kind in kinds(StreamerError):
        assert kind.__reduce__ is StreamerError.__reduce__
