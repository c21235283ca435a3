"""
What lips, jaw and tongue do for each sound, as data.

Sources, named at each table: JALI (Edwards, Landreth, Fiume and Singh, "JALI: an
animator-centric viseme model for expressive lip synchronization", SIGGRAPH 2016)
and the rules of Rhubarb Lip Sync 1.13. The poses are drawn from the articulatory
classes of the IPA chart; they are targets at average loudness, not measurements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from streamer.lipsync.pose import Pose

__all__ = ["PROTECTED", "RELAXED", "RULES", "GestureKind", "Rule"]

GestureKind = Literal[
    "seal", "teeth", "narrow", "round", "open", "spread", "tongue", "rest"
]
"""What a gesture is for; see :data:`RULES`."""

PROTECTED: frozenset[GestureKind] = frozenset({"seal", "teeth"})
"""Kinds that no other gesture moves, cuts or drops (JALI, hard constraints 1 and 2)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one base symbol is articulated."""

    kind: GestureKind
    """What the gesture is for; ``rest`` leaves the whole mouth to its neighbours."""
    pose: Pose
    """The target at average loudness."""
    lips: float
    """How much the lips are its own: 0 its neighbours', 1 its own."""
    jaw: float
    """How much the jaw is its own: 0 its neighbours', 1 its own."""
    rank: int
    """Which of two gestures stays where there is room for one; the higher."""

    @property
    def is_vowel(self) -> bool:
        """Whether loudness opens it: its jaw is the syllable's."""
        return self.rank >= _SCHWA


_TONGUE, _SEEN_TONGUE, _SCHWA, _VOWEL = 1, 2, 4, 5
_LIPS = 3
"""Ranks: tongue-only, tongue that is seen and weak glides, lips and sibilants,
reduced vowels, vowels. Protected kinds stand above all ranks."""

