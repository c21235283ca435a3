"""The rung ``text``: phones of a text, fitted to the sound as it arrives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.levelfit import (
    LEVEL_S,
    Float64,
    Intp,
    Placed,
    Sounds,
    class_of,
    place,
    reference,
)
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.reading import LONGEST_HELD_GAP, join_phones, read_words
from streamer.lipsync.timeline import TimedPhone

__all__ = ["TextTimer"]

_WINDOW = 500
"""Levels that are looked at together: 5 s."""
_MARGIN = 100
"""Levels at the end of a window behind which more is known; nothing is told there."""
_HINDSIGHT = 200
"""Levels that are looked at again, so that what follows can be corrected: 2 s."""
_SLOWEST, _FASTEST = 2.5, 0.4
"""Bounds of how much slower than usual a voice may speak."""
_UNDECIDED_S = 0.35
"""Seconds for which a phone whose end is not heard yet may be kept back."""
_TRUST_S = 1.5
"""Seconds of speech that what was expected of the pace is worth."""
_SHORTEST_S = 0.025
"""Least time of a phone that is told late; with it the mouth catches up."""
_SPEECH_DB = -38.0
"""Against the reference; where a level is above, somebody speaks."""
_AT_ONCE = 1e-6
"""Likelihood of a pause where there is none."""
_BEFORE = 0.9
"""Likelihood of silence before the first phone."""
_FAR = 2**62
"""A frame behind all others."""


class TextTimer:
    """
    Finds out when each sound of a known text is heard.

    Before any sound is known, sounds last what they usually do, scaled to the
    duration where that is known; as levels arrive, the likeliest placing is
    found by dynamic programming, pauses included. What was told never changes.

    Args:
        rate: Frames a second, in Hz.
        language: How the text is read, a language tag.
        lts: Says how words are spoken; called once, at construction.
        text: All that is spoken.

    Raises:
        VoiceError: If the language is not known.
    """

    def __init__(self, rate: int, language: str, lts: LetterToSound, text: str) -> None:
        self._rate = rate
        self._held = round(LONGEST_HELD_GAP * rate)
        self._shortest = round(_SHORTEST_S * rate)
        self._undecided = round(_UNDECIDED_S * rate)
        self._read(text, language, lts)
        self._levels = np.zeros(0)
        self._over = False
        self._duration: int | None = None
        self._next = 0  # phone to be told next
        self._at = 0  # frame up to which was told
        self._anchor = (0, 0)  # phone, and the level at which it is taken to begin
        self._rests_at = True  # whether there may be silence at the anchor
        self._spoken = (0.0, 0.0)  # seconds before it: as they were, as is usual
        self._recent = (0.0, 0.0)  # behind it, as it seemed last
        self._view: _View | None = None

    def _read(self, text: str, language: str, lts: LetterToSound) -> None:
        words = [w for w in read_words(text, language, lts) if w.phones]
        self._phones = [phone for word in words for phone in word.phones]
        self._usual = np.array([time for word in words for time in word.usual])
        pauses, rests = [_BEFORE], [0.0]
        for word in words:
            inside = len(word.phones) - 1
            pauses += [_AT_ONCE] * inside + [word.pause]
            rests += [0.0] * inside + [word.pause_seconds]
        self._pauses, self._rests = np.array(pauses), np.array(rests)
        classes = np.array([class_of(phone) for phone in self._phones], np.intp)
        self._classes = classes

    def receive_duration(self, frames: int) -> None:
        """
        The whole sound has *frames*, as its header or its sender says.

        Where more comes, or the text can't be said in it, that counts for nothing.
        """
        self._duration = frames
        self._view = None

    def receive_audio(
        self, levels: npt.NDArray[np.float32], frames: int, *, last: bool = False
    ) -> None:
        """
        Receive what follows of the sound.

        Args:
            levels: RMS in dBFS of each 10 ms that follows the last call's;
                shape ``(levels,)``; silence may be minus infinity.
            frames: Frames received in all.
            last: Whether the sound is over; its frames are the duration then.
        """
        if len(levels):
            fresh = np.nan_to_num(levels.astype(np.float64), nan=-120.0, neginf=-120.0)
            self._levels = np.concatenate([self._levels, fresh])
        if last:
            self._over = True
            self._duration = frames
        if len(levels) or last:
            self._view = None

    def phones(self, until: int | None) -> list[TimedPhone]:
        """
        Tell the phones that begin before *until* and were not told.

        Best is an *until* at least 250 ms behind what was received; beyond
        what was received, phones are where they usually would be.

        Args:
            until: A frame; None: all that is left, it is over.

        Returns:
            Phones and silence from where the last call's ended, without holes;
            they are final.
        """
        told: list[TimedPhone] = []
        while self._next < len(self._phones):
            view = self._view = self._view or self._look()
            limit = view.trusted if until is None else min(until, view.trusted)
            told += self._tell(view, limit)
            self._move_anchor(view)
            if limit < view.trusted or view.trusted == math.inf:
                break
        return told

    def _tell(self, view: _View, limit: float) -> list[TimedPhone]:
        """Tell the phones that begin before *limit*."""
        spans: list[tuple[int, int, Phone]] = []
        at = self._at
        last = max(self._duration or 0, at) if self._over else _FAR
        plan = view.spans[self._next - view.first :]
        for (start, stop), phone in zip(plan, self._phones[self._next :], strict=True):
            begin = max(start, at)
            is_open = limit < view.heard <= stop and not self._over
            if begin >= limit or (is_open and view.heard - start < self._undecided):
                break
            at = max(stop, begin + min(self._shortest, stop - start))
            at = max(min(at, last), begin)
            spans.append((begin, at, phone))
        told = join_phones(spans, after=self._at, held=self._held)
        self._next += len(spans)
        self._at = _end(told, self._at)
        rest = plan[len(spans) :]
        silent = int(min(limit, rest[0][0])) if rest else self._at
        if silent - self._at > self._held:
            told.append(TimedPhone(self._at, silent - self._at, None))
            self._at = silent
        return told

    def _move_anchor(self, view: _View) -> None:
        """Look only at what is recent: forget what is certain by now."""
        level = self._anchor[1]
        if view.trusted == math.inf and view.level - level < 1.5 * _HINDSIGHT:
            return
        latest = view.level - (_HINDSIGHT if view.trusted == math.inf else _MARGIN)
        placed = view.starts[: self._next + 1 - view.first]
        passed = int(np.searchsorted(placed, latest, side="right")) - 1
        if passed <= 0 and view.trusted < math.inf:
            # A long silence, or a phone without end: go on behind it.
            passed = self._next - view.first
            latest = max(latest, self._at * 100 // self._rate)
        elif passed <= 0:
            return
        else:
            latest = int(view.starts[passed])
        lasted, usual = view.pace_of(passed, self._usual)
        self._spoken = self._spoken[0] + lasted, self._spoken[1] + usual
        self._recent = 0.0, 0.0
        self._rests_at = latest not in view.starts
        self._anchor = view.first + passed, latest
        self._view = None

    def _look(self) -> _View:
        """Place what is left as it seems now."""
        first, level = self._anchor
        heard = self._levels[level : level + _WINDOW]
        is_rest = level + _WINDOW >= len(self._levels)
        end = level + len(heard)
        pace = self._pace()
        placed = self._place(first, level, heard, pace, whole=is_rest and self._over)
        starts, stops = placed.starts + level, placed.stops + level
        spans = [
            (self._frame(start), self._frame(stop))
            for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)
        ]
        # Where not all could be placed, all that is left of the time is shared.
        begin = level if is_rest and self._over and not spans else end
        view = _View(
            first=first,
            spans=self._go_on(first, spans, self._frame(begin), pace),
            starts=starts,
            stops=stops,
            level=end,
            heard=self._frame(end),
            trusted=math.inf if is_rest else self._frame(end - _MARGIN),
        )
        self._recent = view.pace_of(max(len(starts) - 1, 0), self._usual)
        return view

    def _place(
        self, first: int, level: int, heard: Float64, pace: float, *, whole: bool
    ) -> Placed:
        usual = self._usual[first:] * (pace / LEVEL_S)
        if not whole:  # no more than could be spoken in the time
            count = int(np.searchsorted(usual.cumsum(), 2.0 * len(heard))) + 5
            usual = usual[:count]
        if not len(heard):
            return Placed(np.zeros(0, np.intp), np.zeros(0, np.intp))
        last = first + len(usual)
        pauses = self._pauses[first : last + 1].copy()
        if first or level:
            pauses[0] = _BEFORE if self._rests_at else _AT_ONCE
        sounds = Sounds(self._classes[first:last], usual, pauses)
        return place(sounds, heard - reference(self._levels), whole=whole)

    def _go_on(
        self, begun: int, spans: list[tuple[int, int]], heard: int, pace: float
    ) -> list[tuple[int, int]]:
        """Add the phones that are not heard yet."""
        first = begun + len(spans)
        usual = self._usual[first:] * pace * self._rate
        rests = self._rests[first:-1] * pace * self._rate
        if not len(usual):
            return spans
        at = float(heard)
        if spans and spans[-1][1] >= heard and not self._over:
            # The last one may go on for what is left of its usual time.
            start, stop = spans[-1]
            at = max(at, start + self._usual[first - 1] * pace * self._rate)
            spans[-1] = (start, max(stop, round(at)))
        if (duration := self._likely_duration()) is not None:
            left = max(duration - at, 0.0)
            factor = left / float(usual.sum() + rests[1:].sum())
            if self._over or factor < 1.0:
                usual, rests = usual * factor, rests * factor
        for index, time in enumerate(usual.tolist()):
            at += float(rests[index]) if index else 0.0
            spans.append((round(at), round(at + time)))
            at += time
        return spans

    def _likely_duration(self) -> int | None:
        """
        Return how long the sound is; None where that is not known.

        A stream of several WAVs says at first how long its first one is: that is too
        short for the text, or is passed.
        """
        if self._duration is None or self._over:
            return self._duration
        shortest = _FASTEST * float(self._usual.sum()) * self._rate
        passed = self._frame(len(self._levels)) > self._duration
        return None if passed or self._duration < shortest else self._duration

    def _pace(self) -> float:
        """Return how much slower than usual the voice speaks."""
        expected = 1.0
        whole = float(self._usual.sum())
        if (duration := self._likely_duration()) is not None and whole:
            expected = duration / self._rate / (whole + float(self._rests.sum()))
            if self._over and len(self._levels):
                level = self._levels - reference(self._levels)
                expected = float((level > _SPEECH_DB).sum()) * LEVEL_S / whole
        expected = min(max(expected, _FASTEST), _SLOWEST)
        lasted, usual = (a + b for a, b in zip(self._spoken, self._recent, strict=True))
        pace = (lasted + _TRUST_S * expected) / (usual + _TRUST_S)
        return min(max(pace, _FASTEST), _SLOWEST)

    def _frame(self, level: int) -> int:
        return level * self._rate // 100


def _end(told: list[TimedPhone], before: int) -> int:
    return told[-1].frame + told[-1].frames if told else before


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """Where the phones from the anchor on seem to be."""

    first: int
    """The first of them."""
    spans: list[tuple[int, int]]
    """(start, stop) of each to the last of the text, in frames."""
    starts: Intp
    """Levels at which those that were heard begin."""
    stops: Intp
    """Levels at which they end."""
    level: int
    """Levels that were looked at end here."""
    heard: int
    """The same in frames."""
    trusted: float
    """Frame from which on more is known than was looked at."""

    def pace_of(self, count: int, usual: Float64) -> tuple[float, float]:
        """Return the seconds of the first *count*: as they are, as is usual."""
        lasted = (self.stops[:count] - self.starts[:count]).sum() * LEVEL_S
        return float(lasted), float(usual[self.first : self.first + count].sum())
