from __future__ import annotations

import pytest

from streamer.errors import UsageError
from streamer.events.access import Access, is_loopback, split_host
from streamer.events.options import Advice, ServerOptions
from tests.tables import each


def access(host="127.0.0.1", port=8765, **options):
    return Access(host, port, ServerOptions(**options))


def allows(door, host, *origins):
    return door.refusal([host], origins) is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8765",
        "localhost:8765",
        "LOCALHOST:8765",
        "[::1]:8765",
        "localhost.:8765",
    ],
)
def test_loopback_names_at_our_port_are_ours(host):
    assert allows(access(), host)


@each(
    [
        "evil.example:8765",
        "127.0.0.1.evil.example:8765",
        "localhost",
        "localhost:80",
        "192.168.0.7:8765",
        "user@localhost:8765",
        "localhost:8765/x",
        "localhost:eight",
        "localhost:99999999",
        "",
        "[::1",
    ]
)
def test_any_other_host_is_refused(host):
    """A name that was made to point here is still another name."""
    assert not allows(access(), host)


def test_port_80_need_not_be_named():
    assert allows(access(port=80), "localhost")


@pytest.mark.parametrize("hosts", [[], ["localhost:8765", "localhost:8765"]])
def test_there_is_exactly_one_host(hosts):
    assert access().refusal(hosts, []) is not None


def test_the_bound_name_is_ours():
    door = access("speaker.local", public=True)

    assert allows(door, "speaker.local:8765")
    assert not allows(door, "192.168.0.7:8765")


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_bound_to_every_address_any_literal_one_is_ours(bound):
    """No look-up is involved, so nobody can have rebound it."""
    door = access(bound, public=True)

    assert allows(door, "192.168.0.7:8765")
    assert allows(door, "[fe80::1]:8765")
    assert not allows(door, "192.168.0.7:9000")
    assert not allows(door, "speaker.local:8765")


def test_more_hosts_can_be_allowed():
    door = access(allow_hosts=("speaker.local", "tunnel.example:9000"))

    assert allows(door, "speaker.local:1234")
    assert allows(door, "tunnel.example:9000")
    assert not allows(door, "tunnel.example:9001")


@pytest.mark.parametrize(
    "origin", ["http://localhost:8765", "http://127.0.0.1:8765", "http://[::1]:8765"]
)
def test_our_own_page_is_welcome(origin):
    assert allows(access(), "127.0.0.1:8765", origin)


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://localhost:3000",
        "https://localhost",
        "http://localhost:8765.evil.example",
        "file://",
        "null",
        "",
    ],
)
def test_any_other_page_is_refused(origin):
    assert not allows(access(), "127.0.0.1:8765", origin)


def test_two_origins_are_refused():
    own = "http://localhost:8765"

    assert not allows(access(), "localhost:8765", own, own)


def test_more_origins_can_be_allowed():
    door = access(allow_origins=("https://Example.org/", "null"))

    assert allows(door, "localhost:8765", "https://example.org")
    assert allows(door, "localhost:8765", "null")
    assert not allows(door, "localhost:8765", "http://example.org")


def test_all_origins_can_be_allowed():
    assert allows(access(allow_origins=("*",)), "localhost:8765", "https://any.example")


@pytest.mark.parametrize(
    "page", ["127.0.0.1:9000", "https://", "://x", "https://a.example/page", ""]
)
def test_what_is_no_origin_is_told(page):
    with pytest.raises(UsageError, match=r"https://NAME:PORT"):
        access(allow_origins=(page,))


@pytest.mark.parametrize(
    ("options", "host", "origin"),
    [
        ({}, "add it to allow_hosts", "add them to allow_origins"),
        ({"advice": Advice("call Ann", "call Bob")}, "call Ann", "call Bob"),
    ],
)
def test_a_refusal_says_what_mends_it(options, host, origin):
    """In the words of whoever runs the server: a program, or a command."""
    door = access(**options)

    assert door.refusal(["evil.example:8765"], []) == (
        f"this server is not called evil.example:8765; {host}"
    )
    assert door.refusal(["localhost:8765"], ["http://x.example"]) == (
        f"pages of http://x.example may not connect; {origin}"
    )


@pytest.mark.parametrize("name", ["", "https://speaker.local", "a:b", "[::1"])
def test_what_is_no_host_cannot_be_allowed(name):
    with pytest.raises(UsageError, match="NAME or NAME:PORT"):
        access(allow_hosts=(name,))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_loopback_is_reached_from_here_only(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "example.org"])
def test_the_rest_is_reached_from_elsewhere(host):
    assert not is_loopback(host)


def test_splits_a_host():
    assert split_host("[::1]:80") == ("::1", 80)
    assert split_host("Example.org") == ("example.org", None)
