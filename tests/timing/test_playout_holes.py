"""Records that were lost: what is known of the blocks that nobody told of."""

from __future__ import annotations

import pytest

from streamer.timing import Gap, PlayoutMap, Silence
from tests.timing.playout_rig import RATE, Device

STARVED, PAUSED, LOST = Silence.STARVED, Silence.PAUSED, Silence.LOST


@pytest.fixture
def playout():
    playout = PlayoutMap(RATE)
    playout.begin("u1", 0)
    return playout


@pytest.fixture
def device(playout):
    return Device(playout)


def lose_records(device, frames, taken):
    """Let the device play on with nobody taking its records."""
    device.frame += frames
    device.ring += taken


def test_a_hole_full_of_sound_is_sound(playout, device):
    device.play(240)
    lose_records(device, 4_800, 4_800)
    device.play(240)

    assert playout.when("u1", 2_000) == pytest.approx(device.heard_at(2_000))
    assert playout.gaps("u1") == ()


def test_a_hole_of_sound_ends_a_silence(playout, device):
    device.play(240)
    device.silence(240)
    lose_records(device, 4_800, 4_800)
    device.silence(240)

    assert playout.gaps("u1") == (Gap(240, 240, STARVED),)


def test_a_hole_where_nothing_was_taken_is_silence(playout, device):
    device.play(240)
    lose_records(device, 4_800, 0)
    device.play(240)
    device.silence(10, PAUSED)
    lose_records(device, 100, 0)
    device.play(240)
    lose_records(device, 100, 0)
    device.silence(10, PAUSED)
    device.play(240)

    assert playout.gaps("u1") == (
        Gap(240, 4_800, STARVED),
        Gap(480, 110, PAUSED),
        Gap(720, 110, PAUSED),
    )
    assert playout.heard("u1", device.heard_at(3_000)) == 240


def test_a_hole_of_both_is_unknown_but_bounded(playout, device):
    """Sound and silence in an order that nobody knows."""
    device.play(240)
    lose_records(device, 4_800, 1_200)
    device.play(240)

    assert playout.when("u1", 239) == pytest.approx(device.heard_at(239))
    assert playout.when("u1", 240) is playout.when("u1", 1_000) is None
    assert playout.until("u1", 1_000) is None
    assert playout.when("u1", 1_440) == pytest.approx(device.heard_at(5_040))
    assert playout.gaps("u1") == (Gap(1_440, 3_600, STARVED),)
    for frame in range(240, 5_040, 60):
        heard = playout.heard("u1", device.heard_at(frame))
        least = max(240, 1_440 - (5_040 - frame))
        most = min(frame, 1_440)
        assert least - 0.01 <= heard <= most + 0.01


def test_after_an_unknown_hole_come_another_and_silence(playout, device):
    device.play(240)
    lose_records(device, 1_000, 300)
    device.silence(0)
    device.silence(100, PAUSED)
    lose_records(device, 1_000, 300)
    device.silence(100, STARVED)
    device.play(240)

    # The first hole's silence was over within the second, nobody knows where.
    gaps = playout.gaps("u1")
    assert gaps[-2:] == (Gap(840, 700, STARVED), Gap(840, 100, STARVED))
    assert playout.when("u1", 840) == pytest.approx(device.heard_at(2_440))


def test_a_device_lost_in_a_hole_was_heard_in_between(playout, device):
    device.play(240)
    lose_records(device, 4_800, 1_200)
    device.play(240)
    assert playout.lose(device.heard_at(240 + 2_400)) == 240 + 600
    later = Device(playout, frame=device.frame, ring=840, origin=device.origin + 1)
    later.play(240)

    assert playout.heard("u1", device.heard_at(240 + 1_200)) == pytest.approx(540)
    assert playout.gaps("u1")[0] == Gap(840, 2_400 - 600, STARVED)
    assert playout.gaps("u1")[1].reason is LOST


def test_frames_skipped_in_a_hole_were_flushed(playout, device):
    device.play(240)
    lose_records(device, 100, 5_000)
    playout.begin("u2", 5_240)
    device.play(240)

    assert playout.when("u1", 3_000) is None
    assert playout.when("u2", 0) == pytest.approx(device.heard_at(340))
    assert playout.gaps("u2") == ()


def test_a_cut_tells_the_silence_in_which_sound_stood(playout, device):
    device.play(240)
    device.silence(100)
    device.play(240)
    device.silence(700)
    device.silence(60, PAUSED)
    device.play(0, 240, Silence.FLUSHED)

    over = (Gap(240, 100, STARVED),)
    assert playout.gaps("u1") == over
    standing = (Gap(480, 700, STARVED), Gap(480, 60, PAUSED))
    assert playout.gaps_of_cut("u1", 480) == over + standing
    # Cut in its sound, before it, or where it had just gone on: none stood there.
    assert playout.gaps_of_cut("u1", 300) == over
    assert playout.gaps_of_cut("u1", 0) == over
    assert playout.gaps_of_cut("u1", 240) == over
    # What is behind its end is none of its own.
    playout.finish("u1", 480)
    assert playout.gaps_of_cut("u1", 480) == over


def test_what_is_left_out_ahead_does_not_put_off_what_follows():
    playout = PlayoutMap(RATE)
    device = Device(playout)
    for at, utterance in enumerate(("u1", "u2", "u3", "u4")):
        playout.begin(utterance, at * 4_800)
        playout.finish(utterance, (at + 1) * 4_800)
    device.play(480)
    before = playout.when("u4", 0)

    playout.discard(9_600, start=4_800)
    assert playout.when("u1", 4_000) is not None
    assert playout.when("u2", 0) is None
    assert playout.when("u3", 0) == pytest.approx(before - 0.2)
    playout.discard(14_400, start=9_600)  # what follows it, too
    assert playout.when("u3", 0) is None
    assert playout.when("u4", 0) == pytest.approx(before - 0.2)

    for _ in range(9):
        device.play(480)
    device.silence(480, Silence.IDLE)
    device.ring = 14_400
    device.play(480)
    assert playout.gaps("u1") == ()
    assert playout.heard("u4", playout.when("u4", 240)) == pytest.approx(240)
    # Late: what was there to be left out is being heard, and ends at once.
    playout.discard(19_200, start=14_400)
    assert playout.ring_next == 19_200
