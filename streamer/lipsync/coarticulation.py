"""What neighbours make of a sound's pose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from streamer.lipsync.phonemes import Phone
from streamer.lipsync.pose import NEUTRAL, Pose
from streamer.lipsync.rules import PROTECTED, GestureKind, Rule
from streamer.lipsync.styles import Style

__all__ = [
    "Neighbour",
    "Past",
    "coarticulate",
    "formed",
    "lips_ahead",
    "mix",
    "relax",
    "rounding_ahead",
]

FULL_AMPLITUDE = 0.6
"""The jaw amplitude for which the poses of the rules are drawn: a stressed vowel."""
WIDEST_JAW = 0.95
"""No vowel goes further, however loud; JALI's widest band ends at 0.9."""
CLOSED_JAW_SHARE = 0.25
WIDEST_CLOSED_JAW = 0.18
"""Behind closed lips the jaw keeps something of its neighbours' opening."""
NARROWEST_SHARE = 0.4
"""What a vowel keeps of its jaw, however soft."""
WEAK_NEIGHBOUR = 0.75
"""How much of the pose of a sound still to come its neighbours take on."""

ROUNDING = 0.4
"""A pose is rounded from here on."""
FULL_ANTICIPATION = 0.080
"""Seconds before a rounded sound at which rounding is complete (Escudier)."""
LONGEST_ANTICIPATION = 0.150
"""Seconds before it at which rounding begins (JALI: protrusion 150 ms)."""

NO_JAW = 0.040
FULL_JAW = 0.080
"""Tongue-only sounds move the jaw by their length: none below a frame at 24 fps
(JALI, habits), all they can at the length of a stop that is a syllable's own."""

RELAXED_SHARE = 0.35
"""How much of its pose a relaxed mouth keeps: most pauses leave it slightly open."""

_REDUCED_WEIGHT = {"ə": 0.6, "ɘ": 0.6, "ᵻ": 0.6, "ɨ": 0.6, "ɯ": 0.6}
"""Of vowels for which the mouth does less than its shape's full form."""
_UNSTRESSED_WEIGHT = 0.85
"""Of a vowel without a stress mark."""


class Past(NamedTuple):
    """Where the mouth comes from."""

    frame: int
    """Where the last gesture's apex begins; before all, far in the past."""
    stop: int
    """Where the last gesture's hold ends."""
    pose: Pose
    """The pose that was held."""
    kind: GestureKind
    """What it was for; ``rest`` before all."""
    frames: int
    """How long the last sound or silence was."""
    amplitude: float = 0.0
    """How far the vowel right before opened the jaw; 0 where none was."""


class Neighbour(NamedTuple):
    """A sound or silence still to come that is near enough to matter."""

    start: int
    """Where it starts, in frames."""
    frames: int
    """How long it lasts."""
    rule: Rule | None
    """How it is articulated; None is silence."""


def mix(first: Pose, second: Pose, share: float) -> Pose:
    """Return the pose that is *share* of the way from *first* to *second*."""
    return Pose._make([a + (b - a) * share for a, b in zip(first, second, strict=True)])


def relax(pose: Pose) -> Pose:
    """Return what a mouth relaxes to; closed lips stay together, not pressed."""
    return mix(NEUTRAL, pose, RELAXED_SHARE)._replace(seal=0.0, teeth=0.0)


def formed(phone: Phone) -> float:
    """Return how fully a sound's shape is formed, in (0, 1]."""
    if not phone.is_vowel:
        return 1.0
    full = 1.0 if phone.stress else _UNSTRESSED_WEIGHT
    return min(full, _REDUCED_WEIGHT.get(phone.symbol, 1.0))


def coarticulate(
    rule: Rule,
    phone: Phone,
    *,
    amplitude: float,
    seconds: float,
    past: Past,
    rounded: tuple[float, Pose],
    after: Pose | None,
    style: Style,
) -> Pose:
    """
    Return the pose of one sound among its neighbours.

    Args:
        rule: How the sound is articulated by itself.
        phone: The sound, for its stress.
        amplitude: The jaw's, in [0.1, 0.9]; used by vowels.
        seconds: How long the sound lasts.
        past: Where the mouth comes from.
        rounded: How far a rounded sound to come is anticipated, and its pose.
        after: Pose of the next sound with lips of its own, if it is known.
        style: How much the mouth does.
    """
    own = _stressed(rule, phone, amplitude, style)
    if rule.kind in PROTECTED:
        beside = _around(past, after) or own
        jaw = min(own.jaw + beside.jaw * CLOSED_JAW_SHARE, WIDEST_CLOSED_JAW)
        return _anticipate(own._replace(jaw=jaw), rounded)
    if rule.lips < 1.0 or rule.jaw < 1.0:
        around = _around(past, after)
        if around is not None:
            own = _yield(own, around, rule, _jaw_share(rule, seconds))
    return own if rule.is_vowel else _anticipate(own, rounded)


