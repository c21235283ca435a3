"""Sockets that are read with the interpreter's lock kept."""

from __future__ import annotations

import asyncio
import select
import socket
import sys
import threading
import time
from contextlib import aclosing

import pytest

from streamer.sources import HttpRequest, HttpSource, holding
from streamer.sources.holding import HoldingSocket, socket_factory

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows' loops read otherwise"
)


@pytest.fixture
def ends():
    """A socket that is read, and the one that is written to."""
    plain, other = socket.socketpair()
    here = HoldingSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
    here.setblocking(False)
    with here, other:
        yield here, other


def test_what_is_there_is_given(ends):
    here, other = ends
    other.sendall(b"sound")
    assert here.recv(3) == b"sou"
    assert here.recv(100) == b"nd"


def test_what_is_not_there_yet_is_not_waited_for(ends):
    here, _ = ends
    with pytest.raises(BlockingIOError):
        here.recv(100)
    with pytest.raises(BlockingIOError):
        here.recv_into(bytearray(10))


def test_the_end_is_no_bytes(ends):
    here, other = ends
    other.close()
    assert here.recv(100) == b""
    assert here.recv_into(bytearray(10)) == 0


def test_at_most_64_kib_are_given_at_once(ends):
    here, other = ends
    other.setblocking(False)
    sent = 0
    while sent < 80_000:
        sent += other.send(bytes(80_000 - sent))
    got = [len(here.recv(2**18))]
    while sum(got) < sent:
        got.append(len(here.recv(2**18)))
    assert max(got) <= 65_536


@pytest.mark.parametrize(
    ("size", "given"), [(0, b"sound"), (3, b"sou"), (100, b"sound")]
)
def test_bytes_are_put_where_tls_wants_them(ends, size, given):
    here, other = ends
    other.sendall(b"sound")
    store = bytearray(b"........")
    count = here.recv_into(memoryview(store)[2:], size)
    assert count == len(given)
    assert bytes(store) == b".." + given + b"." * (6 - count)


def test_no_more_is_put_than_there_is_room(ends):
    here, other = ends
    other.sendall(b"sound")
    store = bytearray(3)
    assert here.recv_into(store, 100) == 3
    assert bytes(store) == b"sou"


def test_a_fault_is_the_systems():
    here = HoldingSocket(socket.AF_INET, socket.SOCK_STREAM)
    here.close()
    with pytest.raises(OSError, match="descriptor"):
        here.recv(1)


def test_a_reset_is_said_as_python_says_it():
    with socket.create_server(("127.0.0.1", 0)) as server:
        make = socket_factory()
        here = make((socket.AF_INET, socket.SOCK_STREAM, 0, "", server.getsockname()))
        with here:
            here.connect(server.getsockname())
            other, _ = server.accept()
            reset = b"\1\0\0\0\0\0\0\0"  # linger for no time: closing resets
            other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            other.close()
            here.setblocking(False)
            select.select([here], [], [], 5.0)
            with pytest.raises(ConnectionResetError):
                here.recv(1)


def has_turns(reader: socket.socket, writer: socket.socket, reads: int) -> bool:
    """Whether another thread had its turn while *reader* was read so often."""
    turns, stop = [0], threading.Event()

    def want() -> None:
        while not stop.is_set():
            turns[0] += 1
            time.sleep(0)  # lets go

    before = sys.getswitchinterval()
    thread = threading.Thread(target=want)
    sys.setswitchinterval(1_000)  # nobody is made to let go
    thread.start()
    try:
        begun = turns[0]
        for _ in range(reads):
            reader.recv(1)
            if turns[0] != begun:
                return True
        return False
    finally:
        sys.setswitchinterval(before)
        stop.set()
        thread.join()


READS = 200
MANY_READS = 50_000
"""Where it may take the other one a while to be woken."""


def test_nobody_else_has_a_turn_meanwhile(ends):
    here, other = ends
    other.sendall(bytes(READS))
    assert not has_turns(here, other, READS)


@pytest.mark.parametrize("timeout", [None, 0.01])
def test_where_it_may_have_to_wait_they_have(ends, timeout):
    here, other = ends
    here.settimeout(timeout)
    other.sendall(bytes(MANY_READS))
    assert has_turns(here, other, MANY_READS)


def test_a_timeout_is_kept(ends):
    here, _ = ends
    here.settimeout(0.001)
    with pytest.raises(TimeoutError):
        here.recv(1)


def test_nonsense_is_refused_as_python_does(ends):
    here, other = ends
    other.sendall(b"sound")
    with pytest.raises(ValueError, match="negative"):
        here.recv(-1)
    with pytest.raises(ValueError, match="negative"):
        here.recv_into(bytearray(2), -1)
    assert here.recv(100, socket.MSG_PEEK) == b"sound"
    assert here.recv(100) == b"sound"


def test_with_pythons_own_socket_they_have():
    here, other = socket.socketpair()
    with here, other:
        other.sendall(bytes(MANY_READS))
        assert has_turns(here, other, MANY_READS)


def test_where_there_is_no_lock_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(holding.sys, "_is_gil_enabled", lambda: False, raising=False)
    assert socket_factory() is None


async def test_a_response_is_read_so(facilities, monkeypatch):
    counts = []

    def recv(self, size, flags=0):
        counts.append(size)
        return receive(self, size, flags)

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nRIFF")
        writer.close()

    receive = HoldingSocket.recv
    monkeypatch.setattr(HoldingSocket, "recv", recv)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        source = HttpSource(HttpRequest(f"http://127.0.0.1:{port}/"))
        async with aclosing(source.stream(facilities)) as chunks:
            assert b"".join([chunk async for chunk in chunks]) == b"RIFF"
    assert counts
