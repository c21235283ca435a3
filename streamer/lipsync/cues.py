"""
From gestures to cues: the shapes of one viseme set, flipped like pictures.

Rules for pictures (Rhubarb 1.13): a shape stays for 70 ms at least where the set is
drawn, 50 where it is modelled; a shape that comes back within 80 ms was no change;
seals and teeth are never left out, others make room for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from streamer.lipsync.gestures import Gesture
from streamer.lipsync.rules import PROTECTED, RULES, GestureKind
from streamer.lipsync.timeline import Cue

__all__ = ["CueMaker", "Part", "Shapes"]

FLAT_HOLD = 0.070
"""Seconds that a drawn shape stays at least (Rhubarb: 50 to 70 ms are good)."""
SOLID_HOLD = 0.050
"""Seconds that a modelled shape stays at least."""
REVERSAL = 0.080
"""A shape between two equal ones stays this long, or isn't shown (Rhubarb, rule 4)."""
LONGEST_FORWARD = 0.060
"""Seconds by which a shape may be early, to have its hold (Rhubarb: 60 ms)."""
LONGEST_DELAY = 0.060
"""Seconds by which a shape may be late, to leave the one before its hold."""
TWEEN = (0.040, 0.080)
"""Seconds of a shape between two others, as long as the hold (Rhubarb, rule 5); a
hold that is longer leaves them out."""
_REST_RANK = 6
"""Rank of a mouth at rest, above those of all sounds but the protected."""
_PROTECTED_RANK = 9
_TWEEN_RANK = 0


class Shapes(Protocol):
    """What a cue maker needs to know of a viseme set."""

    @property
    def neutral(self) -> str:
        """The shape of silence."""
        ...

    @property
    def flat(self) -> bool:
        """Whether shapes are pictures that are flipped, not morphed."""
        ...

    @property
    def tweens(self) -> Mapping[tuple[str, str], str]:
        """A shape and the one that follows it, to what is shown between them."""
        ...

    def __hash__(self) -> int: ...

    def viseme(self, symbol: str) -> str:
        """Return the shape that shows a base symbol."""
        ...

    def weight(self, symbol: str) -> float:
        """Return how fully a sound's shape is formed, in (0.0, 1.0]."""
        ...


class Part(NamedTuple):
    """A cue, or what it goes on with."""

    cue: Cue
    goes_on: bool
    """Whether it is more of the shape that the cue before it told."""


@dataclass(slots=True)
class _Shown:
    """A shape with the moment it is to be shown from."""

    frame: int
    """Where it is shown from."""
    placed: int
    """Where it was put first; it is brought forward from there."""
    viseme: str
    level: float
    """How fully the set forms it for the sounds it came from."""
    rank: int
    """Which of two shapes stays where there is time for one; the higher."""
    weight: float
    phones: tuple[str, ...]
    """The sounds it came from, without those told already."""

    @property
    def protected(self) -> bool:
        return self.rank >= _PROTECTED_RANK


