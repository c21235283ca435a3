from __future__ import annotations

import asyncio
import json
import socket
import struct
from contextlib import aclosing

import pytest

from streamer.errors import (
    ConnectFailed,
    ContentError,
    SourceLost,
    SourceTimeout,
    StatusError,
    UsageError,
)
from streamer.sources import HttpOptions, HttpRequest, HttpSource

QUICK = HttpOptions(connect_timeout=2, read_timeout=2, retries=2, backoff=0.001)
KEY = "s3cr3t-key-0123456789"
WAVE = b"RIFF" + bytes(range(200))


def source(url: str, options: HttpOptions = QUICK, **request) -> HttpSource:
    return HttpSource(HttpRequest(url, **request), options)


async def collect(asked: HttpSource, facilities) -> bytes:
    body = b""
    async with aclosing(asked.stream(facilities)) as chunks:
        async for chunk in chunks:
            assert chunk
            body += chunk
    return body


async def failure(asked: HttpSource, facilities, kind: type[Exception]) -> Exception:
    with pytest.raises(kind) as caught:
        await collect(asked, facilities)
    return caught.value


async def test_the_body_comes_as_it_was_sent(serve, replies, facilities):
    server = await serve(replies("200 OK", WAVE, Content_Type="audio/wav"))
    assert await collect(source(server.address + "/x"), facilities) == WAVE
    (request,) = server.requests
    assert request.startswith(b"GET /x HTTP/1.1")
    assert b"Accept-Encoding: identity" in request


async def test_chunks_are_handed_on_before_the_end(serve, facilities):
    go_on = asyncio.Event()

    async def answer(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"3\r\none\r\n")
        await writer.drain()
        await go_on.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    server = await serve(answer)
    async with aclosing(source(server.address).stream(facilities)) as chunks:
        assert await anext(chunks) == b"one"
        go_on.set()
        assert await anext(chunks) == b"two"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [({}, b"application/json"), ({"content-type": "text/plain"}, b"text/plain")],
)
async def test_a_body_is_json_unless_it_is_said_otherwise(
    serve, replies, facilities, headers, kind
):
    server = await serve(replies("200 OK", WAVE))
    asked = source(server.address, method="POST", headers=headers, body=b'{"a": 1}')
    await collect(asked, facilities)
    (request,) = server.requests
    assert request.lower().count(b"content-type: ") == 1
    assert kind in request
    assert request.endswith(b'{"a": 1}')


async def test_a_refused_connection_is_tried_again_and_told(facilities):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = await failure(
        source(f"http://127.0.0.1:{port}/speak"), facilities, ConnectFailed
    )
    assert str(error) == (
        f"cannot connect to http://127.0.0.1:{port}/speak: connection refused; "
        "check the address and that the server runs"
    )


