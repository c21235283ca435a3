"""What tests of every room use."""

from __future__ import annotations

import gc
import os

import pytest

import tests.examples  # noqa: F401 - registers the profiles of hypothesis

SECRETS = ("RESEMBLE_", "STREAMER_")


def pytest_collection_finish():
    """
    Leave what was collected out of every later collection of garbage.

    Modules, syntax trees and thousands of tests live as long as the session;
    walking them again and again took a tenth of its time.
    """
    gc.collect()
    gc.freeze()
    # A command that runs, and a bench, freeze and unfreeze what is theirs, and
    # with it all of this.
    gc.freeze = gc.unfreeze = lambda: None


@pytest.fixture(autouse=True)
def _no_accounts(monkeypatch):
    """Whoever runs the tests may have keys; no test may use them by accident."""
    for name in list(os.environ):
        if name.startswith(SECRETS):
            monkeypatch.delenv(name)


@pytest.fixture
def clock():
    """Time that stands still until a test moves it."""
    from streamer.testing import FakeClock

    return FakeClock()
