"""Pictures of a moment for a terminal: one line, or a face."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from streamer.cli.mirror import Moment
from streamer.cli.mouth import Shape, draw, glyph, painted

__all__ = ["Measured", "face_of", "line_of", "words_of"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a client knows of its own timing; times in milliseconds."""

    lead_ms: float | None = None
    """How long before it is due the last cue came."""
    bound_ms: float | None = None
    """How wrong the server's clock may be here."""
    server: str = ""
    """Whom it follows."""


def line_of(moment: Moment, width: int, *, status: str = "", hint: str = "") -> Text:
    """
    Return *moment* in one line of at most *width* columns.

    Args:
        moment: What is heard.
        width: Columns of the terminal.
        status: What was set by keys, such as ``muted``.
        hint: What the keys do; shown where there are no words.
    """
    mark = {"speaking": "♪", "starved": "…", "over": "✓"}.get(moment.state, "·")
    if status.startswith("paused"):
        mark = "‖"
    times = f"{moment.heard:.1f}"
    if moment.duration is not None:
        times += f"/{moment.duration:.1f}"
    head = f"{mark} {times} s ({glyph(moment.viseme)}) {moment.phoneme or ' ':<3} "
    line = Text(head, no_wrap=True, overflow="ellipsis")
    if status:
        line.append(f"[{status}] ", "bold")
    room = max(width - line.cell_len - 1, 8)
    words = words_of(moment, room)
    line.append(words if words.plain or len(hint) > room else Text(hint, "dim"))
    line.truncate(max(width - 1, 1), overflow="ellipsis")
    return line


def words_of(moment: Moment, width: int) -> Text:
    """Return the words around the one that is heard, which is lit."""
    if moment.word is None:
        return Text(" ".join(moment.text.split()), no_wrap=True, overflow="ellipsis")
    words = list(moment.words)
    before = " ".join(words[: moment.word])
    room = width // 2
    if len(before) > room:
        before = "…" + before[len(before) - room + 1 :]
    line = Text(before + " " if before else "", "dim", no_wrap=True)
    line.append(words[moment.word], "bold reverse")
    line.append(" " + " ".join(words[moment.word + 1 :]))
    line.truncate(width)
    return line


def face_of(
    moment: Moment, shape: Shape, measured: Measured, size: tuple[int, int]
) -> RenderableType:
    """
    Return a face that fits the terminal.

    Args:
        moment: What is heard.
        shape: The mouth, blended.
        measured: What is shown below it.
        size: Columns and rows of the terminal.
    """
    columns, rows = size
    width = max(min(columns - 4, 56), 10)
    height = max(min(rows - 6, 15), 1)
    indent = max((columns - width) // 2, 0)
    mouth = painted([" " * indent + line for line in draw(shape, width, height)])
    said = words_of(moment, columns - 2)
    sound = f"{moment.viseme:<3}  /{moment.phoneme or ' '}/  {moment.state}"
    return Group(
        Text(measured.server[: columns - 1], "dim", no_wrap=True),
        mouth,
        Text(sound[: columns - 1].center(columns - 1), no_wrap=True),
        Text(),
        said,
        Text(_numbers(moment, measured)[: columns - 1], "dim", no_wrap=True),
    )


def _numbers(moment: Moment, measured: Measured) -> str:
    lead = "–" if measured.lead_ms is None else f"{measured.lead_ms:.0f} ms"
    bound = "–" if measured.bound_ms is None else f"±{measured.bound_ms:.2f} ms"
    return f"timing {moment.timing} · lead {lead} · clock {bound} · Ctrl-C ends"
