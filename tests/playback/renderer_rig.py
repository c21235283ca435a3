"""A renderer in Python, driven block by block, and all that came out of it."""

from __future__ import annotations

import numpy as np

from streamer.playback.ramp import falling_ramp
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import Done, Verb
from streamer.timing import Silence

RATE = 8_000
FADE = 40  # 5 ms
GAIN = 80  # 10 ms


class Rig:
    """A renderer, and all that came out of it."""

    def __init__(self, channels: int = 1, **options) -> None:
        self.renderer = PythonRenderer(rate=RATE, channels=channels, **options)
        self.ring = self.renderer.ring
        self.heard: list[np.ndarray] = []
        self.blocks = []
        self.dones: list[Done] = []

    def put(self, frames: np.ndarray, *, finish: bool = False) -> None:
        assert self.ring.write(frames) == len(frames)
        if finish:
            self.ring.finish()
        else:
            self.ring.commit()

    def render(self, frames: int, flags: int = 0) -> np.ndarray:
        out = np.full((frames, self.ring.channels), np.nan, np.float32)
        self.renderer.render(out, 1.0, 0.01, flags)
        self.heard.append(out)
        blocks, dones = self.renderer.take()
        self.blocks += blocks
        self.dones += dones
        return out[:, 0]

    def tell(self, verb: Verb, **about) -> int:
        return self.renderer.send_nowait(verb, **about)

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate(self.heard)[:, 0]

    @property
    def reasons(self) -> list[Silence]:
        return [Silence(block.reason) for block in self.blocks]


def ones(frames: int, channels: int = 1) -> np.ndarray:
    return np.ones((frames, channels), np.float32)


def tone(frames: int, hertz: float = 300.0) -> np.ndarray:
    phase = np.arange(frames) * (2 * np.pi * hertz / RATE)
    return (0.8 * np.sin(phase)).astype(np.float32)[:, np.newaxis]


def largest_step(sound: np.ndarray) -> float:
    return float(np.abs(np.diff(sound)).max())


FALL = falling_ramp(FADE)
RISE = 1.0 - FALL
RAMP_STEP = 1.6 / FADE  # a raised cosine's steepest, on sound of level 1