# A row: what it is for, for which sounds, the seven channels of Pose in their order,
# and how much of lips and jaw is its own; last its rank.
_ROWS: tuple[
    tuple[GestureKind, str, tuple[float, ...], float, float, int], ...
] = (
    # JALI, hard constraint 1: bilabials close the lips. Rhubarb: P B M are A.
    ("seal", "p b m ɓ ʙ ʘ β", (0.06, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0), 1.0, 1.0, 9),
    # JALI, hard constraint 2: labiodentals bring lip to teeth. Rhubarb: F V are G.
    ("teeth", "f v ɱ ʋ ⱱ", (0.08, 0.10, 0.05, 0.0, 0.0, 1.0, 0.0), 1.0, 1.0, 9),
    ("narrow", "ɸ", (0.06, 0.08, -0.2, 0.25, 0.0, 0.0, 0.0), 1.0, 1.0, _LIPS),
    # JALI, hard constraint 3: sibilants narrow the jaw greatly. The s is lip-heavy
    # only in as much as it does not open; ʃ ʒ put the lips forward.
    ("narrow", "s z", (0.06, 0.22, 0.35, 0.0, 0.0, 0.0, 0.2), 0.6, 1.0, _LIPS),
    ("narrow", "ɕ ʑ", (0.06, 0.22, 0.20, 0.15, 0.0, 0.0, 0.2), 0.8, 1.0, _LIPS),
    ("narrow", "ʃ ʒ", (0.08, 0.26, -0.30, 0.60, 0.0, 0.0, 0.1), 1.0, 1.0, _LIPS),
    ("narrow", "ʂ ʐ", (0.08, 0.25, -0.10, 0.40, 0.0, 0.0, 0.4), 0.9, 1.0, _LIPS),
    ("narrow", "ɧ", (0.10, 0.25, -0.30, 0.55, 0.0, 0.0, 0.0), 1.0, 1.0, _LIPS),
    # JALI, lip-heavy visemes: they replace the lips of what stands beside them.
    ("round", "w ʍ ɥ", (0.12, 0.14, -0.75, 0.95, 0.0, 0.0, 0.0), 1.0, 0.9, _LIPS),
    ("round", "ɹ ɻ", (0.15, 0.22, -0.35, 0.45, 0.0, 0.0, 0.2), 0.7, 0.6, 2),
    ("spread", "j", (0.14, 0.25, 0.55, 0.0, 0.0, 0.0, 0.2), 0.8, 0.8, 2),
    # The tongue is seen between the teeth.
    ("tongue", "θ ð", (0.14, 0.30, 0.05, 0.0, 0.0, 0.0, 0.9), 0.4, 0.8, 2),
    # JALI, habits: tongue-only visemes (l n t d g k ŋ) leave the lips alone;
    # Rhubarb's sets for them hold every open shape.
    ("tongue", "t d ʈ ɖ ɗ ǀ ǃ ɾ ɽ", (0.15, 0.24, 0.10, 0, 0, 0, 0.7), 0.1, 0.6, 1),
    ("tongue", "n ɳ", (0.16, 0.25, 0.10, 0, 0, 0, 0.7), 0.1, 0.5, 1),
    ("tongue", "l ɫ ɭ ɬ ɮ ǁ ɺ", (0.20, 0.28, 0.05, 0, 0, 0, 0.8), 0.1, 0.4, 1),
    ("tongue", "r", (0.16, 0.25, 0.0, 0.05, 0, 0, 0.7), 0.2, 0.5, 1),
    ("tongue", "ɲ ʎ c ǂ ɟ ʄ ç ʝ", (0.14, 0.25, 0.30, 0, 0, 0, 0.3), 0.3, 0.6, 1),
    ("tongue", "k ɡ ɠ ŋ x ɣ ɰ", (0.22, 0.30, 0.0, 0, 0, 0, 0.1), 0.1, 0.4, 1),
    ("tongue", "q ɢ ʛ ɴ χ ʀ ʁ", (0.26, 0.32, 0.0, 0, 0, 0, 0.0), 0.1, 0.4, 1),
    # Rhubarb: HH is any shape; a glottal stop is no shape at all.
    ("rest", "h ɦ ħ ʕ ʔ ʡ", (0.0, 0.0, 0.0, 0, 0, 0, 0.0), 0.0, 0.0, 0),
    # Vowels: height gives the jaw, backness and rounding the lips.
    ("spread", "i", (0.20, 0.30, 0.80, 0.0, 0, 0, 0.1), 1.0, 1.0, _VOWEL),
    ("spread", "ɪ ᵻ ɨ", (0.27, 0.36, 0.50, 0.0, 0, 0, 0.1), 1.0, 1.0, _VOWEL),
    ("spread", "e", (0.40, 0.46, 0.60, 0.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "ɛ", (0.52, 0.54, 0.40, 0.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "æ", (0.70, 0.66, 0.40, 0.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "a", (0.76, 0.72, 0.15, 0.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "ɑ", (0.78, 0.75, 0.0, 0.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "ɐ", (0.58, 0.58, 0.05, 0.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "ʌ", (0.54, 0.55, 0.05, 0.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "ɤ", (0.36, 0.40, 0.0, 0.1, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "ə ɘ", (0.30, 0.36, 0.05, 0.0, 0, 0, 0.0), 0.8, 0.9, _SCHWA),
    ("open", "ɚ", (0.28, 0.30, -0.20, 0.35, 0, 0, 0.1), 0.9, 0.9, _SCHWA),
    ("open", "ɜ ɝ ɞ", (0.36, 0.38, -0.20, 0.38, 0, 0, 0.1), 1.0, 1.0, _VOWEL),
    ("round", "y", (0.20, 0.22, -0.50, 0.90, 0, 0, 0.1), 1.0, 1.0, _VOWEL),
    ("round", "ʏ", (0.25, 0.26, -0.40, 0.75, 0, 0, 0.1), 1.0, 1.0, _VOWEL),
    ("round", "u", (0.20, 0.20, -0.80, 1.0, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("round", "ʊ ʉ", (0.27, 0.28, -0.50, 0.75, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("open", "ɯ", (0.22, 0.26, -0.10, 0.25, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("round", "ø ɵ", (0.35, 0.38, -0.40, 0.75, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("round", "œ", (0.48, 0.46, -0.30, 0.60, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("round", "ɶ", (0.62, 0.58, -0.20, 0.45, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("round", "o", (0.42, 0.42, -0.50, 0.85, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("round", "ɔ", (0.56, 0.54, -0.40, 0.65, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
    ("round", "ɒ", (0.64, 0.60, -0.25, 0.45, 0, 0, 0.0), 1.0, 1.0, _VOWEL),
)  # fmt: skip

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        symbol: Rule(kind, Pose(*map(float, pose)), lips, jaw, rank)
        for kind, symbols, pose, lips, jaw, rank in _ROWS
        for symbol in symbols.split()
    }
)
"""The rule of every base symbol."""

RELAXED: Mapping[GestureKind, str] = MappingProxyType(
    # Rhubarb, relaxing in a pause of up to 0.35 s: A stays A, D and E become C,
    # B, C, F and H become B, G becomes the closed mouth.
    {
        "seal": "m",
        "open": "ɛ",
        "round": "ɪ",
        "spread": "ɪ",
        "narrow": "ɪ",
        "tongue": "ɪ",
        "teeth": "",
        "rest": "",
    }
)
"""The symbol whose shape a mouth relaxes to, by the kind it comes from."""
