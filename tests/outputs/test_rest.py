"""When a device may rest, and until when, by the callback in C."""

from __future__ import annotations

import itertools
import math

import pytest

from tests.outputs.rest_rig import (
    BLOCK,
    CALM,
    FRAMES,
    FULL,
    LEAST,
    LONGEST_CALM,
    RATE,
    REST,
    ROOM,
    Device,
    Model,
)


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
