"""Times as voices give them become times that follow one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import groupby, pairwise

from streamer.audio.format import TimedText
from streamer.lipsync.phonemes import PhonemeNormaliser

__all__ = [
    "MendedText",
    "Place",
    "Placed",
    "RepairLog",
    "Repaired",
    "Repairs",
    "counted",
    "cut_at",
    "join_modifiers",
    "place",
    "repair",
    "unordered",
]

_LONGEST_SWITCH = 12
"""Entries that ``(cmn-latn)`` may be split into, one a character."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """What was wrong with a voice's times, and how often; all counts."""

    unordered: int = 0
    """Entries that started before the one before them; they were sorted."""
    overlapping: int = 0
    """Entries that reached into the next one; they were cut at its start."""
    crowded: int = 0
    """Entries that shared their start with another; they were moved apart."""
    empty: int = 0
    """Entries without a length, or with too short a one for their sounds."""
    negative: int = 0
    """Entries that started before the beginning; they were clipped."""
    late: int = 0
    """Entries for a time that was told already; they were clipped or dropped."""
    repeated: int = 0
    """Entries that were told already, as a growing snapshot does; dropped."""
    gaps: int = 0
    """Holes between entries that were filled with silence."""
    bridged: int = 0
    """Holes too short for silence; the entry before was held through them."""
    stray: int = 0
    """Marks of length or stress without a sound that they could belong to."""
    unequal: int = 0
    """Texts without a time, or times without a text: arrays of unequal length."""
    non_finite: int = 0
    """Times that were no numbers; they were put between their neighbours."""
    backwards: int = 0
    """Entries that ended before they started; they end where the next starts."""
    milliseconds: int = 0
    """Entries whose times were milliseconds where seconds are documented."""
    relative: int = 0
    """Messages whose times began again at 0; they were moved to their place."""
    beyond: int = 0
    """Entries that reached beyond the end of the audio; they were cut or dropped."""
    long: int = 0
    """Labels of which only the beginning was read."""

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_name().values())

    def by_name(self) -> dict[str, int]:
        """Return the counts that are not 0, by their names."""
        counts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: count for name, count in counts.items() if count}

    def __add__(self, other: Repairs) -> Repairs:
        return counted(Counter(self.by_name()) + Counter(other.by_name()))


def counted(counts: Mapping[str, int]) -> Repairs:
    """Return the repairs that were counted under their names."""
    return Repairs(**counts)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was wrong."""

    frame: int
    """Where the entry starts, as the voice said, in frames."""
    number: int | None = None
    """Which of its kind it is as they came, from 1; None where nobody counted."""
    kind: str = "phoneme"
    """What it is: ``phoneme`` or ``grapheme``."""


class MendedText(list[TimedText]):
    """
    Timed text, and what it took to make it of what a provider sent.

    Args:
        entries: The timed text.
        repairs: What was wrong with its times.
    """

    def __init__(
        self, entries: Iterable[TimedText] = (), repairs: Repairs | None = None
    ) -> None:
        super().__init__(entries)
        self.repairs = repairs or Repairs()
        """What was wrong with its times."""


class RepairLog:
    """Counts an utterance's repairs, and knows where the first of each was."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, Place] = {}

    def add(self, name: str, entry: TimedText, number: int | None = None) -> None:
        """
        Count a repair.

        Args:
            name: Of :class:`Repairs`.
            entry: What was wrong.
            number: Which of its kind it is, from 1, where that is known.
        """
        self._counts[name] += 1
        if name not in self._first:
            self._first[name] = Place(entry.frame, number, entry.kind)

    @property
    def repairs(self) -> Repairs:
        """What was wrong so far."""
        return counted(self._counts)

    @property
    def first(self) -> Mapping[str, Place]:
        """Where each was first met, by its name; a copy."""
        return dict(self._first)


