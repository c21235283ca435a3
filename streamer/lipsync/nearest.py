"""
The base symbol nearest to a character that is not one.

Two steps. What a character's Unicode name says of its sound (``LATIN SMALL
LETTER D WITH RETROFLEX HOOK``, ``CYRILLIC SMALL LETTER ZHE``) is put into
features: manner, place, voice, height, backness, rounding. Then the base symbol
with the nearest features is taken, where what is seen counts most: lips before
jaw, jaw before tongue. A name that says nothing is a schwa: a slightly open
mouth, because the character stands for a sound.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from streamer.lipsync.symbols import SYMBOLS, Kind, Sound

__all__ = ["Features", "distance", "features_of", "nearest_sound", "nearest_symbol"]


@dataclass(frozen=True, slots=True)
class Features:
    """What tells one sound from another, as far as a mouth shows it."""

    kind: Kind
    """How it is made."""
    front: float
    """Where: 0 at the lips to 9 in the throat; for vowels 4 front to 6 back."""
    lips: float
    """What lips do: 1 closed, 0.8 at the teeth, 0.6 rounded, 0 nothing."""
    height: float = 0.0
    """Of a vowel: 0 open to 6 close; 0 for consonants."""
    voiced: bool = True
    """Whether the voice sounds."""
    rhotic: bool = False
    """Whether it is coloured by an r."""


_FRONT = {
    "bilabial": 0.0, "labiodental": 1.0, "dental": 2.0, "coronal": 3.0,
    "alveolar": 3.0, "postalveolar": 4.0, "retroflex": 4.2, "alveolo-palatal": 4.5,
    "palatal": 5.0, "labiopalatal": 5.0, "velar": 6.0, "labiovelar": 6.0,
    "uvular": 7.0, "pharyngeal": 8.0, "glottal": 9.0, "closure": 9.0,
}  # fmt: skip
_LIPS = {"bilabial": 1.0, "labiodental": 0.8, "labiopalatal": 0.6, "labiovelar": 0.6}
_HEIGHTS = {
    "close": 6.0, "near-close": 5.0, "close-mid": 4.0, "mid": 3.0, "open-mid": 2.0,
    "near-open": 1.0, "open": 0.0,
}  # fmt: skip
_BACKNESS = {"front": 4.0, "central": 5.0, "back": 6.0}
_VOICELESS = frozenset("ptʈckqʘǀǃǂǁfɸθsʃʂɕɧçxχɬhħʔʡʍ")

_KINDS: dict[Kind, tuple[float, float, float]] = {
    "vowel": (0.0, 0.0, 0.0),
    "glide": (1.0, 0.0, 0.0),
    "rhotic": (2.0, 0.0, 1.0),
    "lateral": (2.0, 1.0, 0.0),
    "fricative": (3.0, 0.0, 0.0),
    "glottal": (2.5, 1.0, 1.0),
    "nasal": (4.0, 2.0, 0.0),
    "stop": (4.0, 0.0, 0.0),
}
"""How closed a mouth is, and what sets kinds of one closeness apart."""

_WEIGHTS = {"lips": 4.0, "height": 0.5, "front": 0.5, "kind": 1.5, "voiced": 0.2}
"""What is seen counts most."""


def features_of(sound: Sound) -> Features:
    """Return the features of a base symbol."""
    words = sound.place.split()
    if sound.kind == "vowel":
        return Features(
            kind="vowel",
            front=next(_BACKNESS[word] for word in words if word in _BACKNESS),
            lips=0.6 if "rounded" in words else 0.0,
            height=_HEIGHTS[words[0]],
            rhotic="rhotic" in words,
        )
    return Features(
        kind=sound.kind,
        front=_FRONT[sound.place],
        lips=_LIPS.get(sound.place, 0.0),
        voiced=sound.symbol not in _VOICELESS,
        rhotic=sound.kind == "rhotic",
    )


def distance(one: Features, other: Features) -> float:
    """Return how different two sounds look; 0 where nothing is."""
    kinds = zip(_KINDS[one.kind], _KINDS[other.kind], strict=True)
    apart = {
        "kind": sum(abs(a - b) for a, b in kinds),
        "lips": abs(one.lips - other.lips),
        "front": abs(one.front - other.front),
        "height": abs(one.height - other.height),
        "voiced": (one.voiced != other.voiced) + (one.rhotic != other.rhotic),
    }
    return sum(_WEIGHTS[name] * value for name, value in apart.items())


def nearest_sound(features: Features) -> Sound:
    """Return the base symbol that looks most like *features*."""
    return min(
        SYMBOLS.values(), key=lambda sound: distance(features, features_of(sound))
    )


_ADJECTIVES = {
    "SMALL", "CAPITAL", "TURNED", "REVERSED", "INVERTED", "SIDEWAYS", "OPEN", "CLOSED",
    "BARRED", "LONG", "SCRIPT", "DOTLESS", "BLACKLETTER", "INSULAR", "TAILLESS",
    "STRETCHED", "BOTTOM", "TOP", "HALF", "HEAVY", "LOW", "ROUND", "FINAL", "LETTER",
    "BROKEN", "VISIGOTHIC", "MIRRORED",
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

_PHRASES = {
    "ESH": "ʃ", "EZH": "ʒ", "LEZH": "ɮ", "ETH": "ð", "THORN": "θ", "ENG": "ŋ",
    "FENG": "ŋ", "SCHWA": "ə", "ALPHA": "ɑ", "IOTA": "ɪ", "UPSILON": "ʊ", "YOGH": "ʒ",
    "OPEN E": "ɛ", "REVERSED OPEN E": "ɜ", "OPEN O": "ɔ", "REVERSED E": "ɘ",
    "TURNED A": "ɐ", "TURNED ALPHA": "ɒ", "TURNED V": "ʌ", "TURNED Y": "ʎ",
    "TURNED R": "ɹ", "TURNED M": "ɯ", "TURNED H": "ɥ", "TURNED W": "ʍ",
}  # fmt: skip
"""Names of phonetic letters, without LONG LEG and the like."""

_NAME = re.compile(r"(?:LETTER|SYLLABLE|LIGATURE|DIGRAPH) (.+?)(?: WITH (.*))?$")
_SPELLED = re.compile(r"E[FLMNRS]$")
"""Letters named as they are spelled aloud: EF, EL, EM, EN, ER, ES."""

_PLACES = (
    ("RETROFLEX HOOK", "retroflex"), ("CROSSED-TAIL", "palatal"),
    ("CURL", "alveolo-palatal"), ("LEFT HOOK", "palatal"),
)  # fmt: skip
"""Additions to a consonant's letter that tell where it is made."""
_MANNERS: tuple[tuple[str, Kind], ...] = (
    ("BELT", "fricative"),
    ("STROKE", "fricative"),
    ("BAR", "fricative"),
)
"""Additions to a consonant's letter that tell how it is made."""


