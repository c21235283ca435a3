"""
A viseme set as a table of text.

.. code-block:: text

    # a comment
    @set      NAME
    @neutral  SHAPE
    @flat     yes | no
    @shape    SHAPE  SOUND | -       in their order; the sound stands for it elsewhere
    @alias    NAME   SHAPE           another name under which it arrives
    @tween    FROM   TO  SHAPE       what lies between two shapes, where there is room
    IPA       SHAPE  EXAMPLE  published | class
    @language TAG                    the lines below hold for one language

Columns are separated by tabs. A line's shape may have its weight behind it
(``ih:0.4``), be several that follow one another (``19 16``), or be followed by
others that may take its place (``B/F``; ``B/*`` is any).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn

from streamer.lipsync.symbols import SYMBOLS
from streamer.lipsync.visemes.lines import Line, fail, read_lines
from streamer.lipsync.visemes.model import Row, Shape, VisemeSet, main_shape

__all__ = ["parse_set", "parse_shape"]

_ANY = "*"
_NO_SOUND = "-"
_ORIGINS = {"published": True, "class": False}
_ANSWERS = {"yes": True, "no": False}
_MARKS = frozenset(".\N{COMBINING BRIDGE BELOW}")
"""What beside base symbols a sound may be written with: apical vowels."""
_COLUMNS = {"@set": 2, "@neutral": 2, "@flat": 2, "@shape": 3, "@alias": 3,
            "@tween": 4, "@language": 2}  # fmt: skip


def parse_set(text: str, file: str) -> dict[str, VisemeSet]:
    """
    Read a set's table.

    Args:
        text: The table.
        file: What errors call it.

    Returns:
        The set under ``""``, and under each language's tag in lower case the
        set with that language's lines laid over its own.

    Raises:
        UsageError: If the table is broken; names file, line and remedy.
    """
    reader = _Reader(file)
    for line in read_lines(text):
        reader.read(line)
    return reader.finish()


def parse_shape(cell: str) -> Shape | None:
    """Read a shape with its weight behind it, or tell by None that it is none."""
    viseme, colon, number = cell.rpartition(":")
    if not colon:
        return Shape(cell)
    try:
        weight = float(number)
    except ValueError:
        return None
    return Shape(viseme, weight) if 0.0 < weight <= 1.0 else None


@dataclass(slots=True)
class _Reader:
    """A table while its lines are read."""

    file: str
    number: int = 0
    said: dict[str, str] = field(default_factory=dict)
    """What was said once, like ``@set``."""
    shapes: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Shape to the sound that stands for it, and the line that says so."""
    aliases: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Alias to its shape, and the line that says so."""
    tweens: dict[tuple[str, str], str] = field(default_factory=dict)
    """Two shapes that follow one another, to the one between."""
    sections: dict[str, dict[str, Row]] = field(default_factory=lambda: {"": {}})
    """Rows by sound, by language."""
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    """Where each sound of each language stands."""

    def read(self, line: Line) -> None:
        """Take the next line."""
        self.number, columns = line
        keyword = columns[0]
        if not keyword.startswith("@"):
            self._row(columns)
            return
        if keyword not in _COLUMNS:
            known = ", ".join(_COLUMNS)
            self._fail(f"{keyword!r} is no instruction", f"use one of {known}")
        if len(columns) != _COLUMNS[keyword]:
            self._columns(len(columns), _COLUMNS[keyword])
        if keyword == "@shape":
            self._shape(columns[1], columns[2])
        elif keyword == "@alias":
            self._alias(columns[1], columns[2])
        elif keyword == "@tween":
            self._tween(*columns[1:])
        elif keyword == "@language":
            self._language(columns[1].lower())
        else:
            self._say(keyword, columns[1])

    def finish(self) -> dict[str, VisemeSet]:
        """Check what only the whole table shows, and make the sets."""
        for keyword in ("@set", "@neutral", "@flat"):
            if keyword not in self.said:
                self._fail(f"{keyword} is missing", "say it above the sounds")
        if self.said["@neutral"] not in self.shapes:
            self._unknown_shape(self.said["@neutral"])
        missing = [symbol for symbol in SYMBOLS if symbol not in self.sections[""]]
        if missing:
            what = " ".join(missing)
            self._fail(f"there is no shape for {what}", "add a line for each")
        sets = {language: self._make(language) for language in self.sections}
        self._check_shapes(sets[""])
        return sets

    def _say(self, keyword: str, value: str) -> None:
        if keyword in self.said:
            self._fail(f"{keyword} is said a second time", "keep one of them")
        if keyword == "@flat" and value not in _ANSWERS:
            self._fail(f"@flat is {value!r}", "say yes or no")
        self.said[keyword] = value

    def _shape(self, viseme: str, sound: str) -> None:
        if viseme in self.shapes:
            before = self.shapes[viseme][1]
            self._fail(f"shape {viseme!r} is in line {before} too", "keep one of them")
        self.shapes[viseme] = ("" if sound == _NO_SOUND else sound, self.number)

    def _alias(self, alias: str, viseme: str) -> None:
        self._known(viseme)
        if alias in self.shapes:
            self._fail(f"{alias!r} is a shape itself", "drop the alias")
        self.aliases[alias] = (viseme, self.number)

    def _tween(self, first: str, second: str, between: str) -> None:
        for viseme in (first, second, between):
            self._known(viseme)
        if len({first, second, between}) < 3:
            problem = f"{between!r} is not between {first!r} and {second!r}"
            self._fail(problem, "name three shapes")
        if (first, second) in self.tweens:
            problem = f"{first!r} to {second!r} has a shape between already"
            self._fail(problem, "keep one of them")
        self.tweens[first, second] = between

    def _language(self, tag: str) -> None:
        if tag in self.sections:
            self._fail(f"language {tag!r} begins a second time", "join the two parts")
        self.sections[tag] = {}

    def _row(self, columns: list[str]) -> None:
        if len(columns) != 4:
            self._columns(len(columns), 4)
        sound, cell, example, origin = columns
        self._check_sound(sound)
        if origin not in _ORIGINS:
            self._fail(f"the last column is {origin!r}", "say published or class")
        if not example:
            self._fail(f"{sound!r} has no example", "name a word that has it")
        shapes, weight, choices = self._cell(cell)
        published = _ORIGINS[origin]
        section = [*self.sections][-1]
        self.sections[section][sound] = Row(
            sound, shapes, weight, choices, example, published
        )
        self.lines[section, sound] = self.number

    def _check_sound(self, sound: str) -> None:
        section = [*self.sections][-1]
        if (section, sound) in self.lines:
            before = self.lines[section, sound]
            self._fail(f"{sound!r} is in line {before} too", "keep one of them")
        strange = [char for char in sound if char not in SYMBOLS and char not in _MARKS]
        if strange or sound[:1] not in SYMBOLS:
            what = strange[0] if strange else sound[:1]
            remedy = "write the sound in base symbols of IPA"
            self._fail(f"{what!r} in {sound!r} is no base symbol", remedy)

    def _cell(self, cell: str) -> tuple[tuple[str, ...], float, tuple[str, ...]]:
        """Read shapes, their weight, and what may take their place."""
        if " " in cell:
            shapes = tuple(cell.split())
            for viseme in shapes:
                self._known(viseme)
            return shapes, 1.0, shapes[:1]
        first, *others = cell.split("/")
        shape = parse_shape(first)
        if shape is None:
            self._fail(f"the weight of {first!r} is none", "give one in (0, 1]")
        if others == [_ANY]:
            others = [viseme for viseme in self.shapes if viseme != shape.viseme]
        for viseme in (shape.viseme, *others):
            self._known(viseme)
        return (shape.viseme,), shape.weight, (shape.viseme, *others)

    def _make(self, language: str) -> VisemeSet:
        """Make the set of one language."""
        rows = self.sections[""] | self.sections[language]
        table = {symbol: main_shape(symbol, rows[symbol].shapes) for symbol in SYMBOLS}
        return VisemeSet(
            name=self.said["@set"],
            names=tuple(self.shapes),
            table=MappingProxyType(table),
            neutral=self.said["@neutral"],
            flat=_ANSWERS[self.said["@flat"]],
            language=language,
            rows=MappingProxyType(rows),
            sounds=MappingProxyType({v: s for v, (s, _line) in self.shapes.items()}),
            aliases=MappingProxyType({a: v for a, (v, _line) in self.aliases.items()}),
            tweens=MappingProxyType(self.tweens),
        )

    def _check_shapes(self, made: VisemeSet) -> None:
        """See that the sound which stands for a shape is shown by it."""
        for viseme, (sound, number) in self.shapes.items():
            self.number = number
            if (viseme == made.neutral) != (not sound):
                remedy = "give every shape but the neutral one a sound"
                self._fail(f"shape {viseme!r} stands for {sound or 'nothing'}", remedy)
            if not set(sound) <= set(SYMBOLS):
                remedy = "write the sound in base symbols of IPA"
                self._fail(f"{sound!r} is no sound", remedy)
            if sound and main_shape(sound, made.sequence(sound)) != viseme:
                remedy = f"name a sound that {viseme!r} shows"
                self._fail(f"{viseme!r} does not show {sound!r}", remedy)

    def _known(self, viseme: str) -> None:
        if viseme not in self.shapes:
            self._unknown_shape(viseme)

    def _unknown_shape(self, viseme: str) -> NoReturn:
        there = " ".join(self.shapes)
        problem = f"{viseme!r} is no shape of this set, which has: {there or 'none'}"
        self._fail(problem, "name one of them, or add its @shape line above")

    def _columns(self, found: int, wanted: int) -> NoReturn:
        problem = f"there are {found} columns where {wanted} belong"
        self._fail(problem, "separate them by tabs")

    def _fail(self, problem: str, remedy: str) -> NoReturn:
        fail(self.file, self.number, problem, remedy)
