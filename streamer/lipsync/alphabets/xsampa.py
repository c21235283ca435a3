"""
X-SAMPA: IPA in ASCII, as MBROLA, MaryTTS and Polly's pages write it.

Source: J. C. Wells, "Computer-coding the IPA" (1995, revised 2000).
"""

from __future__ import annotations

from streamer.lipsync.alphabets.translation import Greedy

__all__ = ["SYMBOLS", "xsampa"]

_CONSONANTS = {
    "p": "p", "b": "b", "t": "t", "d": "d", "t`": "ʈ", "d`": "ɖ", "c": "c", "J\\": "ɟ",
    "k": "k", "g": "ɡ", "q": "q", "G\\": "ɢ", "?": "ʔ", ">\\": "ʡ",
    "b_<": "ɓ", "d_<": "ɗ", "J\\_<": "ʄ", "g_<": "ɠ", "G\\_<": "ʛ",
    "O\\": "ʘ", "|\\": "ǀ", "!\\": "ǃ", "=\\": "ǂ", "|\\|\\": "ǁ",
    "m": "m", "F": "ɱ", "n": "n", "n`": "ɳ", "J": "ɲ", "N": "ŋ", "N\\": "ɴ",
    "B\\": "ʙ", "r": "r", "R\\": "ʀ", "4": "ɾ", "r`": "ɽ", "l\\": "ɺ",
    "p\\": "ɸ", "B": "β", "f": "f", "v": "v", "T": "θ", "D": "ð", "s": "s", "z": "z",
    "S": "ʃ", "Z": "ʒ", "s`": "ʂ", "z`": "ʐ", "s\\": "ɕ", "z\\": "ʑ", "C": "ç",
    "j\\": "ʝ", "x": "x", "x\\": "ɧ", "G": "ɣ", "X": "χ", "R": "ʁ", "X\\": "ħ",
    "?\\": "ʕ", "H\\": "ħ", "<\\": "ʕ", "h": "h", "h\\": "ɦ", "K": "ɬ", "K\\": "ɮ",
    "v\\": "ʋ", "P": "ʋ", "r\\": "ɹ", "r\\`": "ɻ", "j": "j", "M\\": "ɰ",
    "l": "l", "l`": "ɭ", "L": "ʎ", "L\\": "ɫ", "5": "ɫ", "W": "ʍ", "w": "w", "H": "ɥ",
}  # fmt: skip
_VOWELS = {
    "i": "i", "y": "y", "1": "ɨ", "}": "ʉ", "M": "ɯ", "u": "u", "I": "ɪ", "Y": "ʏ",
    "I\\": "ᵻ", "U\\": "ʊ", "U": "ʊ", "e": "e", "2": "ø", "@\\": "ɘ", "8": "ɵ",
    "7": "ɤ", "o": "o", "@": "ə", "@`": "ɚ", "E": "ɛ", "9": "œ", "3": "ɜ", "3`": "ɝ",
    "3\\": "ɞ", "V": "ʌ", "O": "ɔ", "{": "æ", "6": "ɐ", "a": "a", "&": "ɶ", "A": "ɑ",
    "Q": "ɒ",
}  # fmt: skip
_TILDE = "\N{COMBINING TILDE}"
_SYLLABIC = "\N{COMBINING VERTICAL LINE BELOW}"
_MARKS = {
    '"': "ˈ", "%": "ˌ", ":": "ː", ":\\": "ˑ", "~": _TILDE, "_~": _TILDE,
    "=": _SYLLABIC, "_=": _SYLLABIC, "`": "˞", "'": "ʲ", "_j": "ʲ", "_h": "ʰ",
    "_w": "ʷ", "_?\\": "ˤ", "_G": "ˠ", "_e": "", "_}": "",
}  # fmt: skip
_SILENT = (
    '_" _+ _- _/ _0 _< _> _A _B_L _B _F _H _H_T _L _M _N _O _R _R_F _T _X _\\ _^ _a _c '
    "_d _k _l _m _n _o _q _r _t _v _x <F> <R> . - -\\ ^ ! | || _ __"
)
"""Diacritics that no mouth shows, tones, boundaries, and MBROLA's silence ``_``."""

SYMBOLS = _CONSONANTS | _VOWELS | _MARKS | dict.fromkeys(_SILENT.split(), "")
"""Symbol to IPA."""

xsampa = Greedy(SYMBOLS)
"""Translates one token, or several without a separator."""
