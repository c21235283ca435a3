"""``streamer demo``: the main job on this machine, without a key or a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.cli.options import DEFAULT_PORT, OutputName, output_of
from streamer.cli.running import DONE, run_async
from streamer.cli.show import put, say
from streamer.cli.sound import Sound, with_sound
from streamer.errors import PortInUse, UsageError

if TYPE_CHECKING:
    from streamer.cli.stage import Stage, Theatre

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer demo
  streamer demo --text "My own words." --once

\b
It speaks at once; open the page that it names to see the face, and write
there what it shall say next."""

TEXT = (
    "Hello. You hear me while my words are still on their way. "
    "A voice on this machine speaks them, a server streams them over HTTP, "
    "and each sound moves my mouth at the moment when you hear it. "
    "Open the page, watch my lips, and tell me what to say next."
)
"""What is said without ``--text``."""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("demo", epilog=EPILOG)(with_sound(_demo))


def _demo(
    text: Annotated[
        str, typer.Option(help="What it says first.", show_default=False)
    ] = TEXT,
    once: Annotated[
        bool, typer.Option("--once", help="End when that was heard.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The page's port (8765, or a free one)."),
    ] = None,
    output: OutputName = None,
    *,
    sound: Sound,
) -> int:
    """Speak a few sentences with a face; no key needed."""
    if not text.strip():
        raise UsageError("there is no text to speak")
    from streamer.cli.stage import Stage

    stage = Stage(output_of(output, sound), sound=sound)
    return run_async(_run(stage, text, port, once=once))


async def _run(stage: Stage, text: str, port: int | None, *, once: bool) -> int:
    from streamer.cli.speak import say_all
    from streamer.cli.stage import page_of, watched
    from streamer.emulator import EmulatorOptions, ResembleEmulator
    from streamer.providers import Account, ResembleVoice

    async with ResembleEmulator(EmulatorOptions()) as emulator:
        account = Account(token="demo", url=emulator.url)  # noqa: S106 - our own
        voice = ResembleVoice("en-us", account)
        async with _up(replace(stage, voice=voice), port) as theatre:
            assert theatre.server is not None
            put(f"The face speaks along at {page_of(theatre.server)}")
            async with watched(
                theatre.engine, keys=True, gain=stage.sound.gain
            ) as stopped:
                await say_all(theatre.engine, text, replace(stage, voice=voice))
                if not (once or stopped.is_set()):
                    say("write on the page what to say next; Ctrl-C ends")
                    await stopped.wait()
    return DONE


@asynccontextmanager
async def _up(stage: Stage, port: int | None) -> AsyncIterator[Theatre]:
    """The stage on *port*; on a free one where none was named and 8765 is taken."""
    async with AsyncExitStack() as stack:
        host = "127.0.0.1"
        wanted = DEFAULT_PORT if port is None else port
        try:
            up = replace(stage, serve_at=(host, wanted)).up(quiet=True)
            theatre = await stack.enter_async_context(up)
        except PortInUse:
            if port is not None:
                raise
            say(f"port {wanted} is in use by another program; taking a free one")
            # The server comes before the output, which is still untouched.
            up = replace(stage, serve_at=(host, 0)).up(quiet=True)
            theatre = await stack.enter_async_context(up)
        yield theatre
