from __future__ import annotations

import pytest

from streamer.timing import to_us


@pytest.mark.parametrize(
    ("seconds", "us"),
    [(0.0, 0), (1.0, 1_000_000), (1.499e-6, 1), (1.6e-6, 2), (-0.25, -250_000)],
)
def test_seconds_become_the_nearest_microsecond(seconds, us):
    assert to_us(seconds) == us
