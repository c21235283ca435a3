from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from streamer.errors import ConnectFailed, ServerRefused, UsageError
from streamer.events.client import ClientOptions, EventClient
from streamer.events.log import StreamLog
from streamer.events.messages import Cues, End, Goaway, Recovered, Start, State, Welcome
from streamer.events.server import EventServer
from streamer.timing.clock import to_us


class ShiftedClock:
    """The real clock, read by a machine that started at another time."""

    SHIFT = 1_000.0

    def __init__(self, clock) -> None:
        self.clock = clock

    def time(self) -> float:
        return self.clock.time() - self.SHIFT


@pytest.fixture
def make(served):
    """Makes a client of the running server; arguments are its options."""

    def client(**options):
        clock = ShiftedClock(served.server._shared.clock)
        url = f"ws://{served.where}"
        return EventClient(url, clock=clock, options=ClientOptions(**options))

    return client


async def take(client, kind):
    """Iterate until a message of *kind* comes; all up to it."""
    messages = []
    async with asyncio.timeout(5), aclosing(aiter(client)) as stream:
        async for message in stream:
            messages.append(message)
            if isinstance(message, kind):
                break
    return messages


async def test_gives_what_is_new(served, make):
    """Also what came in one frame with the last that was taken."""
    async with make() as client:
        first = await take(client, State)
        served.say("u1", "PP")
        served.log.end("u1", media=1, at=2)
        then = await take(client, Start)
        rest = await take(client, End)

    assert [type(message) for message in first] == [Welcome, State]
    assert client.welcome == first[0]
    assert [message.seq for message in then + rest] == [1, 2, 3, 4]


async def test_keeps_the_servers_clock(served, make):
    async with make() as client:
        assert client.bound == float("inf")
        client.FAST_S = 0.001
        await take(client, State)
        served.log.start("u1")
        loop = asyncio.get_running_loop()
        loop.call_later(0.05, served.log.start, "u2")
        await take(client, Start)
        await take(client, Start)

        assert client.bound < 20_000
        assert client.offset == pytest.approx(1e9, abs=client.bound + 1)
        theirs = to_us(served.server._shared.clock.time())
        assert client.now == pytest.approx(theirs, abs=client.bound + 20_000)


async def test_tells_the_lead_of_cues(served, make):
    async with make() as client:
        await take(client, State)
        served.say("u1", "PP")
        (cues,) = [m for m in await take(client, Cues) if isinstance(m, Cues)]
        assert client.lead_of(cues) is None
        served.log.start("u2")
        await take(client, Start)

        anchor = client._follower.anchors["main", "u1"]
        assert client.due(cues) == anchor.at
        assert client.lead_of(cues) == pytest.approx(anchor.at - client.now, abs=5_000)


async def test_cues_without_a_cue_have_no_lead(make):
    assert make().lead_of(Cues("main", 1, "u1", 0, [])) is None


async def test_after_close_the_iteration_ends(make):
    client = make()
    async with client:
        reading = asyncio.create_task(take(client, Start))
        await asyncio.sleep(0)
        await client.close()
        messages = await reading

    assert not any(isinstance(message, Start) for message in messages)


async def test_nobody_there_is_a_connect_failure(clock, unused_tcp_port):
    client = EventClient(f"ws://127.0.0.1:{unused_tcp_port}", clock=clock)

    with pytest.raises(ConnectFailed, match=r"cannot connect to ws://127\.0\.0\.1"):
        await client.__aenter__()


async def test_no_address_is_a_usage_error(clock):
    with pytest.raises(UsageError, match="is no WebSocket address"):
        await EventClient("http://x", clock=clock).__aenter__()


async def test_an_unknown_stream_is_refused(make):
    with pytest.raises(ServerRefused, match="code 4504: no stream 'x'") as refused:
        await make(streams=("x",)).__aenter__()

    assert refused.value.code == 4504


async def test_comes_back_and_resumes(served, make):
    """The server dropped it; nothing is lost and nothing comes twice."""
    async with make(first_retry_s=0.01) as client:
        await take(client, State)
        served.log.start("u1")
        await take(client, Start)
        (connection,) = served.server._shared.connections
        connection.abort()
        served.log.start("u2")

        messages = await take(client, Start)

    assert [type(m) for m in messages] == [Welcome, Recovered, Start]
    assert (messages[-1].seq, messages[-1].utterance) == (2, "u2")


