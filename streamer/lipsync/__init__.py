"""
From what the voice says to what the mouth does.

Pure: timed text, text or sound goes in; marks, cues and a track of the mouth come
out; no clock, no I/O. :class:`Mouth` does it all for one utterance.
"""

from __future__ import annotations

from streamer.lipsync.batch import Batch, MouthStatistics, MouthTrack, all_sets
from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.mouth import Mouth
from streamer.lipsync.phonemes import Phone, PhonemeNormaliser, normalise
from streamer.lipsync.rungs import Rung
from streamer.lipsync.styles import NATURAL, STYLES, Style, find_style
from streamer.lipsync.symbols import SYMBOLS, Sound
from streamer.lipsync.timeline import Cue, Mark, MarkKind
from streamer.lipsync.visemes import OCULUS, VisemeSet

__all__ = [
    "NATURAL",
    "OCULUS",
    "STYLES",
    "SYMBOLS",
    "Batch",
    "Cue",
    "LetterToSound",
    "Mark",
    "MarkKind",
    "Mouth",
    "MouthStatistics",
    "MouthTrack",
    "Phone",
    "PhonemeNormaliser",
    "Rung",
    "Sound",
    "Style",
    "VisemeSet",
    "all_sets",
    "find_style",
    "normalise",
]
