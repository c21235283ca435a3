"""What a player needs to know of its output."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PlayerOptions"]


@dataclass(frozen=True, slots=True)
class PlayerOptions:
    """What a player needs to know of its output."""

    rate: int
    """The output's frames a second."""
    channels: int
    """The output's samples a frame."""
    paced: bool = True
    """False where the output takes frames as fast as they come (a file)."""
    fallback_delay: float = 0.0
    """Seconds until a block is heard, where the device does not say."""
    offset: float = 0.0
    """Seconds that sound takes beyond what the device knows of (Bluetooth)."""
    ring_seconds: float = 4.0
    """Sound that a ring made here holds; when it is full the source has to wait."""
