"""Times as voices give them become times that follow one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from streamer.audio.format import TimedText
from streamer.lipsync.phonemes import PhonemeNormaliser

__all__ = ["Repaired", "join_modifiers", "repair"]


@dataclass(frozen=True, slots=True)
class Repaired:
    """Entries that stand in order, and what it took."""

    entries: tuple[TimedText, ...]
    """Sorted, without overlap, each at least one frame long."""
    changes: int
    """Entries that were moved, cut, clipped or dropped."""


def repair(
    entries: Sequence[TimedText],
    normaliser: PhonemeNormaliser,
    *,
    after: int,
    slack: int,
) -> Repaired:
    """
    Sort phonemes by their start, cut each at the next one's, and clip.

    What ends at or before *after* was already told, so it is dropped: a
    snapshot that repeats its beginning adds only its end. Ends that overlap
    the next start are usual in voices' output; starts are what is trusted.

    Args:
        entries: Phonemes in any order.
        normaliser: Tells which entries join their neighbours; not changed.
        after: Frame before which nothing may start any more.
        slack: Frames by which an earlier batch reached past its last phoneme;
            taking them from the first one is then no repair.
    """
    written = [entry for entry in entries if entry.text]
    changes = sum(b.frame < a.frame for a, b in pairwise(written))
    ordered = sorted(written, key=lambda entry: entry.frame)
    joined = join_modifiers(ordered, normaliser)
    fresh = [e for e in joined if not after or e.frame + e.frames > after - slack]
    changes += len(joined) - len(fresh)
    kept: list[TimedText] = []
    floor, allowed = after, slack
    for entry, limit in zip(fresh, _limits(fresh), strict=True):
        start = max(entry.frame, floor)
        floor = _stop(entry, start, limit)
        moved = start - entry.frame > allowed
        changes += moved or floor != entry.frame + entry.frames
        kept.append(replace(entry, frame=start, frames=floor - start))
        allowed = 0
    return Repaired(tuple(kept), changes)


def _limits(entries: Sequence[TimedText]) -> list[int | None]:
    """Return for each entry the start of the next."""
    return [entry.frame for entry in entries[1:]] + [None] * bool(entries)


def _stop(entry: TimedText, start: int, limit: int | None) -> int:
    """Return where an entry ends that may not reach past *limit*."""
    stop = entry.frame + entry.frames
    if limit is not None:
        stop = min(stop, limit)
    return max(stop, start + 1)


def join_modifiers(
    entries: Sequence[TimedText], normaliser: PhonemeNormaliser
) -> list[TimedText]:
    """
    Join entries that are no sounds to the sound they belong to.

    Stress marks attach forward, length and other marks back; spans merge. A
    mark that has no sound beside it stays an entry of its own.

    Args:
        entries: Entries in the order of their times.
        normaliser: Tells what each entry is; it isn't changed.
    """
    joined: list[TimedText] = []
    stress: TimedText | None = None
    for entry in entries:
        role = normaliser.role(entry.text)
        if role == "stress":
            joined += [stress] if stress else []
            stress = entry
        elif role == "sound" and stress:
            joined.append(_merge(stress, entry))
            stress = None
        elif role == "modifier" and _is_sound(joined, normaliser) and not stress:
            joined[-1] = _merge(joined[-1], entry)
        else:
            joined += [stress, entry] if stress else [entry]
            stress = None
    return joined + ([stress] if stress else [])


def _is_sound(joined: Sequence[TimedText], normaliser: PhonemeNormaliser) -> bool:
    return bool(joined) and normaliser.role(joined[-1].text) == "sound"


def _merge(first: TimedText, second: TimedText) -> TimedText:
    """Make one entry of two that follow one another."""
    stop = max(first.frame + first.frames, second.frame + second.frames)
    return replace(first, text=first.text + second.text, frames=stop - first.frame)
