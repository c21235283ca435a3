"""Devices that are lost and found, reasons of silences, the user's offset."""

from __future__ import annotations

import math

import pytest

from streamer.timing import Block, Gap, PlayoutMap, Silence
from tests.timing.playout_rig import DELAY, RATE, Device

STARVED, PAUSED, LOST = Silence.STARVED, Silence.PAUSED, Silence.LOST


@pytest.fixture
def playout():
    playout = PlayoutMap(RATE)
    playout.begin("u1", 0)
    return playout


@pytest.fixture
def device(playout):
    return Device(playout)


# -- reasons ------------------------------------------------------------------


def test_the_last_silence_says_why_it_is(playout, device):
    assert playout.silence is Silence.IDLE
    device.silence(10, Silence.NONE)
    assert playout.silence is Silence.IDLE
    device.play(240)
    assert playout.silence is Silence.NONE
    assert not playout.silent
    for reason in (STARVED, PAUSED, Silence.FLUSHED, Silence.IDLE):
        device.silence(240, reason)
        assert playout.silence is reason
        assert playout.silent


def test_a_gap_says_why_it_was(playout, device):
    device.play(240)
    device.silence(100, STARVED)
    device.silence(50, STARVED)
    device.silence(70, PAUSED)
    device.play(240)
    device.play(100, 140, PAUSED)
    device.play(1)

    assert playout.gaps("u1") == (
        Gap(240, 150, STARVED),
        Gap(240, 70, PAUSED),
        Gap(580, 140, PAUSED),
    )


@pytest.mark.parametrize("reason", [Silence.NONE, Silence.IDLE])
def test_silence_in_an_utterance_is_starvation_whatever_it_is_called(
    playout, device, reason
):
    device.play(240)
    device.silence(100, reason)
    device.play(240)

    assert playout.gaps("u1") == (Gap(240, 100, STARVED),)


def test_a_flush_leaves_no_gap(playout, device):
    """Neither in what it cut, which goes on no more, nor in what follows."""
    device.play(100, 140, Silence.FLUSHED)
    playout.discard(1_000)
    playout.begin("u2", 1_000)
    device.ring = 1_000
    device.silence(240, Silence.IDLE)
    device.play(240)
    assert playout.gaps("u1") == playout.gaps("u2") == ()

    device.silence(10, STARVED)
    playout.discard(2_000)
    device.ring = 2_000
    device.silence(10, STARVED)
    device.play(10)
    assert playout.gaps("u1") == ()


def test_a_flush_that_skips_nothing_leaves_no_gap(playout, device):
    device.play(100, 140, Silence.FLUSHED)
    device.play(10)
    assert playout.gaps("u1") == ()


def test_sound_may_jump_and_each_side_keeps_its_time(playout, device):
    device.play(240)
    device.ring = 1_000
    device.play(240)

    assert playout.when("u1", 239) == pytest.approx(device.heard_at(239))
    assert playout.when("u1", 500) is None
    assert playout.when("u1", 1_000) == pytest.approx(device.heard_at(240))


def test_a_block_of_nothing_changes_nothing(playout, device):
    device.play(0)
    assert playout.silence is Silence.IDLE
    assert playout.heard("u1", 200.0) == 0.0
    device.play(240)
    device.play(0)
    assert playout.when("u1", 240) == pytest.approx(device.heard_at(240))


# -- the user's offset ---------------------------------------------------------


def test_the_users_offset_is_in_all_times():
    playout = PlayoutMap(RATE, offset=0.150)
    device = Device(playout)
    playout.begin("u1", 0)
    device.play(240)

    assert playout.when("u1", 48) == pytest.approx(100.151)
    assert playout.until("u1", 240) == pytest.approx(100.155)
    assert playout.time_of(0) == pytest.approx(100.150)
    assert playout.heard("u1", 100.151) == pytest.approx(48)
    assert playout.latency == pytest.approx(DELAY + 0.150)
    playout.offset = 0.0
    assert playout.when("u1", 48) == pytest.approx(100.001)
    assert playout.drift_ppm == 0.0


def test_the_fallback_delay_may_become_known_later(playout):
    playout.fallback_delay = 0.070
    assert playout.fallback_delay == 0.070
    playout.receive([Block(0, 0, 240, 0, 10.0, math.nan)])
    assert playout.when("u1", 0) == pytest.approx(10.070)


def test_what_is_under_an_underflow_is_looked_at_sooner(playout, device):
    for _ in range(600):
        device.play(240)
    device.origin += 0.005
    asked = device.heard_at(device.frame) - DELAY
    steps = [
        playout.receive([Block(device.frame, device.ring, 240, 0, asked, DELAY, 0, 4)])
    ]
    device.frame, device.ring = device.frame + 240, device.ring + 240
    steps += [device.play(240) for _ in range(60)]

    assert steps.count(True) == playout.step_count == 1
    assert steps.index(True) * 240 / RATE < 0.080


# -- lost devices ---------------------------------------------------------------


def test_before_the_first_block_there_is_nothing_to_lose(playout, device):
    assert playout.lose(5.0) == 0
    device.play(240)
    assert playout.when("u1", 0) == pytest.approx(device.heard_at(0))
    assert playout.gaps("u1") == ()


