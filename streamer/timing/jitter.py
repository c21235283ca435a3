"""
When to start, and when to start again: how far playing stays behind arriving.

A pure state machine over arrivals. It is told what has arrived and by when,
and answers whether what is held may be let go.

**Lines.** Sound that starts at time *s* plays media *m* at ``s + m``: *s* is its
line. A chunk that comes at time *t* behind *m* seconds of media is needed at
``s + m``, so it is in time on every line from ``t - m`` on. That difference is
the chunk's *lateness*. The largest lateness of an utterance is the earliest
start that never starves; the lateness of a steady sender stays the same, that
of a fast one falls, that of a slow one rises. After a starvation sound goes on
upon a later line, and the same sum says which.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

from streamer.timing.manners import MANNERS, NEARLY_ALL
from streamer.timing.senders import Seen, SenderHistory

__all__ = ["JitterOptions", "JitterPolicy"]


@dataclass(frozen=True, slots=True)
class JitterOptions:
    """How cautious a start is; all times in seconds."""

    policy: Literal["latency", "smooth"] = "latency"
    """``latency``: heard soon, a silence now and then; ``smooth``: rather later
    than with a silence."""
    cold: float | None = None
    """How long the first start waits behind the first arrival while nothing is
    known of the sender, 0 to 1.5; None: 0.010 (latency) or 0.300 (smooth)."""
    fast: float = 0.020
    """Least sound in hand at any start, unless all has come."""
    ceiling: float = 1.5
    """Sound in hand that is always enough, except where ``smooth`` knows the
    duration; and the longest wait that is learned."""


class JitterPolicy:
    """
    Decides when held sound of one utterance may be let go.

    =============== =====================================================
    state           it says yes on
    =============== =====================================================
    all has come    any line
    first, unknown  the fastest arrival's lateness + *cold*, less what came late
    first, known    what *level* of the sender's utterances needed, from
                    their first or from their fastest arrival
    first, smooth,  also not before the line on which the pace so far
    with duration   would bring the last chunk in time
    starved         the late arrival's lateness; + *hold* if it was late by
                    little (*cover*), or more if the sender is slow, until
                    an arrival is *ahead* of the late one
    flowing         any line
    =============== =====================================================

    In all but the first and the last at least *fast* must be in hand. A yes
    means that sound flows; it does until :meth:`receive_starvation`.

    Args:
        options: How cautious; by default ``latency``.
        history: What is known of the sender; it learns from this utterance.
    """

    CALM = 2.0
    """Seconds of media after which a starvation has nothing to do with the last."""
    HOLD_CEILING = 0.3
    """Most that a refill waits behind the late chunk, in seconds."""
    SEGMENT = 0.25
    """Seconds of media, at least, over which lateness is said to rise."""
    SEGMENTS = 16
    """Segments of which the median is taken."""
    EXACT = 1e-4
    """Share by which a pace may fall and still counts as kept: it is rounded."""
    SHARP = 0.010
    """Seconds by which an arrival is late without meaning a slower pace."""
    EXACTLY = 1e-7
    """Seconds by which a moment is no earlier than another: sums are rounded."""

    def __init__(
        self,
        options: JitterOptions | None = None,
        *,
        history: SenderHistory | None = None,
    ) -> None:
        self.options = options or JitterOptions()
        self.starvations = 0
        self._manner = MANNERS[self.options.policy]
        cold = self.options.cold
        self._cold = self._manner.cold if cold is None else cold
        self._history = history or SenderHistory()
        self._seen = Seen()
        self._duration: float | None = None
        self._complete = False
        self._teaches = True
        self._reads_late = False
        self._ahead = 0.0
        self._first: float | None = None
        self._media = 0.0
        self._late = self._least = self._most = 0.0
        self._shift = 0.0
        self._paced = (0.0, 0.0)
        self._steadfast = True
        self._expected: tuple[float, ...] = ()
        self._peaks = (0.0, -math.inf)
        self._peak = -math.inf
        self._slope = 0.0
        self._slopes: deque[float] = deque(maxlen=self.SEGMENTS)
        self._flowing = self._started = False
        self._started_at = 0.0
        self._line = -math.inf
        self._hold = self._next_hold = 0.0

    # -- what it is told ------------------------------------------------------

    def receive_duration(self, seconds: float) -> None:
        """Take in how much media the header promises, until more than that comes."""
        self._duration = seconds

    def receive_backlog(self) -> None:
        """
        Take in that arrivals wait for us, as behind another utterance.

        What they show is not the sender's pace, so they teach nothing of it.
        Call it before the first :meth:`receive_arrival`.
        """
        self._teaches = False

    def receive_late_reading(self) -> None:
        """
        Take in that this program is known to read late what has come.

        What a first arrival brings then has waited, and is not to be waited for once
        more, so call it before that if it is known by then. Where what is read late
        isn't waited for (``latency``) the utterance teaches nothing of its sender.
        """
        self._reads_late = True
        if not self._manner.covers_late_reading:
            self._teaches = False
            self._history.forget(self._seen)

    def receive_arrival(self, time: float, media: float) -> None:
        """Take in that *media* seconds in all had arrived at *time*."""
        if media <= self._media:
            return
        if self._duration is not None and media > self._duration + self.SHARP:
            self._duration = None  # it was that of the first of several WAVs
        if self._first is None:
            self._begin(time, media)
        else:
            self._receive_lateness(time)
        self._media = self._seen.media = media

    def receive_starvation(self, time: float) -> None:  # noqa: ARG002 - as its siblings
        """Take in that by *time* the ring had run empty with more to come."""
        soon = self.starvations > 0 and self._media - self._started_at < self.CALM
        manner = self._manner
        self._hold = self._next_hold if soon else manner.first_hold
        grown = self._next_hold * manner.growth if soon else manner.hold
        self._next_hold = min(grown, self.HOLD_CEILING)
        self.starvations += 1
        self._flowing, self._started = False, True
        if self._first is not None:
            # A start that starved was too early, whatever the arrivals say.
            self._seen.need = max(self._seen.need, self._line - self._first)

    def receive_end(self, time: float) -> None:  # noqa: ARG002 - as its siblings
        """Take in that by *time* all had arrived; that never raises the target."""
        self._complete = True

    # -- what it says ---------------------------------------------------------

    @property
    def target(self) -> float:
        """
        Seconds by which playing is to stay behind the latest arrival.

        At least *fast* and at most *ceiling*: 20 ms to 1.5 s.
        """
        behind = self._cold
        if self._first is not None:
            behind = self._line_wanted() - self._late
        return min(max(behind, self.options.fast), self.options.ceiling)

    def may_start(self, held: float, *, time: float, complete: bool) -> bool:
        """
        Return whether *held* seconds of sound may be let go at *time*.

        Ask on each arrival and every 5 to 10 ms: waiting alone can make it a
        yes. After a yes the policy takes it that they were let go.

        Args:
            held: Seconds written and not let go.
            time: Now.
            complete: Whether nothing more will come.
        """
        if not self._flowing and time >= self._due(held, complete) - self.EXACTLY:
            self._flowing = self._started = True
            self._started_at = self._media - held
            self._line = time - self._shift - self._started_at
            self._most = -math.inf
        return self._flowing

    def wait(self, held: float, *, time: float) -> float:
        """
        Return for how long :meth:`may_start` will say no if nothing arrives.

        Asking changes nothing. After so long it says yes; a hair earlier it may.

        Args:
            held: As there.
            time: Now.

        Returns:
            Seconds from *time*. 0.0: it says yes now; infinity: only arrivals, or
            the end, can make it one.
        """
        if self._flowing:
            return 0.0
        return max(0.0, self._due(held, complete=False) - time)

    def _due(self, held: float, complete: bool) -> float:  # noqa: FBT001 - as it came
        """Return when to start; -inf: long since, inf: not with what is held."""
        whole = self._duration is not None and self._media >= self._duration > 0
        if complete or self._complete or whole:
            return -math.inf
        if held < self.options.fast:
            return math.inf
        if self._first is None:
            return -math.inf  # nobody tells of arrivals: it goes by what is held
        if held >= self.options.ceiling and not self._is_bound_to_last:
            return -math.inf
        return self._line_wanted() + self._shift + (self._media - held)

    # -- lines ----------------------------------------------------------------

    @property
    def _is_bound_to_last(self) -> bool:
        """Whether a start has to last to the end, and the end is known."""
        smooth = self.options.policy == "smooth"
        return smooth and bool(self._duration) and not self._started

    def _line_wanted(self) -> float:
        """Return the earliest line on which to start."""
        if self._started:
            return self._most + self._hold_wanted()
        assert self._first is not None
        first, least = self._waits()
        line = min(self._first + first, self._least + least)
        if self._is_bound_to_last:
            line = max(line, self._line_to_last())
        return line

    def _waits(self) -> tuple[float, float]:
        """Return how long to wait behind the first and the fastest arrival."""
        if not self._expected:
            cold = max(0.0, self._cold - self._ahead)
            return cold, max(cold, self._manner.lead)
        margin, ceiling = self._manner.margin, self.options.ceiling
        first, least = self._expected
        return min(first + margin, ceiling), min(least + margin, ceiling)

    def _expect(self, held: float) -> tuple[float, ...]:
        """Return what the sender is expected to need; empty: nothing is known."""
        history, manner = self._history, self._manner
        usual = history.expect(self._duration, manner.level, held=held)
        nearly_all = history.expect(self._duration, NEARLY_ALL, held=held)
        both = zip(usual, nearly_all, strict=True)
        return tuple(max(low, min(high, manner.cheap)) for low, high in both)

    def _line_to_last(self) -> float:
        """
        Return the line on which the last chunk is in time at the pace so far.

        A pace that has only ever grown is taken as it is: if it goes on so,
        nothing starves. One that has not is uncertain by :attr:`SHARP`.
        """
        assert self._duration is not None
        assert self._first is not None
        media, spent = self._paced
        if not media:
            return math.inf
        if not self._steadfast:
            spent -= self.SHARP
        wait = self._duration * max(0.0, spent / media - 1)
        return self._first + wait + self._manner.margin

    def _hold_wanted(self) -> float:
        """Return how long to wait behind the late arrival that ended a starvation."""
        manner = self._manner
        if self._late <= self._most - manner.ahead:
            return 0.0
        late_by = self._most - self._line
        hold = self._hold if late_by <= manner.cover * self._hold else 0.0
        left = (self._duration or math.inf) - self._media
        lasting = self._slope * min(manner.horizon, left)
        return min(max(hold, lasting), self.HOLD_CEILING)

    # -- lateness -------------------------------------------------------------

    def _begin(self, time: float, held: float) -> None:
        self._first = self._late = self._least = self._most = time
        self._seen.held = held
        if self._reads_late:
            self._ahead = max(0.0, held - self.options.fast)
        self._expected = self._expect(held if self._reads_late else 0.0)
        if self._teaches:
            self._history.seen.append(self._seen)

    def _receive_lateness(self, time: float) -> None:
        assert self._first is not None
        late = time - self._shift - self._media
        if not self._started:
            self._receive_pace(time - self._first)
        elif late - self._late > self.options.ceiling:
            # No start could have covered it, and it may be a pause.
            self._shift += late - self._late
            late = self._late
        self._late = late
        # Compared, not max(): each arrival comes here, and few change any of them.
        seen, need = self._seen, late - self._first
        if late > self._most:
            self._most = late
        if late < self._least:
            self._least = late
        if need > seen.need:
            seen.need = need
        if late - self._least > seen.rise:
            seen.rise = late - self._least
        if late > self._peak:
            self._peak = late
        if self._media - self._peaks[0] >= self.SEGMENT:
            self._end_segment()

    def _receive_pace(self, spent: float) -> None:
        media, before = self._paced
        if self._media * before < media * spent * (1 - self.EXACT):
            self._steadfast = False
        self._paced = (self._media, spent)

    def _end_segment(self) -> None:
        """Note the largest lateness of the segment, and how it rose."""
        before, peak = self._peaks
        if peak > -math.inf:
            self._slopes.append((self._peak - peak) / (self._media - before))
            self._slope = self._lasting_slope()
            self._seen.slope = self._slope
        self._peaks, self._peak = (self._media, self._peak), -math.inf

    def _lasting_slope(self) -> float:
        """Return the (lower) median of the segments: a stall is in one of them."""
        ranked = sorted(self._slopes)
        return max(0.0, ranked[(len(ranked) - 1) // 2]) if len(ranked) > 1 else 0.0
