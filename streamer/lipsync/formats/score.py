"""What a mouth does for one sound, ready to be written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streamer.lipsync.rungs import Rung
from streamer.lipsync.timeline import Cue, Mark
from streamer.lipsync.visemes import VisemeSet

__all__ = ["Frames", "Score"]


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """A rig's weights at evenly spaced moments of the sound, the first at 0."""

    rig: str
    """The rig's name."""
    fps: int
    """Moments a second."""
    channels: tuple[str, ...]
    """The names of the columns."""
    weights: npt.NDArray[np.float32]
    """Shape ``(moments, channels)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What a mouth does for one sound."""

    source: str
    """What was read: a file's name; empty where the local voice spoke."""
    text: str | None
    """What is said, where that is known."""
    language: str
    """The tag it was read by."""
    style: str
    """How much the mouth does."""
    timing: Rung
    """Where its times come from."""
    rate: int
    """Frames a second of all positions, in Hz."""
    frames: int
    """How long the sound is."""
    marks: tuple[Mark, ...]
    """Words and phonemes by their start."""
    visemes: VisemeSet
    """The set of the shapes."""
    cues: tuple[Cue, ...]
    """Shapes, one behind another without holes, from frame 0 to ``frames``."""
    counts: Mapping[str, object]
    """What was odd, by name."""
    animation: Frames | None = None
    """The mouth on a rig, where that was asked for."""

    def seconds(self, frame: int, digits: int = 4) -> float:
        """Return *frame* in seconds, with so many decimals."""
        return round(frame / self.rate, digits)

    def milliseconds(self, frame: int) -> int:
        """Return *frame* in whole milliseconds."""
        return round(frame * 1000 / self.rate)
