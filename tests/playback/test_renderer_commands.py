"""What stops sound and lets it go on: flush, pause, resume, rewind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import Done, Verb
from streamer.timing import Silence
from tests.examples import examples
from tests.playback.renderer_rig import (
    FADE,
    FALL,
    GAIN,
    RAMP_STEP,
    RISE,
    Rig,
    largest_step,
    ones,
    tone,
)


@pytest.fixture
def rig():
    return Rig()


# -- flush --------------------------------------------------------------------


def test_a_flush_fades_to_zero_and_says_where(rig):
    rig.put(ones(500))
    rig.render(100)
    id = rig.tell(Verb.FLUSH, until=500)
    assert rig.renderer.commanded

    out = rig.render(100)

    assert not rig.renderer.commanded
    np.testing.assert_allclose(out[:FADE], FALL, atol=1e-7)
    assert (out[FADE:] == 0.0).all()
    assert rig.dones == [Done(id, Verb.FLUSH, 100 + FADE, 100 + FADE)]
    assert (rig.blocks[-1].played, rig.blocks[-1].silent) == (FADE, 60)
    assert rig.reasons[-1] is Silence.FLUSHED
    assert rig.ring.read_position == 500
    rig.render(40)
    assert rig.reasons[-1] is Silence.IDLE


def test_a_fade_may_span_blocks(rig):
    rig.put(ones(500))
    rig.render(100)
    rig.tell(Verb.FLUSH, until=500)
    for _ in range(3):
        rig.render(15)

    np.testing.assert_allclose(rig.sound[100 : 100 + FADE], FALL, atol=1e-7)
    assert [block.played for block in rig.blocks[1:]] == [15, 15, 10]
    assert [done.device_frame for done in rig.dones] == [100 + FADE]


def test_what_is_dropped_ahead_of_its_time_is_never_heard(rig):
    rig.put(ones(150), finish=True)
    rig.put(ones(100) * 0.5, finish=True)
    rig.put(ones(60) * 0.25, finish=True)
    rig.render(100)
    id = rig.tell(Verb.FLUSH, value=150, until=250)

    assert (rig.render(40) == 1.0).all()
    assert rig.dones == [Done(id, Verb.FLUSH, 150, 100)]
    out = rig.render(40)
    assert (out[:10] == 1.0).all()
    assert (out[10:] == 0.0).all()
    assert rig.reasons[-1] is Silence.IDLE
    assert (rig.render(60) == 0.25).all()
    assert rig.blocks[-1].ring_frame == 250


def test_what_follows_what_is_dropped_may_be_dropped_too(rig):
    for _ in range(3):
        rig.put(ones(100), finish=True)
    rig.render(50)
    rig.tell(Verb.FLUSH, value=100, until=200)
    rig.tell(Verb.FLUSH, value=200, until=300)

    rig.render(50)
    assert (rig.render(50) == 0.0).all()
    assert rig.ring.read_position == 300


def test_a_flush_now_may_end_where_one_ahead_begins(rig):
    for level in (1.0, 0.5, 0.25):
        rig.put(ones(100) * level, finish=True)
    rig.render(20)
    rig.tell(Verb.FLUSH, value=100, until=200)
    rig.tell(Verb.FLUSH, until=100)

    rig.render(60)
    assert (rig.render(50) == 0.25).all()


def test_a_drop_that_comes_too_late_fades_what_is_heard(rig):
    rig.put(ones(100), finish=True)
    rig.put(ones(100) * 0.5, finish=True)
    rig.render(120)
    rig.tell(Verb.FLUSH, value=100, until=200)

    out = rig.render(60)
    np.testing.assert_allclose(out[:FADE], FALL * 0.5, atol=1e-7)
    assert rig.dones[0].ring_frame == 120 + FADE


def test_what_is_behind_a_flush_starts_untouched_at_the_next_block(rig):
    rig.put(ones(200))
    rig.render(10)
    rig.tell(Verb.FLUSH, until=200)
    rig.put(ones(30) * 0.5, finish=True)

    rig.render(100)
    out = rig.render(40)

    assert (out[:30] == 0.5).all()
    assert (out[30:] == 0.0).all()
    assert rig.blocks[-1].ring_frame == 200


def test_a_flush_takes_nothing_from_behind_it(rig):
    """The rest of its ramp goes over the last frame, as silence."""
    rig.put(ones(110))
    rig.put(ones(100) * 0.25)
    rig.render(100)
    rig.tell(Verb.FLUSH, until=110)
    out = rig.render(80)

    np.testing.assert_allclose(out[:FADE], FALL, atol=1e-7)
    assert (rig.blocks[-1].played, rig.blocks[-1].silent) == (10, 70)
    (done,) = rig.dones
    assert (done.ring_frame, done.device_frame) == (110, 110)
    assert (rig.render(80) == 0.25).all()


def test_a_flush_of_what_is_over_leaves_the_next_one_alone(rig):
    rig.put(ones(80), finish=True)
    rig.put(ones(80) * 0.5)
    rig.render(80)
    rig.tell(Verb.FLUSH, until=80)
    assert (rig.render(40) == 0.5).all()
    rig.tell(Verb.FLUSH, until=80)
    assert (rig.render(40) == 0.5).all()
    assert [(done.ring_frame, done.device_frame) for done in rig.dones] == [
        (80, 80),
        (120, 120),
    ]


def test_a_flush_in_silence_acts_at_once(rig):
    id = rig.tell(Verb.FLUSH, until=0)
    assert (rig.render(50) == 0.0).all()
    assert rig.dones == [Done(id, Verb.FLUSH, 0, 0)]


def test_a_flush_does_not_begin_what_waits(rig):
    rig.render(50)
    rig.put(ones(100))
    rig.tell(Verb.FLUSH, until=100)

    assert (rig.render(50) == 0.0).all()
    assert [(done.ring_frame, done.device_frame) for done in rig.dones] == [(0, 50)]
    assert rig.ring.read_position == 100


def test_after_a_flush_in_starvation_the_next_sound_is_fresh(rig):
    rig.put(ones(50))
    rig.render(40)
    rig.render(80)
    rig.tell(Verb.FLUSH, until=50)
    rig.render(40)
    assert rig.reasons[-1] is Silence.IDLE
    rig.put(ones(40))
    assert (rig.render(40) == 1.0).all()


def test_commands_behind_a_fade_wait_for_its_end(rig):
    rig.put(ones(200))
    rig.render(20)
    first = rig.tell(Verb.FLUSH, until=100)
    second = rig.tell(Verb.FLUSH, until=150)
    rig.render(50)
    assert [done.id for done in rig.dones] == [first]
    out = rig.render(50)

    assert [done.id for done in rig.dones] == [first, second]
    assert (out == 1.0).all()
    assert rig.ring.read_position == 200


@examples(80)
@given(
    block=st.integers(1, 120),
    before=st.integers(0, 200),
    length=st.integers(1, 300),
    verb=st.sampled_from([Verb.FLUSH, Verb.PAUSE]),
)
def test_a_stop_has_no_step_but_the_ramps_own(block, before, length, verb):
    """However short the block or the sound; and it is done within two fades."""
    rig = Rig()
    rig.put(ones(length))
    rig.render(1)
    for _ in range(before // block):
        rig.render(block)
    rig.tell(verb, until=length)
    for _ in range(2 * FADE // block + 2):
        rig.render(block)

    assert largest_step(rig.sound) <= RAMP_STEP
    assert rig.sound[-1] == 0.0
    assert len(rig.dones) == 1


# -- pause --------------------------------------------------------------------


def test_a_pause_fades_out_and_a_resume_fades_in_where_it_was(rig):
    rig.put(ones(500))
    rig.render(100)
    pause = rig.tell(Verb.PAUSE)
    out = rig.render(80)
    rig.render(80)

    np.testing.assert_allclose(out[:FADE], FALL, atol=1e-7)
    assert rig.reasons[1:] == [Silence.PAUSED, Silence.PAUSED]
    assert rig.dones == [Done(pause, Verb.PAUSE, 100 + FADE, 100 + FADE)]

    resume = rig.tell(Verb.RESUME)
    out = rig.render(80)
    np.testing.assert_allclose(out[:FADE], RISE, atol=1e-7)
    assert (out[FADE:] == 1.0).all()
    assert rig.dones[1:] == [Done(resume, Verb.RESUME, 100 + FADE, 260)]
    assert rig.blocks[-1].ring_frame == 100 + FADE


def test_a_pause_before_the_first_frame_leaves_it_untouched(rig):
    rig.tell(Verb.PAUSE)
    rig.put(ones(100))
    rig.render(40)
    assert rig.reasons == [Silence.PAUSED]
    rig.tell(Verb.RESUME)
    assert (rig.render(40) == 1.0).all()


def test_a_pause_at_an_end_leaves_the_next_one_untouched(rig):
    rig.put(ones(40), finish=True)
    rig.render(40)
    rig.tell(Verb.PAUSE)
    assert (rig.render(40) == 0.0).all()
    rig.put(ones(40))
    rig.tell(Verb.RESUME)
    assert (rig.render(40) == 1.0).all()


def test_a_pause_in_starvation_still_fades_in(rig):
    rig.put(ones(50))
    rig.render(40)
    rig.render(80)
    rig.tell(Verb.PAUSE)
    rig.render(40)
    assert rig.reasons[-1] is Silence.PAUSED
    rig.put(ones(40))
    rig.tell(Verb.RESUME)
    np.testing.assert_allclose(rig.render(40), RISE, atol=1e-7)


def test_a_flush_does_not_end_a_pause(rig):
    rig.put(ones(300))
    rig.render(40)
    rig.tell(Verb.PAUSE)
    rig.render(80)
    rig.tell(Verb.FLUSH, until=300)
    rig.put(ones(100) * 0.5)
    assert (rig.render(80) == 0.0).all()
    assert rig.reasons[-1] is Silence.PAUSED
    rig.tell(Verb.RESUME)
    assert (rig.render(80) == 0.5).all()


def test_a_second_pause_is_done_at_once(rig):
    rig.put(ones(300))
    rig.tell(Verb.PAUSE)
    rig.tell(Verb.PAUSE)
    rig.render(10)
    assert [done.verb for done in rig.dones] == [Verb.PAUSE, Verb.PAUSE]


# -- the command ring ---------------------------------------------------------


def test_more_commands_than_the_ring_takes_wait_and_are_all_answered(rig):
    rig.put(ones(2_000))
    ids = [rig.tell(Verb.GAIN, value=index / 100) for index in range(100)]
    ids.append(rig.tell(Verb.MUTE))
    rig.render(10)
    assert [done.id for done in rig.dones] == ids[: PythonRenderer.COMMANDS]
    rig.render(10)
    assert [done.id for done in rig.dones] == ids
    assert rig.dones[-1].verb is Verb.MUTE
    assert {done.verb for done in rig.dones[:-1]} == {Verb.GAIN}


def test_commands_that_wait_go_before_later_ones(rig):
    for _ in range(PythonRenderer.COMMANDS):
        rig.tell(Verb.UNMUTE)
    rig.tell(Verb.GAIN, value=0.5)
    rig.renderer.render(np.zeros((10, 1), np.float32), 0.0, 0.0)
    rig.tell(Verb.GAIN, value=0.25)
    rig.put(ones(500), finish=True)
    rig.render(GAIN + 10)
    assert rig.render(10)[0] == 0.25


# -- rewind -------------------------------------------------------------------


def test_after_a_rewind_sound_comes_a_second_time_fading_in():
    sound = tone(400)
    rig = Rig()
    rig.put(sound)
    rig.render(200)
    assert rig.ring.rewind(120) == 120
    out = rig.render(100)

    np.testing.assert_allclose(out[:FADE], sound[120:160, 0] * RISE, atol=1e-7)
    assert (out[FADE:] == sound[160:220, 0]).all()
    assert rig.blocks[-1].device_frame == 200
    assert rig.blocks[-1].ring_frame == 120


def test_a_rewind_goes_no_further_than_the_history():
    rig = Rig(ring_seconds=0.05, history=0.01)
    for _ in range(2):
        rig.put(ones(400))
        rig.render(400)
    assert rig.ring.rewind(0) == 800 - 480


def test_a_rewind_never_plays_what_was_flushed(rig):
    rig.put(ones(400))
    rig.render(100)
    rig.tell(Verb.FLUSH, until=400)
    rig.render(100)
    assert rig.ring.rewind(50) == 400


def test_a_rewind_in_idle_silence_keeps_the_next_sound_fresh(rig):
    rig.put(ones(40), finish=True)
    rig.render(80)
    assert rig.ring.rewind(40) == 40
    rig.put(ones(40), finish=True)
    assert (rig.render(40) == 1.0).all()


def test_a_fade_that_the_device_did_not_finish_is_over_after_a_rewind(rig):
    rig.put(ones(400))
    rig.render(100)
    rig.tell(Verb.PAUSE)
    rig.render(10)
    rig.ring.rewind(90)
    assert (rig.render(40) == 0.0).all()
    assert [(done.ring_frame, done.device_frame) for done in rig.dones] == [(90, 110)]
