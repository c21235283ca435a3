"""What a person should know of a sound that ``streamer visemes`` did all the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamer.lipsync.offline import Performance, Recording

__all__ = ["notes_on"]

_MENDED = {
    "unordered": ("goes backwards", "go backwards"),
    "backwards": ("ends before it starts", "end before they start"),
    "negative": ("starts before 0", "start before 0"),
    "beyond": ("lies beyond the sound", "lie beyond the sound"),
    "milliseconds": ("is in milliseconds", "are in milliseconds"),
    "unequal": ("has no partner", "have no partner"),
    "non_finite": ("is no number", "are no numbers"),
    "relative": ("begins again at 0", "begin again at 0"),
    "repeated": ("is told again", "are told again"),
    "late": ("comes too late", "come too late"),
    "crowded": ("has no time of its own", "have no time of their own"),
    "empty": ("is too short", "are too short"),
    "stray": ("is a mark without a sound", "are marks without a sound"),
    "long": ("has too long a label", "have too long a label"),
}
"""Repairs that are worth a word, the worst first. Holes, and ends that reach into the
next entry, are usual in what voices write."""
_KINDS = {"phoneme": "phoneme", "grapheme": "character"}
_MOST_TOLD = 6
"""Symbols that are named; of more, how many there are."""


def notes_on(
    path: Path, recording: Recording, performance: Performance
) -> tuple[str, ...]:
    """Return what a person should know of a file that was done, as sentences."""
    notes = (
        _missing(path, recording),
        _mended(path, recording, performance),
        _unknown(path, recording, performance),
    )
    return tuple(note for note in notes if note)


def _missing(path: Path, recording: Recording) -> str:
    if not recording.missing_bytes:
        return ""
    format = recording.format
    seconds = recording.missing_bytes / format.frame_bytes / format.rate
    return f"{path} ends {seconds:.2f} s before its header says"


def _mended(path: Path, recording: Recording, performance: Performance) -> str:
    """Say which times were mended, how often, and where the first of each was."""
    seen = performance.statistics
    counts = seen.repairs.by_name()
    rate = recording.format.rate
    parts: list[str] = []
    for name, words in _MENDED.items():
        if name in counts:
            first = seen.first_repairs[name]
            place = _place(first.kind, first.number, first.frame / rate)
            parts.append(f"{counts[name]} {words[counts[name] > 1]} (first {place})")
    if not parts:
        return ""
    return (
        f"of the times in {path} {', '.join(parts)}; they were put right, but mend "
        "them where the voice writes them"
    )


def _place(kind: str, number: int | None, seconds: float) -> str:
    if number is None:
        return f"at {seconds:.2f} s"
    return f"{_KINDS[kind]} {number}, at {seconds:.2f} s"


def _unknown(path: Path, recording: Recording, performance: Performance) -> str:
    """Say which symbols are in no table, and where the first of them is."""
    symbols = [symbol.text for symbol in performance.unknown]
    if not symbols:
        return ""
    named = ", ".join(map(repr, symbols[:_MOST_TOLD]))
    more = len(symbols) - _MOST_TOLD
    if more > 0:
        named += f" and {more} more"
    verb, kind = ("is", "sound") if len(symbols) == 1 else ("are", "sounds")
    return (
        f"in {path} {named} {verb} no IPA{_first_of(symbols[0], recording)} and shown "
        f"as the nearest {kind}; let the voice write IPA, or one other alphabet "
        "throughout"
    )


def _first_of(symbol: str, recording: Recording) -> str:
    """Return where a symbol is first met; nothing where it is written otherwise."""
    phonemes = (entry for entry in recording.timed if entry.kind == "phoneme")
    for number, entry in enumerate(phonemes, 1):
        if symbol in entry.text:
            place = _place("phoneme", number, entry.frame / recording.format.rate)
            return f" (first {place})"
    return ""