class CueMaker:
    """
    Makes the cues of one utterance in one set.

    Cues follow one another without holes from frame 0 on. A shape that lasts beyond
    *until* is told in parts. Put together again, the cues don't depend on the calls.
    Two that follow one another may have one viseme, where the set forms it more fully
    for the sounds of one of them.

    Args:
        visemes: The set.
        rate: Frames a second of the utterance, in Hz.
        hold: Seconds that a shape stays at least; None is 70 ms for a flat set,
            50 ms for any other.
    """

    def __init__(
        self, visemes: Shapes, rate: int, *, hold: float | None = None
    ) -> None:
        self._visemes = visemes
        if hold is None:
            hold = FLAT_HOLD if visemes.flat else SOLID_HOLD
        self._hold = round(hold * rate)
        self._reversal = max(round(REVERSAL * rate), self._hold)
        self._forward = round(LONGEST_FORWARD * rate)
        self._tweens = visemes.tweens if hold <= TWEEN[1] else {}
        self._tween = max(self._hold, round(TWEEN[0] * rate))
        self._before = max(self._forward, self._tween if self._tweens else 0)
        self._delay = round(LONGEST_DELAY * rate)
        self._shown = [_Shown(0, 0, visemes.neutral, 1.0, 0, 1.0, ())]
        self._told = 0
        self._stop = 0
        self._rests = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Shapes that were left out, because there was no time for them."""
        return self._dropped

    def receive(self, gestures: Sequence[Gesture], *, until: int | None) -> list[Part]:
        """
        Return the cues, or parts of one, that became final.

        Args:
            gestures: Those that follow the last ones.
            until: Frame before which no later gesture's ramp begins; None at the
                utterance's end.
        """
        for gesture in gestures:
            self._show(self._shape(gesture))
            self._stop, self._rests = gesture.stop, not gesture.symbol
        if until is None:
            self._come_to_rest()
            last = self._shown[-1]
            stop = max(self._stop, last.frame + self._hold) if self._stop else 0
            return self._tell(len(self._shown), stop)
        # What begins this long before *until* stays, whatever comes; and what comes,
        # or waits, may still be brought forward or have a tween before it.
        final = sum(s.frame + self._reversal < until for s in self._shown)
        placed = [s.placed for s in self._shown[final : final + 1]]
        return self._tell(final, min([until, *placed]) - self._before)

    def _come_to_rest(self) -> None:
        """Show the rest at the end, though there was no time for it before."""
        neutral = self._visemes.neutral
        if self._rests and self._shown[-1].viseme != neutral:
            due = self._due(len(self._shown) - 1, neutral)
            self._shown.append(_Shown(due, due, neutral, 1.0, _REST_RANK, 1.0, ()))
            self._stop = max(self._stop, due + 1)

    def _shape(self, gesture: Gesture) -> _Shown:
        """Return what a gesture looks like in this set."""
        viseme, level, rank = _look(self._visemes, gesture.symbol, gesture.kind)
        frame, weight = gesture.frame, gesture.weight * level
        return _Shown(frame, frame, viseme, level, rank, weight, gesture.phones)

    def _show(self, shape: _Shown) -> None:
        """Add a shape behind those that wait, or leave out the weaker one."""
        last = self._shown[-1]
        if (shape.viseme, shape.level) == (last.viseme, last.level):
            self._merge(shape)
            return
        last = self._show_tween(shape)
        due = self._due(len(self._shown) - 1, shape.viseme)
        if shape.frame >= due or self._bring_forward(due - shape.frame, shape):
            self._shown.append(shape)
        elif not last.protected and (shape.protected or shape.rank > last.rank):
            self._drop_last(shape)
        elif shape.protected or due - shape.frame <= self._delay:
            shape.frame = shape.placed = due
            self._shown.append(shape)
        else:
            self._leave_out(shape)

    def _show_tween(self, shape: _Shown) -> _Shown:
        """Show what lies on the way to *shape*, given room; return what is last."""
        last, frame = self._shown[-1], shape.frame - self._tween
        viseme = self._tweens.get((last.viseme, shape.viseme))
        if viseme and frame >= self._due(len(self._shown) - 1, viseme):
            tween = _Shown(frame, frame, viseme, 1.0, _TWEEN_RANK, shape.weight, ())
            self._shown.append(tween)
        return self._shown[-1]

    def _due(self, index: int, viseme: str) -> int:
        """Return the first frame at which a shape may follow another."""
        back = index > 0 and self._shown[index - 1].viseme == viseme
        return self._shown[index].frame + (self._reversal if back else self._hold)

    def _bring_forward(self, missing: int, shape: _Shown) -> bool:
        """Begin the last shape earlier if that gives it its hold; tell whether."""
        if len(self._shown) < 2:
            return False
        last = self._shown[-1]
        frame = last.frame - missing
        soonest = self._due(len(self._shown) - 2, last.viseme)
        fixed = last.protected and not shape.protected
        if fixed or frame < max(soonest, last.placed - self._forward):
            return False
        last.frame = frame
        return True

    def _drop_last(self, shape: _Shown) -> None:
        """Leave out the last shape; the next one is shown behind the one before."""
        last = self._shown.pop()
        shape.phones = last.phones + shape.phones
        if self._shown:
            self._dropped += 1
            self._show(shape)
        else:
            # Nothing was shown yet: no need to begin with a glimpse of neutral.
            shape.frame = shape.placed = 0
            self._shown.append(shape)

    def _merge(self, shape: _Shown) -> None:
        """Go on with the last shape."""
        last = self._shown[-1]
        last.weight = max(last.weight, shape.weight) if last.phones else shape.weight
        last.phones += shape.phones
        last.rank = max(last.rank, shape.rank)

    def _leave_out(self, shape: _Shown) -> None:
        """Leave out a shape; the one before stands for it."""
        self._dropped += 1
        self._shown[-1].phones += shape.phones

    def _tell(self, count: int, stop: int) -> list[Part]:
        """Return the first *count* shapes as cues, the last one up to *stop*."""
        parts: list[Part] = []
        # Two before the first that may change: they show whether a shape comes back.
        kept = max(count - 2, 0)
        for index, shown in enumerate(self._shown[:count]):
            end = self._shown[index + 1].frame if index + 1 < count else stop
            start = max(shown.frame, self._told)
            if end <= start:
                continue
            cue = Cue(start, end - start, shown.viseme, shown.phones, shown.weight)
            parts.append(Part(cue, goes_on=start > shown.frame))
            self._told = end
            shown.phones = ()  # it goes on only with the sounds that join it later
        del self._shown[:kept]
        return parts


@lru_cache(maxsize=8_192)
def _look(visemes: Shapes, symbol: str, kind: GestureKind) -> tuple[str, float, int]:
    """Return a sound's shape, how fully the set forms it, and its rank."""
    if not symbol:
        viseme, level, rank = visemes.neutral, 1.0, _REST_RANK
    else:
        viseme = visemes.viseme(symbol)
        level, rank = visemes.weight(symbol), RULES[symbol].rank
    if kind in PROTECTED:
        rank = _PROTECTED_RANK
    elif kind == "rest":
        rank = _REST_RANK
    return viseme, level, rank
