from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from streamer.cli.scrubbing import Scrubber, ScrubbingFormatter, secrets_in


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("URL('http://h/a?key=hush')", "URL('http://h/a?***')"),
        ("at https://h?hush#there, at", "at https://h?*** at"),
        ("<wss://me:hush@h:1/a>", "<wss://***@h:1/a>"),
        ("GET /a/b?key=hush&x=1 HTTP/1.1", "GET /a/b?*** HTTP/1.1"),
        ("http://h/a answered 404; is it there?", None),
        ("File '/a/b.py', line 3: what? x = 1", None),
        ("ws://[::1]:8765/", None),
    ],
)
def test_addresses_have_no_query_and_no_user(said, shown):
    assert Scrubber()(said) == (shown or said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["play", "u", "--header", "x-key: hush-1"], "{'x-key': 'hush-1'}"),
        (["play", "u", "--header=x-key: hush-1"], "b'hush-1'"),
        (["play", "u", "-H", "Authorization: Bearer hush-1"], "token=hush-1"),
        (["play", "u", "-Hx-key:hush-1"], "x-key:hush-1"),
        (["play", "u", "-H", "x-key: hush\\1"], r"{'x-key': 'hush\\1'}"),
        (["play", "http://h/a?key=hush-1"], "query='key=hush-1'"),
        (["play", "http://h/a?key=hush%2D1"], "hush-1 or hush%2D1"),
        (["play", "http://h/a?hush-1 'x'"], "http://h/a?hush-1 'x'"),
        (["play", "http://me:hush-1@h/"], "password: hush-1"),
    ],
)
def test_what_the_command_line_holds_is_hidden_wherever_it_stands(arguments, said):
    shown = Scrubber(secrets_in(arguments, {}))(said)

    assert "hush" not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RESEMBLE_API_KEY", "hush"),
        ("STREAMER_TOKEN", "hush"),
        ("RESEMBLE_STREAM_URL", "http://h/?key=hush"),
    ],
)
def test_what_the_environment_holds_is_hidden(name, value):
    assert Scrubber(secrets_in([], {name: value}))("'hush'") == "'***'"


def test_the_rest_is_left_alone():
    """A value of three characters would take too much with it."""
    arguments = ["play", "http://h/a?n=1", "-H", "DNT: 1", "-H", "Accept: */*", "-H"]
    scrub = Scrubber(secrets_in(arguments, {}))

    assert scrub("line 1, in */*: http://h/a") == "line 1, in */*: http://h/a"


def test_log_lines_are_scrubbed_with_their_tracebacks():
    error = ValueError("http://h/?hush")
    told = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x", logging.INFO, "f", 1, "at %s", ("hush",), told)

    line = ScrubbingFormatter(Scrubber(["hush"])).format(record)

    assert line.startswith("INFO:x:at ***\n")
    assert line.endswith("ValueError: http://h/?***")


@contextmanager
def going_round() -> Iterator[str]:
    """Yield the address of a server that redirects to itself, with a query."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "/round?key=hush-2&more=hush-3")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/round"
        server.shutdown()
        thread.join()


def test_a_redirect_loop_shows_no_query_under_debug(command):
    """The HTTP library's own error, which ours is chained to, repeats the address."""
    with going_round() as url:
        result = command(
            *("--debug", "play", f"{url}?key=hush-1", "-o", "null", "--retries", "0")
        )

    assert result.code == 1
    assert "Traceback" in result.err
    assert url in result.err
    assert "hush" not in result.err


def test_a_header_is_not_shown_under_debug(command, monkeypatch):
    def fail(_source, request, *_):
        raise ZeroDivisionError(request)

    monkeypatch.setattr("streamer.cli.play._speech", fail)
    result = command("--debug", "play", "http://h/", "-H", "x-key: hush-hush")

    assert "Traceback" in result.err
    assert result.err.count("x-key: ***") == 2
    assert "hush" not in result.err


def test_an_unexpected_error_shows_no_query_either(command, monkeypatch):
    def fail():
        raise ZeroDivisionError("at http://h/?key=hush")

    monkeypatch.setattr("streamer.outputs.list_devices", fail)

    assert "at http://h/?*** (a fault" in command("devices").err
