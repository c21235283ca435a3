"""A mouth in characters: the 15 shapes as numbers, and how they are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["NEUTRAL", "Shape", "blend", "draw", "glyph", "painted", "shape_of"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A mouth's shape; all numbers in [0, 1]."""

    open: float
    """How far the lips are apart."""
    width: float
    """How wide the mouth is; low is rounded."""
    teeth: float = 0.0
    """How much of the upper teeth shows."""
    lower: float = 0.0
    """How much of the lower teeth shows."""
    tongue: float = 0.0
    """How high the tongue stands."""
    tuck: float = 0.0
    """How far the lower lip is tucked under the upper teeth."""


NEUTRAL = Shape(0.04, 0.60)
"""At rest: lips that just touch."""

_SHAPES = {
    "sil": (NEUTRAL, "―"),  # silence
    "PP": (Shape(0.00, 0.52), "━"),  # put: lips pressed
    "FF": (Shape(0.26, 0.62, teeth=1.0, tuck=1.0), "v"),  # fat: teeth on the lip
    "TH": (Shape(0.30, 0.64, teeth=0.6, tongue=0.9), "θ"),  # think: tongue between
    "DD": (Shape(0.28, 0.66, teeth=0.8, tongue=0.6), "d"),  # doll
    "kk": (Shape(0.36, 0.62, teeth=0.4, tongue=0.2), "k"),  # call
    "CH": (Shape(0.30, 0.34, teeth=1.0, lower=1.0), "ʃ"),  # chair: lips forward
    "SS": (Shape(0.24, 0.80, teeth=1.0, lower=1.0), "="),  # sir: teeth together
    "nn": (Shape(0.32, 0.64, teeth=0.6, tongue=0.8), "n"),  # not
    "RR": (Shape(0.32, 0.40, teeth=0.5, tongue=0.3), "r"),  # red
    "aa": (Shape(1.00, 0.68, teeth=0.35, tongue=0.4), "O"),  # car
    "E": (Shape(0.60, 0.86, teeth=0.4, tongue=0.5), "e"),  # bed
    "I": (Shape(0.36, 0.94, teeth=0.9, lower=0.3), "~"),  # tip
    "O": (Shape(0.70, 0.40, tongue=0.2), "o"),  # toe
    "U": (Shape(0.30, 0.22), "."),  # book
}
"""Each viseme of the set ``oculus``: its shape, a sign for one line, an example."""

_COLOURS = {"▓": "red", "▒": "white", "░": "magenta"}


def shape_of(viseme: str) -> Shape:
    """Return the shape of *viseme*; the neutral one where it is unknown."""
    return _SHAPES.get(viseme, _SHAPES["sil"])[0]


def glyph(viseme: str) -> str:
    """Return one character that stands for *viseme*."""
    return _SHAPES.get(viseme, _SHAPES["sil"])[1]


def blend(a: Shape, b: Shape, part: float) -> Shape:
    """Return the shape *part* of the way from *a* (0) to *b* (1)."""

    def mix(x: float, y: float) -> float:
        return x + (y - x) * part

    return Shape(
        mix(a.open, b.open),
        mix(a.width, b.width),
        mix(a.teeth, b.teeth),
        mix(a.lower, b.lower),
        mix(a.tongue, b.tongue),
        mix(a.tuck, b.tuck),
    )


def draw(shape: Shape, columns: int, rows: int) -> list[str]:
    """
    Return *rows* lines of *columns* characters.

    ``▓`` is lip, ``▒`` teeth, ``░`` tongue, a space inside is dark.
    """
    wide = max(columns * 0.46 * (0.25 + 0.75 * shape.width), 4.0)
    high, lip = rows * 0.36 * shape.open, max(rows * 0.14, 1.0)
    lines = []
    for row in range(rows):
        y = row - (rows - 1) / 2
        xs = (column - (columns - 1) / 2 for column in range(columns))
        lines.append("".join(_cell(shape, x, y, wide, high, lip) for x in xs))
    return lines


def _cell(
    shape: Shape, x: float, y: float, wide: float, high: float, lip: float
) -> str:
    """One character: *x* columns and *y* rows from the middle of the mouth."""
    if math.hypot(x / wide, y / (high + lip)) > 1:
        return " "
    below = high * (1 - 0.4 * shape.tuck)
    inner = high if y < 0 else below
    if inner < 0.4 or math.hypot(x / (wide - 3), y / inner) >= 1:
        return "▓"
    depth = (y + high) / (high + below)  # 0 at the upper lip, 1 at the lower
    if depth < 0.7 * shape.teeth or depth > 1 - 0.7 * shape.lower:
        return "▒"
    if depth > 1 - 0.7 * shape.tongue and abs(x) < 0.55 * wide:
        return "░"
    return " "


def painted(lines: list[str]) -> Text:
    """Return *lines* of :func:`draw` with their colours."""
    from rich.text import Text

    text = Text(no_wrap=True)
    for index, line in enumerate(lines):
        if index:
            text.append("\n")
        for character in line:
            text.append(character, _COLOURS.get(character))
    return text
