"""
What a mouth does, written down: in formats of our own, and in published ones.

A format is a function from a :class:`Score` to a text, and what it can hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from streamer.errors import UsageError
from streamer.lipsync.formats.listing import (
    write_csv,
    write_json,
    write_jsonl,
    write_tsv,
)
from streamer.lipsync.formats.published import (
    write_azure,
    write_polly,
    write_rhubarb,
    write_srt,
)
from streamer.lipsync.formats.score import Frames, Score

__all__ = ["FORMATS", "Format", "Frames", "Score", "find_format"]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a score."""

    name: str
    """What it is asked for by."""
    ending: str
    """How its files' names end."""
    write: Callable[[Score], str]
    """Returns the whole file; lines end with a line feed."""
    visemes: str | None = None
    """The only set it is written in; None: any."""
    rigs: tuple[str, ...] | None = None
    """The rigs it can hold the frames of; None: any."""

    def check(self, visemes: str | None, rig: str | None) -> None:
        """
        See that it can hold what is asked for.

        Args:
            visemes: The name of a set; None where none was asked for.
            rig: The name of a rig, likewise.

        Raises:
            UsageError: If not.
        """
        if visemes is not None and self.visemes not in {None, visemes}:
            raise UsageError(
                f"the format {self.name} is written in the shapes of {self.visemes}, "
                f"not of {visemes}; leave the set out or take another format"
            )
        if rig is None or self.rigs is None or rig in self.rigs:
            return
        what = f"only the rig {', '.join(self.rigs)}" if self.rigs else "no rig"
        raise UsageError(
            f"the format {self.name} can hold {what}; "
            "take json, jsonl, csv or tsv for that"
        )


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        format.name: format
        for format in (
            Format("json", ".json", write_json),
            Format("jsonl", ".jsonl", write_jsonl),
            Format("tsv", ".tsv", write_tsv),
            Format("rhubarb-json", ".rhubarb.json", write_rhubarb, "rhubarb", ()),
            Format("polly", ".marks", write_polly, "polly", ()),
            Format("azure", ".azure.json", write_azure, "azure", ("arkit-55",)),
            Format("csv", ".csv", write_csv),
            Format("srt", ".srt", write_srt, rigs=()),
        )
    }
)
"""Every format by its name."""


def find_format(name: str) -> Format:
    """
    Return the format called *name*.

    Raises:
        UsageError: If there is none; names those there are.
    """
    found = FORMATS.get(name)
    if found is None:
        there = ", ".join(FORMATS)
        raise UsageError(f"there is no format {name!r}; choose one of: {there}")
    return found
