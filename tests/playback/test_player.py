from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import HealthCheck, given, strategies as st

from streamer.playback import Change
from streamer.timing import JitterOptions, JitterPolicy
from tests.examples import examples

RATE = 8_000
BLOCK = 40  # 5 ms
DELAY = 0.010


def speech(frames: int, seed: int = 1) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return chance.uniform(0.1, 1.0, (frames, 1)).astype(np.float32)


async def test_an_utterance_starts_plays_and_ends(rig):
    sound = speech(1_000)
    rig.player.begin("u1", JitterPolicy())
    await rig.write(sound)
    rig.player.finish()
    await rig.play(40)

    assert (rig.sound[:1_000] == sound[:, 0]).all()
    assert (rig.sound[1_000:] == 0.0).all()
    started, ended = rig.changes
    assert started == Change("started", "u1", 0, pytest.approx(50.010))
    assert ended == Change("ended", "u1", 1_000, pytest.approx(50.010 + 1_000 / RATE))


async def test_the_end_is_told_once_it_is_heard_not_when_it_is_taken(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(40))
    rig.player.finish()
    await rig.play(1)
    assert rig.kinds() == ["started"]
    await rig.play(2)
    assert rig.kinds() == ["started", "ended"]


async def test_little_sound_is_held_back_until_there_is_more(rig, prefill):
    rig.player.begin("u1", prefill())
    await rig.write(speech(319))  # one frame short of 40 ms
    await rig.play(3)
    assert not rig.sound.any()

    await rig.write(speech(1))
    await rig.play(1)
    assert rig.sound[-BLOCK:].all()


async def test_a_short_utterance_plays_once_it_is_complete(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(30))
    await rig.play(2)
    rig.player.finish()
    await rig.play(4)

    assert np.count_nonzero(rig.sound) == 30
    assert rig.kinds() == ["started", "ended"]
    assert rig.player.playout.gaps("u1") == ()


async def test_an_utterance_without_frames_ends_where_it_stands(rig):
    rig.player.begin("u1", JitterPolicy())
    rig.player.finish()
    assert rig.player.poll() == [Change("ended", "u1", 0, 50.0)]


async def test_an_utterance_without_frames_ends_after_the_one_before(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(100))
    rig.player.finish()
    rig.player.begin("u2", JitterPolicy())
    rig.player.finish()
    rig.player.begin("u3", JitterPolicy())
    await rig.write(speech(400))
    rig.player.finish()
    await rig.play(20)

    ended = [change for change in rig.changes if change.kind == "ended"]
    assert [change.utterance for change in ended] == ["u1", "u2", "u3"]
    assert ended[1].time == ended[0].time == pytest.approx(50.010 + 100 / RATE)


async def test_what_comes_as_it_was_written_goes_through_while_sound_flows(
    rig, prefill
):
    data, sound = b"\x00\x40" * 200, np.full((200, 1), 0.5, np.float32)
    assert not rig.player.write_through(data)  # nobody writes
    rig.player.begin("u1", prefill())
    assert not rig.player.write_through(data)  # nothing flows yet
    await rig.write(sound[:10])
    assert not rig.player.write_through(data)  # some is held back
    await rig.write(np.concatenate([sound, sound]))
    assert rig.player.write_through(data)
    await rig.play(15)
    assert (rig.sound[:600] == 0.5).all()
    assert rig.kinds() == ["started"]

    await rig.play(2)
    assert rig.kinds() == ["started", "starved"]
    assert not rig.player.write_through(data)  # the policy is to be asked
    await rig.write(sound)
    assert not rig.player.write_through(data)
    rig.player.finish()
    assert not rig.player.write_through(data)


async def test_what_does_not_fit_whole_does_not_go_through(make_rig):
    rig = make_rig(ring_seconds=0.1)
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(700))
    assert not rig.player.write_through(bytes(2 * 101))
    assert rig.player.write_through(bytes(2 * 100))
    assert rig.ring.space == 0


async def test_starved_is_not_ended(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(400))
    await rig.play(20)
    assert rig.kinds() == ["started", "starved"]
    starved = rig.changes[-1]
    assert (starved.frame, starved.time) == (400, pytest.approx(50.010 + 400 / RATE))

    await rig.write(speech(800))
    rig.player.finish()
    await rig.play(40)

    assert rig.kinds() == ["started", "starved", "resumed", "ended"]
    resumed, ended = rig.changes[2:]
    assert (resumed.frame, resumed.time) == (400, pytest.approx(50.110))
    assert (ended.frame, ended.time) == (1_200, pytest.approx(50.110 + 0.1))
    assert [(gap.frame, gap.frames) for gap in rig.player.playout.gaps("u1")] == [
        (400, 400)
    ]


async def test_after_a_starvation_the_policy_is_asked_again(rig, prefill):
    """Else each frame that arrives would be a starvation of its own."""
    rig.player.begin("u1", prefill())
    await rig.write(speech(320))
    await rig.play(12)
    for _ in range(15):
        await rig.write(speech(40))
        await rig.play(1)
    assert not rig.sound[320 + BLOCK :].any()  # behind the tail of 5 ms

    await rig.write(speech(40))
    await rig.play(1)
    assert rig.sound[-BLOCK:].all()
    assert rig.kinds() == ["started", "starved", "resumed"]