async def test_a_hole_is_closed_with_4009_and_mended(served, make):
    async with make(first_retry_s=0.01) as client:
        await take(client, State)
        (connection,) = served.server._shared.connections
        connection._seen["main"] = 1  # the server believes that 1 was sent
        served.log.start("u1")
        served.log.start("u2")

        messages = await take(client, Start)
        messages += await take(client, Start)

        assert connection._protocol.close_rcvd.code == 4009
    assert [type(m) for m in messages] == [Welcome, Recovered, Start, Start]
    assert [m.seq for m in messages[2:]] == [1, 2]


async def test_without_reconnecting_a_loss_is_an_error(served, make):
    async with make(reconnect=False) as client:
        await take(client, State)
        (connection,) = served.server._shared.connections
        connection.close(4008, "too slow")

        with pytest.raises(ServerRefused, match="4008: too slow"):
            await take(client, Start)


async def test_a_refusal_for_good_is_not_retried(served, make):
    async with make() as client:
        await take(client, State)
        (connection,) = served.server._shared.connections
        connection.close(4503, "not you")

        with pytest.raises(ServerRefused, match="4503: not you"):
            await take(client, Start)


async def test_survives_a_restart_of_the_server(served, make):
    """It comes back when it was told to, to a new clock and a new epoch."""
    clock = served.server._shared.clock
    async with make(first_retry_s=0.01) as client:
        await take(client, State)
        await served.server.close()
        log = StreamLog("main", "e2", clock=clock)
        async with EventServer({"main": log}, clock=clock, port=served.port):
            messages = await take(client, State)
            log.start("u1")
            messages += await take(client, Start)
            await client.close()

    assert isinstance(messages[0], Goaway)
    assert [type(m) for m in messages[1:]] == [Welcome, Recovered, State, Start]
    assert client.welcome.streams["main"].epoch == "e2"


async def test_tries_again_until_the_server_is_there(served, make, monkeypatch):
    """And is not discouraged by a refusal that may pass."""
    clock = served.server._shared.clock
    async with make(first_retry_s=0.001, last_retry_s=0.002) as client:
        await take(client, State)
        reading = asyncio.create_task(take(client, Recovered))
        await served.server.close()
        failures = []
        connect = client._connect

        async def refuse():
            raise ServerRefused(client.url, 4010, "come later")

        async def counted():
            try:
                await (refuse() if len(failures) == 1 else connect())
            except Exception as error:
                failures.append(type(error))
                raise

        monkeypatch.setattr(client, "_connect", counted)
        client._goaway_s = 0.0
        await served.until(lambda: len(failures) > 2)
        log = StreamLog("main", "e2", clock=clock)
        async with EventServer({"main": log}, clock=clock, port=served.port):
            await reading
            await client.close()

    assert failures[:3] == [ConnectFailed, ServerRefused, ConnectFailed]


async def test_closing_ends_the_coming_back(served, make):
    async with make(first_retry_s=0.01, last_retry_s=0.01) as client:
        await take(client, State)
        reading = asyncio.create_task(take(client, Start))
        await served.server.close()
        await served.until(lambda: client._prober is None)
        await client.close()

        messages = await reading

    assert not any(isinstance(message, Start) for message in messages)


async def test_what_is_no_message_is_a_refusal(make):
    client = make()

    with pytest.raises(ServerRefused, match=r"not a message of streamer\.v1\.json"):
        client._decode("<html>")


async def test_entering_in_vain_leaves_nothing_open(served, make, monkeypatch):
    client = make()

    def broken(_data):
        raise ServerRefused(client.url, 1002, "nonsense")

    monkeypatch.setattr(client, "_decode", broken)

    with pytest.raises(ServerRefused):
        await client.__aenter__()
    await served.until(lambda: served.server.clients == 0)


async def test_probes_go_on_slowly(served, make):
    async with make() as client:
        client.FAST_PROBES, client.FAST_S, client.SLOW_S = 1, 0.0, 0.0
        asked = []
        ask = client._ask

        async def counted(socket):
            asked.append(socket)
            await ask(socket)

        client._ask = counted
        await served.until(lambda: len(asked) > 6)
