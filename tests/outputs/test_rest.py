"""A device's thread that rests until there is sound, by the callback in C."""

from __future__ import annotations

import ctypes
import importlib
import itertools
import math
import threading
from collections.abc import Callable

import numpy as np
import pytest

from streamer.outputs.native import NativeRenderer
from streamer.playback.rendering import Verb
from tests.outputs.test_native import Times, call_at

RATE = 1_000
FRAMES = 2
BLOCK = FRAMES / RATE
FULL, LEAST = 0.020, 0.006
ROOM = FULL - BLOCK
"""Seconds in hand when there is room for a block, and when it is asked for at once."""
REST = ROOM - (LEAST - BLOCK)
"""What it may wait for then: with the block it has as little as it is to have."""
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

    def ask(self, delay=ROOM, *, after=BLOCK, waited=None, now=None, flags=0) -> float:
        """Ask for a block, take it, and return for how long there was time for it."""
        self.time += after
        now = self.time if now is None else now
        times = Times(0.0, now, now + delay)
        until = self.extension.lib.streamer_rests_until(
            *(self.state, self.time, after if waited is None else waited),
            self.extension.ffi.cast("pa_times *", ctypes.addressof(times)),
            *(FRAMES, flags),
        )
        self.renderer.render(np.empty((FRAMES, 1), np.float32), self.time, delay)
        return until - self.time

    def calm(self, delay: float = ROOM) -> Device:
        """Let it ask until it may rest."""
        for _ in range(math.ceil(CALM / BLOCK) + 2):
            self.ask(delay)
        return self

    def let_go(self, count: int) -> None:
        self.renderer.ring.write(np.full((count, 1), 0.5, np.float32))
        self.renderer.ring.commit()


class Model(Device):
    """
    A device that plays: it keeps *own* seconds itself and has the rest in hand.

    Attributes:
        dry: Seconds for which it had nothing to play.
    """

    def __init__(self, own: float = 0.0) -> None:
        super().__init__()
        self.own, self.hand = own, 0.0
        self.rested = self.dry = 0.0

    def play(self, count: int) -> None:
        """Let it ask for *count* blocks and rest as it may."""
        for _ in range(count):
            wait = max(0.0, self.hand - ROOM)
            self._pass(wait)
            delay, passed = self.own + self.hand, self.rested + wait + 1e-9
            self.rested = max(0.0, self.ask(delay, after=passed, waited=wait))
            self._pass(self.rested)
            self.hand += BLOCK

    def _pass(self, seconds: float) -> None:
        self.dry += max(0.0, seconds - self.hand)
        self.hand = max(0.0, self.hand - seconds)


def test_it_rests_until_it_has_as_little_in_hand_as_it_may():
    device = Device()
    rests = [device.ask() for _ in range(20)]
    calm = round(CALM / BLOCK)
    assert rests[:calm] == [0.0] * calm
    assert rests[-1] == pytest.approx(REST)
    assert device.ask(0.008, waited=0.0) == pytest.approx(0.004)
    assert device.ask(0.003, waited=0.0) == pytest.approx(-0.001)


@pytest.mark.parametrize("own", [0.0, 0.003, 0.150])
def test_it_has_in_hand_what_it_is_to_have(own):
    device = Model(own)
    device.play(100)
    assert device.hand == pytest.approx(LEAST)
    assert device.dry == 0.0


def test_no_rest_before_it_is_known_what_of_a_delay_is_the_devices_own():
    device = Device()
    assert [device.ask(waited=0.0) for _ in range(40)] == [0.0] * 40
    assert device.ask(ROOM + 0.150) == pytest.approx(REST)


def test_a_delay_of_its_own_rises_at_once_and_falls_slowly():
    device = Device().calm()
    assert device.ask(ROOM + 0.100) == pytest.approx(REST)
    assert device.ask(ROOM + 0.100) == pytest.approx(REST)
    # It was late by 16 ms, which is not its own delay that became less.
    assert device.ask(ROOM + 0.084) == pytest.approx(REST - 0.015)
    for _ in range(200):
        device.ask()
    assert device.ask() == pytest.approx(REST, abs=1e-4)


def test_a_delay_that_rises_while_it_rests_is_its_own():
    """It never has more in hand than it had and was given."""
    device = Model(0.003)
    device.play(100)
    device.own = 0.043
    device.play(100)
    assert device.dry == 0.0
    assert device.hand == pytest.approx(LEAST)


