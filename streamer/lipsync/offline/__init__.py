"""
A whole sound at once, and single tokens of IPA: the mouth without a clock.

Pure: a WAV's bytes go in, a :class:`~streamer.lipsync.formats.Score` comes out.
"""

from __future__ import annotations

from streamer.lipsync.offline.perform import Performance, Request, perform
from streamer.lipsync.offline.recording import Recording, read_recording
from streamer.lipsync.offline.tokens import Token, TokenReader

__all__ = [
    "Performance",
    "Recording",
    "Request",
    "Token",
    "TokenReader",
    "perform",
    "read_recording",
]
