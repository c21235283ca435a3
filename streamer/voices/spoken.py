"""What a voice says it spoke, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "Int16",
    "Piece",
    "SpokenPhoneme",
    "SpokenWord",
    "Synthesis",
    "Transcript",
    "is_plosive",
]

Int16 = npt.NDArray[np.int16]
"""Sound as espeak-ng makes it: mono, shape ``(frames,)``."""

_PAUSES = frozenset(" .,;:!?…")
_STOPS = frozenset("pbtdkɡgʈɖcɟqɢʔ")
_CLAUSE_END = re.compile(r"\S*?([.,;:!?…])[^\w\s]*(?:\s|$)")
_LANGUAGE_SWITCH = re.compile(r"\([a-z0-9-]+\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SpokenPhoneme:
    """One phoneme, or a pause, with its place in the sound."""

    text: str
    """IPA, stress attached in front; a pause is a space or the punctuation."""
    frame: int
    """Where it starts, in frames from the first sample."""
    frames: int
    """How long it lasts; 0 only where the voice swallowed it."""

    @property
    def is_pause(self) -> bool:
        """Whether nobody speaks here."""
        return self.text in _PAUSES


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word with its place in the text and in the sound."""

    start: int
    """Its first character, counted from 0."""
    length: int
    """Its characters, as the voice counts them; may reach beyond the word."""
    frame: int
    """Where it starts, in frames from the first sample."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What became known of an utterance since the last piece."""

    samples: Int16
    """The sound that follows the last piece's; new memory."""
    phonemes: tuple[SpokenPhoneme, ...]
    """Phonemes whose end is known now, in order of time."""
    words: tuple[SpokenWord, ...]
    """Words that began, in order of time."""


@dataclass(frozen=True, slots=True, eq=False)
class Synthesis:
    """A whole utterance."""

    samples: Int16
    """The sound, with its leading and trailing silence; new memory."""
    rate: int
    """Frames a second, in Hz."""
    phonemes: tuple[SpokenPhoneme, ...]
    """All phonemes in order of time; together without holes from the first on."""
    words: tuple[SpokenWord, ...]
    """All words in order of time."""


def is_plosive(ipa: str) -> bool:
    """Return whether a phoneme begins with the mouth or throat closed."""
    return ipa.lstrip("ˈˌ")[:1] in _STOPS


class Transcript:
    """
    Turns a voice's events into phonemes with a start and an end.

    A phoneme lasts until the next one. Where a word begins before its first
    phoneme sounds, the time between is a pause. Silence right before a plosive
    that follows speech is its closure and belongs to it: espeak-ng reports a
    plosive where it bursts, 20 to 50 ms after the mouth has closed (measured:
    39 ms before the ``p`` of "happy"). Silence before the first phoneme has no
    entry, as in Resemble's streams.

    Args:
        text: What is spoken; a pause takes its punctuation from it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._word_start = 0
        self._open: tuple[str, int] | None = None
        self._open_is_gap = False
        self._phonemes: list[SpokenPhoneme] = []
        self._words: list[SpokenWord] = []

    def receive_word(self, word: SpokenWord) -> None:
        """A word begins; its phonemes follow."""
        start = min(max(word.start, 0), len(self._text))
        length = min(max(word.length, 0), len(self._text) - start)
        self._word_start = start
        self._words.append(SpokenWord(start, length, word.frame))
        if self._open is not None and self._open[0] not in _PAUSES:
            self._begin(" ", word.frame)
            self._open_is_gap = True

    def receive_phoneme(self, ipa: str, frame: int, *, quiet: int = 0) -> None:
        """
        Receive a phoneme's start.

        Args:
            ipa: The phoneme; empty is a pause; a change of language, such as
                ``(en)``, is nothing that is heard and is dropped.
            frame: Where it starts.
            quiet: Frames right before it in which nothing is heard.
        """
        if not ipa:
            self._receive_pause(frame)
        elif not _LANGUAGE_SWITCH.fullmatch(ipa):
            self._begin(ipa, frame - self._closure(ipa, frame, quiet))

    def receive_end(self, frames: int) -> None:
        """The utterance is over and has *frames* in all."""
        self._close(frames)

    def take(self) -> tuple[tuple[SpokenPhoneme, ...], tuple[SpokenWord, ...]]:
        """Return what became known since the last call."""
        phonemes, self._phonemes = tuple(self._phonemes), []
        words, self._words = tuple(self._words), []
        return phonemes, words

    def _receive_pause(self, frame: int) -> None:
        if self._open is None:
            return
        if self._open[0] in _PAUSES:
            self._open = (self._pause_text(), self._open[1])
            self._open_is_gap = False
        else:
            self._begin(self._pause_text(), frame)

    def _pause_text(self) -> str:
        found = _CLAUSE_END.match(self._text, self._word_start)
        return found[1] if found else " "

    def _closure(self, ipa: str, frame: int, quiet: int) -> int:
        if self._open is None or not is_plosive(ipa):
            return 0
        text, start = self._open
        if text not in _PAUSES:
            return min(quiet, (frame - start) // 2)
        return min(quiet, frame - start) if self._open_is_gap else 0

    def _begin(self, text: str, frame: int) -> None:
        self._close(frame)
        self._open = (text, frame)
        self._open_is_gap = False

    def _close(self, frame: int) -> None:
        if self._open is None:
            return
        text, start = self._open
        if frame > start or text not in _PAUSES:
            self._phonemes.append(SpokenPhoneme(text, start, max(frame - start, 0)))
        self._open = None
