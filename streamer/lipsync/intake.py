"""
What all timed text of an utterance goes through, before anything moves by it.

What can be seen of an entry without knowing what it says is put right here, and
counted: times that go backwards, that lie beyond the sound, that are milliseconds;
labels that are too long; and entries that a growing snapshot tells again. The rest
is :mod:`streamer.lipsync.repair`'s.

A header may tell minutes at once, and the first cues wait for no more than their own
second of it: an entry is looked at when it is needed, and what is taken is the same
however it is divided.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise
from operator import add
from statistics import median
from typing import Literal

from streamer.audio.format import TimedText
from streamer.audio.timed_text import (
    are_in_order,
    count_of,
    lengths_of,
    longest_of,
    of_kind,
    starts_of,
)
from streamer.lipsync.raw_times import LONGEST_SPAN, USUAL_OVERRUN
from streamer.lipsync.repair import RepairLog
from streamer.lipsync.rungs import Rung
from streamer.lipsync.words import FreshLetters

__all__ = ["MOST_LETTERS", "MOST_SYMBOLS", "Intake", "Taken"]

MOST_SYMBOLS = 200
"""Characters of one phoneme's label that are read; the longest real ones have 12."""
MOST_LETTERS = 2_000
"""The same of letters, where a label may hold a whole sentence."""
LAST_SILENCE = 0.300
"""Seconds at the end of an utterance in which nothing is said: where the times that
came with its header end there, they are all there will be."""
_MILLI = 1_000
_MOST = 0.5
"""Part of the entries that must lie beyond the sound to be taken for milliseconds."""
_NEARLY_ALL = 0.9
"""Part of them that must lie in it as milliseconds."""
_REMEMBERED = 8_192
"""Phonemes that are known again when they are repeated; ten minutes of speech."""

_FOREVER = 2**62
_KINDS: tuple[Literal["phoneme", "grapheme"], ...] = ("phoneme", "grapheme")

_Numbered = tuple[int, TimedText]
"""An entry, and which of its kind it is, from 1."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the entries that were taken."""

    phonemes: tuple[TimedText, ...]
    """As they came."""
    letters: tuple[TimedText, ...]
    """By their start, behind those taken before."""


