from __future__ import annotations

import json
import socket

import pytest

from streamer.cli.watch import _address
from streamer.errors import UsageError
from streamer.events.options import ServerOptions
from tests.cli.background import talking_server

pytestmark = pytest.mark.program


def test_messages_come_one_a_line(command, talking):
    result = command("watch", talking, "--json", "--once")

    assert (result.code, result.err) == (0, "")
    told = [json.loads(line) for line in result.out.splitlines()]
    kinds = [message["type"] for message in told]
    assert kinds == ["welcome", "state", "start", "anchor", "end"]
    assert told[1]["utterances"][0]["cues"][0]["v"] == "aa"


def test_in_a_pipe_each_utterance_is_a_line(command, talking):
    result = command("watch", talking, "--once")
    assert (result.code, result.out, result.err) == (0, "u2\tnone\tMore.\n", "")


def test_an_unknown_stream_is_refused(command, talking):
    command("watch", talking, "--stream", "nix").fails(1, talking, "4504", "nix")


def test_the_token_is_that_of_the_environment(command, monkeypatch):
    with talking_server(ServerOptions(token="right")) as address:
        monkeypatch.setenv("STREAMER_TOKEN", "right")
        shown = command("watch", address, "--once")
        monkeypatch.setenv("STREAMER_TOKEN", "wr0ng")
        refused = command("watch", address, "--once")
        monkeypatch.delenv("STREAMER_TOKEN")
        missing = command("watch", address, "--once")

    assert (shown.code, shown.err) == (0, "")
    refused.fails(1, address, "4501", "set STREAMER_TOKEN")
    missing.fails(1, address, "4501", "set STREAMER_TOKEN")
    assert "wr0ng" not in refused.err


def test_nobody_there(command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{taken.getsockname()[1]}/"
        command("watch", url).fails(1, f"cannot connect to {url}", "refused")


def test_somebody_else_is_there(command, emulate):
    with emulate() as url:
        result = command("watch", url)
    result.fails(1, "cannot connect", url.partition("/")[2])


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ws://h:1", "ws://h:1/"),
        ("h:1", "ws://h:1/"),
        ("http://h:1/", "ws://h:1/"),
        ("https://h/events", "wss://h/events"),
        ("ws://me:secret@h:1/?token=secret", "ws://h:1/"),
    ],
)
def test_addresses(given, meant):
    assert _address(given) == meant


@pytest.mark.parametrize("given", ["", "ftp://h", "ws://", "ws://h:x", "ws://[::1"])
def test_what_is_no_address(given):
    with pytest.raises(UsageError, match="ws://HOST:PORT"):
        _address(given)
