"""``streamer watch``: a mouth in the terminal, or every message as JSON."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit, urlunsplit

import typer

from streamer.cli.options import token_of
from streamer.cli.running import DONE, run_async
from streamer.cli.show import put
from streamer.errors import ConnectFailed, ServerRefused, StreamerError, UsageError

if TYPE_CHECKING:
    from streamer.events.client import EventClient

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer watch
  streamer watch ws://127.0.0.1:8765 --json
  streamer watch --json --once | head -n 3
  STREAMER_TOKEN=… streamer watch ws://speaker.local:8765"""


WRONG_TOKEN = 4501
"""Source: wire protocol, rule 9."""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("watch", epilog=EPILOG)(_watch)


def _watch(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="A viseme server, ws:// or wss://.")
    ] = "ws://127.0.0.1:8765",
    stream: Annotated[str, typer.Option(help="Which of its streams.")] = "main",
    as_json: Annotated[
        bool, typer.Option("--json", help="One message a line on standard output.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="End with the first utterance that ends.")
    ] = False,
) -> int:
    """Watch a stream: its mouth, sounds, words and lead."""
    wanted = _Wanted(_address(url), stream, as_json=as_json, once=once)
    return run_async(_follow(wanted))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the command line asks for."""

    url: str
    """The server."""
    stream: str
    """Which stream."""
    as_json: bool
    """Messages rather than a picture."""
    once: bool
    """Whether to end after the first utterance."""


def _address(url: str) -> str:
    """The server's address; that of its page will do, and no query is kept."""
    if "://" not in url:
        url = f"ws://{url}"
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("ws", "wss", "http", "https") and parts.hostname
        _ = parts.port
    except ValueError:
        known = None
    if not known:
        raise UsageError("a server's address is written ws://HOST:PORT")
    scheme = "wss" if parts.scheme in ("wss", "https") else "ws"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((scheme, host, parts.path or "/", "", ""))


async def _follow(wanted: _Wanted) -> int:
    from streamer.events.client import ClientOptions, EventClient
    from streamer.runner import SystemClock

    options = ClientOptions(
        streams=(wanted.stream,), reconnect=not wanted.once, token=token_of()
    )
    clock = SystemClock()
    if wanted.as_json:
        show = _print
    elif sys.stderr.isatty() and sys.stdout.isatty():
        show = _draw
    else:
        show = _tell
    try:
        async with EventClient(wanted.url, clock=clock, options=options) as client:
            await show(client, wanted)
    except ServerRefused as error:
        if error.code == WRONG_TOKEN:
            raise StreamerError(f"{error} (set STREAMER_TOKEN)") from error
        raise
    return DONE


async def _messages(client: EventClient, wanted: _Wanted) -> AsyncGenerator[Any, None]:
    """Yield what comes, to the first end or cut where that is wanted."""
    from streamer.events.messages import Cut, End

    try:
        async for message in client:
            yield message
            if wanted.once and isinstance(message, Cut | End):
                return
    except ServerRefused as error:
        if error.code // 100 == 45:
            raise
        reason = "it closed the connection before an utterance ended"
        raise ConnectFailed(wanted.url, reason) from error


async def _print(client: EventClient, wanted: _Wanted) -> None:
    from streamer.events.codec import encode

    async with aclosing(_messages(client, wanted)) as messages:
        async for message in messages:
            put(encode(message).decode())


async def _tell(client: EventClient, wanted: _Wanted) -> None:
    """Where no person looks on: one line an utterance."""
    from streamer.events.messages import Start

    async with aclosing(_messages(client, wanted)) as messages:
        async for message in messages:
            if isinstance(message, Start):
                put(f"{message.utterance}\t{message.timing}\t{message.text or ''}")


async def _draw(client: EventClient, wanted: _Wanted) -> None:
    from streamer.cli.picture import Picture
    from streamer.cli.show import showing

    picture = Picture(client, wanted.url)
    async with (
        showing(picture.draw, whole=True),
        aclosing(_messages(client, wanted)) as messages,
    ):
        async for message in messages:
            picture.receive(message)
