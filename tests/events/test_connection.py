from __future__ import annotations

import asyncio
import time

import pytest
from websockets.frames import Frame, Opcode

from streamer.events.codec import decode_server, encode
from streamer.events.messages import (
    Bye,
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


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG, Opcode.TEXT])
async def test_frames_of_every_kind_count(serve, opcode):
    """Pings, pongs and pieces of a message that never ends."""
    async with serve(messages_per_s=5) as served, served.connect() as client:
        await client.send(encode(Hello()), text=True)
        await client.recv()
        frame = Frame(opcode, b"", fin=opcode is not Opcode.TEXT).serialize(mask=True)
        more = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
        rest = more if opcode is Opcode.TEXT else frame
        client.transport.write(frame + rest * 10)

        code, reason = await served.closing(client)

    assert (code, reason) == (4029, "more than 10 frames within 2 s")


async def test_of_many_pings_at_once_the_last_is_answered(served):
    """RFC 6455, 5.5.3, allows it: many small frames make no large answer."""
    async with served.connect() as client:
        came = []
        client.protocol.recv_frame = came.append
        pings = [Frame(Opcode.PING, data) for data in (b"one", b"two", b"three")]
        client.transport.write(b"".join(ping.serialize(mask=True) for ping in pings))
        await served.until(lambda: came)

    assert (came[0].opcode, came[0].data) == (Opcode.PONG, b"three")


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
