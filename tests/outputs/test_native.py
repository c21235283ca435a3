"""
The callback in C is held to the renderer in Python, block by block.

What the rules are is tested in tests/playback/test_renderer.py.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import math
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given

from streamer.audio import Encoding, Format, decode
from streamer.errors import MissingComponent
from streamer.outputs import native
from streamer.outputs.native import (
    NativeRenderer,
    make_renderer,
    native_missing,
)
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import NativeCallback, Tally, Verb
from streamer.playback.ring import RecordRing
from tests.examples import examples
from tests.outputs.native_rig import OPTIONS, RATE, STEPS, Pair


@pytest.fixture
def forget():
    """Forget before and after whether the extension was found."""
    native._load.cache_clear()
    yield
    native._load.cache_clear()


@examples(150, deadline=None)
@given(options=OPTIONS, steps=STEPS)
@example(
    options={"channels": 2, "fade": 0.02, "gain_ramp": 0.03},
    steps=[
        *(("write", 50), ("commit",), ("render", 20), ("send", Verb.PAUSE, 0.0, 0)),
        *(("render", 7), ("send", Verb.RESUME, 0.0, 0), ("render", 20)),
        *(("send", Verb.GAIN, 0.5, 0), ("render", 20), ("render", 50), ("take",)),
        *(("write", 60), ("finish",), ("render", 7), ("send", Verb.FLUSH, 0.0, 10)),
        *(("render", 7), ("render", 7), ("rewind", 30), ("render", 50), ("take",)),
        *(("write", 90), ("finish",), ("drop", 20, 30), ("drop", 50, 20)),
        *(("render", 7), ("render", 50), ("render", 50), ("take",)),
        *(("write", 9), ("commit",), ("write_through", 50), ("render", 50)),
    ],
)
def test_it_does_what_the_renderer_in_python_does(options, steps):
    pair = Pair(**options)
    for step, *about in steps:
        if step in {"commit", "finish", "drop_held"}:
            pair.same(lambda renderer, step=step: getattr(renderer.ring, step)())
        elif step == "take":
            pair.same(lambda renderer: renderer.take())
        else:
            getattr(pair, step)(*about)
        pair.look()
    pair.same(lambda renderer: renderer.take())


def test_what_comes_as_it_was_written_is_what_a_decoder_makes_of_it():
    data = np.arange(-(2**15), 2**15, 7, np.int32).astype("<i2").tobytes()
    expected = decode(data, Format(Encoding.PCM_16, RATE, 1))
    for make in (PythonRenderer, NativeRenderer):
        renderer = make(rate=RATE, channels=1, ring_seconds=20)
        renderer.ring.write(np.zeros((1, 1), np.float32))
        renderer.ring.commit()
        assert renderer.ring.write_through(data)
        out = np.empty((1 + len(expected), 1), np.float32)
        renderer.render(out, 0.0, 0.0)
        assert out[1:].tobytes() == expected.tobytes()


def test_without_a_ramp_samples_are_the_very_ones():
    """Also those that arithmetic changes: -0.0, denormal, not a number."""
    renderer = NativeRenderer(rate=RATE, channels=2)
    sound = np.random.default_rng(1).normal(size=(300, 2)).astype(np.float32)
    sound[:3, 0] = (-0.0, 1e-42, math.nan)
    renderer.ring.write(sound)
    renderer.ring.commit()
    out = np.empty((300, 2), np.float32)
    renderer.render(out, 0.0, 0.0)
    assert out.tobytes() == sound.tobytes()


def test_at_the_bound_the_newest_records_are_dropped_and_counted():
    pair = Pair(channels=1)
    pair.send(Verb.MUTE, 0.0, 0)
    out = np.empty((1, 1), np.float32)
    for at in range(RecordRing.CAPACITY - RecordRing.RESERVED + 5):
        for renderer in pair.both:
            renderer.render(out, at / 8, 0.25)
    pair.send(Verb.UNMUTE, 0.0, 0)
    pair.render(1)

    tally = pair.same(lambda renderer: renderer.tally())
    assert tally.overruns == 7
    blocks, dones = pair.same(lambda renderer: renderer.take())
    assert len(blocks) + len(dones) == RecordRing.CAPACITY - RecordRing.RESERVED + 1
    assert [done.verb for done in dones] == [Verb.MUTE, Verb.UNMUTE]


# -- as PortAudio calls it ----------------------------------------------------


class Times(ctypes.Structure):
    """``PaStreamCallbackTimeInfo``."""

    _fields_ = (
        ("inputBufferAdcTime", ctypes.c_double),
        ("currentTime", ctypes.c_double),
        ("outputBufferDacTime", ctypes.c_double),
    )


def call_at(function: int, data: int, out: np.ndarray, times: Times, flags: int) -> int:
    called = ctypes.CFUNCTYPE(
        *(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong),
        *(ctypes.POINTER(Times), ctypes.c_ulong, ctypes.c_void_p),
    )(function)
    return called(None, out.ctypes.data, len(out), times, flags, data)


def call(callback: NativeCallback, out: np.ndarray, times: Times, flags: int) -> int:
    return call_at(callback.function, callback.userdata, out, times, flags)


def test_portaudio_gets_its_block_and_its_times_are_recorded():
    renderer = NativeRenderer(rate=RATE, channels=2)
    sound = np.arange(40, dtype=np.float32).reshape(20, 2)
    renderer.ring.write(sound)
    renderer.ring.finish()
    out = np.full((30, 2), np.nan, np.float32)
    before = time.perf_counter()

    assert call(renderer.native, out, Times(0.0, 7.0, 7.25), 4) == 0

    assert (out[:20] == sound).all()
    assert (out[20:] == 0.0).all()
    (block,), _ = renderer.take()
    assert (block.played, block.silent, block.flags) == (20, 10, 4)
    assert block.delay == 0.25
    assert before <= block.time <= time.perf_counter()
    assert renderer.tally() == Tally(1, 0, 0, 1)


def test_a_device_that_does_not_know_its_time_has_no_delay():
    renderer = NativeRenderer(rate=RATE, channels=1)
    call(renderer.native, np.empty((5, 1), np.float32), Times(0.0, 0.0, 9.0), 0)
    (block,), _ = renderer.take()
    assert math.isnan(block.delay)


def test_its_clock_is_perf_counter():
    library = native._load()
    for _ in range(100):
        before, now, after = time.perf_counter(), library.now(), time.perf_counter()
        assert before - 1e-6 <= now <= after + 1e-6


# -- memory -------------------------------------------------------------------


def test_the_sizes_are_those_of_the_header():
    text = Path(native.__file__).with_name("_callback.h").read_text("utf-8")
    assert f"COMMANDS = {native._COMMANDS}, RECORDS = {native._RECORDS}" in text
    assert native._RECORD.size == 64
    assert native._RECORDS == RecordRing.CAPACITY
    assert native._COMMANDS == RecordRing.RESERVED == PythonRenderer.COMMANDS


def test_it_goes_when_nobody_holds_it():
    renderer = NativeRenderer(rate=RATE, channels=1)
    gone = weakref.ref(renderer.ring)
    del renderer
    gc.collect()
    assert gone() is None


def test_a_block_of_another_shape_is_refused():
    renderer = NativeRenderer(rate=RATE, channels=2)
    for out in (
        np.empty((5, 1), np.float32),
        np.empty((5, 2), np.float64),
        np.empty((10, 2), np.float32)[::2],
    ):
        with pytest.raises(AssertionError):
            renderer.render(out, 0.0, 0.0)
    assert renderer.tally().blocks == 0


# -- which one serves ---------------------------------------------------------


def test_the_one_in_c_serves_where_it_is():
    renderer = make_renderer(rate=RATE, channels=2, ring_seconds=0.5)
    assert native_missing() is None
    assert isinstance(renderer, NativeRenderer)
    assert (renderer.ring.capacity, renderer.ring.channels) == (500, 2)


def test_a_variable_switches_it_off(monkeypatch):
    monkeypatch.setenv("STREAMER_NATIVE", "0")
    assert isinstance(make_renderer(rate=RATE, channels=1), PythonRenderer)
    assert native_missing() == (
        "the audio callback in C is switched off (STREAMER_NATIVE=0): "
        "sound is rendered in Python, and a busy program can make it stutter"
    )


@pytest.mark.usefixtures("forget")
def test_without_the_extension_the_one_in_python_serves(monkeypatch):
    def refuse(name: str):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", refuse)
    renderer = make_renderer(rate=RATE, channels=2, ring_seconds=0.5)

    assert isinstance(renderer, PythonRenderer)
    assert (renderer.ring.capacity, renderer.ring.channels) == (500, 2)
    assert native_missing() == (
        "the audio callback in C is not there "
        "(No module named 'streamer.outputs._native'): "
        "sound is rendered in Python, and a busy program can make it stutter; "
        "install a C compiler and Python's headers, then streamer again"
    )
    with pytest.raises(MissingComponent, match="the audio callback in C"):
        NativeRenderer(rate=RATE, channels=1)
