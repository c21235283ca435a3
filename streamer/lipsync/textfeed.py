"""The feed of the rung ``text``: what is known of it while its sound comes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streamer.audio.format import TimedText
from streamer.lipsync.feeds import Work, derived_marks, end_of, silence_between
from streamer.lipsync.lettersound import LetterToSound, Word
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.reading import read_words
from streamer.lipsync.rungs import Rung, TextTimer
from streamer.lipsync.timeline import Mark, TimedPhone

__all__ = ["TextFeed"]

Float32 = npt.NDArray[np.float32]

_FIT_AGAIN = 0.5
"""Seconds of new sound after which a text is fitted anew, where nothing hurries."""
_FIT_SOON = 0.1
"""The same where what was told is about to be heard."""
_LATE = 0.150
"""Seconds before it would be due for the full rules at which a sound is told with less
hindsight."""
_GUESSED = 0.100
"""Seconds of the text that are told before their sound has come, where it is about to
be heard: 20 ms more error at the median, and cues 90 ms sooner (four sentences of
espeak-ng with 15 ms in hand)."""
_KNOWN = 0.5
"""Seconds of sound to have heard before anything is guessed."""
_HINDSIGHT = 0.250
"""Seconds of sound that are to be known behind a sound of a fitted text."""


class TextFeed:
    """
    The rung ``text``: a text that is fitted to its sound.

    Args:
        rate: Frames a second, in Hz.
        language: How it is read.
        letter_to_sound: Who reads.
        text: What is spoken.
        frames: How long it is, where that is known.
    """

    timing: Rung = "text"
    is_idle = False  # sound that comes always says more

    def __init__(
        self,
        rate: int,
        language: str,
        letter_to_sound: LetterToSound,
        text: str,
        frames: int | None,
    ) -> None:
        self._rate = rate
        self._language = language
        self._letter_to_sound = letter_to_sound
        self._text = text
        self._duration = frames
        self._timer: TextTimer | None = None
        self._words = _Words()
        self._levels: list[Float32] = []
        self._received = 0
        self._fitted = 0
        self._found: list[TimedPhone] | None = None
        self._until = 0
        self._marks: list[Mark] = []
        self._finished = False
        self._is_fitted = False
        self.is_over = False

    def appetite(self, want: int, due: int) -> int:  # noqa: ARG002 - Feed
        """Return 0: it goes by no letters."""
        return 0

    def receive(self, entries: Sequence[TimedText]) -> None:
        """Learn nothing: an utterance never changes its rung."""

    def receive_levels(self, levels: Float32, frames: int) -> None:
        """Receive what the text is fitted to."""
        self._levels.append(levels)
        self._received = frames

    def finish(self, frames: int) -> None:
        """Learn where the sound ends."""
        self._received = frames
        self._finished = True

    def work(self, want: int, due: int) -> Work | None:
        """Return the fitting of the sound that came since the last one."""
        if self._is_fitted or not (self._finished or self._is_worthwhile(want, due)):
            return None
        levels, self._levels = self._levels, []
        received, finished = self._received, self._finished
        self._fitted, self._is_fitted = received, finished
        hindsight = round(_HINDSIGHT * self._rate)
        needed = min(due - round(_LATE * self._rate), received + self._guessed())
        limit = max(received - hindsight, needed)

        def fit() -> None:
            timer = self._timer or self._read()
            fresh = np.concatenate([np.zeros(0, np.float32), *levels])
            timer.receive_audio(fresh, received, last=finished)
            self._found = timer.phones(None if finished else limit) if received else []

        return fit

    def take(self, want: int, due: int) -> list[TimedPhone]:  # noqa: ARG002 - Feed
        """Return what was fitted."""
        found, self._found = self._found, None
        if found is None:
            return []
        self.is_over = self._is_fitted
        self._until = end_of(found, self._until)
        self._marks += self._words.follow(found, last=self.is_over)
        self._marks += derived_marks(found)
        if self.is_over:
            found = found + silence_between(self._until, self._received)
        return found

    def take_marks(self) -> list[Mark]:
        """Return words and sounds where they seem to be."""
        marks, self._marks = self._marks, []
        return marks

    def _is_worthwhile(self, want: int, due: int) -> bool:
        """Whether enough sound came since the last fitting."""
        if self._timer is None:
            return True  # so that it is read when the sound comes
        if self._until >= want:
            return False
        hurries = self._until < due - round(_LATE * self._rate)
        least = _FIT_SOON if hurries else _FIT_AGAIN
        return self._received - self._fitted >= round(least * self._rate)

    def _guessed(self) -> int:
        """Return how far beyond its sound the text may be told, where it hurries."""
        is_known = self._received > round(_KNOWN * self._rate)
        return round(_GUESSED * self._rate) if is_known else 0

    def _read(self) -> TextTimer:
        """Read the text, once."""
        words = self._letter_to_sound(self._text, self._language)

        def known(text: str, language: str) -> Sequence[Word]:  # noqa: ARG001
            return words

        self._words = _Words.read(self._text, self._language, known)
        self._timer = TextTimer(self._rate, self._language, known, self._text)
        if self._duration is not None:
            self._timer.receive_duration(self._duration)
        return self._timer


class _Words:
    """
    The words of a text, found again among the sounds that were told.

    Sounds may be left out where there was no time for them; the order stays.
    """

    def __init__(
        self, expected: Sequence[tuple[Phone, int]] = (), texts: Sequence[str] = ()
    ) -> None:
        self._expected = expected
        self._texts = texts
        self._next = 0
        self._word = -1
        self._span = (0, 0)

    @classmethod
    def read(cls, text: str, language: str, letter_to_sound: LetterToSound) -> _Words:
        """Return the words of a text."""
        words = read_words(text, language, letter_to_sound)
        expected = [
            (phone, index) for index, word in enumerate(words) for phone in word.phones
        ]
        return cls(expected, [text[word.start : word.stop] for word in words])

    def follow(self, told: Sequence[TimedPhone], *, last: bool) -> list[Mark]:
        """Return the words that are over."""
        marks: list[Mark] = []
        for timed in told:
            if timed.phone is None:
                continue
            word = self._word_of(timed.phone)
            if word != self._word:
                marks += self._mark()
                self._word, self._span = word, (timed.frame, timed.frame)
            self._span = (self._span[0], timed.frame + timed.frames)
        return marks + (self._mark() if last else [])

    def _word_of(self, phone: Phone) -> int:
        """Return the word of the next sound that is like *phone*; there is one."""
        while self._expected[self._next][0] != phone:
            self._next += 1
        word = self._expected[self._next][1]
        self._next += 1
        return word

    def _mark(self) -> list[Mark]:
        """Return the word that was followed, if there is one."""
        word, self._word = self._word, -1
        if word < 0:
            return []
        start, stop = self._span
        return [Mark(start, stop - start, "word", self._texts[word])]
