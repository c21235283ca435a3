"""What an articulator gives: targets of the mouth, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

from streamer.lipsync.pose import Pose
from streamer.lipsync.rules import GestureKind

__all__ = ["ArticulationStatistics", "Gesture"]


@dataclass(frozen=True, slots=True)
class Gesture:
    """One target of the mouth."""

    frame: int
    """First frame at which the pose is complete; at least 0."""
    frames: int
    """How long it is held, in frames; at least 1."""
    symbol: str
    """The base symbol whose shape it is; empty at rest."""
    kind: GestureKind
    """What it is for."""
    pose: Pose
    """What is reached."""
    weight: float
    """How fully the symbol's shape is formed, in (0.0, 1.0]."""
    phones: tuple[str, ...]
    """The base symbols it came from, in order, also those left to it."""
    ramp_in: int
    """Frames before *frame* in which the pose is approached; at least 1."""
    ramp_out: int
    """Frames in which it is let go where no gesture follows; at least 1."""

    @property
    def stop(self) -> int:
        """Frame after the last of its hold."""
        return self.frame + self.frames


@dataclass(frozen=True, slots=True)
class ArticulationStatistics:
    """A snapshot of what an articulator has done."""

    phones: int
    """Sounds that were articulated."""
    gestures: int
    """Gestures that were settled, rests among them."""
    merged: int
    """Sounds that went on with the shape of the one before."""
    absorbed: int
    """Sounds without a gesture of their own: tongue-only, or without room."""
    seals: int
    """Seals and teeth that were settled."""
    late_seals: int
    """Of those, how many are complete only after their sound's onset."""
    lost_seals: int
    """Seals and teeth whose sound was over when it became known."""
