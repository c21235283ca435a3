"""One client's WebSocket: websockets' protocol core on an asyncio transport."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from streamer.events.codec import decode_client, encode
from streamer.events.entry import Entry
from streamer.events.feeds import Feed, Feeds
from streamer.events.hub import Batch, Hub
from streamer.events.live import LiveMouth
from streamer.events.log import StreamLog
from streamer.events.messages import (
    Bye,
    ClientMessage,
    FramesGiven,
    Goaway,
    Hello,
    Start,
    Stats,
    Time,
    TimeAnswer,
    Welcome,
)
from streamer.events.options import ServerOptions
from streamer.events.outbox import Outbox
from streamer.events.session import (
    RateLimit,
    Refusal,
    check_frames,
    check_hello,
    frames_given,
    greeting,
    hello_of,
    opening,
)
from streamer.events.websocket import WebSocket
from streamer.timing.clock import Clock, to_us

__all__ = ["Connection", "Shared"]


@dataclass(slots=True)
class Shared:
    """What all connections of a server have in common."""

    streams: Mapping[str, StreamLog]
    """By name; it may grow and shrink."""
    names: Mapping[str, Sequence[str]]
    """The shapes of each viseme set; the first one is neutral."""
    clock: Clock
    """The server's clock."""
    options: ServerOptions
    """How it behaves."""
    hub: Hub
    """Publishes what the streams say."""
    clock_id: str
    """A random id of this clock."""
    feeds: Feeds | None = None
    """Gives frames of weights; None: there are none."""
    connections: set[Connection] = field(default_factory=set)
    """Those that are open or closing."""

    @property
    def now(self) -> int:
        """The time, µs of the server's clock."""
        return to_us(self.clock.time())


