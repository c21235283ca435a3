from __future__ import annotations

import signal

import pytest

from streamer.cli.signals import Signals


@pytest.fixture
def signals():
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    signals = Signals()
    signals.install()
    yield signals
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
    try:
        Signals().install()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, terminate)
