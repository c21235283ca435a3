"""The one clock: what every time in streamer is measured by."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Clock", "to_us"]


class Clock(Protocol):
    """
    A monotonic clock with an arbitrary origin.

    In production it is :func:`time.perf_counter`; tests hand in one that
    stands still until it is moved.
    """

    def time(self) -> float:
        """Return the time in seconds; it never goes back."""
        ...

    async def sleep_until(self, time: float) -> None:
        """Return once :meth:`time` is at least *time*; at once if it already is."""
        ...


def to_us(seconds: float) -> int:
    """Return *seconds* as the integer microseconds that the wire uses."""
    return round(seconds * 1_000_000)
