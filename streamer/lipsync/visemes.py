"""
Viseme sets: which mouth shape shows which sound.

A set is a table. Its rows follow the classes of the IPA chart, so that every
base symbol stands in exactly one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["OCULUS", "VisemeSet"]


@dataclass(frozen=True, slots=True)
class VisemeSet:
    """A published set of mouth shapes."""

    name: str
    """What clients ask for, as in ``visemes=oculus``."""
    names: tuple[str, ...]
    """Its shapes, in the order of their published indices."""
    table: Mapping[str, str]
    """Base symbol to shape, for every base symbol."""
    neutral: str
    """The shape of silence."""

    def viseme(self, symbol: str) -> str:
        """
        Return the shape that shows a base symbol.

        Raises:
            KeyError: If *symbol* is not a base symbol; the normaliser gives
                no other.
        """
        return self.table[symbol]


_OCULUS_NAMES = (
    "sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O",
    "U",
)  # fmt: skip

# Published members are p b m, f v, θ ð, t d, k g, tʃ dʒ ʃ, s z, n l, r, ɑː, e, ɪ, o
# and ʊ; the other symbols are placed by articulatory class.
_OCULUS_ROWS = (
    ("sil", "ʔ ʡ", "uh-oh"),
    ("PP", "p b m ɓ ʙ ʘ", "put bat mat"),
    ("PP", "β", "Spanish lobo"),
    ("FF", "ɱ", "comfort"),
    ("FF", "f v ʋ ⱱ", "fat vat"),
    ("FF", "ɸ", "Japanese fune"),
    ("TH", "θ ð", "think that"),
    ("DD", "t d ʈ ɖ ɗ ǀ ǃ", "tip doll"),
    ("DD", "ɾ ɽ", "water"),
    ("kk", "ç ʝ", "German ich"),
    ("kk", "c ǂ ɟ ʄ", "Hungarian tyúk"),
    ("kk", "k ɡ ɠ q ɢ ʛ", "call gas"),
    ("kk", "x χ ɣ ɰ", "Scots loch"),
    ("kk", "h ɦ ħ ʕ", "hat"),
    ("CH", "ʃ ʒ", "she vision"),
    ("CH", "ʂ ʐ", "Mandarin shī"),
    ("CH", "ɕ ʑ ɧ", "Mandarin xī"),
    ("SS", "s z", "sir zeal"),
    ("nn", "n ɳ ɲ", "not"),
    ("nn", "l ɫ ɭ ɬ ɮ ǁ ɺ ʎ", "lot"),
    ("nn", "ŋ ɴ", "sing"),
    ("RR", "r ʀ ʁ", "Spanish perro"),
    ("RR", "ɹ ɻ", "red"),
    ("RR", "ɚ ɜ ɝ ɞ", "butter bird"),
    ("aa", "a ɑ æ", "car cat"),
    ("aa", "ʌ ɐ", "cup"),
    ("E", "e ɛ", "bed"),
    ("E", "ə ɘ ɤ", "about"),
    ("I", "i ɪ ᵻ ɨ", "see tip roses"),
    ("I", "j", "yes"),
    ("O", "o ɔ ɒ", "toe thought"),
    ("O", "ø œ ɶ ɵ", "French peu"),
    ("U", "u ʊ ʉ ɯ", "boot book"),
    ("U", "y ʏ", "French lune"),
    ("U", "w ʍ ɥ", "wet"),
)

OCULUS = VisemeSet(
    name="oculus",
    names=_OCULUS_NAMES,
    table=MappingProxyType(
        {
            symbol: viseme
            for viseme, symbols, _example in _OCULUS_ROWS
            for symbol in symbols.split()
        }
    ),
    neutral="sil",
)
"""
The 15 shapes of Oculus LipSync.

Source: OpenXR ``XR_META_face_tracking_visemes``; the names are those of the
glTF morph targets ``viseme_*``.
"""
