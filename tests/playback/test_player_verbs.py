"""Pause, gain, mute, skip, rest and the loss of a device, at the device."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest

from streamer.playback import Verb
from streamer.timing import JitterPolicy, Silence

RATE = 8_000
BLOCK = 40  # 5 ms, as long as a fade
LEVEL = np.float32(0.5)


def level(frames: int) -> np.ndarray:
    return np.full((frames, 1), LEVEL, np.float32)


async def begun(rig, frames: int = 2_000, blocks: int = 10, name: str = "u1"):
    rig.player.begin(name, JitterPolicy())
    await rig.write(level(frames))
    rig.player.finish()
    await rig.play(blocks)


async def test_a_pause_stands_still_and_sound_goes_on_where_it_was(rig):
    await begun(rig)
    paused = rig.player.pause_nowait()
    assert rig.player.paused
    await rig.play(2)
    done = await rig.clock.run(rig.player.wait_done(paused))
    assert (done.verb, done.ring_frame) == (Verb.PAUSE, 11 * BLOCK)
    await rig.play(20)
    assert rig.ring.read_position == 11 * BLOCK
    assert not rig.sound[11 * BLOCK :].any()

    rig.player.resume_nowait()
    await rig.play(45)

    assert rig.kinds() == ["started", "paused", "resumed", "ended"]
    assert sum(map(len, rig.media)) == 2_000
    (gap,) = [c for c in rig.changes if c.kind == "paused"]
    assert (gap.frame, gap.time) == (11 * BLOCK, pytest.approx(50.010 + 0.055))


async def test_no_step_is_larger_than_the_ramps(rig):
    await begun(rig)
    rig.player.pause_nowait()
    await rig.play(4)
    rig.player.resume_nowait()
    await rig.play(4)
    rig.player.mute_nowait(muted=True)
    await rig.play(4)
    rig.player.mute_nowait(muted=False)
    await rig.play(4)
    rig.player.flush_nowait()
    await rig.play(4)

    steps = np.abs(np.diff(rig.sound[BLOCK:]))
    assert steps.max() <= LEVEL * math.pi / 2 / BLOCK * 1.05


async def test_muted_sound_goes_on_unheard(rig):
    await begun(rig)
    rig.player.mute_nowait(muted=True)
    await rig.play(5)
    assert not rig.sound[-2 * BLOCK :].any()
    assert rig.ring.read_position == 15 * BLOCK
    assert rig.kinds() == ["started"]

    rig.player.mute_nowait(muted=False)
    await rig.play(3)
    assert (rig.sound[-BLOCK:] == LEVEL).all()


async def test_gain_is_there_within_two_blocks(rig):
    await begun(rig)
    rig.player.set_gain_nowait(0.25)
    await rig.play(3)
    assert np.allclose(rig.sound[-BLOCK:], LEVEL / 4)
    rig.player.set_gain_nowait(1.0)
    await rig.play(3)
    assert (rig.sound[-BLOCK:] == LEVEL).all()


async def test_a_gain_told_before_the_first_block_is_there_at_once(rig):
    rig.player.set_gain_nowait(0.5)
    await begun(rig, 400)
    assert (rig.sound[:400] == LEVEL / 2).all()


async def test_all_who_wait_at_once_are_answered_once_the_device_did_it(rig):
    """Three times what the command ring holds: the last stands for many."""
    await begun(rig)
    ids = [rig.player.set_gain_nowait(number / 200) for number in range(200)]
    waiting = asyncio.gather(*map(rig.player.wait_done, ids))
    await rig.play(3)
    assert waiting.done()
    assert [done.id for done in waiting.result()] == ids


async def test_of_answers_that_nobody_waits_for_the_oldest_are_dropped(rig):
    ids = [rig.player.set_gain_nowait(1.0) for _ in range(rig.player.ANSWERS + 1)]
    await rig.play(3)
    dropped, kept, *_ = ids
    assert (await rig.clock.run(rig.player.wait_done(kept))).id == kept
    assert await rig.clock.run(rig.player.wait_done(dropped)) is None


async def test_a_skip_cuts_one_and_the_next_follows_untouched(rig):
    await begun(rig, 2_000)
    rig.player.begin("u2", JitterPolicy())
    await rig.write(level(400))
    rig.player.finish()

    cutting = rig.player.skip_nowait()
    await rig.play(1)
    (cut,) = await rig.clock.run(rig.player.wait_flushed(cutting))
    assert (cut.utterance, cut.kind, cut.frame) == ("u1", "ended", 11 * BLOCK)

    await rig.play(30)
    assert rig.kinds("u2") == ["due", "started", "ended"]
    assert (rig.sound[12 * BLOCK - BLOCK :][:400] == LEVEL).all()


async def test_a_skip_of_what_is_being_written_stops_its_writer(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(level(1_000))
    await rig.play(5)
    cutting = rig.player.skip_nowait()
    await rig.write(level(1_000))  # comes too late, and is not kept
    assert rig.ring.written == 1_000
    await rig.play(2)
    (cut,) = await rig.clock.run(rig.player.wait_flushed(cutting))
    assert cut.frame == 6 * BLOCK


async def test_a_skip_of_nothing_is_answered(rig):
    cutting = rig.player.skip_nowait()
    await rig.play(1)
    assert await rig.clock.run(rig.player.wait_flushed(cutting)) == []


@pytest.mark.parametrize("verb", ["flush_nowait", "skip_nowait"])
async def test_a_cut_lifts_a_pause(rig, verb):
    await begun(rig)
    rig.player.pause_nowait()
    await rig.play(3)
    cutting = getattr(rig.player, verb)()
    assert not rig.player.paused
    await rig.play(2)
    await rig.clock.run(rig.player.wait_flushed(cutting))
    await begun(rig, 400, 15, "u2")
    assert rig.kinds("u2") == ["started", "ended"]


async def test_a_rest_is_silence_of_nobody(rig):
    await begun(rig, 400, 0)
    await rig.clock.run(rig.player.rest(0.050))
    await begun(rig, 400, 40, "u2")

    assert (rig.sound[:400] == LEVEL).all()
    assert not rig.sound[400:800].any()
    assert (rig.sound[800:1_200] == LEVEL).all()
    assert rig.kinds("u1") == ["started", "ended"]
    assert rig.kinds("u2") == ["due", "started", "ended"]
    assert rig.player.playout.gaps("u1") == rig.player.playout.gaps("u2") == ()


async def test_a_rest_can_carry_a_noise_that_wakes_a_sink(rig):
    await rig.clock.run(rig.player.rest(0.010, level=2**-15))
    await rig.play(2)
    assert 0 < np.abs(rig.sound).max() <= 2**-15


async def test_a_rest_waits_for_room_and_ends_with_a_flush(make_rig):
    rig = make_rig(ring_seconds=0.1)
    resting = asyncio.ensure_future(rig.player.rest(1.0))
    await rig.clock.advance(0.02)
    assert rig.ring.space == 0
    rig.player.flush_nowait()
    await rig.play(2)
    await rig.clock.run(asyncio.wait_for(resting, 1))
    assert rig.ring.written == 800


async def test_a_lost_device_is_taken_up_where_it_was_heard(rig):
    # 800 taken; when the last block was asked for, 15 ms of them were in hand.
    await begun(rig, 2_000, 20)
    changes = rig.player.lose(rig.clock.time())
    (lost,) = changes
    assert (lost.kind, lost.frame) == ("lost", 800 - 120)
    assert rig.ring.read_position == 680
    assert rig.player.playout.silence == Silence.LOST
    await rig.clock.advance(1.0)

    await rig.play(60)

    assert rig.kinds() == ["started", "resumed", "ended"]
    resumed = rig.changes[1]
    assert (resumed.frame, resumed.time) == (680, pytest.approx(51.100 + 0.010))
    (gap,) = rig.player.playout.gaps("u1") or [None]
    assert gap is None or gap.reason == Silence.LOST


async def test_a_device_lost_before_anything_was_heard_loses_nothing(rig):
    assert rig.player.lose(rig.clock.time()) == []
    await begun(rig, 400, 20)
    assert rig.kinds() == ["started", "ended"]
