"""Devices that are opened larger, as their thread may be kept waiting."""

from __future__ import annotations

import ctypes
import math
from types import SimpleNamespace

import pytest

from streamer.outputs import DeviceOutput, OutputFormat, resting, wish
from streamer.testing import run_inline
from tests.outputs.conftest import DATA, FUNCTION, RESTING, NativeLike, RestingLike

FORMAT = OutputFormat(44_100, 2)
BLOCK = 1 / 300


@pytest.fixture
def renderer(monkeypatch):
    monkeypatch.setattr(wish, "is_realtime_granted", lambda: True)
    return RestingLike(rate=44_100, channels=2, ring_seconds=1.0)


@pytest.fixture
def periods(monkeypatch):
    """What PortAudio is told of its periods, by turns with what is opened."""
    told = []
    ask = SimpleNamespace(PaAlsa_SetNumPeriods=told.append)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: ask)
    return told


async def start(clock, renderer, sounddevice, **options):
    output = DeviceOutput(**options)
    await output.open(clock, run_inline)
    await output.start(renderer, FORMAT)
    return output, sounddevice.streams[-1]


async def test_it_may_have_more_in_hand_of_sound(sounddevice, clock, renderer):
    _, stream = await start(clock, renderer, sounddevice)
    assert stream.options["latency"] == pytest.approx(0.020)
    assert stream.options["callback"][1] == RESTING
    assert stream.options["userdata"][1] == DATA
    assert renderer.let == [(44_100, stream.latency, pytest.approx(2 * BLOCK))]


async def test_it_asks_for_single_blocks(sounddevice, clock, renderer, periods):
    sounddevice.faults["open"] = lambda: periods.append("open")
    await start(clock, renderer, sounddevice)
    assert periods[:3] == [7, "open", 4]


async def test_other_streams_ask_as_they_did(sounddevice, clock, renderer, periods):
    """Also where that one could not be opened."""

    def refuse() -> None:
        raise sounddevice.PortAudioError("taken", -9985)

    sounddevice.faults["open"] = refuse
    with pytest.raises(Exception, match="taken"):
        await start(clock, renderer, sounddevice)
    assert periods == [7, 4]


@pytest.mark.parametrize(
    ("system", "options", "latency"),
    [
        ("Core Audio", {}, 2 * BLOCK),
        ("Windows WASAPI", {}, 2 * BLOCK),
        ("ALSA", {"latency": 0.012}, 0.012),
    ],
)
async def test_others_are_always_full(
    sounddevice, clock, renderer, periods, system, options, latency
):
    sounddevice.systems[:] = [system]
    _, stream = await start(clock, renderer, sounddevice, **options)
    assert stream.options["latency"] == pytest.approx(latency)
    assert stream.options["callback"][1] == FUNCTION
    assert renderer.let == []
    assert periods == []


@pytest.mark.parametrize(("block", "rests"), [(0.003, True), (0.005, False)])
async def test_one_that_asks_for_long_blocks_is_always_full(
    sounddevice, clock, renderer, block, rests
):
    """With less than a block in hand it would run dry while it is woken."""
    await start(clock, renderer, sounddevice, block=block)
    assert bool(renderer.let) == rests


async def begin_again(output, renderer, clock, sounddevice, after=0.0):
    """Begin anew, as one that was late does; the seconds that it is asked to keep."""
    await clock.advance(after)
    await output.recover(renderer, FORMAT)
    return pytest.approx(sounddevice.streams[-1].options["latency"])


async def test_one_that_cannot_rest_is_always_full_for_a_minute(
    sounddevice, clock, renderer
):
    output, _ = await start(clock, renderer, sounddevice)
    again = (output, renderer, clock, sounddevice)
    assert await begin_again(*again) == 0.020  # it was late, no more
    renderer.unfit += 1
    assert await begin_again(*again) == 2 * BLOCK
    assert await begin_again(*again, after=30.0) == 2 * BLOCK
    assert await begin_again(*again, after=30.0) == 0.020
    assert len(renderer.let) == 3


async def test_nor_does_one_that_cannot_rest(sounddevice, clock, monkeypatch, periods):
    monkeypatch.setattr(wish, "is_realtime_granted", lambda: True)
    renderer = NativeLike(rate=44_100, channels=2, ring_seconds=1.0)
    _, stream = await start(clock, renderer, sounddevice)
    assert stream.options["latency"] == pytest.approx(2 * BLOCK)
    assert periods == []


def test_what_is_usual(monkeypatch):
    for granted, latency in ((True, 2 * BLOCK), (False, 0.015)):
        monkeypatch.setattr(wish, "is_realtime_granted", lambda it=granted: it)
        assert wish.usual_latency(native=True) == pytest.approx(latency)
    assert wish.usual_latency(native=False) == 0.030
    for granted, most in ((True, 4.5 * BLOCK), (False, 0.030)):
        monkeypatch.setattr(wish, "is_realtime_granted", lambda it=granted: it)
        assert wish.usual_latency(9.0, native=True) == pytest.approx(most)
    assert wish.usual_reserve() == pytest.approx(4 * BLOCK)
    assert wish.usual_reserve(9.0) == pytest.approx(9 * BLOCK)


RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)


@pytest.mark.parametrize("latency", [2 * BLOCK, 0.015, 0.030])
@pytest.mark.parametrize("rate", RATES)
def test_a_period_is_a_block_at_any_rate(rate, latency):
    """By PortAudio's sum: split, and rounded up to whole blocks."""
    block = wish.usual_block(rate, native=True)
    frames = round(block * rate)
    for more in (1.0, 1.5, 2.25):
        reserve = wish.usual_reserve(more)
        asked = wish.Wish(rate, 2, latency, block, reserve)
        whole = frames + int((latency + reserve) * rate)
        assert math.ceil(whole / resting.periods_of(asked) / frames) == 1
