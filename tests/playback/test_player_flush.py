from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.playback import Change, Player
from streamer.timing import JitterPolicy

RATE = 8_000
BLOCK = 40  # 5 ms
DELAY = 0.010


def speech(frames: int, seed: int = 1) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.uniform(0.1, 1.0, (frames, 1)).astype(np.float32)


async def flush(rig, frames: int = BLOCK) -> list[Change]:
    cutting = rig.player.flush_nowait()
    answer = asyncio.ensure_future(rig.player.wait_flushed(cutting))
    await rig.play(2, frames=frames)
    return await rig.clock.run(answer)


async def test_a_flush_says_how_much_will_have_been_heard(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(4_000))
    rig.player.finish()
    rig.player.begin("u2", JitterPolicy())
    await rig.write(speech(1_000))
    await rig.play(10)

    first, second = await flush(rig)

    assert first == Change("ended", "u1", 440, pytest.approx(50.010 + 440 / RATE))
    assert (second.utterance, second.frame, second.time) == ("u2", 0, first.time)
    assert not rig.sound[440:].any()
    await rig.play(5)
    assert rig.kinds("u2") == ["due"]
    assert rig.kinds("u1") == ["started"]


async def test_a_flush_of_silence_finds_nothing(rig):
    assert await flush(rig) == []


async def test_a_flush_of_what_is_held_cuts_it_unheard(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(100))
    await rig.play(1)

    (cut,) = await flush(rig)

    assert (cut.utterance, cut.frame) == ("u1", 0)
    assert not rig.sound.any()
    await rig.write(speech(100))  # its writer has not noticed yet
    rig.player.finish()
    await rig.play(5)
    assert not rig.sound.any()


async def test_what_is_taken_whole_but_not_heard_out_is_heard_whole(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(40))
    rig.player.finish()
    await rig.play(1)

    (cut,) = await flush(rig)

    assert cut.frame == 40


async def test_what_is_begun_while_the_device_takes_a_flush_is_not_cut(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(2_000))
    await rig.play(10)
    cutting = rig.player.flush_nowait()
    rig.player.begin("u2", JitterPolicy())
    await rig.write(np.full((400, 1), 0.5, np.float32))
    rig.player.finish()
    await rig.play(15)
    cut = await rig.clock.run(rig.player.wait_flushed(cutting))

    assert [change.utterance for change in cut] == ["u1"]
    assert (rig.sound[440:840] == 0.5).all()
    assert rig.kinds("u2")[-2:] == ["started", "ended"]
    assert rig.player.playout.gaps("u2") == ()


async def test_two_flushes_at_once_are_both_answered(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(2_000))
    await rig.play(10)
    cuttings = [rig.player.flush_nowait() for _ in range(2)]
    waiting = [
        asyncio.ensure_future(rig.player.wait_flushed(cutting)) for cutting in cuttings
    ]
    await rig.play(3)

    assert [task.done() for task in waiting] == [True, True]
    assert [len(task.result()) for task in waiting] == [1, 0]


async def test_a_device_that_takes_no_command_counts_as_silent(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(2_000))
    await rig.play(10)
    cutting = rig.player.flush_nowait()

    (cut,) = await rig.clock.run(rig.player.wait_flushed(cutting))

    assert cut.frame == 400
    assert rig.clock.time() == pytest.approx(50.050 + Player.TIMEOUT, abs=0.01)


async def test_before_any_block_a_flush_is_answered_by_the_clock(rig):
    cutting = rig.player.flush_nowait()
    rig.player.begin("u1", JitterPolicy())
    again = rig.player.flush_nowait()

    assert await rig.clock.run(rig.player.wait_flushed(cutting)) == []
    (cut,) = await rig.clock.run(rig.player.wait_flushed(again))
    assert (cut.frame, cut.time) == (0, 50.0)


async def test_a_step_of_the_sound_server_moves_what_is_heard_and_what_is_due(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(8_000))
    rig.player.finish()
    rig.player.begin("u2", JitterPolicy())
    await rig.write(speech(8_000))
    rig.player.finish()
    await rig.play(100)
    await rig.clock.advance(0.030)
    await rig.play(50)

    stepped = [change for change in rig.changes if change.kind == "stepped"]
    assert [change.utterance for change in stepped] == ["u1", "u2"]
    now, due = stepped
    assert now.time == pytest.approx(50.010 + 0.030 + now.frame / RATE)
    assert (due.frame, due.time) == (0, pytest.approx(50.010 + 0.030 + 1.0))
    assert rig.player.statistics() == {
        "record_overruns": 0,
        "clock_steps": 1,
        "underflows": 0,
    }


async def test_a_step_never_points_behind_an_utterances_end(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(200))
    rig.player.finish()
    rig.player.begin("u2", JitterPolicy())
    await rig.write(speech(4_000))
    await rig.play(6)
    rig.changes.clear()
    tracks = rig.player._tracks
    tracks[0].started = True

    after = rig.player._lookout.after_step(tracks)
    stepped = [c for c in after if c.utterance == "u1"]

    assert [change.frame for change in stepped] == [200]


async def test_a_step_in_silence_waits_for_sound(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(400))
    await rig.play(20)
    rig.player._stepped = True

    assert rig.player.poll() == []
