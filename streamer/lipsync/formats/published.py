"""
Formats that other programs read already.

Sources:
    Rhubarb Lip Sync's JSON export; Amazon Polly's speech marks; the viseme events
    of Microsoft's Speech SDK (offsets are ticks of 100 ns; ``animation`` is a JSON
    text of 55 blend shapes at 60 frames a second); SubRip.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

from streamer.lipsync.formats.score import Frames, Score

__all__ = ["write_azure", "write_polly", "write_rhubarb", "write_srt"]

_TICKS = 10_000_000
"""Ticks a second: 100 ns each."""
_DIGITS = 4


def write_rhubarb(score: Score) -> str:
    """Write what Rhubarb writes; times have three decimals where its have two."""
    metadata = {
        "soundFile": score.source,
        "duration": score.seconds(score.frames, 3),
    }
    cues = [
        {
            "start": score.seconds(cue.frame, 3),
            "end": score.seconds(cue.frame + cue.frames, 3),
            "value": cue.viseme,
        }
        for cue in score.cues
    ]
    written = {"metadata": metadata, "mouthCues": cues}
    return json.dumps(written, ensure_ascii=False, indent=2) + "\n"


def write_polly(score: Score) -> str:
    """
    Write speech marks: words and visemes, a JSON object a line.

    A word has its place in the text, in bytes of UTF-8, where it is found there.
    """
    text = score.text or ""
    lines: list[tuple[int, int, dict[str, object]]] = []
    at = 0
    for mark in score.marks:
        if mark.kind != "word":
            continue
        entry: dict[str, object] = {"time": score.milliseconds(mark.frame)}
        entry["type"] = "word"
        found = text.find(mark.text, at)
        if found >= 0:
            at = found + len(mark.text)
            start = len(text[:found].encode())
            entry |= {"start": start, "end": start + len(mark.text.encode())}
        lines.append((mark.frame, 0, entry | {"value": mark.text}))
    for frame, viseme in _shapes(score):
        entry = {"time": score.milliseconds(frame), "type": "viseme", "value": viseme}
        lines.append((frame, 1, entry))
    lines.sort(key=lambda line: line[:2])
    return "".join(f"{json.dumps(e, ensure_ascii=False)}\n" for _, _, e in lines)


def write_azure(score: Score) -> str:
    """
    Write a list of viseme events; each has the frames up to the next one.

    Without a rig ``animation`` is empty, as Azure's own is.
    """
    shapes = list(_shapes(score))
    stops = [frame for frame, _ in shapes[1:]] + [score.frames]
    events: list[dict[str, object]] = []
    for (frame, viseme), stop in zip(shapes, stops, strict=True):
        animation = ""
        if score.animation:
            animation = _animation(score.animation, frame, stop, score.rate)
        events.append(
            {
                "audioOffset": round(frame * _TICKS / score.rate),
                "visemeId": int(viseme),
                "animation": animation,
            }
        )
    lines = ",\n".join(f"  {json.dumps(event)}" for event in events)
    return f"[\n{lines}\n]\n"


def write_srt(score: Score) -> str:
    """Write a subtitle for each shape."""
    edges = [score.milliseconds(cue.frame) for cue in score.cues]
    edges.append(score.milliseconds(score.frames))
    return "".join(
        f"{number}\n{_clock(start)} --> {_clock(stop)}\n{cue.viseme}\n\n"
        for number, ((start, stop), cue) in enumerate(
            zip(pairwise(edges), score.cues, strict=True), 1
        )
    )


def _shapes(score: Score) -> Iterator[tuple[int, str]]:
    """Yield each shape with its start, and at the end the mouth at rest."""
    last = ""
    for cue in score.cues:
        last = cue.viseme
        yield cue.frame, cue.viseme
    if last != score.visemes.neutral:
        yield score.frames, score.visemes.neutral


def _animation(animation: Frames, start: int, stop: int, rate: int) -> str:
    """Return the frames from *start* up to *stop*, as a JSON text."""
    first = -(-start * animation.fps // rate)
    end = -(-stop * animation.fps // rate)
    rows: Sequence[Sequence[float]] = animation.weights[first:end].tolist()
    if not rows:
        return ""
    shapes = [[round(weight, _DIGITS) + 0.0 for weight in row] for row in rows]
    return json.dumps({"FrameIndex": first, "BlendShapes": shapes})


def _clock(milliseconds: int) -> str:
    """Return a time as SubRip writes it."""
    seconds, ms = divmod(milliseconds, 1000)
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    return f"{hours:02}:{m:02}:{s:02},{ms:03}"
