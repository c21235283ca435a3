"""
Which letters stand for which sounds of a word.

What letters sound like is asked of a :class:`LetterToSound`; this module finds
where in the word each of its sounds is written. Two things speak for a place:
what the letter usually stands for, in any language that is written with it,
and how well its span fits the time that the sounds usually take.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from streamer.lipsync.symbols import SYMBOLS

__all__ = ["LetterToSound", "Word", "place_sounds"]


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text with its sounds."""

    text: str
    """As it is written, without the punctuation around it."""
    start: int
    """Its first character in the text, counted from 0."""
    stop: int
    """The character behind its last one."""
    phonemes: tuple[str, ...]
    """Its sounds in order, in IPA, stress in front; empty where it is silent."""


class LetterToSound(Protocol):
    """Says how words are spoken."""

    def __call__(self, text: str, language: str) -> Sequence[Word]:
        """
        Return the words of *text* in its order; they do not overlap.

        Args:
            text: Plain text, of any length; empty gives no word.
            language: A language tag, like ``en-us`` or ``de``.

        Raises:
            VoiceError: If the language is not known.
        """
        ...


# Sounds a letter stands for, alone or as the beginning or end of a digraph.
_LETTERS = {
    "a": "aæɑɐəeɛɔʌɒo", "b": "bβpv", "c": "kstʃθɕ", "d": "dðɾtɖ",
    "e": "eɛəiɪaɜɚɝᵻøœɘ", "f": "fv", "g": "ɡdʒɣxŋjkfɟʎɲvɕ", "h": "hɦxçθðʃtfʒ",
    "i": "iɪaəjeᵻɨɛɜɝɚ", "j": "jdʒʒxhɕʑ", "k": "kɡcx", "l": "lɫʎjɬɭ", "m": "mɱ",
    "n": "nŋɲmɳ", "o": "oɔɑɒəʊuʌaɜøœɐwɚ", "p": "pfb", "q": "kqɡ",
    "r": "ɹrɾʁɚɝɜɻʀɽəɐ", "s": "szʃʒʂɕ", "t": "tθðɾʃdʈɕs", "u": "uʊʌyjəɪwɜʏɛɚɝiɒ",
    "v": "vfβwbʋ", "w": "wvuʊʍhɹʋf", "x": "kɡszʃxç", "y": "jiɪayəᵻɨʏ",
    "z": "ztsʒθdʃʐʑ",
}  # fmt: skip

# Letters of other alphabets go by the Latin one that sounds like them.
_AS_LATIN = {
    **dict(
        zip("абвгдезийклмнопрстуфхцэыіў", "abvgdeziiklmnoprstufhceyiu", strict=True)
    ),
    **dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "avgdezitiklmnxoprsstifhso", strict=True)),
    "ё": "o", "ж": "z", "ч": "c", "ш": "s", "щ": "s", "ю": "u", "я": "a", "є": "e",
    "ї": "i", "ß": "s", "æ": "e", "ø": "o", "œ": "e", "ł": "w", "ı": "i", "đ": "d",
    "ð": "d", "þ": "t",
}  # fmt: skip

# Letters that add nothing to the one before them.
_MUTE_BEHIND = frozenset(
    ("ck", "sh", "th", "ch", "ph", "gh", "wh", "rh", "dg", "sc", "ng", "gn", "gl", "qu",
     "gu", "ps", "ie", "ea", "ee", "oo", "ou", "ow", "ai", "ay", "ei", "ey", "au", "aw",
     "oa", "oe", "ue", "ui", "eu", "ew", "eau", "tz", "dt", "mb", "mn", "lk", "lm",
     "zh", "kn", "wr", "tc", "gg", "cz", "sz", "rz", "ни", "ci", "gi", "ti", "si")
)  # fmt: skip
_MUTE = frozenset("ehьъ'’-·.")
"""Letters that are often silent by themselves."""
_VOWEL_LETTERS = frozenset("aeiouy")

_MISFIT = 1.0
"""A letter on a sound of its kind that it does not stand for."""
_VOWEL_MISFIT = 0.35
"""A vowel's letter on another vowel: spelling says least of vowels."""
_KIND_MISFIT = 1.6
"""A vowel's letter on a consonant, or the other way about."""
_SILENT = 0.6
"""A letter without a sound."""
_SILENT_USUAL = 0.15
"""A letter without a sound, where that is usual."""
_UNWRITTEN = 0.6
"""A sound without a letter, as the first of "use"."""
_UNWRITTEN_PAIR = 0.1
"""The second half of a diphthong or an affricate behind its first."""
_TIME_WEIGHT = 0.5
"""Of the squared logarithm of span over usual time."""
_WORST_TIME = 2.0
"""Most that a span can cost."""
_EMPTY_TIME = 0.7
"""Of a span without a sound, for each usual sound's time it lasts."""
_MOST_SOUNDS = 5
"""Sounds that one letter, or letters with one span, may be given beyond their own."""
_WIDEST = 4_000
"""Pairs of spans and sounds; beyond, sounds are shared out by time alone."""


