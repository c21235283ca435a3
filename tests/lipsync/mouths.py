"""Utterances for mouths: a frame is a millisecond."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np

from streamer.audio.format import TimedText
from streamer.lipsync import Mouth
from streamer.lipsync.lettersound import Word

RATE = 1000
"""So that a frame is a millisecond."""

# A header of the streaming service: cue offsets, phonemes, and the character's cues.
OFFSETS = (
    1024, 2048, 3584, 5632, 7680, 9216, 10240, 11776, 13312, 14848, 16896, 18944, 20480,
    24576, 26112, 27648, 29184, 31232, 33792, 38912, 41984, 45056, 47616,
)  # fmt: skip
PHONEMES = [*"ðɪs ɪz ɐ stɹ", "ˈiː", *"mɪŋ t", "ˈɛ", *"st."]
TEXT = "This is a streaming test."
PLACES = (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10, 11, 12, 12, *range(13, 22))

SOUNDS = {"mama": ("m", "ˈɑː", "m", "ə"), "papa": ("p", "ˈɑː", "p", "ə")}


def reader(text, language):
    """Reads two words."""
    words, at = [], 0
    for token in text.replace(".", " ").split():
        at = text.index(token, at)
        words.append(Word(token, at, at + len(token), SOUNDS[token.lower()]))
        at += len(token)
    return words


def header(*, kinds=("grapheme", "phoneme")):
    spans = [(a, b - a) for a, b in pairwise(OFFSETS)]
    graphemes = [
        TimedText("grapheme", char, *spans[place])
        for char, place in zip(TEXT, PLACES, strict=True)
    ]
    phonemes = [
        TimedText("phoneme", text, *span)
        for text, span in zip(PHONEMES, spans, strict=True)
    ]
    return [entry for entry in graphemes + phonemes if entry.kind in kinds]


def phonemes(*spans):
    return [TimedText("phoneme", text, frame, frames) for frame, frames, text in spans]


def spelled(text, step=100):
    return [
        TimedText("grapheme", char, at * step, step) for at, char in enumerate(text)
    ]


def babble(seconds, *, step=80):
    """Syllables without an end."""
    texts = ("m", "ˈa", "t", "ə")
    return phonemes(
        *((at, step, texts[at // step % 4]) for at in range(0, seconds * 1000, step))
    )


def spoken(entries, frames, **options):
    """All of an utterance."""
    mouth = Mouth(RATE, **options)
    mouth.begin(entries, frames=None)
    mouth.finish(frames)
    return mouth, mouth.take(0)


def tone(frames, level=0.3):
    return np.full((frames, 1), level, np.float32)


def words(batch):
    return [(m.frame, m.frames, m.text) for m in batch.marks if m.kind == "word"]


def phones(batch):
    return [mark.text for mark in batch.marks if mark.kind == "phoneme"]


def shapes(cues):
    return [cue.viseme for cue in cues]


def joined(cues):
    """Shapes with their starts; parts of one are one."""
    return [
        (viseme, next(group).frame)
        for viseme, group in groupby(cues, lambda c: c.viseme)
    ]
