from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from streamer.playback import Renderer, SampleRing

FADE = 40


def renderer_with(sound: np.ndarray, *, fade: int = FADE) -> Renderer:
    ring = SampleRing(len(sound) + 1_000, sound.shape[1])
    ring.write(sound)
    ring.commit()
    return Renderer(ring, fade_frames=fade)


def render(renderer: Renderer, frames: int) -> np.ndarray:
    out = np.full((frames, renderer.ring.channels), np.nan, np.float32)
    renderer.render(out, 1.0, 0.01)
    return out


def ones(frames: int, channels: int = 1) -> np.ndarray:
    return np.ones((frames, channels), np.float32)


def test_blocks_carry_the_very_samples():
    sound = np.random.default_rng(1).normal(size=(100, 2)).astype(np.float32)
    renderer = renderer_with(sound)

    out = np.concatenate([render(renderer, 30) for _ in range(4)])

    assert (out[:100] == sound).all()
    assert (out[100:] == 0.0).all()


def test_each_block_is_recorded():
    renderer = renderer_with(ones(50))
    for _ in range(3):
        render(renderer, 40)

    told = [
        (block.device_frame, block.ring_frame, block.played, block.silent)
        for block in renderer.records.take()
    ]
    assert told == [(0, 0, 40, 0), (40, 40, 10, 30), (80, 50, 0, 40)]


def test_a_flush_fades_to_zero_and_says_where():
    renderer = renderer_with(ones(500))
    render(renderer, 100)
    command = renderer.flush_nowait(500)
    assert renderer.commanded

    out = render(renderer, 100)

    assert not renderer.commanded
    assert out[0] == 1.0
    assert out[FADE - 1] == 0.0
    assert (out[FADE:] == 0.0).all()
    (answer,) = renderer.take_answers()
    assert answer.command is command
    assert (answer.ring_frame, answer.device_frame) == (100 + FADE, 100 + FADE)
    assert renderer.ring.read_position == 500
    assert renderer.take_answers() == []


def test_frames_behind_the_flush_are_kept():
    renderer = renderer_with(ones(200))
    render(renderer, 10)
    renderer.flush_nowait(200)
    renderer.ring.write(ones(30) * 0.5)
    renderer.ring.commit()

    render(renderer, 100)
    out = render(renderer, 40)

    assert (out[:30] == 0.5).all()
    assert (out[30:] == 0.0).all()


def test_a_flush_in_silence_plays_nothing():
    renderer = renderer_with(ones(0))
    renderer.flush_nowait(0)

    assert (render(renderer, 50) == 0.0).all()
    (answer,) = renderer.take_answers()
    assert (answer.ring_frame, answer.device_frame) == (0, 0)


def test_a_flush_does_not_begin_what_waits():
    renderer = renderer_with(ones(0))
    render(renderer, 50)
    renderer.ring.write(ones(100))
    renderer.ring.commit()
    renderer.flush_nowait(100)

    assert (render(renderer, 50) == 0.0).all()
    (answer,) = renderer.take_answers()
    assert (answer.ring_frame, answer.device_frame) == (0, 50)


def test_two_flushes_are_both_answered():
    renderer = renderer_with(ones(200))
    first, second = renderer.flush_nowait(100), renderer.flush_nowait(200)
    render(renderer, 50)

    assert [answer.command for answer in renderer.take_answers()] == [first, second]
    assert renderer.ring.read_position == 200


@settings(max_examples=60, deadline=None)
@given(
    block=st.integers(1, 120),
    fade=st.integers(1, 80),
    before=st.integers(0, 200),
    length=st.integers(1, 300),
)
def test_a_flush_has_no_step_but_the_ramps_own(block, fade, before, length):
    """The last frame heard is silent, however short the block or the sound."""
    renderer = renderer_with(ones(length), fade=fade)
    played = np.concatenate(
        [ones(1)] + [render(renderer, block) for _ in range(before // block)]
    )
    sounding = played[-1] == 1.0 and len(played) > 1
    renderer.flush_nowait(length)
    left = renderer.ring.readable if sounding else 0
    out = render(renderer, block)[:, 0]

    used = min(block, fade, left)
    if used > 1 and played[-1] == 1.0:
        steps = np.abs(np.diff(np.concatenate([[1.0], out])))
        assert steps.max() <= 1.6 / (used - 1)
    if used > 1:
        assert out[used - 1] == pytest.approx(0.0, abs=1e-6)
    assert (out[used:] == 0.0).all()