def place_sounds(
    cells: Sequence[str],
    spans: Sequence[float],
    symbols: Sequence[str],
    usual: Sequence[float],
) -> list[int]:
    """
    Say behind which cell each sound is over.

    Args:
        cells: Letters that share a span, in their order; at least one cell.
        spans: How long each lasts, in any unit, at least 0.
        symbols: Base symbols of the word's sounds, in their order.
        usual: How long each usually lasts, in any unit, above 0.

    Returns:
        For each cell the number of sounds that are over at its end; these
        never go back, and the last is ``len(symbols)``.
    """
    if not symbols:
        return [0] * len(cells)
    cells = [_plain(cell) for cell in cells]
    rate = max(sum(spans), 1e-9) / max(sum(usual), 1e-9)
    ends = [0.0]
    for duration in usual:
        ends.append(ends[-1] + duration * rate)
    if len(cells) * len(symbols) > _WIDEST:
        return _by_time(spans, ends)
    sounds = "".join(symbols)
    typical = ends[-1] / len(symbols)
    costs = [0.0] + [math.inf] * len(symbols)
    came: list[list[int]] = []
    before = ""
    for cell, span in zip(cells, spans, strict=True):
        costs, back = _step(costs, before, cell, span, sounds, ends, typical)
        came.append(back)
        before = cell[-1:]
    return _trace(came, len(symbols))


@lru_cache(maxsize=4_096)
def _plain(letters: str) -> str:
    """Return *letters* in lower case, without their accents."""
    apart = unicodedata.normalize("NFD", letters.lower())
    bare = "".join(char for char in apart if unicodedata.category(char) != "Mn")
    return bare or letters


def _by_time(spans: Sequence[float], ends: Sequence[float]) -> list[int]:
    places, at, time = [], 0, 0.0
    for span in spans:
        time += span
        while at + 1 < len(ends) and ends[at + 1] <= time:
            at += 1
        places.append(at)
    places[-1] = len(ends) - 1
    return places


def _trace(came: Sequence[Sequence[int]], last: int) -> list[int]:
    places = [last]
    for back in reversed(came):
        places.append(back[places[-1]])
    return places[-2::-1]


def _step(
    costs: Sequence[float],
    before: str,
    cell: str,
    span: float,
    sounds: str,
    ends: Sequence[float],
    typical: float,
) -> tuple[list[float], list[int]]:
    """Go on by one cell: the cheapest way to each number of sounds, and its origin."""
    count = len(sounds)
    new, back = [math.inf] * (count + 1), [0] * (count + 1)
    most, log = len(cell) + _MOST_SOUNDS, math.log
    silent = _EMPTY_TIME * span / typical
    for start, cost in enumerate(costs):
        if cost == math.inf:
            continue
        for stop in range(start, min(start + most, count) + 1):
            best = new[stop]
            # Nothing costs less than nothing: the rest needn't be known.
            if cost >= best:
                continue
            total = cost + _spelling_cost(before, cell, sounds[start:stop])
            if total >= best:
                continue
            time = _WORST_TIME
            if stop == start:
                time = silent
            elif span > 0.0:
                misfit = log(span / (ends[stop] - ends[start]))
                time = _TIME_WEIGHT * misfit * misfit
                time = min(time, _WORST_TIME)
            if total + time < best:
                new[stop], back[stop] = total + time, start
    # More sounds than the cells before could hold: the last one takes them.
    if new[count] == math.inf:
        reachable = [at for at, cost in enumerate(costs) if cost < math.inf]
        back[count] = reachable[-1]
    return new, back


@lru_cache(maxsize=16_384)
def _spelling_cost(before: str, letters: str, symbols: str) -> float:
    """Return what it costs to write *symbols* with *letters*, behind *before*."""
    row = [0.0]
    for at in range(len(symbols)):
        row.append(row[-1] + _unwritten(symbols, at))
    for letter in letters:
        silent = _silent(before, letter)
        new = [row[0] + silent]
        for at, symbol in enumerate(symbols):
            said = row[at] + _misfit(letter, symbol)
            new.append(
                min(said, row[at + 1] + silent, new[at] + _unwritten(symbols, at))
            )
        row, before = new, letter
    return row[-1]


def _unwritten(symbols: str, at: int) -> float:
    if at == 0:
        return _UNWRITTEN
    first, second = SYMBOLS[symbols[at - 1]].kind, SYMBOLS[symbols[at]].kind
    diphthong = first == "vowel" and second in {"vowel", "rhotic", "glide"}
    affricate = first == "stop" and second == "fricative"
    return _UNWRITTEN_PAIR if diphthong or affricate else _UNWRITTEN


def _silent(before: str, letter: str) -> float:
    if letter in _MUTE or letter == before or before + letter in _MUTE_BEHIND:
        return _SILENT_USUAL
    return _SILENT


@lru_cache(maxsize=8_192)
def _misfit(letter: str, symbol: str) -> float:
    letter = _AS_LATIN.get(letter, letter)
    sounds = _LETTERS.get(letter)
    if sounds is None:
        return 0.0 if letter.isalnum() else _MISFIT
    if symbol in sounds:
        return 0.0
    is_vowel = SYMBOLS[symbol].kind == "vowel"
    if (letter in _VOWEL_LETTERS) != is_vowel:
        return _KIND_MISFIT
    return _VOWEL_MISFIT if is_vowel else _MISFIT
