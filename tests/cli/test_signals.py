from __future__ import annotations

import signal
import sys
import threading
import weakref

import pytest

from streamer.cli.signals import Signals


@pytest.fixture
def signals():
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    report = sys.unraisablehook
    signals = Signals()
    signals.install()
    yield signals
    sys.unraisablehook = report
    for number, handler in before.items():
        signal.signal(number, handler)


def test_before_the_loop_runs_it_raises_once(signals):
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGINT)
    assert signals.exit_code == 130


def test_while_the_loop_runs_it_cancels_once(signals):
    cancelled = []
    signals.cancel_with(lambda: cancelled.append(1))
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGINT)
    assert cancelled == [1]
    assert signals.exit_code == 143


def test_a_signal_between_both_is_not_lost(signals):
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    cancelled = []
    signals.cancel_with(lambda: cancelled.append(1))
    assert cancelled == [1]


class Thing:
    """Something whose end can be told."""


def interrupted_where_nothing_is_passed_on():
    """As importing does: Python tells of what is raised there and goes on."""
    thing = Thing()
    told = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
    del thing
    assert told() is None


def test_what_python_does_not_pass_on_is_raised_once_more(signals, capsys):
    interrupted_where_nothing_is_passed_on()
    with pytest.raises(KeyboardInterrupt):
        threading.Event().wait(10)
    assert signals.exit_code == 130
    assert capsys.readouterr().err == ""


def test_where_the_loop_began_meanwhile_it_cancels_once(signals, monkeypatch):
    again = threading.Event()
    monkeypatch.setattr(
        "streamer.cli.signals._interrupt_main", lambda _number: again.set()
    )
    interrupted_where_nothing_is_passed_on()
    cancelled = []
    signals.cancel_with(lambda: cancelled.append(1))
    assert again.wait(10)
    signal.raise_signal(signal.SIGINT)
    assert cancelled == [1]


def test_what_else_is_not_passed_on_is_told_as_ever(signals, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    Signals().install()
    thing = Thing()
    look = weakref.ref(thing, lambda _: 1 / 0)
    del thing
    assert look() is None
    assert [type(one.exc_value) for one in told] == [ZeroDivisionError]


def test_after_a_while_it_ends_at_once(signals, monkeypatch):
    ends = []
    monkeypatch.setattr("os._exit", ends.append)
    signals.cancel_with(lambda: None)
    signal.raise_signal(signal.SIGINT)
    assert ends == []
    monkeypatch.setattr(signals, "PATIENCE", -1)
    signal.raise_signal(signal.SIGINT)
    assert ends == [130]


def test_what_a_shell_has_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    terminate = signal.getsignal(signal.SIGTERM)
    report = sys.unraisablehook
    try:
        Signals().install()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminate)
        sys.unraisablehook = report