def cut_at(
    entries: Sequence[TimedText], frames: int, log: RepairLog
) -> list[TimedText]:
    """Cut what waits at the end of the sound, once that is known; count what goes."""
    kept: list[TimedText] = []
    for entry in entries:
        if entry.frame >= frames:
            log.add("beyond", entry)
        elif entry.frame + entry.frames > frames:
            kept.append(replace(entry, frames=frames - entry.frame))
        else:
            kept.append(entry)
    return kept


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry in its place."""

    entry: TimedText
    """With the times that it has now; without a length where it had no room at all."""
    repair: str | None
    """The name of what was wrong with it, of :class:`Repairs`; None: nothing."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """Entries that stand in order, and what it took."""

    entries: tuple[TimedText, ...]
    """Sorted, without overlap, each at least one frame long."""
    repairs: Repairs
    """What was wrong with them."""

    @property
    def changes(self) -> int:
        """Entries that were moved, cut, clipped or dropped."""
        return self.repairs.total


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
    counts = Counter(unordered=unordered(written))
    ordered = sorted(written, key=lambda entry: entry.frame)
    joined = join_modifiers(ordered, normaliser)
    fresh = [e for e in joined if not after or e.frame + e.frames > after - slack]
    counts["repeated"] += len(joined) - len(fresh)
    placed = place(fresh, after=after, slack=slack)
    counts.update(item.repair for item in placed if item.repair)
    return Repaired(tuple(item.entry for item in placed), counted(counts))


def unordered(entries: Sequence[TimedText]) -> int:
    """Count the entries that start before the one before them."""
    return sum(second.frame < first.frame for first, second in pairwise(entries))


def place(
    entries: Sequence[TimedText],
    *,
    after: int,
    slack: int = 0,
    before: int | None = None,
    latest: int | None = None,
    normaliser: PhonemeNormaliser | None = None,
) -> list[Placed]:
    """
    Put each entry before the next one, and behind *after*.

    Args:
        entries: Sorted by their start.
        after: Frame before which nothing may start any more.
        slack: Frames that may be taken from the first entry without a word.
        before: Where the entry behind them starts, which is not placed yet.
        latest: Frames behind its own end at which an entry may still begin; what
            would be moved further has no room, and no length. None: any.
        normaliser: Tells how many sounds an entry must have room for, a frame
            each; None: one.
    """
    placed: list[Placed] = []
    floor, allowed = after, slack
    divided = list(_divided(entries))
    starts: list[int | None] = [item.entry.frame for item in divided[1:]]
    limits = starts + [before] * bool(divided)
    for item, limit in zip(divided, limits, strict=True):
        entry = item.entry
        start = max(entry.frame, floor, 0)
        if latest is not None and start - entry.frame - max(entry.frames, 0) > latest:
            placed.append(Placed(replace(entry, frames=0), "crowded"))
            continue
        least = max(normaliser.count(entry.text), 1) if normaliser else 1
        floor = _stop(entry, start, limit, least)
        moved = start - entry.frame > allowed
        name = item.repair or _name(entry, start, floor, moved=moved, after=after)
        placed.append(Placed(replace(entry, frame=start, frames=floor - start), name))
        allowed = 0
    return placed


def _divided(entries: Sequence[TimedText]) -> Iterator[Placed]:
    """Share out a span among the entries that all have it, where it has room."""
    for span, group in groupby(entries, lambda entry: (entry.frame, entry.frames)):
        members = list(group)
        start, frames = span
        count = len(members)
        if count == 1 or frames < count:
            yield from (Placed(member, None) for member in members)
            continue
        for index, member in enumerate(members):
            begin, end = frames * index // count, frames * (index + 1) // count
            part = replace(member, frame=start + begin, frames=end - begin)
            yield Placed(part, "crowded")


def _stop(entry: TimedText, start: int, limit: int | None, least: int) -> int:
    """Return where an entry ends that may not reach past *limit*."""
    stop = entry.frame + entry.frames
    if limit is not None:
        stop = min(stop, limit)
    return max(stop, start + least)


def _name(
    entry: TimedText, start: int, stop: int, *, moved: bool, after: int
) -> str | None:
    """Name what was wrong with an entry that is now from *start* to *stop*."""
    was = entry.frame + entry.frames
    if entry.frame < 0:
        return "negative"
    if moved:
        return "late" if start == after else "crowded"
    if stop > was:
        return "empty"
    return "overlapping" if stop < was else None


def join_modifiers(
    entries: Sequence[TimedText], normaliser: PhonemeNormaliser
) -> list[TimedText]:
    """
    Join entries that are no sounds to the sound they belong to.

    Stress marks attach forward, length and other marks back; spans merge. A
    mark that has no sound beside it stays an entry of its own. A switch of
    language that came one character an entry becomes one entry.

    Args:
        entries: Entries in the order of their times.
        normaliser: Tells what each entry is; it isn't changed.
    """
    joined: list[TimedText] = []
    stress: TimedText | None = None
    for entry in _with_whole_switches(entries, normaliser):
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


def _with_whole_switches(
    entries: Sequence[TimedText], normaliser: PhonemeNormaliser
) -> Iterator[TimedText]:
    """Put ``(``, ``e``, ``n``, ``)`` together; other brackets stay apart."""
    at = 0
    while at < len(entries):
        length = 1
        if entries[at].text == "(":
            texts = [entry.text for entry in entries[at : at + _LONGEST_SWITCH]]
            length = texts.index(")") + 1 if ")" in texts else 1
            if not normaliser.is_switch("".join(texts[:length])):
                length = 1
        whole = entries[at]
        for entry in entries[at + 1 : at + length]:
            whole = _merge(whole, entry)
        yield whole
        at += length


def _is_sound(joined: Sequence[TimedText], normaliser: PhonemeNormaliser) -> bool:
    return bool(joined) and normaliser.role(joined[-1].text) == "sound"


def _merge(first: TimedText, second: TimedText) -> TimedText:
    """Make one entry of two that follow one another."""
    stop = max(first.frame + first.frames, second.frame + second.frames)
    return replace(first, text=first.text + second.text, frames=stop - first.frame)
