"""
How long do shapes stay, how many are there, and are they reached (E6)?

*changes/s*: changes of shape a second of speech. Time before the first sound, behind
the last and in pauses of 120 ms and more is left out (*with pauses* has the last);
parts that one shape was told in are put together.
*holds*: shapes that stay less than the set's least (70 ms drawn, 50 ms modelled).
*reversals*: a shape between two equal ones that stays less than 80 ms.

*attainment*: a shape's target is its pose as its neighbours and its loudness make
it, before it is known how much room there is. Both the target and the mouth are
shown on ARKit's rig, the mouth 60 times a second with straight lines between. What
is reached is 1 - (least distance to the target) / (distance where the way to it
begins), over the time until the next shape's way begins. Shapes that are there
already, nearer than 0.1, are left out. *as planned* is the same against the pose
that was aimed at once the room was known. *no room* counts the sounds that were to
have a shape and had no time for it, *lips* those of them that are more than the
tongue's; *no shape* those, too, that were to have none: tongue-only ones that are
short, h, glottal stops.

*jaw*: jawOpen turns round and back within 80 ms, by more than 0.05 each way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from bench.lipsync_data.corpus import Spoken
from bench.lipsync_data.shown import FPS, RIG, Shown, Weights, ticks
from streamer.lipsync import NATURAL, Cue, PhonemeNormaliser, Style, VisemeSet
from streamer.lipsync.articulation import Articulator, Gesture
from streamer.lipsync.curves import Track
from streamer.lipsync.levels import LevelMeter
from streamer.lipsync.phone_timer import timed_phones
from streamer.lipsync.pose import Pose
from streamer.lipsync.rules import GestureKind

__all__ = [
    "Attained",
    "Rates",
    "attained",
    "count",
    "jaw_reversals",
    "merged",
    "together",
]

REVERSAL = 0.080
"""Seconds that a shape between two equal ones stays, or isn't shown."""
HOLDS = {True: 0.070, False: 0.050}
"""Seconds that a shape stays at least, by whether the set is drawn."""
FAR_ENOUGH = 0.1
"""A way in ARKit's weights; shorter ones are no change that is seen."""
REACHED = 0.8
STEP = 0.002
JAW = 0.05
"""A way in jawOpen; less is no turn."""
STILL = 0.005
"""The same; less is no move."""


@dataclass(slots=True)
class Rates:
    """What one set's cues are like."""

    changes: int = 0
    """Changes of shape, in all."""
    speaking: float = 0.0
    """Seconds in which somebody speaks."""
    span: float = 0.0
    """The same with all pauses."""
    short: int = 0
    """Shapes that stay less than the least."""
    shortest: float = np.inf
    """Seconds that the shortest stays."""
    reversals: int = 0
    """Shapes that come and go within 80 ms."""
    holes: int = 0
    """Cues that don't follow the one before."""
    dropped: int = 0
    """Shapes left out for want of time."""

    @property
    def a_second(self) -> float:
        """Changes of shape a second."""
        return self.changes / self.speaking if self.speaking else float("nan")

    @property
    def with_pauses(self) -> float:
        """Changes of shape a second, pauses within counted."""
        return self.changes / self.span if self.span else float("nan")


def merged(cues: Sequence[Cue]) -> list[tuple[int, int, str]]:
    """Return shapes with start and end, in frames; parts are put together."""
    shapes: list[tuple[int, int, str]] = []
    for cue in cues:
        stop = cue.frame + cue.frames
        if shapes and shapes[-1][2] == cue.viseme:
            shapes[-1] = (shapes[-1][0], stop, cue.viseme)
        else:
            shapes.append((cue.frame, stop, cue.viseme))
    return shapes


def count(spoken: Spoken, shown: Shown, visemes: VisemeSet, found: Rates) -> None:
    """Add an utterance's cues in one set to what was *found*."""
    cues = shown.cues[visemes.name]
    shapes = merged(cues)
    least = round(HOLDS[visemes.flat] * spoken.rate)
    reversal = round(REVERSAL * spoken.rate)
    lengths = [stop - start for start, stop, _ in shapes]
    found.changes += max(len(shapes) - 1, 0)
    found.speaking += spoken.speaking
    found.span += spoken.span
    found.short += sum(length < least for length in lengths)
    shortest = min(lengths, default=0) / spoken.rate
    found.shortest = min(found.shortest, shortest)
    found.reversals += sum(
        shapes[at][2] == shapes[at + 2][2] and lengths[at + 1] < reversal
        for at in range(len(shapes) - 2)
    )
    found.holes += sum(a.frame + a.frames != b.frame for a, b in pairwise(cues))
    found.dropped += shown.statistics.dropped[visemes.name]


