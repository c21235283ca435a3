"""What is spoken, how loud, and what the bench makes of it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from bench.lipsync_data import closure, cost, loudness
from bench.lipsync_data.corpus import LANGUAGES, speak, voices
from bench.lipsync_data.shown import RIG, show, show_late

TEXT = "Bob made five maps."


@pytest.fixture(scope="module")
def spoken():
    return speak(TEXT, "en-us")


def test_six_languages_speak_at_several_speeds():
    every = voices(flite=False)
    assert {voice.language for voice in every} == set(LANGUAGES)
    assert len({voice.speed for voice in every}) == 3
    assert sum(voice.is_usual for voice in every) == 6
    assert len(voices()) == len(every) + 4


def test_phones_are_what_the_voice_said(spoken):
    symbols = [timed.phone.symbol for timed in spoken.phones]
    assert [each for each in symbols if each in "pbmfv"] == [*"bbmfvmp"]
    assert all(a.frame + a.frames <= b.frame for a, b in pairwise(spoken.phones))
    assert 0 < spoken.speaking <= spoken.span <= spoken.seconds


def test_all_lips_close_in_time(spoken):
    found = closure.measure(spoken, show(spoken, sets=()))
    assert (found.phones, found.recalled) == (7, 7)
    assert found.in_time == 1.0


def test_phonemes_that_come_early_enough_cost_nothing(spoken):
    found = closure.measure(spoken, show_late(spoken, 0.5))
    assert (found.phones, found.recalled) == (7, 7)


def test_a_mouth_is_shown_in_every_set(spoken):
    shown = show(spoken)
    assert len(shown.cues) == 9
    assert shown.weights.values.shape[1] == len(RIG.channels)


def test_loudness_and_jaw_that_go_together_are_told():
    levels = np.array([-60.0, -30, -20, -10, -25])
    assert loudness.correlation(levels, levels) == pytest.approx(1)
    assert loudness.correlation(levels, -levels) == pytest.approx(-1)
    assert math.isnan(loudness.correlation(levels, np.zeros(5)))


def test_what_is_not_audible_does_not_count():
    levels, jaw = np.array([-60.0, -30, -20, -10]), np.array([9.0, 1, 2, 3])
    assert loudness.correlation(levels, jaw) == pytest.approx(1)


def test_a_header_tells_an_utterance_again_and_again(spoken):
    told = spoken.entries
    entries, frames = cost.repeated(spoken, told, 10 * spoken.seconds)
    assert frames == 10 * len(spoken.samples)
    assert len(entries) == 10 * len(spoken.entries)
    assert all(a.frame <= b.frame for a, b in pairwise(entries))
    assert cost.repeated(spoken, told, 0.0) == ([*told], len(spoken.samples))


def test_costs_are_measured(spoken, monkeypatch):
    """Not how much: that is the machine's."""
    monkeypatch.setattr(cost, "HEADERS", (1.0, 5.0))
    assert [each.batch for each in cost.frames(spoken, 3)] == [60, 6, 1, 6]
    assert cost.work(spoken, 1).articulate_ms > 0
    first = cost.first_cues(spoken, 1)
    assert [each.rung for each in first] == ["phonemes"] * 2 + ["graphemes"] * 2
    assert all(each.p99_ms > 0 and each.parse_ms > 0 for each in first)
