"""Two renderers that are told the same, and what they may be told."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from streamer.outputs.native import NativeRenderer
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import Verb

RATE = 1_000
SEEN = ("written", "committed", "read_position", "readable", "space", "silence")
"""What a producer sees of its ring."""


class Pair:
    """Both renderers, told the same; whatever they say has to be the same."""

    def __init__(self, **options) -> None:
        self.both = (
            PythonRenderer(rate=RATE, **options),
            NativeRenderer(rate=RATE, **options),
        )
        self.channels = options["channels"]
        self.random = np.random.default_rng(1)
        self.blocks = 0

    def same(self, ask):
        expected, answer = (ask(renderer) for renderer in self.both)
        assert answer == expected
        return answer

    def write(self, count: int) -> None:
        sound = self.random.normal(size=(count, self.channels)).astype(np.float32)
        self.same(lambda renderer: renderer.ring.write(sound))

    def write_through(self, count: int) -> None:
        """Only while nothing is held, as who writes has to see to."""
        if self.both[0].ring.written == self.both[0].ring.committed:
            data = self.random.bytes(2 * count * self.channels)
            self.same(lambda renderer: renderer.ring.write_through(data))

    def send(self, verb: Verb, value: float, back: int, times: int = 1) -> None:
        until = max(0, self.both[0].ring.committed - back)
        for _ in range(times):
            self.same(lambda one: one.send_nowait(verb, value=value, until=until))

    def drop(self, ahead: int, length: int) -> None:
        ring = self.both[0].ring
        start = ring.read_position + ahead
        until = min(start + length, ring.committed)
        self.same(
            lambda one: one.send_nowait(Verb.FLUSH, value=float(start), until=until)
        )

    def render(self, frames: int, flags: int = 0) -> None:
        outs = []
        self.blocks += 1
        for renderer in self.both:
            out = np.full((frames, self.channels), np.nan, np.float32)
            renderer.render(out, self.blocks / 8, 0.25, flags)
            outs.append(out)
        np.testing.assert_allclose(outs[1], outs[0], rtol=0, atol=1e-6)
        assert not np.isnan(outs[0]).any()

    def rewind(self, back: int) -> None:
        position = max(0, self.both[0].ring.read_position - back)
        self.same(lambda renderer: renderer.ring.rewind(position))

    def look(self) -> None:
        self.same(lambda renderer: renderer.tally())
        self.same(lambda renderer: renderer.commanded)
        for name in SEEN:
            self.same(lambda renderer, name=name: getattr(renderer.ring, name))


SIZES = st.sampled_from([0, 1, 3, 7, 20, 50])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 60)),
        st.tuples(st.just("write_through"), st.integers(0, 60)),
        st.tuples(st.sampled_from(["commit", "finish", "drop_held", "take"])),
        st.tuples(st.just("render"), SIZES, st.sampled_from([0, 0, 4, 6])),
        st.tuples(st.just("render"), st.just(20)),
        st.tuples(
            *(st.just("send"), st.sampled_from(Verb)),
            *(st.sampled_from([0.0, 0.3, 1.0, 2.5]), st.integers(0, 50)),
            st.sampled_from([1, 1, 1, 1, 40]),
        ),
        st.tuples(st.just("rewind"), st.integers(0, 80)),
        st.tuples(st.just("drop"), st.integers(0, 40), st.integers(0, 60)),
    ),
    max_size=80,
)
OPTIONS = st.fixed_dictionaries(
    {
        "channels": st.integers(1, 3),
        "ring_seconds": st.sampled_from([0.05, 0.3]),
        "history": st.sampled_from([0.0, 0.1]),
        "fade": st.sampled_from([0.001, 0.008, 0.02]),
        "gain_ramp": st.sampled_from([0.001, 0.01, 0.03]),
    }
)
