"""``streamer emulate``: a provider of one's own, with its faults."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.cli.running import DONE, run_async
from streamer.cli.show import put, say_on_terminal
from streamer.errors import UsageError

if TYPE_CHECKING:
    from streamer.emulator import EmulatorOptions

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer emulate resemble
  streamer emulate resemble --port 8900 --pace 1 --burst 200:300
  streamer emulate resemble --fault reset

\b
Then, in another terminal, with what it prints:
  export RESEMBLE_API_KEY=any RESEMBLE_STREAM_URL=http://127.0.0.1:8900/stream
  streamer speak "Hello." --provider resemble --voice en-us"""


class FaultName(StrEnum):
    """What goes wrong; the emulator's own names, known without loading it."""

    CUT_FRAME = "cut-frame"
    CUT_HEADER = "cut-header"
    JSON_200 = "json-200"
    UNAUTHORIZED = "401"
    TOO_MANY = "429"
    INTERNAL = "500"
    UNAVAILABLE = "503"
    STALL = "stall"
    RESET = "reset"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    group = typer.Typer(
        help="Be a provider, on this machine, voiced by espeak-ng.",
        rich_markup_mode=None,
        epilog="\b\nExample:\n  streamer emulate resemble --pace 1",
    )
    group.callback(invoke_without_command=True)(_which)
    group.command("resemble", epilog=EPILOG)(_resemble)
    app.add_typer(group, name="emulate")


def _which(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        raise UsageError(
            "name the provider to emulate: resemble (see: streamer emulate --help)"
        )


def _resemble(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Which port; 0 takes a free one.")
    ] = 0,
    token: Annotated[
        str | None, typer.Option(help="The only API key it takes (any).")
    ] = None,
    pace: Annotated[
        float | None,
        typer.Option(
            min=0.01, metavar="TIMES", help="Times real time; without it at once."
        ),
    ] = None,
    burst: Annotated[
        str | None,
        typer.Option(
            metavar="MS:GAP_MS", help="Send MS of sound at once, then wait GAP_MS."
        ),
    ] = None,
    chunk_bytes: Annotated[
        int, typer.Option(min=1, help="Largest HTTP chunk, in bytes.")
    ] = 4096,
    no_phonemes: Annotated[
        bool,
        typer.Option("--no-phonemes", help="Character times only, as newer models."),
    ] = False,
    no_timestamps: Annotated[
        bool, typer.Option("--no-timestamps", help="Never any times.")
    ] = False,
    fault: Annotated[
        FaultName | None, typer.Option(help="What goes wrong; see docs/cli.md.")
    ] = None,
    fault_count: Annotated[
        int | None,
        typer.Option(min=1, help="How many requests it happens to; without it, all."),
    ] = None,
) -> int:
    """Be Resemble's streaming endpoint, until Ctrl-C."""
    from streamer.emulator import EmulatorOptions, Fault

    burst_ms, gap_ms = _burst(burst)
    options = EmulatorOptions(
        host=host,
        port=port,
        token=token,
        pace=pace,
        burst_ms=burst_ms,
        gap_ms=gap_ms,
        chunk_bytes=chunk_bytes,
        phonemes=not no_phonemes,
        timestamps=not no_timestamps,
        fault=None if fault is None else Fault(fault.value),
        fault_count=fault_count,
    )
    return run_async(_stay(options))


def _burst(text: str | None) -> tuple[float, float]:
    if text is None:
        return 0.0, 0.0
    burst, _, gap = text.partition(":")
    try:
        parts = float(burst), float(gap)
    except ValueError:
        parts = (-1.0, -1.0)
    if not (0 < parts[0] < 1e6 and 0 <= parts[1] < 1e6):
        raise UsageError(f"--burst is written MS:GAP_MS, as in 200:300, not {text!r}")
    return parts


async def _stay(options: EmulatorOptions) -> int:
    from streamer.emulator import ResembleEmulator

    async with ResembleEmulator(options) as emulator:
        put(f"RESEMBLE_STREAM_URL={emulator.url}")
        put(f"RESEMBLE_API_KEY={options.token or 'any'}")
        say_on_terminal("set these two in the terminal that asks; Ctrl-C ends")
        await asyncio.Event().wait()
    return DONE
