"""A sleep that ends at a moment, or as soon as it is rung."""

from __future__ import annotations

import asyncio

from streamer.timing import Clock

__all__ = ["Alarm"]


class Alarm:
    """
    Lets one task sleep on a clock until a moment, or until somebody rings.

    A ring is kept: what was rung while nobody slept ends the next sleep at
    once. No task and no timer but the clock's own is made for it.

    Args:
        clock: What the sleep is measured by.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = False
        self._sleeper: asyncio.Task[object] | None = None

    def ring(self) -> None:
        """End the sleep now, or the next one before it begins."""
        self._rung = True
        sleeper, self._sleeper = self._sleeper, None
        if sleeper is not None:
            # As asyncio.timeout does: cancelled, and told apart by the count.
            sleeper.cancel()

    async def wait_until(self, time: float) -> None:
        """Return at *time* of the clock, or when it rings."""
        task = asyncio.current_task()
        assert task is not None
        if not self._rung:
            self._sleeper = task
            try:
                await self._clock.sleep_until(time)
            except asyncio.CancelledError:
                if self._sleeper is task or task.uncancel() > 0:
                    raise
            finally:
                self._sleeper = None
        self._rung = False
