from __future__ import annotations

import inspect
import math
from itertools import product

import numpy as np
import pytest

from streamer.outputs.native import NativeRenderer
from streamer.playback.renderer import PythonRenderer, falling_ramp
from streamer.playback.rendering import Done, Renderer, Verb
from streamer.timing import Silence
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
from tests.tables import each


@pytest.fixture
def rig():
    return Rig()


# -- blocks -------------------------------------------------------------------


def test_blocks_carry_the_very_samples():
    sound = np.random.default_rng(1).normal(size=(100, 2)).astype(np.float32)
    rig = Rig(channels=2)
    rig.put(sound, finish=True)
    for _ in range(4):
        rig.render(30)

    heard = np.concatenate(rig.heard)
    assert (heard[:100] == sound).all()
    assert (heard[100:] == 0.0).all()


def test_each_block_is_recorded(rig):
    rig.put(ones(50), finish=True)
    for _ in range(3):
        rig.render(40, flags=2)

    told = [(b.device_frame, b.ring_frame, b.played, b.silent) for b in rig.blocks]
    assert told == [(0, 0, 40, 0), (40, 40, 10, 30), (80, 50, 0, 40)]
    assert rig.reasons == [Silence.NONE, Silence.IDLE, Silence.IDLE]
    assert [(b.time, b.delay, b.flags) for b in rig.blocks] == [(1.0, 0.01, 2)] * 3


def test_what_it_did_is_counted(rig):
    rig.put(ones(10))
    rig.render(40)
    rig.render(40, flags=4)
    rig.ring.finish()
    rig.render(40, flags=6)

    tally = rig.renderer.tally()
    assert (tally.blocks, tally.starved_frames) == (3, 70)
    assert (tally.overruns, tally.underflows) == (0, 2)


def test_it_runs_python(rig):
    assert rig.renderer.native is None


def test_the_ramp_begins_below_one_and_ends_in_silence():
    ramp = falling_ramp(240)
    assert 0.999 < ramp[0] < 1.0
    assert ramp[-1] == 0.0
    assert (np.diff(ramp) < 0).all()
    assert falling_ramp(1).tolist() == [0.0]


# -- an empty ring ------------------------------------------------------------


def test_before_the_first_frame_nothing_starves(rig):
    rig.render(40)
    assert rig.reasons == [Silence.IDLE]


def test_an_end_is_untouched_and_so_is_what_comes_after_it(rig):
    rig.put(ones(50), finish=True)
    rig.render(40)
    out = rig.render(40)
    assert (out[:10] == 1.0).all()
    assert (out[10:] == 0.0).all()

    rig.put(ones(40))
    assert (rig.render(40) == 1.0).all()


def test_starvation_continues_the_last_frame_under_a_ramp(rig):
    rig.put(ones(50) * 0.5)
    rig.render(40)
    out = rig.render(40)
    after = rig.render(40)

    assert (out[:10] == 0.5).all()
    np.testing.assert_allclose(out[10:], 0.5 * FALL[:30], atol=1e-7)
    np.testing.assert_allclose(after[:10], 0.5 * FALL[30:], atol=1e-7)
    assert (after[10:] == 0.0).all()
    assert [(b.played, b.silent) for b in rig.blocks[1:]] == [(10, 30), (0, 40)]
    assert rig.reasons[1:] == [Silence.STARVED, Silence.STARVED]


def test_a_ring_that_runs_out_at_a_blocks_end_fades_in_the_next(rig):
    rig.put(ones(40))
    rig.render(40)
    np.testing.assert_allclose(rig.render(40), FALL, atol=1e-7)
    assert rig.blocks[1].played == 0


def test_what_comes_after_starvation_fades_in(rig):
    rig.put(ones(50))
    rig.render(40)
    rig.render(80)
    rig.put(ones(100))
    out = rig.render(100)

    np.testing.assert_allclose(out[:FADE], RISE, atol=1e-7)
    assert (out[FADE:] == 1.0).all()
    assert (rig.blocks[-1].played, rig.blocks[-1].silent) == (100, 0)


def test_a_refill_is_added_to_the_tail_that_still_runs(rig):
    """Of level sound, fall and rise together make all of it."""
    rig.put(ones(40))
    rig.render(40)
    rig.render(10)
    rig.put(ones(100) * 0.5)
    out = rig.render(60)

    np.testing.assert_allclose(out[:30], FALL[10:] + 0.5 * RISE[:30], atol=1e-6)
    assert (out[FADE:] == 0.5).all()
    assert largest_step(rig.sound) <= RAMP_STEP