@lru_cache(maxsize=1024)
def nearest_symbol(char: str) -> str:
    """
    Return the base symbol nearest to one character.

    Args:
        char: A single character, not a base symbol.
    """
    found = _NAME.search(unicodedata.name(char, ""))
    if found is None:
        return "ə"
    base = _base(found[1].removeprefix("SMALL ").removeprefix("CAPITAL "))
    described = _described(features_of(SYMBOLS[base]), found[2] or "")
    return base if described is None else nearest_sound(described).symbol


def _base(name: str) -> str:
    """Return the base symbol that a letter's name begins with."""
    if name in _PHRASES:
        return _PHRASES[name]
    words = name.split()
    word = next((word for word in words if word not in _ADJECTIVES), "")
    if word in _PHRASES:
        return _PHRASES[word]
    if word[:2] in _PAIRS:
        return _PAIRS[word[:2]]
    if _SPELLED.match(word):
        word = word[1:]
    return _LETTERS.get(word[:1], "ə")


def _described(features: Features, added: str) -> Features | None:
    """Change features by what a name adds to its letter; None: by nothing."""
    changed = features
    if features.kind == "vowel":
        is_rhotic = "HOOK" in added and "RETROFLEX" in added
        changed = replace(features, rhotic=is_rhotic)
        return changed if is_rhotic else None
    for words, place in _PLACES:
        if words in added:
            changed = replace(changed, front=_FRONT[place], lips=0.0)
    if features.kind == "stop":
        for words, kind in _MANNERS:
            if words in added:
                changed = replace(changed, kind=kind)
    return None if changed == features else changed