def test_a_lost_device_has_played_what_was_heard_by_then(playout, device):
    device.play(480)
    device.play(480)
    gone = device.heard_at(500.5)

    assert device.lose(gone) == playout.ring_next == 500
    assert playout.silence is LOST
    assert playout.heard("u1", gone + 0.5) == 500
    assert playout.until("u1", 500) == pytest.approx(device.heard_at(500))
    assert playout.when("u1", 500) is None
    assert playout.when("u1", 499) == pytest.approx(device.heard_at(499))
    assert playout.device_frames == 960
    assert playout.lose(gone + 0.1) == 500


def test_what_a_device_had_in_hand_when_it_last_asked_was_not_heard(playout, device):
    """Half a second without a block: by the line all of it was heard long ago."""
    device.play(4_800)
    device.play(480)
    asked = 4_800 - round(DELAY * RATE)
    assert playout.lose(device.heard_at(48_000)) == asked > 0
    assert playout.until("u1", asked) == pytest.approx(device.heard_at(asked))


def test_a_device_has_played_no_more_than_it_took(playout, device):
    device.play(480)
    assert device.lose(device.heard_at(480)) == 480
    assert playout.until("u1", 480) == pytest.approx(device.heard_at(480))


def test_a_device_lost_before_anything_was_heard(playout, device):
    device.silence(240)
    device.play(240)
    assert playout.lose(0.0) == 0
    assert playout.heard("u1", 1_000.0) == 0


@pytest.mark.parametrize("start", [960, 5_000])
def test_the_next_device_takes_up_where_the_last_was_heard(playout, device, start):
    """Another delay, another count of frames: all times stay what they were."""
    device.play(480)
    device.play(480)
    gone = device.heard_at(500)
    assert device.lose(gone) == 500
    later = Device(playout, delay=0.080, frame=start, ring=500)
    later.origin = gone + 2.0 - start / RATE
    assert not later.play(0, 240)
    assert playout.silence is STARVED
    assert playout.heard("u1", gone + 1.9) == 500
    assert not later.play(240)

    assert playout.step_count == 0
    assert playout.when("u1", 250) == pytest.approx(device.heard_at(250))
    assert playout.when("u1", 500) == pytest.approx(gone + 2.005)
    assert playout.time_of(start + 240) == pytest.approx(gone + 2.005)
    assert playout.until("u1", 500) == pytest.approx(gone)
    assert playout.heard("u1", gone + 2.006) == pytest.approx(548)
    assert playout.gaps("u1") == (Gap(500, 96_000, LOST), Gap(500, 240, STARVED))
    assert playout.device_frames == start + 480
    assert playout.latency == pytest.approx(0.080)


def test_a_device_without_a_delay_may_follow(playout, device):
    device.play(480)
    gone = device.heard_at(240)
    device.lose(gone)
    playout.fallback_delay = 0.1
    playout.receive([Block(480, 240, 240, 0, gone + 1.0, math.nan)])

    assert playout.when("u1", 240) == pytest.approx(gone + 1.1)
    assert playout.quality == "fallback"
    assert playout.step_count == 0


def test_a_device_cannot_be_heard_before_the_last_was_lost(playout, device):
    device.play(480)
    device.lose(device.heard_at(480))
    playout.receive([Block(480, 480, 240, 0, 90.0, DELAY)])

    assert playout.when("u1", 480) == pytest.approx(90.0 + DELAY)
    assert playout.gaps("u1") == (Gap(480, 0, LOST),)


def test_silence_that_nobody_heard_is_no_gap(playout, device):
    """A starvation behind the moment of loss happens again, or does not."""
    device.play(240)
    device.silence(100)
    device.play(240)
    device.silence(480)
    device.play(240)
    assert len(playout.gaps("u1")) == 2
    assert device.lose(device.heard_at(240 + 100 + 240 + 96)) == 480

    assert playout.gaps("u1") == (Gap(240, 100, STARVED),)
    later = Device(playout, frame=device.frame, ring=480)
    later.origin += 1.0
    later.play(240)
    # What of it was heard comes before the loss.
    lost = (later.frame - 240) + RATE - (240 + 100 + 240 + 96)
    assert playout.gaps("u1")[1:] == (Gap(480, 96, STARVED), Gap(480, lost, LOST))


def test_a_device_lost_in_silence_around_an_utterance_leaves_no_gap(playout, device):
    device.play(240)
    playout.finish("u1", 240)
    playout.begin("u2", 240)
    device.silence(480, Silence.IDLE)
    assert device.lose(device.heard_at(500)) == 240
    later = Device(playout, frame=device.frame, ring=240)
    later.play(240)

    assert playout.gaps("u1") == playout.gaps("u2") == ()


def test_frames_too_old_to_be_played_again_are_discarded(playout, device):
    """The ring's history was shorter than the device's delay."""
    device.play(960)
    gone = device.heard_at(100)
    assert device.lose(gone) == 100
    playout.discard(300)
    later = Device(playout, frame=960, ring=300, origin=gone + 1.0 - 960 / RATE)
    later.play(240)

    assert playout.when("u1", 200) is None
    assert playout.when("u1", 300) == pytest.approx(gone + 1.0)
    assert playout.gaps("u1") == (Gap(300, 48_000, LOST),)


# -- what is kept ---------------------------------------------------------------


def test_an_hour_of_broken_sound_is_not_kept(playout, device):
    playout.finish("u1", 10)
    sizes = []
    for _ in range(3):
        for _ in range(1_200):  # twenty minutes
            device.play(24_000, 24_000)
        sizes.append(len(playout._segments))

    assert max(sizes) <= 2 * (60 + 2)
    assert sizes[1] == sizes[2]
    assert playout.gaps("u1") == ()
    assert playout._segments.rests == []