def test_one_wrong_delay_makes_no_long_rest():
    device = Model()
    device.play(100)
    assert device.ask(1.9, after=0.0, waited=0.0) <= ROOM


def test_what_lacks_sound_may_run_lower():
    device = Device().calm()
    device.let_go(FRAMES)
    device.ask()
    assert device.ask() == pytest.approx(REST + (LEAST - BLOCK) / 2)
    device.renderer.ring.finish()
    assert device.ask() == pytest.approx(REST)


def test_the_last_piece_of_a_block_lacks_nothing():
    device = Device().calm()
    device.let_go(FRAMES)
    device.ask()
    device.let_go(FRAMES - 1)
    assert device.ask() > REST
    device.let_go(FRAMES - 1)
    device.renderer.ring.finish()
    assert device.ask() == pytest.approx(REST)


def test_behind_an_underflow_it_is_filled_first():
    device = Device().calm()
    assert device.ask(0.0, after=1.0, flags=4) == 0.0
    rests = [device.ask() for _ in range(20)]
    calm = round(CALM / BLOCK)
    assert rests[: calm - 1] == [0.0] * (calm - 1)
    assert rests[-1] == pytest.approx(REST)


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


def ask_by_twos(device: Device, count: int) -> list[float]:
    """Ask for pairs of blocks; returns for how long there was time for each."""
    rests = []
    for _ in range(count):
        rests.append(device.ask(after=2 * BLOCK))
        rests.append(device.ask(after=0.0, now=device.time))
    return rests


def test_one_that_asks_for_blocks_by_twos_never_rests():
    """The device gets the first of them with the second."""
    device = Device()
    assert not any(ask_by_twos(device, round(LONGEST_CALM / BLOCK)))
    assert device.renderer.tally().unfit == 2  # it is looked at each two seconds
    device.ask(after=LONGEST_CALM)
    device.ask(after=LONGEST_CALM)
    assert device.ask() == pytest.approx(REST)


def test_some_blocks_that_are_asked_for_at_once_are_nothing():
    """A device that stood still has room for some; its clock tells it in steps."""
    device = Device()
    for _ in range(10):
        device.ask()
    for _ in range(4):
        device.ask(after=0.0, now=device.time, waited=0.0)
    device.calm()
    assert device.ask() == pytest.approx(REST)
    for _ in range(4):
        device.ask(after=0.0, now=device.time, waited=0.0)
    assert device.ask() > 0.0
    assert device.renderer.tally().unfit == 0


@pytest.mark.parametrize("delay", [math.nan, -0.001, 2.0, math.inf])
def test_without_a_delay_that_can_be_it_does_not_rest(delay):
    assert Device().calm().ask(delay) == 0.0


def test_one_that_never_says_a_delay_is_none_that_can_rest():
    device = Device().calm(math.nan)
    assert device.renderer.tally().unfit == 1
    device = Device()
    for delay in (math.nan, *[ROOM] * 15, math.nan):
        device.ask(delay)
    assert device.ask() == pytest.approx(REST)
    assert device.renderer.tally().unfit == 0


def test_one_that_runs_dry_at_three_rests_in_a_row_is_none():
    """Also where it begins anew in between."""
    device = Device()
    for expected in (0, 0, 1):
        device.calm()
        while not device.ask():
            continue
        device.ask(0.0, flags=4)
        assert device.renderer.tally().unfit == expected
        device.renderer.native.resting.let(RATE, FULL, LEAST)
        device.ask()


def test_an_underflow_while_it_does_not_rest_is_not_its_rests():
    device = Device()
    for _ in range(10):
        device.ask()
        device.ask(0.0, flags=4)
    begun = device.time
    while not device.ask():
        continue
    assert device.time - begun == pytest.approx(CALM, abs=2 * BLOCK)
    assert device.renderer.tally().unfit == 0


def test_a_small_device_does_not_rest():
    assert Device(full=LEAST + BLOCK - 1e-6).calm().ask() == 0.0
    assert Device(full=LEAST + 2 * BLOCK).calm(LEAST + BLOCK).ask(LEAST + BLOCK) > 0.0


