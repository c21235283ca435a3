"""The cues of one viseme set, put together until they must be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from streamer.lipsync.cues import CueMaker
from streamer.lipsync.gestures import Gesture
from streamer.lipsync.timeline import Cue
from streamer.lipsync.visemes import VisemeSet

__all__ = ["SetCues"]


class SetCues:
    """
    Makes one set's cues, and joins the parts that one shape was told in.

    The last cue waits: it may go on. It is told in parts only where it must be.

    Args:
        visemes: The set.
        rate: Frames a second, in Hz.
        hold: Seconds that a shape stays at least; None is the set's own.
    """

    def __init__(
        self, visemes: VisemeSet, rate: int, *, hold: float | None = None
    ) -> None:
        self.name = visemes.name
        self._maker = CueMaker(visemes, rate, hold=hold)
        self._waiting: list[Cue] = []
        self._stop = 0
        self._over = False

    @property
    def dropped(self) -> int:
        """Shapes that were left out, because there was no time for them."""
        return self._maker.dropped

    def receive(self, gestures: Sequence[Gesture], until: int | None) -> None:
        """Receive gestures; *until* as :class:`CueMaker` knows it."""
        self._over = until is None
        for part in self._maker.receive(gestures, until=until):
            cue = part.cue
            if part.goes_on and self._waiting:
                self._waiting[-1] = _joined(self._waiting[-1], cue)
            else:
                self._waiting.append(cue)
            self._stop = cue.frame + cue.frames

    def front(self, due: int) -> int:
        """
        Return where the cues end that may be told.

        Args:
            due: A cue that starts before this frame is told as far as it is known.
        """
        if self._waiting and not self._over and self._waiting[-1].frame >= due:
            return self._waiting[-1].frame
        return self._stop

    def take(self, until: int) -> tuple[Cue, ...]:
        """Return the cues that start before a frame, and were not told."""
        count = sum(cue.frame < until for cue in self._waiting)
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return tuple(taken)


def _joined(first: Cue, second: Cue) -> Cue:
    """Return one cue of two parts of a shape."""
    return replace(
        first,
        frames=second.frame + second.frames - first.frame,
        phones=first.phones + second.phones,
        weight=max(first.weight, second.weight) if first.phones else second.weight,
    )
