"""Phones of a text, fitted to the sound's levels."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.lipsync.lettersound import Word
from streamer.lipsync.textfit import TextTimer
from tests.examples import examples

RATE = 1_000  # a frame is a millisecond, a level ten
TEXT = "Passed a sofa. Cat sat."
SAID = {"passed": "pæst", "a": "ə", "sofa": "soʊfə", "cat": "kæt", "sat": "sæt"}
LEVEL_OF = {**dict.fromkeys("pkt", -50.0), **dict.fromkeys("sf", -34.0)}
VOWEL_DB, SILENT_DB = -13.0, -80.0


def said(text, language):
    assert language == "en-us"
    return [
        Word(m[0], m.start(), m.end(), tuple(SAID[m[0].lower()]))
        for m in re.finditer(r"[A-Za-z]+", text)
    ]


def spoken(spans):
    """Return levels of (symbol or "_", levels), and where each symbol starts, in ms."""
    levels, starts = [], []
    for symbol, count in spans:
        if symbol != "_":
            starts.append((symbol, len(levels) * 10))
        level = SILENT_DB if symbol == "_" else LEVEL_OF.get(symbol, VOWEL_DB)
        levels += [level] * count
    return np.array(levels, np.float32), starts


SPOKEN = [
    ("_", 20), ("p", 9), ("æ", 10), ("s", 10), ("t", 7), ("ə", 6), ("s", 11), ("o", 9),
    ("ʊ", 5), ("f", 9), ("ə", 9), ("_", 40), ("k", 9), ("æ", 10), ("t", 7), ("s", 11),
    ("æ", 12), ("t", 9), ("_", 15),
]  # fmt: skip


def fresh(text=TEXT):
    return TextTimer(RATE, "en-us", said, text)


def live(levels, *, step=10, ahead=250):
    """Feed levels as they would arrive and ask for what begins *ahead* behind them."""
    timer, told = fresh(), []
    for at in range(0, len(levels), step):
        part = levels[at : at + step]
        received = (at + len(part)) * 10
        timer.receive_audio(part, received)
        told += timer.phones(received - ahead)
    timer.receive_audio(levels[:0], len(levels) * 10, last=True)
    return told + timer.phones(None)


def starts_of(phones):
    return [(p.phone.symbol, p.frame) for p in phones if p.phone]


def assert_close(phones, truth, within):
    got = starts_of(phones)
    assert [symbol for symbol, _ in got] == [symbol for symbol, _ in truth]
    late = [abs(a - b) for (_, a), (_, b) in zip(got, truth, strict=True)]
    assert max(late) <= within, list(zip(got, truth, strict=True))


def assert_gapless(phones):
    assert all(p.frames > 0 for p in phones)
    assert all(a.frame + a.frames == b.frame for a, b in pairwise(phones))
    assert not phones or phones[0].frame == 0


def test_phones_are_found_where_the_levels_change():
    levels, truth = spoken(SPOKEN)
    timer = fresh()
    timer.receive_audio(levels, len(levels) * 10, last=True)
    phones = timer.phones(None)
    assert_close(phones, truth, within=30)
    assert_gapless(phones)


def test_the_pause_of_the_sound_is_silence():
    levels, _ = spoken(SPOKEN)
    timer = fresh()
    timer.receive_audio(levels, len(levels) * 10, last=True)
    silent = [(p.frame, p.frames) for p in timer.phones(None) if p.phone is None]
    assert silent == [(0, 200), (1_050, 400)]


def test_phones_are_found_while_the_sound_arrives():
    levels, truth = spoken(SPOKEN)
    phones = live(levels)
    assert_close(phones, truth, within=40)
    assert_gapless(phones)


def test_a_pause_is_told_while_it_lasts():
    levels, _ = spoken([*SPOKEN[:11], ("_", 300)])
    timer = fresh()
    timer.receive_audio(levels, len(levels) * 10)
    told = timer.phones(len(levels) * 10 - 250)
    assert told[-1].phone is None
    assert told[-1].frame + told[-1].frames == len(levels) * 10 - 250


def test_a_quiet_recording_is_fitted_as_well():
    levels, truth = spoken(SPOKEN)
    timer = fresh()
    timer.receive_audio(levels - 15, len(levels) * 10, last=True)
    assert_close(timer.phones(None), truth, within=30)


@pytest.mark.parametrize("factor", [0.7, 1.6])
def test_a_fast_or_slow_voice_is_followed(factor):
    spans = [(symbol, max(round(count * factor), 2)) for symbol, count in SPOKEN]
    levels, truth = spoken(spans)
    timer = fresh()
    timer.receive_audio(levels, len(levels) * 10, last=True)
    assert_close(timer.phones(None), truth, within=60)


def test_without_levels_a_known_duration_is_filled():
    timer = fresh()
    timer.receive_duration(4_000)
    phones = timer.phones(None)
    assert_gapless(phones)
    assert phones[-1].frame + phones[-1].frames == pytest.approx(4_000, abs=2)
    assert any(p.phone is None for p in phones[1:])  # between the sentences


def test_without_anything_sounds_last_what_they_usually_do():
    phones = fresh().phones(None)
    assert_gapless(phones)
    assert 1_200 < phones[-1].frame + phones[-1].frames < 2_400


def test_only_what_begins_before_is_told():
    levels, _ = spoken(SPOKEN)
    timer = fresh()
    timer.receive_audio(levels, len(levels) * 10, last=True)
    first = timer.phones(500)
    assert all(p.frame < 500 for p in first)
    assert starts_of(first + timer.phones(None)) == starts_of(all_at_once(levels))


def all_at_once(levels):
    timer = fresh()
    timer.receive_audio(levels, len(levels) * 10, last=True)
    return timer.phones(None)


def test_a_sound_too_short_for_its_text_still_gets_it():
    timer = fresh()
    timer.receive_audio(np.full(8, VOWEL_DB, np.float32), 80, last=True)
    phones = timer.phones(None)
    assert_gapless(phones)
    assert phones[-1].frame + phones[-1].frames == 80
    assert len(starts_of(phones)) == 16


def test_silence_for_a_text_is_no_fault():
    levels = np.full(300, -np.inf, np.float32)
    timer = fresh()
    timer.receive_audio(levels, 3_000, last=True)
    phones = timer.phones(None)
    assert len(starts_of(phones)) == 16
    assert_gapless(phones)


def test_a_text_without_sounds_tells_nothing():
    timer = fresh("…")
    timer.receive_audio(np.zeros(10, np.float32), 100, last=True)
    assert timer.phones(None) == []


def test_long_recordings_are_done_in_pieces():
    """A minute is told in windows, each phone near its place to the end."""
    levels, truth = spoken(SPOKEN * 15)
    timer = TextTimer(RATE, "en-us", said, " ".join([TEXT] * 15))
    timer.receive_audio(levels, len(levels) * 10, last=True)
    phones = timer.phones(None)
    assert_gapless(phones)
    assert_close(phones, truth, within=60)


@pytest.mark.parametrize("where", [0, 11])
@pytest.mark.parametrize("feed", ["whole", "live"])
def test_a_long_silence_is_passed(where, feed):
    """Longer than the window; before the first phone and in the middle."""
    spans = list(SPOKEN)
    spans[where] = ("_", 1_300)
    levels, truth = spoken(spans)
    phones = all_at_once(levels) if feed == "whole" else live(levels)
    assert_gapless(phones)
    assert_close(phones, truth, within=60)


@examples(15)
@given(st.integers(0, 10_000), st.integers(3, 60), st.integers(0, 400))
def test_whatever_is_heard_each_phone_is_told_once_without_holes(seed, step, ahead):
    random = np.random.default_rng(seed)
    levels = random.uniform(-80, 0, random.integers(1, 250)).astype(np.float32)
    phones = live(levels, step=step, ahead=ahead)
    assert_gapless(phones)
    symbols = [symbol for symbol, _ in starts_of(phones)]
    wanted = list("pæstəsoʊfəkætsæt")
    at = iter(wanted)
    assert all(p.frame < len(levels) * 10 for p in phones)
    assert all(symbol in at for symbol in symbols)  # in order, none invented


def test_sound_too_short_for_a_level_changes_nothing():
    levels, _ = spoken(SPOKEN)
    told = []
    for extra in (0, 9):
        timer = fresh()
        timer.receive_audio(levels, len(levels) * 10)
        found = timer.phones(1_000)
        timer.receive_audio(levels[:0], len(levels) * 10 + extra)
        told.append(found + timer.phones(1_500))
    assert told[0] == told[1]
    assert_gapless(told[1])


# -- several WAVs one behind another ------------------------------------------------


@pytest.mark.parametrize("first", [0.1, 0.5])
def test_a_duration_that_is_passed_or_too_short_counts_for_nothing(first):
    """The first header of several knows only how long its own sound is."""
    levels, _ = spoken(SPOKEN)

    def told(duration):
        timer = fresh()
        if duration is not None:
            timer.receive_duration(duration)
        half = len(levels) * 6 // 10
        timer.receive_audio(levels[:half], half * 10)
        return timer.phones(20 * len(levels))

    assert told(round(first * 10 * len(levels))) == told(None)
