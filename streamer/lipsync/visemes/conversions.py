"""
From one set's shapes to another's, where only visemes come in.

Where a table is published it is taken as it is (``tables/conversions.tsv``).
Between all other sets a shape goes the way of the sound that stands for it. A
shape stands for many sounds, so something is always lost: phonemes are better
wherever they can be had.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from streamer.errors import UsageError
from streamer.lipsync.visemes.lines import Line, fail, read_lines
from streamer.lipsync.visemes.model import Shape, VisemeSet, main_shape
from streamer.lipsync.visemes.sets import find_set, read_table
from streamer.lipsync.visemes.table import parse_shape

__all__ = ["conversion", "convert", "groups", "parse_conversions", "round_trip"]

_FILE = "conversions.tsv"
_Pair = tuple[str, str]
_Table = dict[str, Shape]


def convert(viseme: str, source: str, target: str) -> str:
    """
    Return the shape of one set that shows best what another set's shows.

    Args:
        viseme: A shape of *source*, or another name under which it arrives.
        source: A set's name.
        target: A set's name.

    Raises:
        UsageError: If there is no such set or shape.
    """
    shapes = find_set(source)
    known = shapes.aliases.get(viseme, viseme)
    if known not in shapes.names:
        there = " ".join(shapes.names)
        raise UsageError(f"{source} has no shape {viseme!r}; it has: {there}")
    return conversion(source, target)[known].viseme


@cache
def conversion(source: str, target: str) -> Mapping[str, Shape]:
    """
    Return the whole table from one set to another.

    Returns:
        Every shape of *source*, in its order, to the shape of *target* that
        shows it, with its weight.

    Raises:
        UsageError: If there is no such set.
    """
    from_set, to_set = find_set(source), find_set(target)
    published = _published().get((source, target))
    if published is None:
        published = {name: _by_sound(name, from_set, to_set) for name in from_set.names}
    return MappingProxyType({name: published[name] for name in from_set.names})


def groups(source: str, target: str) -> Mapping[str, tuple[str, ...]]:
    """
    Return which shapes of *source* become each shape of *target*.

    ``groups("arpabet", "rhubarb")`` are the ARPAbet groups of Rhubarb's
    shapes; a shape that nothing becomes has none.
    """
    table = conversion(source, target)
    return {
        name: tuple(shape for shape, to in table.items() if to.viseme == name)
        for name in find_set(target).names
    }


def round_trip(source: str, via: str) -> Mapping[str, str]:
    """Return what each shape of *source* is after a way to *via* and back."""
    there, back = conversion(source, via), conversion(via, source)
    return {name: back[shape.viseme].viseme for name, shape in there.items()}


def parse_conversions(text: str, file: str) -> dict[_Pair, _Table]:
    """
    Read tables of conversions.

    Returns:
        Shape to shape, by source and target; each table is complete.

    Raises:
        UsageError: If a table is broken; names file, line and remedy.
    """
    tables: dict[_Pair, _Table] = {}
    begins: dict[_Pair, int] = {}
    for number, columns in read_lines(text):
        if columns[0] == "@convert":
            pair = _read_pair((number, columns), file)
            if pair in tables:
                both = " to ".join(pair)
                fail(file, number, f"{both} begins a second time", "join the two parts")
            tables[pair] = {}
            begins[pair] = number
        elif not tables:
            fail(file, number, "no @convert stands above", "say which sets these are")
        else:
            pair = [*tables][-1]
            _read_shapes((number, columns), file, pair, tables[pair])
    for pair, table in tables.items():
        missing = [name for name in find_set(pair[0]).names if name not in table]
        if missing:
            what = f"{' to '.join(pair)} lacks {' '.join(missing)}"
            fail(file, begins[pair], what, "add a line for each")
    return tables


def _read_pair(line: Line, file: str) -> _Pair:
    """Read which sets a table is between."""
    number, columns = line
    if len(columns) != 3:
        fail(file, number, "@convert names two sets", "name both, after tabs")
    _keyword, source, target = columns
    try:
        find_set(source)
        find_set(target)
    except UsageError as error:
        raise UsageError(f"{file}, line {number}: {error}") from error
    return source, target


def _read_shapes(line: Line, file: str, pair: _Pair, table: _Table) -> None:
    """Read which shape becomes which."""
    number, columns = line
    if len(columns) != 2:
        problem = f"there are {len(columns)} columns where 2 belong"
        fail(file, number, problem, "separate them by tabs")
    name, cell = columns
    if name in table:
        fail(file, number, f"{name!r} has a line already", "keep one of them")
    shape = parse_shape(cell)
    if shape is None:
        fail(file, number, f"the weight of {cell!r} is none", "give one in (0, 1]")
    for viseme, owner in ((name, pair[0]), (shape.viseme, pair[1])):
        names = find_set(owner).names
        if viseme not in names:
            what = f"{viseme!r} is no shape of {owner}, which has: {' '.join(names)}"
            fail(file, number, what, "name one of them")
    table[name] = shape


def _by_sound(viseme: str, source: VisemeSet, target: VisemeSet) -> Shape:
    """Convert a shape by way of the sound that stands for it."""
    if source.name == target.name:
        return Shape(viseme)
    sound = source.sounds[viseme]
    if not sound:
        return Shape(target.neutral)
    return Shape(main_shape(sound, target.sequence(sound)), target.weight(sound))


@cache
def _published() -> dict[_Pair, _Table]:
    """Read the published tables once."""
    return parse_conversions(read_table(_FILE), _FILE)
