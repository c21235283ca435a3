"""The rung ``graphemes``: phones from characters or words with their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from streamer.audio.format import TimedText
from streamer.lipsync.durations import share_time
from streamer.lipsync.lettersound import LetterToSound, place_sounds
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.reading import (
    LONGEST_HELD_GAP,
    SpokenWord,
    join_phones,
    read_words,
)
from streamer.lipsync.timeline import TimedPhone

__all__ = ["GraphemeTimer"]

_SENTENCE_ENDS = frozenset(".!?…。！？؟।\n")
_MOST_CHARACTERS = 2_000
"""Characters of one sentence that are read together; a longer one is cut."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """Characters that share a span."""

    text: str
    start: int
    stop: int


class GraphemeTimer:
    """
    Gives the sounds of a text the times of its characters.

    Letters are matched with the sounds they stand for, so that digraphs and
    silent letters fall into place; where characters share a span, or whole
    words have one, their sounds share it by how long they usually last. Spaces
    and punctuation of more than 50 ms are silence. A word is told as soon as
    the character behind it is known, and never changes.

    Args:
        rate: Frames a second of the entries' positions, in Hz.
        language: How the text is read, a language tag.
        lts: Says how words are spoken.
    """

    def __init__(self, rate: int, language: str, lts: LetterToSound) -> None:
        self._held = round(LONGEST_HELD_GAP * rate)
        self._language = language
        self._lts = lts
        self._entries: list[TimedText] = []  # of the sentence being read
        self._told_characters = 0  # of it
        self._told_until = 0  # frames

    def receive(
        self, graphemes: Sequence[TimedText], *, last: bool = False
    ) -> list[TimedPhone]:
        """
        Receive characters, or words, in the order of the text.

        Args:
            graphemes: What follows the last call's; a word's entry may hold
                its spaces or not, then words are told apart by their entries.
            last: Whether nothing follows.

        Returns:
            The phones and the silence that are known now and were not told,
            in order, from where the last call's ended, without holes.

        Raises:
            VoiceError: If the language is not known.
        """
        self._entries += _spaced(self._entries[-1:], graphemes)
        if not self._entries:
            return []
        told: list[TimedPhone] = []
        while self._entries:
            end = _sentence_end(self._entries)
            is_over = end < len(self._entries) or last
            told += self._read(end, is_over=is_over)
            if not is_over:
                break
            self._entries = self._entries[end:]
            self._told_characters = 0
        return told

    def _read(self, end: int, *, is_over: bool) -> list[TimedPhone]:
        """Tell the words of the first *end* entries that are complete."""
        entries = self._entries[:end]
        text = "".join(entry.text for entry in entries)
        if not is_over:
            text = text[: _complete(text)]
        if len(text) <= self._told_characters:
            return []
        spans: list[tuple[int, int, Phone]] = []
        cells = _cells(entries)
        for word in read_words(text, self._language, self._lts):
            if word.start >= self._told_characters:
                spans += _time_word(word, _cut(cells, word.start, word.stop))
        self._told_characters = len(text)
        spans[-1:] = [self._up_to_gap(*span, cells[: len(text)]) for span in spans[-1:]]
        told = join_phones(spans, after=self._told_until, held=self._held)
        if told:
            self._told_until = told[-1].frame + told[-1].frames
        return told

    def _up_to_gap(
        self, start: int, stop: int, phone: Phone, cells: Sequence[_Cell]
    ) -> tuple[int, int, Phone]:
        """Let a word's last phone last through a gap too short for a silence."""
        ends = max((cell.stop for cell in cells), default=stop)
        return start, ends if ends - stop <= self._held else stop, phone


def _spaced(
    before: Sequence[TimedText], entries: Sequence[TimedText]
) -> list[TimedText]:
    """Put a space between entries that are whole words and lack one."""
    spaced: list[TimedText] = []
    previous = before[-1].text if before else ""
    for entry in entries:
        if not entry.text:
            continue
        wordlike = len(entry.text.strip()) > 1 or len(previous.strip()) > 1
        if wordlike and previous[-1:].isalnum() and entry.text[:1].isalnum():
            spaced.append(replace(entry, text=" ", frames=0))
        spaced.append(entry)
        previous = entry.text
    return spaced


def _sentence_end(entries: Sequence[TimedText]) -> int:
    """Return how many entries the first sentence has, its space included."""
    length = 0
    for at, entry in enumerate(entries):
        length += len(entry.text)
        before = entries[at - 1].text[-1:] if at else ""
        is_gap = entry.text[:1].isspace() or before in "。！？\n"
        if at and is_gap and (before in _SENTENCE_ENDS or length > _MOST_CHARACTERS):
            return at + 1 if entry.text.isspace() else at
    return len(entries)


def _complete(text: str) -> int:
    """Return up to where words are complete: behind the last gap."""
    at = len(text)
    while at and not text[at - 1].isspace():
        at -= 1
    return at


def _cells(entries: Sequence[TimedText]) -> list[_Cell]:
    """Return one cell for each character, its span cut at the next one's start."""
    cells: list[_Cell] = []
    starts = [entry.frame for entry in entries]
    for at in range(len(starts) - 2, -1, -1):  # what goes back is held back
        starts[at] = min(starts[at], starts[at + 1])
    for at, entry in enumerate(entries):
        start = starts[at]
        later = next((s for s in starts[at + 1 :] if s > start), None)
        stop = max(entry.frame + entry.frames, start)
        if later is not None:
            stop = min(stop, later)
        cells += [_Cell(char, start, stop) for char in entry.text]
    return cells


def _cut(cells: Sequence[_Cell], first: int, last: int) -> list[_Cell]:
    """Merge the characters of a word that share a span; no cell stays empty."""
    merged: list[_Cell] = []
    for cell in cells[first:last]:
        before = merged[-1] if merged else None
        same = before and before.start == cell.start
        if before and (same or cell.stop <= cell.start):
            stop = max(before.stop, cell.stop)
            merged[-1] = replace(before, text=before.text + cell.text, stop=stop)
        else:
            merged.append(cell)
    return [
        replace(cell, stop=later.start if later else cell.stop)
        for cell, later in zip(merged, [*merged[1:], None], strict=True)
    ]


def _time_word(word: SpokenWord, cells: list[_Cell]) -> list[tuple[int, int, Phone]]:
    """Return the phones of a word with their spans."""
    if not cells or not word.phones:
        return []
    places = place_sounds(
        [cell.text for cell in cells],
        [float(cell.stop - cell.start) for cell in cells],
        [phone.symbol for phone in word.phones],
        word.usual,
    )
    spans: list[tuple[int, int, Phone]] = []
    first, start = 0, cells[0].start
    for at, stop in enumerate(places):
        is_last = at + 1 == len(places)
        if stop == first or (not is_last and places[at + 1] == stop):
            continue  # its time goes with the next sound's, or with this one's
        spans += _spread(word, first, stop, start, cells[at].stop)
        first, start = stop, cells[at].stop
    return spans


def _spread(
    word: SpokenWord, first: int, last: int, start: int, stop: int
) -> list[tuple[int, int, Phone]]:
    shares = share_time(word.usual[first:last], stop - start)
    spans, at, passed = [], start, 0.0
    for phone, share in zip(word.phones[first:last], shares, strict=True):
        passed += share
        end = start + round(passed)
        spans.append((at, end, phone))
        at = end
    return spans
