"""How a text is to be spoken: its words with sounds, usual times and pauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamer.lipsync.durations import usual_durations
from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.phonemes import Phone, PhonemeNormaliser
from streamer.lipsync.timeline import TimedPhone

__all__ = [
    "CLAUSE_ENDS",
    "LONGEST_HELD_GAP",
    "UNSPACED_ENDS",
    "SpokenWord",
    "are_two_words",
    "join_phones",
    "read_words",
]

LONGEST_HELD_GAP = 0.050
"""Seconds without a sound that still belong to the phone before."""
UNSPACED_ENDS = frozenset("、。！？，：；।॥؟،؛\n")
"""Ends of clauses behind which no space stands, or need not."""
CLAUSE_ENDS = UNSPACED_ENDS | frozenset(".,;:!?…")
"""Ends of clauses; of those with Latin script only where a space follows."""

_PAUSES = (
    (frozenset(".!?…。！？؟।"), 0.95, 0.40),
    (frozenset(";:；："), 0.80, 0.25),
    (frozenset(",、，،—–"), 0.70, 0.18),
    (frozenset('()[]«»"“”„-/\n'), 0.20, 0.0),
)
"""Punctuation between two words, how likely a pause is there, and its usual length."""
_PAUSE_UNWRITTEN = 0.03
_PAUSE_AT_ENDS = 0.90


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """One word as it is to be spoken."""

    start: int
    """Its first character in the text."""
    stop: int
    """The character behind its last one."""
    phones: tuple[Phone, ...]
    """Its sounds; empty where it is silent."""
    pause: float
    """How likely a pause follows, in (0, 1)."""
    pause_seconds: float
    """How long that usually is; 0 where none is expected."""

    @property
    def usual(self) -> list[float]:
        """How long each sound usually lasts, in seconds; reckoned anew."""
        return usual_durations(self.phones, final=self.pause > 0.5)


def are_two_words(before: str, text: str) -> bool:
    """
    Tell whether a word ends between two entries, though there is no space.

    Args:
        before: An entry, of one character or more; may be empty.
        text: The one that follows it.
    """
    if len(before) < 2 and len(text) < 2:
        return False  # characters, as nearly always
    whole = len(before.strip()) > 1
    if not (whole or len(text.strip()) > 1) or not text[:1].isalnum():
        return False
    return before[-1:].isalnum() or (whole and before[-1:] in CLAUSE_ENDS)


def read_words(text: str, language: str, lts: LetterToSound) -> list[SpokenWord]:
    """
    Return the words of *text* as they are spoken.

    Raises:
        VoiceError: If the language is not known to *lts*.
    """
    normaliser = PhonemeNormaliser(language)
    words = lts(text, language)
    sounds = [
        tuple(phone for entry in word.phonemes for phone in normaliser.normalise(entry))
        for word in words
    ]
    stops = [*(word.start for word in words[1:]), len(text)][: len(words)]
    pauses = [
        _pause(text[word.stop : stop], is_last=at + 1 == len(words))
        for at, (word, stop) in enumerate(zip(words, stops, strict=True))
    ]
    return [
        SpokenWord(word.start, word.stop, phones, *pause)
        for word, phones, pause in zip(words, sounds, pauses, strict=True)
    ]


def _pause(between: str, *, is_last: bool) -> tuple[float, float]:
    if is_last:
        return _PAUSE_AT_ENDS, 0.0
    for marks, likely, seconds in _PAUSES:
        if marks & set(between):
            return likely, seconds
    return _PAUSE_UNWRITTEN, 0.0


def join_phones(
    spans: Sequence[tuple[int, int, Phone]], *, after: int, held: int
) -> list[TimedPhone]:
    """
    Make spans follow one another.

    Args:
        spans: (start, stop, phone) in order, in frames; they do not overlap.
        after: Frame at which what was told before ends.
        held: Frames without a sound that still belong to the phone before;
            longer ones become silence.

    Returns:
        Phones and silence from *after* on, without holes, each at least one
        frame long: where there is no room for one, it is left out.
    """
    joined: list[TimedPhone] = []
    at = after
    for index, (start, stop, phone) in enumerate(spans):
        begin = max(start, at)
        is_silent = begin - at > held or (not joined and begin > at)
        if not is_silent:
            begin = at
        following = spans[index + 1][0] if index + 1 < len(spans) else stop
        end = following if stop < following <= stop + held else stop
        if end <= begin:
            continue
        if is_silent:
            joined.append(TimedPhone(at, begin - at, None))
        joined.append(TimedPhone(begin, end - begin, phone))
        at = end
    return joined
