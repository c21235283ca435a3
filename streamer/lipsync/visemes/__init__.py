"""
Viseme sets: which mouth shape shows which sound.

A set is a table, a symbol a line, in ``tables/``. It is read when it is first
asked for, and kept.
"""

from __future__ import annotations

from streamer.lipsync.visemes.conversions import (
    conversion,
    convert,
    groups,
    round_trip,
)
from streamer.lipsync.visemes.model import Row, Shape, VisemeSet
from streamer.lipsync.visemes.sets import NAMES, SETS, find_set

__all__ = [
    "NAMES",
    "OCULUS",
    "SETS",
    "Row",
    "Shape",
    "VisemeSet",
    "conversion",
    "convert",
    "find_set",
    "groups",
    "round_trip",
]

OCULUS = find_set("oculus")
"""
The 15 shapes of Oculus LipSync.

Source: OpenXR ``XR_META_face_tracking_visemes``; the names are those of the
glTF morph targets ``viseme_*``.
"""
