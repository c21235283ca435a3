"""``streamer play``: a WAV stream is heard while it arrives, and measured."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from streamer.cli.options import (
    OutputName,
    ServeAt,
    address_of,
    output_of,
)
from streamer.cli.running import DONE, run_async
from streamer.cli.sound import Sound, with_sound
from streamer.errors import StreamerError, UsageError

if TYPE_CHECKING:
    from streamer.cli.stage import Stage
    from streamer.engine.report import Report
    from streamer.engine.utterance import Utterance
    from streamer.sources import HttpOptions, Source, Speech

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer play speech.wav
  streamer play https://example.org/speech.wav --report report.json
  curl -sN https://example.org/speech.wav | streamer play -
  my-voice | streamer play - --raw s16le:24000

\b
Any endpoint that streams sound:
  streamer play http://127.0.0.1:8900/stream \\
    --header 'x-access-token: any' \\
    --json '{"voice_uuid": "en-us", "data": "Hello.", "precision": "PCM_32"}'"""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("play", epilog=EPILOG)(with_sound(_play))


def _play(
    source: Annotated[
        str,
        typer.Argument(
            metavar="URL|FILE|-",
            help="An http(s) address, a file, or - for standard input.",
            show_default=False,
        ),
    ],
    header: Annotated[
        list[str] | None,
        typer.Option(
            "--header", "-H", metavar="'NAME: VALUE'", help="Sent along; repeatable."
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(metavar="METHOD", help="GET, or POST where --json is given."),
    ] = None,
    body: Annotated[
        str | None,
        typer.Option("--json", metavar="BODY|@FILE", help="JSON to send."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            metavar="SECONDS",
            help="How long to wait for the next bytes: 15 for an address, "
            "as long as it takes for a pipe.",
        ),
    ] = None,
    retries: Annotated[
        int,
        typer.Option(
            min=0,
            max=100,
            metavar="TIMES",
            help="Further tries before the first byte, where they may help.",
        ),
    ] = 2,
    raw: Annotated[
        str | None,
        typer.Option(
            metavar="ENCODING:RATE[:CHANNELS]",
            help="The bytes are bare samples, such as s16le:24000.",
        ),
    ] = None,
    output: OutputName = None,
    serve: ServeAt = None,
    report: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write what was measured there as JSON; - prints it."
        ),
    ] = None,
    *,
    sound: Sound,
) -> int:
    """Play a sound while it arrives."""
    from streamer.cli.show import Held
    from streamer.cli.stage import Stage
    from streamer.sources import HttpOptions

    patience = HttpOptions(read_timeout=timeout or 15.0, retries=retries)
    request = _Request(tuple(header or ()), method, body, timeout)
    speech = _speech(source, request, patience, raw)
    held = Held()
    stage = Stage(
        output_of(output, sound, held.say),
        serve_at=None if serve is None else address_of(serve),
        held=held,
        sound=sound,
    )
    return run_async(_hear(speech, stage, report, keys=source != "-"))


@dataclass(frozen=True, slots=True)
class _Request:
    """What the command line says of the request."""

    headers: tuple[str, ...]
    """Each ``Name: value``."""
    method: str | None
    """The method, if it was named."""
    body: str | None
    """JSON, or ``@`` and a file."""
    timeout: float | None = None
    """How long a pipe may be silent, if that was said."""

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not self.headers and self.method is None and self.body is None


def _speech(
    source: str, request: _Request, patience: HttpOptions, raw: str | None
) -> Speech:
    from streamer.sources import RawFormat, RawSource, Speech

    if raw is None:
        return Speech(_source(source, request, patience))
    written = RawFormat.parse(raw)
    return Speech(RawSource(_source(source, request, patience), written))


def _source(source: str, request: _Request, patience: HttpOptions) -> Source:
    from streamer.sources import FileSource, HttpRequest, HttpSource, InputSource

    scheme = source.partition("://")[0].lower()
    if scheme in ("http", "https") and "://" in source:
        body = None if request.body is None else _json_body(request.body)
        method = request.method or ("GET" if body is None else "POST")
        wanted = HttpRequest(source, method.upper(), _headers(request.headers), body)
        return HttpSource(wanted, patience)
    if not request.empty:
        raise UsageError("--header, --method and --json are for http(s) addresses")
    if source == "-":
        return InputSource(read_timeout=request.timeout)
    if "://" in source:
        raise UsageError(f"{scheme}:// cannot be played; use http:// or https://")
    if not source:
        raise UsageError("there is nothing to play: name a URL, a file or -")
    return FileSource(source, read_timeout=request.timeout)


