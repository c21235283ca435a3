"""
The base symbols that phonemes are reduced to, one a line.

Source: IPA chart (2020) for kinds; the set is what speech synthesisers write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["SYMBOLS", "Kind", "Sound"]

Kind = Literal[
    "vowel", "glide", "stop", "fricative", "nasal", "lateral", "rhotic", "glottal"
]
"""How a sound is made, as far as mouths differ."""


@dataclass(frozen=True, slots=True)
class Sound:
    """What is known of one base symbol."""

    symbol: str
    """One IPA character."""
    kind: Kind
    """How it is made."""
    place: str
    """Where it is made; for vowels, the position of tongue and lips."""
    example: str
    """A word that has it; English where no language is named."""


_SOUNDS = (
    Sound("p", "stop", "bilabial", "put"),
    Sound("b", "stop", "bilabial", "bat"),
    Sound("m", "nasal", "bilabial", "mat"),
    Sound("ɓ", "stop", "bilabial", "Hausa ɓera"),
    Sound("ʙ", "stop", "bilabial", "brr"),
    Sound("ʘ", "stop", "bilabial", "a kiss"),
    Sound("ɱ", "nasal", "labiodental", "comfort"),
    Sound("f", "fricative", "labiodental", "fat"),
    Sound("v", "fricative", "labiodental", "vat"),
    Sound("ʋ", "fricative", "labiodental", "Dutch wat"),
    Sound("ⱱ", "fricative", "labiodental", "Mono vwa"),
    Sound("ɸ", "fricative", "bilabial", "Japanese fune"),
    Sound("β", "fricative", "bilabial", "Spanish lobo"),
    Sound("θ", "fricative", "dental", "think"),
    Sound("ð", "fricative", "dental", "that"),
    Sound("t", "stop", "coronal", "tip"),
    Sound("d", "stop", "coronal", "doll"),
    Sound("ʈ", "stop", "retroflex", "Hindi ṭopī"),
    Sound("ɖ", "stop", "retroflex", "Hindi ḍāl"),
    Sound("ɗ", "stop", "coronal", "Vietnamese đá"),
    Sound("ǀ", "stop", "dental", "tsk"),
    Sound("ǃ", "stop", "coronal", "Zulu iqaqa"),
    Sound("ɾ", "stop", "coronal", "water"),
    Sound("ɽ", "stop", "retroflex", "Hindi laṛkā"),
    Sound("n", "nasal", "coronal", "not"),
    Sound("ɳ", "nasal", "retroflex", "Swedish barn"),
    Sound("ɲ", "nasal", "palatal", "Spanish niña"),
    Sound("l", "lateral", "coronal", "lot"),
    Sound("ɫ", "lateral", "coronal", "full"),
    Sound("ɭ", "lateral", "retroflex", "Tamil vaḷi"),
    Sound("ɬ", "lateral", "coronal", "Welsh llan"),
    Sound("ɮ", "lateral", "coronal", "Zulu dlala"),
    Sound("ǁ", "lateral", "coronal", "Xhosa"),
    Sound("ɺ", "lateral", "coronal", "Japanese raku"),
    Sound("ʎ", "lateral", "palatal", "Italian figlio"),
    Sound("ŋ", "nasal", "velar", "sing"),
    Sound("ɴ", "nasal", "uvular", "Japanese hon"),
    Sound("s", "fricative", "alveolar", "sir"),
    Sound("z", "fricative", "alveolar", "zeal"),
    Sound("ʃ", "fricative", "postalveolar", "she"),
    Sound("ʒ", "fricative", "postalveolar", "vision"),
    Sound("ʂ", "fricative", "retroflex", "Mandarin shī"),
    Sound("ʐ", "fricative", "retroflex", "Mandarin rì"),
    Sound("ɕ", "fricative", "alveolo-palatal", "Mandarin xī"),
    Sound("ʑ", "fricative", "alveolo-palatal", "Polish źle"),
    Sound("ɧ", "fricative", "postalveolar", "Swedish sjö"),
    Sound("ç", "fricative", "palatal", "German ich"),
    Sound("ʝ", "fricative", "palatal", "Spanish yo"),
    Sound("c", "stop", "palatal", "Hungarian tyúk"),
    Sound("ǂ", "stop", "palatal", "Nǁng ǂoo"),
    Sound("ɟ", "stop", "palatal", "Hungarian gyár"),
    Sound("ʄ", "stop", "palatal", "Sindhi jja"),
    Sound("k", "stop", "velar", "call"),
    Sound("ɡ", "stop", "velar", "gas"),
    Sound("ɠ", "stop", "velar", "Sindhi gga"),
    Sound("q", "stop", "uvular", "Arabic qalb"),
    Sound("ɢ", "stop", "uvular", "Persian qom"),
    Sound("ʛ", "stop", "uvular", "Mam qa"),
    Sound("x", "fricative", "velar", "Scots loch"),
    Sound("χ", "fricative", "uvular", "Welsh chwech"),
    Sound("ɣ", "fricative", "velar", "Spanish lago"),
    Sound("ɰ", "glide", "velar", "Korean uisa"),
    Sound("h", "glottal", "glottal", "hat"),
    Sound("ɦ", "glottal", "glottal", "ahead"),
    Sound("ħ", "glottal", "pharyngeal", "Arabic ḥāl"),
    Sound("ʕ", "glottal", "pharyngeal", "Arabic ʿayn"),
    Sound("ʔ", "glottal", "closure", "uh-oh"),
    Sound("ʡ", "glottal", "closure", "Haida"),
    Sound("r", "rhotic", "coronal", "Spanish perro"),
    Sound("ʀ", "rhotic", "uvular", "German rot"),
    Sound("ʁ", "rhotic", "uvular", "French rue"),
    Sound("ɹ", "rhotic", "coronal", "red"),
    Sound("ɻ", "rhotic", "retroflex", "Tamil tamiḻ"),
    Sound("j", "glide", "palatal", "yes"),
    Sound("w", "glide", "labiovelar", "wet"),
    Sound("ʍ", "glide", "labiovelar", "Scots which"),
    Sound("ɥ", "glide", "labiopalatal", "French huit"),
    Sound("i", "vowel", "close front", "see"),
    Sound("ɪ", "vowel", "near-close front", "tip"),
    Sound("ᵻ", "vowel", "near-close central", "roses"),
    Sound("ɨ", "vowel", "close central", "Polish my"),
    Sound("y", "vowel", "close front rounded", "French lune"),
    Sound("ʏ", "vowel", "near-close front rounded", "German hübsch"),
    Sound("u", "vowel", "close back rounded", "boot"),
    Sound("ʊ", "vowel", "near-close back rounded", "book"),
    Sound("ʉ", "vowel", "close central rounded", "Swedish ful"),
    Sound("ɯ", "vowel", "close back", "Turkish ışık"),
    Sound("e", "vowel", "close-mid front", "French été"),
    Sound("ɛ", "vowel", "open-mid front", "bed"),
    Sound("ø", "vowel", "close-mid front rounded", "French peu"),
    Sound("œ", "vowel", "open-mid front rounded", "French neuf"),
    Sound("ɶ", "vowel", "open front rounded", "Danish grøn"),
    Sound("ə", "vowel", "mid central", "about"),
    Sound("ɘ", "vowel", "close-mid central", "Mongolian sun"),
    Sound("ɚ", "vowel", "mid central rhotic", "butter"),
    Sound("ɜ", "vowel", "open-mid central", "nurse"),
    Sound("ɝ", "vowel", "open-mid central rhotic", "bird"),
    Sound("ɞ", "vowel", "open-mid central rounded", "Irish tomhail"),
    Sound("ɵ", "vowel", "close-mid central rounded", "Swedish full"),
    Sound("ɤ", "vowel", "close-mid back", "Estonian õlu"),
    Sound("o", "vowel", "close-mid back rounded", "toe"),
    Sound("ɔ", "vowel", "open-mid back rounded", "thought"),
    Sound("ɒ", "vowel", "open back rounded", "British lot"),
    Sound("ʌ", "vowel", "open-mid back", "cup"),
    Sound("ɐ", "vowel", "near-open central", "German besser"),
    Sound("æ", "vowel", "near-open front", "cat"),
    Sound("a", "vowel", "open front", "Spanish casa"),
    Sound("ɑ", "vowel", "open back", "car"),
)

SYMBOLS = {sound.symbol: sound for sound in _SOUNDS}
"""Every base symbol; no other appears in a :class:`~streamer.lipsync.Phone`."""
