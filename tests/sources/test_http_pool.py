"""One engine's connections."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing

from streamer.sources import HttpRequest, HttpSource

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nRIFF"


async def test_the_next_request_goes_over_the_same_connection(facilities):
    """A second sentence need not wait for a handshake."""
    connections = 0

    async def talk(reader, writer):
        nonlocal connections
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(ANSWER)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        asked = HttpSource(HttpRequest(f"http://{host}:{port}/"))
        for _ in range(3):
            async with aclosing(asked.stream(facilities)) as chunks:
                assert [chunk async for chunk in chunks] == [b"RIFF"]
        # Closed from our side, so that the server may end.
        await facilities.http.__aexit__(None, None, None)
    assert connections == 1
