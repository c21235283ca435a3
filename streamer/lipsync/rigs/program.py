"""A table becomes a few matrix products over all frames at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from streamer.lipsync.pose import CHANNELS
from streamer.lipsync.rigs.table import INPUTS, Channel, Factor, Table

__all__ = ["Float32", "Program"]

Float32 = NDArray[np.float32]

_LOW = np.array([[INPUTS[name][0]] for name in CHANNELS], np.float32)
_HIGH = np.array([[INPUTS[name][1]] for name in CHANNELS], np.float32)
_ONE = 0
"""Row that is 1 in every frame; its complement is 0."""
_FIRST = 1
"""Row of the first articulation channel."""
_WIDTH = _FIRST + CHANNELS.index("width")
_SPREAD = _FIRST + len(CHANNELS)
_NARROW = _SPREAD + 1
_INPUT_ROWS = {
    **{name: _FIRST + column for column, name in enumerate(CHANNELS)},
    "spread": _SPREAD,
    "narrow": _NARROW,
}
_INPUT_COUNT = 1 + len(_INPUT_ROWS)

_Product = tuple[tuple[int, bool], ...]
"""What is multiplied: rows, and whether of each its complement is meant."""
_Sum = tuple[tuple[tuple[_Product, float], ...], float, float]
"""Weighted products, and the range: equal sums are computed once."""


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """Sums that need only inputs and the levels before."""

    start: int
    """Row of the first sum."""
    stop: int
    """Row behind the last one."""
    factors: NDArray[np.intp]
    """Shape (most factors of a product, products): rows, filled with ones."""
    weights: Float32
    """Shape (sums, products)."""
    low: Float32
    """Shape (sums, 1)."""
    high: Float32
    """Shape (sums, 1)."""


class Program:
    """
    The arithmetic of a table.

    All values stand in one array: a row a value, a column a frame. Row *r*
    of its second half is 1 minus row *r* of the first. Sums are made level by
    level; what no channel that is sent uses is left out, and channels with
    the same sum share a row, so that left and right are equal to the last bit.

    Args:
        table: Without cycles.
    """

    def __init__(self, table: Table) -> None:
        sums = _Sums(table)
        self._count = sums.count
        self._levels = [*sums.levels()]
        self._rows = np.array([sums.rows[name] for name in table.send], np.intp)

    def run(self, track: Float32) -> Float32:
        """
        Compute the channels that are sent.

        Args:
            track: Shape (frames, 7), finite; brought into the range of each
                articulation channel first. It is not changed.

        Returns:
            Shape (frames, channels), C-contiguous, new memory.
        """
        half = self._count
        values = np.empty((2 * half, len(track)), np.float32)
        values[_ONE] = 1.0
        np.clip(track.T, _LOW, _HIGH, out=values[_FIRST:_SPREAD])
        np.maximum(values[_WIDTH], 0.0, out=values[_SPREAD])
        np.subtract(values[_SPREAD], values[_WIDTH], out=values[_NARROW])
        np.subtract(1.0, values[:_INPUT_COUNT], out=values[half : half + _INPUT_COUNT])
        for level in self._levels:
            products = values[level.factors[0]]
            for rows in level.factors[1:]:
                products *= values[rows]
            sums = values[level.start : level.stop]
            np.matmul(level.weights, products, out=sums)
            np.clip(sums, level.low, level.high, out=sums)
            np.subtract(1.0, sums, out=values[half + level.start : half + level.stop])
        return np.ascontiguousarray(values[self._rows].T)


class _Sums:
    """Gives every value that is needed a row."""

    def __init__(self, table: Table) -> None:
        self.rows: dict[str, int] = dict(_INPUT_ROWS)
        self.count = _INPUT_COUNT
        self._by_level: list[list[_Sum]] = []
        known: dict[_Sum, int] = {}
        for names in _ranks(table):
            fresh: list[_Sum] = []
            for name in names:
                channel = table.channels[name]
                row = self._same(channel, table.channels)
                total = self._sum(channel)
                if row is None and total not in known:
                    known[total] = self.count
                    fresh.append(total)
                    self.count += 1
                self.rows[name] = known[total] if row is None else row
            self._by_level.append(fresh)

    def levels(self) -> Iterator[_Level]:
        """Yield the levels in the order in which they can be computed."""
        start = _INPUT_COUNT
        for sums in self._by_level:
            if sums:
                yield self._level(start, sums)
                start += len(sums)

    def _same(self, channel: Channel, channels: Mapping[str, Channel]) -> int | None:
        """Return the row of what *channel* only passes on, if it is such a one."""
        if channel.offset or len(channel.terms) != 1:
            return None
        term = channel.terms[0]
        if term.weight != 1.0 or len(term.factors) != 1 or term.factors[0].inverted:
            return None
        name = term.factors[0].name
        if name in INPUTS:
            low, high = INPUTS[name]
        else:
            low, high = channels[name].low, channels[name].high
        inside = channel.low <= low and high <= channel.high
        return self.rows[name] if inside else None

    def _sum(self, channel: Channel) -> _Sum:
        weights: dict[_Product, float] = {}
        if channel.offset or not channel.terms:
            weights[((_ONE, False),)] = channel.offset
        for term in channel.terms:
            product = tuple(sorted(self._factor(factor) for factor in term.factors))
            weights[product] = weights.get(product, 0.0) + term.weight
        return tuple(sorted(weights.items())), channel.low, channel.high

    def _factor(self, factor: Factor) -> tuple[int, bool]:
        return self.rows[factor.name], factor.inverted

    def _level(self, start: int, sums: Sequence[_Sum]) -> _Level:
        products = sorted({product for terms, _, _ in sums for product, _ in terms})
        longest = max(map(len, products))
        factors = np.full((longest, len(products)), _ONE, np.intp)
        weights = np.zeros((len(sums), len(products)), np.float32)
        for column, product in enumerate(products):
            for place, (row, inverted) in enumerate(product):
                factors[place, column] = row + inverted * self.count
        for row, (terms, _, _) in enumerate(sums):
            for product, weight in terms:
                weights[row, products.index(product)] = weight
        low = np.array([[low] for _, low, _ in sums], np.float32)
        high = np.array([[high] for _, _, high in sums], np.float32)
        return _Level(start, start + len(sums), factors, weights, low, high)


def _ranks(table: Table) -> list[list[str]]:
    """Return the channels that are needed, each behind those that it uses."""
    needed: dict[str, list[str]] = {}
    asked = [*table.send]
    while asked:
        name = asked.pop()
        if name not in needed:
            used = table.channels[name].names()
            needed[name] = [other for other in used if other not in INPUTS]
            asked += needed[name]
    sorter = TopologicalSorter(needed)
    sorter.prepare()
    ranks = []
    while sorter.is_active():
        ranks.append(sorted(sorter.get_ready()))
        sorter.done(*ranks[-1])
    return ranks
