"""What a table can say: a user's own rig."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

from streamer.lipsync.pose import Pose
from streamer.lipsync.rigs import find_rig, parse_rig
from tests.tables import each

EXAMPLE = (Path(__file__).parent / "data" / "my-avatar.toml").read_bytes()

WIDE = Pose(jaw=0.8, opening=0.6, width=0.5)


def one(text: str, pose: Pose = WIDE, **options) -> list[float]:
    """The weights that a rig has for one pose."""
    rig = parse_rig(text, name="a.toml", **options)
    return rig.project(np.array([pose], np.float32))[0].tolist()


def test_the_example_of_the_documentation():
    rig = parse_rig(EXAMPLE, name="folder/my-avatar.toml")
    assert rig.name == "my-avatar"
    assert rig.channels == (
        *("jawOpen", "mouthClose", "mouthPucker"),
        *("mouthSmileLeft", "mouthSmileRight", "Mouth Press L", "Mouth Press R"),
        *("Beard", "Jaw Angle", "TeethShow"),
    )
    pose = Pose(jaw=0.8, opening=0.6, width=0.5, rounding=0.2)
    got = dict(
        zip(rig.channels, rig.project(np.array([pose])).tolist()[0], strict=True)
    )
    assert got["jawOpen"] == pytest.approx(0.7 * 0.75 * 0.8)
    assert got["mouthPucker"] == pytest.approx(0.2 - 0.5 * 0.2 * got["jawOpen"])
    assert got["mouthSmileLeft"] == pytest.approx(0.3 * 0.5 + 0.05)
    assert got["Beard"] == pytest.approx(0.8 * got["jawOpen"])
    assert got["Jaw Angle"] == pytest.approx(25 * got["jawOpen"])
    assert got["TeethShow"] == pytest.approx(0.6 * (0.6 * 0.5) + 0.2 * (0.6 * 0.8))
    shut = Pose(jaw=1.0, opening=0.6, seal=1.0)
    got = dict(
        zip(rig.channels, rig.project(np.array([shut])).tolist()[0], strict=True)
    )
    assert got["jawOpen"] == got["mouthClose"]
    assert got["Mouth Press L"] == pytest.approx(0.8)
    wide = rig.project(np.array([Pose(jaw=1.0, opening=1.0)]))
    assert dict(zip(rig.channels, wide.tolist()[0], strict=True))["Jaw Angle"] < 18
    assert rig.ranges[rig.channels.index("Jaw Angle")] == (0.0, 18.0)


def test_json_says_the_same_as_toml():
    data = tomllib.loads(EXAMPLE.decode())
    other = parse_rig(json.dumps(data, indent=2), name="my-avatar.json")
    rig = parse_rig(EXAMPLE, name="my-avatar.toml")
    track = np.random.default_rng(4).random((50, 7), np.float32)
    assert other.channels == rig.channels
    assert np.array_equal(other.project(track), rig.project(track))


@each(
    [
        ("{ jaw = 0.5 }", 0.4),
        ("{ jaw = 1 }", 0.8),
        ("{ jaw = 2.0 }", 1.0),
        ("{ jaw = 0.5, opening = 0.5 }", 0.7),
        ("{ jaw = 0.5, minus = { opening = 0.5 } }", 0.1),
        ("{ opening = 0.5, minus = { jaw = 0.5 } }", 0.0),
        ("{ opening = 0.5, minus = { jaw = 0.5 }, range = [-1, 1] }", -0.1),
        ("{ width = 1.0, range = [-1, 1] }", 0.5),
        ("{ spread = 1.0 }", 0.5),
        ("{ narrow = 1.0 }", 0.0),
        ("{ 'jaw * opening' = 1.0 }", 0.48),
        ("{ 'jaw*jaw' = 1.0 }", 0.64),
        ("{ 'jaw * !opening' = 1.0 }", 0.32),
        ("{ 'jaw * ! opening * spread' = 1.0 }", 0.16),
        ("{ '!jaw' = 1.0 }", 0.2),
        ("{ offset = 0.3 }", 0.3),
        ("{ offset = 0.3, jaw = 0.5 }", 0.7),
        ("{ offset = 0.3, range = [0.4, 0.6] }", 0.4),
        ("{}", 0.0),
    ]
)
def test_a_channel_is_a_sum_of_products_kept_in_a_range(channel, value):
    assert one(f"[channels]\na = {channel}") == [pytest.approx(value, abs=1e-6)]


def test_narrow_is_the_other_half_of_width():
    text = "[channels]\na = { narrow = 1.0 }\nb = { spread = 1.0 }"
    assert one(text, Pose(width=-0.25)) == [0.25, 0.0]


def test_channels_can_use_channels_in_any_order():
    text = "[channels]\na = { 'b * !c' = 1.0 }\nb = { c = 0.5 }\nc = { jaw = 0.5 }"
    a, b, c = one(text)
    assert (b, c) == (pytest.approx(0.2), pytest.approx(0.4))
    assert a == pytest.approx(0.2 * 0.6)


def test_a_thousand_channels_can_stand_on_one_another():
    links = [f"c{n} = {{ c{n - 1} = 0.999 }}" for n in range(1, 1500)]
    text = "\n".join(["[channels]", *reversed(links), "c0 = { jaw = 1 }"])
    assert one(text)[-1] == pytest.approx(0.8)


def test_an_inputs_name_always_means_the_input():
    assert one("[channels]\njaw = { jaw = 0.5 }\nb = { jaw = 1.0 }") == [
        pytest.approx(0.4),
        pytest.approx(0.8),
    ]


def test_braces_stand_for_one_channel_each():
    text = """
    [channels]
    "{Left,Right}Lip" = { jaw = 0.5 }
    "Corner{_L,_R, Mid}" = { jaw = 0.25 }
    "Both{A,B}" = { "{Left,Right}Lip" = 0.5 }
    """
    rig = parse_rig(text, name="a.toml")
    assert rig.channels == (
        *("LeftLip", "RightLip", "Corner_L", "Corner_R", "CornerMid"),
        *("BothA", "BothB"),
    )


def test_what_is_not_sent_is_still_used():
    assert one('send = ["b"]\n[channels]\na = { jaw = 0.5 }\nb = { a = 0.5 }') == [
        pytest.approx(0.2)
    ]


def test_a_changed_channel_keeps_the_range_it_had():
    text = 'extends = "live2d"\n[channels]\nParamMouthForm = { minus = { jaw = 2 } }'
    rig = parse_rig(text, name="a.toml")
    assert one(text)[rig.channels.index("ParamMouthForm")] == -1.0


def test_what_uses_a_changed_channel_uses_the_change():
    """ARKit's mouthClose follows jawOpen, so a closed mouth stays closed."""
    text = 'extends = "arkit"\n[channels]\njawOpen = { jaw = 0.3 }'
    rig = parse_rig(text, name="a.toml")
    got = dict(zip(rig.channels, one(text, Pose(jaw=1, seal=1)), strict=True))
    assert got["jawOpen"] == got["mouthClose"] == pytest.approx(0.3)


