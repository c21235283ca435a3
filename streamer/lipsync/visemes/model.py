"""What a viseme set is: shapes, and the sounds that they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from streamer.lipsync.symbols import SYMBOLS

__all__ = ["Row", "Shape", "VisemeSet", "main_shape"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape, and how fully it is formed."""

    viseme: str
    """Its name in its set."""
    weight: float = 1.0
    """How fully it is formed, in (0.0, 1.0]."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a set's table: how one sound is shown."""

    sound: str
    """A base symbol, or several: a diphthong, an affricate."""
    shapes: tuple[str, ...]
    """What shows it, one after another; at least one."""
    weight: float
    """How fully the shape is formed, in (0.0, 1.0]."""
    choices: tuple[str, ...]
    """Shapes that may show it, the preferred one first; at least one."""
    example: str
    """A word that has it; English where no language is named."""
    published: bool
    """Whether the set's publisher says so; else it is placed by its class."""


def _none() -> Mapping[str, Row]:
    return MappingProxyType({})


def _no_tweens() -> Mapping[tuple[str, str], str]:
    return MappingProxyType({})


def _no_names() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class VisemeSet:
    """
    A published set of mouth shapes, for one language.

    Sets are compared by identity: each is read once.
    """

    name: str
    """What clients ask for, as in ``visemes=oculus``."""
    names: tuple[str, ...]
    """Its shapes, in their published order."""
    table: Mapping[str, str]
    """Base symbol to shape, for every base symbol."""
    neutral: str
    """The shape of silence."""
    flat: bool = False
    """Whether its shapes are drawings, which are held longer than 3-D ones."""
    language: str = ""
    """The tag of the language whose table this is; empty for the set's own."""
    rows: Mapping[str, Row] = field(default_factory=_none)
    """Every line of the table by its sound; sounds of several symbols too."""
    sounds: Mapping[str, str] = field(default_factory=_no_names)
    """Shape to the sound that stands for it in other sets; empty for neutral."""
    aliases: Mapping[str, str] = field(default_factory=_no_names)
    """Other names under which shapes arrive, to their own."""
    tweens: Mapping[tuple[str, str], str] = field(default_factory=_no_tweens)
    """A shape and the one that follows it, to what is shown between them."""

    def viseme(self, symbol: str) -> str:
        """
        Return the shape that shows a base symbol.

        Raises:
            KeyError: If *symbol* is not a base symbol; the normaliser gives
                no other.
        """
        return self.table[symbol]

    def weight(self, symbol: str) -> float:
        """Return how fully a sound's shape is formed, in (0.0, 1.0]."""
        row = self.rows.get(symbol)
        return row.weight if row else 1.0

    def choices(self, symbol: str) -> tuple[str, ...]:
        """
        Return the shapes that may show a base symbol, the preferred one first.

        Raises:
            KeyError: If *symbol* is not a base symbol.
        """
        row = self.rows.get(symbol)
        return row.choices if row else (self.table[symbol],)

    def sequence(self, sound: str) -> tuple[str, ...]:
        """
        Return the shapes that show a sound, one after another.

        A sound of several symbols is looked up whole, then by its longest
        parts that the table knows; equal neighbours are one shape.

        Args:
            sound: Base symbols without a separator, like ``tʃ`` or ``aɪɹ``.

        Raises:
            KeyError: If a symbol is not a base symbol.
        """
        if sound in self.rows:
            return self.rows[sound].shapes
        shapes: list[str] = []
        while sound:
            part = self._longest_part(sound)
            row = self.rows.get(part)
            for shape in row.shapes if row else (self.table[part],):
                if shapes[-1:] != [shape]:
                    shapes.append(shape)
            sound = sound[len(part) :]
        return tuple(shapes)

    def members(self, viseme: str) -> tuple[str, ...]:
        """Return the base symbols that a shape shows, in the table's order."""
        return tuple(symbol for symbol, shape in self.table.items() if shape == viseme)

    def _longest_part(self, sound: str) -> str:
        """Return the longest beginning of *sound* that has a row, or one symbol."""
        for stop in range(len(sound), 1, -1):
            if sound[:stop] in self.rows:
                return sound[:stop]
        return sound[0]


def main_shape(sound: str, shapes: tuple[str, ...]) -> str:
    """
    Return the one of several shapes that shows a sound best.

    It is the one named most often. Among equals a diphthong's is the first,
    as it dwells on its first vowel; what begins with a consonant dwells on
    what follows it.
    """
    (most, times), *others = Counter(shapes).most_common()
    if others and others[0][1] == times and SYMBOLS[sound[0]].kind != "vowel":
        return shapes[-1]
    return most
