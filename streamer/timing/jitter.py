"""
When to start, and when to start again: how much sound is held before it plays.

A pure state machine over arrivals. It is told what has arrived and by when,
and answers whether what is held may be let go.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JitterOptions", "JitterPolicy"]


@dataclass(frozen=True, slots=True)
class JitterOptions:
    """How cautious a start is; all in seconds."""

    cold: float = 0.040
    """Held before the first start, while nothing is known of the sender."""
    fast: float = 0.020
    """Held instead of :attr:`cold` once that much came faster than real time."""
    ceiling: float = 1.5
    """Never held more than this."""


class JitterPolicy:
    """
    Decides when held sound may be let go.

    :attr:`target` is what must be in hand. It is *cold* at first, or *fast*
    where the sender outruns the clock; each starvation doubles it, so that a
    sender that stops again and again is soon given the time it needs while
    one that stopped once costs little. An end is never a starvation: sound
    that is complete is let go whatever there is of it.
    """

    def __init__(self, options: JitterOptions | None = None) -> None:
        self.options = options or JitterOptions()
        self.target = self.options.cold
        self.starvations = 0
        self._first: tuple[float, float] | None = None
        self._latest: tuple[float, float] = (0.0, 0.0)

    def receive_arrival(self, time: float, media: float) -> None:
        """Take in that *media* seconds in all had arrived at *time*."""
        self._latest = (time, media)
        if self._first is None:
            self._first = self._latest

    def receive_starvation(self) -> None:
        """Take in that the ring ran empty with more to come."""
        self.starvations += 1
        self.target = min(self.target * 2, self.options.ceiling)

    def may_start(self, held: float, *, complete: bool) -> bool:
        """
        Return whether *held* seconds of sound may be let go now.

        Args:
            held: Seconds in hand.
            complete: Whether nothing more will come.
        """
        if complete:
            return True
        if self.starvations == 0 and self._is_fast:
            return held >= min(self.options.fast, self.target)
        return held >= self.target

    @property
    def _is_fast(self) -> bool:
        """Whether what came after the first arrival outran the clock."""
        if self._first is None:
            return False
        media = self._latest[1] - self._first[1]
        elapsed = self._latest[0] - self._first[0]
        return media >= max(self.options.fast, elapsed)
