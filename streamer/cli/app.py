"""The command and its parts; each module registers what it adds."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from streamer import __version__
from streamer.cli import (
    demo,
    devices,
    doctor,
    emulate,
    play,
    running,
    serve,
    show,
    speak,
    visemes,
    watch,
)
from streamer.cli.signals import Signals

__all__ = ["app", "call"]

app = typer.Typer(
    name="streamer",
    help="Speech that is heard from its first bytes, and mouths that move with it.",
    epilog="""\b
Examples:
  streamer demo
  streamer speak "Hello there."
  streamer play https://example.org/speech.wav --output wav:copy.wav

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.""",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: quick, and at home in 80 columns
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (speak, play, serve, emulate, watch, visemes, devices, doctor, demo):
    part.register(app)


def _show_version(value: bool) -> None:
    if value:
        show.put(f"streamer {__version__}")
        raise typer.Exit(0)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and logs; anywhere.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(running.USAGE)


def call(arguments: list[str], signals: Signals | None) -> int:
    """Run the command with *arguments*; returns its exit code."""
    show.fit_stdout()
    arguments, debug = _take_debug(arguments)
    running.set_up(debug=debug, signals=signals, arguments=arguments)
    return running.guarded(lambda: _invoke(arguments))


def _take_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """Take ``--debug`` out, wherever it stands before ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    rest = [word for word in arguments[:end] if word != "--debug"]
    return rest + arguments[end:], len(rest) < end


def _invoke(arguments: list[str]) -> int:
    # What is wrong with a command line is the base of what typer makes public.
    wrong_usage: type[Any] = typer.BadParameter.__mro__[1]
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="streamer", standalone_mode=False)
    except wrong_usage as error:
        path = error.ctx.command_path if error.ctx else "streamer"
        message = error.format_message().rstrip(".").replace("Value error, ", "")
        show.say(f"{message} (see: {path} --help)")
        return running.USAGE
    except typer.Abort:
        return 130
    except SystemExit as gone:
        # This is what typer makes of a pipe that nobody reads any more.
        raise BrokenPipeError from gone
    return code if isinstance(code, int) else running.DONE
