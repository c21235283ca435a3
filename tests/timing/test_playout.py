from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import assume, given, strategies as st

from streamer.timing import Block, Gap, PlayoutMap
from tests.examples import examples

RATE = 48_000
DELAY = 0.020


@dataclass
class Device:
    """
    A device with an honest clock, and what it said to a map.

    ``truth`` is what was really heard: runs of ring frame, device frame, frames.
    """

    playout: PlayoutMap
    delay: float = DELAY
    begin: float = 100.0
    rate: float = RATE
    frame: int = 0
    ring: int = 0
    truth: list[tuple[int, int, int]] = field(default_factory=list)

    def play(self, played: int, silent: int = 0, **said: float):
        """One block, told of at once; returns whether the line took a step."""
        return self.playout.receive([self.block(played, silent, **said)])

    def play_many(self, count: int, played: int, silent: int = 0):
        """*count* like blocks, told of together."""
        return self.playout.receive([self.block(played, silent) for _ in range(count)])

    def block(self, played: int, silent: int, *, late: float = 0.0, noise: float = 0.0):
        """A late callback's time and delay move against each other."""
        due = self.begin + self.frame / self.rate
        block = Block(
            self.frame, self.ring, played, silent, due + late, self.delay - late + noise
        )
        self.truth.append((self.ring, self.frame, played))
        self.frame += played + silent
        self.ring += played
        return block

    def silence(self, frames: int):
        return self.play(0, frames)

    def played_at(self, ring_frame: int) -> int:
        return next(
            frame + ring_frame - first
            for first, frame, played in self.truth
            if first <= ring_frame < first + played
        )

    def heard_at(self, device_frame: float) -> float:
        return self.begin + self.delay + device_frame / self.rate


@pytest.fixture
def playout():
    return PlayoutMap(RATE)


@pytest.fixture
def device(playout):
    return Device(playout)


def test_before_the_first_block_nothing_is_known(playout):
    playout.begin("u1", 0)

    assert playout.when("u1", 0) is None
    assert playout.until("u1", 0) is None
    assert playout.heard("u1", 5.0) == 0.0
    assert playout.silent
    assert (playout.device_frames, playout.ring_next, playout.period) == (0, 0, 0.0)
    assert not playout.receive([])


def test_an_utterance_is_known_from_its_beginning_until_it_is_forgotten(playout):
    assert not playout.knows("u1")
    playout.begin("u1", 0)
    assert playout.knows("u1")
    playout.forget("u1")
    playout.forget("u1")
    assert not playout.knows("u1")
    assert playout.when("u1", 0) is None
    assert playout.until("u1", 0) is None


def test_a_frame_is_heard_its_delay_after_it_was_asked_for(playout, device):
    playout.begin("u1", 0)
    device.play(240)

    assert playout.when("u1", 0) == pytest.approx(100.020)
    assert playout.when("u1", 120) == pytest.approx(100.0225)
    assert playout.heard("u1", 100.0225) == pytest.approx(120)


def test_what_is_still_in_the_ring_is_reckoned_to_follow(playout, device):
    playout.begin("u1", 0)
    device.play(240)

    assert playout.when("u1", 48_000) == pytest.approx(101.020)


def test_in_silence_nobody_knows_when_the_next_frame_is_heard(playout, device):
    playout.begin("u1", 0)
    device.play(240)
    device.play(100, 140)

    assert playout.when("u1", 339) is not None
    assert playout.when("u1", 340) is None
    assert playout.until("u1", 340) == pytest.approx(device.heard_at(340))
    assert playout.heard("u1", device.heard_at(470)) == 340


def test_when_sound_stops_and_when_it_goes_on_are_told_apart(playout, device):
    playout.begin("u1", 0)
    device.play(240)
    device.silence(480)
    device.play(240)

    assert playout.until("u1", 240) == pytest.approx(device.heard_at(240))
    assert playout.when("u1", 240) == pytest.approx(device.heard_at(720))
    assert playout.until("u1", 481) is None
    assert playout.gaps("u1") == (Gap(240, 480),)


def test_silence_around_an_utterance_is_no_gap(playout, device):
    device.silence(480)
    playout.begin("u1", 0)
    device.play(240)
    playout.finish("u1", 240)
    device.silence(480)
    playout.begin("u2", 240)
    device.play(240)

    assert playout.gaps("u1") == ()
    assert playout.gaps("u2") == ()


