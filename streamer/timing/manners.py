"""The numbers behind the jitter policies: how cautious each of them is."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["MANNERS", "NEARLY_ALL", "Manner"]


@dataclass(frozen=True, slots=True)
class Manner:
    """What tells one policy from the other; seconds but for the ratios."""

    cold: float
    """Wait behind the first arrival of a sender of whom nothing is known."""
    lead: float
    """Wait behind its fastest arrival that is enough as well."""
    level: float
    """Share of a sender's utterances that should not starve; 0 to 1."""
    cheap: float
    """Wait that is worth it for nearly all of them: :data:`NEARLY_ALL`."""
    margin: float
    """Added to what an utterance of this sender has needed."""
    first_hold: float
    """Wait behind the late arrival that ended a starvation: one alone says little."""
    hold: float
    """The same where it was the second in a row."""
    growth: float
    """Factor to that for each further one. Below 1, all holds in a row stay below
    ``hold / (1 - growth)``: the more there were, the less is left to spare."""
    cover: float
    """Share of a hold by which the late arrival may have been late: a hold that
    would hardly have covered this one won't cover the next."""
    ahead: float
    """By so much a later arrival is ahead where the late one was an exception."""
    covers_late_reading: bool
    """Whether the next start waits also for what this program has read late: beside
    calls that keep the interpreter each costs as much as a silence, and is surer."""
    horizon: float
    """Media for which a refill lasts if the sender stays as slow as it is."""


NEARLY_ALL = 0.85
"""Share of a sender's utterances; 0 to 1."""

MANNERS = {
    "latency": Manner(
        cold=0.010,
        lead=0.010,
        level=0.5,
        cheap=0.040,
        margin=0.004,
        first_hold=0.0,
        hold=0.025,
        growth=0.75,
        cover=0.5,
        ahead=0.010,
        covers_late_reading=False,
        horizon=0.15,
    ),
    "smooth": Manner(
        cold=0.300,
        lead=0.400,
        level=0.95,
        cheap=0.040,
        margin=0.020,
        first_hold=0.040,
        hold=0.060,
        growth=1.5,
        cover=math.inf,
        ahead=math.inf,
        covers_late_reading=True,
        horizon=1.0,
    ),
}
