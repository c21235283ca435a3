"""Tables as text: lines with columns, and sentences about those that are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from streamer.errors import UsageError

__all__ = ["Line", "fail", "read_lines"]

Line = tuple[int, list[str]]
"""A line's number, counted from 1, and its columns."""


def read_lines(text: str) -> Iterator[Line]:
    """Give the lines that say something; comments begin with ``#``."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, [column.strip() for column in line.split("\t")]


def fail(file: str, number: int, problem: str, remedy: str) -> NoReturn:
    """
    Refuse a table.

    Raises:
        UsageError: Always: file, line, what is wrong, and what to do.
    """
    raise UsageError(f"{file}, line {number}: {problem}; {remedy}")
