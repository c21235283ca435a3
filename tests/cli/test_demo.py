from __future__ import annotations

import re
import socket

import pytest

from streamer.cli import demo

pytestmark = pytest.mark.program


def test_it_speaks_and_ends(command, tmp_path):
    out = tmp_path / "out.wav"
    result = command("demo", "--once", "--port", 0, "--output", f"wav:{out}")

    assert (result.code, result.err) == (0, "")
    assert re.fullmatch(
        r"The face speaks along at http://127\.0\.0\.1:\d+/\n", result.out
    )
    assert out.stat().st_size > 500_000


def test_its_own_port_may_be_taken(command, tmp_path, monkeypatch):
    out = tmp_path / "out.wav"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(demo, "DEFAULT_PORT", taken.getsockname()[1])
        result = command("demo", "--once", "--text", "Hi.", "--output", f"wav:{out}")

    assert result.code == 0
    assert "in use by another program; taking a free one" in result.err
    assert "http://127.0.0.1:" in result.out
    assert out.stat().st_size > 10_000


def test_a_port_that_was_named_may_not(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command("demo", "--once", "--port", port, "-o", "null").fails(1, str(port))


def test_no_text(command):
    command("demo", "--text", " ").fails(2, "there is no text to speak")
