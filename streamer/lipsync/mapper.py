"""Timed text becomes marks and cues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from streamer.audio.format import TimedText
from streamer.lipsync.phonemes import Phone, PhonemeNormaliser
from streamer.lipsync.repair import repair
from streamer.lipsync.timeline import Cue, Mark
from streamer.lipsync.visemes import OCULUS, VisemeSet
from streamer.lipsync.words import assemble_words

__all__ = ["Batch", "Mapper", "MapperStatistics"]

LONGEST_HELD_GAP = 0.050
"""Seconds without a sound through which the shape before is held; longer is silence."""

_FULL_WEIGHT = 1.0
_UNSTRESSED_WEIGHT = 0.85
"""Of a vowel without a stress mark."""
_REDUCED_WEIGHT = {"ə": 0.6, "ɘ": 0.6, "ᵻ": 0.6, "ɨ": 0.6, "ɯ": 0.6}
"""Of vowels for which the mouth does less than its shape's full form."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call of :meth:`Mapper.receive` found out."""

    marks: tuple[Mark, ...]
    """Words and phonemes by start; a word stands before its first phoneme."""
    cues: tuple[Cue, ...]
    """Shapes by start; each ends where the next one starts."""
    until: int
    """Frame before which no later batch adds a cue."""


@dataclass(frozen=True, slots=True)
class MapperStatistics:
    """A snapshot of what a mapper has seen."""

    phones: int
    """Sounds that became shapes."""
    unknown: Mapping[str, int]
    """Symbols in no table, and how often each was met."""
    repaired: int
    """Entries whose times were moved, cut, clipped or dropped."""


class Mapper:
    """
    Maps the timed text of one utterance, batch by batch.

    Nothing is held back: a batch ends with the neutral shape, and its last
    word is complete. The next batch continues where it ended; entries that
    repeat what was told are dropped.

    Args:
        rate: Frames a second of the utterance, in Hz.
        language: The voice's language tag.
        visemes: The set that cues are made in.
    """

    def __init__(
        self, rate: int, language: str = "en", *, visemes: VisemeSet = OCULUS
    ) -> None:
        self._longest_gap = round(rate * LONGEST_HELD_GAP)
        self._normaliser = PhonemeNormaliser(language)
        self._visemes = visemes
        self._until = 0
        self._slack = 0
        self._words_until = 0
        self._phones = 0
        self._repaired = 0

    def receive(self, entries: Sequence[TimedText]) -> Batch:
        """
        Map the entries that have arrived since the last call.

        Args:
            entries: Graphemes and phonemes mixed, in any order.
        """
        words = self._words([e for e in entries if e.kind == "grapheme"])
        phonemes = self._repair([e for e in entries if e.kind == "phoneme"])
        marks = words + [Mark(e.frame, e.frames, "phoneme", e.text) for e in phonemes]
        marks.sort(key=lambda mark: (mark.frame, mark.kind == "phoneme"))
        return Batch(tuple(marks), tuple(self._cues(phonemes)), self._until)

    def statistics(self) -> MapperStatistics:
        """Return a snapshot."""
        return MapperStatistics(self._phones, self._normaliser.unknown, self._repaired)

    def _words(self, graphemes: Sequence[TimedText]) -> list[Mark]:
        """Assemble words, cut at the next one's start; drop what was told."""
        ordered = sorted(graphemes, key=lambda entry: entry.frame)
        words = assemble_words(ordered)
        fresh = [word for word in words if _stop(word) > self._words_until]
        marks: list[Mark] = []
        for word, limit in zip_longest(fresh, [word.frame for word in fresh[1:]]):
            start = max(word.frame, self._words_until)
            stop = _stop(word) if limit is None else min(_stop(word), limit)
            self._words_until = max(stop, start + 1)
            marks.append(replace(word, frame=start, frames=self._words_until - start))
        return marks

    def _repair(self, phonemes: Sequence[TimedText]) -> tuple[TimedText, ...]:
        """Put phonemes in order, and marks with the sounds they belong to."""
        done = repair(phonemes, self._normaliser, after=self._until, slack=self._slack)
        self._repaired += done.changes
        return done.entries

    def _cues(self, phonemes: Sequence[TimedText]) -> list[Cue]:
        """Make the shapes of a batch, and note where it ends."""
        cues: list[Cue] = []
        for entry in phonemes:
            for shape in self._shapes(entry):
                self._append(cues, shape)
        if phonemes:
            end = phonemes[-1].frame + phonemes[-1].frames
            self._close(cues, end)
        return cues

    def _shapes(self, entry: TimedText) -> Iterator[Cue]:
        """Divide an entry's span among its sounds; a silent one gives nothing."""
        share = 0.0
        start = entry.frame
        for phone in self._normaliser.normalise(entry.text):
            self._phones += 1
            share += phone.share
            stop = entry.frame + round(entry.frames * share)
            if stop > start:
                viseme = self._visemes.viseme(phone.symbol)
                symbols = (phone.symbol,)
                yield Cue(start, stop - start, viseme, symbols, _weight(phone))
                start = stop

    def _append(self, cues: list[Cue], cue: Cue) -> None:
        """Add a shape behind the others: fill the gap, and merge equal ones."""
        stop = _stop(cues[-1]) if cues else self._until
        if cue.frame - stop > self._longest_gap:
            gap = self._neutral(stop, cue.frame)
            self._append(cues, gap)
        elif cues:
            cues[-1] = replace(cues[-1], frames=cue.frame - cues[-1].frame)
        if cues and cues[-1].viseme == cue.viseme:
            cues[-1] = _merge(cues[-1], cue)
        else:
            cues.append(cue)

    def _close(self, cues: list[Cue], end: int) -> None:
        """End a batch with the neutral shape, of one frame or up to *end*."""
        stop = _stop(cues[-1]) if cues else self._until
        self._append(cues, self._neutral(stop, max(end, stop + 1)))
        self._until = _stop(cues[-1])
        self._slack = self._until - end

    def _neutral(self, start: int, stop: int) -> Cue:
        return Cue(start, stop - start, self._visemes.neutral, (), _FULL_WEIGHT)


def _stop(timed: Mark | Cue) -> int:
    """Return the frame after the last."""
    return timed.frame + timed.frames


def _weight(phone: Phone) -> float:
    """Tell how fully a sound's shape is formed."""
    if not phone.is_vowel:
        return _FULL_WEIGHT
    full = _FULL_WEIGHT if phone.stress else _UNSTRESSED_WEIGHT
    return min(full, _REDUCED_WEIGHT.get(phone.symbol, _FULL_WEIGHT))


def _merge(first: Cue, second: Cue) -> Cue:
    """Make one shape of two equal ones that follow one another."""
    return replace(
        first,
        frames=_stop(second) - first.frame,
        phones=first.phones + second.phones,
        weight=max(first.weight, second.weight),
    )
