"""The published tables as counted checks."""

from __future__ import annotations

import pytest

from bench.lipsync_data import goldens
from bench.lipsync_data.corpus import Asked
from bench.lipsync_data.parts import PARTS
from streamer.lipsync.visemes import NAMES
from tests.lipsync import published_visemes as said


def test_every_published_table_agrees():
    found = goldens.goldens()
    assert sum(each.checks for each in found) > 1200
    assert all(each.checks for each in found)
    assert [each.differing for each in found if each.differing] == []


def test_a_difference_is_told(monkeypatch):
    monkeypatch.setitem(said.POLLY_EN_US, "p", "p b s")
    [polly] = [each for each in goldens.goldens() if each.name == "Polly en-US"]
    assert polly.differing == ("s: ('p',), we ('s',)",)


def test_every_set_goes_by_way_of_every_other():
    found = goldens.round_trips()
    assert len(found) == len(NAMES) * (len(NAMES) - 1)
    lost = {(each.source, each.via): each.blurred for each in found}
    assert lost["oculus", "azure"] == ()
    assert lost["oculus", "polly"] == ("nn→DD",)


def test_no_conversion_closes_or_opens_lips_falsely():
    assert goldens.false_lips() == []


def test_lips_that_close_falsely_are_told(monkeypatch):
    table = dict(goldens.conversion("oculus", "rhubarb"))
    table["DD"] = table["PP"]
    real = goldens.conversion

    def conversion(source, target):
        return (
            table if (source, target) == ("oculus", "rhubarb") else real(source, target)
        )

    monkeypatch.setattr(goldens, "conversion", conversion)
    assert goldens.false_lips() == ["oculus DD → rhubarb A"]


@pytest.mark.parametrize("name", ["E8", "E9"])
def test_a_part_is_printed_and_held(name, tmp_path):
    part = PARTS[name](Asked(quick=True, flite=False, work=tmp_path))
    assert part.name == name
    assert part.lines
    assert part.answers
    assert all(figure.held for figure in part.wanted)
