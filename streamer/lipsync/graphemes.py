"""The rung ``graphemes``: phones from characters or words with their times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from streamer.audio.format import TimedText
from streamer.lipsync.durations import share_time
from streamer.lipsync.lettersound import LetterToSound, place_sounds
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.reading import (
    CLAUSE_ENDS,
    LONGEST_HELD_GAP,
    UNSPACED_ENDS,
    SpokenWord,
    are_two_words,
    join_phones,
    read_words,
)
from streamer.lipsync.timeline import TimedPhone

__all__ = ["GraphemeTimer"]

_MOST_CHARACTERS = 400
"""Characters of one clause that are read together; a longer one is cut."""
_COMPANY = 3
"""Complete words behind a word with which it sounds as in its whole clause: for 999 of
1,000 words that espeak-ng read; with one it was 958 (English prose)."""
_CUT_LATER = 0.350
"""Seconds by which the last word that is known waits longer than others, as it may go
on: half a word sounds like another, and a single letter like its name."""


class _Cell(NamedTuple):
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
    and punctuation of more than 50 ms are silence.

    How a word sounds depends on those behind it, so it waits for the end of its
    clause or for three complete words. What is due is told as it is known; a word
    that is cut short so goes on with the sounds of the whole. What was told never
    changes.

    Args:
        rate: Frames a second of the entries' positions, in Hz.
        language: How the text is read, a language tag.
        lts: Says how words are spoken.
    """

    def __init__(self, rate: int, language: str, lts: LetterToSound) -> None:
        self._held = round(LONGEST_HELD_GAP * rate)
        self._cut_later = round(_CUT_LATER * rate)
        self._language = language
        self._lts = lts
        self._entries: list[TimedText] = []  # of the clause being read
        self._told_characters = 0  # of it
        self._told_until = 0  # frames
        self._waiting: int | None = None

    @property
    def waiting(self) -> int | None:
        """What *due* must be beyond for more to be told; None: all was."""
        return self._waiting

    def receive(
        self, graphemes: Sequence[TimedText], *, due: int = 0, last: bool = False
    ) -> list[TimedPhone]:
        """
        Receive characters, or words, in the order of the text.

        Args:
            graphemes: What follows the last call's; a word's entry may hold
                its spaces or not, then words are told apart by their entries.
            due: A word that starts before this frame waits for nothing, the last
                one for 350 ms more.
            last: Whether nothing follows.

        Returns:
            The phones and the silence that are known now and were not told,
            in order, from where the last call's ended, without holes.

        Raises:
            VoiceError: If the language is not known.
        """
        self._entries += _spaced(self._entries[-1:], graphemes)
        self._waiting = None
        told: list[TimedPhone] = []
        while self._entries:
            end, is_whole = _clause_end(self._entries)
            clause = self._clause(end, is_over=is_whole or last)
            told += self._read(clause, due)
            if not clause.is_over:
                told += self._wait(clause, due)
                break
            self._entries = self._entries[end:]
            self._told_characters = 0
        return told

    def _clause(self, end: int, *, is_over: bool) -> _Clause:
        entries = self._entries[:end]
        text = "".join(entry.text for entry in entries)
        known = len(text) if is_over else _complete(text)
        return _Clause(text, _cells(entries), known, is_over, self._cut_later)

    def _read(self, clause: _Clause, due: int) -> list[TimedPhone]:
        """Tell the words of a clause that are certain, or due."""
        known = clause.readable(self._told_characters, due)
        if not known:
            return []
        words = read_words(clause.text[:known], self._language, self._lts)
        count = clause.certain(words, due)
        spans: list[tuple[int, int, Phone]] = []
        for word in words[:count]:
            if word.stop > self._told_characters:
                spans += _time_word(word, _cut(clause.cells, word.start, word.stop))
        at = words[count].start if count < len(words) else known
        self._told_characters = max(at, self._told_characters)
        following = next((w.start for w in words[count:] if w.phones), None)
        if spans and following is not None:
            spans[-1] = self._up_to(*spans[-1], clause.cells[following].start)
        elif spans:
            ends = max(cell.stop for cell in clause.cells[:known])
            spans[-1] = self._up_to(*spans[-1], ends)
        told = join_phones(spans, after=self._told_until, held=self._held)
        if told:
            self._told_until = told[-1].frame + told[-1].frames
        return told

    def _wait(self, clause: _Clause, due: int) -> list[TimedPhone]:
        """Note what waits; return the silence before it."""
        first = clause.next_character(self._told_characters)
        if first is None:
            return []
        frame = clause.cells[first].start
        # What is due and was not told is the last word.
        self._waiting = frame if frame >= due else frame + self._cut_later
        gap = frame - self._told_until
        if gap <= self._held:
            return []
        silence = TimedPhone(self._told_until, gap, None)
        self._told_until = frame
        return [silence]

    def _up_to(
        self, start: int, stop: int, phone: Phone, end: int
    ) -> tuple[int, int, Phone]:
        """Let a phone last up to *end*, if that is too near for a silence."""
        return start, end if 0 < end - stop <= self._held else stop, phone


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause as far as it is known."""

    text: str
    cells: list[_Cell]
    """One for each character."""
    known: int
    """Up to where its words are complete."""
    is_over: bool
    """Whether it is all there."""
    cut_later: int
    """Frames by which the last word waits longer."""

    def next_character(self, at: int) -> int | None:
        """Return the first one from *at* on that is no space."""
        rest = self.text[at:]
        return len(self.text) - len(rest.lstrip()) if rest.strip() else None

    def readable(self, told: int, due: int) -> int:
        """Return how many characters are to be read; 0 where that tells nothing."""
        first = self.next_character(told)
        if first is None:
            return 0
        # A word that is due is read with what is known of those behind it.
        if self.is_over or self.cells[first].start < due:
            return len(self.text)
        enough = len(self.text[told : self.known].split()) > _COMPANY
        return self.known if enough else 0

    def certain(self, words: Sequence[SpokenWord], due: int) -> int:
        """Return how many words may be told."""
        if self.is_over:
            return len(words)
        for index, word in enumerate(words):
            behind = words[index + _COMPANY : index + _COMPANY + 1]
            has_company = bool(behind) and behind[0].stop <= self.known
            waits = self.cut_later if index + 1 == len(words) else 0
            if not has_company and self.cells[word.start].start + waits >= due:
                return index
        return len(words)


def _spaced(
    before: Sequence[TimedText], entries: Sequence[TimedText]
) -> list[TimedText]:
    """Put a space between entries that are whole words and lack one."""
    spaced: list[TimedText] = []
    previous = before[-1].text if before else ""
    for entry in entries:
        if not entry.text:
            continue
        if are_two_words(previous, entry.text):
            spaced.append(replace(entry, text=" ", frames=0))
        spaced.append(entry)
        previous = entry.text
    return spaced


def _clause_end(entries: Sequence[TimedText]) -> tuple[int, bool]:
    """Return how many entries the first clause has, and whether it is all there."""
    length, before = 0, ""
    for at, entry in enumerate(entries):
        text = entry.text
        body = text.rstrip()
        if body != text and (body or before)[-1:] in CLAUSE_ENDS:
            return at + 1, True
        if before[-1:] in UNSPACED_ENDS or (
            length > _MOST_CHARACTERS and (text[:1].isspace() or before[-1:].isspace())
        ):
            return at, True
        length, before = length + len(text), text
    return len(entries), False


def _complete(text: str) -> int:
    """Return up to where words are complete: behind the last gap."""
    at = len(text)
    while at and not text[at - 1].isspace():
        at -= 1
    return at


def _cells(entries: Sequence[TimedText]) -> list[_Cell]:
    """Return one cell for each character, its span cut at the next one's start."""
    cells: list[_Cell] = []
    start, limit = 2**62, 2**62
    for entry in reversed(entries):
        if entry.frame < start:
            start, limit = entry.frame, start
        # What goes back is held back: it starts where what follows does.
        stop = min(max(entry.frame + entry.frames, start), limit)
        cells += [_Cell(char, start, stop) for char in reversed(entry.text)]
    return cells[::-1]


