from __future__ import annotations

import json

import numpy as np
import pytest

from streamer.events.feeds import BuiltInRigs
from streamer.events.sheet import make_sheet
from streamer.lipsync.rigs import RIGS, find_rig, parse_rig
from streamer.lipsync.visemes import SETS

ALL = {name: visemes.names for name, visemes in SETS.items()}


@pytest.fixture(scope="module")
def sheet():
    return json.loads(make_sheet(ALL, BuiltInRigs()))


def shape_of(sheet, visemes, name):
    found = next(one for one in sheet["sets"] if one["name"] == visemes)
    return next(one for one in found["shapes"] if one["name"] == name)


def test_every_shape_of_every_set_is_told(sheet):
    told = {
        one["name"]: tuple(shape["name"] for shape in one["shapes"])
        for one in sheet["sets"]
    }
    assert told == {name: tuple(names) for name, names in ALL.items()}
    flat = [one["name"] for one in sheet["sets"] if one["flat"]]
    assert flat == ["rhubarb", "preston-blair"]


def test_every_shape_but_silence_has_a_sound_and_a_word(sheet):
    for told in sheet["sets"]:
        neutral = SETS[told["name"]].neutral
        for shape in told["shapes"]:
            heard = shape["name"] != neutral
            assert bool(shape["sound"]) == bool(shape["example"]) == heard, shape


def test_a_shape_looks_as_its_sound_is_articulated(sheet):
    closed = shape_of(sheet, "azure", "21")["mouth"]
    assert closed["mouthPressLeft"] >= 0.4
    assert closed["jawOpen"] - closed["mouthClose"] == 0
    assert shape_of(sheet, "rhubarb", "G")["mouth"]["mouthRollLower"] >= 0.6
    assert shape_of(sheet, "cc4", "Ah")["mouth"]["jawOpen"] > 0.5
    assert shape_of(sheet, "polly", "u")["mouth"]["mouthPucker"] > 0.7
    assert shape_of(sheet, "oculus", "TH")["tongue"] == 0.9
    assert shape_of(sheet, "vrm", "neutral")["mouth"] == {}


def test_of_several_symbols_one_is_drawn(sheet):
    """Of tʃ the ʃ, of aʊ the a; an h, which leaves the mouth alone, is half open."""
    assert shape_of(sheet, "arpabet", "CH")["mouth"]["mouthPucker"] > 0.4
    assert shape_of(sheet, "arpabet", "AW")["mouth"]["jawOpen"] > 0.5
    assert 0.1 < shape_of(sheet, "arpabet", "HH")["mouth"]["jawOpen"] < 0.3


def test_every_sound_has_a_word(sheet):
    assert sheet["words"]["p"] == "put"
    assert sheet["words"]["tʃ"] == "chair"


def test_rigs_tell_the_channels_that_speech_moves(sheet):
    rigs = {one["name"]: one["channels"] for one in sheet["rigs"]}
    assert tuple(rigs) == RIGS
    arkit = [channel["name"] for channel in rigs["arkit"]]
    assert {"jawOpen", "mouthClose", "tongueOut"} <= set(arkit)
    assert not {"eyeBlinkLeft", "browInnerUp"} & set(arkit)
    form = next(one for one in rigs["live2d"] if one["name"] == "ParamMouthForm")
    assert (form["low"], form["high"], form["neutral"]) == (-1, 1, 0)


def test_a_channel_that_is_left_out_never_moves(sheet):
    told = next(one for one in sheet["rigs"] if one["name"] == "livelink")
    moving = {channel["name"] for channel in told["channels"]}
    rig = find_rig("livelink")
    still = [name not in moving for name in rig.channels]
    poses = np.random.default_rng(1).uniform(0, 1, (500, 7)).astype(np.float32)
    assert np.ptp(rig.project(poses)[:, still], axis=0).max() == 0


def test_ones_own_sets_and_rigs_are_told_as_far_as_they_are_known():
    own = parse_rig("[channels]\nopen = { jaw = 1.0 }\nears = {}\n", name="own.toml")

    class Look:
        channels = ("a", "b")
        neutral = (0.25, 0.0)

    names = {"mine": ("rest", "open")}
    sheet = json.loads(make_sheet(names, {"own": own, "look": Look()}))

    assert [shape["mouth"] for shape in sheet["sets"][0]["shapes"]] == [{}, {}]
    assert [rig["channels"] for rig in sheet["rigs"]] == [
        [{"name": "open", "low": 0.0, "high": 1.0, "neutral": 0.0}],
        [
            {"name": "a", "low": 0.0, "high": 1.0, "neutral": 0.25},
            {"name": "b", "low": 0.0, "high": 1.0, "neutral": 0.0},
        ],
    ]


def test_a_server_without_frames_tells_no_rigs():
    assert json.loads(make_sheet({}, {})) == {"sets": [], "rigs": [], "words": {}}
