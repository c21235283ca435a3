"""
The local voice, espeak-ng, and what it says about its own timing.

Importing this loads no library; :meth:`Espeak.shared` does.
"""

from __future__ import annotations

from streamer.voices.alignment import align
from streamer.voices.espeak import Espeak, Markup, VoiceSettings
from streamer.voices.letter_to_sound import EspeakLetterToSound
from streamer.voices.spoken import Piece, SpokenPhoneme, SpokenWord, Synthesis

__all__ = [
    "Espeak",
    "EspeakLetterToSound",
    "Markup",
    "Piece",
    "SpokenPhoneme",
    "SpokenWord",
    "Synthesis",
    "VoiceSettings",
    "align",
]
