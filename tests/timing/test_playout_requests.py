"""When a device asks for its next block, as far as its last requests tell."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from streamer.timing import Block, PlayoutMap
from tests.examples import examples
from tests.timing.playout_rig import DELAY, RATE, Device

BLOCK = 160
LENGTH = BLOCK / RATE


@pytest.fixture
def playout():
    return PlayoutMap(RATE)


@pytest.fixture
def device(playout):
    return Device(playout)


def ask(device, *, late=0.0, frames=BLOCK):
    """One request, *late* seconds behind the device's schedule."""
    asked = device.origin + device.frame / RATE + late
    device.playout.receive([Block(device.frame, 0, 0, frames, asked, DELAY)])
    device.frame += frames


def test_before_the_first_block_it_may_ask_at_any_moment(playout):
    assert playout.next_request(5.0) == 5.0


def test_the_next_request_is_a_block_behind_the_last(playout, device):
    ask(device)
    assert playout.next_request(device.origin) == pytest.approx(device.origin + LENGTH)


def test_a_late_request_does_not_put_the_next_one_off(playout, device):
    ask(device)
    ask(device, late=0.003)
    due = device.origin + 2 * LENGTH
    assert playout.next_request(device.origin + LENGTH) == pytest.approx(due, abs=1e-4)


def test_what_is_overdue_may_come_at_any_moment(playout, device):
    ask(device)
    late = device.origin + LENGTH + 0.002
    assert playout.next_request(late) == late


def test_a_device_that_slipped_is_believed_in_a_while(playout, device):
    ask(device)
    for _ in range(int(1.0 / LENGTH)):
        ask(device, late=0.008)
    due = device.origin + device.frame / RATE + 0.008
    assert playout.next_request(due - 0.003) == pytest.approx(due, abs=1e-9)


def test_a_new_device_has_a_schedule_of_its_own(playout, device):
    ask(device)
    playout.lose(device.origin + 0.5)
    new = Device(playout, origin=device.origin + 1.0017)
    ask(new)
    assert playout.next_request(new.origin) == pytest.approx(new.origin + LENGTH)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_blocks_that_are_asked_for_at_once_are_one_request(playout, device, count):
    for _ in range(4):
        for _ in range(count):
            asked = device.origin + (device.frame // (count * BLOCK)) * count * LENGTH
            playout.receive([Block(device.frame, 0, 0, BLOCK, asked, DELAY)])
            device.frame += BLOCK
    due = device.origin + device.frame / RATE
    assert playout.period == pytest.approx(count * LENGTH)
    assert playout.next_request(due - 0.001) == pytest.approx(due, abs=1e-9)


def test_what_a_device_takes_to_begin_with_is_not_its_period(playout, device):
    for frames in (3 * BLOCK, BLOCK, BLOCK):
        ask(device, frames=frames)
    assert playout.period == pytest.approx(LENGTH)


@examples(60)
@given(st.lists(st.floats(0, 0.4 * LENGTH), min_size=1, max_size=60))
def test_it_is_never_said_to_ask_later_than_it_may(late):
    """Whoever waits for it would else begin a block sooner than he meant to."""
    playout = PlayoutMap(RATE)
    device = Device(playout)
    for each in late:
        ask(device, late=each)
    begun = device.origin + device.frame / RATE
    soonest = begun + min(late)
    forgotten = PlayoutMap.FORGETS * len(late) * LENGTH
    assert playout.next_request(0.0) <= soonest + forgotten + 1e-9
