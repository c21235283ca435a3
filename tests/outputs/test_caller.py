from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from streamer.errors import OutputError
from streamer.outputs import caller
from streamer.outputs.caller import call, is_stuck


@pytest.fixture(autouse=True)
def own(monkeypatch):
    """A thread of the test's own: the process's may not hang."""
    monkeypatch.setattr(caller, "_CALLER", caller._Caller())


@pytest.fixture
def hanging():
    """A call that hangs until the test lets it go, and has begun."""
    begun, go_on = threading.Event(), threading.Event()

    def hang() -> str:
        begun.set()
        go_on.wait(10)
        return "late"

    yield hang, begun, go_on
    go_on.set()


def test_all_calls_are_of_one_thread_that_does_not_keep_the_process():
    threads = {call(threading.current_thread) for _ in range(3)}
    (thread,) = threads
    assert (thread.name, thread.daemon) == ("portaudio", True)
    assert thread is not threading.current_thread()


def test_what_a_call_raises_is_raised():
    with pytest.raises(ZeroDivisionError):
        call(lambda: 1 / 0)
    assert call(divmod, 7, 2) == (3, 1)


def test_a_call_that_hangs_is_given_up(hanging):
    hang, _, go_on = hanging
    with pytest.raises(OutputError, match=r"did not answer for 0\.01 s"):
        call(hang, limit=0.01)
    assert is_stuck()
    with pytest.raises(OutputError):
        call(len, "", limit=60)  # at once: it can't be its turn
    go_on.set()
    while is_stuck():
        pass
    assert call(len, "abc") == 3


def test_what_came_too_late_is_handed_on(hanging):
    """Else a stream that opens at last would play on with nobody to close it."""
    hang, _, go_on = hanging
    got: list[str] = []
    with pytest.raises(OutputError):
        call(hang, limit=0.01, too_late=got.append)
    go_on.set()
    while is_stuck():
        pass
    call(len, "")
    assert got == ["late"]


def test_a_call_behind_one_that_hangs_is_never_made(hanging):
    hang, begun, go_on = hanging
    errors: list[OutputError] = []

    def wait() -> None:
        try:
            call(hang, limit=0.2)
        except OutputError as error:
            errors.append(error)

    first = threading.Thread(target=wait)
    first.start()
    begun.wait(10)
    made: list[str] = []
    with pytest.raises(OutputError):
        call(made.append, "made", limit=0.01)
    first.join()
    go_on.set()
    while is_stuck():
        pass
    call(len, "")
    assert (made, len(errors)) == ([], 1)


@pytest.mark.program
@pytest.mark.parametrize(("stuck", "farewells"), [("False", 1), ("True", 0)])
def test_a_program_ends_without_the_farewell_that_would_hang(stuck, farewells):
    code = f"""
import atexit
from streamer.outputs import caller
def farewell(): print("farewell")
atexit.register(farewell)
caller.leave_out_if_stuck(farewell)
caller._CALLER.stuck = {stuck}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.count("farewell") == farewells
