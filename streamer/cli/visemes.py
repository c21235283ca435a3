"""``streamer visemes``: what a mouth does for a text or a sound, as a file."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.cli.running import DONE, run_async
from streamer.cli.show import say, say_on_terminal, write
from streamer.cli.visemes_notes import notes_on
from streamer.cli.visemes_work import (
    Order,
    find_script,
    legible,
    make,
    read_script,
    read_wav,
    spoken,
    write_text,
)
from streamer.errors import StreamerError, UsageError

if TYPE_CHECKING:
    from streamer.lipsync.offline import Performance, Recording

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer visemes "Maybe a family of six."
  streamer visemes speech.wav --set rhubarb --format tsv -o speech.tsv
  streamer visemes take.wav --text "Good day." --rig arkit --plot take.png
  streamer visemes recordings/ --format rhubarb-json -o mouths/
  printf 'ɡ\\nˈʊ\\nd\\n' | streamer visemes --ipa - --set azure
"""

_SOUNDS = (".wav", ".wave")
_PATH = re.compile(
    r"\S*[/\\]\S*|\S+\.(?:mp3|m4a|aac|flac|ogg|oga|opus|pcm|txt|md|json|toml)",
    re.IGNORECASE,
)
"""What is meant as a file or a folder, though there is none."""
_ADDRESS = re.compile(r"(?:https?|wss?|file)://\S+", re.IGNORECASE)
_LONG = 5_000
"""Characters of a text that takes more than a second or two."""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("visemes", epilog=EPILOG)(_visemes)


