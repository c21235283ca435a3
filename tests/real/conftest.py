"""Whatever is in this folder needs a sound server or a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.background import talking_server
from tests.real.sound_server import SoundServer, sound_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Mark the tests of this folder, so that ``-m "not real"`` leaves them out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.real)


@pytest.fixture
def sounds() -> SoundServer:
    """A running sound server of the test's own."""
    with sound_server() as server:
        yield server


@pytest.fixture
def talking() -> str:
    """The address of a server that tells one utterance to each listener."""
    with talking_server() as address:
        yield address
