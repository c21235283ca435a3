"""
Text that may still be being written becomes speakable pieces.

Pure: characters go in as they come, sentences come out when they are complete.
"""

from __future__ import annotations

from streamer.text.pieces import PieceCutter

__all__ = ["PieceCutter"]
