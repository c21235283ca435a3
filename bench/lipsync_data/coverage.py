"""
How much of what espeak-ng says does the normaliser know, in 41 languages?

Answer: all of it. No token of the running text and the word lists beside this
file is unknown, and no entry that sounds becomes silence.

Two writings of each language are read: the phonemes that espeak-ng gives for a
text (a token is one of them), and the entries of its speech with their times. An
entry sounds when it has a length and is no pause; it is silent when none of the
sounds that :func:`streamer.lipsync.phone_timer.timed_phones` gives lies in its
span. The sentences were written for this file; no table was made from them.

Run it with: python bench/lipsync_data/coverage.py [LANGUAGE …]
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streamer.audio.format import TimedText
from streamer.lipsync.phone_timer import timed_phones
from streamer.lipsync.phonemes import PhonemeNormaliser
from streamer.lipsync.timeline import TimedPhone
from streamer.voices.espeak import Espeak, VoiceSettings

__all__ = ["TARGET", "LanguageCoverage", "measure", "read_texts", "summary"]

TEXTS = Path(__file__).with_name("coverage.txt")
TARGET = 0.999
"""Share of tokens that must be known."""


@dataclass(frozen=True, slots=True)
class LanguageCoverage:
    """What was found in one language."""

    language: str
    """espeak-ng's tag."""
    tokens: int
    """Phonemes that espeak-ng gave for the text."""
    unknown: Mapping[str, int]
    """Tokens with a symbol in no table, and how often each was met."""
    sounding: int
    """Entries of the speech that have a length and are no pause."""
    silent: Mapping[str, int]
    """Those of them whose mouth would rest, and how often each was met."""

    @property
    def known(self) -> float:
        """Share of the tokens that are known, 0 to 1."""
        return 1 - sum(self.unknown.values()) / self.tokens if self.tokens else 1.0


def read_texts(path: Path = TEXTS) -> dict[str, list[str]]:
    """Return the lines of each language: running text and word lists."""
    texts: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            language = line.strip("[] ")
            texts[language] = []
        elif line and not line.startswith("#"):
            words = line.removeprefix("words:")
            spoken = words.split() if words != line else [line]
            texts[language].append(", ".join(spoken))
    return texts


def measure(languages: Iterable[str] | None = None) -> list[LanguageCoverage]:
    """
    Read every language's text with espeak-ng and normalise what it says.

    Args:
        languages: Tags of the text file; None: all of them.

    Raises:
        MissingComponent: espeak-ng is not installed.
    """
    texts = read_texts()
    chosen = texts if languages is None else {tag: texts[tag] for tag in languages}
    voice = Espeak.shared()
    return [_measure_one(voice, tag, lines) for tag, lines in chosen.items()]


def _measure_one(voice: Espeak, language: str, lines: list[str]) -> LanguageCoverage:
    tokens = [token for line in lines for token in voice.phonemes(line, language)]
    unknown: Counter[str] = Counter()
    normaliser = PhonemeNormaliser(language)
    for token in tokens:
        before = sum(normaliser.unknown.values())
        normaliser.normalise(token)
        unknown[token] += sum(normaliser.unknown.values()) > before
    silent: Counter[str] = Counter()
    sounding = 0
    for line in lines:
        spoken = voice.synthesize(line, VoiceSettings(language=language)).phonemes
        entries = [
            TimedText("phoneme", p.text, p.frame, p.frames)
            for p in spoken
            if p.frames > 0 and not p.is_pause
        ]
        sounding += len(entries)
        phones = timed_phones(entries, PhonemeNormaliser(language), rate=voice.rate)
        silent.update(_silent(entries, phones))
    return LanguageCoverage(language, len(tokens), +unknown, sounding, silent)


def _silent(entries: Sequence[TimedText], phones: Sequence[TimedPhone]) -> list[str]:
    """Return the entries in whose span nothing sounds; both are in order."""
    silent = []
    sounds = [(p.frame, p.frame + p.frames) for p in phones if p.phone is not None]
    at = 0
    for entry in entries:
        while at < len(sounds) and sounds[at][1] <= entry.frame:
            at += 1
        heard = at < len(sounds) and sounds[at][0] < entry.frame + entry.frames
        silent += [] if heard else [entry.text]
    return silent


def summary(found: Sequence[LanguageCoverage]) -> dict[str, object]:
    """Return the figures over all languages."""
    tokens = sum(one.tokens for one in found)
    unknown = sum(sum(one.unknown.values()) for one in found)
    silent = sum(sum(one.silent.values()) for one in found)
    return {
        "languages": len(found),
        "tokens": tokens,
        "known": 1 - unknown / tokens if tokens else 1.0,
        "sounding": sum(one.sounding for one in found),
        "silent": silent,
        "met": unknown <= tokens * (1 - TARGET) and not silent,
    }


def main() -> None:
    found = measure(sys.argv[1:] or None)
    for one in found:
        odd = f"  unknown {dict(one.unknown)}" if one.unknown else ""
        odd += f"  silent {dict(one.silent)}" if one.silent else ""
        print(f"{one.language:8} {one.tokens:5} tokens  {one.known:8.3%} known{odd}")
    print(json.dumps(summary(found)))


if __name__ == "__main__":
    main()