async def test_a_name_nobody_knows_is_told(facilities, monkeypatch):
    async def unknown(*args, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    error = await failure(source("http://nobody.invalid/"), facilities, ConnectFailed)
    assert "the host's name is not known" in str(error)


async def test_a_name_server_that_hangs_is_not_waited_for(facilities, monkeypatch):
    async def hang(*args, **options):
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", hang)
    options = HttpOptions(connect_timeout=0.02, retries=0)
    asked = source("http://nobody.invalid/", options)
    error = await failure(asked, facilities, ConnectFailed)
    assert "no answer within 0.02 s" in str(error)


@pytest.mark.parametrize(
    "url", ["speech.wav", "ftp://host/x", "http://", "http://a:b/"]
)
async def test_what_is_no_address_is_wrong_usage(facilities, url):
    await failure(source(url), facilities, UsageError)


@pytest.mark.parametrize("status", ["429 Too Many", "500 Oops", "503 Busy"])
async def test_a_busy_server_is_asked_again(serve, replies, facilities, status):
    busy = replies(status, b"", Retry_After="0")
    server = await serve(busy, replies(status), replies("200 OK", WAVE))
    assert await collect(source(server.address), facilities) == WAVE
    assert len(server.requests) == 3


async def test_a_server_that_stays_busy_is_given_up(serve, replies, facilities):
    server = await serve(replies("500 Oops", b'{"message": "no voice"}'))
    error = await failure(source(server.address), facilities, StatusError)
    assert len(server.requests) == 3
    assert (error.status, error.message) == (500, "no voice")
    assert str(error).endswith("answered 500 (no voice); try again later")


async def test_a_server_that_asks_for_too_long_a_wait_is_not_asked(
    serve, replies, facilities
):
    server = await serve(replies("429 Slow down", Retry_After="60"))
    error = await failure(source(server.address), facilities, StatusError)
    assert len(server.requests) == 1
    assert error.retry_after == 60
    assert "after 60 s" in str(error)


async def test_a_date_to_wait_for_is_no_number(serve, replies, facilities):
    header = "Wed, 21 Oct 2015 07:28:00 GMT"
    server = await serve(replies("429 Slow down", Retry_After=header))
    error = await failure(source(server.address), facilities, StatusError)
    assert error.retry_after is None
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 405])
async def test_a_refusal_is_not_asked_again(serve, replies, facilities, status):
    server = await serve(replies(f"{status} No"))
    error = await failure(source(server.address), facilities, StatusError)
    assert (error.status, error.message) == (status, "No")
    assert len(server.requests) == 1


async def test_a_server_that_hangs_up_is_asked_again(serve, replies, facilities):
    async def hang_up(writer):
        pass

    server = await serve(hang_up, replies("200 OK", WAVE))
    assert await collect(source(server.address), facilities) == WAVE

    server = await serve(hang_up)
    error = await failure(source(server.address), facilities, ConnectFailed)
    assert "without an answer" in str(error)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("application/json", b'{"error": "quota is used up"}', "quota is used up"),
        ("application/problem+json", b'{"detail": "odd"}', "odd"),
        ("text/html", b"<h1>Hello</h1>", "text/html"),
        ("text/plain", b"", "text/plain; nothing"),
        ("application/json", b'["a",  1]', '["a", 1]'),
    ],
)
async def test_a_body_that_is_no_audio_is_never_sound(
    serve, replies, facilities, kind, body, said
):
    server = await serve(replies("200 OK", body, Content_Type=kind))
    error = await failure(source(server.address), facilities, ContentError)
    assert said.removesuffix("; nothing") in str(error)


async def test_no_content_is_said(serve, replies, facilities):
    server = await serve(replies("204 No Content"))
    error = await failure(source(server.address), facilities, ContentError)
    assert "empty (204)" in str(error)


async def test_an_empty_body_is_no_chunk(serve, replies, facilities):
    server = await serve(replies("200 OK", b"", Content_Type="audio/wav"))
    assert await collect(source(server.address), facilities) == b""


async def begin(writer, length: int = 1_000) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode()
    writer.write(head + b"begun")
    await writer.drain()


async def test_a_body_that_is_cut_is_lost_and_never_asked_for_twice(serve, facilities):
    server = await serve(begin)
    error = await failure(source(server.address), facilities, SourceLost)
    assert "broke off: the server closed the connection before the end" in str(error)
    assert len(server.requests) == 1


async def test_a_connection_that_is_reset_is_lost(serve, facilities):
    async def reset(writer):
        await begin(writer)
        linger = struct.pack("ii", 1, 0)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    server = await serve(reset)
    error = await failure(source(server.address), facilities, SourceLost)
    assert "broke off" in str(error)


@pytest.mark.parametrize("begun", [False, True])
async def test_a_stall_is_not_waited_for(serve, facilities, begun):
    async def stall(writer):
        if begun:
            await begin(writer)
        await asyncio.get_running_loop().create_future()

    server = await serve(stall)
    options = HttpOptions(read_timeout=0.03, backoff=0.001)
    error = await failure(source(server.address, options), facilities, SourceTimeout)
    assert "nothing arrived for 0.03 s" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["401 No", "200 OK"])
