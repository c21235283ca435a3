from __future__ import annotations

import pytest

from streamer.cli.mouth import NEUTRAL, blend, draw, glyph, painted, shape_of
from streamer.lipsync import OCULUS

NAMES = list(OCULUS.names)


def test_each_shape_looks_different():
    drawn = {tuple(draw(shape_of(name), 48, 15)) for name in NAMES}
    assert len(drawn) == 15


def test_each_shape_has_a_sign():
    assert len({glyph(name) for name in NAMES}) == 15


@pytest.mark.parametrize("size", [(48, 15), (10, 5), (1, 1), (200, 60)])
def test_a_drawing_has_the_size_it_was_asked_for(size):
    columns, rows = size
    for name in NAMES:
        lines = draw(shape_of(name), columns, rows)
        assert [len(line) for line in lines] == [columns] * rows, name


def test_lips_are_closed_for_p_and_far_apart_for_a():
    middle = slice(20, 28)
    assert set(draw(shape_of("PP"), 48, 15)[7][middle]) == {"▓"}
    assert set(draw(shape_of("aa"), 48, 15)[7][middle]) == {" "}


def test_teeth_show_for_s_and_the_tongue_for_th():
    assert "▒" in "".join(draw(shape_of("SS"), 48, 15))
    assert "░" in "".join(draw(shape_of("TH"), 48, 15))


def test_what_is_unknown_is_neutral():
    assert shape_of("?") == NEUTRAL
    assert glyph("?") == glyph("sil")


def test_blending_goes_from_one_to_the_other():
    a, b = shape_of("sil"), shape_of("aa")
    assert blend(a, b, 0) == a
    assert blend(a, b, 1).open == pytest.approx(b.open)
    assert a.open < blend(a, b, 0.5).open < b.open


def test_colours_change_no_character():
    lines = draw(shape_of("aa"), 30, 9)
    assert painted(lines).plain == "\n".join(lines)
