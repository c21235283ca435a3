from __future__ import annotations

import pytest

from streamer.errors import UsageError
from streamer.lipsync.styles import NATURAL, PRECISE, STYLES, SUBTLE, find_style


def test_a_style_is_found_by_its_name():
    assert [find_style(name) for name in ("precise", "natural", "subtle")] == [
        PRECISE,
        NATURAL,
        SUBTLE,
    ]


def test_an_unknown_style_is_an_error_that_names_those_there_are():
    with pytest.raises(UsageError) as caught:
        find_style("shouting")

    assert str(caught.value) == (
        "no style is called 'shouting'; there are: precise, natural, subtle"
    )


@pytest.mark.parametrize("style", STYLES.values(), ids=list(STYLES))
def test_a_mouth_opens_faster_than_it_closes_within_40_to_80_ms(style):
    assert 0.040 <= style.ramp_open < style.ramp_close <= 0.080


def test_precise_does_more_than_natural_and_natural_more_than_subtle():
    assert PRECISE.amplitude > NATURAL.amplitude > SUBTLE.amplitude
    assert PRECISE.reduction < NATURAL.reduction < SUBTLE.reduction
    assert PRECISE.spacing < NATURAL.spacing < SUBTLE.spacing
