"""The placing of phones among levels."""

import numpy as np
import pytest

from streamer.lipsync.levelfit import CLASS_NAMES, Sounds, class_of, place, reference
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.symbols import SYMBOLS
from tests.tables import each


def sounds(names, usual=8.0, pauses=None):
    classes = np.array([CLASS_NAMES.index(name) for name in names], np.intp)
    likely = [0.05] * (len(names) + 1) if pauses is None else pauses
    return Sounds(classes, np.full(len(names), usual), np.array(likely))


def levels(*spans):
    return np.concatenate([np.full(count, db, np.float64) for db, count in spans])


@each(SYMBOLS)
def test_every_symbol_has_a_class(symbol):
    assert CLASS_NAMES[class_of(Phone(symbol))] != "silence"


def test_phones_and_pauses_are_placed_where_levels_change():
    heard = levels((-50, 10), (-3, 9), (-20, 8), (-50, 30), (-3, 8), (-50, 5))
    found = place(sounds(["vowel", "sibilant", "vowel"]), heard, whole=True)
    assert found.starts.tolist() == [10, 19, 57]
    assert found.stops.tolist() == [19, 27, 65]


def test_where_the_end_is_open_only_what_fits_is_placed():
    heard = levels((-50, 10), (-3, 9), (-20, 4))
    found = place(sounds(["vowel", "sibilant", "vowel"]), heard, whole=False)
    assert found.starts.tolist() == [10, 19]
    assert found.stops.tolist() == [19, 23]


def test_an_open_end_may_be_a_pause():
    heard = levels((-3, 8), (-50, 30))
    found = place(sounds(["vowel", "vowel"]), heard, whole=False)
    assert found.starts.tolist() == [0]
    assert found.stops.tolist() == [8]


@pytest.mark.parametrize("count", [6, 9])
def test_more_phones_than_levels_cannot_be_placed(count):
    found = place(sounds(["vowel"] * count), levels((-3, 5)), whole=True)
    assert not len(found.starts)


def test_the_reference_is_the_voice_s_loudest_whatever_silence_there_is():
    loud = reference(levels((-90, 500), (-14, 50), (-20, 50)))
    assert loud == pytest.approx(-14, abs=1)
    assert reference(levels((-90, 20))) == -40.0
