"""
A block of many renderers at once, which nobody hears, is held to one by a device.

What is left behind counts: records, positions, and what is heard next.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given

from streamer.outputs.native import NativeRenderer, NativeTimer, native_missing
from streamer.playback.rendering import Verb
from tests.examples import examples
from tests.outputs.native_rig import OPTIONS, RATE, STEPS, Pair

pytestmark = pytest.mark.skipif(
    native_missing() is not None, reason="the callback in C is not there"
)


class Unheard(Pair):
    """Two in C, with a block of each by a device and by a timer, which nobody hears."""

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.both = tuple(NativeRenderer(rate=RATE, **options) for _ in range(2))
        self.timer = NativeTimer(self.both[1:], RATE)

    def render(self, frames: int, flags: int = 0) -> None:
        self.blocks += 1
        out = np.empty((frames, self.channels), np.float32)
        self.both[0].render(out, self.blocks / 8, 0.25)
        self.timer.render(out, self.blocks / 8, 0.25)

    def hear(self, frames: int) -> None:
        super().render(frames)

    def take(self) -> None:
        """A timer's records of blocks that go on are one: compare frame by frame."""
        (expected, dones), (blocks, answers) = (one.take() for one in self.both)
        assert dones == answers
        assert told(blocks) == told(expected)


def told(blocks):
    """What became of each frame, and when a block was asked for that stands alone."""
    frames = []
    for block in blocks:
        at, ring = block.device_frame, block.ring_frame
        frames += [(at + i, ring + i, None) for i in range(block.played)]
        at, ring = at + block.played, ring + block.played
        frames += [(at + i, ring, block.reason) for i in range(block.silent)]
    return frames


@examples(150, deadline=None)
@given(options=OPTIONS, steps=STEPS)
@example(  # sound runs out with a block
    options={"channels": 2},
    steps=[("write", 40), ("commit",), ("render", 20), ("render", 20)],
)
@example(  # a fall without a frame left
    options={"channels": 1},
    steps=[
        *(("write", 40), ("commit",), ("render", 20), ("render", 20)),
        ("send", Verb.PAUSE, 0.0, 0),
    ],
)
@example(  # amid a ramp of gain
    options={"channels": 1, "gain_ramp": 0.03},
    steps=[
        *(("write", 60), ("commit",), ("render", 7), ("render", 7)),
        *(("send", Verb.GAIN, 0.5, 0), ("render", 7), ("render", 7)),
    ],
)
@example(  # amid a fall
    options={"channels": 1, "fade": 0.02},
    steps=[
        *(("write", 60), ("commit",), ("render", 7), ("render", 7)),
        *(("send", Verb.PAUSE, 0.0, 0), ("render", 7), ("render", 7)),
    ],
)
@example(  # amid a rise
    options={"channels": 1, "fade": 0.02},
    steps=[
        *(("write", 10), ("commit",), ("render", 20), ("write", 60), ("commit",)),
        *(("render", 10), ("render", 7)),
    ],
)
@example(  # amid a tail, under sound that begins anew
    options={"channels": 1, "fade": 0.02},
    steps=[
        *(("write", 10), ("commit",), ("render", 11), ("send", Verb.FLUSH, 0.0, 0)),
        *(("write", 60), ("commit",), ("render", 7), ("render", 7)),
    ],
)
@example(  # before what is dropped
    options={"channels": 1},
    steps=[
        *(("write", 90), ("finish",), ("render", 7), ("drop", 10, 20)),
        *(("render", 7), ("render", 7), ("render", 7)),
    ],
)
def test_a_timer_leaves_what_a_device_would(options, steps):
    """Sound that it passes over, too: what is heard behind it is the same."""
    pair = Unheard(**options)
    for step, *about in steps:
        if step in {"commit", "finish", "drop_held"}:
            pair.same(lambda renderer, step=step: getattr(renderer.ring, step)())
        else:
            getattr(pair, step)(*about)
        pair.look()
    pair.take()
    pair.hear(50)
    pair.hear(50)
