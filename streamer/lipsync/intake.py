"""
What all timed text of an utterance goes through, before anything moves by it.

What can be seen of an entry without knowing what it says is put right here, and
counted: times that go backwards, that lie beyond the sound, that are milliseconds;
labels that are too long; and entries that a growing snapshot tells again. The rest
is :mod:`streamer.lipsync.repair`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from statistics import median

from streamer.audio.format import TimedText
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

_Numbered = tuple[int, TimedText]
"""An entry, and which of its kind it is, from 1."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one message adds."""

    phonemes: tuple[TimedText, ...]
    """As they came."""
    letters: tuple[TimedText, ...]
    """By their start, behind those taken before."""
    rate: int
    """Frames a second of their times, in Hz."""

    def is_whole(self, timing: Rung, frames: int) -> bool:
        """Whether these times, for a rung, are all of an utterance of *frames*."""
        if timing not in {"phonemes", "graphemes"}:
            return False
        entries = self.phonemes if timing == "phonemes" else self.letters
        end = max((entry.frame + entry.frames for entry in entries), default=0)
        return end >= frames - round(self.rate * LAST_SILENCE)


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
        self._numbers: Counter[str] = Counter()
        self._divisors: dict[str, int] = {}
        self._letters = FreshLetters()
        self._phonemes = _Repeats()

    def receive(
        self, entries: Sequence[TimedText], *, frames: int | None = None
    ) -> Taken:
        """
        Take one message.

        Args:
            entries: Timed text in any order.
            frames: How long the sound is that they belong to, where that is known.
        """
        phonemes = self._mended(self._numbered(entries, "phoneme"), frames)
        letters = self._mended(self._numbered(entries, "grapheme"), frames)
        letters = self._clipped(letters)
        spoken = self._phonemes.take(phonemes, self.log)
        fresh = self._letters.take([letter for _, letter in letters])
        self._count_missing(letters, fresh)
        return Taken(tuple(spoken), tuple(fresh), self._rate)

    def _numbered(self, entries: Iterable[TimedText], kind: str) -> list[_Numbered]:
        """Return the entries of a kind; those before are counted on."""
        ours = [entry for entry in entries if entry.kind == kind]
        first = self._numbers[kind] + 1
        self._numbers[kind] += len(ours)
        return list(enumerate(ours, first))

    def _mended(self, entries: list[_Numbered], frames: int | None) -> list[_Numbered]:
        """Mend what is wrong with entries of one kind, each for itself."""
        if not entries:
            return []
        entries = self._in_frames(entries, frames)
        if frames is not None:
            entries = self._within(entries, frames)
        for (_, before), (number, entry) in pairwise(entries):
            if entry.frame < before.frame:
                self.log.add("unordered", entry, number)
        return [(number, self._shortened(number, entry)) for number, entry in entries]

    def _in_frames(
        self, entries: list[_Numbered], frames: int | None
    ) -> list[_Numbered]:
        """Divide by 1,000 what can only be milliseconds; the unit stays."""
        kind = entries[0][1].kind
        if frames is not None and kind not in self._divisors:
            texts = [entry for _, entry in entries]
            milli = are_thousandfold(texts, self._rate, frames)
            self._divisors[kind] = _MILLI if milli else 1
        divisor = self._divisors.get(kind, 1)
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

    def _clipped(self, letters: list[_Numbered]) -> list[_Numbered]:
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
        for (number, letter), (_, later) in pairwise(ordered):
            if letter.frame < later.frame < letter.frame + letter.frames:
                self.log.add("overlapping", letter, number)
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


def are_thousandfold(entries: Sequence[TimedText], rate: int, frames: int) -> bool:
    """
    Tell whether times only make sense divided by 1,000: milliseconds as seconds.

    The typical entry is too long for one, most lie beyond the sound, and nearly all
    lie in it as milliseconds. A sound that was cut off is none of it.

    Args:
        entries: Of one kind; at least one.
        rate: Frames a second, in Hz.
        frames: How long the sound is.
    """
    if _typical(entries) <= LONGEST_SPAN * rate:
        return False
    limit = frames + round(rate * USUAL_OVERRUN)
    stops = [entry.frame + entry.frames for entry in entries]
    beyond = sum(stop > limit for stop in stops)
    within = sum(stop <= limit * _MILLI for stop in stops)
    return beyond > _MOST * len(stops) and within >= _NEARLY_ALL * len(stops)


def _typical(entries: Sequence[TimedText]) -> float:
    """Return how many frames the typical entry lasts, or is from the next one."""
    lengths = [entry.frames for entry in entries if entry.frames > 0]
    if not lengths:
        starts = sorted({entry.frame for entry in entries})
        lengths = [later - start for start, later in pairwise(starts)]
    return median(lengths) if lengths else 0
