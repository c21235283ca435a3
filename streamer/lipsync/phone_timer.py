"""
Timed entries become sounds that follow one another.

The last step before articulation: every sound of an utterance with its place,
without a hole. What was told stays as it is; the entry that the next one may
still change can be held back until it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from streamer.audio.format import TimedText
from streamer.lipsync.phonemes import Phone, PhonemeNormaliser
from streamer.lipsync.repair import (
    RepairLog,
    Repairs,
    join_modifiers,
    place,
)
from streamer.lipsync.timeline import Mark, TimedPhone

__all__ = ["LONGEST_HELD_GAP", "PhoneTimer", "timed_phones"]

LONGEST_HELD_GAP = 0.050
"""Seconds without an entry through which a sound is held; longer is silence."""

_CERTAIN = frozenset({"sound", "silence"})
"""Roles of entries that surely are told where they start."""

_LATEST = 1.0
"""Seconds by which an entry may be moved to make room for those before it; more is
no speech, and what is dropped then bounds what one moment may hold."""


def timed_phones(
    entries: Sequence[TimedText],
    normaliser: PhonemeNormaliser,
    *,
    rate: int,
    frames: int | None = None,
) -> list[TimedPhone]:
    """
    Return the sounds of an utterance whose phonemes are all there.

    Args:
        entries: Phonemes in any order; other kinds are left out.
        normaliser: Knows how they are written.
        rate: Frames a second of the utterance, in Hz.
        frames: Where its audio ends, if that is known.
    """
    timer = PhoneTimer(rate, normaliser)
    return [*timer.receive(entries, until=0), *timer.finish(frames)]


class PhoneTimer:
    """
    Gives the sounds of one utterance in order, without holes.

    However the entries are divided into calls, the sounds are the same as from
    one call with all of them, as long as batches come in order and nothing is
    asked for before what follows it has come; a long one may come in two parts.
    Gaps of up to :data:`LONGEST_HELD_GAP` go to the sound before; longer ones,
    and the time before the first sound, are silence. Every sound has a frame at
    least, and none begins where the audio has ended. Of two entries with one text
    and one start the longer one counts: a growing snapshot tells it again.

    Args:
        rate: Frames a second of the utterance, in Hz.
        normaliser: Knows how its phonemes are written.
        log: Where repairs are counted; None: in one of its own.
    """

    def __init__(
        self, rate: int, normaliser: PhonemeNormaliser, log: RepairLog | None = None
    ) -> None:
        self._latest = round(rate * _LATEST)
        self._longest_gap = round(rate * LONGEST_HELD_GAP)
        self._normaliser = normaliser
        self._pending: list[TimedText] = []
        self._until = 0
        self._last: Phone | None = None
        self._log = log or RepairLog()
        self._frames: int | None = None
        self._marks: list[Mark] = []

    @property
    def until(self) -> int:
        """Frame up to which everything was told."""
        return self._until

    @property
    def repairs(self) -> Repairs:
        """What was wrong with the times so far."""
        return self._log.repairs

    def receive(
        self, entries: Sequence[TimedText], *, until: int | None = None
    ) -> list[TimedPhone]:
        """
        Take entries that have arrived; return the sounds that are now settled.

        Args:
            entries: Phonemes in any order; other kinds are left out.
            until: What the next entry may still cut or join is held back,
                unless the last entry starts before this frame. None: nothing is
                held back but a mark of stress, which waits for its sound.
        """
        fresh = [entry for entry in entries if entry.kind == "phoneme" and entry.text]
        self._normaliser.notice([entry.text for entry in fresh])
        self._take(fresh)
        ready = join_modifiers(self._pending, self._normaliser)
        held = self._held(ready, until)
        self._pending = held
        before = held[0].frame if held else None
        told = self._tell(ready[: len(ready) - len(held)], before=before)
        if before is not None and self._normaliser.role(held[0].text) in _CERTAIN:
            self._fill(before, told)
        return told

    def finish(self, frames: int | None = None) -> list[TimedPhone]:
        """
        Return what was held back; no more entries come.

        Args:
            frames: Where the audio ends; the time up to there is told, too, and
                an entry behind it is dropped.
        """
        ready, self._pending = self._pending, []
        self._frames = frames
        told = self._tell(ready, before=frames)
        if frames is not None:
            self._fill(frames, told)
        return told

    def take_marks(self) -> list[Mark]:
        """Return the entries told since the last call, as the voice wrote them."""
        marks, self._marks = self._marks, []
        return marks

    def _take(self, entries: Sequence[TimedText]) -> None:
        """Put what can still be told among the pending entries, by start."""
        for before, entry in pairwise(entries):
            if entry.frame < before.frame:
                self._log.add("unordered", entry)
        for entry in entries:
            if entry.frame < self._until and entry.frame + entry.frames <= self._until:
                self._log.add("late", entry)
            else:
                self._pending.append(entry)
        grown = self._grown()
        self._pending = sorted(grown, key=lambda entry: entry.frame)

    def _grown(self) -> list[TimedText]:
        """Leave out what a longer entry of the same text and start repeats."""
        longest: dict[tuple[str, int], int] = {}
        for entry in self._pending:
            key = (entry.text, entry.frame)
            longest[key] = max(longest.get(key, entry.frames), entry.frames)
        kept: list[TimedText] = []
        for entry in self._pending:
            if entry.frames == longest[entry.text, entry.frame]:
                kept.append(entry)
            else:
                self._log.add("repeated", entry)
        return kept

    def _held(self, ready: list[TimedText], until: int | None) -> list[TimedText]:
        """Return the entries at the end that must wait for what comes next."""
        if not ready:
            return []
        last = ready[-1]
        waits = until is not None and last.frame >= until
        role = self._normaliser.role(last.text)
        if role == "stress" or not waits:
            return [last] if role == "stress" else []
        count = 0
        for entry in reversed(ready):
            is_run = role == "silence" == self._normaliser.role(entry.text)
            if entry is not last and entry.frame != last.frame and not is_run:
                break
            count += 1
        return ready[len(ready) - count :]

    def _tell(
        self, entries: Sequence[TimedText], *, before: int | None
    ) -> list[TimedPhone]:
        """Tell entries for good; the next one starts at *before*."""
        told: list[TimedPhone] = []
        placed = place(
            entries,
            after=self._until,
            before=before,
            latest=self._latest,
            normaliser=self._normaliser,
        )
        for item in placed:
            entry = item.entry
            if self._frames is not None and entry.frame >= self._frames:
                self._log.add("beyond", entry)
                continue
            if item.repair:
                self._log.add(item.repair, entry)
            if entry.frames:
                self._marks.append(
                    Mark(entry.frame, entry.frames, "phoneme", entry.text)
                )
                self._sound(entry, told)
        return told

    def _sound(self, entry: TimedText, told: list[TimedPhone]) -> None:
        """Tell the sounds of an entry, or that it has none."""
        if entry.frame < self._until:
            entry = _cut(entry, self._until)
        role = self._normaliser.role(entry.text)
        phones = self._normaliser.normalise(entry.text)
        is_near = entry.frame - self._until <= self._longest_gap
        if role == "modifier" and self._last is not None and is_near:
            phones = (replace(self._last, share=1.0),)
        elif not phones and role != "silence":
            # Its time goes the way of every gap.
            if not self._normaliser.is_switch(entry.text):
                self._log.add("stray", entry)
            return
        self._fill(entry.frame, told)
        start = entry.frame
        for phone, stop in zip(phones, _stops(entry, phones), strict=True):
            told.append(TimedPhone(start, stop - start, phone))
            start = stop
        if phones:
            self._until, self._last = start, phones[-1]
        else:
            self._rest(entry.frame + entry.frames, told)

    def _fill(self, frame: int, told: list[TimedPhone]) -> None:
        """Fill the hole before *frame*."""
        gap = frame - self._until
        if gap <= 0:
            return
        hole = TimedText("phoneme", "", self._until, gap)
        if self._last is None or gap > self._longest_gap:
            if self._last is not None:
                self._log.add("gaps", hole)
            self._rest(frame, told)
            return
        self._log.add("bridged", hole)
        if told:
            told[-1] = replace(told[-1], frames=told[-1].frames + gap)
        else:
            told.append(TimedPhone(self._until, gap, replace(self._last, share=1.0)))
        self._until = frame

    def _rest(self, stop: int, told: list[TimedPhone]) -> None:
        """Be silent up to *stop*."""
        frames = stop - self._until
        if told and told[-1].phone is None:
            told[-1] = replace(told[-1], frames=told[-1].frames + frames)
        elif frames > 0:
            told.append(TimedPhone(self._until, frames, None))
        self._until, self._last = stop, None


def _cut(entry: TimedText, start: int) -> TimedText:
    """
    Let an entry start at *start*, where the one before it ended.

    They can overlap only where a switch of language told among them gave the one
    before more sounds than it was given room for.
    """
    stop = max(entry.frame + entry.frames, start)
    return replace(entry, frame=start, frames=stop - start)


def _stops(entry: TimedText, phones: Sequence[Phone]) -> list[int]:
    """Return where each sound of an entry ends; each has a frame at least."""
    stops: list[int] = []
    share = 0.0
    end = entry.frame + entry.frames
    before = entry.frame
    for left, phone in zip(range(len(phones) - 1, -1, -1), phones, strict=True):
        share += phone.share
        stop = entry.frame + round(entry.frames * share)
        before = max(min(stop, end - left), before + 1)
        stops.append(before)
    return stops
