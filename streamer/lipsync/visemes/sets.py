"""The sets that come with streamer, each read when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from streamer.errors import UsageError
from streamer.lipsync.visemes.model import VisemeSet
from streamer.lipsync.visemes.table import parse_set

__all__ = ["NAMES", "SETS", "find_set", "read_table"]

NAMES = (
    *("oculus", "azure", "polly", "rhubarb", "preston-blair"),
    *("vrm", "vrm0", "cc4", "arpabet"),
)
"""The sets' names."""

_TABLES = "streamer.lipsync.visemes"
_SAME = {"cmn": "zh"}
"""Languages that stand under another tag in the tables."""


def find_set(name: str, language: str = "en") -> VisemeSet:
    """
    Return a set, with the table of a language where it has one.

    Args:
        name: One of :data:`NAMES`.
        language: A tag like ``de``, ``pt-BR`` or ``cmn``. A language without
            a table of its own has the set's.

    Raises:
        UsageError: If there is no such set.
    """
    sets = _read_set(name)
    tag = language.lower().replace("_", "-")
    primary = tag.partition("-")[0]
    for key in (tag, _SAME.get(primary, primary)):
        if key in sets:
            return sets[key]
    return sets[""]


class _Sets(Mapping[str, VisemeSet]):
    """Sets by name; a set is read when it is looked up."""

    def __getitem__(self, name: str) -> VisemeSet:
        if name not in NAMES:
            raise KeyError(name)
        return find_set(name)

    def __contains__(self, name: object) -> bool:
        return name in NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


SETS: Mapping[str, VisemeSet] = _Sets()
"""Every set by its name; reads none before it is looked up."""


def read_table(name: str) -> str:
    """Return the text of a packaged table."""
    return files(_TABLES).joinpath("tables", name).read_text("utf-8")


@cache
def _read_set(name: str) -> dict[str, VisemeSet]:
    """Read a set once, with all its languages."""
    if name not in NAMES:
        there = ", ".join(NAMES)
        raise UsageError(f"there is no viseme set {name!r}; choose one of: {there}")
    file = f"{name}.tsv"
    return parse_set(read_table(file), file)
