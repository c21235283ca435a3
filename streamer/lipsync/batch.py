"""What a mouth tells, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from streamer.lipsync.gestures import ArticulationStatistics
from streamer.lipsync.repair import Place, Repairs
from streamer.lipsync.rungs import Rung
from streamer.lipsync.timeline import Cue, Mark
from streamer.lipsync.visemes import NAMES, VisemeSet, find_set

__all__ = ["Batch", "MouthStatistics", "MouthTrack", "all_sets"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]


def all_sets(language: str = "en") -> tuple[VisemeSet, ...]:
    """Return every viseme set, with the tables of a language."""
    return tuple(find_set(name, language) for name in NAMES)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call of :meth:`Mouth.take` told."""

    marks: tuple[Mark, ...]
    """Words and phonemes by start; a word stands before its first phoneme."""
    cues: Mapping[str, tuple[Cue, ...]]
    """Shapes by start, for every set that was asked for; together they follow one
    another without holes, from batch to batch."""
    until: int
    """Frame before which no later batch adds a cue; of all sets."""

    @property
    def is_empty(self) -> bool:
        """Whether it tells nothing."""
        return not self.marks and not any(self.cues.values())


@dataclass(frozen=True, slots=True)
class MouthStatistics:
    """A snapshot of what a mouth has seen and done."""

    timing: Rung | None
    """Its rung; None before :meth:`Mouth.begin`."""
    unknown: Mapping[str, int]
    """Phoneme symbols in no table, and how often each was met."""
    repairs: Repairs
    """What was wrong with the voice's times."""
    first_repairs: Mapping[str, Place]
    """Where each was first met, by its name."""
    articulation: ArticulationStatistics
    """Sounds, gestures, seals, and which seals came late."""
    dropped: Mapping[str, int]
    """Shapes that were left out for want of time, by viseme set."""

    @property
    def phones(self) -> int:
        """Sounds that were articulated."""
        return self.articulation.phones


class MouthTrack(Protocol):
    """A mouth at any time; of :class:`Track` and :class:`LevelTrack`."""

    def sample(self, times: Float64) -> Float32:
        """Return the mouth at times in seconds; shape ``(n, 7)``."""
        ...

    def forget(self, before_frame: int) -> None:
        """Forget what is needed only for times before *before_frame*."""
        ...
