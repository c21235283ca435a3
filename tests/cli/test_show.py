from __future__ import annotations

import io
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


class Screen(io.TextIOWrapper):
    """Standard output, as a terminal would be."""

    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("kind", "encoding", "text", "written"),
    [
        (io.TextIOWrapper, "ascii", "ˈʊ", "ˈʊ".encode()),
        (io.TextIOWrapper, "cp1252", "ü", "ü".encode()),
        (io.TextIOWrapper, "utf-8", "a\udcff", b"a?"),
        (Screen, "cp1252", "üʊ", b"\xfc?"),
        (Screen, "utf-8", "ʊ\udcff", "ʊ?".encode()),
    ],
    ids=["ascii", "cp1252", "not text", "a terminal", "not text on a terminal"],
)
def test_a_pipe_gets_utf_8_and_a_terminal_what_it_can_show(
    monkeypatch, kind, encoding, text, written
):
    inner = io.BytesIO()
    stream = kind(inner, encoding=encoding, newline="")
    monkeypatch.setattr(sys, "stdout", stream)
    show.put(text)
    show.put(text)
    assert inner.getvalue() == (written + b"\n") * 2


def test_any_stream_is_written_to(monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    show.put("ʊ")
    assert sys.stdout.getvalue() == "ʊ\n"
