"""The viseme server: WebSocket, face, health and control on one port."""

from __future__ import annotations

import asyncio
import errno
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, cast

from aiohttp import web

from streamer.errors import PortInUse, ServerError, UsageError
from streamer.events.access import Access, allowed_hosts, allowed_origins, is_loopback
from streamer.events.connection import Connection, Shared
from streamer.events.feeds import Feeds
from streamer.events.frames import FrameSource, RigLook
from streamer.events.head import RequestHead, parse_head
from streamer.events.hub import Hub
from streamer.events.log import StreamLog
from streamer.events.options import ServerOptions
from streamer.events.session import Refusal
from streamer.events.web import Control, load_pages, make_app
from streamer.events.websocket import frame_text
from streamer.lipsync.visemes import OCULUS
from streamer.timing.clock import Clock

__all__ = ["EventServer"]


class _Doorway(asyncio.Protocol):
    """
    Reads a request's head, then hands the connection to who answers it.

    Args:
        choose: Returns the protocol for a head.
        doorways: Those that are still reading; this one keeps itself in it.
        head_s: How long the head may take, in seconds.
    """

    def __init__(
        self,
        choose: Callable[[RequestHead], asyncio.Protocol],
        doorways: set[_Doorway],
        head_s: float,
    ) -> None:
        self._choose = choose
        self._doorways = doorways
        self._head_s = head_s
        self._received = b""
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._doorways.add(self)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._head_s, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            head = parse_head(self._received)
        except ValueError as error:
            self._refuse(str(error))
            return
        if head is not None:
            self._leave()
            protocol = self._choose(head)
            self._transport.set_protocol(protocol)
            protocol.connection_made(self._transport)
            protocol.data_received(self._received)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._leave()

    def abort(self) -> None:
        """Drop the connection."""
        self._transport.abort()

    def _leave(self) -> None:
        self._timer.cancel()
        self._doorways.discard(self)

    def _refuse(self, sentence: str) -> None:
        body = json.dumps({"error": sentence}).encode()
        self._transport.write(
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        self._transport.close()


class EventServer:
    """
    Publishes streams to clients near and far.

    Nothing is opened before ``async with`` or :meth:`start`.

    Args:
        streams: The streams by name; may grow and shrink while it serves.
        host: Where to listen; other than a loopback address only with
            ``options.public``.
        port: Which port; 0 takes a free one, see :attr:`address`.
        clock: The clock that the streams' times are measured by.
        control: What speaks on request; None answers 503.
        options: Limits, names and origins.
        names: The shapes of each viseme set, the neutral one first.
        frames: Knows the weights that clients may ask for; None: a client
            that asks is told that there are none.
        rigs: What it gives weights for, by name; None for
            :data:`streamer.lipsync.rigs.RIGS`.
    """

    def __init__(
        self,
        streams: Mapping[str, StreamLog],
        *,
        clock: Clock,
        host: str = "127.0.0.1",
        port: int = 8765,
        control: Control | None = None,
        options: ServerOptions | None = None,
        names: Mapping[str, Sequence[str]] | None = None,
        frames: FrameSource | None = None,
        rigs: Mapping[str, RigLook] | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._control = control
        self._options = options or ServerOptions()
        hub = Hub(frame_text)
        feeds = None
        if frames is not None:
            feeds = Feeds(hub, frames, rigs=rigs, frame=frame_text, clock=clock)
        self._shared = Shared(
            streams=streams,
            names=names or {OCULUS.name: OCULUS.names},
            clock=clock,
            options=self._options,
            hub=hub,
            clock_id=secrets.token_urlsafe(9),
            feeds=feeds,
        )
        self._doorways: set[_Doorway] = set()
        self._server: asyncio.Server | None = None
        self._runner: web.AppRunner | None = None
        self._access: Access | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: host and port."""
        return self._host, self._port

    @property
    def clients(self) -> int:
        """How many event streams are open."""
        return len(self._shared.connections)

    async def start(self) -> None:
        """
        Listen.

        Raises:
            UsageError: If other machines could reach it and that was not asked
                for, or one of ``allow_hosts`` is no host, or of ``allow_origins``
                no origin.
            PortInUse: If another program listens there.
            ServerError: If it cannot listen there for another reason.
        """
        options = self._options
        if not options.public and not is_loopback(self._host):
            raise UsageError(
                f"other machines could reach the server at {self._host}; "
                f"{options.advice.public}"
            )
        allowed_hosts(options.allow_hosts)  # what is wrong is told before it listens
        allowed_origins(options.allow_origins)
        loop = asyncio.get_running_loop()
        pages = await asyncio.to_thread(load_pages)
        try:
            self._server = await loop.create_server(
                self._doorway, self._host, self._port, start_serving=False
            )
        except OSError as error:
            raise _listen_error(self._host, self._port, error) from error
        self._port = self._server.sockets[0].getsockname()[1]
        self._access = Access(self._host, self._port, options)
        app = make_app(self._shared, self._access, self._control, pages)
        self._runner = web.AppRunner(
            app, handle_signals=False, access_log=None, shutdown_timeout=0.2
        )
        await self._runner.setup()
        await self._server.start_serving()

    async def close(self) -> None:
        """Say goodbye to all clients and stop listening; takes at most 1 s."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for doorway in tuple(self._doorways):
            doorway.abort()
        for connection in tuple(self._shared.connections):
            connection.goaway()
        if self._runner is not None:
            await self._runner.cleanup()
        # A connection drops its socket by itself after options.close_s.
        for connection in tuple(self._shared.connections):
            await connection.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _doorway(self) -> asyncio.Protocol:
        return _Doorway(self._choose, self._doorways, self._options.head_s)

    def _choose(self, head: RequestHead) -> asyncio.Protocol:
        """Return who answers: a connection, or aiohttp."""
        assert self._access is not None, "listening before start"
        assert self._runner is not None, "listening before start"
        assert self._runner.server is not None, "listening before start"
        origins = head.headers.get("origin", [])
        refused = self._access.refusal(head.headers.get("host", []), origins)
        # A browser shows only 1006 for a failed upgrade: it is let in to be told.
        if not head.upgrades or (refused is not None and not origins):
            return self._runner.server()
        refusal = None if refused is None else Refusal(4503, refused)
        if len(self._shared.connections) >= self._options.max_connections:
            refusal = refusal or Refusal(4510, "too many connections")
        return Connection(self._shared, head.query, refusal)


def _listen_error(host: str, port: int, error: OSError) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(host, port)
    return ServerError(f"cannot listen at {host}:{port}: {error.strerror or error}")
