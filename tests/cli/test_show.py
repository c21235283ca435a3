from __future__ import annotations

import os
import sys

import pytest

from streamer.cli import show


class Terminal:
    """Standard error, as a terminal would be."""

    def isatty(self):
        return True

    def fileno(self):
        return 2


def no_terminal(_):
    raise OSError


@pytest.mark.parametrize(
    ("group", "ours"),
    [
        (lambda _: os.getpgrp(), True),
        (lambda _: os.getpgrp() + 1, False),
        (no_terminal, True),
    ],
    ids=["in front", "in the background", "a terminal that controls nobody"],
)
def test_only_a_program_in_front_draws(monkeypatch, group, ours):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(os, "tcgetpgrp", group)
    assert show._in_front() is ours


def test_a_pipe_is_not_drawn_on(capfd):
    assert not show._in_front()
