"""``streamer speak``: a text is spoken aloud, also while it is being written."""

from __future__ import annotations

import asyncio
import codecs
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.cli.options import (
    OutputName,
    Provider,
    ProviderName,
    ServeAt,
    VoiceName,
    address_of,
    output_of,
    voice_of,
)
from streamer.cli.running import DONE, run_async
from streamer.cli.show import Held, say
from streamer.cli.sound import Sound, with_sound
from streamer.errors import UsageError

if TYPE_CHECKING:
    from streamer.cli.stage import Stage
    from streamer.engine.engine import Engine
    from streamer.sources import Facilities

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer speak "Good morning. Shall we begin?"
  streamer speak "Guten Morgen." --voice de --output wav:morgen.wav
  my-language-model | streamer speak - --serve 127.0.0.1:8765

\b
With Resemble:
  RESEMBLE_API_KEY=… streamer speak "Hello." --provider resemble --voice UUID"""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("speak", epilog=EPILOG)(with_sound(_speak))


def _speak(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT|-",
            help="What to say; - reads standard input and speaks sentence by "
            "sentence while more is being written.",
            show_default=False,
        ),
    ],
    provider: ProviderName = Provider.ESPEAK,
    voice: VoiceName = None,
    output: OutputName = None,
    serve: ServeAt = None,
    *,
    sound: Sound,
) -> int:
    """Speak a text aloud."""
    if not text.strip():
        raise UsageError("there is no text to speak")
    if text == "-" and sys.stdin is None:
        raise UsageError("standard input is closed")
    from streamer.cli.stage import Stage

    held = Held()
    stage = Stage(
        output_of(output, sound, held.say),
        serve_at=None if serve is None else address_of(serve),
        voice=voice_of(provider, voice),
        held=held,
        sound=sound,
    )
    return run_async(_say(text, stage))


async def _say(text: str, stage: Stage) -> int:
    from streamer.cli.stage import watched

    gain = stage.sound.gain
    async with (
        stage.up() as theatre,
        watched(theatre.engine, keys=text != "-", gain=gain),
    ):
        await say_all(theatre.engine, text, stage)
    return DONE


async def say_all(engine: Engine, text: str, stage: Stage) -> None:
    """
    Speak *text*, or standard input where it is ``-``, and wait for its end.

    Raises:
        StreamerError: A piece failed; those before it were heard.
    """
    wanted: str | AsyncIterator[str] = text
    if text == "-":
        if sys.stdin.isatty() and sys.stderr.isatty():
            say("write what is to be said; Ctrl-D ends")
        wanted = typed(engine.main.facilities)
    saying = await engine.say(wanted, stage.voice)
    try:
        await saying.wait_ended()
    except asyncio.CancelledError:
        await saying.interrupt()
        raise


async def typed(
    facilities: Facilities, descriptor: int | None = None
) -> AsyncIterator[str]:
    """Yield standard input as text while it comes; what isn't UTF-8 becomes U+FFFD."""
    from streamer.sources import read_input

    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    async for data in read_input(facilities, descriptor):
        if more := decoder.decode(data):
            yield more
    if rest := decoder.decode(b"", final=True):
        yield rest
