"""
Pieces of the spoken text with their times, one by one and by the thousand.

A header may tell minutes of speech, and the first cues need a second of it. So its
entries stay the bytes they are, beside columns of what they mean; an entry becomes
an object when somebody looks at it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter, le
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

__all__ = [
    "TimedText",
    "TimedTexts",
    "are_in_order",
    "count_of",
    "joined",
    "lengths_of",
    "longest_of",
    "of_kind",
    "starts_of",
]

Kind = Literal["grapheme", "phoneme"]
Int64 = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]

_AT_ONCE = 16
"""Entries that are made at once; who looks for the first few needs no more."""

_start = attrgetter("frame")
_length = attrgetter("frames")


@dataclass(frozen=True, slots=True)
class TimedText:
    """A piece of the spoken text with its time, as the voice gave it."""

    kind: Kind
    """What the text is; from the purpose ``grph`` or ``phon``."""
    text: str
    """One entry: usually one character or one phoneme; may be empty."""
    frame: int
    """Where it starts, in frames of the stream's own rate; at least 0."""
    frames: int
    """How long it lasts, in frames; at least 0."""


class TimedTexts(Sequence[TimedText]):
    """
    Entries of timed text that became known together, in their order.

    Args:
        data: The bytes that hold all texts, in UTF-8.
        texts: Where each begins and ends in them, shape ``(entries, 2)``; it is
            over at a NUL, and what is no UTF-8 in it reads U+FFFD.
        phonemic: Whether each is a phoneme; else it is a grapheme.
        starts: The frame each starts at, at least 0.
        lengths: How many frames each lasts, at least 0.
    """

    __slots__ = ("_data", "_lengths", "_phonemic", "_starts", "_texts")

    def __init__(
        self, data: bytes, texts: Int64, phonemic: Bool, starts: Int64, lengths: Int64
    ) -> None:
        self._data = data
        self._texts = texts
        self._phonemic = phonemic
        self._starts = starts
        self._lengths = lengths

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> TimedText: ...
    @overload
    def __getitem__(self, index: slice) -> TimedTexts: ...

    def __getitem__(self, index: int | slice) -> TimedText | TimedTexts:
        if isinstance(index, slice):
            return self.chosen(index)
        at = range(len(self))[index]
        return self.made(at, at + 1)[0]

    def __iter__(self) -> Iterator[TimedText]:
        for at in range(0, len(self), _AT_ONCE):
            yield from self.made(at, at + _AT_ONCE)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TimedTexts):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"TimedTexts({list(self)!r})"

    @property
    def starts(self) -> list[int]:
        """The frame each entry starts at."""
        starts: list[int] = self._starts.tolist()
        return starts

    @property
    def lengths(self) -> list[int]:
        """How many frames each entry lasts."""
        lengths: list[int] = self._lengths.tolist()
        return lengths

    @property
    def longest(self) -> int:
        """How many frames the longest lasts; there is one."""
        return int(self._lengths.max())

    @property
    def are_in_order(self) -> bool:
        """Whether none starts before the one that stands before it."""
        return bool((self._starts[1:] >= self._starts[:-1]).all())

    def of_kind(self, kind: Kind) -> TimedTexts:
        """Return the entries of one kind."""
        which = self._phonemic == (kind == "phoneme")
        return self if which.all() else self.chosen(which)

    def count_of(self, before: int) -> int:
        """Return how many entries start before a frame, where they are in order."""
        return int(np.searchsorted(self._starts, before))

    def at(self, starts: Int64) -> TimedTexts:
        """Return the entries as they start at other frames."""
        return TimedTexts(
            self._data, self._texts, self._phonemic, starts, self._lengths
        )

    def chosen(self, which: slice | Bool) -> TimedTexts:
        """Return some of the entries, in their order."""
        return TimedTexts(
            self._data,
            self._texts[which],
            self._phonemic[which],
            self._starts[which],
            self._lengths[which],
        )

    def made(self, first: int, stop: int) -> list[TimedText]:
        """Return the entries from *first* on before *stop*, as objects."""
        part, data = slice(first, stop), self._data
        return [
            TimedText(
                "phoneme" if phonemic else "grapheme",
                data[begin:end].partition(b"\0")[0].decode("utf-8", "replace"),
                start,
                length,
            )
            for (begin, end), phonemic, start, length in zip(
                self._texts[part].tolist(),
                self._phonemic[part].tolist(),
                self._starts[part].tolist(),
                self._lengths[part].tolist(),
                strict=True,
            )
        ]


def joined(parts: Sequence[TimedTexts]) -> Sequence[TimedText]:
    """Return the entries of all *parts*, one part behind another."""
    return parts[0] if len(parts) == 1 else [*chain.from_iterable(parts)]


def of_kind(entries: Sequence[TimedText], kind: Kind) -> Sequence[TimedText]:
    """Return the *entries* of one kind."""
    if isinstance(entries, TimedTexts):
        return entries.of_kind(kind)
    return [entry for entry in entries if entry.kind == kind]


def starts_of(entries: Sequence[TimedText]) -> list[int]:
    """Return the frame each of *entries* starts at."""
    if isinstance(entries, TimedTexts):
        return entries.starts
    return [*map(_start, entries)]


def lengths_of(entries: Sequence[TimedText]) -> list[int]:
    """Return how many frames each of *entries* lasts."""
    if isinstance(entries, TimedTexts):
        return entries.lengths
    return [*map(_length, entries)]


def count_of(entries: Sequence[TimedText], before: int) -> int:
    """Return how many *entries* start before a frame; they are in order."""
    if isinstance(entries, TimedTexts):
        return entries.count_of(before)
    return bisect_left(entries, before, key=_start)


def longest_of(entries: Sequence[TimedText]) -> int:
    """Return how many frames the longest of *entries* lasts; there is one."""
    if isinstance(entries, TimedTexts):
        return entries.longest
    return max(entry.frames for entry in entries)


def are_in_order(entries: Sequence[TimedText]) -> bool:
    """Return whether none of *entries* starts before the one that stands before it."""
    if isinstance(entries, TimedTexts):
        return entries.are_in_order
    starts = starts_of(entries)
    return all(map(le, starts, starts[1:]))
