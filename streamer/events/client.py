"""The Python client: follows streams, keeps the server's clock, comes back."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from socket import gaierror
from types import TracebackType
from typing import Literal, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidURI,
)
from websockets.typing import Subprotocol

from streamer.errors import ConnectFailed, ServerRefused, UsageError
from streamer.events.codec import decode_server, encode
from streamer.events.follow import Follower, Hole
from streamer.events.messages import (
    SUBPROTOCOL,
    Cues,
    Frames,
    FramesWanted,
    Goaway,
    Hello,
    ServerMessage,
    Time,
    TimeAnswer,
    Welcome,
)
from streamer.events.placing import FramePlacer, Weights
from streamer.timing.clock import Clock, to_us
from streamer.timing.clock_filter import ClockFilter

__all__ = ["ClientOptions", "EventClient"]


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """What a client asks for."""

    streams: tuple[str, ...] = ("main",)
    """Names of the streams to follow."""
    visemes: str = "oculus"
    """The viseme set."""
    mode: Literal["ahead", "live"] = "ahead"
    """``ahead`` with media times and anchors, ``live`` just in time."""
    lead_ms: float = 0
    """Live mode: how long before it is due a viseme is sent."""
    rig: str | None = None
    """The rig whose weights are wanted beside the cues; None: no weights."""
    fps: int = 60
    """How many frames of weights a second of media, 1 to 120."""
    token: str | None = field(default=None, repr=False)
    """What lets it in, where the server asks for one."""
    reconnect: bool = True
    """Whether to come back after a connection was lost."""
    first_retry_s: float = 0.25
    """How long to wait before coming back; doubled up to :attr:`last_retry_s`."""
    last_retry_s: float = 5.0
    """The longest wait, in seconds."""


class EventClient:
    """
    Follows streams of a server; iterate it for what is new.

    ``async with`` connects and waits for the welcome. Messages that were seen
    are dropped, answers to probes are kept for the clock. When the connection
    is lost the client comes back and resumes where it was; then a second
    :class:`Welcome` is among the messages. Where it may not come back, the
    iteration raises :class:`ServerRefused`; after :meth:`close` it ends.

    With a rig among the options, :meth:`weights` says what an avatar shows at
    any time, from the frames that were iterated over.

    Raises:
        ConnectFailed: On entry, if nothing answers at *url*.
        ServerRefused: If the server turns it away for good (codes 45xx).

    Args:
        url: ``ws://host:port`` or ``wss://…``.
        clock: The local clock; what :attr:`offset` is measured from.
        options: What to ask for.
    """

    FAST_S = 0.05
    """Between probes at first. Source: wire protocol, rule 4."""
    FAST_PROBES = 40
    """Probes of the first 2 s."""
    SLOW_S = 2.0
    """Between groups of :data:`SLOW_PROBES` probes, after that."""
    SLOW_PROBES = 4

    def __init__(
        self, url: str, *, clock: Clock, options: ClientOptions | None = None
    ) -> None:
        self.url = url
        self.clocks = ClockFilter()
        self._clock = clock
        self._options = options or ClientOptions()
        self._follower = Follower(numbered=self._options.mode == "ahead")
        self._placer = FramePlacer()
        self._socket: ClientConnection | None = None
        self._prober: asyncio.Task[None] | None = None
        self._retry_s = self._options.first_retry_s
        self._goaway_s: float | None = None
        self._pending: deque[ServerMessage] = deque()

    @property
    def welcome(self) -> Welcome | None:
        """What the server last greeted with."""
        return self._follower.welcome

    @property
    def offset(self) -> float:
        """Server's clock minus ours, µs; 0 before the first probe's answer."""
        return self.clocks.offset

    @property
    def bound(self) -> float:
        """How wrong :attr:`offset` may be, µs; infinite before the first answer."""
        return self.clocks.bound

    @property
    def now(self) -> float:
        """The server's time, µs."""
        return to_us(self._clock.time()) + self.offset

    def weights(
        self, stream: str = "main", *, at: float | None = None
    ) -> Weights | None:
        """
        Return what an avatar shows, one weight for each of the rig's channels.

        Their names are in ``welcome.frames``. The weights go smoothly from
        one frame to the next and to rest where nothing is heard.

        Args:
            stream: Whose mouth.
            at: When, µs of the server's clock, not before the last time asked
                for; None: now.

        Returns:
            None if no frames come: none were asked for, or there are none.
        """
        return self._placer.weights(stream, self.now if at is None else at)

    def due(self, message: Cues | Frames) -> float | None:
        """
        Return when the first of *message* is due, µs of the server's clock.

        None if it has no cue, or its utterance no anchor that moves.
        """
        anchor = self._follower.anchors.get((message.stream, message.utterance))
        if anchor is None:
            return None
        if isinstance(message, Frames):
            return anchor.due(message.t)
        return anchor.due(message.cues[0].t) if message.cues else None

    def lead_of(self, message: Cues | Frames) -> float | None:
        """Return how long before it is due *message* came, µs, if asked at once."""
        due = self.due(message)
        return None if due is None else due - self.now

    async def close(self) -> None:
        """Leave; an iteration under way ends."""
        await self._stop_probing()
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[ServerMessage]:
        while self._socket is not None:
            try:
                async for message in self._messages(self._socket):
                    yield message
            except ConnectionClosed as closed:
                if self._socket is not None:
                    await self._come_back(closed)

    async def _messages(self, socket: ClientConnection) -> AsyncIterator[ServerMessage]:
        """Yield what is new on one connection until it is lost."""
        while True:
            if not self._pending:
                self._pending.extend(self._decode(await socket.recv()))
                continue
            # One by one: who leaves the iteration finds the rest later.
            message = self._pending.popleft()
            try:
                news = self._receive(message)
            except Hole as hole:
                self._pending.clear()
                await socket.close(4009, str(hole))
                continue
            if news:
                yield message

    def _receive(self, message: ServerMessage) -> bool:
        """Take a message and say whether it is one for the caller."""
        if isinstance(message, TimeAnswer):
            t4 = to_us(self._clock.time())
            self.clocks.add(t1=message.t1, t2=message.t2, t3=message.t3, t4=t4)
            return False
        if isinstance(message, Goaway):
            self._goaway_s = message.retry_ms / 1000
        if isinstance(message, Welcome):
            known = self._follower.welcome
            if known is not None and known.clock != message.clock:
                self.clocks.clear()
        news = self._follower.receive(message)
        if news:
            self._placer.receive(message)
        return news

    def _decode(self, data: str | bytes) -> list[ServerMessage]:
        try:
            return decode_server(data)
        except ValueError as error:
            raise ServerRefused(
                self.url, 1002, f"not a message of {SUBPROTOCOL}: {error}"
            ) from error

    # Coming and going.

    async def _connect(self) -> None:
        """Connect, say hello and wait for the first messages."""
        try:
            socket = await connect(
                self.url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                max_size=16 * 2**20,
                proxy=None,
                close_timeout=1,
            )
        except InvalidURI as error:
            raise UsageError(f"{self.url} is no WebSocket address: {error}") from error
        except (OSError, InvalidHandshake, TimeoutError) as error:
            raise ConnectFailed(self.url, _reason(error)) from error
        try:
            await socket.send(encode(self._hello()), text=True)
            self._pending = deque(self._decode(await socket.recv()))
        except ConnectionClosed as closed:
            raise self._refused(closed) from closed
        except BaseException:
            await socket.close()
            raise
        self._socket = socket
        self._retry_s = self._options.first_retry_s
        self._prober = asyncio.create_task(self._probe(socket), name="clock probes")

    def _hello(self) -> Hello:
        options = self._options
        frames = None
        if options.rig is not None:
            frames = FramesWanted(rig=options.rig, fps=options.fps)
        return Hello(
            streams=list(options.streams),
            visemes=options.visemes,
            mode=options.mode,
            lead_ms=options.lead_ms,
            token=options.token,
            resume=self._follower.positions,
            frames=frames,
            client={"name": "streamer"},
        )

    def _refused(self, closed: ConnectionClosed) -> ServerRefused:
        code = 1006 if closed.rcvd is None else closed.rcvd.code
        reason = "" if closed.rcvd is None else closed.rcvd.reason
        return ServerRefused(self.url, code, reason)

    async def _come_back(self, closed: ConnectionClosed) -> None:
        """Reconnect after a while, again and again; raise where that is futile."""
        await self._stop_probing()
        refused = self._refused(closed)
        while True:
            if refused.code // 100 == 45 or not self._options.reconnect:
                raise refused
            await self._pause()
            if self._socket is None:
                return
            try:
                await self._connect()
                return
            except ConnectFailed:
                continue
            except ServerRefused as again:
                refused = again

    async def _pause(self) -> None:
        wait, self._goaway_s = self._goaway_s, None
        if wait is None:
            wait = self._retry_s * random.uniform(0.75, 1.25)  # noqa: S311  (not a secret)
            self._retry_s = min(self._retry_s * 2, self._options.last_retry_s)
        await asyncio.sleep(wait)

    async def _stop_probing(self) -> None:
        prober, self._prober = self._prober, None
        if prober is not None:
            prober.cancel()
            await asyncio.wait([prober])

    async def _probe(self, socket: ClientConnection) -> None:
        """Ask for the time, often at first, until the connection is lost."""
        try:
            for _ in range(self.FAST_PROBES):
                await self._ask(socket)
                await asyncio.sleep(self.FAST_S)
            while True:
                for _ in range(self.SLOW_PROBES):
                    await self._ask(socket)
                await asyncio.sleep(self.SLOW_S)
        except ConnectionClosed:
            return

    async def _ask(self, socket: ClientConnection) -> None:
        await socket.send(encode(Time(t1=to_us(self._clock.time()))), text=True)


def _reason(error: Exception) -> str:
    """Why there is no connection, as a phrase."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, gaierror):
        return "the host's name is not known"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error) or "no answer"
