from __future__ import annotations

from streamer.lipsync.pose import Pose
from streamer.lipsync.rules import PROTECTED, RELAXED, RULES
from streamer.lipsync.symbols import SYMBOLS


def test_every_base_symbol_has_a_rule_and_nothing_else_has():
    assert set(RULES) == set(SYMBOLS)


def test_every_pose_is_within_its_channels_ranges():
    for symbol, rule in RULES.items():
        low = Pose(width=-1.0)
        assert all(a <= b <= 1.0 for a, b in zip(low, rule.pose, strict=True)), symbol


def test_bilabials_seal_and_labiodentals_put_lip_to_teeth():
    assert {s for s, rule in RULES.items() if rule.kind == "seal"} == set("pbmɓʙʘβ")
    assert {s for s, rule in RULES.items() if rule.kind == "teeth"} == set("fvɱʋⱱ")
    assert all(
        (rule.pose.seal == 1.0) == (rule.kind == "seal") for rule in RULES.values()
    )
    assert all(
        (rule.pose.teeth == 1.0) == (rule.kind == "teeth") for rule in RULES.values()
    )
    assert {"seal", "teeth"} == PROTECTED


def test_what_is_neither_sealed_nor_silent_opens_the_lips():
    for symbol, rule in RULES.items():
        if rule.kind not in {"seal", "rest"}:
            assert rule.pose.opening > 0.0, symbol


def test_only_vowels_are_opened_by_loudness():
    for symbol, rule in RULES.items():
        protected = rule.kind in PROTECTED
        assert protected or rule.is_vowel == (SYMBOLS[symbol].kind == "vowel"), symbol


def test_sibilants_have_the_narrowest_jaw_of_all_open_sounds():
    sibilants = [RULES[s].pose.jaw for s in "szʃʒɕʑʂʐ"]
    others = [
        r.pose.jaw for r in RULES.values() if r.kind in {"open", "spread", "round"}
    ]
    assert max(sibilants) < min(others)


def test_tongue_only_sounds_leave_most_of_the_lips_to_their_neighbours():
    assert all(RULES[symbol].lips <= 0.1 for symbol in "lntdkɡŋ")


def test_every_kind_relaxes_to_a_symbol_or_to_neutral():
    assert set(RELAXED) == {rule.kind for rule in RULES.values()}
    assert all(not symbol or symbol in RULES for symbol in RELAXED.values())