class Connection(WebSocket):
    """
    Serves one client from its hello to its end.

    What the streams say is written at once while the transport's buffer is
    empty, else it waits in an :class:`Outbox`. Answers to probes never wait.
    Frames of weights don't either: those that find the way blocked are left
    out, and what is not past by then follows when it is free.

    Args:
        shared: The server's.
        query: The URL's query; if it isn't empty, the client need not say
            hello.
        refusal: Why the client is turned away as soon as it is upgraded, or
            None.
    """

    def __init__(self, shared: Shared, query: str, refusal: Refusal | None) -> None:
        options = shared.options
        super().__init__(
            message_bytes=options.message_bytes,
            send_bytes=options.queue_bytes,
            close_s=options.close_s,
        )
        self.stats: Stats | None = None
        """What the client last said of how well it is served."""
        self._shared = shared
        self._query = query
        self._refusal = refusal
        self._hello: Hello | None = None
        self._rate = RateLimit(options.messages_per_s)
        self._outbox = Outbox(options.queue_bytes, "")
        self._seen: dict[str, int] = {}
        self._logs: dict[str, StreamLog] = {}
        self._mouths: dict[str, LiveMouth] = {}
        self._fed: dict[Feed, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._pong_by: float | None = None

    # What the socket calls.

    def on_open(self) -> None:
        """Serve the query at once, or wait for a hello."""
        self._shared.connections.add(self)
        if self._refusal is not None:
            self.close(self._refusal.code, self._refusal.reason)
        elif self._query:
            self._guard(lambda: self._begin(hello_of(self._query)))
        else:
            self._after(
                "hello",
                self._shared.options.hello_s,
                lambda: self.close(4001, "no hello came in time"),
            )

    def on_frame(self) -> None:
        """Turn out who sends too many frames, of whatever kind."""
        try:
            self._rate.take(self._shared.now)
        except Refusal as refusal:
            self.turn_out(refusal.code, refusal.reason)

    def on_message(self, data: bytes) -> None:
        """Take one message of the client."""
        came = self._shared.now
        self._guard(lambda: self._receive(data, came))

    def on_bad_message(self, reason: str) -> None:
        """Turn away who sends what cannot be a message."""
        self.close(4500, reason)

    def on_pong(self) -> None:
        """Note that the client lives."""
        self._pong_by = None

    def on_writable(self) -> None:
        """Write what has waited, now that the transport's buffer is empty."""
        self._cancel("stalled")
        if self._outbox and not self.closing:
            self._write(self._outbox.take(self._state))
        self._catch_up()

    def on_closing(self) -> None:
        """Stop all that would write."""
        self._shared.hub.leave(self)
        if self._shared.feeds is not None:
            self._shared.feeds.leave(self)
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def on_closed(self) -> None:
        """Forget the client."""
        self._shared.connections.discard(self)

    # What the server and the hub call.

    def goaway(self) -> None:
        """Say that the server stops, and close."""
        if self._hello is not None and not self.closing:
            self.send_text(encode(Goaway(retry_ms=self._shared.options.retry_ms)))
        self.close(1001, "the server stops")

    def publish(self, batch: Batch) -> None:
        """Send what a stream said, or queue it."""
        hello = self._hello
        assert hello is not None, "joined the hub before hello"
        entries = batch.after(self._seen[batch.stream])
        if not entries or self.closing:
            return
        self._seen[batch.stream] = entries[-1].seq
        if hello.mode == "live":
            mouth = self._mouths[batch.stream]
            for entry in entries:
                mouth.receive(entry.in_set(hello.visemes))
            entries = [e for e in entries if e.closes or isinstance(e.message, Start)]
        if self._outbox or not self.writable:
            self._queue(batch.stream, entries)
        elif len(entries) == len(batch.entries):
            self.send_frame(batch.framed(hello.visemes))
        elif entries:
            self._write(entry.encoded(hello.visemes) for entry in entries)
        self._tick()

    def notice(self, stream: str, message: bytes) -> None:
        """Send news of an output, or queue them in the place of earlier ones."""
        if self.closing:
            return
        if self._outbox or not self.writable:
            self._outbox.push_notice(stream, message)
        else:
            self.send_text(message)

    def publish_frames(self, feed: Feed, framed: bytes) -> None:
        """Send frames of weights, or leave them out where the way is blocked."""
        if not (self.closing or self._outbox) and self.writable:
            self._fed[feed] = feed.number
            self.send_frame(framed)

    def end_frames(self, feed: Feed, error: bytes) -> None:
        """Say that no more frames come."""
        self._fed.pop(feed, None)
        if not self.closing:
            self.send_text(error)

    # Messages of the client.

    def _guard(self, serve: Callable[[], None]) -> None:
        try:
            serve()
        except Refusal as refusal:
            self.close(refusal.code, refusal.reason)

    def _receive(self, data: bytes, came: int) -> None:
        try:
            messages = decode_client(data)
        except ValueError as error:
            raise Refusal(4500, f"bad message: {error}") from error
        for message in messages:
            self._handle(message, came)

    def _handle(self, message: ClientMessage, came: int) -> None:
        match message:
            case Time(t1=t1):
                self._answer(t1, came)
            case Hello() if self._hello is not None:
                raise Refusal(4500, "bad message: a second hello")
            case Hello():
                self._begin(message)
            case Stats():
                self.stats = message
            case Bye():
                self.close(1000, "bye")

    def _answer(self, t1: int, came: int) -> None:
        """Answer a probe, ahead of the queue; but not without bound."""
        if self.buffered_bytes <= self._shared.options.queue_bytes:
            self.send_text(encode(TimeAnswer(t1=t1, t2=came, t3=self._shared.now)))

    def _begin(self, hello: Hello) -> None:
        shared = self._shared
        check_hello(hello, shared.streams, shared.names, shared.options.token)
        given = self._frames_given(hello)
        self._cancel("hello")
        self._hello = hello
        self._outbox = Outbox(shared.options.queue_bytes, hello.visemes)
        logs = self._logs = {name: shared.streams[name] for name in hello.streams}
        names = tuple(shared.names[hello.visemes])
        welcome = Welcome(
            session=secrets.token_urlsafe(9),
            clock=shared.clock_id,
            streams={name: log.position for name, log in logs.items()},
            visemes=hello.visemes,
            names=names,
            heartbeat_ms=round(shared.options.ping_s * 1000),
            frames=given,
        )
        self._write(greeting(hello, logs, welcome))
        for name, log in logs.items():
            self._follow(hello, log, names[0])
            self._seen[name] = log.seq
            if shared.feeds is not None and given is not None:
                self._fed[shared.feeds.join(log, given.rig, given.fps, self)] = 0
        self._catch_up()
        self._tick()
        self._beat()

    def _frames_given(self, hello: Hello) -> FramesGiven | None:
        feeds = self._shared.feeds
        if feeds is None or hello.frames is None:
            return None
        check_frames(hello, feeds.rigs)
        return frames_given(hello.frames, feeds.rigs[hello.frames.rig])

    def _follow(self, hello: Hello, log: StreamLog, neutral: str) -> None:
        if hello.mode == "live":
            lead = round(hello.lead_ms * 1000)
            mouth = LiveMouth(log.name, neutral=neutral, lead=lead)
            mouth.load(log.state(hello.visemes))
            self._mouths[log.name] = mouth
        self._shared.hub.join(log, self)

    # Writing.

    def _write(self, messages: Iterable[bytes]) -> None:
        """Write messages in order, in frames of about the queue's size."""
        limit = self._shared.options.queue_bytes
        together: list[bytes] = []
        size = 0
        for message in messages:
            if together and size + len(message) > limit:
                self.send_text(*together)
                together, size = [], 0
            together.append(message)
            size += len(message)
        if together:
            self.send_text(*together)

    def _catch_up(self) -> None:
        """Send the frames that were left out and are not past, if the way is free."""
        for feed, seen in self._fed.items():
            if self._outbox or self.closing or not self.writable:
                return
            self._fed[feed] = feed.number
            self._write(feed.since(seen))

    def _queue(self, stream: str, entries: list[Entry]) -> None:
        if entries:
            self._outbox.push(stream, entries)
        self._look_at_backlog()

    def _state(self, stream: str, covering: int) -> bytes:
        assert self._hello is not None, "queued before hello"
        return encode(opening(self._hello, self._logs[stream], covering))

    # Time.

    def _tick(self) -> None:
        """Live mode: send the shapes that are due, and wake for the next one."""
        next_due: int | None = None
        for stream, mouth in self._mouths.items():
            for viseme in mouth.due(self._shared.now):
                if self.writable:
                    self.send_text(encode(viseme))
                else:
                    self._outbox.push_viseme(stream, encode(viseme))
            due = mouth.next_due()
            if due is not None and (next_due is None or due < next_due):
                next_due = due
        self._cancel("live")
        if next_due is not None:
            self._after("live", (next_due - self._shared.now) / 1e6, self._tick)

    def _beat(self) -> None:
        """Ping when the last ping was answered; close when it was not in time."""
        self._look_at_backlog()
        options = self._shared.options
        now = asyncio.get_running_loop().time()
        if self._pong_by is None:
            self.send_ping()
            self._pong_by = now + options.pong_s
        elif now >= self._pong_by:
            self.close(4008, "silent: a ping was not answered")
            return
        self._after("beat", min(options.ping_s, self._pong_by - now), self._beat)

    def _look_at_backlog(self) -> None:
        """Begin or end the time after which a client that is behind is closed."""
        options = self._shared.options
        held = self.buffered_bytes > options.queue_bytes
        if not held and not self._outbox.conflated:
            self._cancel("stalled")
        elif "stalled" not in self._timers:
            too_slow = "too slow: the queue stayed full"
            self._after(
                "stalled", options.stalled_s, lambda: self.close(4008, too_slow)
            )

    def _after(self, name: str, delay: float, call: Callable[[], None]) -> None:
        def run() -> None:
            del self._timers[name]
            call()

        loop = asyncio.get_running_loop()
        # Never at once: a clock that stands still would keep the loop busy.
        self._timers[name] = loop.call_later(max(delay, 0.0002), run)

    def _cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
