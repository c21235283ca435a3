"""A player with a device that takes a block whenever the test says so."""

from __future__ import annotations

import numpy as np
import pytest

from streamer.playback import Change, Player, PlayerOptions
from streamer.testing import FakeClock
from streamer.timing import JitterPolicy

RATE = 8_000


BLOCK = 40  # 5 ms


DELAY = 0.010


class Prefill(JitterPolicy):
    """A policy that is easy to foretell: 40 ms, and 80 after a starvation."""

    def may_start(self, held: float, *, time: float, complete: bool) -> bool:
        return complete or held >= (0.080 if self.starvations else 0.040)


class Rig:
    """A player with a device that takes a block whenever the test says so."""

    def __init__(self, **options) -> None:
        self.clock = FakeClock(50.0)
        self.player = Player(PlayerOptions(RATE, 1, **options), self.clock)
        self.ring = self.player.renderer.ring
        self.blocks: list[np.ndarray] = []
        self.media: list[np.ndarray] = []
        self.changes: list[Change] = []

    async def play(self, blocks: int = 1, *, frames: int = BLOCK) -> None:
        for _ in range(blocks):
            out = np.full((frames, 1), np.nan, np.float32)
            begin = self.ring.read_position
            self.player.renderer.render(out, self.clock.time(), DELAY)
            self.blocks.append(out)
            self.media.append(out[: max(0, self.ring.read_position - begin), 0])
            await self.clock.advance(frames / RATE)
            self.changes += self.player.poll()

    async def write(self, frames: np.ndarray) -> None:
        await self.clock.run(self.player.write(frames), limit=0.001)

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate(self.blocks)[:, 0]

    @property
    def resumed(self) -> list[int]:
        """Ring frames at which sound went on after a silence, the first included."""
        position, found, silent = 0, [], True
        for block, media in zip(self.blocks, self.media, strict=True):
            if len(media) and silent:
                found.append(position)
            position += len(media)
            silent = len(media) < len(block) if len(block) else silent
        return found or [0]

    def kinds(self, utterance: str = "u1") -> list[str]:
        return [c.kind for c in self.changes if c.utterance == utterance]


@pytest.fixture
def rig():
    return Rig()


@pytest.fixture
def make_rig():
    return Rig


@pytest.fixture
def prefill():
    return Prefill
