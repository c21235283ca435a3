"""A figure between bounds, and tables in plain text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Figure", "Part", "percent", "table"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure beside what is wanted of it; a ``Wanted`` with a bound on each side."""

    what: str
    """In words."""
    value: float | None
    """What was measured; None or not a number where it was not."""
    unit: str = ""
    """Of all three."""
    least: float | None = None
    """The smallest that is wanted; None: there is none."""
    most: float | None = None
    """The largest that is wanted; None: there is none."""

    @property
    def held(self) -> bool | None:
        """Whether it is as wanted; None where it was not measured."""
        if self.value is None or math.isnan(self.value):
            return None
        least = -math.inf if self.least is None else self.least
        most = math.inf if self.most is None else self.most
        return bool(least <= self.value <= most)

    def __str__(self) -> str:
        unit = f" {self.unit}".rstrip()
        bounds = []
        if self.least is not None:
            bounds.append(f"≥ {self.least:g}")
        if self.most is not None:
            bounds.append(f"≤ {self.most:g}")
        if self.most == 0:
            bounds = ["0"]
        wanted = f"wanted {' and '.join(bounds)}{unit}"
        if self.held is None:
            return f"{self.what}: not measured ({wanted})"
        said = "yes" if self.held else "NO"
        return f"{self.what}: {_written(self)}{unit} ({wanted}: {said})"


def _written(figure: Figure) -> str:
    """Write a value so that what is not held is not rounded to what is."""
    assert figure.value is not None
    for digits in (4, 6, 9):
        written = f"{figure.value:.{digits}g}"
        if Figure("", float(written), "", figure.least, figure.most).held == (
            figure.held
        ):
            break
    return written


@dataclass(slots=True)
class Part:
    """One part of the battery: its question, and what came of it."""

    name: str
    """As ``--only`` has it."""
    question: str
    """In words."""
    lines: list[str] = field(default_factory=list)
    """What is printed."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    """The same for programs."""
    wanted: list[Figure] = field(default_factory=list)
    """What is wanted of it."""


def percent(share: float, digits: int = 1) -> str:
    """Return a share as per cent; one that is not all is never rounded to all."""
    if math.isnan(share):
        return "–"
    floor = 10**digits
    return f"{math.floor(share * 100 * floor + 1e-9) / floor:.{digits}f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines of a table: the first column to the left, others to the right."""
    whole = [list(head), *map(list, rows)]
    widths = [max(len(row[at]) for row in whole) for at in range(len(head))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in whole
    ]
