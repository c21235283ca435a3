"""
A map beside a simulated device whose true times are known.

The device starves, pauses, slips by -30 to +40 ms with and without a flag,
drifts by up to 200 ppm, calls back late and in bursts, sometimes knows no
delay, and is lost and found.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from streamer.timing import Block, Gap, PlayoutMap, Silence
from tests.examples import examples

RATE = 48_000
BLOCK = 240
DELAY = 0.030
UNDERFLOW = 4
PRESENT = 0.0005
"""Seconds by which what is heard now may be off: noise, and drift of a second."""

quick = examples(40, deadline=None, derandomize=True)


@dataclass
class World:
    """The device, its true history, and the map that is told of it."""

    ppm: float = 0.0
    seed: int = 0
    unknown: float = 0.0  # share of blocks without a delay
    playout: PlayoutMap = field(default_factory=lambda: PlayoutMap(RATE))
    origin: float = 100.0
    first: int = 0  # the device's first frame; its delay is always known
    frame: int = 0
    ring: int = 0
    asked: float = 0.0
    played: list = field(default_factory=list)  # (ring frame, when heard)
    silences: dict = field(default_factory=dict)  # (ring frame, reason) → frames
    waiting: list = field(default_factory=list)
    steps: int = 0

    def __post_init__(self):
        self.chance = random.Random(self.seed)
        self.rate = RATE * (1 + self.ppm * 1e-6)
        self.playout.fallback_delay = 0.2

    def heard_at(self, frame):
        return self.origin + frame / self.rate

    @property
    def now(self):
        return self.heard_at(self.frame)

    def block(self, played, silent=0, reason=Silence.IDLE, flags=0):
        """One more block; its record waits until the event loop comes round."""
        late = self.chance.uniform(0, 0.011)
        noise = self.chance.uniform(-0.0001, 0.0001)
        delay = DELAY - late + noise
        if self.frame > self.first and self.chance.random() < self.unknown:
            delay = math.nan
        asked = self.now - DELAY + late
        self.asked = asked
        record = (self.frame, self.ring, played, silent, asked, delay, reason, flags)
        if played:
            self.played.append((self.ring, self.now))
        if silent:
            key = (self.ring + played, reason)
            self.silences[key] = self.silences.get(key, 0) + silent
        self.frame += played + silent
        self.ring += played
        self.waiting.append(Block(*record))
        if self.chance.random() < 0.2:
            self.take()

    def take(self):
        self.steps += self.playout.receive(self.waiting)
        self.waiting = []

    def sound(self, blocks, flags=0):
        for index in range(blocks):
            self.block(BLOCK, flags=0 if index else flags)

    def silence(self, frames, reason):
        self.block(BLOCK - 100, 100, reason)
        for first in range(0, frames, BLOCK):
            self.block(0, min(BLOCK, frames - first), reason)

    def error(self, blocks=200):
        """The largest error among the last *blocks* that had sound."""
        self.take()
        errors = []
        for ring, heard in self.played[-blocks:]:
            told = self.playout.when("u1", ring)
            errors.append(abs(told - heard))
            assert self.playout.heard("u1", told + 1e-7) == pytest.approx(ring, abs=0.1)
        return max(errors)

    def check_monotone(self):
        self.take()
        times = [self.now + step * 0.0007 for step in range(-1_500, 100)]
        heard = [self.playout.heard("u1", time) for time in times]
        assert all(before <= after for before, after in pairwise(heard))
        assert heard[-1] == self.ring


STAGES = st.lists(
    st.one_of(
        st.tuples(st.just("sound"), st.integers(1, 150)),
        st.tuples(st.just("starved"), st.integers(1, 9_000)),
        st.tuples(st.just("paused"), st.integers(1, 9_000)),
    ),
    max_size=8,
)
WORLDS = st.builds(
    World,
    ppm=st.floats(-200, 200),
    seed=st.integers(0, 999),
    unknown=st.sampled_from([0.0, 0.0, 0.3]),
)


def play(world, stages):
    for kind, amount in stages:
        if kind == "sound":
            world.sound(amount)
        else:
            world.silence(amount, Silence[kind.upper()])


def begun(world):
    """Half a second of sound; a device's first block knows its delay."""
    world.playout.begin("u1", 0)
    world.sound(100)
    return world


@quick
@given(world=WORLDS, stages=STAGES)
def test_what_is_told_is_true_across_starvation_and_pauses(world, stages):
    begun(world)
    play(world, stages)
    world.sound(20)

    assert world.error() <= PRESENT
    world.check_monotone()
    assert world.steps == world.playout.step_count == 0


