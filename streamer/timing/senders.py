"""
What utterances have shown of who sends them, and what to expect of the next one.

Lateness, lines and needs are explained in :mod:`streamer.timing.jitter`.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from dataclasses import dataclass, field

__all__ = ["Seen", "SenderHistory"]

_KEPT = 16
"""Utterances that are remembered of a sender; the oldest is forgotten."""


@dataclass(slots=True)
class Seen:
    """What one utterance has shown of its sender."""

    need: float = -math.inf
    """Start that would not have starved, in seconds after the first arrival."""
    held: float = 0.0
    """Seconds of media that the first arrival brought."""
    rise: float = 0.0
    """Most by which lateness rose over the least before it."""
    slope: float = 0.0
    """Lateness gained per second of media, at least 0; lasting, not by stalls."""
    media: float = 0.0
    """Seconds of media it had."""


@dataclass(slots=True)
class SenderHistory:
    """
    What is known of an endpoint: pure data, handed from utterance to utterance.

    A policy adds to it by itself, from the first arrival on, so that an
    utterance that is cut teaches too. The last 16 utterances count,
    each :attr:`DECAY` times as much as the one after it.
    """

    DECAY = 0.8
    """Weight of an utterance by that of the next one."""
    RIPE = 0.25
    """Seconds of media from which on an utterance teaches."""

    seen: deque[Seen] = field(default_factory=lambda: deque(maxlen=_KEPT))
    """Oldest first; a policy's own."""

    def forget(self, seen: Seen) -> None:
        """Forget this very utterance, if it is known."""
        others = [each for each in self.seen if each is not seen]
        self.seen = deque(others, self.seen.maxlen)

    def expect(
        self, duration: float | None, level: float, *, held: float = 0.0
    ) -> tuple[float, ...]:
        """
        Return how long the next start should wait; empty: nothing is known.

        Args:
            duration: Seconds of media that the utterance will have, or None.
            level: Share of utterances for which it should be enough, 0 to 1.
            held: Seconds of media that its first arrival brought, where that was read
                late: what is beyond that of an earlier utterance came late, not ahead,
                and needn't be waited for once more. Else 0.

        Returns:
            Seconds behind the first arrival, and behind the fastest one.
        """
        ripe = [seen for seen in self.seen if seen.media >= self.RIPE]
        ripe = [seen for seen in ripe if seen.need > -math.inf]
        if not ripe:
            return ()
        growths = [
            seen.slope * ((duration or seen.media) - seen.media) for seen in ripe
        ]
        both = list(zip(ripe, growths, strict=True))
        return (
            self._quantile(
                [
                    seen.need + growth - max(0.0, held - seen.held)
                    for seen, growth in both
                ],
                level,
            ),
            self._quantile([seen.rise + growth for seen, growth in both], level),
        )

    def _quantile(self, values: list[float], level: float) -> float:
        """Return the value that *level* of the weight doesn't exceed."""
        newest = len(values) - 1
        weighted = sorted(
            (value, self.DECAY ** (newest - index))
            for index, value in enumerate(values)
        )
        rest = level * sum(weight for _, weight in weighted)
        reached = itertools.accumulate(weight for _, weight in weighted)
        return next(
            value
            for (value, _), so_far in zip(weighted, reached, strict=True)
            if so_far >= rest - 1e-9
        )
