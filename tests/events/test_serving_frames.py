"""Frames of weights over a real socket, to clients quick and slow."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing

import pytest

from streamer.events.client import ClientOptions, EventClient
from streamer.events.codec import decode_server, encode
from streamer.events.messages import (
    Cue,
    Cues,
    Cut,
    End,
    Error,
    Frames,
    FramesWanted,
    Hello,
    Start,
    State,
    Welcome,
)
from streamer.lipsync.rigs import find_rig


class Mouth:
    """A source of one utterance that is half open all the time."""

    def __init__(self):
        self.asked = []

    def frames(self, stream, utterance, rig, fps, start_us, until_us):
        self.asked.append((rig, fps, start_us))
        count = -(-(until_us - start_us) * fps // 1_000_000)
        return start_us, [[0.5] * len(find_rig(rig).channels)] * count


@pytest.fixture
def mouth():
    return Mouth()


async def frames_until(receive, t):
    """All messages up to the first frames that reach *t*."""
    messages = []
    while True:
        messages.append(await receive())
        if isinstance(messages[-1], Frames) and messages[-1].t >= t:
            return messages


WANTED = Hello(frames=FramesWanted("vrm", 30))


async def test_frames_come_beside_the_cues_and_in_time(serve, mouth):
    async with serve(frames=mouth) as served, served.client(WANTED) as receive:
        welcome, _ = await receive(), await receive()
        began = served.log.now
        served.say("u1", "PP", ms=5_000)
        messages = await frames_until(receive, 900_000)
        later = await receive()
        took = served.log.now - began

    assert (welcome.frames.rig, welcome.frames.fps) == ("vrm", 30)
    assert welcome.frames.names == find_rig("vrm").channels
    kinds = [type(message).__name__ for message in messages]
    assert kinds[:3] == ["Start", "Cues", "Anchor"]
    assert set(kinds[3:]) == {"Frames"}
    assert all(message.utterance == "u1" for message in messages)
    assert messages[3].weights[0] == (0.5,) * 5
    assert 900_000 < later.t <= took + 1_000_000


async def test_frames_are_made_once_for_all(serve, mouth):
    async with (
        serve(frames=mouth) as served,
        served.client(WANTED) as one,
        served.client(WANTED) as other,
    ):
        for receive in (one, other):
            await receive()
            await receive()
        served.log.start("u1")
        mine = await frames_until(one, 700_000)
        theirs = await frames_until(other, 700_000)

    assert mine == theirs
    starts = [start for _, _, start in mouth.asked]
    assert starts == sorted(set(starts))


async def test_who_comes_late_gets_frames_from_now_on(serve, mouth):
    """Also those that the others were sent a while ago."""
    async with serve(frames=mouth) as served, served.client(WANTED) as first:
        served.log.start("u1")
        served.log.anchor(
            "u1",
            media=0,
            at=served.log.now - 7_000_000,
            rate=1.0,
            quality="paced",
            latency=0,
        )
        await frames_until(first, 7_500_000)
        async with served.client(WANTED) as late:
            messages = await frames_until(late, 7_500_000)
            heard = messages[1].utterances[0].anchor.heard(served.log.now)

    assert [type(message) for message in messages[:2]] == [Welcome, State]
    assert 6_900_000 <= messages[2].t <= heard


async def test_nothing_of_it_comes_behind_a_cut(serve, mouth):
    async with serve(frames=mouth) as served, served.client(WANTED) as receive:
        served.say("u1", "PP", ms=5_000)
        await frames_until(receive, 500_000)
        served.log.cut("u1", media=1, at=2)
        while not isinstance(await receive(), Cut):
            pass
        async with served.client(WANTED) as late:
            await late()
            await late()
            served.log.start("u2")
            messages = [await receive() for _ in range(3)]
            theirs = [await late() for _ in range(3)]

    assert {message.utterance for message in messages + theirs} == {"u2"}


async def test_other_clients_get_none(serve, mouth):
    async with (
        serve(frames=mouth) as served,
        served.client(WANTED) as wanting,
        served.client() as receive,
    ):
        welcome, _ = await receive(), await receive()
        served.log.start("u1")
        await frames_until(wanting, 0)
        served.log.start("u2")
        messages = [await receive(), await receive()]

    assert welcome.frames is None
    assert [type(message) for message in messages] == [Start, Start]


async def test_a_server_without_frames_says_so_and_sends_cues(serve):
    async with serve() as served, served.client(WANTED) as receive:
        welcome, error, state = await receive(), await receive(), await receive()
        served.log.start("u1")
        start = await receive()

    assert welcome.frames is None
    assert isinstance(error, Error)
    assert (error.code, error.retry) == ("unsupported", False)
    assert (type(state), type(start)) == (State, Start)


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/?frames=x", 4504, "no rig 'x'; there are: arkit, arkit-55, livelink"),
        ("/?fps=0", 4500, "the address asks for what cannot be: Expected `int` >= 1"),
        ("/?fps=121", 4500, "the address asks for what cannot be: Expected `int` <="),
        ("/?frames=vrm&mode=live", 4500, "frames are placed by anchors"),
    ],
)
async def test_frames_that_cannot_be_had_are_refused(serve, mouth, path, code, reason):
    async with serve(frames=mouth) as served, served.connect(path) as client:
        closed = await served.closing(client)

    assert closed[0] == code
    assert closed[1].startswith(reason)


async def test_a_rate_that_cannot_be_is_a_bad_message(serve, mouth):
    async with serve(frames=mouth) as served, served.connect() as client:
        hello = {"type": "hello", "frames": {"rig": "arkit", "fps": 0}}
        await client.send(json.dumps(hello))
        code, reason = await served.closing(client)

    assert (code, reason) == (
        4500,
        "bad message: Expected `int` >= 1 - at `$.frames.fps`",
    )


async def test_a_fault_of_the_source_leaves_the_cues(serve, mouth, caplog):
    def broken(*_):
        raise ZeroDivisionError

    mouth.frames = broken
    async with serve(frames=mouth) as served, served.client(WANTED) as receive:
        await receive()
        await receive()
        served.log.start("u1")
        start, error = await receive(), await receive()
        served.log.start("u2")
        then = await receive()

    assert (type(start), error.code) == (Start, "frames")
    assert then.utterance == "u2"
    assert "frames of weights cannot be made" in caplog.text


async def test_frames_of_a_slow_client_are_dropped_before_its_cues(serve, mouth):
    """They never wait in its queue; what is not past follows when it reads again."""
    async with serve(frames=mouth) as served, served.connect("/?frames=vrm") as client:
        await client.recv()
        (connection,) = served.server._shared.connections
        (feed,) = connection._fed
        connection.pause_writing()
        served.log.start("u1")
        cues = [Cue(i * 1_000, 1_000, "PP") for i in range(200)]
        served.log.cues("u1", until=200_000, cues={"oculus": cues})
        await served.until(lambda: feed.number)
        outbox = connection._outbox
        entries = served.log.since(0)
        assert not outbox.conflated
        assert outbox.size_bytes == sum(len(e.encoded("oculus")) for e in entries)

        connection.resume_writing()
        connection.resume_writing()
        served.log.end("u1", media=0, at=0)
        messages = []
        while not messages or not isinstance(messages[-1], End):
            messages += decode_server(await client.recv())

    assert [type(message) for message in messages[:2]] == [Start, Cues]
    assert {type(message) for message in messages[2:-1]} == {Frames}
    assert [message.t for message in messages[2:-1]] == [
        *range(-200_000, 800_000, 100_000)
    ]


async def test_a_slow_client_gets_no_frames_of_what_is_over(serve, mouth):
    async with serve(frames=mouth) as served, served.connect("/?frames=vrm") as client:
        await client.recv()
        (connection,) = served.server._shared.connections
        (feed,) = connection._fed
        connection.pause_writing()
        served.log.start("u1")
        await served.until(lambda: feed.number)
        served.log.cut("u1", media=0, at=0)
        await asyncio.sleep(0)

        connection.resume_writing()
        served.log.start("u2")
        messages = [m for _ in "12" for m in decode_server(await client.recv())]

    assert [type(message) for message in messages[:3]] == [Start, Cut, Start]
    assert {message.utterance for message in messages[3:]} <= {"u2"}


async def test_a_client_that_is_gone_ends_its_feed(serve, mouth):
    async with serve(frames=mouth) as served:
        async with served.connect() as client:
            await client.send(encode(WANTED), text=True)
            await client.recv()
            assert served.server._shared.feeds._feeds
        await served.until(lambda: served.server.clients == 0)

        assert served.server._shared.feeds._feeds == {}
        assert served.log._callbacks == {}


async def test_the_client_knows_what_an_avatar_shows(serve, mouth):
    options = ClientOptions(rig="vrm", fps=30)
    async with serve(frames=mouth) as served:
        clock = served.server._shared.clock
        client = EventClient(f"ws://{served.where}", clock=clock, options=options)
        async with client, asyncio.timeout(5):
            assert client.weights() is None
            served.say("u1", "PP", ms=5_000)
            frames = None
            async with aclosing(aiter(client)) as messages:
                async for message in messages:
                    if isinstance(message, Frames) and message.t >= 800_000:
                        frames = message
                        break

            anchor = client._follower.anchors["main", "u1"]
            assert client.due(frames) == anchor.at + frames.t - anchor.media
            assert client.lead_of(frames) == pytest.approx(
                client.due(frames) - client.now, abs=50_000
            )
            assert client.weights(at=anchor.at + 1_000) == (0.5,) * 5
            assert len(client.weights()) == 5
            assert client.weights(at=anchor.at + 850_000) == (0.5,) * 5
            assert client.weights("other") == find_rig("vrm").neutral
