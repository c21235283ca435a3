from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.audio.polyphase import Polyphase
from tests.examples import examples

PAIRS = [(24_000, 48_000), (8_000, 48_000), (48_000, 44_100), (44_100, 22_050)]


def tone(frames: int, rate: int, frequency: float) -> np.ndarray:
    wave = np.sin(2 * np.pi * frequency * np.arange(frames) / rate)
    return wave.astype(np.float32)[:, np.newaxis]


def feed(convert: Polyphase, sound: np.ndarray, sizes: list[int]) -> np.ndarray:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(convert.convert(sound[start : start + size]))
        start += size
    pieces.append(convert.convert(sound[start:], last=True))
    return np.concatenate(pieces)


def fitted(out: np.ndarray, rate: int, frequency: float) -> tuple[float, float]:
    """Strength of the tone in *out*, and of all that is not it, without the ends."""
    middle = slice(len(out) // 4, -len(out) // 4)
    angle = 2 * np.pi * frequency * np.arange(len(out))[middle] / rate
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    parts = np.linalg.lstsq(waves, out[middle, 0], rcond=None)[0]
    rest = out[middle, 0] - waves @ parts
    return float(np.hypot(*parts)), float(np.sqrt(np.mean(rest**2)))


@pytest.mark.parametrize(("rate", "output_rate"), PAIRS)
@pytest.mark.parametrize("part", [0.01, 0.1, 0.3, 0.38])
def test_a_tone_keeps_its_strength_and_its_time(rate, output_rate, part):
    """To 0.02 dB and 90 dB up to 0.38 of the lower rate."""
    frequency = part * min(rate, output_rate)
    out = feed(Polyphase(rate, output_rate, 1), tone(rate, rate, frequency), [])
    strength, rest = fitted(out, output_rate, frequency)
    assert strength == pytest.approx(1, abs=0.0025)
    assert rest < 3e-5
    expected = tone(output_rate, output_rate, frequency)
    assert np.abs(out - expected)[2_000:-2_000].max() < 0.003


def test_what_the_output_cannot_hold_is_taken_away():
    """13 kHz, which 22,050 Hz would mirror to 9,050."""
    out = feed(Polyphase(44_100, 22_050, 1), tone(44_100, 44_100, 13_000), [])
    assert np.abs(out[200:-200]).max() < 1e-4


def test_what_stands_still_stays_as_it_is():
    out = feed(Polyphase(24_000, 48_000, 1), np.ones((2_400, 1), np.float32), [])
    assert np.abs(out[100:-100] - 1).max() < 1e-6


@examples(40, deadline=None)
@given(
    pair=st.sampled_from(PAIRS),
    frames=st.integers(0, 700),
    sizes=st.lists(st.integers(0, 300), max_size=8),
)
def test_the_pieces_do_not_matter(pair, frames, sizes):
    rate, output_rate = pair
    sound = np.random.default_rng(1).uniform(-1, 1, (frames, 2)).astype(np.float32)
    out = feed(Polyphase(rate, output_rate, 2), sound, sizes)
    whole = feed(Polyphase(rate, output_rate, 2), sound, [])
    assert len(out) == math.ceil(frames * output_rate / rate)
    assert np.abs(out - whole).max(initial=0) < 1e-6
    assert out.dtype == np.float32
    assert out.flags.c_contiguous


def test_channels_are_not_mixed():
    sound = np.zeros((500, 3), np.float32)
    sound[:, 1] = tone(500, 24_000, 440)[:, 0]
    out = feed(Polyphase(24_000, 48_000, 3), sound, [100, 7])
    assert not out[:, [0, 2]].any()
    assert out[:, 1].any()


@pytest.mark.parametrize(("rate", "output_rate"), PAIRS)
def test_no_more_is_held_back_than_it_says(rate, output_rate):
    convert = Polyphase(rate, output_rate, 1)
    given = 0
    for fed in range(1, 400):
        given += len(convert.convert(np.zeros((1, 1), np.float32)))
        behind = fed / rate - given / output_rate
        assert behind <= Polyphase.holds_back(rate, output_rate) + 1e-9


def test_a_ratio_that_is_not_simple_is_none_of_its():
    assert Polyphase.holds_back(24_001, 48_000) == math.inf
    assert Polyphase.holds_back(24_000, 48_000) < 0.0015