def test_only_the_utterance_around_it_has_the_gap(playout, device):
    playout.begin("u1", 0)
    playout.finish("u1", 240)
    playout.begin("u2", 240)
    device.play(300)
    device.silence(77)
    device.silence(23)
    device.play(200)

    assert playout.gaps("u1") == ()
    assert playout.gaps("u2") == (Gap(60, 100),)


def test_heard_stays_within_the_utterance(playout, device):
    device.silence(480)
    playout.begin("u1", 0)
    device.play(240)
    playout.finish("u1", 240)
    playout.begin("u2", 240)
    device.play(240)

    assert playout.heard("u1", 0.0) == 0.0
    assert playout.heard("u1", device.heard_at(900)) == 240
    assert playout.heard("u2", device.heard_at(500)) == 0.0


def test_heard_never_runs_ahead_of_what_the_device_took(playout, device):
    playout.begin("u1", 0)
    device.play(240)

    assert playout.heard("u1", device.heard_at(10_000)) == 240


def test_discarded_frames_are_never_heard(playout, device):
    playout.begin("u1", 0)
    device.play(240)
    playout.discard(1_000)
    playout.begin("u2", 1_000)

    assert playout.when("u1", 500) is None
    assert playout.ring_next == 1_000
    assert playout.when("u2", 0) == pytest.approx(device.heard_at(240))
    playout.discard(10)
    assert playout.ring_next == 1_000

    device.ring = 1_000
    device.play(240)
    assert playout.when("u2", 0) == pytest.approx(device.heard_at(240))
    assert playout.heard("u1", device.heard_at(120)) == pytest.approx(120)


def test_a_flush_in_silence_moves_what_follows(playout, device):
    playout.begin("u1", 0)
    device.play(100, 140)
    playout.discard(1_000)
    playout.begin("u2", 1_000)
    device.ring = 1_000
    device.silence(240)

    assert playout.heard("u2", device.heard_at(300)) == 0.0
    assert playout.when("u2", 0) is None


def test_late_callbacks_leave_no_trace(playout, device):
    """Bursty callbacks: time and delay move against each other, their sum stays."""
    playout.begin("u1", 0)
    chance = random.Random(7)
    late = [device.block(240, 0, late=chance.uniform(0, 0.011)) for _ in range(400)]
    playout.receive(late)

    assert playout.when("u1", 0) == pytest.approx(device.heard_at(0), abs=1e-9)
    assert playout.step_count == 0


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_drifting_device_is_followed(playout, ppm):
    device = Device(playout, rate=RATE * (1 + ppm * 1e-6))
    playout.begin("u1", 0)
    for _ in range(60):  # a minute
        assert not device.play_many(200, 240)

    now = device.frame - 240
    assert playout.step_count == 0
    assert playout.when("u1", now) == pytest.approx(device.heard_at(now), abs=0.0005)


@pytest.mark.parametrize("jump", [0.026, 0.0025, -0.017])
def test_a_slip_of_the_sound_server_is_one_step(playout, device, jump):
    playout.begin("u1", 0)
    device.play_many(600, 240)
    device.begin += jump
    steps = []
    for _ in range(120):
        steps.append(device.play(240))
        if steps[-1]:  # what is said then is the truth already
            now = device.heard_at(device.frame)
            assert playout.when("u1", device.ring) == pytest.approx(now)

    assert steps.count(True) == playout.step_count == 1
    assert steps.index(True) * 240 / RATE < PlayoutMap.STEP_WINDOW
    assert playout.when("u1", device.ring) == pytest.approx(
        device.heard_at(device.frame)
    )


def test_a_young_line_takes_no_step(playout, device):
    """The first blocks of a device are noise."""
    device.play(240, noise=0.010)
    for _ in range(30):
        assert not device.play(240)


def test_noise_below_two_milliseconds_is_no_step(playout, device):
    chance = random.Random(3)
    playout.begin("u1", 0)
    for _ in range(25):
        noisy = [
            device.block(240, 0, noise=chance.uniform(-0.0015, 0.0015))
            for _ in range(40)
        ]
        assert not playout.receive(noisy)

    assert playout.when("u1", 0) == pytest.approx(device.heard_at(0), abs=0.0005)


@pytest.mark.parametrize("delay", [math.nan, -0.001, 2.5])
def test_a_delay_that_cannot_be_is_replaced_and_said_so(delay):
    playout = PlayoutMap(RATE, fallback_delay=0.05)
    playout.begin("u1", 0)
    playout.receive([Block(0, 0, 240, 0, 10.0, delay)])

    assert playout.quality == "fallback"
    assert playout.latency == 0.05
    assert playout.when("u1", 0) == pytest.approx(10.05)

    playout.receive([Block(240, 240, 240, 0, 10.005, 0.05)])
    assert playout.quality == "measured"


