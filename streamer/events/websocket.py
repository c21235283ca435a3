"""
A WebSocket on the server's side: websockets' I/O-free core on a transport.

Its asyncio server waits in tasks and frames each message for each client.
Here nothing waits, a frame may be made once and written to many, and it is
known when a transport's buffer is empty.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Sequence
from typing import cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from streamer.events.codec import join
from streamer.events.messages import SUBPROTOCOL

__all__ = ["WebSocket", "frame_text"]

_MAX_REASON_BYTES = 123
"""What a close frame can hold. Source: RFC 6455, 5.5."""
_SLICE_BYTES = 4096
"""What is parsed before the frames in it are looked at: 700 of them at the most."""


def frame_text(text: bytes) -> bytes:
    """Return *text*, UTF-8, as one frame; a server's are not masked."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def _select(
    _protocol: ServerProtocol, offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    ours = Subprotocol(SUBPROTOCOL)
    return ours if ours in offered else None


def _clip(reason: str) -> str:
    """Return as much of *reason* as a close frame can hold."""
    encoded = reason.encode("utf-8", "replace")
    return encoded[:_MAX_REASON_BYTES].decode("utf-8", "ignore")


class _Protocol(ServerProtocol):
    """
    Closes with the code of ``streamer.v1`` where a message is too long.

    A pong isn't sent, but kept until somebody takes it, the latest one only:
    "if an endpoint receives a Ping frame and has not yet sent Pong frame(s) in
    response to previous Ping frame(s), the endpoint MAY elect to send a Pong
    frame for only the most recently processed Ping frame" (RFC 6455, 5.5.3).
    """

    pong: Frame | None = None

    def send_frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self.pong = frame
        else:
            super().send_frame(frame)

    def take_pong(self) -> Frame | None:
        pong, self.pong = self.pong, None
        return pong

    def fail(self, code: CloseCode | int, reason: str = "") -> None:
        if code == CloseCode.MESSAGE_TOO_BIG:
            code, reason = 4500, "bad message: too long"
        super().fail(code, reason)


class WebSocket(asyncio.Protocol):
    """
    Base of a connection: calls the ``on_…`` methods, all from the loop.

    :meth:`on_closed` is called once for each socket on which :meth:`on_open`
    was.

    Args:
        message_bytes: The longest message that is taken.
        send_bytes: The kernel's send buffer (``SO_SNDBUF``): what a stopped
            client swallows before anybody sees it. Where the transport holds
            more than this besides, pings are not answered.
        close_s: How long the client may take to close, in seconds.
    """

    def __init__(self, *, message_bytes: int, send_bytes: int, close_s: float) -> None:
        self.closing = False
        """Whether a close was begun, by either side."""
        self.writable = True
        """Whether the transport's buffer is empty."""
        self._protocol = _Protocol(max_size=message_bytes, select_subprotocol=_select)
        self._send_bytes = send_bytes
        self._close_s = close_s
        self._message = bytearray()
        self._ping = b""
        self._opened = False
        self._gone = asyncio.Event()
        self._transport: asyncio.Transport
        self._dropper: asyncio.TimerHandle | None = None

    # For the connection.

    def on_open(self) -> None:
        """The client was let in; :meth:`close` may be called."""

    def on_frame(self) -> None:
        """A frame came, of any kind; it is taken next."""

    def on_message(self, data: bytes) -> None:
        """A whole text message came; it may not be UTF-8."""

    def on_bad_message(self, reason: str) -> None:
        """Something came that isn't text."""

    def on_pong(self) -> None:
        """The client answered the latest ping."""

    def on_writable(self) -> None:
        """The transport's buffer is empty again."""

    def on_closing(self) -> None:
        """Nothing can be sent any more."""

    def on_closed(self) -> None:
        """The socket is gone."""

    @property
    def buffered_bytes(self) -> int:
        """What the transport has not given to the kernel."""
        return self._transport.get_write_buffer_size()

    def send_text(self, *messages: bytes) -> None:
        """Write messages as one frame."""
        self.send_frame(frame_text(join(messages)))

    def send_frame(self, frame: bytes) -> None:
        """Write a frame; it is dropped if the socket is closing."""
        if not self.closing:
            self._transport.write(frame)

    def send_ping(self) -> None:
        """Ping the client; only a pong with the same bytes answers it."""
        self._ping = secrets.token_bytes(8)
        self._protocol.send_ping(self._ping)
        self._flush()

    def close(self, code: int, reason: str) -> None:
        """Begin to close; the socket is dropped if the client doesn't answer."""
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, _clip(reason))
            self._flush()

    def turn_out(self, code: int, reason: str) -> None:
        """Close, and look at nothing more that comes."""
        self._protocol.fail(code, _clip(reason))
        self._flush()

    def abort(self) -> None:
        """Drop the socket at once."""
        self._transport.abort()

    async def wait_closed(self) -> None:
        """Return once the socket is gone."""
        await self._gone.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over a transport; the request is still to come."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_bytes)

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client."""
        for start in range(0, len(data), _SLICE_BYTES):
            self._protocol.receive_data(data[start : start + _SLICE_BYTES])
            for event in self._protocol.events_received():
                if isinstance(event, Request):
                    self._accept(event)
                else:
                    self._take(cast("Frame", event))
            self._flush()
        self._answer_ping()

    def eof_received(self) -> None:
        """The client sends nothing more."""
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Forget the transport."""
        self._begin_closing()
        if self._dropper is not None:
            self._dropper.cancel()
        self._gone.set()
        if self._opened:
            self.on_closed()

    def pause_writing(self) -> None:
        """Something stays in the transport's buffer."""
        self.writable = False

    def resume_writing(self) -> None:
        """The transport's buffer is empty."""
        self.writable = True
        self.on_writable()

    # Inside.

    def _accept(self, request: Request) -> None:
        self._protocol.send_response(self._protocol.accept(request))
        self._flush()
        if self._protocol.state is OPEN:
            self._opened = True
            self.on_open()

    def _take(self, frame: Frame) -> None:
        if not self.closing:
            self.on_frame()
        if self.closing:
            return
        if frame.opcode is Opcode.PONG:
            if frame.data == self._ping:
                self.on_pong()
        elif frame.opcode is Opcode.BINARY:
            self.on_bad_message("bad message: binary")
        elif frame.opcode in {Opcode.TEXT, Opcode.CONT}:
            self._message += frame.data
            if frame.fin:
                message = bytes(self._message)
                self._message.clear()
                self.on_message(message)

    def _answer_ping(self) -> None:
        """Answer the latest ping, unless the client doesn't read its answers."""
        pong = self._protocol.take_pong()
        full = self.buffered_bytes > self._send_bytes
        if pong is not None and not full and not self.closing:
            self._transport.write(pong.serialize(mask=False))

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
        if self._protocol.state is not OPEN:
            self._begin_closing()

    def _begin_closing(self) -> None:
        if self.closing:
            return
        self.closing = True
        loop = asyncio.get_running_loop()
        self._dropper = loop.call_later(self._close_s, self._transport.abort)
        if self._opened:
            self.on_closing()
