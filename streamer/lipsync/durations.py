"""
How long sounds usually last, and how a known time is shared out among them.

Each sound has a time of its own, changed by factors for where it stands, as in
Klatt's rules (D. H. Klatt, "Linguistic uses of segmental duration in English",
JASA 59, 1976). The numbers are measured: a
robust regression of the logarithm over 6,766 phones that flite's voices slt and
kal spoke (``bench/lipsync_data/fit_durations.py`` prints them). Voices spread
around them by a factor of 1.31 to 1.49.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from streamer.lipsync.phonemes import Phone
from streamer.lipsync.symbols import SYMBOLS

__all__ = ["is_second_half", "nucleus_places", "share_time", "usual_durations"]

# Milliseconds of a vowel under primary stress, or of a consonant between vowels.
_MEASURED_MS = {
    "p": 102, "b": 61, "m": 70, "f": 98, "v": 55, "θ": 104, "ð": 35, "t": 71,
    "d": 51, "ɾ": 55, "n": 63, "s": 108, "z": 90, "ʃ": 126, "ʒ": 89, "k": 92,
    "ɡ": 83, "ŋ": 84, "h": 61, "l": 80, "ɹ": 62, "j": 70, "w": 52, "ʔ": 69,
    "a": 89, "æ": 100, "ɐ": 62, "ɑ": 108, "ɔ": 86, "o": 70, "ə": 50, "ɚ": 110,
    "ɛ": 89, "e": 77, "ɜ": 96, "i": 119, "ɪ": 66, "ᵻ": 56, "u": 95, "ʊ": 63,
    "ʌ": 90,
}  # fmt: skip

# Sounds that English lacks last as long as the measured one they are most like.
_ALIKE = {
    "p": "ʘ", "b": "ɓʙβ", "m": "ɱ", "f": "ɸ", "v": "ⱱʋ", "t": "ʈǀǃ", "d": "ɖɗ",
    "ɾ": "ɽ", "n": "ɳɲ", "s": "ɬ", "z": "ɮ", "ʃ": "ʂɕɧ", "ʒ": "ʐʑ", "k": "cqǂ",
    "ɡ": "ɟʄɠɢʛ", "ʔ": "ʡ", "ŋ": "ɴ", "h": "ɦħʕ", "l": "ɫɭǁɺʎ", "ɹ": "ʀʁɻr",
    "j": "ɰɥʝ", "w": "ʍɣ", "f ": "xχç", "ʊ": "ʏ", "u": "yʉ", "e": "ø", "ɛ": "œɶ",
    "ə": "ɘ", "ɚ": "ɝɞ", "ɪ": "ɨ", "o": "ɵɤ", "ɑ": "ɒ", "i": "ɯ",
}  # fmt: skip

_MEASURED_LONG = frozenset("iuɑɔɜɚɝ")
"""Vowels that English has long only, so their time is already a long vowel's."""

_UNSTRESSED = 0.86
_LONG_VOWEL = 1.4
"""Of a vowel that a language also has short; phonetics textbooks give 1.3 to 2."""
_LONG_CONSONANT = 1.6
"""Of a geminate; textbooks give 1.5 to 2."""
_SYLLABIC = 1.17
_FIRST_VOWEL, _SECOND_VOWEL = 1.08, 0.88
"""The halves of a diphthong."""
_CLOSURE, _FRICATION = 0.73, 0.67
"""The halves of an affricate."""
_CLUSTER = 0.85
"""A consonant beside another of its word."""
_WORD_START, _WORD_END = 1.12, 0.91
"""A word's first and last consonant."""
_FINAL_VOWEL, _FINAL_CONSONANT = 1.32, 1.38
"""From the last vowel before a pause on."""


def _table() -> dict[str, float]:
    table = {symbol: ms / 1_000 for symbol, ms in _MEASURED_MS.items()}
    for symbol, others in _ALIKE.items():
        table |= dict.fromkeys(others, table[symbol.strip()])
    return table


_SECONDS = _table()


def usual_durations(word: Sequence[Phone], *, final: bool) -> list[float]:
    """
    Return how long each sound of a word usually lasts, in seconds, above 0.

    Args:
        word: Its sounds, at least one.
        final: Whether a pause follows.
    """
    factors = _factors(word, final=final)
    return [
        _SECONDS[p.symbol] * factor for p, factor in zip(word, factors, strict=True)
    ]


def share_time(usual: Sequence[float], total: float) -> list[float]:
    """
    Divide a known time among sounds.

    Args:
        usual: How long each usually lasts; above 0.
        total: What they last together, in the same unit; at least 0.

    Returns:
        One share for each; they add to *total*, in proportion to *usual*.
    """
    whole = sum(usual)
    return [total * each / whole for each in usual]


def _factors(word: Sequence[Phone], *, final: bool) -> list[float]:
    nuclei = nucleus_places(word) if final else []
    tail = nuclei[-1] if nuclei else len(word)
    pairs = [False, *(_is_pair(*both) for both in pairwise(word)), False]
    vowels = [phone.is_vowel for phone in word]
    factors: list[float] = []
    for at, (phone, is_vowel) in enumerate(zip(word, vowels, strict=True)):
        if is_vowel:
            factor = _of_vowel(phone)
        else:
            alone = not (pairs[at] or pairs[at + 1])
            beside = [*vowels[max(at - 1, 0) : at], *vowels[at + 1 : at + 2]]
            factor = _of_consonant(phone, cluster=alone and not all(beside))
        half = _of_half(second=pairs[at], first=pairs[at + 1], is_vowel=is_vowel)
        factors.append(factor * half)
        if at >= tail:
            factors[at] *= _FINAL_VOWEL if is_vowel else _FINAL_CONSONANT
    if not vowels[0]:
        factors[0] *= _WORD_START
    if not vowels[-1]:
        factors[-1] *= _WORD_END
    return factors


def nucleus_places(word: Sequence[Phone]) -> list[int]:
    """Return where the word's syllables have their vowel, or what stands for it."""
    return [
        at
        for at, phone in enumerate(word)
        if (phone.is_vowel and not is_second_half(word, at)) or phone.syllabic
    ]


def is_second_half(word: Sequence[Phone], at: int) -> bool:
    """Whether a sound is the second half of a diphthong or an affricate."""
    return at > 0 and _is_pair(word[at - 1], word[at])


def _is_pair(first: Phone, second: Phone) -> bool:
    if first.share >= 1.0 or second.share >= 1.0:
        return False
    kinds = SYMBOLS[first.symbol].kind, SYMBOLS[second.symbol].kind
    return kinds in {("vowel", "vowel"), ("stop", "fricative")}


def _of_half(*, second: bool, first: bool, is_vowel: bool) -> float:
    """Return the factor of being half of something."""
    if second:
        return _SECOND_VOWEL if is_vowel else _FRICATION
    if first:
        return _FIRST_VOWEL if is_vowel else _CLOSURE
    return 1.0


def _of_vowel(phone: Phone) -> float:
    factor = 1.0 if phone.stress else _UNSTRESSED
    if phone.length != "short" and phone.symbol not in _MEASURED_LONG:
        factor *= _LONG_VOWEL
    return factor


def _of_consonant(phone: Phone, *, cluster: bool) -> float:
    factor = _LONG_CONSONANT if phone.length != "short" else 1.0
    factor *= _SYLLABIC if phone.syllabic else 1.0
    return factor * _CLUSTER if cluster else factor