async def test_no_secret_is_ever_repeated(serve, replies, facilities, status, caplog):
    """Not even where the server says it back."""
    body = json.dumps(
        {"message": f"key {KEY} of user:{KEY}-pw is bad, and so is tok-{KEY}"}
    ).encode()
    server = await serve(replies(status, body, Content_Type="application/json"))
    host = server.address.removeprefix("http://")
    asked = source(
        f"http://user:{KEY}-pw@{host}/a/b?token=tok-{KEY}#f-{KEY}",
        headers={"X-Access-Token": KEY},
    )
    error = await failure(asked, facilities, (StatusError, ContentError))

    assert f"http://{host}/a/b" in str(error)
    for shown in (str(error), repr(error), repr(asked), repr(asked.request)):
        assert KEY not in shown
        assert "user" not in shown.replace("user:", "", 0) or "***" in shown
    assert KEY not in caplog.text
    assert asked.name == f"http://{host}/a/b"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("user:pw@host/path?x=1", "host/path"),
        ("HTTPS://user@host:8443/@me?x", "HTTPS://host:8443/@me"),
        ("http://host#key", "http://host"),
        ("", ""),
    ],
)
def test_a_name_has_no_user_and_no_query(url, name):
    assert source(url).name == name


async def test_an_answer_that_is_not_http_is_told_without_the_address(
    serve, facilities
):
    async def babble(writer):
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    server = await serve(babble)
    asked = source(f"{server.address}/?token={KEY}")
    error = await failure(asked, facilities, ConnectFailed)
    assert "the answer is not HTTP" in str(error)
    assert KEY not in str(error)


@pytest.mark.parametrize(
    ("target", "said"),
    [("/again?token=" + KEY, "again and again"), ("ftp://h/" + KEY, "not an HTTP")],
)
async def test_a_redirect_that_leads_nowhere_is_told(
    serve, replies, facilities, target, said
):
    server = await serve(replies("302 Found", Location=target, Connection="close"))
    options = HttpOptions(retries=0)
    with pytest.raises((ConnectFailed, UsageError)) as caught:
        await collect(source(server.address, options), facilities)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)


async def test_keys_are_not_carried_to_another_address(serve, replies, facilities):
    other = await serve(replies("200 OK", WAVE))
    away = replies("302 Found", Location=other.address)
    server = await serve(away)
    asked = source(server.address, headers={"x-access-token": KEY})
    error = await failure(asked, facilities, StatusError)
    assert error.status == 302
    assert other.requests == []
    assert await collect(source(server.address), facilities) == WAVE


async def test_an_error_that_drips_is_not_waited_for(serve, facilities, monkeypatch):
    monkeypatch.setattr("streamer.sources.http.MESSAGE_SECONDS", 0.02)

    async def drip(writer):
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 1000\r\n\r\npart")
        await asyncio.get_running_loop().create_future()

    server = await serve(drip)
    error = await failure(source(server.address), facilities, StatusError)
    assert error.message == "part"


async def test_a_listener_who_leaves_closes_the_connection(serve, facilities):
    left = asyncio.Event()

    async def watched(writer):
        await begin(writer, 10**9)
        try:
            while True:
                writer.write(bytes(65_536))
                await writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            left.set()

    server = await serve(watched)
    chunks = source(server.address).stream(facilities)
    await anext(chunks)
    await chunks.aclose()
    await asyncio.wait_for(left.wait(), 2)


async def test_a_listener_who_does_not_listen_stops_the_sender(serve, facilities):
    sent = 0

    async def flood(writer):
        nonlocal sent
        await begin(writer, 10**9)
        writer.transport.set_write_buffer_limits(0)
        while True:
            writer.write(bytes(65_536))
            await writer.drain()
            sent += 65_536

    server = await serve(flood)
    async with aclosing(source(server.address).stream(facilities)) as chunks:
        await anext(chunks)
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.03)
        assert sent < 16 * 2**20
