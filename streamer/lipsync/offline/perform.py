"""What is asked for of a sound, and the mouth that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from streamer.errors import UsageError
from streamer.lipsync.batch import Batch, MouthStatistics, MouthTrack
from streamer.lipsync.formats import Frames, Score
from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.mouth import Mouth
from streamer.lipsync.offline.recording import Recording
from streamer.lipsync.offline.span import spanning
from streamer.lipsync.phonemes import UnknownSymbol
from streamer.lipsync.rigs import Rig
from streamer.lipsync.styles import NATURAL, Style
from streamer.lipsync.visemes import OCULUS, VisemeSet

__all__ = ["Performance", "Request", "perform"]

_LONGEST_HOLD = 1.0
_MOST_FPS = 240


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What is asked for of every sound."""

    language: str = "en"
    """How text and phonemes are read."""
    visemes: VisemeSet = OCULUS
    """The set that cues are made in."""
    rig: Rig | None = None
    """Where the mouth is shown as frames; None: nowhere."""
    fps: int = 60
    """Moments a second on the rig, from 1 to 240."""
    style: Style = NATURAL
    """How much the mouth does."""
    hold: float | None = None
    """Seconds that a shape stays at least, from 0 to 1; None: as its set needs."""

    def __post_init__(self) -> None:
        if not 1 <= self.fps <= _MOST_FPS:
            raise UsageError(f"{self.fps} frames a second are not 1 to {_MOST_FPS}")
        if self.hold is not None and not 0 <= self.hold <= _LONGEST_HOLD:
            raise UsageError(f"a shape is held for 0 to 1 s, not for {self.hold:g}")


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """What a mouth does for one sound, in shapes and as curves."""

    score: Score
    """What can be written down."""
    track: MouthTrack
    """The mouth at any time."""
    unknown: tuple[UnknownSymbol, ...]
    """The phoneme symbols that are in no table."""
    statistics: MouthStatistics
    """What was seen and done; of the times, what was mended."""


def perform(
    recording: Recording,
    request: Request,
    *,
    source: str = "",
    text: str | None = None,
    letter_to_sound: LetterToSound | None = None,
) -> Performance:
    """
    Move the mouth for a whole sound.

    The best rung that there is something for is taken: the recording's own
    phonemes, its letters, *text*, or else how loud it is.

    Args:
        recording: The sound.
        request: What is asked for.
        source: What the score calls it.
        text: What is said, where that is known.
        letter_to_sound: Who reads letters and text; None: nobody can.

    Raises:
        VoiceError, MissingComponent: The letters or the text can't be read.
    """
    rate, frames = recording.format.rate, recording.frames
    mouth = Mouth(
        rate,
        language=request.language,
        sets=[request.visemes],
        style=request.style,
        hold=request.hold,
        letter_to_sound=letter_to_sound,
        text=text,
    )
    timing = mouth.begin(recording.timed, frames=frames)
    batch = _moved(mouth, recording)
    visemes = request.visemes
    told = batch.cues[visemes.name]
    score = Score(
        source=source,
        text=text,
        language=request.language,
        style=request.style.name,
        timing=timing,
        rate=rate,
        frames=frames,
        marks=batch.marks,
        visemes=visemes,
        cues=spanning(told, frames=frames, rate=rate, rest=visemes.neutral),
        counts=_counts(mouth),
    )
    score = replace(score, animation=_frames(score, mouth.track, request))
    return Performance(score, mouth.track, mouth.take_unknown(), mouth.statistics())


def _moved(mouth: Mouth, recording: Recording) -> Batch:
    """Let the mouth hear all of it; return all that it does."""
    for sound in recording.sound():
        mouth.receive_sound(sound, recording.format.rate)
    mouth.finish(recording.frames)
    return mouth.take(0)


def _frames(score: Score, track: MouthTrack, request: Request) -> Frames | None:
    """Show the mouth on the rig that is asked for, at each moment within the sound."""
    rig, fps = request.rig, request.fps
    if rig is None:
        return None
    count = -(-score.frames * fps // score.rate)
    weights = rig.project(track.sample(np.arange(count) / fps))
    return Frames(rig.name, fps, rig.channels, weights)


def _counts(mouth: Mouth) -> Mapping[str, object]:
    """Return what was done and what was odd, by name."""
    seen = mouth.statistics()
    return {
        "phones": seen.phones,
        "seals": seen.articulation.seals,
        "late_seals": seen.articulation.late_seals,
        "lost_seals": seen.articulation.lost_seals,
        "unknown": dict(seen.unknown),
        "repairs": seen.repairs.by_name(),
    }