def _cut(cells: Sequence[_Cell], first: int, last: int) -> list[_Cell]:
    """Merge the characters of a word that share a span; no cell stays empty."""
    merged: list[_Cell] = []
    for cell in cells[first:last]:
        before = merged[-1] if merged else None
        same = before and before.start == cell.start
        if before and (same or cell.stop <= cell.start):
            stop = max(before.stop, cell.stop)
            merged[-1] = _Cell(before.text + cell.text, before.start, stop)
        else:
            merged.append(cell)
    return [
        _Cell(cell.text, cell.start, later.start if later else cell.stop)
        for cell, later in zip(merged, [*merged[1:], None], strict=True)
    ]


def _time_word(word: SpokenWord, cells: list[_Cell]) -> list[tuple[int, int, Phone]]:
    """Return the phones of a word with their spans."""
    if not cells or not word.phones:
        return []
    usual = word.usual
    places = place_sounds(
        [cell.text for cell in cells],
        [float(cell.stop - cell.start) for cell in cells],
        [phone.symbol for phone in word.phones],
        usual,
    )
    spans: list[tuple[int, int, Phone]] = []
    first, start = 0, cells[0].start
    for at, stop in enumerate(places):
        is_last = at + 1 == len(places)
        if stop == first or (not is_last and places[at + 1] == stop):
            continue  # its time goes with the next sound's, or with this one's
        shares = share_time(usual[first:stop], cells[at].stop - start)
        spans += _spread(word.phones[first:stop], shares, start)
        first, start = stop, cells[at].stop
    return spans


def _spread(
    phones: Sequence[Phone], shares: Sequence[float], start: int
) -> list[tuple[int, int, Phone]]:
    """Return phones one behind another from *start* on, each with its share."""
    spans, at, passed = [], start, 0.0
    for phone, share in zip(phones, shares, strict=True):
        passed += share
        end = start + round(passed)
        spans.append((at, end, phone))
        at = end
    return spans