def test_a_rig_is_extended_more_than_once():
    files = {"b.toml": 'extends = "arkit"\n[channels]\njawOpen = { jawOpen = 0.5 }'}
    text = 'extends = "b.toml"\n[channels]\njawOpen = { jawOpen = 0.5 }'
    rig = parse_rig(text, name="a.toml", others=files.get)
    assert len(rig.channels) == 52
    wide = rig.project(np.array([Pose(jaw=1.0)]))[0, rig.channels.index("jawOpen")]
    assert wide == pytest.approx(0.75 / 4)


def test_a_rig_without_channels_of_its_own_picks_from_another():
    text = 'extends = "arkit"\nsend = ["jawOpen", "mouthPress{Left,Right}"]'
    assert len(one(text)) == 3


def test_a_remainder_makes_the_sum_one():
    text = """
    remainder = "none"
    [channels]
    none = {}
    a = { jaw = 1.0 }
    b = { opening = 1.0 }
    """
    assert one(text, Pose(jaw=0.25, opening=0.5)) == [0.25, 0.25, 0.5]
    none, a, b = one(text, Pose(jaw=1.0, opening=1.0))
    assert (none, a, b) == (0.0, 0.5, 0.5)


def test_a_remainder_is_inherited_while_it_is_sent():
    text = 'extends = "oculus"\n[channels]\naa = { aa = 0.5 }'
    assert sum(one(text)) == 1.0
    assert one('extends = "oculus"\nsend = ["PP"]', Pose(seal=0.5)) == [0.5]


def test_the_name_is_the_files_unless_it_has_one():
    text = "[channels]\na = {}"
    assert parse_rig(text, name="rigs/Big Cat.toml").name == "Big Cat"
    assert parse_rig(text, name="x", format="toml").name == "x"
    assert parse_rig('name = "Cat"\n' + text, name="b.toml").name == "Cat"


def test_a_mark_of_byte_order_is_no_part_of_the_text():
    for text in ("\ufeff[channels]\na = {}", b"\xef\xbb\xbf[channels]\na = {}"):
        assert parse_rig(text, name="a.toml").channels == ("a",)


def test_built_in_tables_pass_their_own_rules():
    """They are files like a user's; none is refused, none is sent a name twice."""
    for name in ("arkit", "oculus"):
        assert len(set(find_rig(name).channels)) == len(find_rig(name).channels)
