"""
From what the voice says to what the mouth does.

Pure: timed text goes in, marks and cues come out; no clock, no I/O.
"""

from __future__ import annotations

from streamer.lipsync.mapper import Batch, Mapper, MapperStatistics
from streamer.lipsync.phonemes import Phone, PhonemeNormaliser, normalise
from streamer.lipsync.symbols import SYMBOLS, Sound
from streamer.lipsync.timeline import Cue, Mark, MarkKind
from streamer.lipsync.visemes import OCULUS, VisemeSet

__all__ = [
    "OCULUS",
    "SYMBOLS",
    "Batch",
    "Cue",
    "Mapper",
    "MapperStatistics",
    "Mark",
    "MarkKind",
    "Phone",
    "PhonemeNormaliser",
    "Sound",
    "VisemeSet",
    "normalise",
]
