"""PURE. What the page of all sets and rigs is told: shapes, how they look, channels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from streamer.events.frames import RigLook
from streamer.lipsync.pose import NEUTRAL, Pose
from streamer.lipsync.rigs import Rig, find_rig
from streamer.lipsync.rules import RULES
from streamer.lipsync.visemes import SETS, VisemeSet

__all__ = ["make_sheet"]

_HELD = Pose(jaw=0.25, opening=0.3)
"""What is drawn for a sound that leaves the mouth to its neighbours, like h."""
_MOVES = 0.01
"""A channel that moves less, of a range of 1, is not shown."""


def make_sheet(
    names: Mapping[str, Sequence[str]], rigs: Mapping[str, RigLook]
) -> bytes:
    """
    Return the JSON that says what there is to be shown.

    ``sets`` has each viseme set with its shapes, the neutral one first: the
    sound that stands for a shape, a word that has it, and its mouth as weights
    of ARKit and the height of the tongue. ``rigs`` has each rig with the
    channels that speech moves, their range and their rest. ``words`` has a
    word for each sound.

    Args:
        names: The shapes of each set, as clients are told them.
        rigs: What frames may be asked for; none where there are no frames.
    """
    sets = [_set(name, SETS.get(name), shapes) for name, shapes in names.items()]
    shown = [{"name": name, "channels": _moving(rig)} for name, rig in rigs.items()]
    sheet = {"sets": sets, "rigs": shown, "words": _words(names)}
    return json.dumps(sheet, ensure_ascii=False, separators=(",", ":")).encode()


def _set(
    name: str, visemes: VisemeSet | None, shapes: Sequence[str]
) -> dict[str, object]:
    sounds = [_sound(visemes, shape) for shape in shapes]
    poses = [_pose(sound) for sound in sounds]
    arkit = find_rig("arkit")
    weights = arkit.project(np.array(poses, np.float32).reshape(-1, len(NEUTRAL)))
    told = [
        {
            "name": shape,
            "sound": sound,
            "example": _example(visemes, shape, sound),
            "mouth": _nonzero(arkit.channels, row.tolist()),
            "tongue": pose.tongue,
        }
        for shape, sound, pose, row in zip(shapes, sounds, poses, weights, strict=True)
    ]
    return {"name": name, "flat": bool(visemes and visemes.flat), "shapes": told}


def _sound(visemes: VisemeSet | None, shape: str) -> str:
    """Return the sound that stands for *shape*; empty for silence."""
    return visemes.sounds.get(shape, "") if visemes else ""


def _example(visemes: VisemeSet | None, shape: str, sound: str) -> str:
    """Return a word with *sound*, or with another one of *shape*; may be empty."""
    if visemes is None or shape == visemes.neutral:
        return ""
    row = visemes.rows.get(sound)
    if row is not None:
        return row.example
    rows = (visemes.rows.get(symbol) for symbol in visemes.members(shape))
    return next((row.example for row in rows if row), "")


def _words(names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a word that has it for each sound; the first set's, which has one."""
    words: dict[str, str] = {}
    for visemes in (SETS[name] for name in names if name in SETS):
        for sound, row in visemes.rows.items():
            if row.example:
                words.setdefault(sound, row.example)
    return words


def _pose(sound: str) -> Pose:
    """Return the mouth of a sound; of tʃ the end, of aʊ the beginning."""
    rules = [RULES[symbol] for symbol in sound if symbol in RULES]
    if not rules:
        return NEUTRAL
    rule = rules[0] if rules[0].is_vowel else rules[-1]
    return _HELD if rule.kind == "rest" else rule.pose


def _nonzero(channels: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    pairs = zip(channels, weights, strict=True)
    return {name: round(weight, 3) for name, weight in pairs if abs(weight) >= 0.0005}


def _moving(rig: RigLook) -> list[dict[str, object]]:
    """Return what is told of the channels that some sound moves; of strangers', all."""
    lows, highs = [0.0] * len(rig.channels), [1.0] * len(rig.channels)
    moves = [True] * len(rig.channels)
    if isinstance(rig, Rig):
        lows, highs = (list(ends) for ends in zip(*rig.ranges, strict=True))
        poses = np.array([NEUTRAL, *(rule.pose for rule in RULES.values())], np.float32)
        weights = rig.project(poses)
        moves = (np.ptp(weights, axis=0) > _MOVES).tolist()
    rows = zip(rig.channels, lows, highs, rig.neutral, moves, strict=True)
    return [
        {"name": name, "low": low, "high": high, "neutral": round(rest, 3)}
        for name, low, high, rest, moved in rows
        if moved
    ]
