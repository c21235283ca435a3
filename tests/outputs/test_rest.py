"""A device's thread that rests until there is sound, by the callback in C."""

from __future__ import annotations

import importlib
import itertools
import math
import threading

import numpy as np
import pytest

from streamer.outputs.native import NativeRenderer
from streamer.playback.rendering import Verb
from tests.outputs.test_native import Times, call_at

RATE = 1_000
FRAMES = 5
BLOCK = FRAMES / RATE
FULL, LEAST = 0.020, 0.006
CALM, LONGEST_CALM = 0.030, 2.0


class Device:
    """Asks for blocks as a device does, by a clock that is told."""

    def __init__(self, full: float = FULL, least: float = LEAST) -> None:
        self.extension = importlib.import_module("streamer.outputs._native")
        self.renderer = NativeRenderer(rate=RATE, channels=1)
        native = self.renderer.native
        self.state = self.extension.ffi.cast("state *", native.userdata)
        native.resting.let(RATE, full, least)
        self.time = 100.0

    def ask(self, delay=FULL, *, after=BLOCK, waited=None, now=None, flags=0) -> float:
        """Ask for a block, take it, and return for how long there was time for it."""
        self.time += after
        until = self.extension.lib.streamer_rests_until(
            *(self.state, self.time, self.time if now is None else now),
            *(after if waited is None else waited, delay, FRAMES, flags),
        )
        self.renderer.render(np.empty((FRAMES, 1), np.float32), self.time, delay)
        return until - self.time

    def calm(self) -> Device:
        """Let it ask until it may rest."""
        for _ in range(math.ceil(CALM / BLOCK) + 2):
            self.ask()
        return self

    def let_go(self, count: int, *, end: bool = False) -> None:
        ring = self.renderer.ring
        ring.write(np.full((count, 1), 0.5, np.float32))
        (ring.finish if end else ring.commit)()


def test_it_rests_until_it_has_as_little_in_hand_as_it_may():
    device = Device()
    rests = [device.ask() for _ in range(10)]
    assert rests[: math.ceil(CALM / BLOCK)] == [0.0] * math.ceil(CALM / BLOCK)
    assert rests[-1] == pytest.approx(FULL - LEAST)
    assert device.ask(0.011, waited=0.0) == pytest.approx(0.011 - LEAST)
    assert device.ask(0.005, waited=0.0) == pytest.approx(0.005 - LEAST)


def test_no_rest_before_it_is_known_what_of_a_delay_is_the_devices_own():
    device = Device()
    assert [device.ask(waited=0.0) for _ in range(20)] == [0.0] * 20
    assert device.ask(FULL + 0.150) == pytest.approx(FULL - LEAST)


def test_a_delay_of_its_own_rises_at_once_and_falls_slowly():
    device = Device().calm()
    assert device.ask(FULL + 0.100) == pytest.approx(FULL - LEAST)
    assert device.ask(FULL + 0.100) == pytest.approx(FULL - LEAST)
    # It was late by 16 ms, which is not its own delay that became less.
    assert device.ask(FULL + 0.084) == pytest.approx(FULL - LEAST - 0.015)
    for _ in range(200):
        device.ask()
    assert device.ask() == pytest.approx(FULL - LEAST, abs=1e-4)


def test_what_it_has_in_hand_tells_nothing_where_it_did_not_wait():
    device = Device().calm()
    assert device.ask(FULL + 0.010, waited=BLOCK / 8) == pytest.approx(0.024)
    assert device.ask() == pytest.approx(FULL - LEAST)


def test_what_lacks_sound_may_run_lower():
    device = Device().calm()
    device.let_go(FRAMES)
    device.ask()
    assert device.ask() == pytest.approx(FULL - LEAST / 2)
    device.renderer.ring.finish()
    assert device.ask() == pytest.approx(FULL - LEAST)


def test_behind_an_underflow_it_is_filled_first():
    device = Device().calm()
    assert device.ask(0.0, after=1.0, flags=4) == 0.0
    rests = [device.ask() for _ in range(10)]
    assert rests[: math.ceil(CALM / BLOCK) - 1] == [0.0] * 5
    assert rests[-1] == pytest.approx(FULL - LEAST)


