"""The rung error as data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.lipsync_data import rungs
from bench.lipsync_data.rung_error import VoiceSettings, spoken_by_espeak

SETTINGS = VoiceSettings(language="de", rate_percent=75.0)


@pytest.fixture(scope="module")
def truth():
    return spoken_by_espeak("slow", "Bitte kommen Sie bald wieder.", SETTINGS)


def test_every_rung_has_a_line(truth):
    found = rungs.measure("slow", [truth])
    assert [each.rung for each in found] == [*rungs.RUNGS]
    assert set(rungs.GOAL_MS) < set(rungs.RUNGS)
    for each in found:
        assert each.boundaries > 15
        assert each.sentences == 1
        assert each.median_ms <= each.p90_ms


def test_what_comes_too_early_is_told(truth):
    """The letters' times are moved, those of the truth stay."""
    early = 0.1
    moved = tuple(
        replace(entry, frame=max(entry.frame - round(early * truth.rate), 0))
        for entry in truth.graphemes
    )
    [right] = rungs.measure("slow", [truth])[:1]
    [wrong] = rungs.measure("slow", [replace(truth, graphemes=moved)])[:1]
    assert right.rung == wrong.rung == "graphemes"
    assert right.median_ms < 30
    assert wrong.median_ms == pytest.approx(early * 1000, abs=20)
    assert wrong.mean_ms < -60
