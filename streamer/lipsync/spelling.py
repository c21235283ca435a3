"""Spellings of IPA: look-alikes, left-over mnemonics, habits of espeak-ng."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["BACK", "STRESS", "language_of", "respell", "visible"]

STRESS = {"ˈ": 1, "ˌ": 2}
"""Marks that stand before what they stress, and how much."""

BACK = frozenset(
    (
        "ː",
        "ˑ",
        "\N{COMBINING TILDE}",
        "\N{MODIFIER LETTER RHOTIC HOOK}",
        "\N{COMBINING VERTICAL LINE BELOW}",
        "\N{COMBINING VERTICAL LINE ABOVE}",
    )
)
"""Marks that become an attribute of the sound before them; others are dropped."""

_LOOK_ALIKES = {
    "g": "ɡ",  # U+0067 for U+0261
    "ε": "ɛ", "Φ": "ɸ", "φ": "ɸ", "γ": "ɣ", "δ": "ð", "λ": "ʎ", "α": "ɑ", "ι": "ɪ",
    "ә": "ə", "ǝ": "ə", "ɩ": "ɪ", "ɷ": "ʊ", "ᵿ": "ʊ", "ı": "ɯ",
    "ʧ": "tʃ", "ʤ": "dʒ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ʥ": "dʑ", "ꭧ": "tʂ",
    "ꭦ": "dʐ", "ʇ": "ǀ", "ʗ": "ǃ", "ʖ": "ǁ", "ɼ": "r", "ʟ": "ɫ", "ɿ": "z", "ʅ": "ʐ",
    "ʜ": "ħ", "ʢ": "ʕ", "ȵ": "ɲ", "ȶ": "t", "ȡ": "d", "ȴ": "l", "ʚ": "ɞ", "ƞ": "n",
    "ʆ": "ɕ", "ʓ": "ʑ", "ƺ": "ʒ", "ƪ": "ʃ", "ƻ": "dz", "ʮ": "z", "ʯ": "ʐ", "ꞎ": "ɬ",
    "ʩ": "ŋ", "ʪ": "ls", "ʫ": "lz", "ʬ": "p", "ʭ": "t", "ȸ": "b", "ȹ": "p", "ʞ": "k",
    "ł": "w", "đ": "d", "ɂ": "ʔ", "Ɂ": "ʔ", "ꞵ": "β", "ꭓ": "χ", "ß": "s", "ﬀ": "f",
    "~": "\N{COMBINING TILDE}", ":": "ː",
}  # fmt: skip
"""Characters, and retired letters, that stand for a base symbol or a pair."""

_MNEMONICS = {
    "@": "ə", "A": "ɑ", "B": "β", "C": "ç", "D": "ð", "E": "ɛ", "G": "ɣ", "H": "ħ",
    "I": "ɪ", "J": "ɟ", "L": "ʎ", "M": "ɱ", "N": "ŋ", "O": "ɔ", "Q": "ɣ", "R": "ɹ",
    "S": "ʃ", "T": "θ", "U": "ʊ", "V": "ʌ", "X": "χ", "Y": "ʏ", "Z": "ʒ",
}  # fmt: skip
"""espeak-ng's ASCII phoneme names, which a few of its languages leak."""

_SINGLE = str.maketrans(_LOOK_ALIKES | _MNEMONICS | dict.fromkeys("|+=$"))
"""A look-alike's meaning; what only separates, or ends a text of Piper's, is none."""

_APICAL = (("i̪", "z\N{COMBINING VERTICAL LINE BELOW}"),
           (r"i\.", "ʐ\N{COMBINING VERTICAL LINE BELOW}"))  # fmt: skip
_ASPIRATION = (r"(?<=[ptkcsɕʂʃ])h", "")
_TONE_3 = ("ɜ(?!ː)", "")
_STOD = ("[ʔ?]+", "")
_CHINESE = (
    *_APICAL, (r"s\.", "ʂ"), (r"z\.", "ʐ"), _ASPIRATION, _TONE_3, ("nɡ", "ŋ"),
    ("ər", "ɚ"),
)  # fmt: skip
_JYUTPING = (("yu", "y"), ("oe", "œ"), ("eo", "ɵ"), ("[cz]", "ts"))
_INDIC = ((r"r\.", "ɽ"),)

_HABITS: dict[str, tuple[tuple[str, str], ...]] = {
    "cmn": _CHINESE,
    "hak": _CHINESE,
    "nan": _CHINESE,
    "yue": (*_CHINESE, *_JYUTPING),
    "zh": _CHINESE,
    "vi": (_TONE_3, ("y", "ɯ")),  # ư and ươ
    "ru": (("y", "ɨ"),),  # ы
    "sv": (("sx", "ɧ"),),
    **dict.fromkeys(("bn", "bpy", "hi", "mr", "ne", "pa", "ur"), _INDIC),
    "ko": (_ASPIRATION, (r"(?<=[ptksɕ])q|q(?=[ptksɕ])", "")),  # q: a tensed stop
    "de": (("ɜ(?!ː)", "ɐ"), (r"\?+", "ʔ")),  # besser
    "da": (_STOD,),  # the stød has no shape
    "om": ((r"\?+", "ʔ"),),
}
"""
espeak-ng's habits: patterns and replacements by primary language, applied before
look-alikes. Other alphabets have none of them.
"""

_TAG = re.compile("NULL|<[a-zA-Z]+>")
"""What stands for no sound: espeak-ng's ``NULL``, ``<sil>`` and ``<eps>``."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
"""Joiners that espeak-ng puts inside what belongs together, and their like."""


def language_of(tag: str) -> str:
    """Return the primary language of a tag: ``en`` of ``en-US`` or ``en_GB``."""
    return re.split("[-_]", tag.lower(), maxsplit=1)[0]


def visible(text: str) -> str:
    """Return *text* without joiners and other characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def respell(text: str, language: str) -> str:
    """
    Write *text* with base symbols and marks, as far as tables know how.

    Composed letters are taken apart, except ç, which is a sound of its own.

    Args:
        text: One entry, without language switches.
        language: A primary language, from :func:`language_of`; with an empty
            one, no voice's habits are undone.
    """
    text = unicodedata.normalize("NFD", text).replace("c\N{COMBINING CEDILLA}", "ç")
    text = _TAG.sub("", text).replace("g", "ɡ")
    for pattern, replacement in _HABITS.get(language, ()):
        text = re.sub(pattern, replacement, text)
    if any(char.isalpha() for char in text):
        text = re.sub(r"\?+", "ʔ", text)
    return text.translate(_SINGLE)
