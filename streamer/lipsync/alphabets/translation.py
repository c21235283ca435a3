"""How tokens of any alphabet become IPA."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from streamer.lipsync.nearest import nearest_symbol

__all__ = ["Greedy", "Translation", "translate_names"]


@dataclass(frozen=True, slots=True)
class Translation:
    """One token in IPA."""

    text: str
    """IPA; empty for silence."""
    unknown: tuple[str, ...] = ()
    """Symbols in no table; the nearest base symbol stands in their place."""


class Greedy:
    """
    Translates tokens whose symbols follow one another without a separator.

    At each place the longest symbol of the table is taken. Characters outside
    ASCII are IPA already; other characters that are in no table are unknown.

    Args:
        table: Symbol to IPA; an empty one sounds nothing.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table
        names = sorted(map(re.escape, table), key=len, reverse=True)
        self._symbols = re.compile("|".join([*names, "."]), re.DOTALL)

    def __call__(self, token: str) -> Translation:
        """Translate one token."""
        parts: list[str] = []
        unknown: list[str] = []
        for symbol in self._symbols.findall(token):
            if symbol in self._table:
                parts.append(self._table[symbol])
            elif symbol.isascii() and symbol.isalnum():
                unknown.append(symbol)
                parts.append(nearest_symbol(symbol))
            elif not symbol.isascii():
                parts.append(symbol)
        return Translation("".join(parts), tuple(unknown))

    def knows(self, token: str) -> bool:
        """Whether every character of a token belongs to a symbol of the table."""
        return all(symbol in self._table for symbol in self._symbols.findall(token))


def translate_names(names: list[str], table: Mapping[str, str]) -> Translation:
    """
    Translate names that were told apart already.

    What is not ASCII is IPA already; another unknown name sounds like its
    first letter.

    Args:
        names: Symbols of the table, or not.
        table: Name to IPA.
    """
    unknown = [n for n in names if n not in table and n.isascii() and n[:1].isalnum()]
    parts = [
        nearest_symbol(name[0])
        if name in unknown
        else table.get(name, "" if name.isascii() else name)
        for name in names
    ]
    return Translation("".join(parts), tuple(unknown))