class Intake:
    """
    Takes the timed text of one utterance, message by message.

    Args:
        rate: Frames a second of the utterance, in Hz.
    """

    def __init__(self, rate: int) -> None:
        self.log = RepairLog()
        """What was wrong with the times; others may count there, too."""
        self._rate = rate
        self._waiting: deque[_Waiting] = deque()
        self._numbers: Counter[str] = Counter()
        self._divisors: dict[str, int] = {}
        self._letters = FreshLetters()
        self._phonemes = _Repeats()
        self._ends: dict[Rung, int] = {"phonemes": 0, "graphemes": 0}

    @property
    def is_empty(self) -> bool:
        """Whether all that was received was taken."""
        return not self._waiting

    @property
    def has_letters(self) -> bool:
        """Whether letters were received and not taken."""
        return any(waiting.kind == "grapheme" for waiting in self._waiting)

    def receive(
        self, entries: Sequence[TimedText], *, frames: int | None = None
    ) -> None:
        """
        Receive one message.

        Args:
            entries: Timed text in any order; not changed afterwards.
            frames: How long the sound is that they belong to, where that is known.
        """
        for kind in _KINDS:
            if ours := of_kind(entries, kind):
                self._waiting.append(self._opened(kind, ours, frames))

    def take(
        self, before: int | None = None, further: int = 0, letters: int = 0
    ) -> Taken:
        """
        Take what is needed.

        Of the last message these are the entries that start before a frame, and some
        behind them; what came before that message is taken whole, and so is what is
        not in order, or is needed to the end of its sound.

        Args:
            before: The frame; None: all are needed.
            further: How many behind them.
            letters: How many letters at least.
        """
        taken: dict[str, list[TimedText]] = {"phoneme": [], "grapheme": []}
        last = {waiting.kind: waiting for waiting in self._waiting}
        for waiting in self._waiting:
            is_last = waiting is last[waiting.kind]
            least = letters if waiting.kind == "grapheme" else 0
            part = waiting.take(before if is_last else None, further, least)
            if part:
                taken[waiting.kind] += self._put_right(waiting, part)
        self._waiting = deque(each for each in self._waiting if each.rest)
        return Taken(tuple(taken["phoneme"]), tuple(taken["grapheme"]))

    def ends_with(self, timing: Rung, frames: int) -> bool:
        """Whether all was taken, and what a rung goes by ends with the sound."""
        end = self._ends.get(timing, 0)
        return self.is_empty and end >= frames - round(self._rate * LAST_SILENCE)

    def _opened(
        self, kind: str, entries: Sequence[TimedText], frames: int | None
    ) -> _Waiting:
        """Say what holds for the whole of a message's entries of one kind."""
        first = self._numbers[kind] + 1
        self._numbers[kind] += len(entries)
        if kind not in self._divisors:
            milli = are_thousandfold(entries, self._rate, frames)
            if milli or frames is not None:  # else a later message may tell
                self._divisors[kind] = _MILLI if milli else 1
        divisor = self._divisors.get(kind, 1)
        return _Waiting(kind, entries, first, frames, divisor)

    def _put_right(self, waiting: _Waiting, part: list[_Numbered]) -> list[TimedText]:
        """Return what is left of entries once they are put right."""
        mended = self._mended(waiting, part)
        if waiting.kind == "phoneme":
            found = self._phonemes.take(mended, self.log)
        else:
            letters = self._clipped(waiting, mended)
            found = self._letters.take([letter for _, letter in letters])
            self._count_missing(letters, found)
        end = max((entry.frame + entry.frames for entry in found), default=0)
        rung: Rung = "phonemes" if waiting.kind == "phoneme" else "graphemes"
        self._ends[rung] = max(end, self._ends[rung])
        return found

    def _mended(self, waiting: _Waiting, part: list[_Numbered]) -> list[_Numbered]:
        """Mend what is wrong with entries, each for itself."""
        entries = self._in_frames(part, waiting.divisor)
        if waiting.frames is not None:
            entries = self._within(entries, waiting.frames)
        for number, entry in entries:
            if entry.frame < waiting.latest:
                self.log.add("unordered", entry, number)
            waiting.latest = entry.frame
        return [(number, self._shortened(number, entry)) for number, entry in entries]

    def _in_frames(self, entries: list[_Numbered], divisor: int) -> list[_Numbered]:
        """Divide what can only be milliseconds."""
        if divisor == 1:
            return entries
        mended: list[_Numbered] = []
        for number, entry in entries:
            start, stop = entry.frame, entry.frame + entry.frames
            start, stop = start // divisor, stop // divisor
            whole = replace(entry, frame=start, frames=stop - start)
            self.log.add("milliseconds", whole, number)
            mended.append((number, whole))
        return mended

    def _within(self, entries: list[_Numbered], frames: int) -> list[_Numbered]:
        """Cut what reaches beyond the sound, and drop what is beyond it."""
        kept: list[_Numbered] = []
        for number, entry in entries:
            over = entry.frame + entry.frames - frames
            usual = 0 if entry.frame >= frames else self._rate * USUAL_OVERRUN
            if over > usual or entry.frame > frames:
                self.log.add("beyond", entry, number)
            if entry.frame < frames:
                cut = replace(entry, frames=entry.frames - over) if over > 0 else entry
                kept.append((number, cut))
        return kept

    def _shortened(self, number: int, entry: TimedText) -> TimedText:
        most = MOST_SYMBOLS if entry.kind == "phoneme" else MOST_LETTERS
        if len(entry.text) <= most:
            return entry
        self.log.add("long", entry, number)
        return replace(entry, text=entry.text[:most])

    def _clipped(self, waiting: _Waiting, letters: list[_Numbered]) -> list[_Numbered]:
        """Clip letters, and count what is put right where they are read."""
        clipped: list[_Numbered] = []
        for number, letter in letters:
            if letter.frame >= 0 <= letter.frames:
                clipped.append((number, letter))
                continue
            if letter.frames < 0:
                self.log.add("backwards", letter, number)
            if letter.frame < 0:
                self.log.add("negative", letter, number)
            start, stop = max(letter.frame, 0), letter.frame + letter.frames
            whole = replace(letter, frame=start, frames=max(stop - start, 0))
            clipped.append((number, whole))
        ordered = sorted(clipped, key=lambda item: item[1].frame)
        for (number, letter), (_, later) in pairwise([*waiting.letter, *ordered]):
            if letter.frame < later.frame < letter.frame + letter.frames:
                self.log.add("overlapping", letter, number)
        waiting.letter = ordered[-1:]
        return clipped

    def _count_missing(
        self, letters: list[_Numbered], fresh: Sequence[TimedText]
    ) -> None:
        """Count the letters that are not fresh."""
        if len(fresh) == len(letters):
            return
        left = Counter(fresh)
        for number, letter in letters:
            if left[letter]:
                left[letter] -= 1
            else:
                self.log.add("repeated", letter, number)


