"""
Kirshenbaum's ASCII IPA, with what espeak-ng's phoneme names add to it.

Source: E. Kirshenbaum, "Representing IPA phonetics in ASCII" (2001); espeak-ng's
``docs/phonemes.md`` for ``0``, ``3``, ``a#``, ``I#`` and ``t#``.
"""

from __future__ import annotations

from streamer.lipsync.alphabets.translation import Greedy, Translation

__all__ = ["SYMBOLS", "kirshenbaum"]

_CONSONANTS = {
    "p": "p", "b": "b", "t": "t", "d": "d", "t[": "t", "d[": "d", "t.": "ʈ", "d.": "ɖ",
    "c": "c", "J": "ɟ", "k": "k", "g": "ɡ", "q": "q", "G": "ɢ", "?": "ʔ",
    "b`": "ɓ", "d`": "ɗ", "J`": "ʄ", "g`": "ɠ", "G`": "ʛ",
    "p!": "ʘ", "t!": "ǀ", "c!": "ǂ", "k!": "ǃ", "l!": "ǁ",
    "m": "m", "M": "ɱ", "n": "n", "n[": "n", "n.": "ɳ", "n^": "ɲ", "N": "ŋ", 'n"': "ɴ",
    "n<lbv>": "ŋm", "t<lbv>": "kp", "d<lbv>": "ɡb",
    "b<trl>": "ʙ", "r<trl>": "r", 'r"': "ʀ", "*": "ɾ", "*.": "ɽ", "*<lat>": "ɺ",
    "t#": "ɾ", "F": "f", "P": "ɸ", "B": "β", "f": "f", "v": "v", "T": "θ", "D": "ð",
    "s": "s", "z": "z", "S": "ʃ", "Z": "ʒ", "s.": "ʂ", "z.": "ʐ", "S;": "ɕ", "Z;": "ʑ",
    "C": "ç", "C<vcd>": "ʝ", "x": "x", "Q": "ɣ", "X": "χ", 'g"': "ʁ", "H": "ħ",
    "H<vcd>": "ʕ", "h": "h", "h<?>": "ɦ", "s<lat>": "ɬ", "z<lat>": "ɮ",
    "r<lbd>": "ʋ", "r": "ɹ", "r[": "ɹ", "r-": "ɹ", "r.": "ɻ", "j": "j", "j<vel>": "ɰ",
    "j<rnd>": "ɥ", "l": "l", "l[": "l", "l.": "ɭ", "l^": "ʎ", "L": "ɫ",
    "w": "w", "w<vls>": "ʍ",
}  # fmt: skip
_VOWELS = {
    "i": "i", "y": "y", "i.": "y", 'i"': "ɨ", 'u"': "ʉ", "u-": "ɯ", "u": "u",
    "I": "ɪ", "I.": "ʏ", "I#": "ᵻ", "U-": "ɯ", "U": "ʊ", "e": "e", "Y": "ø", "e.": "ø",
    "@<umd>": "ɘ", "@.": "ɵ", "o-": "ɤ", "o": "o", "@": "ə", "R": "ɚ", "R<umd>": "ɚ",
    "E": "ɛ", "W": "œ", "E.": "œ", 'V"': "ɜ", 'O"': "ɞ", "V": "ʌ", "O": "ɔ",
    "&": "æ", '&"': "ɐ", "&.": "ɶ", "a": "a", "a.": "ɶ", "A": "ɑ", "A.": "ɒ",
    "0": "ɒ", "3": "ɜ", "3:": "ɜː", "8": "ɵ", "a#": "ɐ",
}  # fmt: skip
_SYLLABIC = "\N{COMBINING VERTICAL LINE BELOW}"
_SYLLABICS = {f"{name}-": f"{name}{_SYLLABIC}" for name in "lmn"} | {
    "N-": f"ŋ{_SYLLABIC}"
}
_MARKS = {
    "'": "ˈ", ",": "ˌ", ":": "ː", "~": "\N{COMBINING TILDE}", "<r>": "˞", ";": "ʲ",
    "<h>": "ʰ", "<w>": "ʷ", "<H>": "ˤ",
}  # fmt: skip
_SILENT = '<o> <j> <?> ` ! " - . [ ^ # _ = % $ / { } | || 1 2 4 5 6 7 9'
"""Diacritics that no mouth shows, tones and boundaries."""

SYMBOLS = (
    _CONSONANTS | _VOWELS | _SYLLABICS | _MARKS | dict.fromkeys(_SILENT.split(), "")
)
"""Symbol to IPA."""

_greedy = Greedy(SYMBOLS)


def kirshenbaum(token: str) -> Translation:
    """Translate one token, or several without a separator."""
    return Translation("") if token.strip() in {",", ";", "_:"} else _greedy(token)


def knows(token: str) -> bool:
    """Whether every character of a token belongs to a symbol."""
    return _greedy.knows(token)
