from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from streamer.events.head import MAX_HEAD_BYTES, parse_head

UPGRADE = (
    b"GET /events?stream=a HTTP/1.1\r\nHost: localhost:1\r\n"
    b"Connection: Upgrade\r\nUpgrade: h2c, WebSocket\r\n\r\n"
)


def test_reads_the_head_whole_or_waits():
    for end in range(len(UPGRADE)):
        assert parse_head(UPGRADE[:end]) is None

    head = parse_head(UPGRADE + b"tail")

    assert head is not None
    assert (head.method, head.path, head.query) == ("GET", "/events", "stream=a")
    assert head.headers["host"] == ["localhost:1"]
    assert head.upgrades


@pytest.mark.parametrize(
    ("request_line", "upgrade"),
    [
        (b"POST / HTTP/1.1", b"websocket"),
        (b"GET /elsewhere HTTP/1.1", b"websocket"),
        (b"GET / HTTP/1.1", b"h2c"),
    ],
)
def test_the_rest_is_plain_http(request_line, upgrade):
    head = parse_head(request_line + b"\r\nUpgrade: " + upgrade + b"\r\n\r\n")

    assert head is not None
    assert not head.upgrades


def test_without_an_upgrade_it_is_plain_http():
    head = parse_head(b"GET / HTTP/1.0\r\n\r\n")

    assert head is not None
    assert not head.upgrades


def test_a_header_may_come_twice():
    head = parse_head(b"GET / HTTP/1.1\r\nHost: a\r\nHOST:b\r\n\r\n")

    assert head is not None
    assert head.headers == {"host": ["a", "b"]}


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n",
        b"a" * (MAX_HEAD_BYTES + 1),
    ],
    ids=lambda data: data[:24],
)
def test_refuses_what_is_no_request(data):
    with pytest.raises(ValueError, match="request"):
        parse_head(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_refused(data):
    try:
        head = parse_head(data + b"\r\n\r\n")
    except ValueError:
        return
    assert head is not None
