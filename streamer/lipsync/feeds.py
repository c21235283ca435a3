"""
Where a mouth's sounds come from: one feed for each rung.

A feed takes what arrives and tells sounds in order, without holes. What it told
never changes. What is far in the future is left alone until somebody asks for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from streamer.audio.format import TimedText
from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.phone_timer import PhoneTimer
from streamer.lipsync.phonemes import PhonemeNormaliser
from streamer.lipsync.pose import CHANNELS
from streamer.lipsync.repair import RepairLog, cut_at
from streamer.lipsync.rungs import GraphemeTimer, LoudnessMouth, Rung
from streamer.lipsync.timeline import Mark, TimedPhone

__all__ = [
    "Feed",
    "GraphemeFeed",
    "LoudnessFeed",
    "PhonemeFeed",
    "Work",
    "derived_marks",
    "end_of",
    "silence_between",
]

Float32 = npt.NDArray[np.float32]
Work = Callable[[], None]
"""What may block: reading letters, fitting text. Any thread may run it."""

_READ_AT_ONCE = 36
"""Characters that are read in one piece of work: some 2 s of speech, 2 ms of work."""
_EARLY = 0.150
"""Seconds before a sound is needed at which its word is read, where more is known: the
gestures of the sounds before look so far ahead."""


class Feed(Protocol):
    """Tells an utterance's sounds."""

    @property
    def timing(self) -> Rung:
        """Which rung it is."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether all was told."""
        ...

    @property
    def is_idle(self) -> bool:
        """Whether all that came, and can be told as it is, was told."""
        ...

    def appetite(self, want: int, due: int) -> int:
        """Return how many more letters it wants to know of for :meth:`work`."""
        ...

    def receive(self, entries: Sequence[TimedText]) -> None:
        """Receive timed text; what is of another kind is left out."""
        ...

    def receive_levels(self, levels: Float32, frames: int) -> None:
        """Receive how loud the sound is; *frames* of it came in all."""
        ...

    def finish(self, frames: int) -> None:
        """Learn that all has come, and how long it is."""
        ...

    def work(self, want: int, due: int) -> Work | None:
        """
        Return what must be done before more can be told, or None.

        Only one piece of work may be under way; :meth:`take` may be called
        meanwhile, and knows what was found once it is done.
        """
        ...

    def take(self, want: int, due: int) -> list[TimedPhone]:
        """
        Return the sounds that became known, behind those told before.

        Args:
            want: No more is needed than what starts before this frame.
            due: What starts before this frame is needed as well as it is known.
        """
        ...

    def take_marks(self) -> list[Mark]:
        """Return phonemes, and words it alone knows of, told since the last call."""
        ...


class _Queue:
    """Entries that wait, by their start."""

    def __init__(self) -> None:
        self._entries: list[TimedText] = []

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entries: Sequence[TimedText]) -> None:
        """Add entries."""
        if entries:
            self._entries += entries
            self._entries.sort(key=_start)

    def cut(self, frames: int, log: RepairLog) -> None:
        """Leave out what is beyond the end of the sound."""
        self._entries = cut_at(self._entries, frames, log)

    def take(self, before: int) -> list[TimedText]:
        """Take those that start before a frame."""
        count = bisect_left(self._entries, before, key=_start)
        if not count:
            return []
        taken, self._entries = self._entries[:count], self._entries[count:]
        return taken


def _start(entry: TimedText) -> int:
    return entry.frame


class PhonemeFeed:
    """
    The rung ``phonemes``: what the voice says.

    Args:
        rate: Frames a second, in Hz.
        normaliser: Knows how they are written.
        log: Where repairs are counted.
    """

    timing: Rung = "phonemes"

    def __init__(
        self, rate: int, normaliser: PhonemeNormaliser, log: RepairLog
    ) -> None:
        self._timer = PhoneTimer(rate, normaliser, log)
        self._log = log
        self._queue = _Queue()
        self._frames: int | None = None
        self.is_over = False

    @property
    def is_idle(self) -> bool:
        """Whether no phoneme waits; what is held back is not due."""
        return not self._queue

    def appetite(self, want: int, due: int) -> int:  # noqa: ARG002 - Feed
        """Return 0: it goes by no letters."""
        return 0

    def receive(self, entries: Sequence[TimedText]) -> None:
        """Receive phonemes."""
        self._queue.add([entry for entry in entries if entry.kind == "phoneme"])

    def receive_levels(self, levels: Float32, frames: int) -> None:
        """Learn nothing."""

    def finish(self, frames: int) -> None:
        """Learn where the sound ends."""
        self._frames = frames
        self._queue.cut(frames, self._log)

    def work(self, want: int, due: int) -> Work | None:  # noqa: ARG002 - Feed
        """Return None: it never blocks."""
        return None

    def take(self, want: int, due: int) -> list[TimedPhone]:
        """Return what the voice said before *want*, but what may still change."""
        if self.is_over:
            return []
        entries = self._queue.take(want)
        # What is still in the queue shows how the last of these ends.
        told = self._timer.receive(entries, until=0 if self._queue else due)
        if self._frames is not None and not self._queue:
            told += self._timer.finish(self._frames)
            self.is_over = True
        return told

    def take_marks(self) -> list[Mark]:
        """Return phonemes as the voice wrote them."""
        return self._timer.take_marks()