def _visemes(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT|FILE.wav|FOLDER",
            help="A text, which the local voice speaks for its times; a WAV; or "
            "a folder of them, done several at once where they changed.",
            show_default=False,
        ),
    ] = None,
    ipa: Annotated[
        str | None,
        typer.Option(
            metavar="-|FILE",
            help="Read IPA instead, a token a line; print a line of JSON for each.",
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the WAV says.")
    ] = None,
    text_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The same from a file. Without either, NAME.txt beside NAME.wav.",
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(metavar="TAG", help="How it is read: en-us, de, cmn …")
    ] = "en",
    visemes: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="NAME",
            help="The viseme set: oculus, azure, polly, rhubarb, preston-blair, vrm, "
            "vrm0, cc4 or arpabet. Without it the format's own, or oculus.",
        ),
    ] = None,
    rig: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Frames of a rig instead of shapes: arkit, arkit-55, livelink, "
            "oculus, vrm, vrm0, live2d, vts, or a TOML or JSON file.",
        ),
    ] = None,
    fps: Annotated[
        int | None,
        typer.Option(
            min=1, max=240, metavar="N", help="Frames a second of the rig; 60."
        ),
    ] = None,
    style: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="How much the mouth does: precise, natural or subtle."
        ),
    ] = "natural",
    hold_ms: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1000,
            metavar="MS",
            help="How long a shape stays at least; 70 in drawn sets, 50 in others.",
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="json, jsonl, tsv, rhubarb-json, polly, azure, csv or srt.",
        ),
    ] = "json",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER",
            help="Where it is written. Without it: standard output; of a folder, "
            "beside each WAV.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Also draw sound, phones, shapes and mouth (or .pdf, .svg).",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            max=256,
            metavar="N",
            help="Sounds of a folder done at once; without it, one a processor.",
        ),
    ] = None,
) -> int:
    """Write down what a mouth does for a text or a sound."""
    order = Order(language, visemes, rig, fps or 60, style, hold_ms, format)
    asked = _Asked(source, ipa, text, text_file, output, plot)
    _refuse(asked, order, fps)
    if ipa is not None:
        from streamer.cli.visemes_ipa import read_tokens

        return read_tokens(ipa, order)
    kind = asked.kind
    order.request()  # what is wrong with it is told before any work
    if plot is not None:
        from streamer.cli.visemes_plot import check_plot

        check_plot(plot)
    if kind == "folder":
        from streamer.cli.visemes_folder import do_folder

        assert source is not None
        at_once = jobs or os.cpu_count() or 1
        return run_async(do_folder(Path(source), output, order, at_once))
    return _do_one(asked, order)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be read, and where what is made goes."""

    source: str | None
    ipa: str | None
    text: str | None
    text_file: Path | None
    output: Path | None
    plot: Path | None

    @property
    def kind(self) -> str:
        """
        ``text``, ``file`` or ``folder``.

        Raises:
            UsageError: It is meant as a file, and there is none.
        """
        if self.source is None or self.source == "-" or not self.source.strip():
            return "text"
        if _ADDRESS.fullmatch(self.source):
            raise UsageError(
                f"{self.source} is an address; save its sound as a WAV, or hear it "
                "with streamer play"
            )
        try:
            path = Path(self.source)
            if path.is_dir():
                return "folder"
            if path.is_file() or path.suffix.lower() in _SOUNDS:
                return "file"
        except (OSError, ValueError):  # too long for a name, or NUL in it
            pass
        if _PATH.fullmatch(self.source):
            raise UsageError(
                f"there is no file or folder {legible(self.source)}; a text that is "
                "to be spoken goes behind --text"
            )
        return "text"


def _refuse(asked: _Asked, order: Order, fps: int | None) -> None:
    """
    Refuse what contradicts itself.

    Raises:
        UsageError: It does.
    """
    if order.rig is not None and order.hold_ms is not None:
        raise UsageError("--hold-ms is for shapes; a rig's curves are not held")
    azure = order.format == "azure"  # which has both
    if order.rig is not None and order.visemes is not None and not azure:
        raise UsageError("--set makes shapes and --rig makes frames; choose one")
    if order.rig is None and fps is not None:
        raise UsageError("--fps is for --rig; shapes have their own times")
    if asked.text is not None and asked.text_file is not None:
        raise UsageError("--text and --text-file say the same; choose one")
    script = asked.text is not None or asked.text_file is not None
    if asked.ipa is not None:
        others = (asked.source, asked.output, asked.plot)
        plain = Order(order.language, order.visemes)
        if script or order != plain or any(other is not None for other in others):
            raise UsageError(
                "--ipa reads tokens and prints JSON; beside it only --set and "
                "--language mean something"
            )
    elif asked.source is None and not script:
        raise UsageError(
            "there is nothing to do: name a text, a WAV, a folder, or --ipa -"
        )
    elif asked.kind == "folder" and (script or asked.plot is not None):
        raise UsageError(
            "--text, --text-file and --plot are for one sound; "
            "in a folder NAME.txt beside NAME.wav is what it says"
        )
    elif asked.kind == "text" and asked.source is not None and script:
        raise UsageError("--text and --text-file are for a WAV; name its file")


def _do_one(asked: _Asked, order: Order) -> int:
    from streamer.lipsync.formats import find_format

    recording, performance = _perform(asked, order)
    written = find_format(order.format).write(performance.score)
    if asked.plot is not None:
        from streamer.cli.visemes_plot import draw_plot

        draw_plot(asked.plot, recording, performance)
    output = asked.output
    if output is None:
        write(written)
        return DONE
    if output.is_dir() and asked.kind == "file":
        name = Path(str(asked.source)).stem
        output /= name + find_format(order.format).ending
    write_text(output, written)
    return DONE


def _perform(asked: _Asked, order: Order) -> tuple[Recording, Performance]:
    """Move the mouth for one sound, or for a text."""
    request = order.request()
    text = None if asked.text is None else legible(asked.text)
    if text is not None and not any(map(str.isalnum, text)):
        raise UsageError("--text holds no text; say what the WAV says")
    if asked.kind == "text":
        text = _text_to_speak(asked)
        if len(text) > _LONG:
            say_on_terminal(f"speaking {len(text):,} characters; it may take a while …")
        recording = spoken(text, order.language)
        return recording, make(recording, request, source="", text=text)
    path = Path(str(asked.source))
    recording = read_wav(path)
    script = asked.text_file or (find_script(path) if text is None else None)
    if script is not None:
        text = read_script(script)
    performance = make(recording, request, source=path.name, text=text)
    for note in notes_on(path, recording, performance):
        say(note)
    timing = performance.score.timing
    given = asked.text is not None or asked.text_file is not None
    if given and timing in {"phonemes", "graphemes"}:
        say(f"{path} has times of its own; they are taken, not the text")
    return recording, performance


def _text_to_speak(asked: _Asked) -> str:
    """
    Return what is to be spoken.

    Raises:
        UsageError: There is no text.
        StreamerError: It can't be read.
    """
    if asked.text_file is not None:
        return read_script(asked.text_file)
    text = asked.text if asked.source is None else asked.source
    if asked.source == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed")
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise StreamerError("standard input is not UTF-8 text") from error
    else:
        text = legible(text or "")
    if not any(map(str.isalnum, text)):
        raise UsageError("there is no text to speak")
    return " ".join(text.split())
