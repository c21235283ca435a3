"""What is shown of an utterance: its cues, and ARKit's weights 60 times a second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.lipsync_data.corpus import Spoken
from streamer.lipsync import NATURAL, Cue, Mouth, MouthStatistics, Style, VisemeSet
from streamer.lipsync.rigs import find_rig

__all__ = ["FPS", "RIG", "Shown", "Weights", "show", "show_late"]

FPS = 60
RIG = find_rig("arkit")
TAIL = 0.3
"""Seconds that are looked at behind the sound's end."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """ARKit's weights at a steady pace; between two frames a straight line."""

    times: np.ndarray
    """Seconds, shape (n,)."""
    values: np.ndarray
    """Shape (n, 52)."""

    def at(self, channel: str, times: np.ndarray) -> np.ndarray:
        """Return a channel at any times."""
        column = self.values[:, RIG.channels.index(channel)]
        return np.interp(times, self.times, column)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One utterance's mouth."""

    cues: Mapping[str, tuple[Cue, ...]]
    """By set."""
    weights: Weights
    """What ARKit's avatar is sent."""
    statistics: MouthStatistics
    """What it cost."""


def ticks(seconds: float) -> np.ndarray:
    """Return the times of the frames of *seconds* and a little more."""
    return np.arange(0, seconds + TAIL, 1 / FPS)


def show(
    spoken: Spoken,
    *,
    style: Style = NATURAL,
    sound: bool = True,
    sets: Sequence[VisemeSet] | None = None,
) -> Shown:
    """
    Show an utterance of which everything is known.

    Args:
        spoken: The utterance.
        style: How much the mouth does.
        sound: Whether its sound is known, too, and not only the phonemes' times.
        sets: Those that cues are made in; None is all of them.
    """
    mouth = Mouth(spoken.rate, language=spoken.language, style=style, sets=sets)
    mouth.begin(spoken.entries, frames=len(spoken.samples))
    if sound:
        mouth.receive_sound(spoken.samples[:, None], spoken.rate)
    mouth.finish(len(spoken.samples))
    cues = mouth.take(0).cues
    times = ticks(spoken.seconds)
    weights = Weights(times, RIG.project(mouth.track.sample(times)))
    return Shown(cues, weights, mouth.statistics())


def show_late(spoken: Spoken, ahead: float) -> Shown:
    """
    Show an utterance whose phonemes come only just before they are heard.

    Args:
        spoken: The utterance.
        ahead: Seconds before its start at which a phoneme is known.
    """
    mouth = Mouth(spoken.rate, language=spoken.language, sets=())
    waiting = list(spoken.entries)
    times = ticks(spoken.seconds)
    values = np.empty((len(times), len(RIG.channels)), np.float32)
    for index, time in enumerate(times):
        heard = round(time * spoken.rate)
        edge = (time + ahead) * spoken.rate
        count = sum(entry.frame <= edge for entry in waiting)
        arrived, waiting = waiting[:count], waiting[count:]
        if mouth.timing is not None:
            mouth.receive(arrived)
        elif arrived:
            mouth.begin(arrived, frames=None)
        if mouth.timing is not None:
            if edge >= len(spoken.samples):
                mouth.finish(len(spoken.samples))
            mouth.take(heard)
        values[index] = RIG.project(mouth.track.sample(times[index : index + 1]))[0]
    return Shown({}, Weights(times, values), mouth.statistics())
