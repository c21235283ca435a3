"""What speak, play, serve and demo have in common: an engine, shown to people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamer.cli.keys import HINT, Controls, pressed
from streamer.cli.mirror import Mirror
from streamer.cli.show import Held, say, say_on_terminal, showing
from streamer.cli.sound import Sound
from streamer.cli.views import line_of
from streamer.engine.engine import Engine, EngineOptions
from streamer.engine.serving import serve
from streamer.errors import StreamerError
from streamer.events.entry import Entry
from streamer.events.messages import Anchor, OutputState
from streamer.events.options import Advice, ServerOptions
from streamer.events.server import EventServer
from streamer.lipsync.rigs import Rig
from streamer.outputs import AutoOutput, NullOutput, Output
from streamer.outputs.native import native_missing
from streamer.providers import Voice

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

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
    sound: Sound = field(default_factory=Sound)
    """How it sounds."""
    rigs: Mapping[str, Rig] = field(default_factory=dict)
    """Avatars that clients may ask frames for, besides those that are built in."""

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
            options = EngineOptions(stream=self.sound.stream_options(), notice=_hush)
            engine = await stack.enter_async_context(
                Engine(self.output, options=options)
            )
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
                        rigs=self.rigs,
                        notice=_say_failed,
                    )
                )
            # Before the device opens: its first block is as loud as it shall be.
            if self.sound.gain != 1.0:
                await engine.main.set_gain(self.sound.gain)
            # Last: where a port is taken, no file was replaced.
            await engine.main.open()
            _say_callback(engine)
            tell = _output_teller(self.output)
            stack.callback(engine.main.log.subscribe_output(tell))
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
async def watched(
    engine: Engine, *, keys: bool = False, gain: float = 1.0
) -> AsyncIterator[asyncio.Event]:
    """
    Show a live line of what ``main`` says while the block runs, on a terminal.

    Yields an event that is set once somebody has pressed ``q``.

    Args:
        engine: Whose stream.
        keys: Whether keys act on it; not where standard input is what is heard.
        gain: How loud it is now.
    """
    mirror = Mirror()
    log = engine.main.log
    stop = log.subscribe(lambda entry: mirror.receive(entry.in_set("oculus")))
    controls = Controls(engine.main, gain=gain)
    hint = ""

    def line(console: Console) -> RenderableType:
        moment, status = mirror.moment(log.now), controls.status
        return line_of(moment, console.width, status=status, hint=hint)

    try:
        async with AsyncExitStack() as stack:
            if keys and await stack.enter_async_context(pressed(controls)):
                hint = HINT
            await stack.enter_async_context(showing(line))
            yield controls.stopped
    finally:
        stop()


def _say_callback(engine: Engine) -> None:
    """Say where a device's sound is rendered in Python, and why."""
    missing = native_missing()
    stream = engine.main
    if missing and stream.output.paced and stream.output_name != NullOutput.name:
        say(missing)


def _release_when_heard(held: Held, engine: Engine) -> Callable[[], None]:
    """Say what is *held* once ``main`` is heard; returns what ends that."""

    def look(entry: Entry) -> None:
        if isinstance(entry.message, Anchor):
            held.release()

    return engine.main.log.subscribe(look)


def _output_teller(output: Output) -> Callable[[OutputState], None]:
    """Return what says, in one line, what became of *output*."""

    def tell(told: OutputState) -> None:
        if told.state == "lost" and told.name == "null":
            return  # that was silence; what is heard now is said next
        if told.state == "lost":
            say(f"the sound device {told.name!r} is lost; looking for it, or another")
        elif told.state == "playing":
            say(f"it is heard again, on {told.name!r}")
        elif not isinstance(output, AutoOutput):  # which says so itself
            say("there is no sound device any more; time is kept without sound")

    return tell


def _hush(_: StreamerError) -> None:
    """Say nothing: what :func:`_output_teller` returns does."""


def _say_failed(error: StreamerError) -> None:
    say(f"what a client asked for could not be spoken: {error}")
