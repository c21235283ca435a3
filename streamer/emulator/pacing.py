"""PURE. When each part of a stream goes out."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Schedule"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times at which a stream's bytes may leave, from its first one on."""

    pace: float | None
    """Times as fast as it plays; None: as fast as it can."""
    burst: float
    """Seconds of sound in one burst; 0: no bursts."""
    gap: float
    """Seconds of nothing after each burst."""

    def due(self, position: float) -> float:
        """
        Return when sound may leave.

        Args:
            position: Where it is in the stream, in seconds of playing time.

        Returns:
            Seconds after the stream's start; never less for a later position.
        """
        if not self.burst:
            return position / self.pace if self.pace else 0.0
        # All of a burst leaves with its first sound; the small part is for
        # positions that are a whole number of bursts but for rounding.
        done = int(position / self.burst + 1e-9)
        start = done * self.burst
        return (start / self.pace if self.pace else 0.0) + done * self.gap
