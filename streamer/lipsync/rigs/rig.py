"""A rig takes the mouth's samples and gives the weights of an avatar's channels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from streamer.lipsync.pose import CHANNELS
from streamer.lipsync.rigs.program import Float32, Program
from streamer.lipsync.rigs.table import Table

__all__ = ["Rig"]

_STEPS = 2**20
"""
Shares of 1 are whole numbers of these steps, so that float32 adds them up
without rounding, in whatever order: its significand has 24 bits.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """An avatar's mouth: how it shows what the articulation channels say."""

    table: Table
    """Where it was made from."""
    _program: Program = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_program", Program(self.table))

    @property
    def name(self) -> str:
        """What it is called."""
        return self.table.name

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the columns that :meth:`project` gives."""
        return self.table.send

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """The least and the most of each column."""
        found = (self.table.channels[name] for name in self.table.send)
        return tuple((channel.low, channel.high) for channel in found)

    @property
    def neutral(self) -> tuple[float, ...]:
        """The weights of a mouth at rest."""
        rest = np.zeros((1, len(CHANNELS)), np.float32)
        return tuple(self.project(rest)[0].tolist())

    def project(self, track: Float32) -> Float32:
        """
        Show samples of the mouth on this rig.

        Every frame stands for itself: the same sample gives the same weights,
        but for the last bit, whatever is projected with it.

        Args:
            track: Shape (n, 7), the columns those of ``pose.CHANNELS``; any
                float dtype, finite. Values outside the range of their channel
                are brought to its end. It is not changed or kept.

        Returns:
            Shape (n, channels), float32, C-contiguous, new memory; each
            column within its range. With a remainder each row adds up to
            exactly 1, in float32 and in whatever order.

        Raises:
            ValueError: If *track* has another shape.
        """
        samples = np.asarray(track, np.float32)
        if samples.ndim != 2 or samples.shape[1] != len(CHANNELS):
            raise ValueError(
                f"a track has the shape (n, {len(CHANNELS)}), not {samples.shape}"
            )
        weights = self._program.run(samples)
        if self.table.remainder is not None:
            _share(weights, self.channels.index(self.table.remainder))
        return weights


def _share(weights: Float32, rest: int) -> None:
    """Make each row add up to 1, column *rest* taking what the others leave."""
    weights[:, rest] = 0.0
    exact = weights.astype(np.float64)
    exact *= _STEPS / np.maximum(exact.sum(axis=1, keepdims=True), 1.0)
    np.floor(exact, out=exact)
    exact[:, rest] = _STEPS - exact.sum(axis=1)
    np.divide(exact, _STEPS, out=weights, casting="same_kind")
