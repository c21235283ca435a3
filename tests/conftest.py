"""What tests of every room use."""

from __future__ import annotations

import os

import pytest

SECRETS = ("RESEMBLE_", "STREAMER_")


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