@quick
@given(world=WORLDS, stages=STAGES)
def test_gaps_are_the_silences_that_were_inserted(world, stages):
    begun(world)
    play(world, stages)
    world.sound(1)
    world.take()

    gaps: dict = {}
    for gap in world.playout.gaps("u1"):
        assert isinstance(gap, Gap)
        key = (gap.frame, gap.reason)
        gaps[key] = gaps.get(key, 0) + gap.frames
    assert gaps == world.silences


@quick
@given(
    world=WORLDS,
    stages=STAGES,
    slip=st.one_of(st.floats(-0.030, -0.0025), st.floats(0.0025, 0.040)),
    flagged=st.booleans(),
)
def test_a_slip_is_one_step_flag_or_no_flag(world, stages, slip, flagged):
    begun(world)
    play(world, stages)
    world.take()
    world.origin += slip
    world.sound(80, UNDERFLOW if flagged else 0)
    world.check_monotone()

    assert world.steps == world.playout.step_count == 1
    assert world.error(80) <= PRESENT


@quick
@given(world=WORLDS, slip=st.floats(-0.0015, 0.0015))
def test_a_slip_too_small_for_a_step_is_taken_over_in_time(world, slip):
    begun(world)
    world.origin += slip
    world.sound(30)
    assert world.error(30) <= 0.002
    world.sound(400)
    assert world.error(60) <= PRESENT
    assert world.steps == 0


@quick
@given(
    world=WORLDS,
    stages=STAGES,
    ago=st.floats(-0.2, 0.4),
    away=st.floats(0.1, 5.0),
    jump=st.integers(0, 100_000),
    ppm=st.floats(-200, 200),
)
def test_another_device_takes_up_where_the_lost_one_was_heard(
    world, stages, ago, away, jump, ppm
):
    begun(world)
    play(world, stages)
    world.take()
    gone = world.now - ago
    stopped = min(gone, world.asked)
    before = world.playout.heard("u1", stopped)
    held = world.playout.lose(gone)
    assert before - 1 <= held <= before + 0.01
    assert held <= world.ring
    assert world.playout.silence is Silence.LOST

    world.ring, world.frame = held, world.frame + jump
    world.first = world.frame
    world.rate = RATE * (1 + ppm * 1e-6)
    world.origin += stopped + away - world.now
    back = world.now
    # While nothing is heard, all stays where it was.
    assert world.playout.heard("u1", (stopped + back) / 2) == held
    world.played = []
    world.sound(30)

    assert world.error() <= PRESENT
    assert world.steps == 0
    assert world.playout.heard("u1", (stopped + back) / 2) == held
    lost = world.playout.gaps("u1")[-1]
    assert (lost.frame, lost.reason) == (held, Silence.LOST)
    assert lost.frames / RATE == pytest.approx(away, abs=0.003)
    world.check_monotone()


@pytest.mark.parametrize("ppm", [-200, 200])
def test_ten_minutes_of_drift_and_late_callbacks_stay_within_two_milliseconds(ppm):
    """Blocks of 20 ms, called back up to 11 ms late, records taken in bursts."""
    playout = PlayoutMap(RATE)
    playout.begin("u1", 0)
    chance = random.Random(ppm)
    rate, size = RATE * (1 + ppm * 1e-6), 960
    worst, blocks = 0.0, []
    for index in range(30_000):
        frame = index * size
        late = chance.random() * 0.011
        heard = 100.0 + frame / rate
        blocks.append(
            Block(frame, frame, size, 0, heard - DELAY + late, DELAY - late, 0, 0)
        )
        if index % 10 == 9 or index < 50:
            assert not playout.receive(blocks)
            blocks = []
            told = playout.heard("u1", heard)
            worst = max(worst, abs(told - frame) / RATE)

    assert worst <= 0.002
    assert worst <= PRESENT  # and better than asked
    assert playout.drift_ppm == pytest.approx(ppm, abs=1)


def test_a_hold_of_the_interpreter_changes_nothing():
    """Seconds of records at once, or one by one: the same answers."""
    lots = World(ppm=120, seed=1, playout=PlayoutMap(RATE))
    single = World(ppm=120, seed=1, playout=PlayoutMap(RATE))
    for world in (lots, single):
        world.playout.begin("u1", 0)
        world.take = list  # nothing is taken while the interpreter is held
        world.sound(200)
        world.silence(3_000, Silence.STARVED)
        world.origin += 0.012
        world.sound(400)
    assert lots.playout.receive(lots.waiting)
    stepped = [single.playout.receive([block]) for block in single.waiting]

    assert stepped.count(True) == 1
    for frame in range(0, lots.ring + 1_000, 977):
        assert lots.playout.when("u1", frame) == single.playout.when("u1", frame)
    assert lots.playout.gaps("u1") == single.playout.gaps("u1")
