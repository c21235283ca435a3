from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from streamer.errors import PortInUse, ServerError, UsageError
from streamer.events.codec import encode
from streamer.events.messages import Hello
from streamer.events.options import Advice, ServerOptions
from streamer.events.server import EventServer


async def ask(served, data):
    """Send raw bytes and return all that comes back."""
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(data)
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def server(clock, **options):
    return EventServer({}, clock=clock, **options)


async def test_a_port_in_use_is_named(served, clock):
    with pytest.raises(PortInUse, match=f"127.0.0.1:{served.port} is in use"):
        await server(clock, port=served.port).start()


async def test_other_machines_are_let_in_only_on_request(clock):
    with pytest.raises(UsageError, match=r"at 0\.0\.0\.0; .* set public"):
        await server(clock, host="0.0.0.0", port=0).start()


async def test_advice_is_worded_by_whoever_runs_it(clock):
    options = ServerOptions(advice=Advice(public="never"))
    with pytest.raises(UsageError, match=r"at 0\.0\.0\.0; never"):
        await server(clock, host="0.0.0.0", port=0, options=options).start()


async def test_a_wrong_name_is_told_before_it_listens(clock):
    options = ServerOptions(allow_hosts=("http://x",))
    wrong = server(clock, port=0, options=options)

    with pytest.raises(UsageError, match="NAME:PORT"):
        await wrong.start()

    assert wrong.address == ("127.0.0.1", 0)
    assert wrong._server is None


async def test_a_public_server_listens_everywhere(clock):
    options = ServerOptions(public=True)
    async with server(clock, host="0.0.0.0", port=0, options=options) as running:
        assert running.address[1] > 0


async def test_an_address_that_is_not_ours_is_an_error(clock):
    options = ServerOptions(public=True)
    with pytest.raises(ServerError, match=r"cannot listen at 203\.0\.113\.1"):
        await server(clock, host="203.0.113.1", port=0, options=options).start()


async def test_closing_twice_is_closing_once(clock):
    running = server(clock, port=0)
    await running.close()
    await running.start()
    await running.close()
    await running.close()


async def test_a_head_may_come_byte_by_byte(served):
    reader, writer = await asyncio.open_connection(served.host, served.port)
    for byte in f"GET /healthz HTTP/1.1\r\nHost: {served.where}\r\n\r\n".encode():
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    answer = await reader.read()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"status": "ok"' in answer


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"x" * 20_000], ids=["TLS", "long"]
)
async def test_what_is_no_request_is_told_so(served, data):
    answer = await ask(served, data)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "request" in json.loads(answer.partition(b"\r\n\r\n")[2])["error"]


async def test_a_head_must_come_in_time(serve):
    async with serve(head_s=0.01) as served:
        with contextlib.suppress(ConnectionResetError):
            assert await ask(served, b"GET / HT") == b""
        assert not served.server._doorways


async def test_closing_drops_who_is_still_asking(serve):
    async with serve() as served:
        _reader, writer = await asyncio.open_connection(served.host, served.port)
        writer.write(b"GET / HT")
        await writer.drain()
        await served.until(lambda: served.server._doorways)
    assert not served.server._doorways
    writer.close()


async def test_a_body_that_came_with_the_head_is_not_lost(served, talker):
    body = b'{"text":"Hi"}'
    head = (
        f"POST /v1/speak HTTP/1.1\r\nHost: {served.where}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    answer = await ask(served, head.encode() + body)

    assert answer.startswith(b"HTTP/1.1 202 ")
    assert talker.asked == [("Hi", "main")]


async def test_a_broken_upgrade_is_refused(served):
    answer = await ask(
        served,
        f"GET / HTTP/1.1\r\nHost: {served.where}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: short\r\n\r\n".encode(),
    )

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert served.server.clients == 0


@pytest.mark.parametrize(
    "offered", [None, ["streamer.v1.json"], ["x", "streamer.v1.json"]]
)
async def test_the_subprotocol_is_chosen_where_it_is_offered(served, offered):
    async with served.connect(subprotocols=offered) as socket:
        assert socket.subprotocol == (offered and "streamer.v1.json")


@pytest.mark.parametrize("path", ["/", "/events"])
async def test_nothing_is_compressed(served, path):
    """It would cost 50 KiB a connection, and the messages are small."""
    async with served.connect(path, compression="deflate") as socket:
        assert socket.response.headers.get("Sec-WebSocket-Extensions") is None


async def test_a_page_from_elsewhere_is_told_why_it_may_not(served):
    """A failed upgrade would show as a bare 1006 in a browser."""
    async with served.connect(origin="http://evil.example") as socket:
        code, reason = await served.closing(socket)

    assert code == 4503
    assert "http://evil.example" in reason


async def test_a_rebound_name_is_refused(served):
    """The page's own name points here: Host and Origin agree, and are foreign."""
    evil = f"evil.example:{served.port}"
    async with served.connect(
        origin=f"http://{evil}", additional_headers={"Host": evil}
    ) as socket:
        code, reason = await served.closing(socket)

    assert code == 4503
    assert reason.startswith("this server is not called")


async def test_a_program_with_a_foreign_host_gets_403(served):
    answer = await ask(
        served,
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    )

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"this server is not called evil.example" in answer


async def test_an_allowed_page_is_served(serve):
    page = "https://example.org"
    async with (
        serve(allow_origins=(page,)) as served,
        served.connect("/?stream=main", origin=page) as socket,
    ):
        assert '"welcome"' in await socket.recv()


async def test_one_connection_too_many_is_closed(serve):
    async with serve(max_connections=1) as served, served.connect() as first:
        async with served.connect() as second:
            code, _ = await served.closing(second)
        assert code == 4510
        await first.send(encode(Hello()), text=True)
        assert '"welcome"' in await first.recv()


async def test_clients_are_told_when_the_server_goes(serve):
    async with serve(retry_ms=123) as served:
        socket = await served.connect("/?stream=main")
        await socket.recv()
    messages = [message async for message in _texts(socket)]

    assert '{"type":"goaway","retry_ms":123}' in messages[-1]
    assert socket.close_code == 1001


async def _texts(socket):
    async for message in socket:
        yield message


async def test_closing_takes_no_longer_than_a_second(serve):
    """Even with a client that neither reads nor answers."""
    async with serve(close_s=0.05) as served:
        _, writer = await asyncio.open_connection(served.host, served.port)
        writer.write(
            f"GET /?stream=main HTTP/1.1\r\nHost: {served.where}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        await served.until(lambda: served.server.clients)
        started = asyncio.get_running_loop().time()
        await served.server.close()
        took = asyncio.get_running_loop().time() - started
        writer.close()
    assert took < 1.0
    assert served.server.clients == 0


async def test_a_client_that_hangs_up_is_forgotten(served):
    """It closes its side without a close frame."""
    reader, writer = await asyncio.open_connection(served.host, served.port)
    writer.write(
        f"GET /?stream=main HTTP/1.1\r\nHost: {served.where}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    await served.until(lambda: served.server.clients)

    writer.write_eof()

    await served.until(lambda: not served.server.clients)
    assert b"101 Switching Protocols" in await reader.read()
    writer.close()