def test_without_a_window_every_block_is_its_own_truth():
    playout = PlayoutMap(RATE, window=0.0)
    playout.begin("u1", 0)
    playout.receive([Block(0, 0, 48_000, 0, 10.0, 0.0)])
    playout.receive([Block(48_000, 48_000, 48_000, 0, 10.1, 0.0)])

    assert playout.when("u1", 48_000) == pytest.approx(10.1)
    assert playout.step_count == 0


def test_history_is_bounded_and_the_present_is_kept(playout, device):
    playout.begin("u1", 0)
    playout.finish("u1", 240)
    playout.begin("u2", 240)
    device.play_many(7, 24_000, 24_000)
    assert playout.until("u1", 240) is not None
    device.play_many(70, 24_000, 24_000)  # seventy seconds, starved each second

    assert len(playout._segments) <= 2 * 60 + 2
    assert playout.when("u2", device.ring - 250) is not None
    assert playout.heard("u2", 0.0) >= 0.0
    assert playout.until("u1", 240) is None


def test_lost_records_leave_a_hole_and_move_nothing(playout, device):
    """The record ring was full: blocks in between were never told of."""
    playout.begin("u1", 0)
    device.play(240)
    device.frame += 4_800  # silence that nobody reported
    device.play(240)
    device.silence(240)
    device.frame += 4_800
    device.silence(240)
    device.play(240)

    for ring_frame in (0, 239, 240, 479, 480, 719):
        expected = device.heard_at(device.played_at(ring_frame))
        assert playout.when("u1", ring_frame) == pytest.approx(expected)


BLOCKS = st.lists(
    st.tuples(
        st.integers(0, 700),  # played
        st.integers(0, 700),  # silent
        st.floats(0, 0.010),  # how late the callback was
    ),
    min_size=1,
    max_size=40,
)


@examples(60, deadline=None)
@given(blocks=BLOCKS, length=st.integers(1, 3_000))
def test_when_and_heard_are_inverses_where_sound_plays(blocks, length):
    playout = PlayoutMap(RATE)
    device = Device(playout)
    playout.begin("u1", 0)
    playout.finish("u1", length)
    playout.begin("u2", length)
    for played, silent, late in blocks:
        device.play(played, silent, late=late)

    for ring_frame in range(0, device.ring, 83):
        device_frame = device.played_at(ring_frame)
        utterance, start = ("u1", 0) if ring_frame < length else ("u2", length)
        time = playout.when(utterance, ring_frame - start)
        assert time == pytest.approx(device.heard_at(device_frame), abs=1e-7)
        heard = playout.heard(utterance, time + 1e-7)
        assert heard == pytest.approx(ring_frame - start, abs=0.02)


@examples(60, deadline=None)
@given(blocks=BLOCKS, length=st.integers(1, 3_000))
def test_gaps_are_exactly_the_silence_that_was_injected(blocks, length):
    playout = PlayoutMap(RATE)
    device = Device(playout)
    playout.begin("u0", 0)
    playout.finish("u0", length)
    playout.begin("u1", length)
    expected: dict[str, dict[int, int]] = {"u0": {}, "u1": {}}
    for played, silent, _ in blocks:
        device.play(played, silent)
        name, start = ("u0", 0) if device.ring < length else ("u1", length)
        if silent and device.ring > start:
            gaps = expected[name]
            at = device.ring - start
            gaps[at] = gaps.get(at, 0) + silent
    device.play(1)  # a silence counts once it is over

    for name, gaps in expected.items():
        assert {gap.frame: gap.frames for gap in playout.gaps(name)} == gaps


@examples(60, deadline=None)
@given(blocks=BLOCKS, flushes=st.sets(st.integers(0, 39)))
def test_what_is_heard_never_goes_back(blocks, flushes):
    playout = PlayoutMap(RATE)
    device = Device(playout)
    playout.begin("u1", 0)
    for index, (played, silent, late) in enumerate(blocks):
        device.play(played, silent, late=late)
        if index in flushes:
            device.ring += 500
            playout.discard(device.ring)
    assume(device.frame)

    times = [device.heard_at(frame) for frame in range(-50, device.frame + 50, 25)]
    positions = [playout.heard("u1", time) for time in times]
    assert positions == sorted(positions)