async def test_the_end_of_a_starved_utterance_is_its_end(rig):
    """It ran dry only because nothing more was to come."""
    policy = JitterPolicy()
    rig.player.begin("u1", policy)
    await rig.write(speech(400))
    await rig.play(20)
    rig.player.finish()
    await rig.play(1)

    assert rig.kinds() == ["started", "starved", "ended"]
    assert policy.starvations == 0
    assert rig.player.playout.gaps("u1") == ()


async def test_a_planned_end_is_no_starvation(rig):
    policy = JitterPolicy()
    rig.player.begin("u1", policy)
    await rig.write(speech(400))
    rig.player.finish()
    await rig.play(30)
    second = JitterPolicy()
    rig.player.begin("u2", second)
    await rig.write(speech(400))
    rig.player.finish()
    await rig.play(30)

    assert rig.kinds("u1") == rig.kinds("u2") == ["started", "ended"]
    assert policy.starvations == second.starvations == 0


async def test_a_queued_utterance_follows_without_a_gap(rig):
    first, second = speech(777, 1), speech(900, 2)
    rig.player.begin("u1", JitterPolicy())
    await rig.write(first)
    rig.player.finish()
    rig.player.begin("u2", JitterPolicy())
    await rig.write(second)
    rig.player.finish()
    await rig.play(50)

    both = np.concatenate([first, second])[:, 0]
    assert (rig.sound[: len(both)] == both).all()
    assert rig.kinds("u2") == ["due", "started", "ended"]
    due, started = (c for c in rig.changes if c.utterance == "u2" and c.frame == 0)
    assert due.time == pytest.approx(started.time) == pytest.approx(50.010 + 777 / RATE)
    assert rig.player.playout.gaps("u2") == ()


async def test_a_queued_utterance_is_due_only_once_it_may_be_heard(rig):
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(800))
    rig.player.finish()
    rig.player.begin("u2", JitterPolicy())
    await rig.write(speech(100))
    await rig.play(4)

    assert rig.kinds("u2") == []


async def test_a_full_ring_waits_and_loses_nothing(make_rig):
    rig = make_rig(ring_seconds=0.1)
    sound = speech(4_000)
    rig.player.begin("u1", JitterPolicy())
    writing = asyncio.ensure_future(rig.player.write(sound))
    await rig.clock.advance(0.0)
    assert not writing.done()
    await rig.play(60)
    assert not writing.done()
    await rig.play(70)
    assert writing.done()
    rig.player.finish()
    assert (rig.sound[:4_000] == sound[:, 0]).all()


async def test_a_ring_smaller_than_the_target_still_plays(make_rig):
    """A full ring can't wait for more: that would be for ever."""
    rig = make_rig(ring_seconds=0.05)
    rig.player.begin("u1", JitterPolicy(JitterOptions(cold=0.2)))
    writing = asyncio.ensure_future(rig.player.write(speech(500)))
    await rig.clock.advance(0.0)
    await rig.play(20)

    assert writing.done()
    assert rig.sound[:500].all()


async def test_a_cancelled_writer_leaves_a_player_that_goes_on(make_rig):
    rig = make_rig(ring_seconds=0.1)
    rig.player.begin("u1", JitterPolicy())
    writing = asyncio.ensure_future(rig.player.write(speech(4_000)))
    await rig.clock.advance(0.0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    rig.player.finish()
    await rig.play(30)

    assert rig.kinds() == ["started", "ended"]
    assert np.count_nonzero(rig.sound) == 800


async def test_an_output_that_is_not_paced_waits_for_nothing_and_never_starves(
    make_rig,
):
    rig = make_rig(paced=False)
    rig.player.begin("u1", JitterPolicy())
    await rig.write(speech(10))
    await rig.play(1, frames=10)
    await rig.write(speech(10))
    await rig.play(1, frames=10)
    rig.player.finish()
    rig.changes += rig.player.poll()

    assert rig.sound.all()
    assert rig.kinds() == ["started", "ended"]


@examples(15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    script=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 12), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    block=st.integers(7, 200),
)
def test_nothing_is_lost_repeated_or_reordered(make_rig, script, block):
    """Whatever arrives when: the sound without its silences is what was written."""

    async def run() -> None:
        rig = make_rig()
        written: list[np.ndarray] = []
        number = 0
        rig.player.begin("u0", JitterPolicy())
        for seed, (frames, blocks, next_utterance) in enumerate(script):
            sound = speech(frames, seed)
            written.append(sound)
            await rig.write(sound)
            if next_utterance:
                rig.player.finish()
                number += 1
                rig.player.begin(f"u{number}", JitterPolicy())
            await rig.play(blocks, frames=block)
        rig.player.finish()
        while rig.player._tracks:
            await rig.play(20, frames=block)
        expected = np.concatenate(written)[:, 0]
        heard = np.concatenate(rig.media)
        assert len(heard) == len(expected)
        # Only what follows a starvation is touched: it fades in.
        touched = np.flatnonzero(heard != expected)
        behind = np.array(rig.resumed, int)
        nearest = touched - behind[np.searchsorted(behind, touched, "right") - 1]
        assert (nearest < BLOCK).all()
        ended = [c for c in rig.changes if c.kind == "ended"]
        assert [c.utterance for c in ended] == [f"u{i}" for i in range(number + 1)]
        assert sum(c.frame for c in ended) == len(expected)
        times = [round(c.time, 6) for c in ended]
        assert times == sorted(times)

    asyncio.run(run())