def test_an_end_that_is_known_late_was_an_end(rig):
    rig.put(ones(50))
    rig.render(40)
    rig.render(80)
    rig.ring.finish()
    rig.render(40)
    assert rig.reasons[1:] == [Silence.STARVED, Silence.IDLE]

    rig.put(ones(40))
    assert (rig.render(40) == 1.0).all()


def test_an_end_counts_even_if_the_next_one_has_ended_as_well(rig):
    rig.put(ones(50))
    rig.render(40)
    rig.render(80)
    rig.ring.finish()
    rig.put(ones(40), finish=True)
    assert (rig.render(40) == 1.0).all()


def test_two_utterances_without_a_gap_are_one_sound(rig):
    rig.put(ones(60), finish=True)
    rig.put(ones(60), finish=True)
    for _ in range(3):
        assert (rig.render(40) == 1.0).all()
    assert rig.reasons == [Silence.NONE] * 3


# -- gain ---------------------------------------------------------------------


def test_gain_ramps_and_sound_goes_on(rig):
    rig.put(ones(500))
    rig.render(40)
    id = rig.tell(Verb.GAIN, value=0.5)
    out = rig.render(100)

    line = 1.0 - 0.5 * np.arange(1, GAIN + 1) / GAIN
    np.testing.assert_allclose(out[:GAIN], line, atol=1e-6)
    assert (out[GAIN:] == 0.5).all()
    assert rig.dones == [Done(id, Verb.GAIN, 40, 40)]
    assert rig.blocks[-1].played == 100


def test_mute_keeps_the_gain_and_the_count(rig):
    rig.put(ones(1_000))
    rig.tell(Verb.GAIN, value=0.5)
    rig.tell(Verb.MUTE)
    rig.render(2 * GAIN)
    assert (rig.render(40) == 0.0).all()
    assert rig.blocks[-1].played == 40
    rig.tell(Verb.GAIN, value=0.25)
    assert (rig.render(40) == 0.0).all()
    rig.tell(Verb.UNMUTE)
    rig.render(GAIN)
    assert (rig.render(40) == 0.25).all()


def test_a_gain_that_changes_midway_goes_on_from_where_it_is(rig):
    rig.put(ones(1_000))
    rig.render(1)
    rig.tell(Verb.GAIN, value=0.0)
    half = rig.render(GAIN // 2)
    rig.tell(Verb.GAIN, value=1.0)
    out = rig.render(GAIN)
    assert half[-1] == pytest.approx(0.5)
    assert out[0] == pytest.approx(0.5 + 0.5 / GAIN)
    assert out[-1] == pytest.approx(1.0)


def test_back_at_a_gain_of_one_samples_are_the_very_ones(rig):
    sound = tone(600)
    rig.put(sound)
    rig.tell(Verb.GAIN, value=0.3)
    rig.render(100)
    rig.tell(Verb.GAIN, value=1.0)
    rig.render(100)
    assert (rig.render(200) == sound[200:400, 0]).all()


@pytest.mark.parametrize("value", [-0.5, math.nan, math.inf])
def test_a_gain_must_be_a_factor(rig, value):
    with pytest.raises(AssertionError):
        rig.tell(Verb.GAIN, value=value)


# -- steps --------------------------------------------------------------------


@each(product([Verb.PAUSE, Verb.FLUSH, Verb.MUTE, None], range(400, 430, 3)))
def test_no_step_is_larger_than_the_signals_own(verb, at):
    """At a stop, at starvation (None), and where sound goes on."""
    sound = tone(2_000)
    rig = Rig()
    rig.put(sound[:at] if verb is None else sound)
    rig.render(at)
    if verb is not None:
        rig.tell(verb, until=1_000)
    rig.render(25)
    rig.put(sound[at:1_000] if verb is None else sound[:0])
    if verb is not Verb.FLUSH:
        rig.tell(Verb.UNMUTE if verb is Verb.MUTE else Verb.RESUME)
        rig.render(37)
        rig.render(200)
    assert largest_step(rig.sound) <= largest_step(sound[:, 0])


# -- what a renderer is -------------------------------------------------------

ASKED = {name: what for name, what in vars(Renderer).items() if name[0] != "_"}


@each(product([PythonRenderer, NativeRenderer], ASKED))
def test_both_renderers_are_what_the_protocol_says(renderer, name):
    """The class in C is there also where the extension could not be built."""
    asked, given = ASKED[name], getattr(renderer, name)
    assert type(given) is type(asked)
    if not isinstance(asked, property):
        mine, wanted = inspect.signature(given), inspect.signature(asked)
        assert mine.parameters == wanted.parameters


def test_the_protocol_has_all_that_a_renderer_shows():
    """Who takes a Renderer need not know which one it is."""
    shown = {name for name in vars(NativeRenderer) if name[0] != "_"}
    assert shown - {"TAKE"} == set(ASKED)
