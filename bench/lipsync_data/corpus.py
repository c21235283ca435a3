"""
What the mouth is measured on: spoken sentences with the times of their phones.

espeak-ng speaks the sentences of this folder in six languages at several speeds;
flite's voices, whose lengths are those of people, the English ones. The entries are
what a voice sends with its sound. The phones are the same by a shorter way: no
repair, no gap is filled.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice, pairwise
from pathlib import Path

import numpy as np

from bench.lipsync_data.truth import Truth, sentences, spoken_by_flite
from streamer.audio.format import TimedText
from streamer.lipsync import Phone, normalise
from streamer.lipsync.timeline import TimedPhone
from streamer.voices import Espeak, VoiceSettings, align

__all__ = [
    "LANGUAGES",
    "PAUSE",
    "SPEEDS",
    "WORK",
    "Asked",
    "Spoken",
    "Voice",
    "speak",
    "speak_flite",
    "voices",
]

LANGUAGES = ("en-us", "de", "es", "fr", "it", "ru")
SPEEDS = (75.0, 100.0, 150.0)
"""Per cent of the voice's own; 100 is what rates of shapes are counted at."""
FLITE = ("slt", "rms", "awb", "kal")
PARAGRAPH = 3
"""Sentences that are one utterance; pauses between them are part of speech."""
PAUSE = 0.120
"""Seconds; in shorter ones the mouth keeps its shape."""
WORK = Path(tempfile.gettempdir()) / "streamer-flite"
"""Keeps flite's sound."""


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """One utterance."""

    voice: str
    """Who spoke, and how fast."""
    language: str
    """espeak-ng's tag."""
    rate: int
    """Frames a second, in Hz."""
    samples: np.ndarray
    """Shape (frames,), float32, in [-1.0, +1.0]."""
    entries: tuple[TimedText, ...]
    """Phonemes as the voice wrote them; none for pauses."""
    phones: tuple[TimedPhone, ...]
    """Base symbols by start, pauses left out."""
    letters: tuple[TimedText, ...] = ()
    """Characters as Resemble would time them; none for flite."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    @property
    def span(self) -> float:
        """Seconds from the first sound to the end of the last."""
        first, last = self.phones[0], self.phones[-1]
        return (last.frame + last.frames - first.frame) / self.rate

    @property
    def speaking(self) -> float:
        """Those of them that are not in pauses of 120 ms and more."""
        gaps = (b.frame - a.frame - a.frames for a, b in pairwise(self.phones))
        least = PAUSE * self.rate
        return self.span - sum(gap for gap in gaps if gap >= least) / self.rate


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, and what."""

    name: str
    """For a line of a table."""
    language: str
    """espeak-ng's tag."""
    speed: float | None
    """espeak-ng's, in per cent; None is flite."""
    texts: tuple[str, ...]
    """One utterance each."""

    @property
    def is_usual(self) -> bool:
        """Whether it speaks at a voice's own speed."""
        return self.speed is None or self.speed == 100.0

    def spoken(self, work: Path = WORK) -> Iterator[Spoken]:
        """Yield what it says."""
        for text in self.texts:
            if self.speed is None:
                yield speak_flite(self.name.removeprefix("flite "), text, work)
            else:
                yield speak(text, self.language, self.speed)

    def first(self, most: int) -> list[Spoken]:
        """Return the first *most* of them."""
        return [*islice(self.spoken(), most)]


def voices(*, quick: bool = False, flite: bool = True) -> list[Voice]:
    """
    Return all that speak.

    Args:
        quick: A few utterances of each only.
        flite: Whether flite is there.
    """
    found = []
    for language in LANGUAGES:
        texts = _paragraphs(language, 2 if quick else None)
        for speed in SPEEDS:
            name = f"espeak {language}, {speed:g} %"
            found.append(Voice(name, language, speed, texts))
    if flite:
        texts = _paragraphs("en-us", 2 if quick else 20)
        found += [Voice(f"flite {name}", "en-us", None, texts) for name in FLITE]
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    quick: bool
    """A few utterances of each voice only."""
    flite: bool
    """Whether flite is there."""
    work: Path
    """Keeps flite's sound."""

    def voices(self) -> list[Voice]:
        """Return all that speak."""
        return voices(quick=self.quick, flite=self.flite)


def _paragraphs(language: str, most: int | None) -> tuple[str, ...]:
    lines = sentences(language)
    whole = [
        " ".join(lines[at : at + PARAGRAPH]) for at in range(0, len(lines), PARAGRAPH)
    ]
    return tuple(whole[:most])


def speak(text: str, language: str, speed: float = 100.0) -> Spoken:
    """Let espeak-ng speak."""
    voice = Espeak.shared()
    made = voice.synthesize(text, VoiceSettings(language, rate_percent=speed))
    entries = tuple(
        TimedText("phoneme", sound.text, sound.frame, sound.frames)
        for sound in made.phonemes
        if sound.frames > 0 and not sound.is_pause
    )
    letters = tuple(
        TimedText("grapheme", each.text, each.frame, each.frames)
        for each in align(text, made.phonemes, made.words)
    )
    return Spoken(
        voice=f"espeak {language}, {speed:g} %",
        language=language,
        rate=made.rate,
        samples=made.samples.astype(np.float32) / 32_768,
        entries=entries,
        phones=tuple(phone for entry in entries for phone in apart(entry, language)),
        letters=letters,
    )


def speak_flite(voice: str, text: str, work: Path = WORK) -> Spoken:
    """Let a voice of flite speak; its sound is kept in *work*."""
    work.mkdir(parents=True, exist_ok=True)
    truth = spoken_by_flite(voice, text, work)
    return Spoken(
        voice=f"flite {voice}",
        language="en-us",
        rate=truth.rate,
        samples=truth.samples,
        entries=tuple(_as_told(truth)),
        phones=tuple(timed for timed in truth.phones if timed.phone),
    )


def apart(entry: TimedText, language: str) -> Iterator[TimedPhone]:
    """Yield the base symbols of one entry, with their shares of its time."""
    start, share = entry.frame, 0.0
    for phone in normalise(entry.text, language):
        share += phone.share
        stop = entry.frame + round(entry.frames * min(share, 1.0))
        if stop > start:
            yield TimedPhone(start, stop - start, phone)
        start = stop


def _as_told(truth: Truth) -> Iterator[TimedText]:
    """Yield what flite told: the halves of a diphthong as the one that they are."""
    told = 0
    numbered: list[tuple[int, TimedPhone, Phone]] = []
    for timed, is_first in zip(truth.phones, truth.told, strict=True):
        told += is_first
        if timed.phone:
            numbered.append((told, timed, timed.phone))
    for _, group in groupby(numbered, key=lambda item: item[0]):
        parts = list(group)
        start, last = parts[0][1].frame, parts[-1][1]
        text = "".join(phone.symbol for _, _, phone in parts)
        yield TimedText("phoneme", text, start, last.frame + last.frames - start)
