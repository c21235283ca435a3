from __future__ import annotations

import asyncio
import socket
import time

import pytest
from websockets.frames import Frame, Opcode

from streamer.events.codec import decode_server, encode
from streamer.events.messages import (
    Bye,
    Cue,
    Cues,
    Cut,
    End,
    Hello,
    Position,
    Recovered,
    Start,
    State,
    Stats,
    Time,
    TimeAnswer,
    Viseme,
    Welcome,
)


async def test_a_client_is_greeted(served):
    async with served.client() as receive:
        welcome, state = await receive(), await receive()

    assert isinstance(welcome, Welcome)
    assert welcome.streams == {"main": Position("e1", 0)}
    assert welcome.visemes == "oculus"
    assert (welcome.names[0], len(welcome.names)) == ("sil", 15)
    assert welcome.heartbeat_ms == 2500
    assert welcome.session
    assert state == State("main", "e1", 0, [])


async def test_the_clock_is_one_and_the_sessions_are_many(served):
    async with served.client() as one, served.client() as other:
        mine, theirs = await one(), await other()

    assert mine.clock == theirs.clock
    assert mine.session != theirs.session


async def test_what_is_logged_in_one_turn_is_one_frame(served):
    async with served.connect("/?stream=main") as client:
        await client.recv()
        served.say("u1", "PP", "aa")

        messages = decode_server(await client.recv())

    kinds = [type(message).__name__ for message in messages]
    assert kinds == ["Start", "Cues", "Anchor"]
    assert [message.seq for message in messages] == [1, 2, 3]


async def test_who_comes_late_goes_on_from_the_state(served):
    served.say("u1", "PP", ms=5_000)
    async with served.client() as receive:
        await receive()
        state = await receive()
        served.log.end("u1", media=20_000, at=served.log.now)
        end = await receive()

    assert state.seq == 3
    assert [cue.v for cue in state.utterances[0].cues] == ["PP"]
    assert (type(end), end.seq) == (End, 4)


async def test_what_was_logged_just_before_the_hello_comes_once(served):
    """The state covers it, though it is published in the next turn."""
    async with served.client() as first:
        await first()
        await first()
        async with served.connect() as late:
            await late.send(encode(Hello()), text=True)
            served.say("u1", "PP")
            await served.until(lambda: served.server.clients == 2)
            for name in ("u2", "u3", "u4"):
                served.log.start(name)
                await asyncio.sleep(0)
            numbers = []
            while numbers[-1:] != [6]:
                async with asyncio.timeout(5):
                    messages = decode_server(await late.recv())
                    numbers += [getattr(message, "seq", None) for message in messages]
    seen = [number for number in numbers if number is not None]
    assert seen == sorted(set(seen))


async def test_who_comes_back_gets_what_was_missed(served):
    served.say("u1", "PP")
    async with served.client(Hello(resume={"main": Position("e1", 1)})) as receive:
        await receive()
        recovered = await receive()
        numbers = [(await receive()).seq for _ in range(2)]
        served.log.start("u2")
        numbers.append((await receive()).seq)

    assert recovered == Recovered("main", ok=True, from_=2, to=3)
    assert numbers == [2, 3, 4]


async def test_a_probe_is_answered_with_the_servers_time(served):
    async with served.connect() as client:
        before = time.perf_counter()
        await client.send(encode(Time(5)), text=True)
        (answer,) = decode_server(await client.recv())
        after = time.perf_counter()

    assert isinstance(answer, TimeAnswer)
    assert answer.t1 == 5
    assert before * 1e6 - 1 <= answer.t2 <= answer.t3 <= after * 1e6 + 1


async def test_a_client_may_leave(served):
    async with served.connect("/?stream=main") as client:
        await client.send(encode(Bye()), text=True)

        assert await served.closing(client) == (1000, "bye")
    await served.until(lambda: served.server.clients == 0)


