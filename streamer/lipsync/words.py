"""Characters with times, or whole words, become words with times."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from streamer.audio.format import TimedText
from streamer.lipsync.reading import UNSPACED_ENDS, are_two_words
from streamer.lipsync.repair import RepairLog, cut_at
from streamer.lipsync.timeline import Mark

__all__ = ["FreshLetters", "WordMaker", "assemble_words"]

_SPOKEN = frozenset("%&@#°№")
"""Punctuation that is read aloud, and so belongs to its word."""
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x109F),  # Tibetan, Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x31F0, 0x31FF),  # Katakana's small letters
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # Katakana, half as wide
    (0x20000, 0x323AF),  # Han
)
"""Scripts that are written without spaces between words (Unicode 15.1, blocks)."""


@dataclass(frozen=True, slots=True)
class _Character:
    """One character of the text."""

    text: str
    """The character."""
    start: int
    """First frame."""
    stop: int
    """Frame after its last."""


class FreshLetters:
    """Keeps letters that a growing snapshot repeats from being taken twice."""

    def __init__(self) -> None:
        self._last = -1  # frame of the last letters that were taken
        self._there: frozenset[str] = frozenset()  # which start there

    def take(self, entries: Sequence[TimedText]) -> list[TimedText]:
        """Return the letters that start behind those taken before, by their start."""
        last, there = self._last, self._there
        letters = (entry for entry in entries if entry.kind == "grapheme")
        fresh = [
            entry
            for entry in letters
            if entry.frame > last or (entry.frame == last and entry.text not in there)
        ]
        fresh.sort(key=lambda entry: entry.frame)
        if fresh:
            self._last = fresh[-1].frame
            texts = {entry.text for entry in fresh if entry.frame == self._last}
            self._there = frozenset(texts | (there if self._last == last else set()))
        return fresh


class WordMaker:
    """
    Makes the words of one utterance, as its characters become known.

    Words follow one another: each ends where the next one starts, at the latest.
    """

    def __init__(self) -> None:
        self._waiting: list[TimedText] = []
        self._until = 0

    def receive(self, graphemes: Sequence[TimedText]) -> None:
        """Receive characters, or words, that follow the last ones."""
        self._waiting += graphemes

    def finish(self, frames: int) -> None:
        """Learn where the sound ends: what is beyond it is no word of it."""
        self._waiting = cut_at(self._waiting, frames, RepairLog())

    def take(self, until: int | None, *, heard: int = 0) -> list[Mark]:
        """
        Return the words that are complete.

        Args:
            until: Of those that start before this frame; None: all there are, also
                one that may go on.
            heard: A word that starts before this frame is complete as it is.
        """
        count = self._whole(until, heard)
        if not count:
            return []
        entries, self._waiting = self._waiting[:count], self._waiting[count:]
        words = [word for word in assemble_words(entries) if _stop(word) > self._until]
        marks: list[Mark] = []
        for word, limit in zip_longest(words, [word.frame for word in words[1:]]):
            start = max(word.frame, self._until)
            stop = _stop(word) if limit is None else min(_stop(word), limit)
            self._until = max(stop, start + 1)
            marks.append(replace(word, frame=start, frames=self._until - start))
        return marks

    def _whole(self, until: int | None, heard: int) -> int:
        """Return how many of the entries that wait make whole words."""
        waiting = self._waiting
        if until is None:
            return len(waiting)
        whole, count = 0, 0
        before = ""
        for entry in waiting:
            if count and _is_end(before, entry.text):
                whole = count
            if entry.frame >= until:
                return whole
            count += 1
            if entry.text[-1:].isspace():
                whole = count
            before = entry.text
        late = whole < count and waiting[whole].frame < heard
        return count if late else whole


def assemble_words(graphemes: Sequence[TimedText]) -> list[Mark]:
    """
    Join characters into words, in the order of their times.

    Words end at white space, behind punctuation that needs none (as "。" and "؟"), and
    between entries that are whole words. In scripts that put no spaces between words
    (Han, Kana, Thai, Lao, Khmer, Burmese, Tibetan) each letter is one, with the signs
    that belong to it: where words end there only a dictionary knows, and what is one
    must not depend on how the letters come.

    A word's text and span are those from its first to its last character that is not
    punctuation; a word of punctuation alone gives no mark. Characters may share a
    span, as digraphs do; an entry of several characters is divided evenly among
    them.

    Args:
        graphemes: Entries sorted by their start.
    """
    marks: list[Mark] = []
    for word in _groups(graphemes):
        kept = _trim(word)
        if kept:
            text = "".join(char.text for char in kept)
            start = min(char.start for char in kept)
            stop = max(char.stop for char in kept)
            marks.append(Mark(start, max(1, stop - start), "word", text))
    return marks


def _stop(mark: Mark) -> int:
    """Return the frame after the last."""
    return mark.frame + mark.frames


def _is_end(before: str, text: str) -> bool:
    """Tell whether a word ends between two entries, though there is no space."""
    if are_two_words(before, text):
        return True
    return bool(before and text) and _parts(before[-1], text[0])


def _parts(before: str, char: str) -> bool:
    """Tell whether a word ends between two characters that are no spaces."""
    if before in UNSPACED_ENDS:
        return True
    category = unicodedata.category(char)
    if category[0] == "M" or category == "Lm":  # a sign of the letter before
        return False
    if category[0] == "L" and _is_unspaced(char):
        return True
    return unicodedata.category(before)[0] != "N" and _is_unspaced(before)


def _is_unspaced(char: str) -> bool:
    """Tell whether a character's script has no spaces between words."""
    code = ord(char)
    return code >= _UNSPACED[0][0] and any(a <= code <= b for a, b in _UNSPACED)


def _characters(entry: TimedText) -> Iterator[_Character]:
    """Divide an entry into characters; an empty one has none."""
    count = len(entry.text)
    for index, text in enumerate(entry.text):
        start = entry.frame + entry.frames * index // count
        stop = entry.frame + entry.frames * (index + 1) // count
        yield _Character(text, start, stop)


def _groups(graphemes: Sequence[TimedText]) -> Iterator[list[_Character]]:
    """Split at white space and between words; a group may be empty."""
    group: list[_Character] = []
    before = ""
    for entry in graphemes:
        if are_two_words(before, entry.text):
            yield group
            group = []
        for char in _characters(entry):
            if char.text.isspace() or (group and _parts(group[-1].text, char.text)):
                yield group
                group = []
            if not char.text.isspace():
                group.append(char)
        before = entry.text or before
    yield group


def _trim(word: list[_Character]) -> list[_Character]:
    """Drop punctuation at both ends."""
    kept = [index for index, char in enumerate(word) if not _is_edge(char.text)]
    return word[kept[0] : kept[-1] + 1] if kept else []


def _is_edge(char: str) -> bool:
    """Whether a character is not heard where it stands at a word's edge."""
    return unicodedata.category(char)[0] in "PC" and char not in _SPOKEN
