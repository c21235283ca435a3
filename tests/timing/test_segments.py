"""Segments by themselves; what a map makes of them is in test_playout_*.py."""

from __future__ import annotations

import pytest

from streamer.timing import Block, Silence
from streamer.timing.segments import Rest, Segments


@pytest.fixture
def segments():
    return Segments()


def add(segments, ring_frame, played, silent=0, reason=Silence.STARVED, *, frame=None):
    frame = segments.end if frame is None else frame
    segments.add(frame, Block(0, ring_frame, played, silent, 0.0, 0.0, reason))


def test_before_the_first_block_nothing_is_known(segments):
    assert len(segments) == segments.end == 0
    assert segments.silence is Silence.IDLE
    assert segments.frame_of(0) is segments.end_of(1) is None


def test_what_goes_on_is_one_segment(segments):
    for ring_frame in range(0, 2_400, 240):
        add(segments, ring_frame, 240)
    for _ in range(10):
        add(segments, 2_400, 0, 240)

    assert len(segments) == 2
    assert segments.end == 4_800
    assert segments.silence is Silence.STARVED


def test_another_reason_is_another_segment(segments):
    add(segments, 0, 100, 140)
    add(segments, 100, 0, 240, Silence.PAUSED)
    add(segments, 100, 240)

    assert len(segments) == 4
    assert segments.rests == [
        Rest(100, 100, 140, Silence.STARVED),
        Rest(100, 100, 240, Silence.PAUSED),
    ]


def test_a_frame_taken_twice_was_heard_the_second_time(segments):
    add(segments, 0, 480)
    assert segments.cut(100) == 100
    segments.extend(1_000)
    add(segments, 100, 380)

    assert segments.frame_of(200) == 1_100
    assert segments.end_of(100) == 100
    assert segments.ring_at(500) == 100
    assert segments.rests == [Rest(100, 100, 900, Silence.LOST)]


def test_a_loss_is_never_shorter_than_nothing(segments):
    add(segments, 0, 480)
    segments.cut(480)
    segments.extend(-5)
    assert segments.end == 480


def test_pruned_segments_are_unknown_and_the_last_is_kept(segments):
    for ring_frame in range(0, 2_400, 240):
        add(segments, ring_frame, 240, 240)
    segments.prune(1_000)
    assert segments.frame_of(300) is None
    assert segments.frame_of(500) == 980
    assert segments.ring_at(0) == 480
    segments.prune(1_000_000)
    assert len(segments) == 1
    assert segments.silence is Silence.STARVED
    # A silence whose sound is forgotten is over all the same.
    add(segments, 2_400, 240)
    assert segments.rests[-1] == Rest(2_400, 2_400, 240, Silence.STARVED)


def test_the_first_block_may_be_any(segments):
    add(segments, 7, 240, frame=9_600)
    assert segments.frame_of(7) == 9_600
    assert segments.ring_at(0) == 7
