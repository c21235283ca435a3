from __future__ import annotations

import math
import random

import pytest

from streamer.timing.line import Line

RATE = 48_000
BLOCK = 240
DELAY = 0.020
UNDERFLOW_SECONDS = 0.075


class Device:
    """Asks for blocks and knows when each of its frames is really heard."""

    def __init__(self, line, *, ppm=0.0, block=BLOCK, start=0):
        self.line = line
        self.frame = start
        self.block = block
        self.origin = 100.0
        self.rate = RATE * (1 + ppm * 1e-6)

    def heard_at(self, frame):
        return self.origin + frame / self.rate

    def run(self, seconds, *, noise=0.0, late=0.0, delay=None, chance=None):
        """Ask for blocks for a while; returns the seconds until each step."""
        chance = chance or random.Random(5)
        begin, steps = self.frame, []
        while self.frame - begin < seconds * RATE:
            lag = chance.uniform(0, late)
            heard = self.heard_at(self.frame)
            told = DELAY - lag + chance.uniform(-noise, noise)
            asked = heard - DELAY + lag
            if self.line.add(self.frame, asked, told if delay is None else delay):
                steps.append((self.frame - begin) / RATE)
            self.frame += self.block
        return steps

    @property
    def error(self):
        return abs(self.line.time_of(self.frame) - self.heard_at(self.frame))


@pytest.fixture
def line():
    return Line(RATE, window=2.0)


@pytest.fixture
def device(line):
    return Device(line)


def test_time_and_frame_are_inverses(line):
    device = Device(line, ppm=170)
    device.run(15)

    assert line.drift_ppm == pytest.approx(170, abs=0.5)
    for frame in (0, 1, 12_345.5, 10**9):
        assert line.frame_at(line.time_of(frame)) == pytest.approx(frame, abs=1e-3)


@pytest.mark.parametrize("ppm", [-200, 37, 200])
def test_the_slope_is_found_and_serves_the_past_and_the_future(line, ppm):
    device = Device(line, ppm=ppm)
    device.run(20, noise=0.0001, late=0.011)

    assert line.drift_ppm == pytest.approx(ppm, abs=2)
    for seconds in (-15, 4):
        frame = device.frame + seconds * RATE
        assert line.time_of(frame) == pytest.approx(
            device.heard_at(frame), rel=0, abs=0.0001
        )


def test_a_short_history_has_no_slope(line):
    """A few seconds of noise say nothing about a crystal."""
    device = Device(line, ppm=200)
    device.run(Line.MIN_SECONDS - 0.5)
    assert line.drift_ppm == 0.0
    device.run(1.5)
    assert line.drift_ppm == pytest.approx(200, abs=1)


@pytest.mark.parametrize("ppm", [-1_000, 1_000])
def test_no_crystal_is_believed_to_be_that_wrong(line, ppm):
    device = Device(line, ppm=ppm, block=960)
    assert device.run(30) == []
    assert device.error < Line.STEP
    assert line.drift_ppm == pytest.approx(math.copysign(500, ppm))


def test_one_second_of_nonsense_does_not_turn_the_slope(line):
    """Theil's median: a minority of seconds may be anything."""
    device = Device(line, ppm=50)
    device.run(20)
    for seconds in range(3):
        device.origin += 0.0019 * (-1) ** seconds
        device.run(1)
    device.origin -= 0.0019
    device.run(10)

    assert line.drift_ppm == pytest.approx(50, abs=5)


def test_the_slope_is_of_the_last_minute_only(line):
    device = Device(line, ppm=100, block=960)
    device.run(70)
    begin = device.frame
    device.origin, device.rate = device.heard_at(begin) - begin / RATE, RATE
    device.run(65)

    assert line.drift_ppm == pytest.approx(0, abs=3)


def test_a_step_keeps_the_slope_and_drops_the_history(line):
    """The crystal is the same one; where the line stood is another matter."""
    device = Device(line, ppm=150)
    device.run(15)
    device.origin += 0.030

    assert len(device.run(9)) == 1
    assert line.drift_ppm == pytest.approx(150, abs=1)
    assert device.error < 0.0001
    device.run(3)
    assert line.drift_ppm == pytest.approx(150, abs=1)


def test_another_device_has_another_slope(line):
    device = Device(line, ppm=150)
    device.run(15)
    line.restart()
    assert line.drift_ppm == 0.0
    other = Device(line, ppm=-100, start=device.frame)
    other.origin += 3.0

    assert other.run(0.2) == []
    assert other.error < 0.0001
    assert line.step_count == 0


@pytest.mark.parametrize("slip", [0.0025, 0.006, -0.030])
@pytest.mark.parametrize(
    ("noise", "soonest", "latest"), [(0.0001, 0.04, 0.08), (0.0008, 0.1, 0.2)]
)
def test_a_step_is_seen_when_blocks_agree_or_most_of_three_tenths_have_changed(
    line, device, slip, noise, soonest, latest
):
    device.run(5, noise=noise, late=0.011)
    device.origin += slip
    (seconds,) = device.run(2, noise=noise, late=0.011)

    assert soonest <= seconds <= latest
    assert line.step_count == 1
    assert device.error < 2 * noise


def test_a_change_that_goes_away_again_is_no_step(line, device):
    device.run(5)
    device.origin += 0.010
    assert device.run(0.03) == []
    device.origin -= 0.010
    assert device.run(2) == []
    assert device.error < 1e-6


def test_a_device_that_has_run_dry_is_believed_at_once(line, device):
    """What is asked for after it should have been heard can't be in time."""
    device.run(5)
    line.add(device.frame, device.heard_at(device.frame) + 0.050, 0.001)

    assert line.step_count == 1
    late = line.time_of(device.frame) - device.heard_at(device.frame)
    assert late == pytest.approx(0.051, abs=1e-6)