def test_another_device_begins_anew():
    device = Device().calm()
    assert device.ask(ROOM + 0.5) > 0.0
    device.renderer.native.resting.let(RATE, FULL, LEAST)
    assert device.ask(after=1.0) == 0.0
    device.calm()
    assert device.ask() == pytest.approx(REST)


# -- as PortAudio calls it ----------------------------------------------------


LONG, SHORT = 1.5, 0.02


class Resting:
    """
    A device whose thread is in the callback.

    Args:
        seconds: For how long it may rest.
        before: Called with the device before it does.

    Attributes:
        out: The block that it asked for.
        until: When it has nothing in hand, by :meth:`time`.
    """

    def __init__(
        self,
        seconds: float = LONG,
        before: Callable[[Device], None] = lambda device: None,
    ) -> None:
        self.device = device = Device(full=seconds + 2 * BLOCK, least=0.0)
        self.time = device.extension.lib.streamer_now
        device.time = self.time() - 2 * CALM
        device.calm(seconds)
        before(device)
        device.time = self.time()
        device.ask(seconds, after=0.0, waited=math.inf)
        self.until = device.time + seconds + BLOCK
        self.out = np.full((FRAMES, 1), np.nan, np.float32)
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        native = self.device.renderer.native
        times = Times(0.0, 7.0, 7.0 + self.until - self.time())
        call_at(native.resting.function, native.userdata, self.out, times, 0)

    def wait(self) -> float:
        """Return when it had its block, by :meth:`time`."""
        self._thread.join()
        return self.time()


def test_sound_ends_a_rest_and_is_in_its_block():
    resting = Resting()
    resting.device.let_go(FRAMES)
    assert resting.wait() < resting.until - LONG / 2
    assert (resting.out == 0.5).all()
    *_, block = resting.device.renderer.take()[0]
    assert block.played == FRAMES
    assert block.time + block.delay == pytest.approx(resting.until, abs=0.05)


def test_less_than_a_block_does_not():
    resting = Resting(SHORT)
    resting.device.let_go(FRAMES - 1)
    assert resting.wait() >= resting.until
    assert (resting.out[:-1] == 0.5).all()
    *_, block = resting.device.renderer.take()[0]
    assert block.time < resting.until  # when it was asked for, not made


def leave_out(device: Device) -> None:
    """Have sound behind some that is not to be played."""
    for _ in range(3):
        device.let_go(FRAMES)
        device.renderer.ring.finish()
    device.renderer.send_nowait(Verb.FLUSH, value=FRAMES, until=2 * FRAMES)


def test_sound_behind_what_is_left_out_does():
    resting = Resting(before=leave_out)
    assert resting.wait() < resting.until - LONG / 2
    assert (resting.out == 0.5).all()
    assert resting.device.renderer.ring.readable == 0


def leave_out_all_but_a_piece(device: Device) -> None:
    """Have less than a block behind what is not to be played."""
    device.let_go(FRAMES)
    device.renderer.ring.finish()
    device.renderer.send_nowait(Verb.FLUSH, value=FRAMES, until=2 * FRAMES)
    device.let_go(2 * FRAMES - 1)


def test_less_than_a_block_behind_it_does_not():
    resting = Resting(SHORT, before=leave_out_all_but_a_piece)
    assert resting.wait() >= resting.until
    assert (resting.out[:-1] == 0.5).all()


@pytest.mark.parametrize("verb", [Verb.PAUSE, Verb.MUTE, Verb.FLUSH])
def test_a_command_does(verb):
    resting = Resting()
    id = resting.device.renderer.send_nowait(verb)
    assert resting.wait() < resting.until - LONG / 2
    assert [done.id for done in resting.device.renderer.take()[1]] == [id]
    assert (resting.out == 0.0).all()


def pause(device: Device) -> None:
    """Have sound that is not to be heard yet."""
    device.renderer.send_nowait(Verb.PAUSE)
    device.ask()
    device.let_go(FRAMES)


def test_sound_that_is_paused_does_not():
    resting = Resting(SHORT, before=pause)
    assert resting.wait() >= resting.until
    assert (resting.out == 0.0).all()
    assert resting.device.renderer.ring.readable == FRAMES


def test_it_has_no_address_where_no_thread_can_rest(monkeypatch):
    renderer = NativeRenderer(rate=RATE, channels=1)
    monkeypatch.setattr(renderer._library, "rests", False)
    assert renderer.native.resting is None
