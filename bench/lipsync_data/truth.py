"""
Spoken sentences whose phones' times are known from who spoke them.

flite prints the end of every phone; espeak-ng reports where each begins. Both
are turned into base symbols here, and into the character times that a voice
like Resemble's would have sent with them.
"""

from __future__ import annotations

import hashlib
import subprocess
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from streamer.audio.format import TimedText
from streamer.lipsync import Phone, normalise
from streamer.lipsync.timeline import TimedPhone
from streamer.voices import Espeak, SpokenPhoneme, SpokenWord, VoiceSettings, align
from streamer.voices.letter_to_sound import share_out

HERE = Path(__file__).parent
GRID_S = 256 / 22_050
"""The grid on which Resemble's v1 times stand."""

ARPABET = {
    "aa": "ɑ", "ae": "æ", "ah": "ʌ", "ao": "ɔ", "aw": "aʊ", "ax": "ə", "axr": "ɚ",
    "ay": "aɪ", "b": "b", "ch": "tʃ", "d": "d", "dh": "ð", "dx": "ɾ", "eh": "ɛ",
    "el": "l̩", "em": "m̩", "en": "n̩", "er": "ɚ", "ey": "eɪ", "f": "f", "g": "ɡ",
    "hh": "h", "hv": "h", "ih": "ɪ", "iy": "i", "jh": "dʒ", "k": "k", "l": "l",
    "m": "m", "n": "n", "nx": "n", "ng": "ŋ", "ow": "oʊ", "oy": "ɔɪ", "p": "p",
    "r": "ɹ", "s": "s", "sh": "ʃ", "t": "t", "th": "θ", "uh": "ʊ", "uw": "u",
    "v": "v", "w": "w", "y": "j", "z": "z", "zh": "ʒ",
}  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """One spoken sentence."""

    voice: str
    language: str
    text: str
    rate: int
    """Frames a second, in Hz."""
    samples: np.ndarray
    """Shape (frames,), float32."""
    phones: tuple[TimedPhone, ...]
    """In order, contiguous; None is silence."""
    told: tuple[bool, ...]
    """Whether the voice told this phone's start; halves of a diphthong are ours."""
    graphemes: tuple[TimedText, ...]
    """Character times on Resemble's grid."""

    @property
    def levels(self) -> np.ndarray:
        """RMS in dBFS of each 10 ms."""
        return levels_of(self.samples, self.rate)


def levels_of(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return the RMS of each 10 ms in dBFS, float32; the last may be shorter."""
    count = -(-len(samples) * 100 // rate)
    edges = np.arange(count) * rate // 100
    power = np.add.reduceat(samples.astype(np.float64) ** 2, edges)
    lengths = np.diff([*edges, len(samples)])
    return (10 * np.log10(power / lengths + 1e-10)).astype(np.float32)


def sentences(language: str) -> list[str]:
    """Return the sentences of a language."""
    path = HERE / f"sentences_{language.partition('-')[0]}.txt"
    return [line for line in path.read_text("utf-8").splitlines() if line]


def is_for_tuning(text: str) -> bool:
    """Whether a sentence is for tuning; every other one is for the test."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def spoken_by_flite(voice: str, text: str, work: Path) -> Truth:
    """Let a voice of flite speak; kept in *work*."""
    name = hashlib.sha256(f"{voice} {text}".encode()).hexdigest()[:16]
    wav, ends = work / f"{name}.wav", work / f"{name}.txt"
    if not ends.exists():
        command = ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(wav)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        ends.write_text(done.stdout)
    with wave.open(str(wav)) as file:
        rate = file.getframerate()
        raw = file.readframes(file.getnframes())
    samples = np.frombuffer(raw, "<i2").astype(np.float32) / 32_768
    spoken, start = [], 0
    for item in ends.read_text().split():
        phone, _, end = item.rpartition(":")
        stop = min(round(float(end) * rate), len(samples))
        ipa = "" if phone == "pau" else ARPABET[phone]
        spoken.append((ipa, start, stop - start))
        start = stop
    words = _flite_words(text, [ipa for ipa, _, _ in spoken])
    return _truth(voice, "en-us", text, rate, samples, spoken, words)


def _flite_words(text: str, said: list[str]) -> list[tuple[int, int, int]]:
    """Return (start, stop, index of the first phone) of each word."""
    spans, at = [], 0
    for token in text.split():
        at = text.index(token, at)
        spans.append((at, at + len(token)))
        at += len(token)
    apart = [_flite_alone(text[start:stop]) for start, stop in spans]
    places = [index for index, ipa in enumerate(said) if ipa]
    shared = share_out([said[index] for index in places], apart)
    words, count = [], 0
    for (start, stop), phones in zip(spans, shared, strict=True):
        if phones:
            words.append((start, stop, places[count]))
        count += len(phones)
    return words


@cache
def _flite_alone(word: str) -> tuple[str, ...]:
    command = ["flite", "-voice", "kal", "-ps", "-t", word + " ", "-o", "/dev/null"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(ARPABET[phone] for phone in done.stdout.split() if phone != "pau")


def spoken_by_espeak(name: str, text: str, settings: VoiceSettings) -> Truth:
    """Let espeak-ng speak."""
    voice = Espeak.shared()
    spoken = voice.synthesize(text, settings)
    samples = spoken.samples.astype(np.float32) / 32_768
    items = [("" if p.is_pause else p.text, p.frame, p.frames) for p in spoken.phonemes]
    if items and items[0][1]:
        items.insert(0, ("", 0, items[0][1]))
    words = []
    for word in spoken.words:
        first = (i for i, (ipa, at, _) in enumerate(items) if ipa and at >= word.frame)
        words.append(
            (word.start, word.start + word.length, next(first, len(items) - 1))
        )
    return _truth(name, settings.language, text, voice.rate, samples, items, words)


def _truth(
    voice: str,
    language: str,
    text: str,
    rate: int,
    samples: np.ndarray,
    spoken: list[tuple[str, int, int]],
    words: list[tuple[int, int, int]],
) -> Truth:
    phones, told = [], []
    for ipa, start, frames in spoken:
        sounds = normalise(ipa, language) if ipa else (None,)
        at, shares = start, 0.0
        for index, phone in enumerate(sounds):
            shares += phone.share if isinstance(phone, Phone) else 1.0
            stop = start + round(frames * min(shares, 1.0))
            if stop > at:
                phones.append(TimedPhone(at, stop - at, phone))
                told.append(index == 0)
            at = stop
    graphemes = _graphemes(text, rate, spoken, words)
    return Truth(
        voice, language, text, rate, samples, tuple(phones), tuple(told), graphemes
    )


def _graphemes(
    text: str,
    rate: int,
    spoken: list[tuple[str, int, int]],
    words: list[tuple[int, int, int]],
) -> tuple[TimedText, ...]:
    sounds = [SpokenPhoneme(ipa or " ", at, frames) for ipa, at, frames in spoken]
    heard = [
        SpokenWord(start, stop - start, spoken[index][1])
        for start, stop, index in words
    ]
    hop = GRID_S * rate
    entries = []
    for entry in align(text, sounds, heard):
        start = round(round(entry.frame / hop) * hop)
        stop = round(round((entry.frame + entry.frames) / hop) * hop)
        entries.append(TimedText("grapheme", entry.text, start, stop - start))
    return tuple(entries)
