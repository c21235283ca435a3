"""Notices that a device no longer asks for blocks."""

from __future__ import annotations

from streamer.playback.rendering import Renderer
from streamer.timing import Clock

__all__ = ["Watchdog"]


class Watchdog:
    """
    Watches one stream; asked often, it knows within :data:`STALL` seconds.

    A device says itself when it stopped; one whose sound server hangs says
    nothing, and is known by its blocks that don't come.

    Args:
        renderer: What the stream's blocks are filled by.
        clock: The engine's clock.
    """

    STALL = 0.5
    """Seconds without a block after which the device is lost."""
    WAKING = 2.0
    """The same in the first :data:`WAKES` seconds: a Bluetooth sink that sleeps
    takes some blocks at once and goes on when it has woken."""
    WAKES = 3.0
    """Seconds after the start for which a device counts as waking."""
    LOOK = 0.05
    """Seconds between looks, at the least."""
    GLANCE = 0.1
    """Seconds that one look counts for, at the most: where nobody has looked
    for longer it was the program, or the machine, that slept."""

    def __init__(self, renderer: Renderer, clock: Clock) -> None:
        self._renderer = renderer
        self._clock = clock
        self._began = self._looked = clock.time()
        self._blocks = renderer.tally().blocks
        self._still = 0.0
        self._stopped = False
        self._reason: str | None = None

    def stopped(self) -> None:
        """Note that the stream said it has stopped; from any thread."""
        self._stopped = True

    def look(self) -> str | None:
        """Return why the device counts as lost, or None."""
        now = self._clock.time()
        if self._reason is None and self._stopped:
            self._reason = "it stopped (was it unplugged?)"
        if self._reason is None and now - self._looked >= self.LOOK:
            self._count(now)
        return self._reason

    def _count(self, now: float) -> None:
        passed, self._looked = now - self._looked, now
        blocks = self._renderer.tally().blocks
        if blocks != self._blocks:
            self._blocks, self._still = blocks, 0.0
            return
        self._still += min(passed, self.GLANCE)
        limit = self.WAKING if now - self._began < self.WAKES else self.STALL
        if self._still >= limit:
            wait_ms = round(self._still * 1000)
            self._reason = f"it asked for no sound for {wait_ms} ms"