class GraphemeFeed:
    """
    The rung ``graphemes``: letters that are read, at their own times.

    Args:
        rate: Frames a second, in Hz.
        language: How they are read.
        letter_to_sound: Who reads.
        log: Where repairs are counted; None: in one of its own.
    """

    timing: Rung = "graphemes"

    def __init__(
        self,
        rate: int,
        language: str,
        letter_to_sound: LetterToSound,
        log: RepairLog | None = None,
    ) -> None:
        self._log = log or RepairLog()
        self._timer = GraphemeTimer(rate, language, letter_to_sound)
        self._early = round(_EARLY * rate)
        self._entries: list[TimedText] = []
        self._until = 0  # of what was told
        self._found: list[TimedPhone] | None = None
        self._marks: list[Mark] = []
        self._frames: int | None = None
        self._is_read = self._is_reading = False
        self.is_over = False

    @property
    def is_idle(self) -> bool:
        """Whether no letter waits, and none is being read."""
        waits = self._entries or self._timer.waiting is not None
        return not (waits or self._is_reading)

    def appetite(self, want: int, due: int) -> int:
        """Return how many letters it lacks to read on, and to see that more follow."""
        if self._is_reading or not (self._lacks(want, due) or self._waits(due)):
            return 0
        return max(_READ_AT_ONCE + 1 - len(self._entries), 0)

    def receive(self, entries: Sequence[TimedText]) -> None:
        """Receive characters, or words."""
        self._entries += [entry for entry in entries if entry.kind == "grapheme"]

    def receive_levels(self, levels: Float32, frames: int) -> None:
        """Learn nothing."""

    def finish(self, frames: int) -> None:
        """Learn where the sound ends."""
        self._frames = frames
        self._entries = cut_at(self._entries, frames, self._log)

    def work(self, want: int, due: int) -> Work | None:
        """Return the reading of what comes next, if it is needed."""
        if self._is_read:
            return None
        count = _READ_AT_ONCE if self._lacks(want, due) else 0
        entries, rest = self._entries[:count], self._entries[count:]
        last = self._frames is not None and not rest
        if not (entries or last or self._waits(due)):
            return None
        self._entries, self._is_read = rest, last
        self._is_reading = True
        limit = 0 if rest else due + self._early  # what is there is waited for

        def read() -> None:
            self._found = self._timer.receive(entries, due=limit, last=last)

        return read

    def take(self, want: int, due: int) -> list[TimedPhone]:  # noqa: ARG002 - Feed
        """Return what was read."""
        found, self._found = self._found, None
        if found is None:
            return []
        self._is_reading = False
        self._until = end_of(found, self._until)
        self._marks += derived_marks(found)
        if self._is_read:
            self.is_over = True
            found = found + silence_between(self._until, self._frames or 0)
        return found

    def take_marks(self) -> list[Mark]:
        """Return the sounds that the letters stand for."""
        marks, self._marks = self._marks, []
        return marks

    def _lacks(self, want: int, due: int) -> bool:
        """Tell whether more is asked for, or needed, than was told."""
        return self._until < max(want, due + self._early)

    def _waits(self, due: int) -> bool:
        """Tell whether what waits for what follows it can do so no longer."""
        waiting = self._timer.waiting
        return waiting is not None and waiting < due + self._early


class LoudnessFeed:
    """
    The rung ``loudness``: the sound alone.

    Args:
        rate: Frames a second, in Hz.
        show: Called with the mouth at each level, shape ``(levels, 7)``.
    """

    timing: Rung = "loudness"
    is_idle = False  # sound that comes always says more

    def __init__(self, rate: int, show: Callable[[Float32], None]) -> None:
        self._mouth = LoudnessMouth(rate)
        self._show = show
        self._levels: list[Float32] = []
        self._until = 0
        self._frames: int | None = None
        self.is_over = False

    def appetite(self, want: int, due: int) -> int:  # noqa: ARG002 - Feed
        """Return 0: it goes by no letters."""
        return 0

    def receive(self, entries: Sequence[TimedText]) -> None:
        """Learn nothing: an utterance never changes its rung."""

    def receive_levels(self, levels: Float32, frames: int) -> None:  # noqa: ARG002 - Feed
        """Receive what moves the mouth."""
        self._levels.append(levels)

    def pass_over(self, levels: int) -> None:
        """Let so many levels go by at which nobody looked; the mouth rests then."""
        self._hand_on()
        self._mouth.pass_over(levels)
        self._show(np.zeros((levels, len(CHANNELS)), np.float32))

    def finish(self, frames: int) -> None:
        """Learn where the sound ends."""
        self._frames = frames

    def work(self, want: int, due: int) -> Work | None:  # noqa: ARG002 - Feed
        """Return None: it never blocks."""
        return None

    def take(self, want: int, due: int) -> list[TimedPhone]:  # noqa: ARG002 - Feed
        """Return louder and quieter sounds, and silence."""
        if self.is_over:
            return []
        self._hand_on()
        told = self._mouth.phones(last=self._frames is not None)
        self._until = end_of(told, self._until)
        if self._frames is not None:
            self.is_over = True
            told += silence_between(self._until, self._frames)
        return told

    def take_marks(self) -> list[Mark]:
        """Return none: nobody knows what is said."""
        return []

    def _hand_on(self) -> None:
        if self._levels:
            self._show(self._mouth.receive(np.concatenate(self._levels)))
            self._levels = []


def end_of(told: Sequence[TimedPhone], before: int) -> int:
    """Return where the last sound ends; *before* where there is none."""
    return told[-1].frame + told[-1].frames if told else before


def silence_between(start: int, stop: int) -> list[TimedPhone]:
    """Return the silence from *start* to *stop*, if there is any."""
    return [TimedPhone(start, stop - start, None)] if stop > start else []


def derived_marks(told: Sequence[TimedPhone]) -> list[Mark]:
    """Return marks of sounds that no voice wrote."""
    return [
        Mark(timed.frame, timed.frames, "phoneme", timed.phone.symbol)
        for timed in told
        if timed.phone is not None
    ]