def test_a_device_that_cannot_rest_is_left_alone_ever_longer():
    """Each time that it rests it runs dry."""
    device = Device()
    pauses = []
    for _ in range(12):
        begun = device.time
        while not device.ask():
            continue
        pauses.append(device.time - begun)
        device.ask(0.0, flags=4)
    grown = [later / sooner for sooner, later in itertools.pairwise(pauses[1:5])]
    assert grown == pytest.approx([2.0] * 3, rel=0.2)
    assert pauses[-1] == pytest.approx(LONGEST_CALM, abs=2 * BLOCK)
    device.ask(0.0, after=30.0, flags=4)  # now and then is the machine's fault
    begun = device.time
    while not device.ask():
        continue
    assert device.time - begun == pytest.approx(CALM, abs=2 * BLOCK)


def test_one_that_asks_for_blocks_by_twos_never_rests():
    """The device gets the first of them with the second."""
    device = Device().calm()
    assert device.ask() > 0.0
    assert device.ask(after=0.0, now=device.time) == 0.0
    assert [device.ask() for _ in range(20)] == [0.0] * 20


@pytest.mark.parametrize("delay", [math.nan, -0.001, 2.0, math.inf])
def test_without_a_delay_that_can_be_it_does_not_rest(delay):
    assert Device().calm().ask(delay) == 0.0


def test_a_small_device_does_not_rest():
    assert Device(full=LEAST + BLOCK - 1e-6).calm().ask() == 0.0


def test_another_device_begins_anew():
    device = Device().calm()
    assert device.ask(FULL + 0.5) > 0.0
    device.renderer.native.resting.let(RATE, FULL, LEAST)
    assert device.ask(after=1.0) == 0.0
    device.calm()
    assert device.ask() == pytest.approx(FULL - LEAST)


# -- as PortAudio calls it ----------------------------------------------------


LONG, SHORT = 1.5, 0.02


class Resting:
    """A device whose thread is in the callback, and rests there for so many seconds."""

    def __init__(self, seconds: float = LONG) -> None:
        self.device = Device(full=seconds, least=0.0)
        self.device.time = self.device.extension.lib.streamer_now() - 1.0
        for _ in range(20):
            self.device.ask(seconds)
        self.seconds = seconds
        self.out = np.full((FRAMES, 1), np.nan, np.float32)
        self.asked = self.device.extension.lib.streamer_now()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        native = self.device.renderer.native
        times = Times(0.0, 7.0, 7.0 + self.seconds)
        call_at(native.resting.function, native.userdata, self.out, times, 0)

    def wait(self) -> float:
        """Return how many seconds it took."""
        self._thread.join()
        return self.device.extension.lib.streamer_now() - self.asked


def test_sound_ends_a_rest_and_is_in_its_block():
    resting = Resting()
    resting.device.let_go(FRAMES)
    assert resting.wait() < LONG / 2
    assert (resting.out == 0.5).all()
    *_, block = resting.device.renderer.take()[0]
    assert (block.played, block.delay) == (FRAMES, LONG)


def test_less_than_a_block_does_not():
    resting = Resting(SHORT)
    resting.device.let_go(FRAMES - 1)
    assert resting.wait() >= SHORT
    assert (resting.out[:-1] == 0.5).all()
    *_, block = resting.device.renderer.take()[0]
    assert block.time < resting.asked + SHORT / 2  # asked for, not made


@pytest.mark.parametrize("verb", [Verb.PAUSE, Verb.MUTE, Verb.FLUSH])
def test_a_command_does(verb):
    resting = Resting()
    id = resting.device.renderer.send_nowait(verb)
    assert resting.wait() < LONG / 2
    assert [done.id for done in resting.device.renderer.take()[1]] == [id]
    assert (resting.out == 0.0).all()


def test_sound_that_is_paused_does_not():
    device = Device()
    device.renderer.send_nowait(Verb.PAUSE)
    device.calm()
    device.let_go(FRAMES)
    out = np.full((FRAMES, 1), np.nan, np.float32)
    native, lib = device.renderer.native, device.extension.lib
    begun = lib.streamer_now()
    call_at(native.resting.function, native.userdata, out, Times(0.0, 7.0, 7.02), 0)
    assert lib.streamer_now() - begun >= FULL - LEAST
    assert (out == 0.0).all()
    assert device.renderer.ring.readable == FRAMES


def test_it_has_no_address_where_no_thread_can_rest(monkeypatch):
    renderer = NativeRenderer(rate=RATE, channels=1)
    monkeypatch.setattr(renderer._library, "rests", False)
    assert renderer.native.resting is None
