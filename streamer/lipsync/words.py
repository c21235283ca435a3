"""Characters with times become words with times."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from streamer.audio.format import TimedText
from streamer.lipsync.timeline import Mark

__all__ = ["assemble_words"]

_SPOKEN = frozenset("%&@#°№")
"""Punctuation that is read aloud, and so belongs to its word."""


@dataclass(frozen=True, slots=True)
class _Character:
    """One character of the text."""

    text: str
    """The character."""
    start: int
    """First frame."""
    stop: int
    """Frame after its last."""


def assemble_words(graphemes: Sequence[TimedText]) -> list[Mark]:
    """
    Join characters into words, in the order of their times.

    Words end at white space. A word's text and span are those from its first
    to its last character that is not punctuation; a word of punctuation alone
    gives no mark. Characters may share a span, as digraphs do; an entry of
    several characters is divided evenly among them.

    Args:
        graphemes: Entries sorted by their start.
    """
    marks: list[Mark] = []
    for word in _groups(_characters(graphemes)):
        kept = _trim(word)
        if kept:
            text = "".join(char.text for char in kept)
            start = min(char.start for char in kept)
            stop = max(char.stop for char in kept)
            marks.append(Mark(start, max(1, stop - start), "word", text))
    return marks


def _characters(graphemes: Sequence[TimedText]) -> Iterator[_Character]:
    """Divide entries into characters; an empty entry has none."""
    for entry in graphemes:
        count = len(entry.text)
        for index, text in enumerate(entry.text):
            start = entry.frame + entry.frames * index // count
            stop = entry.frame + entry.frames * (index + 1) // count
            yield _Character(text, start, stop)


def _groups(characters: Iterable[_Character]) -> Iterator[list[_Character]]:
    """Split at white space; a group may be empty."""
    group: list[_Character] = []
    for char in characters:
        if char.text.isspace():
            yield group
            group = []
        else:
            group.append(char)
    yield group


def _trim(word: list[_Character]) -> list[_Character]:
    """Drop punctuation at both ends."""
    kept = [index for index, char in enumerate(word) if not _is_edge(char.text)]
    return word[kept[0] : kept[-1] + 1] if kept else []


def _is_edge(char: str) -> bool:
    """Whether a character is not heard where it stands at a word's edge."""
    return unicodedata.category(char)[0] in "PC" and char not in _SPOKEN