def _headers(lines: tuple[str, ...]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.strip()
        token = name.replace("-", "").replace("_", "")
        if not colon or not (token.isascii() and token.isalnum()):
            # What was given may be a secret: it is not repeated.
            raise UsageError("a --header is written 'Name: value', as in 'Accept: */*'")
        if any(ord(character) < 32 for character in value.strip()):
            raise UsageError(f"the --header {name!r} has a control character in it")
        headers[name] = value.strip()
    return headers


def _json_body(body: str) -> bytes:
    """The JSON text as bytes; it is checked, but sent as it was written."""
    where = "--json"
    if body.startswith("@"):
        where = f"--json {body}"
        try:
            body = Path(body[1:]).read_text("utf-8-sig")
        except OSError as error:
            raise StreamerError(
                f"cannot read {body[1:]}: {(error.strerror or str(error)).lower()}"
            ) from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{where} is not JSON: it is not UTF-8") from error
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(
            f"{where} is not JSON: {error.msg.lower()} ({place})"
        ) from error
    return body.encode()


async def _hear(
    speech: Speech, stage: Stage, report_path: str | None, *, keys: bool
) -> int:
    from streamer.cli.stage import watched

    file = None if report_path in (None, "-") else _create(str(report_path))
    utterance: Utterance | None = None
    failure: StreamerError | None = None
    try:
        async with (
            stage.up() as theatre,
            watched(theatre.engine, keys=keys, gain=stage.sound.gain),
        ):
            utterance = await theatre.engine.play(speech)
            await utterance.wait_ended()
    except StreamerError as error:
        failure = error
        raise
    finally:
        if report_path is not None:
            _write_report(file, _report(speech, stage, utterance, failure))
    return DONE


def _report(
    speech: Speech,
    stage: Stage,
    utterance: Utterance | None,
    failure: StreamerError | None,
) -> dict[str, Any]:
    """What is known; where nothing was asked for, little is."""
    from streamer.engine.report import Report

    if utterance is not None:
        return _as_received(utterance.report(), speech).to_json()
    return Report(
        source=speech.source.name,
        output=stage.output.name,
        format=None,
        arrivals=(),
        first_byte=None,
        first_sample=None,
        first_audible=None,
        first_cue_sent=None,
        first_cue_due=None,
        ended=None,
        media=0.0,
        starvation=(),
        error=None if failure is None else str(failure),
    ).to_json()


def _as_received(report: Report, speech: Speech) -> Report:
    """*report* without the header that bare samples were given here."""
    from streamer.sources import RawSource

    if not isinstance(speech.source, RawSource) or not report.arrivals:
        return report
    (time, size), *others = report.arrivals
    first = (time, size - len(speech.source.header))
    return replace(report, arrivals=(first, *others))


def _create(path: str) -> IO[str]:
    """Open the report before anything is heard: a wrong path is told at once."""
    try:
        return Path(path).open("w", encoding="utf-8")
    except OSError as error:
        raise _cannot_write(path, error) from error


def _write_report(file: IO[str] | None, report: dict[str, Any]) -> None:
    from streamer.cli.show import put

    text = _written(report)
    if file is None:
        put(text)
        return
    try:
        with file:
            file.write(text + "\n")
    except OSError as error:
        raise _cannot_write(file.name, error) from error


def _written(report: dict[str, Any]) -> str:
    """JSON with one field a line: an arrival trace is long, but not for people."""
    fields = [
        f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
        for name, value in report.items()
    ]
    return "{\n" + ",\n".join(fields) + "\n}"


def _cannot_write(path: str, error: OSError) -> StreamerError:
    reason = (error.strerror or str(error)).lower()
    return StreamerError(f"cannot write the report to {path}: {reason}")
