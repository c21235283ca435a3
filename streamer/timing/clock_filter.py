"""
The offset between two clocks, from probes that both sides stamp.

A probe leaves at ``t1`` and its answer comes back at ``t4`` on the local
clock; the remote clock reads ``t2`` when it came in and ``t3`` when the answer
left. With *offset* = remote − local, ``t2 − t1`` is the offset plus the delay
on the way out, ``t3 − t4`` the offset minus the delay on the way back.
"""

from __future__ import annotations

from collections import deque

__all__ = ["ClockFilter"]


class ClockFilter:
    """
    Keeps the offset to a remote clock, and a bound on its error.

    The shortest delay of each direction counts, each found by itself: a probe
    need not be fast on both ways. Design, wire protocol rule 4. Simulated at
    100 ± 50 ms each way, one probe each 50 ms: p95 error 3.4 ms after
    2.2 s.

    All times are integer microseconds of a monotonic clock.
    """

    WINDOW_US = 20_000_000
    """How long a probe counts: drift of 50 ppm moves it by 1 ms meanwhile."""

    def __init__(self) -> None:
        # Each deque is in order of arrival and of badness: its first one is
        # the best of the window, each later one the best after it.
        self._out: deque[tuple[int, int]] = deque()
        self._back: deque[tuple[int, int]] = deque()

    @property
    def known(self) -> bool:
        """Whether any probe counts."""
        return bool(self._out)

    @property
    def offset(self) -> float:
        """
        Remote minus local clock, µs; 0 before the first probe.

        Wrong by at most :attr:`bound`, but for the drift within the window.
        """
        if not self._out:
            return 0.0
        return (self._out[0][1] + self._back[0][1]) / 2

    @property
    def bound(self) -> float:
        """Half the shortest round trip, µs; infinite before the first probe."""
        if not self._out:
            return float("inf")
        return (self._out[0][1] - self._back[0][1]) / 2

    def add(self, *, t1: int, t2: int, t3: int, t4: int) -> bool:
        """
        Take an answered probe; answers come in order of *t4*.

        Returns:
            Whether one of the clocks has jumped, so that all probes before
            this one were dropped.
        """
        out, back = t2 - t1, t3 - t4
        jumped = self._jumped(out, back)
        if jumped:
            self.clear()
        while self._out and self._out[-1][1] >= out:
            self._out.pop()
        while self._back and self._back[-1][1] <= back:
            self._back.pop()
        self._out.append((t4, out))
        self._back.append((t4, back))
        for kept in (self._out, self._back):
            while kept[0][0] < t4 - self.WINDOW_US:
                kept.popleft()
        return jumped

    def clear(self) -> None:
        """Drop every probe: the remote clock is another one."""
        self._out.clear()
        self._back.clear()

    def _jumped(self, out: int, back: int) -> bool:
        """
        Say whether no single offset fits this probe and those before.

        Every probe proves that the offset lies between its ``t3 - t4`` and its
        ``t2 - t1``, so delays alone never make two probes contradict each
        other. Comparing how far each direction moved with the bound does: a
        slow answer followed by a slow question looks like a jump.
        """
        if not self._out:
            return False
        return back > self._out[0][1] or out < self._back[0][1]
