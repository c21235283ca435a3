"""
Do the lips close for every p b m f v, and when (E5)?

Looked at is what ARKit's avatar is sent 60 times a second, with straight lines
between frames. Lips are closed where jawOpen - mouthClose <= 0.05 and, for p b m,
mouthPress of both sides >= 0.4; for f v, mouthRollLower >= 0.6. A *closure* is a
stretch of time in which they are, looked at as a whole: its onset is where it
begins, however early, so lips that stayed closed from the phone before don't count
as closed anew.

*recalled*: of the phones, those in whose own time the lips are closed. Where an
earlier phone that is not right before closed them, they must stay so to the middle
of this one; else it is only that one's end. *middle*: those in the middle of which
the lips are closed, also where the phone right before closed them: the [b] of
"number". *onset*: the closure's beginning less the phone's; not measured where the
closure is that of the phone right before (a geminate, "up me"), or one held through
a short pause, in which the lips rightly stay together. *held*: the part of the
phone's time in which lips are closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bench.lipsync_data.corpus import PAUSE, Spoken
from bench.lipsync_data.shown import Shown, Weights
from streamer.lipsync.timeline import TimedPhone

__all__ = ["EARLIEST_MS", "Closures", "closures", "measure", "together"]

Kind = Literal["seal", "teeth"]

LIPS_APART = 0.05
PRESSED = 0.4
ROLLED = 0.6
STEP = 0.0005
"""Seconds; what an onset is good to."""
EARLIEST_MS = 20.0
"""An onset this long before the phone's, or less, is in time."""
LEAST_HELD = 0.70
_KINDS: dict[str, Kind] = {
    **dict.fromkeys("pbm", "seal"),
    **dict.fromkeys("fv", "teeth"),
}
_ROUNDING = STEP / 2 * 1000


@dataclass(slots=True)
class Closures:
    """What was found of p b m f v."""

    phones: int = 0
    """How many there were."""
    recalled: int = 0
    """How many the lips closed for."""
    middle: int = 0
    """How many have the lips closed in their middle."""
    onsets_ms: list[float] = field(default_factory=list)
    """Closure less phone, where it was measured."""
    held: list[float] = field(default_factory=list)
    """Part of each phone in which lips were closed."""
    missed: list[str] = field(default_factory=list)
    """Those that were not recalled, with their neighbours and time."""
    untimely: list[str] = field(default_factory=list)
    """Those with an onset out of time; the same."""

    @property
    def recall(self) -> float:
        """0 to 1."""
        return self.recalled / self.phones if self.phones else float("nan")

    @property
    def in_time(self) -> float:
        """Part of the onsets in [-20, 0] ms, 0 to 1."""
        timely = [_is_timely(onset) for onset in self.onsets_ms]
        return float(np.mean(timely)) if timely else float("nan")

    @property
    def held_long(self) -> float:
        """Part of the phones closed for 70 % of their time and more, 0 to 1."""
        held = np.array(self.held)
        return float((held >= LEAST_HELD).mean()) if len(held) else float("nan")


def together(found: Iterable[Closures]) -> Closures:
    """Return what several found."""
    whole = Closures()
    for each in found:
        whole.phones += each.phones
        whole.recalled += each.recalled
        whole.middle += each.middle
        whole.onsets_ms += each.onsets_ms
        whole.held += each.held
        whole.missed += each.missed
        whole.untimely += each.untimely
    return whole


def closures(weights: Weights, kind: Kind) -> list[tuple[float, float]]:
    """Return when lips are closed: from, to, in seconds."""
    fine = np.arange(weights.times[0], weights.times[-1], STEP)
    apart = weights.at("jawOpen", fine) - weights.at("mouthClose", fine)
    closed = apart <= LIPS_APART
    if kind == "seal":
        for side in ("mouthPressLeft", "mouthPressRight"):
            closed &= weights.at(side, fine) >= PRESSED
    else:
        closed &= weights.at("mouthRollLower", fine) >= ROLLED
    edges = np.flatnonzero(np.diff(closed, prepend=False, append=False))
    return [(start * STEP, stop * STEP) for start, stop in edges.reshape(-1, 2)]


def measure(spoken: Spoken, shown: Shown, kind: Kind | None = None) -> Closures:
    """
    Measure an utterance.

    Args:
        spoken: What was said.
        shown: What was shown.
        kind: Only ``seal`` (p b m) or ``teeth`` (f v); None is both.
    """
    found = Closures()
    for each in ("seal", "teeth"):
        if kind in (None, each):
            times = closures(shown.weights, each)
            _measure_kind(spoken, each, times, found)
    return found


def _measure_kind(
    spoken: Spoken, kind: Kind, times: Sequence[tuple[float, float]], found: Closures
) -> None:
    before = -np.inf
    phones = spoken.phones
    for at, timed in enumerate(phones):
        if _kind(timed) != kind:
            continue
        start = timed.frame / spoken.rate
        stop = start + timed.frames / spoken.rate
        inside = [each for each in times if each[0] < stop and each[1] > start]
        middle = (start + stop) / 2
        goes_on = _goes_on(spoken, at, kind)
        own = (
            goes_on or not inside or inside[-1][0] >= before or inside[-1][1] >= middle
        )
        found.phones += 1
        found.recalled += bool(inside and own)
        found.middle += any(first <= middle <= last for first, last in inside)
        overlap = sum(min(b, stop) - max(a, start) for a, b in inside)
        found.held.append(overlap / (stop - start))
        if not (inside and own):
            found.missed.append(_context(spoken, at))
        elif not goes_on:
            onset = (inside[0][0] - start) * 1000
            found.onsets_ms.append(onset)
            if not _is_timely(onset):
                found.untimely.append(f"{_context(spoken, at)}, {onset:+.0f} ms")
        before = stop


def _is_timely(onset_ms: float) -> bool:
    return -EARLIEST_MS - _ROUNDING <= onset_ms <= _ROUNDING


def _kind(timed: TimedPhone) -> Kind | None:
    return _KINDS.get(timed.phone.symbol) if timed.phone else None


def _goes_on(spoken: Spoken, at: int, kind: Kind) -> bool:
    """Tell whether the lips are closed already, by right, for the phone before."""
    if not at or _kind(spoken.phones[at - 1]) != kind:
        return False
    last = spoken.phones[at - 1]
    pause = spoken.phones[at].frame - last.frame - last.frames
    return pause < PAUSE * spoken.rate


def _context(spoken: Spoken, at: int) -> str:
    near = spoken.phones[max(at - 3, 0) : at + 3]
    symbols = " ".join(timed.phone.symbol for timed in near if timed.phone)
    time = spoken.phones[at].frame / spoken.rate
    return f"{spoken.voice}: [{symbols}] at {time:.2f} s"
