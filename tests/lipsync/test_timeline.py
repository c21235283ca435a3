from __future__ import annotations

import dataclasses

import pytest

from streamer.lipsync import Cue, Mark


@pytest.mark.parametrize("value", [Mark(0, 1, "word", "a"), Cue(0, 1, "aa", ("a",), 1)])
def test_values_cannot_be_changed(value):
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.frame = 5
