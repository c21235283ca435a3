"""The shapes of a whole sound, from where it begins to where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from streamer.lipsync.timeline import Cue

__all__ = ["spanning"]


def spanning(
    cues: Sequence[Cue], *, frames: int, rate: int, rest: str
) -> tuple[Cue, ...]:
    """
    Return *cues* from frame 0 to *frames*, where a file's shapes end with its sound.

    A mouth that speaks comes to rest after its sound, and of one that has rested for
    long nothing more is told. Here what begins behind the sound is left out, what
    reaches beyond is cut, and where shapes end before it the mouth rests. No shape
    begins within the last millisecond, the step in which some formats count: it would
    have no length there.

    Args:
        cues: One behind another without holes from frame 0 on; may be empty.
        frames: How long the sound is, at least 1.
        rate: Its frames a second, in Hz.
        rest: The set's shape of a mouth at rest.
    """
    latest = frames - rate // 1000 - 1
    kept = [cue for cue in cues if cue.frame == 0 or cue.frame <= latest]
    end = kept[-1].frame + kept[-1].frames if kept else 0
    if not kept or (end <= latest and kept[-1].viseme != rest):
        kept.append(Cue(end, frames - end, rest, (), 1.0))
    last = kept.pop()
    return (*kept, replace(last, frames=frames - last.frame))
