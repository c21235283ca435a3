"""What a rig says: for each of its channels, a sum of what the mouth does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from streamer.lipsync.pose import CHANNELS

__all__ = ["INPUTS", "Channel", "Factor", "Table", "Term", "find_cycle", "plain"]

INPUTS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(CHANNELS, (0.0, 1.0)),
    "width": (-1.0, 1.0),
    "spread": (0.0, 1.0),
    "narrow": (0.0, 1.0),
}
"""
What the mouth does, and its range: the articulation channels, and the halves
of ``width``: ``spread`` above 0, and ``narrow`` below 0 without its sign.
"""


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that is multiplied in a term."""

    name: str
    """An input; or else a channel of the rig."""
    inverted: bool
    """True: 1 minus its value; its range is within 0 and 1."""


@dataclass(frozen=True, slots=True)
class Term:
    """One weighted product in a channel's sum."""

    weight: float
    """Negative where the table has it under ``minus``."""
    factors: tuple[Factor, ...]
    """What is multiplied; at least one."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A sum of products, kept within a range."""

    terms: tuple[Term, ...] = ()
    """What is summed; none: the channel stays at its offset."""
    offset: float = 0.0
    """Added to the sum."""
    low: float = 0.0
    """The least it can be."""
    high: float = 1.0
    """The most it can be."""

    def names(self) -> Iterator[str]:
        """Yield the names of all its factors."""
        return (factor.name for term in self.terms for factor in term.factors)


@dataclass(frozen=True, slots=True)
class Table:
    """A whole rig, with everything that it takes from others."""

    name: str
    """What the rig is called."""
    channels: Mapping[str, Channel]
    """Each channel that is sent or used; a channel used only by others too."""
    send: tuple[str, ...]
    """The channels that go out, in their order."""
    remainder: str | None = None
    """The channel that takes what the others leave of 1, or None."""


def find_cycle(channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """Return channels each of which uses the next, the last one the first; or none."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, channel in channels.items():
        sorter.add(name, *(used for used in channel.names() if used not in INPUTS))
    try:
        sorter.prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def plain(name: str) -> str:
    """Return a channel's *name* as its author wrote it."""
    return name.rstrip("\n")
