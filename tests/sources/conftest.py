"""What an engine lends to a source, and a server that follows a script."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from streamer.engine import Executor, SystemClock
from streamer.sources import Facilities, HttpPool

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Answers each request with the next of *answers*, the last one for ever."""

    answers: list[Answer]
    requests: list[bytes] = field(default_factory=list)
    address: str = ""

    async def handle(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                head += await reader.readexactly(int(line.split(b":")[1]))
        self.requests.append(head)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        try:
            with contextlib.suppress(ConnectionError):
                await answer(writer)
        finally:
            writer.close()


def reply(status: str, body: bytes = b"", **headers: str) -> Answer:
    """A whole answer."""

    async def answer(writer):
        headers.setdefault("Content-Length", str(len(body)))
        lines = [
            f"{name.replace('_', '-')}: {value}" for name, value in headers.items()
        ]
        writer.write("\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode())
        writer.write(body)
        await writer.drain()

    return answer


@pytest.fixture
async def facilities():
    executor = Executor()
    async with HttpPool() as pool:
        yield Facilities(SystemClock(), executor.run, pool)
    await executor.close()


@pytest.fixture
async def serve():
    servers, writers = [], []
    tasks = set()

    async def start(*answers: Answer) -> Server:
        server = Server(list(answers))

        async def handle(reader, writer):
            tasks.add(asyncio.current_task())
            writers.append(writer)
            await server.handle(reader, writer)

        listening = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(listening)
        port = listening.sockets[0].getsockname()[1]
        server.address = f"http://127.0.0.1:{port}"
        return server

    yield start
    for listening in servers:
        listening.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for writer in writers:
        writer.transport.abort()
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
def replies():
    return reply