def test_right_after_it_has_run_dry_the_newest_blocks_count(line, device):
    """A sound server still moves by some milliseconds then (PulseAudio, tried)."""
    device.run(5)
    device.origin += 0.050
    line.add(device.frame, device.heard_at(device.frame), 0.0)
    device.run(0.02)
    device.origin += 0.004
    device.run(0.06)

    assert device.error < 1e-6


@pytest.mark.parametrize("block", [64, BLOCK, 960])
def test_after_a_flag_less_is_enough(line, block):
    device = Device(line, block=block)
    device.run(5)
    device.origin += 0.012
    line.alert(device.frame)
    (seconds,) = device.run(1)

    assert Line.ALERT_WINDOW <= seconds <= UNDERFLOW_SECONDS
    assert device.error < 1e-6


def test_a_flag_alone_moves_nothing(line, device):
    device.run(5)
    for _ in range(50):  # a device that always flags
        line.alert(device.frame)
        assert device.run(0.02, noise=0.001) == []


def test_a_device_that_flags_every_block_is_still_seen_to_slip(line, device):
    device.run(5)
    device.origin += 0.012
    steps = []
    for _ in range(40):
        line.alert(device.frame)
        steps += device.run(0.01)

    assert len(steps) == 1
    assert device.error < 1e-6


def test_sound_heard_before_it_was_asked_for_is_as_good_as_a_flag(line, device):
    """The device stood still for longer than its latency: it must have slipped."""
    device.run(5)
    device.origin += 0.060
    (seconds,) = device.run(1)

    assert seconds <= UNDERFLOW_SECONDS
    assert device.error < 1e-6


def test_one_late_record_of_three_large_blocks_is_no_step(line):
    """Blocks of half a second: 0.3 s hold one, and one is no median."""
    device = Device(line, block=24_000)
    device.run(5)
    device.origin += 0.015
    assert device.run(0.5) == []
    device.origin -= 0.015
    assert device.run(5) == []
    device.origin += 0.015
    assert len(device.run(3)) == 1


@pytest.mark.parametrize("delay", [math.nan, math.inf, -math.inf, -1e-9, 2.001])
def test_a_delay_that_cannot_be_is_replaced(line, delay):
    line.fallback_delay = 0.050
    line.add(0, 10.0, delay)

    assert line.quality == "fallback"
    assert line.delay == line.believe(delay) == 0.050
    assert line.time_of(0) == pytest.approx(10.050)
    assert line.believe(0.030) == 0.030


def test_a_stand_in_does_not_touch_a_line_that_was_measured(line, device):
    line.fallback_delay = 0.5
    device.run(1)
    assert device.run(Line.BIN / 2, delay=math.nan) == []

    assert line.quality == "measured"
    assert line.delay == pytest.approx(DELAY)
    assert device.error < 1e-6


def test_a_bin_just_closed_is_measured_too(line, device):
    line.fallback_delay = 0.5
    device.run(2)
    for _ in range(100):
        device.run(0.001)
        device.run(0.001, delay=math.nan)

    assert line.quality == "measured"
    assert line.step_count == 0


def test_a_device_that_stops_measuring_is_told_of(line, device):
    line.fallback_delay = DELAY + 0.1
    device.run(5)

    assert device.run(4, delay=math.nan) == [pytest.approx(2.0, abs=0.01)]
    assert line.quality == "fallback"
    assert device.error == pytest.approx(0.1)
    assert device.run(1) == [0.0]
    assert line.quality == "measured"
    assert device.error < 1e-6
    assert line.step_count == 2


def test_a_stand_in_that_was_right_is_no_step(line, device):
    line.fallback_delay = DELAY
    assert device.run(1, delay=math.nan) == []
    assert device.run(1) == []
    assert line.quality == "measured"


def test_delays_that_contradict_the_count_of_frames_are_no_measure(line, device):
    """A constant for a delay, under callbacks that come 11 ms late and more."""
    chance = random.Random(2)
    device.run(10, late=0.040, delay=0.030, chance=chance)
    assert line.quality == "fallback"
    assert line.step_count == 0

    device.origin += 0.1  # a slip is seen nevertheless
    assert len(device.run(1, late=0.040, delay=0.030, chance=chance)) == 1
    device.run(5, late=0.011)
    assert line.quality == "measured"


def test_the_delay_of_a_block_off_the_line_is_not_told(line, device):
    device.run(5)
    line.add(device.frame, device.heard_at(device.frame), 1.5)
    assert line.delay == pytest.approx(DELAY)


def test_without_a_window_every_block_is_its_own_truth():
    line = Line(RATE, window=0.0)
    assert not line.add(0, 10.0, 0.0)
    assert not line.add(RATE, 10.1, 0.0)
    assert line.time_of(RATE) == pytest.approx(10.1)
    assert not line.add(2 * RATE, 10.2, math.nan)
    assert line.quality == "fallback"
    assert not line.add(3 * RATE, 30.0, 0.0)
    assert line.time_of(3 * RATE) == pytest.approx(30.0)
    assert line.quality == "measured"


def test_a_window_below_a_bin_keeps_one():
    line = Line(RATE, window=0.05)
    device = Device(line)
    device.run(3)
    assert device.error < 1e-6


def test_an_hour_takes_no_more_memory_than_a_minute(line):
    device = Device(line, block=4_800)
    sizes = []
    for _ in range(3):
        device.run(90)
        sizes.append(
            [
                len(line._now) + sum(map(len, line._full)),
                len(line._bins),
                len(line._second),
                len(line._seconds),
            ]
        )

    assert sizes[0][3] == sizes[2][3] == Line.MAX_SECONDS
    assert max(map(max, sizes)) <= Line.MAX_SECONDS
