"""Formats of our own: JSON, JSON lines, and tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from streamer.lipsync.formats.score import Frames, Score

__all__ = ["VERSION", "write_csv", "write_json", "write_jsonl", "write_tsv"]

VERSION = 1
"""Of ``json`` and ``jsonl``; a change of meaning gets another one."""
_DIGITS = 5
"""Decimals of a weight; 15 that share 1 still add up to it within 0.0001."""

Fields = dict[str, Any]


def write_json(score: Score) -> str:
    """Write one object, an entry a line."""
    fields = [(name, [_json(value)]) for name, value in _head(score).items()]
    lists: dict[str, list[Any]] = dict(_lists(score))
    if score.animation:
        lists["frames"] = [row for _, row in _rows(score.animation)]
    parts = [f"  {_json(name)}: {value[0]}" for name, value in fields]
    parts += [f"  {_json(name)}: {_listed(items)}" for name, items in lists.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write_jsonl(score: Score) -> str:
    """Write a head, then words, phonemes and shapes, or frames, by their start."""
    entries = [
        (entry["start"], order, {"type": name.removesuffix("s"), **entry})
        for order, (name, items) in enumerate(_lists(score))
        for entry in items
    ]
    if score.animation:
        entries += [
            (time, len(entries), {"type": "frame", "start": time, "weights": row})
            for time, row in _rows(score.animation)
        ]
    entries.sort(key=lambda entry: entry[:2])
    lines = [_json({"type": "head", **_head(score)})]
    lines += [_json(entry) for _, _, entry in entries]
    return "".join(f"{line}\n" for line in lines)


def write_csv(score: Score) -> str:
    """Write a table with names above: shapes with their times, or frames."""
    return _table(score, ",", _quoted)


def write_tsv(score: Score) -> str:
    """
    Write a line for each shape, its start and its name, and one for the end.

    It is Rhubarb's TSV, in any set. A rig's frames have a line with their names
    above.
    """
    if score.animation:
        return _table(score, "\t", lambda cell: cell.replace("\t", " "))
    lines = [f"{cue.frame / score.rate:.3f}\t{cue.viseme}" for cue in score.cues]
    lines.append(f"{score.frames / score.rate:.3f}\t{score.visemes.neutral}")
    return "".join(f"{line}\n" for line in lines)


def _head(score: Score) -> Fields:
    """What is said once."""
    head: dict[str, Any] = {"streamer_visemes": VERSION}
    if score.source:
        head["source"] = score.source
    if score.text is not None:
        head["text"] = score.text
    head |= {
        "duration": score.seconds(score.frames),
        "timing": score.timing,
        "language": score.language,
        "style": score.style,
    }
    if score.animation is None:
        head["set"] = score.visemes.name
    else:
        animation = score.animation
        head |= {"rig": animation.rig, "fps": animation.fps}
        head["channels"] = list(animation.channels)
    return head | {"counts": dict(score.counts)}


def _lists(score: Score) -> Iterator[tuple[str, list[Fields]]]:
    """Words, phonemes and shapes, by what they are called."""
    for kind in ("word", "phoneme"):
        yield (
            f"{kind}s",
            [
                _span(score, mark.frame, mark.frames) | {kind: mark.text}
                for mark in score.marks
                if mark.kind == kind
            ],
        )
    if score.animation is None:
        yield (
            "cues",
            [
                _span(score, cue.frame, cue.frames)
                | {
                    "viseme": cue.viseme,
                    "weight": round(cue.weight, _DIGITS),
                    "phones": list(cue.phones),
                }
                for cue in score.cues
            ],
        )


def _span(score: Score, frame: int, frames: int) -> Fields:
    return {"start": score.seconds(frame), "end": score.seconds(frame + frames)}


def _rows(animation: Frames) -> Iterator[tuple[float, list[float]]]:
    """Yield each moment with its weights."""
    for index, row in enumerate(animation.weights.tolist()):
        yield (
            round(index / animation.fps, 4),
            [round(weight, _DIGITS) + 0.0 for weight in row],
        )


def _listed(items: Iterable[object]) -> str:
    lines = ",\n".join(f"    {_json(item)}" for item in items)
    return f"[\n{lines}\n  ]" if lines else "[]"


def _table(score: Score, separator: str, cell: Callable[[str], str]) -> str:
    rows: list[list[str]]
    if score.animation:
        rows = [["time", *score.animation.channels]]
        rows += [
            [f"{time:.4f}", *(f"{weight:g}" for weight in row)]
            for time, row in _rows(score.animation)
        ]
    else:
        rows = [["start", "end", "viseme", "weight", "phones"]]
        rows += [
            [
                f"{cue.frame / score.rate:.4f}",
                f"{(cue.frame + cue.frames) / score.rate:.4f}",
                cue.viseme,
                f"{round(cue.weight, _DIGITS):g}",
                " ".join(cue.phones),
            ]
            for cue in score.cues
        ]
    return "".join(separator.join(map(cell, row)) + "\n" for row in rows)


def _quoted(cell: str) -> str:
    """Return a cell of a CSV file, as RFC 4180 writes it."""
    if any(char in cell for char in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
