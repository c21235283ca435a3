"""A viseme server that says exactly what a test tells it to, faults included."""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from streamer.lipsync.visemes import OCULUS

__all__ = ["NAMES", "FaceServer", "cue", "now_us"]

NAMES = list(OCULUS.names)
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; "
    "img-src 'self' data:; style-src 'self'"
)


def now_us() -> int:
    """Return the server's clock in µs."""
    return round(time.perf_counter() * 1e6)


def cue(t_ms: float, d_ms: float, viseme: str, weight: float = 1.0) -> dict[str, Any]:
    """Return a cue as the wire has it, from milliseconds of media time."""
    times = {"t": round(t_ms * 1000), "d": round(d_ms * 1000)}
    return {**times, "v": viseme, "p": [], "w": weight}


class FaceServer:
    """
    Serves the face's files and plays the server's side of ``streamer.v1``.

    It answers probes and sends `welcome` and an empty `state` (or `recovered`, if
    *answer_resume* returns messages); all else is said with :meth:`say` and
    :meth:`send`.

    Attributes:
        hellos: Every `hello` received, oldest first.
        closes: Close codes that clients sent, oldest first.
        frames: What `welcome` says of the frames of weights that come.
        told: Other messages received (`stats`, `bye`), oldest first.
        seq: Number of the last message said; also of the stream in `welcome`.
    """

    def __init__(self, *, refuse: tuple[int, str] | None = None) -> None:
        self.refuse = refuse
        self.epoch = "e1"
        self.clock = "c1"
        self.seq = 0
        self.skew_us = 0
        self.frames: dict[str, Any] | None = None
        self.state: list[dict[str, Any]] = []
        self.missing: list[dict[str, Any]] = []
        self.hellos: list[dict[str, Any]] = []
        self.closes: list[int] = []
        self.told: list[dict[str, Any]] = []
        self.greeted = asyncio.Event()
        self.connection: ServerConnection | None = None
        self._server: Server | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self.port}/"

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await serve(
            self._talk,
            "127.0.0.1",
            self.port,
            process_request=_serve_file,
            subprotocols=["streamer.v1.json"],  # type: ignore[list-item]
            compression=None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self, code: int = 1001) -> None:
        """Close every connection and stop listening."""
        assert self._server is not None
        self.greeted.clear()
        self._server.close(code=code)
        await self._server.wait_closed()

    async def wait_hello(self) -> None:
        """Return once a client has said hello and was welcomed."""
        async with asyncio.timeout(10):
            await self.greeted.wait()

    async def send(self, *messages: dict[str, Any]) -> None:
        """Send *messages* as they are, in one frame."""
        assert self.connection is not None
        await self.connection.send(json.dumps(list(messages)))

    async def say(self, kind: str, utterance: str = "u1", **fields: Any) -> None:
        """Send the next numbered message of the stream."""
        await self.send(self.number(kind, utterance, **fields))

    def number(self, kind: str, utterance: str = "u1", **fields: Any) -> dict[str, Any]:
        """Make the next numbered message without sending it."""
        self.seq += 1
        head = {"type": kind, "stream": "main", "seq": self.seq}
        return {**head, "utterance": utterance, **fields}

    async def speak(
        self, *cues: dict[str, Any], utterance: str = "u1", ahead_ms: float = 150
    ) -> int:
        """Start an utterance with these cues; return when it begins (µs)."""
        at = now_us() + round(ahead_ms * 1000)
        until = cues[-1]["t"] + cues[-1]["d"]
        about = {"turn": None, "text": None, "timing": "phonemes", "duration": None}
        anchor = {"media": 0, "at": at, "rate": 1.0}
        await self.send(
            self.number("start", utterance, **about),
            self.number("cues", utterance, until=until, cues=list(cues)),
            self.number(
                "anchor", utterance, **anchor, quality="measured", latency=10_000
            ),
        )
        return at

    async def _talk(self, connection: ServerConnection) -> None:
        if self.refuse is not None:
            await connection.close(*self.refuse)
            return
        try:
            async for data in connection:
                await self._hear(connection, json.loads(data))
        except ConnectionClosed:
            pass
        if connection.close_code is not None:
            self.closes.append(connection.close_code)

    async def _hear(self, connection: ServerConnection, said: dict[str, Any]) -> None:
        if said["type"] == "time":
            t2 = now_us() + self.skew_us
            answer = {"type": "time", "t1": said["t1"], "t2": t2, "t3": t2}
            await connection.send(json.dumps(answer))
        elif said["type"] == "hello":
            self.hellos.append(said)
            self.connection = connection
            await connection.send(json.dumps(self._greeting(said)))
            self.greeted.set()
        else:
            self.told.append(said)

    def _greeting(self, hello: dict[str, Any]) -> list[dict[str, Any]]:
        streams = {"main": {"epoch": self.epoch, "seq": self.seq}}
        welcome = {
            "type": "welcome",
            "session": "s1",
            "clock": self.clock,
            "streams": streams,
            "visemes": "oculus",
            "names": NAMES,
            "heartbeat_ms": 2500,
            "frames": self.frames,
        }
        resume = hello.get("resume", {}).get("main", {})
        if resume.get("epoch") == self.epoch:
            first = resume["seq"] + 1
            span = {"ok": True, "from": first, "to": self.seq}
            missing = [m for m in self.missing if m["seq"] >= first]
            return [
                welcome,
                {"type": "recovered", "stream": "main", **span},
                *missing,
            ]
        state = {"epoch": self.epoch, "seq": self.seq, "utterances": self.state}
        return [welcome, {"type": "state", "stream": "main", **state}]


def _serve_file(_connection: ServerConnection, request: Request) -> Response | None:
    if request.headers.get("Upgrade"):
        return None
    name = request.path.split("?")[0].lstrip("/") or "index.html"
    file = files("streamer.events") / "face" / name
    if "/" in name or not file.is_file():
        return Response(HTTPStatus.NOT_FOUND, "Not Found", Headers(), b"")
    body = file.read_bytes()
    headers = Headers(
        {
            "Content-Type": TYPES[name.rsplit(".", 1)[1]],
            "Content-Length": str(len(body)),
            "Content-Security-Policy": POLICY,
            "Connection": "close",
        }
    )
    return Response(HTTPStatus.OK, "OK", headers, body)