@dataclass(slots=True)
class _Waiting:
    """Entries of one kind, of one message, and how many of them were taken."""

    kind: str
    """``phoneme`` or ``grapheme``."""
    entries: Sequence[TimedText]
    """All of them."""
    first: int
    """Which of its kind the first is, from 1."""
    frames: int | None
    """How long their sound is."""
    divisor: int
    """What their times are to be divided by."""
    taken: int = 0
    """How many were taken."""
    latest: int = -_FOREVER
    """Where the one taken last starts."""
    letter: list[_Numbered] = field(default_factory=list)
    """The letter that starts last of those taken, or none."""
    in_order: bool = field(init=False)
    """Whether a part can be taken."""

    def __post_init__(self) -> None:
        ordered = self.divisor == 1 and are_in_order(self.entries)
        self.in_order = ordered and self.entries[0].frame >= 0

    @property
    def rest(self) -> int:
        """How many wait."""
        return len(self.entries) - self.taken

    def take(self, before: int | None, further: int, least: int) -> list[_Numbered]:
        """Take those before a frame, so many behind, and so many; all of one moment."""
        entries, begin, stop = self.entries, self.taken, len(self.entries)
        whole = before is None or before >= (self.frames or _FOREVER)
        if self.in_order and before is not None and not whole:
            stop = max(count_of(entries, before) + further, begin + least)
        if 0 < stop < len(entries):
            stop = count_of(entries, entries[stop - 1].frame + 1)
        self.taken = max(begin, min(stop, len(entries)))
        return list(enumerate(entries[begin : self.taken], self.first + begin))


class _Repeats:
    """
    Knows phonemes again that an earlier message told.

    The nth of those that have one text and one span is the nth in any message, so
    sounds that share a span may be equal within one.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], int] = {}

    def take(self, phonemes: Sequence[_Numbered], log: RepairLog) -> list[TimedText]:
        """Return those that are new, or have grown."""
        known, fresh = self._known, []
        met: dict[tuple[str, int, int], int] = {}
        told: dict[tuple[str, int, int], int] = {}
        for number, entry in phonemes:
            span = (entry.text, entry.frame, entry.frames)
            nth = met.get(span, 0)
            met[span] = nth + 1
            key = (entry.text, entry.frame, nth)
            stop = entry.frame + entry.frames
            if stop <= known.get(key, stop - 1):
                log.add("repeated", entry, number)
                continue
            told[key] = stop
            fresh.append(entry)
        known.update(told)
        too_many = len(known) - _REMEMBERED
        if too_many > 0:
            self._known = dict(islice(known.items(), too_many, None))
        return fresh


def are_thousandfold(
    entries: Sequence[TimedText], rate: int, frames: int | None
) -> bool:
    """
    Tell whether times only make sense divided by 1,000: milliseconds as seconds.

    The typical entry is too long for one, most lie beyond the sound, and nearly all
    lie in it as milliseconds. A sound that was cut off is none of it. Where nobody
    knows yet how long the sound is, each character is too long.

    Args:
        entries: Of one kind; at least one.
        rate: Frames a second, in Hz.
        frames: How long the sound is, or None.
    """
    longest = LONGEST_SPAN * rate
    if 0 < longest_of(entries) <= longest or _typical(entries) <= longest:
        return False
    if frames is None:
        characters = sum(max(len(entry.text), 1) for entry in entries)
        return _typical(entries) * len(entries) > longest * characters
    limit = frames + round(rate * USUAL_OVERRUN)
    stops: list[int] = [*map(add, starts_of(entries), lengths_of(entries))]
    beyond = sum(stop > limit for stop in stops)
    within = sum(stop <= limit * _MILLI for stop in stops)
    return beyond > _MOST * len(stops) and within >= _NEARLY_ALL * len(stops)


def _typical(entries: Sequence[TimedText]) -> float:
    """Return how many frames the typical entry lasts, or is from the next one."""
    lengths = [length for length in lengths_of(entries) if length > 0]
    if not lengths:
        starts = sorted(set(starts_of(entries)))
        lengths = [later - start for start, later in pairwise(starts)]
    return median(lengths) if lengths else 0
