"""What speak, play, serve and demo have in common: an engine, shown to people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from streamer.cli.mirror import Mirror
from streamer.cli.show import Held, say, say_on_terminal, showing
from streamer.cli.views import line_of
from streamer.engine.engine import Engine
from streamer.engine.serving import serve
from streamer.errors import StreamerError
from streamer.events.entry import Entry
from streamer.events.messages import Anchor
from streamer.events.options import Advice, ServerOptions
from streamer.events.server import EventServer
from streamer.outputs import Output
from streamer.providers import Voice

__all__ = ["Stage", "Theatre", "page_of", "watched"]

ALONGSIDE = Advice(
    host="`streamer serve` takes more names, with --allow-host",
    origin="`streamer serve` takes more pages, with --allow-origin",
    public="only `streamer serve --public` can be reached from elsewhere",
)
"""What is advised where a server runs beside something else."""


def _tell_page(server: EventServer, *, chosen: bool) -> None:
    """Say where the face is; in a pipe only where nobody can know its port."""
    sentence = f"the face is at {page_of(server)}"
    if chosen:
        say_on_terminal(sentence)
    else:
        say(sentence)


@dataclass(frozen=True, slots=True)
class Stage:
    """How a command plays."""

    output: Output
    """Where it is heard."""
    serve_at: tuple[str, int] | None = None
    """Where it is also shown: host and port; or nowhere."""
    voice: Voice | None = None
    """Who speaks what clients ask for."""
    options: ServerOptions = field(default=ServerOptions(advice=ALONGSIDE))
    """Whom the server lets in."""
    held: Held | None = None
    """What is said once something is heard."""

    @asynccontextmanager
    async def up(self, *, quiet: bool = False) -> AsyncIterator[Theatre]:
        """
        Start the engine, and the server if it is wanted.

        Args:
            quiet: Don't say on a terminal where the face is.

        Raises:
            OutputError, MissingComponent: The output can't be had.
            UsageError, PortInUse, ServerError: The server can't be had.
        """
        async with AsyncExitStack() as stack:
            engine = await stack.enter_async_context(Engine(self.output))
            server = None
            if self.serve_at is not None:
                host, port = self.serve_at
                server = await stack.enter_async_context(
                    serve(
                        engine,
                        host,
                        port,
                        voice=self.voice,
                        options=self.options,
                        notice=_say_failed,
                    )
                )
            # Last: where a port is taken, no file was replaced.
            await engine.main.open()
            if self.held is not None:
                stack.callback(_release_when_heard(self.held, engine))
            if server is not None and not quiet:
                _tell_page(server, chosen=bool(self.serve_at and self.serve_at[1]))
            yield Theatre(engine, server)


@dataclass(frozen=True, slots=True)
class Theatre:
    """What a stage is when it is up."""

    engine: Engine
    """Plays."""
    server: EventServer | None
    """Shows, where that is wanted."""


def page_of(server: EventServer) -> str:
    """Return the address of the face."""
    host, port = server.address
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - only named here
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@asynccontextmanager
async def watched(engine: Engine) -> AsyncIterator[None]:
    """Show a live line of what ``main`` says while the block runs, on a terminal."""
    mirror = Mirror()
    log = engine.main.log
    stop = log.subscribe(lambda entry: mirror.receive(entry.in_set("oculus")))
    try:
        async with showing(
            lambda console: line_of(mirror.moment(log.now), console.width)
        ):
            yield
    finally:
        stop()


def _release_when_heard(held: Held, engine: Engine) -> Callable[[], None]:
    """Say what is *held* once ``main`` is heard; returns what ends that."""

    def look(entry: Entry) -> None:
        if isinstance(entry.message, Anchor):
            held.release()

    return engine.main.log.subscribe(look)


def _say_failed(error: StreamerError) -> None:
    say(f"what a client asked for could not be spoken: {error}")
