"""``streamer serve``: the viseme server, until Ctrl-C."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.cli.options import (
    DEFAULT_PORT,
    OutputName,
    Provider,
    ProviderName,
    VoiceName,
    output_of,
    token_of,
    voice_of,
)
from streamer.cli.running import DONE, run_async
from streamer.cli.show import put, say, say_on_terminal
from streamer.cli.sound import Sound, with_sound
from streamer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamer.cli.stage import Stage
    from streamer.lipsync.rigs import Rig

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer serve
  streamer serve --port 9000 --output null
  streamer serve --voice de --allow-origin https://avatar.example
  streamer serve --rig my-avatar.toml
  STREAMER_TOKEN=… streamer serve --public --host 0.0.0.0

\b
It speaks what it is asked to, and shows it to everybody who listens:
  curl -d '{"text": "Hello."}' -H 'Content-Type: application/json' \\
    http://127.0.0.1:8765/v1/speak
  streamer watch ws://127.0.0.1:8765"""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("serve", epilog=EPILOG)(with_sound(_serve))


def _serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Which port; 0 takes a free one.")
    ] = DEFAULT_PORT,
    provider: ProviderName = Provider.ESPEAK,
    voice: VoiceName = None,
    output: OutputName = None,
    rig: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="An avatar of your own, TOML or JSON, that clients may ask frames "
            "for by its name; repeatable.",
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="A web page of this origin may connect and speak; repeatable.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:PORT]",
            help="Another name that this server is reached by; repeatable.",
        ),
    ] = None,
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help="Let other machines reach it; with STREAMER_TOKEN set, only "
            "those that show it may listen or speak.",
        ),
    ] = False,
    *,
    sound: Sound,
) -> int:
    """Serve face and visemes, and speak on request."""
    from streamer.cli.stage import Stage
    from streamer.cli.visemes_work import check_language
    from streamer.events.options import Advice, ServerOptions

    advice = Advice(
        host="allow it with --allow-host",
        origin="allow them with --allow-origin",
        public="if that is wanted, add --public",
    )

    if provider is Provider.ESPEAK and voice is not None:
        check_language(voice, option="--voice")  # before anybody asks it to speak
    stage = Stage(
        output_of(output, sound),
        serve_at=(host, port),
        voice=voice_of(provider, voice),
        sound=sound,
        rigs=_own_rigs(rig or ()),
        options=ServerOptions(
            public=public,
            allow_hosts=tuple(allow_host or ()),
            allow_origins=tuple(allow_origin or ()),
            token=token_of(),
            advice=advice,
        ),
    )
    return run_async(_stay(stage))


def _own_rigs(files: Sequence[str]) -> dict[str, Rig]:
    """
    Read rigs from files; each is asked for by its name.

    Raises:
        UsageError: There is no such file, or two are called the same.
        RigError: One is broken.
    """
    from streamer.cli.visemes_work import find_rig
    from streamer.lipsync.rigs import RIGS

    rigs: dict[str, Rig] = {}
    for file in files:
        if file in RIGS:
            continue  # clients may ask for it anyway
        found = find_rig(file)
        if found.name in RIGS or found.name in rigs:
            taken = "is built in" if found.name in RIGS else "was given before"
            raise UsageError(
                f"a rig {found.name!r} {taken}; write another name into {file}"
            )
        rigs[found.name] = found
    return rigs


async def _stay(stage: Stage) -> int:
    from streamer.cli.stage import page_of, watched

    async with stage.up(quiet=True) as theatre:
        assert theatre.server is not None
        put(page_of(theatre.server))
        if stage.options.public and stage.options.token is None:
            say(
                "anybody who reaches this port can make it speak; "
                "set STREAMER_TOKEN to ask for a token"
            )
        say_on_terminal("open that page, or ask with POST /v1/speak; Ctrl-C ends")
        async with watched(theatre.engine):
            await asyncio.Event().wait()
    return DONE
