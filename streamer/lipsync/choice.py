"""Which rung an utterance is on, by what came first of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from streamer.audio.format import TimedText
from streamer.audio.timed_text import of_kind
from streamer.lipsync.feeds import (
    Feed,
    GraphemeFeed,
    LoudnessFeed,
    PhonemeFeed,
)
from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.phonemes import PhonemeNormaliser
from streamer.lipsync.repair import RepairLog
from streamer.lipsync.textfeed import TextFeed

__all__ = ["Utterance", "choose_feed"]

Float32 = npt.NDArray[np.float32]

_TELLING = 64
"""Phonemes that are looked at to tell their alphabet."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is known of an utterance before it comes."""

    rate: int
    """Frames a second of its positions, in Hz."""
    language: str
    """The voice's language tag."""
    text: str | None
    """What is spoken."""
    reader: LetterToSound | None
    """Who reads letters and text; None: nobody can."""


def choose_feed(
    utterance: Utterance,
    entries: Sequence[TimedText],
    frames: int | None,
    *,
    normaliser: PhonemeNormaliser,
    log: RepairLog,
    show: Callable[[Float32], None],
) -> Feed:
    """
    Make the feed of the best rung that there is something for.

    Args:
        utterance: Which it is for.
        entries: Timed text that came with its header.
        frames: How long it is, as far as its header knows.
        normaliser: Knows how phonemes are written; told of the first ones.
        log: Where repairs are counted.
        show: Called with the mouth at each level, on the rung ``loudness``.
    """
    rate, language, reader = utterance.rate, utterance.language, utterance.reader
    if symbols := _telling(entries):
        normaliser.notice(symbols)
        return PhonemeFeed(rate, normaliser, log)
    if reader is not None and any(map(_is_letter, of_kind(entries, "grapheme"))):
        return GraphemeFeed(rate, language, reader, log)
    if reader is not None and utterance.text and _is_text(utterance.text):
        return TextFeed(rate, language, reader, utterance.text, frames)
    return LoudnessFeed(rate, show)


def _telling(entries: Sequence[TimedText]) -> list[str]:
    """Return the first phonemes, which tell their alphabet."""
    texts = (entry.text for entry in of_kind(entries, "phoneme"))
    return [*islice((text for text in texts if text.strip()), _TELLING)]


def _is_letter(entry: TimedText) -> bool:
    """Whether an entry is a character, or a word, that can be read."""
    return entry.kind == "grapheme" and _is_text(entry.text)


def _is_text(text: str) -> bool:
    """Whether there is something to read."""
    return any(char.isalnum() for char in text)
