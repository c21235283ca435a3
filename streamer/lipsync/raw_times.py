"""
Arrays of texts and times, as providers send them, become entries in frames.

What can only be seen while times are still the provider's own numbers is put
right here: arrays of unequal length, times that are no numbers, milliseconds
where seconds are documented, times that begin again at 0 in each message, and
messages that repeat everything that came before. The rest is
:mod:`streamer.lipsync.repair`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from statistics import median
from typing import Literal, TypeGuard

import numpy as np

from streamer.audio.format import TimedText
from streamer.lipsync.repair import Repairs, counted

__all__ = [
    "LONGEST_SPAN",
    "USUAL_OVERRUN",
    "RawTimes",
    "RepairedTimes",
    "TimeReader",
    "Times",
    "repair_times",
]

Times = Sequence[float | None]
"""Starts or ends, in seconds or what a provider takes for them; None: not told."""

LONGEST_SPAN = 5.0
"""Seconds that the typical entry never lasts; a typical phoneme lasts 0.08."""
_TAIL = 0.5
"""Seconds by which times may reach beyond the audio without being milliseconds."""
USUAL_OVERRUN = 0.050
"""Seconds by which an entry may reach beyond the sound without a word: voices round
to a grid (Resemble's ends run on by two to four steps of 12.5 ms)."""
_OVERLAP = 0.1
"""Seconds by which a message may reach back into the one before (50 ms are usual)."""
_SAME = 0.0015
"""Seconds by which repeated times may differ: they are rounded to milliseconds."""
_MILLI = 1e-3
_LARGEST = 1e9
"""Beyond it a time is no number: eleven days of milliseconds."""


_Span = tuple[str, float, float]
"""Text, start and end in seconds, as the message counts them."""


@dataclass(frozen=True, slots=True)
class RawTimes:
    """One message of a provider: texts, and where each one starts and ends."""

    texts: Sequence[str]
    """Phonemes, characters or words."""
    starts: Times
    """Empty where only ends are told: each starts where the one before ended."""
    ends: Times
    """Empty where only starts are told: each ends where the next one starts."""


@dataclass(frozen=True, slots=True)
class RepairedTimes:
    """Texts with times that are numbers, in seconds, and what it took."""

    spans: tuple[tuple[str, float, float], ...]
    """Text, start and end; in the order that they came, and finite."""
    repairs: Repairs
    """What was wrong with them."""
    in_milliseconds: bool
    """Whether they were milliseconds."""


def repair_times(
    raw: RawTimes,
    *,
    duration: float | None = None,
    in_milliseconds: bool | None = None,
) -> RepairedTimes:
    """
    Make numbers of one message's times, and seconds of the numbers.

    Times are milliseconds where the typical entry would last longer than 5 s,
    or where they reach beyond the audio as seconds and not as milliseconds.

    Args:
        raw: What came.
        duration: Seconds of the whole utterance's audio, once they are known.
        in_milliseconds: The unit, where it is known already.
    """
    counts: Counter[str] = Counter()
    texts, starts, ends = _equal(raw, counts)
    spans = _finite(starts, ends, counts)
    if in_milliseconds is None:
        in_milliseconds = are_milliseconds(spans, duration)
    if in_milliseconds:
        counts["milliseconds"] += len(spans)
        spans = [(start * _MILLI, end * _MILLI) for start, end in spans]
    done = tuple((text, *span) for text, span in zip(texts, spans, strict=True))
    if duration is not None:
        done = _within(done, duration, counts)
    return RepairedTimes(done, counted(counts), in_milliseconds)


def _within(
    spans: Sequence[_Span], duration: float, counts: Counter[str]
) -> tuple[_Span, ...]:
    """Cut what reaches beyond the audio, and drop what is beyond it."""
    for _, start, end in spans:
        counts["beyond"] += start >= duration or end > duration + USUAL_OVERRUN
    return tuple(
        (text, start, min(end, duration))
        for text, start, end in spans
        if start < duration
    )


def are_milliseconds(
    spans: Sequence[tuple[float, float]], duration: float | None
) -> bool:
    """Tell whether times are milliseconds, by their length and by the audio's."""
    lengths = [end - start for start, end in spans if end > start]
    if not lengths:
        return False
    if median(lengths) > LONGEST_SPAN:
        return True
    last = max(end for _, end in spans)
    if duration is None or median(end for _, end in spans) <= duration + _TAIL:
        return False
    return last * _MILLI <= duration + _TAIL and last > 10 * (duration + _TAIL)


def _equal(
    raw: RawTimes, counts: Counter[str]
) -> tuple[list[str], list[float | None], list[float | None]]:
    """Cut the arrays to the shortest one; an empty one of the times is left out."""
    arrays = [len(times) for times in (raw.starts, raw.ends) if times]
    length = min([len(raw.texts), *arrays]) if arrays else 0
    counts["unequal"] += max([len(raw.texts), *arrays]) - length
    starts = list(raw.starts[:length]) or [None] * length
    ends = list(raw.ends[:length]) or [None] * length
    told = [*raw.starts[:length], *raw.ends[:length]]
    counts["non_finite"] += sum(not _is_number(time) for time in told)
    return list(raw.texts[:length]), starts, ends


def _is_number(time: float | None) -> TypeGuard[float]:
    return time is not None and abs(time) <= _LARGEST


def _finite(
    starts: Times, ends: Times, counts: Counter[str]
) -> list[tuple[float, float]]:
    """Give every entry a start, between its neighbours; end it where one may."""
    known = _filled(starts, ends)
    spans: list[tuple[float, float]] = []
    for start, end, following in zip_longest(known, ends, known[1:]):
        if _is_number(end) and end >= start:
            spans.append((start, end))
            continue
        counts["backwards"] += _is_number(end)
        spans.append((start, max(start, following or start)))
    return spans


def _filled(starts: Times, ends: Times) -> list[float]:
    """Return starts; those that are no numbers lie evenly between what is known."""
    places: list[int] = []
    times: list[float] = []
    for place, (start, before) in enumerate(zip_longest(starts, [0.0, *ends])):
        time = start if _is_number(start) else before
        if _is_number(time):
            places.append(place)
            times.append(time)
    filled = np.interp(np.arange(len(starts)), places, times)
    return [float(time) for time in filled]


class TimeReader:
    """
    Reads the messages of one utterance, one after another.

    The unit is told by the first message that tells it, and stays. A message
    that starts before the one before it ended is a growing snapshot where it
    repeats what came, and otherwise counts from its own audio, or from where the
    times before it ended.

    Args:
        rate: Frames a second of the utterance, in Hz.
        kind: What the texts are.
        duration: Seconds of its whole audio, where they are known.
    """

    def __init__(
        self,
        rate: int,
        kind: Literal["grapheme", "phoneme"] = "phoneme",
        *,
        duration: float | None = None,
    ) -> None:
        self._rate = rate
        self._kind = kind
        self._duration = duration
        self._in_milliseconds: bool | None = None
        self._offset = 0.0
        self._end = 0.0
        self._seen: list[_Span] = []
        self._counts: Counter[str] = Counter()

    @property
    def repairs(self) -> Repairs:
        """What was wrong with the times so far."""
        return counted(self._counts)

    def receive(
        self, raw: RawTimes, *, audio_before: float | None = None
    ) -> list[TimedText]:
        """
        Read one message; return what it has that is new.

        Args:
            raw: What came.
            audio_before: Seconds of audio that came before this message's own;
                None where nobody counted: where the times before it ended.
        """
        done = repair_times(
            raw, duration=self._duration, in_milliseconds=self._unit(raw)
        )
        self._counts.update(done.repairs.by_name())
        spans = self._fresh(list(done.spans))
        if not spans:
            return []
        if self._seen and _is_same(self._seen[-1], spans[0]):
            self._seen.pop()
        else:
            self._place(min(start for _, start, _ in spans), audio_before)
        self._seen += spans
        moved = [(text, a + self._offset, b + self._offset) for text, a, b in spans]
        self._end = max([self._end, *(end for _, _, end in moved)])
        return [self._entry(*span) for span in moved]

    def _unit(self, raw: RawTimes) -> bool | None:
        """Return whether times are milliseconds; None where nobody knows yet."""
        if self._in_milliseconds is None:
            seen = repair_times(raw, duration=self._duration)
            if seen.in_milliseconds or any(b > a for _, a, b in seen.spans):
                self._in_milliseconds = seen.in_milliseconds
        return self._in_milliseconds

    def _fresh(self, spans: list[_Span]) -> list[_Span]:
        """Drop what a growing snapshot repeats, unless its last entry has grown."""
        known = self._seen
        common = min(len(spans), len(known))
        same = common and all(map(_is_same, known[:common], spans[:common]))
        if self._offset or not same:
            return spans
        self._counts["repeated"] += common
        has_grown = spans[common - 1][2] > known[common - 1][2] + _SAME
        return spans[common - (has_grown and common == len(known)) :]

    def _place(self, start: float, audio_before: float | None) -> None:
        """Find out what a message that starts at *start* counts from."""
        base = self._end if audio_before is None else audio_before
        back = self._end - (start + self._offset)
        forth = abs(start + base - self._end)
        if self._seen and back > 0 and (back > _OVERLAP or forth < back):
            self._counts["relative"] += 1
            self._offset = base
            self._seen = []

    def _entry(self, text: str, start: float, end: float) -> TimedText:
        self._counts["negative"] += start < 0
        frame = max(round(start * self._rate), 0)
        stop = max(round(end * self._rate), frame)
        return TimedText(self._kind, text, frame, stop - frame)


def _is_same(known: _Span, span: _Span) -> bool:
    return known[0] == span[0] and abs(known[1] - span[1]) <= _SAME
