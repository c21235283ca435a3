"""A server that sends a body in chunks, at the times that a script gives."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from streamer.audio import Format, wav_header

__all__ = ["BREAK", "Step", "WavServer", "paced", "wav_server"]

BREAK = "break"
"""A step: the connection is reset."""

Step = bytes | float | str
"""Bytes are sent as one chunk, a number waits so many seconds, or BREAK."""

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)


class WavServer:
    """
    Plays *script* to each client.

    A pause is counted from when the one before it was over, not from when the
    writing was done, so that the pace holds.

    Attributes:
        sent: For each client, when each of its chunks was written, in seconds
            of ``time.perf_counter``.
    """

    def __init__(self, script: Sequence[Step]) -> None:
        self.script = script
        self.sent: list[list[float]] = []
        self.url = ""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one client."""
        sent: list[float] = []
        self.sent.append(sent)
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HEAD)
            await self._play(writer, sent)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client had enough
        finally:
            writer.close()

    async def _play(self, writer: asyncio.StreamWriter, sent: list[float]) -> None:
        due = time.perf_counter()
        for step in self.script:
            if step == BREAK:
                writer.transport.abort()
                return
            if isinstance(step, bytes):
                sent.append(time.perf_counter())
                writer.write(b"%x\r\n%b\r\n" % (len(step), step))
                await writer.drain()
            else:
                due += float(step)
                await asyncio.sleep(due - time.perf_counter())
        writer.write(b"0\r\n\r\n")
        await writer.drain()


@asynccontextmanager
async def wav_server(script: Sequence[Step]) -> AsyncIterator[WavServer]:
    """Serve *script* on loopback."""
    served = WavServer(script)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    served.url = f"http://{host}:{port}/speech.wav"
    async with server:
        yield served


def paced(
    data: bytes,
    format: Format,
    *,
    speed: float,
    piece: float = 0.02,
    ahead: float = 0.0,
) -> list[Step]:
    """
    Return the script of a WAV stream: its header, then *data* at a pace.

    Args:
        data: Whole frames in *format*.
        format: How they are written.
        speed: Seconds of sound a second.
        piece: Seconds of sound a chunk.
        ahead: Seconds of sound that are sent at once, before the pace begins.
    """
    size_bytes = max(1, round(piece * format.rate)) * format.frame_bytes
    at_once = round(ahead * format.rate) * format.frame_bytes
    script: list[Step] = [wav_header(format, frames=None)]
    if at_once:
        script.append(data[:at_once])
    for start in range(at_once, len(data), size_bytes):
        script += [data[start : start + size_bytes], piece / speed]
    return script