async def test_stats_are_kept(served):
    async with served.connect("/?stream=main") as client:
        await client.send(encode(Stats(dropped=3)), text=True)
        (connection,) = served.server._shared.connections

        await served.until(lambda: connection.stats)

    assert connection.stats == Stats(dropped=3)


async def test_a_pong_is_noted(serve):
    async with serve(ping_s=0.001) as served, served.connect("/?stream=main"):
        (connection,) = served.server._shared.connections

        await served.until(lambda: connection._pong_by is not None)
        await served.until(lambda: connection._pong_by is None)


async def test_no_hello_in_time_is_4001(serve):
    async with serve(hello_s=0.01) as served, served.connect() as client:
        assert (await served.closing(client))[0] == 4001


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/?stream=nonesuch", 4504, "no stream 'nonesuch'; there are: main"),
        ("/?visemes=rhubarb", 4504, "no viseme set 'rhubarb'; there are: oculus"),
        ("/?mode=backwards", 4500, "the address asks for what cannot be"),
    ],
)
async def test_a_query_that_cannot_be_served_is_refused(served, path, code, reason):
    async with served.connect(path) as client:
        closed = await served.closing(client)

    assert closed[0] == code
    assert closed[1].startswith(reason)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("no JSON", "bad message: JSON is malformed"),
        ('{"type":"time"}', "bad message: Object missing required field `t1`"),
        (b"\x00", "bad message: binary"),
        ("x" * 16_385, "bad message: too long"),
        (["x" * 16_000, "x" * 1_000], "bad message: too long"),
        ('{"type":"hello"}', "bad message: a second hello"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_bad_message_is_4500(served, sent, reason):
    async with served.connect("/?stream=main") as client:
        await client.recv()
        await client.send(sent)
        code, said = await served.closing(client)

    assert code == 4500
    assert said.startswith(reason)


async def test_a_long_reason_is_clipped_to_what_a_close_can_hold(served):
    async with served.connect() as client:
        await client.send(encode(Hello(visemes="ü" * 500)), text=True)
        code, said = await served.closing(client)

    assert code == 4504
    assert len(said.encode()) <= 123


async def test_a_message_may_come_in_fragments(served):
    async with served.connect() as client:
        await client.send(['{"type":', '"hello"', "}"])

        assert isinstance(decode_server(await client.recv())[0], Welcome)


async def test_who_talks_too_much_is_4029(serve):
    async with serve(messages_per_s=5) as served, served.connect() as client:
        for _ in range(11):
            await client.send(encode(Time(1)), text=True)

        assert (await served.closing(client))[0] == 4029


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_wrong_token_is_4501(serve, token):
    async with serve(token="right") as served, served.connect() as client:
        await client.send(encode(Hello(token=token)), text=True)

        assert (await served.closing(client))[0] == 4501


async def test_live_shapes_come_when_they_are_due(served):
    hello = Hello(mode="live")
    async with served.client(hello) as receive:
        await receive()
        await receive()
        began = time.perf_counter()
        served.say("u1", "PP", "aa", ms=20)
        came = []
        while len(came) < 4:
            message = await receive()
            name = message.v if isinstance(message, Viseme) else type(message)
            came.append((name, time.perf_counter() - began))
        served.log.end("u1", media=40_000, at=served.log.now)
        end = await receive()

    assert [name for name, _ in came] == [Start, "PP", "aa", "sil"]
    # Never early; how late depends on how busy this machine is.
    for (_, at), due in zip(came[1:], (0.0, 0.020, 0.040), strict=True):
        assert due <= at < due + 0.5
    assert isinstance(end, End)


async def test_a_cut_is_a_rest_in_live_mode(served):
    served.say("u1", "PP", ms=60_000)
    async with served.client(Hello(mode="live")) as receive:
        await receive()
        state, shape = await receive(), await receive()
        served.log.cut("u1", media=1, at=served.log.now)
        cut, rest = await receive(), await receive()

    assert (state.utterances[0].cues, shape.v) == ([], "PP")
    assert isinstance(cut, Cut)
    assert rest.v == "sil"


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