@dataclass(slots=True)
class Attained:
    """How near the mouth comes to its targets."""

    shares: list[float] = field(default_factory=list)
    """Of each shape's own target, what was reached; 0 to 1."""
    planned: list[float] = field(default_factory=list)
    """The same of what was aimed at once the room was known."""
    phones: int = 0
    """Sounds."""
    without: int = 0
    """Those that got no shape of their own."""
    crowded: int = 0
    """Those of them that were to have one, and had no time for it."""
    crowded_lips: int = 0
    """Of these, vowels and sounds of the lips or teeth: not the tongue's alone."""

    @property
    def reached(self) -> float:
        """Part of the shapes that reached 80 % of their target, 0 to 1."""
        return _reached(self.shares)

    @property
    def reached_planned(self) -> float:
        """The same of what was aimed at."""
        return _reached(self.planned)


def _reached(shares: Sequence[float]) -> float:
    return float((np.array(shares) >= REACHED).mean()) if shares else float("nan")


def together(found: Sequence[Attained]) -> Attained:
    """Return what several found."""
    whole = Attained()
    for each in found:
        whole.shares += each.shares
        whole.planned += each.planned
        whole.phones += each.phones
        whole.without += each.without
        whole.crowded += each.crowded
        whole.crowded_lips += each.crowded_lips
    return whole


class Watched(Articulator):
    """An articulator that tells what it aimed at before it knew how much room."""

    def __init__(self, rate: int, *, style: Style = NATURAL) -> None:
        super().__init__(rate, style=style)
        self.aims: dict[int, Pose] = {}
        self.crowded: list[GestureKind] = []
        self._aim: Pose | None = None

    def _pose(self, segment, rule, *given, **named) -> Pose:
        self.crowded.append(rule.kind)
        self._aim = super()._pose(segment, rule, *given, **named)
        return self._aim

    def _gesture(self, *given) -> Gesture:
        gesture = super()._gesture(*given)
        self.crowded.pop()  # it has its gesture
        self.aims[gesture.frame] = self._aim
        return gesture


def attained(spoken: Spoken, *, style: Style = NATURAL) -> Attained:
    """Articulate an utterance, and look how far its shapes come."""
    articulator = Watched(spoken.rate, style=style)
    entries, frames = spoken.entries, len(spoken.samples)
    normaliser = PhonemeNormaliser(spoken.language)
    phones = timed_phones(entries, normaliser, rate=spoken.rate, frames=frames)
    articulator.receive_level(
        0, LevelMeter(spoken.rate).receive(spoken.samples[:, None])
    )
    articulator.receive(phones)
    gestures = articulator.settle(None)
    track = Track(spoken.rate)
    track.receive(gestures)
    statistics = articulator.statistics()
    found = Attained(
        phones=statistics.phones,
        without=statistics.absorbed,
        crowded=len(articulator.crowded),
        crowded_lips=sum(kind != "tongue" for kind in articulator.crowded),
    )
    times = ticks(spoken.seconds)
    values = RIG.project(track.sample(times))
    planned = [gesture.pose for gesture in gestures]
    aims = [articulator.aims.get(each.frame, each.pose) for each in gestures]
    spans = [*_spans(gestures, spoken.rate)]
    found.planned += _shares(planned, spans, values)
    found.shares += _shares(aims, spans, values)
    return found


def _spans(gestures: Sequence[Gesture], rate: int) -> Iterator[tuple[float, float]]:
    """Yield from when to when each gesture has the mouth, in seconds."""
    for at, gesture in enumerate(gestures):
        left = gesture.stop
        if at + 1 < len(gestures):
            following = gestures[at + 1]
            left = max(following.frame - following.ramp_in, gesture.frame)
        yield (gesture.frame - gesture.ramp_in) / rate, left / rate


def _shares(
    poses: Sequence[Pose], spans: Sequence[tuple[float, float]], values: np.ndarray
) -> list[float]:
    """Return what part of the way to each pose was made."""
    targets = RIG.project(np.array(poses, np.float32))
    shares = []
    for target, (begin, left) in zip(targets, spans, strict=True):
        times = np.append(np.arange(max(begin, 0.0), left, STEP), left)
        mouth = _between(values, times)
        far = np.linalg.norm(mouth - target, axis=1)
        if far[0] >= FAR_ENOUGH:
            shares.append(float(1 - far.min() / far[0]))
    return shares


def _between(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the weights at any times, on straight lines between frames."""
    place = np.clip(times * FPS, 0, len(values) - 1.001)
    frame = place.astype(int)
    way = (place - frame)[:, None]
    return values[frame] * (1 - way) + values[frame + 1] * way


def jaw_reversals(weights: Weights) -> int:
    """Return how often the jaw turns round and back within 80 ms."""
    turns = _turns(weights.at("jawOpen", weights.times).tolist())
    return sum((back - round_) / FPS < REVERSAL for round_, back in pairwise(turns))


def _turns(jaw: Sequence[float]) -> list[int]:
    """Return the last frame of each extreme from which the jaw goes back by far."""
    turns: list[int] = []
    way, extreme, at = 0, jaw[0], 0
    for index, value in enumerate(jaw):
        if not way and abs(value - extreme) > JAW:
            way, extreme, at = (1 if value > extreme else -1), value, index
        elif way and way * (value - extreme) >= -STILL:
            extreme, at = way * max(way * extreme, way * value), index
        elif way * (extreme - value) > JAW:
            turns.append(at)
            way, extreme, at = -way, value, index
    return turns
