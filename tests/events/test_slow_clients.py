"""Clients that read too slowly, or not at all (rule 6 of the protocol)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

from websockets.frames import Frame, Opcode

from streamer.events.codec import decode_server, encode
from streamer.events.messages import (
    Cue,
    Cues,
    Cut,
    Start,
    State,
    Time,
    Viseme,
    Welcome,
)


class Stopped:
    """A client that says hello and then doesn't read."""

    def __init__(self, served, path="/?stream=main"):
        self.served = served
        self.path = path
        self.received = b""

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.sock.setblocking(False)
        await loop.sock_connect(self.sock, (self.served.host, self.served.port))
        await loop.sock_sendall(
            self.sock,
            f"GET {self.path} HTTP/1.1\r\nHost: {self.served.where}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode(),
        )
        connections = self.served.server._shared.connections
        before = set(connections)
        await self.served.until(lambda: connections - before)
        (self.connection,) = connections - before
        return self

    async def __aexit__(self, *_):
        self.sock.close()

    async def read_until(self, end):
        """Read on, until a message of type *end* was the last; all of them."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(5):
            while not (messages := self.messages()) or type(messages[-1]) is not end:
                self.received += await loop.sock_recv(self.sock, 65_536)
        return messages

    def messages(self):
        """All whole messages so far."""
        data = self.received.partition(b"\r\n\r\n")[2]
        found = []
        while len(data) >= 2:
            size, start = data[1], 2
            if size > 125:
                start = 4 if size == 126 else 10
                size = int.from_bytes(data[2:start], "big")
            if len(data) < start + size:
                break
            if data[0] & 0x0F == Opcode.TEXT:
                found += decode_server(data[start : start + size])
            data = data[start + size :]
        return found


def chatter(log, utterance, number):
    """Log about 20 KiB."""
    cues = [Cue(number * 1_000 + i, 10**9, "PP", ("pp",) * 10) for i in range(250)]
    log.cues(utterance, until=(number + 1) * 1_000, cues={"oculus": cues})


async def test_a_stopped_client_delays_nobody_and_holds_little(serve):
    async with serve() as served, served.client() as receive, Stopped(served) as slow:
        await receive()
        await receive()
        served.log.start("u1")
        await receive()
        waits = []
        for i in range(80):
            chatter(served.log, "u1", i)
            began = time.perf_counter()
            assert isinstance(await receive(), Cues)
            waits.append(time.perf_counter() - began)

        connection = slow.connection
        assert not connection.writable
        assert connection._outbox.conflated
        assert connection._outbox.size_bytes <= 64 * 1024
        # One frame at the most waits in the transport behind a full kernel.
        assert connection.buffered_bytes < 64 * 1024
        assert sorted(waits)[76] < 0.1


async def test_a_client_that_reads_again_goes_on_from_a_state(serve):
    """No hole: the state covers what was dropped; the cut behind it follows."""
    async with serve() as served, Stopped(served) as slow:
        served.log.start("u1")
        number = 0
        while not slow.connection._outbox.conflated:
            chatter(served.log, "u1", number)
            number += 1
            await asyncio.sleep(0)
        covered = served.log.seq
        served.log.cut("u1", media=1, at=2)
        await asyncio.sleep(0)

        messages = await slow.read_until(Cut)
        served.log.start("u2")
        messages = await slow.read_until(Start)

    state, cut, start = messages[-3:]
    assert (type(state), state.seq) == (State, covered)
    assert [told.utterance for told in state.utterances] == ["u1"]
    assert (cut.seq, cut.utterance, cut.media) == (covered + 1, "u1", 1)
    assert start.seq == covered + 2
    numbers = [message.seq for message in messages[1:-3]]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_a_queue_that_stays_full_is_4008(serve):
    async with serve(stalled_s=0.02, close_s=0.02) as served, Stopped(served) as slow:
        served.log.start("u1")
        for i in range(80):
            chatter(served.log, "u1", i)
            await asyncio.sleep(0)

        await served.until(lambda: served.server.clients == 0)

        assert slow.connection._protocol.close_sent.code == 4008


async def test_a_ping_without_an_answer_is_4008(serve):
    async with (
        serve(ping_s=0.01, pong_s=0.03, close_s=0.02) as served,
        Stopped(served) as slow,
    ):
        await served.until(lambda: served.server.clients == 0)

        close = slow.connection._protocol.close_sent
        assert (close.code, close.reason[:6]) == (4008, "silent")


async def test_what_a_new_client_does_not_read_is_4008_too(serve):
    """Nothing is queued yet: all of it is one long greeting, in the transport."""
    async with serve(stalled_s=0.02, close_s=0.02) as served:
        served.log.start("u1")
        for i in range(80):
            chatter(served.log, "u1", i)
        async with Stopped(served) as slow:
            assert not slow.connection._outbox
            assert slow.connection.buffered_bytes > 64 * 1024

            await served.until(lambda: served.server.clients == 0)

        close = slow.connection._protocol.close_sent
        assert (close.code, close.reason[:8]) == (4008, "too slow")


async def test_a_pong_that_answers_nothing_is_no_sign_of_life(serve):
    pong = Frame(Opcode.PONG, b"").serialize(mask=True)
    async with (
        serve(
            ping_s=0.01, pong_s=0.03, close_s=0.02, messages_per_s=1_000_000
        ) as served,
        Stopped(served) as slow,
    ):

        def still_there():
            with contextlib.suppress(ConnectionError):
                slow.sock.send(pong)
            return served.server.clients

        await served.until(lambda: not still_there())

        assert slow.connection._protocol.close_sent.code == 4008


async def test_pings_of_a_stopped_client_are_not_answered_for_ever(serve):
    ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True)
    async with serve(messages_per_s=10**6) as served, Stopped(served) as slow:
        loop = asyncio.get_running_loop()
        served.log.start("u1")
        for i in range(60):
            chatter(served.log, "u1", i)
            await asyncio.sleep(0)
        slow.connection.send_frame(bytes(64 * 1024))
        held = slow.connection.buffered_bytes
        for _ in range(100):
            await loop.sock_sendall(slow.sock, ping * 30)
            await asyncio.sleep(0)

        assert slow.connection.buffered_bytes == held > 64 * 1024


async def test_probes_of_a_stopped_client_are_not_kept_for_ever(serve):
    """It may ask, but what waits for it is bounded."""
    async with serve(messages_per_s=10**6) as served, Stopped(served) as slow:
        loop = asyncio.get_running_loop()
        probe = Frame(Opcode.TEXT, encode(Time(1))).serialize(mask=True)
        served.log.start("u1")
        for i in range(60):
            chatter(served.log, "u1", i)
            await asyncio.sleep(0)
        for _ in range(100):
            await loop.sock_sendall(slow.sock, probe * 60)
            await asyncio.sleep(0)

        assert slow.connection.buffered_bytes < 160 * 1024


async def test_only_the_latest_live_shape_waits_for_a_slow_client(serve):
    async with serve() as served, Stopped(served, "/?mode=live") as slow:
        await asyncio.sleep(0)
        slow.connection.pause_writing()
        served.say("u1", "PP", "aa", "E", ms=2)
        outbox = slow.connection._outbox
        await served.until(lambda: outbox and b'"sil"' in _viseme(outbox))
        slow.connection.resume_writing()

        messages = await slow.read_until(Viseme)

    assert [type(m) for m in messages] == [Welcome, State, Start, Viseme]
    assert messages[-1].v == "sil"


def _viseme(outbox):
    return outbox._waiting["main"].viseme or b""


async def test_a_client_that_is_gone_is_forgotten(serve):
    async with serve() as served:
        async with Stopped(served):
            assert served.server.clients == 1
        served.say("u1", "PP")
        await served.until(lambda: served.server.clients == 0)
        assert served.log._callbacks == {}