def _stressed(rule: Rule, phone: Phone, amplitude: float, style: Style) -> Pose:
    """Return a sound's own pose as loud, and as stressed, as it is."""
    pose = rule.pose
    if rule.kind in PROTECTED:
        return pose
    jaw, opening, lips = style.amplitude, style.amplitude, style.amplitude
    if rule.is_vowel:
        loud = max(amplitude / FULL_AMPLITUDE, NARROWEST_SHARE)
        jaw *= loud
        opening *= math.sqrt(loud)
        if not phone.stress:
            lips *= 1.0 - style.reduction
    return pose._replace(
        jaw=min(pose.jaw * jaw, WIDEST_JAW),
        opening=min(pose.opening * opening, 1.0),
        width=min(max(pose.width * lips, -1.0), 1.0),
        rounding=min(pose.rounding * lips, 1.0),
    )


def _jaw_share(rule: Rule, seconds: float) -> float:
    """Return how much of the jaw is the sound's own, given how long it lasts."""
    if rule.kind != "tongue":
        return rule.jaw
    length = (seconds - NO_JAW) / (FULL_JAW - NO_JAW)
    return rule.jaw * min(max(length, 0.0), 1.0)


def _around(past: Past, after: Pose | None) -> Pose | None:
    """Return what the neighbours' lips and jaw are; None where they say nothing."""
    before = None if past.kind in PROTECTED or past.kind == "rest" else past.pose
    if before is None or after is None:
        return before or after
    return mix(before, after, 0.5)


def _yield(own: Pose, around: Pose, rule: Rule, jaw: float) -> Pose:
    """Leave lips and jaw to the neighbours, as far as they aren't the sound's own."""
    lips = rule.lips
    narrow = min(own.jaw, around.jaw)
    return own._replace(
        jaw=narrow * jaw + around.jaw * (1.0 - jaw),
        opening=own.opening * lips + max(around.opening, 0.08) * (1.0 - lips),
        width=own.width * lips + around.width * (1.0 - lips),
        rounding=own.rounding * lips + around.rounding * (1.0 - lips),
    )


def _anticipate(own: Pose, rounded: tuple[float, Pose]) -> Pose:
    """Put the lips forward for a rounded sound that comes."""
    share, pose = rounded
    if share <= 0.0 or pose.rounding <= own.rounding:
        return own
    return own._replace(
        rounding=own.rounding + (pose.rounding - own.rounding) * share,
        width=own.width + (pose.width - own.width) * share,
    )


def rounding_ahead(
    apex: int, ahead: Sequence[Neighbour], rate: int
) -> tuple[float, Pose]:
    """
    Return how far a rounded sound to come is anticipated, and its pose.

    Only consonants that leave the lips alone are passed through; a vowel, lips of
    its own or silence end the search.
    """
    for neighbour in ahead:
        rule = neighbour.rule
        if rule is None:
            break
        if rule.pose.rounding >= ROUNDING:
            off = (neighbour.start - apex) / rate
            share = (LONGEST_ANTICIPATION - off) / (
                LONGEST_ANTICIPATION - FULL_ANTICIPATION
            )
            return min(max(share, 0.0), 1.0), mix(NEUTRAL, rule.pose, 0.9)
        if rule.is_vowel or rule.lips >= 1.0:
            break
    return 0.0, NEUTRAL


def lips_ahead(ahead: Sequence[Neighbour]) -> Pose | None:
    """Return the pose of the next sound that has lips of its own, if it is known."""
    for neighbour in ahead:
        rule = neighbour.rule
        if rule is None or rule.kind in PROTECTED:
            return None
        if rule.lips >= 0.5:
            return mix(NEUTRAL, rule.pose, WEAK_NEIGHBOUR)
    return None
