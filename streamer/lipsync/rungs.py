"""
Phones with their times, from whatever a voice tells.

Below the rung ``phonemes`` there are three: ``graphemes`` (characters or words
with their times), ``text`` (the text alone, fitted to the sound's levels as it
arrives) and ``loudness`` (the levels alone).
"""

from __future__ import annotations

from typing import Literal

from streamer.lipsync.graphemes import GraphemeTimer
from streamer.lipsync.loudness import LoudnessMouth
from streamer.lipsync.textfit import TextTimer

__all__ = ["GraphemeTimer", "LoudnessMouth", "Rung", "TextTimer"]

Rung = Literal["phonemes", "graphemes", "text", "loudness"]
"""Where an utterance's mouth comes from, best first; ``timing`` on the wire."""
