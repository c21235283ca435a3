"""The rigs that need no file, and the arithmetic of all of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from streamer.errors import RigError
from streamer.lipsync.pose import CHANNELS, NEUTRAL, Pose
from streamer.lipsync.rigs import RIGS, find_rig, parse_rig
from tests.examples import examples, stride
from tests.tables import each

ARKIT_NAMES = """
eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft
eyeWideLeft eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight
eyeSquintRight eyeWideRight jawForward jawLeft jawRight jawOpen mouthClose mouthFunnel
mouthPucker mouthLeft mouthRight mouthSmileLeft mouthSmileRight mouthFrownLeft
mouthFrownRight mouthDimpleLeft mouthDimpleRight mouthStretchLeft mouthStretchRight
mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthPressLeft
mouthPressRight mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft
mouthUpperUpRight browDownLeft browDownRight browInnerUp browOuterUpLeft
browOuterUpRight cheekPuff cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight
tongueOut
"""
OCULUS_NAMES = "sil PP FF TH DD kk CH SS nn RR aa E I O U"
ARKIT = ARKIT_NAMES.split()
OCULUS = OCULUS_NAMES.split()

POSES = {
    "p": Pose(jaw=0.06, seal=1.0),
    "f": Pose(jaw=0.08, opening=0.1, width=0.05, teeth=1.0),
    "θ": Pose(jaw=0.14, opening=0.3, tongue=0.9),
    "t": Pose(jaw=0.15, opening=0.24, width=0.1, tongue=0.7),
    "k": Pose(jaw=0.22, opening=0.3, tongue=0.1),
    "ʃ": Pose(jaw=0.08, opening=0.26, width=-0.3, rounding=0.6, tongue=0.1),
    "s": Pose(jaw=0.06, opening=0.22, width=0.35, tongue=0.2),
    "l": Pose(jaw=0.2, opening=0.28, tongue=0.8),
    "ɹ": Pose(jaw=0.15, opening=0.22, width=-0.35, rounding=0.45, tongue=0.2),
    "ɑ": Pose(jaw=0.78, opening=0.75),
    "ɛ": Pose(jaw=0.52, opening=0.54, width=0.4),
    "i": Pose(jaw=0.2, opening=0.3, width=0.8),
    "o": Pose(jaw=0.42, opening=0.42, width=-0.5, rounding=0.85),
    "u": Pose(jaw=0.2, opening=0.2, width=-0.8, rounding=1.0),
}
"""A mouth for each Oculus viseme but silence, in their order."""

LOW = np.array([0, 0, -1, 0, 0, 0, 0], np.float32)


def tracks(most: int = 8):
    shares = arrays(
        np.float32,
        st.tuples(st.integers(1, most), st.just(len(CHANNELS))),
        elements=st.floats(0, 1, width=32),
    )
    return shares.map(lambda share: LOW + share * (1 - LOW))


def shown(rig: str, pose: Pose) -> dict[str, float]:
    """The weights of *rig* for one pose, by name."""
    found = find_rig(rig)
    weights = found.project(np.array([pose], np.float32))[0]
    return dict(zip(found.channels, weights.tolist(), strict=True))


def column(rig: str, weights, name: str):
    return weights[:, find_rig(rig).channels.index(name)]


@pytest.mark.parametrize(
    ("rig", "channels"),
    [
        ("arkit", ARKIT),
        ("arkit-55", [*ARKIT, "headRoll", "leftEyeRoll", "rightEyeRoll"]),
        (
            "livelink",
            [
                *(name[0].upper() + name[1:] for name in ARKIT),
                *("HeadYaw", "HeadPitch", "HeadRoll"),
                *("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
                *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
            ],
        ),
        ("oculus", OCULUS),
        ("vrm", ["aa", "ih", "ou", "ee", "oh"]),
        ("vrm0", ["A", "I", "U", "E", "O"]),
        (
            "live2d",
            ["ParamMouthOpenY", "ParamMouthForm", *(f"Param{v}" for v in "AIUEO")],
        ),
    ],
)
def test_channels_are_those_that_are_published_in_their_order(rig, channels):
    assert list(find_rig(rig).channels) == channels


def test_vtube_studio_gets_its_own_inputs():
    names = set(find_rig("vts").channels)
    assert {"MouthOpen", "MouthSmile", "JawOpen", "TongueOut"} <= names
    assert {f"Voice{vowel}" for vowel in "AIUEO"} <= names
    assert {"VoiceVolumePlusMouthOpen", "VoiceFrequencyPlusMouthSmile"} <= names


def test_a_rig_is_made_once():
    assert find_rig("arkit") is find_rig("arkit")


def test_an_unknown_rig_is_one_sentence():
    with pytest.raises(RigError) as caught:
        find_rig("arkti")
    assert str(caught.value) == (
        "arkti: there is no such rig; take arkit, arkit-55, livelink, oculus, vrm, "
        "vrm0, live2d, vts or a file that ends in .toml or .json"
    )


@pytest.mark.parametrize("rig", RIGS)
@examples(deadline=None)
@given(track=tracks())
def test_weights_stay_in_their_ranges(rig, track):
    found = find_rig(rig)
    weights = found.project(track)
    low, high = np.array(found.ranges, np.float32).T
    assert weights.shape == (len(track), len(found.channels))
    assert weights.dtype == np.float32
    assert weights.flags.c_contiguous
    assert (weights >= low).all()
    assert (weights <= high).all()


@pytest.mark.parametrize("rig", RIGS)
@examples(deadline=None)
@given(track=tracks())
def test_a_frame_does_not_depend_on_what_it_is_projected_with(rig, track):
    found = find_rig(rig)
    together = found.project(track)
    alone = np.concatenate([found.project(track[[row]]) for row in range(len(track))])
    assert np.abs(together - alone).max() <= 2e-6


@pytest.mark.parametrize("rig", RIGS)
def test_small_steps_of_the_mouth_are_small_steps_of_the_rig(rig):
    """No weight jumps: on the way from any pose to any other, 1/1000 at a time."""
    found = find_rig(rig)
    share = np.linspace(0, 1, 1001, dtype=np.float32)[:, None]
    poses = np.array([NEUTRAL, *POSES.values()], np.float32)
    for begin in poses[:: stride(5)]:
        for end in poses:
            weights = found.project(begin + share * (end - begin))
            assert np.abs(np.diff(weights, axis=0)).max() < 0.03


def test_the_track_is_not_changed_and_values_outside_are_brought_in():
    track = np.array([[1.5, 2, -3, 0, 0, 0, 0], [-1, 0, 0, 0, 1.2, 0, 0]], np.float32)
    before = track.copy()
    inside = np.array([[1, 1, -1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0, 0]], np.float32)
    for rig in RIGS:
        found = find_rig(rig)
        assert np.array_equal(found.project(track), found.project(inside))
    assert np.array_equal(track, before)


def test_no_frames_are_no_frames():
    for rig in RIGS:
        found = find_rig(rig)
        assert found.project(np.empty((0, 7), np.float32)).shape == (
            0,
            len(found.channels),
        )


@pytest.mark.parametrize("shape", [(7,), (3, 6), (1, 1, 7)])
def test_a_track_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"\(n, 7\)"):
        find_rig("arkit").project(np.zeros(shape, np.float32))


def test_any_float_dtype_will_do():
    track = np.array([POSES["o"]], np.float64)
    exact = find_rig("arkit").project(track.astype(np.float32))
    assert np.array_equal(find_rig("arkit").project(track), exact)


def test_at_rest_nothing_is_moved():
    for rig in ("arkit", "arkit-55", "livelink", "vrm", "vrm0", "live2d"):
        assert set(find_rig(rig).neutral) == {0.0}
    assert find_rig("oculus").neutral == (1.0, *[0.0] * 14)
    vts = dict(zip(find_rig("vts").channels, find_rig("vts").neutral, strict=True))
    assert vts["VoiceSilence"] == 1.0
    assert vts["MouthSmile"] == 0.5
    assert vts["MouthOpen"] == 0.0


# ARKit


@examples(deadline=None)
@given(track=tracks(), shut=st.sampled_from(["seal", "teeth"]))
def test_a_closed_mouth_is_closed_whatever_the_jaw_does(track, shut):
    track[:, CHANNELS.index(shut)] = 1
    weights = find_rig("arkit").project(track)
    gap = column("arkit", weights, "jawOpen") - column("arkit", weights, "mouthClose")
    assert np.abs(gap).max() <= 0.05
    assert column("arkit", weights, "mouthFunnel").max() < 1e-6
    assert column("arkit", weights, "mouthLowerDownLeft").max() < 1e-6
    assert column("arkit", weights, "tongueOut").max() == 0.0


@examples(deadline=None)
@given(track=tracks())
def test_pressed_lips_say_so(track):
    track[:, CHANNELS.index("seal")] = 1
    weights = find_rig("arkit").project(track)
    for name in ("mouthPressLeft", "mouthPressRight"):
        assert column("arkit", weights, name).min() >= 0.4
    for name in ("mouthRollLower", "mouthRollUpper"):
        assert column("arkit", weights, name).min() >= 0.2


def test_lower_lip_goes_under_the_upper_teeth():
    weights = shown("arkit", POSES["f"])
    assert weights["mouthRollLower"] >= 0.6
    assert weights["mouthUpperUpLeft"] >= 0.25
    assert weights["mouthRollUpper"] == weights["mouthPressLeft"] == 0.0
    assert weights["mouthLowerDownLeft"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("shut", ["seal", "teeth"])
@examples(deadline=None)
@given(track=tracks(1))
def test_the_more_it_is_shut_the_less_it_is_open(shut, track):
    """Monotonic: no moment of a closure opens the lips again."""
    closing = np.repeat(track, 101, axis=0)
    closing[:, CHANNELS.index(shut)] = np.linspace(0, 1, 101)
    weights = find_rig("arkit").project(closing)
    gap = column("arkit", weights, "jawOpen") - column("arkit", weights, "mouthClose")
    assert np.diff(gap).max() <= 1e-6
    assert gap.min() >= -1e-6
    told = "mouthPressLeft" if shut == "seal" else "mouthRollLower"
    if shut == "seal" or track[0, CHANNELS.index("seal")] == 0:
        assert np.diff(column("arkit", weights, told)).min() >= -1e-6


@pytest.mark.parametrize("rig", ["arkit", "arkit-55", "livelink"])
@examples(deadline=None)
@given(track=tracks())
def test_left_and_right_are_equal_to_the_last_bit(rig, track):
    found = find_rig(rig)
    weights = found.project(track)
    lefts = [name for name in found.channels if name.endswith("Left")]
    assert len(lefts) > 15
    for name in lefts:
        right = name.removesuffix("Left") + "Right"
        assert np.array_equal(column(rig, weights, name), column(rig, weights, right))


def test_the_jaw_shows_the_jaw():
    """Loudness drives the jaw; the rig passes it on in proportion."""
    track = np.zeros((11, 7), np.float32)
    track[:, 0] = track[:, 1] = np.linspace(0, 1, 11)
    jaw = column("arkit", find_rig("arkit").project(track), "jawOpen")
    assert np.allclose(np.diff(jaw, 2), 0, atol=1e-6)
    assert 0.6 <= jaw[-1] <= 0.9


def test_lips_hold_together_over_a_jaw_that_is_not_up_yet():
    weights = shown("arkit", Pose(jaw=0.4))
    assert weights["jawOpen"] - weights["mouthClose"] == pytest.approx(0, abs=1e-6)


def test_an_open_o_is_a_funnel_and_a_u_is_a_kiss():
    o, u = shown("arkit", POSES["o"]), shown("arkit", POSES["u"])
    assert u["mouthPucker"] > o["mouthPucker"] > 0.3
    assert o["mouthFunnel"] > u["mouthFunnel"] > 0.3


def test_only_a_tongue_between_the_teeth_is_out():
    assert shown("arkit", POSES["θ"])["tongueOut"] >= 0.3
    assert shown("arkit", POSES["t"])["tongueOut"] == 0.0


def test_live_link_and_azure_send_what_arkit_sends():
    track = np.array([*POSES.values()], np.float32)
    arkit = find_rig("arkit").project(track)
    for rig in ("arkit-55", "livelink"):
        assert np.allclose(find_rig(rig).project(track)[:, :52], arkit, atol=1e-6)
        assert not find_rig(rig).project(track)[:, 52:].any()


# Oculus


@examples(deadline=None)
@given(track=tracks(40))
def test_oculus_weights_add_up_to_exactly_one(track):
    """In float32, from either end, and as the 15 floats that JSON carries."""
    weights = find_rig("oculus").project(track)
    for row in weights:
        assert np.add.reduce(row) == np.float32(1)
        assert np.add.reduce(row[::-1]) == np.float32(1)
        assert sum(row.tolist()) == 1.0


@each([*zip(POSES, OCULUS[1:], strict=True)])
def test_each_oculus_viseme_is_reached(sound, viseme):
    weights = shown("oculus", POSES[sound])
    assert max(weights, key=weights.get) == viseme
    assert weights[viseme] >= 0.5


def test_lips_that_are_shut_are_no_vowel():
    assert shown("oculus", Pose(jaw=0.8, opening=0.7, seal=1))["PP"] == 1.0
    assert shown("oculus", Pose(jaw=0.8, opening=0.7, teeth=1))["FF"] == 1.0


# VRM, Live2D, VTube Studio


@examples(deadline=None)
@given(track=tracks())
def test_mouths_of_vrm_never_add_up_to_more_than_one(track):
    assert find_rig("vrm").project(track).sum(axis=1).max() <= 1 + 1e-5


@pytest.mark.parametrize(
    ("sound", "mouth"),
    [("ɑ", "aa"), ("i", "ih"), ("u", "ou"), ("ɛ", "ee"), ("o", "oh")],
)
def test_each_mouth_of_vrm_is_reached(sound, mouth):
    weights = shown("vrm", POSES[sound])
    assert max(weights, key=weights.get) == mouth
    assert weights[mouth] >= 0.75


def test_vowels_are_the_same_under_every_name():
    for pose in POSES.values():
        vowels = list(shown("vrm", pose).values())
        assert list(shown("vrm0", pose).values()) == vowels
        assert list(shown("live2d", pose).values())[2:] == vowels
        vts = shown("vts", pose)
        order = [vts[f"Voice{vowel}"] for vowel in "AIUEO"]
        assert order == vowels


@pytest.mark.parametrize("rig", ["vrm", "vrm0", "live2d"])
def test_a_sealed_mouth_shows_no_vowel(rig):
    weights = shown(rig, Pose(jaw=0.9, opening=0.8, seal=1))
    assert max(weights.values()) == pytest.approx(0, abs=1e-6)


def test_live2d_tells_wide_from_round():
    assert shown("live2d", POSES["i"])["ParamMouthForm"] > 0.5
    assert shown("live2d", POSES["u"])["ParamMouthForm"] < -0.5
    assert shown("live2d", POSES["ɑ"])["ParamMouthOpenY"] > 0.8


def test_vtube_studio_hears_a_sealed_mouth():
    assert shown("vts", POSES["p"])["VoiceSilence"] == 0.0
    assert shown("vts", POSES["i"])["MouthSmile"] > 0.8
    assert shown("vts", POSES["u"])["MouthSmile"] < 0.2


def test_the_table_says_where_a_weight_comes_from():
    """A rig that one reads back does the same."""
    rig = parse_rig("[channels]\na = { jaw = 0.5 }", name="a.toml")
    term = rig.table.channels["a"].terms[0]
    assert (term.weight, term.factors[0].name) == (0.5, "jaw")
