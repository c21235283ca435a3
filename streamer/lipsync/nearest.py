"""
The base symbol nearest to a character that is not one.

The only description that every character carries is its Unicode name; what it
says of the sound (``LATIN SMALL LETTER T WITH PALATAL HOOK``, ``CYRILLIC
SMALL LETTER ZHE``) picks a symbol of the same place and manner. Where it says
nothing, the answer is schwa: a slightly open mouth, because the sound is one.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["nearest_symbol"]

_ADJECTIVES = {
    "SMALL", "CAPITAL", "TURNED", "REVERSED", "INVERTED", "SIDEWAYS", "OPEN", "CLOSED",
    "BARRED", "LONG", "SCRIPT", "DOTLESS", "BLACKLETTER", "INSULAR", "TAILLESS",
    "STRETCHED", "BOTTOM", "TOP", "HALF", "HEAVY", "LOW", "ROUND", "FINAL",
}  # fmt: skip
"""Words of a Unicode name that tell how a letter is drawn, not what it sounds."""

_PAIRS = {
    "ZH": "ʒ", "SH": "ʃ", "CH": "ʃ", "TS": "s", "TH": "θ", "DH": "ð", "KH": "x",
    "GH": "ɣ", "NG": "ŋ", "NY": "ɲ", "PH": "f", "OE": "ø", "AE": "æ",
}  # fmt: skip
"""Beginnings of letter names in two characters that stand for one sound."""

_LETTERS = {
    "A": "a", "B": "b", "C": "k", "D": "d", "E": "e", "F": "f", "G": "ɡ", "H": "h",
    "I": "i", "J": "j", "K": "k", "L": "l", "M": "m", "N": "n", "O": "o", "P": "p",
    "Q": "q", "R": "r", "S": "s", "T": "t", "U": "u", "V": "v", "W": "w", "X": "x",
    "Y": "y", "Z": "z",
}  # fmt: skip

_NAME = re.compile(r"(?:LETTER|SYLLABLE) (.+?)(?: WITH .*)?$")
_SPELLED = re.compile(r"E[FLMNRS]$")
"""Letters named as they are spelled aloud: EF, EL, EM, EN, ER, ES."""


def nearest_symbol(char: str) -> str:
    """
    Return the base symbol nearest to one character.

    Args:
        char: A single character, not a base symbol.
    """
    found = _NAME.search(unicodedata.name(char, ""))
    words = found[1].split() if found else []
    word = next((word for word in words if word not in _ADJECTIVES), "")
    if word[:2] in _PAIRS:
        return _PAIRS[word[:2]]
    if _SPELLED.match(word):
        word = word[1:]
    return _LETTERS.get(word[:1], "ə")
