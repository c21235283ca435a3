from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.audio.resample import QUALITIES, Converter, hold_back, match_channels
from tests.examples import examples
from tests.tables import each


def tone(frames: int, rate: int, channels: int = 1, frequency: float = 440.0):
    wave = np.sin(2 * np.pi * frequency * np.arange(frames) / rate)
    return np.repeat(wave[:, np.newaxis], channels, axis=1).astype(np.float32)


def converter(rate=22_050, channels=1, output_rate=48_000, output_channels=1, **more):
    return Converter(
        rate=rate,
        channels=channels,
        output_rate=output_rate,
        output_channels=output_channels,
        **more,
    )


def feed(convert: Converter, sound: np.ndarray, sizes: list[int]) -> np.ndarray:
    pieces, start = [], 0
    for size in sizes:
        pieces.append(convert.convert(sound[start : start + size]))
        start += size
    pieces.append(convert.convert(sound[start:], last=True))
    return np.concatenate(pieces)


def test_the_outputs_own_format_passes_bit_for_bit():
    sound = np.random.default_rng(1).normal(size=(1_000, 2)).astype(np.float32)
    convert = converter(48_000, 2, 48_000, 2)
    out = feed(convert, sound, [1, 99, 300])
    assert out.tobytes() == sound.tobytes()
    assert out.dtype == np.float32


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 96_000])
def test_a_tone_stays_the_same_tone_at_the_same_time(rate):
    out = feed(converter(rate), tone(rate, rate), [])
    assert len(out) == pytest.approx(48_000, abs=1)
    expected = tone(len(out), 48_000)
    assert np.abs(out - expected)[2_000:-2_000].max() < 0.01


@examples(20, deadline=None)
@given(sizes=st.lists(st.integers(0, 700), max_size=8))
def test_the_pieces_do_not_matter(sizes):
    sound = tone(3_000, 22_050)
    whole = feed(converter(), sound, [])
    assert np.abs(feed(converter(), sound, sizes) - whole).max() < 1e-6


@pytest.mark.parametrize(("quality", "held"), [("LQ", 0.002), ("HQ", 0.05)])
def test_little_is_held_back(quality, held):
    """In chunks of 20 ms, as a network gives them."""
    convert = converter(quality=quality)
    sound = tone(22_050, 22_050)
    out = [convert.convert(sound[at : at + 441]) for at in range(0, 22_050, 441)]
    behind = 1.0 - sum(map(len, out)) / 48_000
    assert 0.0 <= behind < held


@each(product(QUALITIES, [(24_000, 48_000), (48_000, 44_100)]))
def test_every_quality_keeps_a_tone_and_its_time(quality, rates):
    rate, output_rate = rates
    convert = converter(rate, 1, output_rate, quality=quality)
    out = feed(convert, tone(rate, rate), [480] * 20)
    assert len(out) == output_rate
    expected = tone(output_rate, output_rate)
    assert np.abs(out - expected)[4_000:-4_000].max() < 0.01


@pytest.mark.parametrize("quality", QUALITIES)
def test_what_is_held_back_is_counted(quality):
    convert = converter(24_000, 2, 48_000, 2, quality=quality)
    given, held = 0, []
    for index in range(20):
        given += len(convert.convert(np.zeros((500, 2), np.float32)))
        held.append((index + 1) * 500 / 24_000 - given / 48_000)
    assert convert.hold_back == pytest.approx(max(held))
    convert.convert(np.zeros((0, 2), np.float32), last=True)
    assert convert.hold_back == pytest.approx(max(held))


def test_nothing_is_held_back_where_the_rate_stays():
    convert = converter(48_000, 1, 48_000, 2)
    convert.convert(np.zeros((480, 1), np.float32))
    assert convert.hold_back == 0.0
    assert hold_back(48_000, 48_000, "VHQ") == 0.0


@each(product([8_000, 16_000, 22_050, 24_000, 32_000, 44_100], [44_100, 48_000]))
def test_low_delay_is_low_at_every_usual_pair_of_rates(rate, output_rate):
    low = hold_back(rate, output_rate, "LD")
    assert low < (0.011 if (rate, output_rate) == (8_000, 44_100) else 0.004)
    assert low <= hold_back(rate, output_rate, "LQ")


def test_low_delay_never_holds_back_more_than_low_quality():
    """Rates without a simple ratio are soxr's."""
    assert hold_back(24_001, 48_000, "LD") == hold_back(24_001, 48_000, "LQ")


def test_an_unknown_quality_is_an_error_even_where_there_is_nothing_to_do():
    with pytest.raises(ValueError, match="'best'; there are: LD, QQ, LQ"):
        converter(48_000, 1, 48_000, quality="best")


def test_stereo_goes_to_mono_before_it_is_resampled_and_mono_to_stereo_after():
    down = feed(converter(22_050, 2, 48_000, 1), tone(2_205, 22_050, 2), [])
    up = feed(converter(22_050, 1, 48_000, 2), tone(2_205, 22_050), [])
    assert down.shape[1] == 1
    assert up.shape[1] == 2
    assert (up[:, 0] == up[:, 1]).all()
    assert np.abs(up[:, :1] - down).max() < 1e-6


def test_nothing_becomes_nothing():
    convert = converter(22_050, 2, 48_000, 2)
    nothing = np.zeros((0, 2), np.float32)
    assert convert.convert(nothing).shape == (0, 2)
    assert convert.convert(nothing, last=True).shape == (0, 2)


@pytest.mark.parametrize(
    ("given", "channels", "expected"),
    [
        ([[0.5]], 2, [[0.5, 0.5]]),
        ([[0.5, 0.25]], 1, [[0.375]]),
        ([[0.5, 0.25]], 2, [[0.5, 0.25]]),
        ([[0.1, 0.2, 0.3]], 2, [[0.1, 0.2]]),
        ([[0.1, 0.2]], 4, [[0.1, 0.2, 0.0, 0.0]]),
        ([[0.5]], 6, [[0.5] * 6]),
        ([[0.3, 0.6, 0.9]], 1, [[0.6]]),
        ([[0.1, 0.2, 0.3]], 5, [[0.1, 0.2, 0.3, 0.0, 0.0]]),
    ],
)
def test_channels_are_matched(given, channels, expected):
    out = match_channels(np.array(given, np.float32), channels)
    assert out == pytest.approx(np.array(expected, np.float32), rel=1e-6)
    assert out.dtype == np.float32
    assert out.flags.c_contiguous
