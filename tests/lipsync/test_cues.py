from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from types import MappingProxyType

import pytest
from hypothesis import given, strategies as st

from streamer.lipsync import OCULUS
from streamer.lipsync.articulation import Articulator
from streamer.lipsync.cues import CueMaker
from streamer.lipsync.gestures import Gesture
from streamer.lipsync.rules import RULES
from streamer.lipsync.visemes import find_set
from tests.lipsync.speech import LINES, RATE, kind, merged, sounds, speech
from tests.tables import each

SHAPES = {
    "seal": "MBP", "teeth": "FV", "open": "AI", "spread": "E", "round": "O",
    "narrow": "etc", "tongue": "etc", "rest": "etc",
}  # fmt: skip


class Pictures:
    """A drawn mouth, with Preston Blair's shapes as far as they matter here."""

    flat = True
    neutral = "rest"
    tweens = MappingProxyType({})

    def viseme(self, symbol):
        return SHAPES[RULES[symbol].kind]

    def weight(self, symbol):
        return 1.0


class Tweened(Pictures):
    """The same with shapes between; the last of them as no set has it."""

    tweens = MappingProxyType(
        {("AI", "MBP"): "E", ("AI", "rest"): "E", ("E", "O"): "AI", ("O", "E"): "AI"}
    )


VRM = find_set("vrm")

SETS = {
    "oculus": (OCULUS, 50),
    "pictures": (Pictures(), 70),
    "tweened": (Tweened(), 70),
    "vrm": (VRM, 50),
}


def gestures_of(phones):
    articulator = Articulator(RATE)
    articulator.receive(phones)
    return articulator.settle(None)


def gesture(frame, symbol):
    rule = RULES[symbol]
    return Gesture(frame, 20, symbol, rule.kind, rule.pose, 1.0, (symbol,), 40, 80)


def joined(parts):
    """Cues, the parts of each put together."""
    cues = []
    for part in parts:
        if part.goes_on:
            last, more = cues[-1], part.cue
            assert (last.viseme, last.frame + last.frames) == (more.viseme, more.frame)
            frames, phones = last.frames + more.frames, last.phones + more.phones
            cues[-1] = replace(last, frames=frames, phones=phones)
        else:
            cues.append(part.cue)
    return cues


def told(parts):
    """The same without weights, which later sounds may raise."""
    return [(c.frame, c.frames, c.viseme, c.phones) for c in joined(parts)]


def cues_of(phones, visemes, **options):
    if isinstance(phones, str):
        phones = speech(phones)
    maker = CueMaker(visemes, RATE, **options)
    return joined(maker.receive(gestures_of(phones), until=None))


def shapes(phones, visemes, **options):
    return [shape for _, _, shape, _ in merged(cues_of(phones, visemes, **options))]


def check_holds(cues, hold):
    shown = merged(cues)
    assert all(cue.frames >= hold for cue in cues)
    for (_, _, first, _), (start, stop, _, _), (_, _, third, _) in zip(
        shown, shown[1:], shown[2:], strict=False
    ):
        assert first != third or stop - start >= 80


@pytest.mark.parametrize("visemes", SETS)
@given(phones=sounds())
def test_shapes_stay_for_their_hold_and_never_flicker(visemes, phones):
    chosen, hold = SETS[visemes]

    check_holds(cues_of(phones, chosen), hold)


@pytest.mark.parametrize("visemes", SETS)
@given(phones=sounds())
def test_cues_have_no_holes_and_tell_each_sound_once(visemes, phones):
    cues = cues_of(phones, SETS[visemes][0])

    assert not cues or cues[0].frame == 0
    assert all(a.frame + a.frames == b.frame for a, b in pairwise(cues))
    assert all(cue.frames >= 1 and 0.0 < cue.weight <= 1.0 for cue in cues)
    symbols = [symbol for cue in cues for symbol in cue.phones]
    assert symbols == [timed.phone.symbol for timed in phones if timed.phone]


@pytest.mark.parametrize("visemes", SETS)
@given(phones=sounds(), data=st.data())
def test_cues_do_not_depend_on_the_calls(visemes, phones, data):
    chosen, _ = SETS[visemes]
    gestures = gestures_of(phones)
    whole = CueMaker(chosen, RATE).receive(gestures, until=None)

    parts = stream(CueMaker(chosen, RATE), gestures, data)

    assert told(parts) == told(whole)
    cues = [part.cue for part in parts]
    assert all(a.frame + a.frames == b.frame for a, b in pairwise(cues))


def stream(maker, gestures, data):
    """Hand gestures over one after another, as an articulator settles them."""
    parts, given_so_far = [], 0
    for index, gesture in enumerate(gestures):
        if data.draw(st.booleans()):
            until = gesture.frame - gesture.ramp_in
            parts += maker.receive(gestures[given_so_far:index], until=until)
            last = parts[-1].cue if parts else None
            assert last is None or last.frame + last.frames <= max(until, 0)
            given_so_far = index
    return parts + maker.receive(gestures[given_so_far:], until=None)


@pytest.mark.parametrize(
    ("visemes", "said"),
    [("pictures", "p:108 f:51 p:20"), ("oculus", "p:20 ɸ:20 p:20 p:99 p:20 f:20 p:20")],
)
def test_a_shape_that_is_told_up_to_the_next_leaves_room_for_bringing_it_forward(
    visemes, said
):
    chosen, _ = SETS[visemes]
    gestures = gestures_of(speech(said))
    whole = told(CueMaker(chosen, RATE).receive(gestures, until=None))
    for known in range(1, len(gestures)):
        maker = CueMaker(chosen, RATE)
        until = gestures[known].frame - gestures[known].ramp_in
        parts = maker.receive(gestures[:known], until=until)
        assert told(parts + maker.receive(gestures[known:], until=None)) == whole


@each(product(SETS, LINES))
def test_every_closure_is_shown_during_its_sound(visemes, said):
    chosen, _ = SETS[visemes]
    phones = speech(LINES[said])
    told = merged(cues_of(phones, chosen))
    for timed in phones:
        if kind(timed) in {"seal", "teeth"}:
            shape = chosen.viseme(timed.phone.symbol)
            stop = timed.frame + timed.frames
            assert any(
                s == shape and a < stop and b > timed.frame for a, b, s, _ in told
            )


@pytest.mark.parametrize("said", LINES)
def test_a_drawn_mouth_changes_7_to_10_times_a_second_at_most(said):
    phones = speech(LINES[said])
    seconds = (phones[-1].frame + phones[-1].frames) / RATE

    assert 5.5 <= (len(merged(cues_of(phones, Pictures()))) - 1) / seconds <= 10.0


def test_a_seal_is_shown_up_to_20_ms_before_its_sound():
    cues = cues_of("ˈa:150 p:80 ˈa:150", OCULUS)

    seal = next(cue for cue in cues if cue.viseme == "PP")
    assert -20 <= seal.frame - 150 <= 0


def test_a_flat_set_holds_longer_and_so_shows_less():
    written = "ˈa:55 s:60 ˈa:55 s:60 ˈa:55 s:60 ˈa:120"

    assert len(shapes(written, Pictures(), hold=0.05)) >= len(
        shapes(written, Pictures())
    )


@pytest.mark.parametrize("hold", [0.0, 0.04, 0.1, 0.15])
@given(phones=sounds())
def test_the_users_hold_is_kept(hold, phones):
    for visemes in (Pictures(), Tweened()):
        check_holds(cues_of(phones, visemes, hold=hold), hold * RATE)


@pytest.mark.parametrize("hold", [0.0, 0.07, 0.15])
def test_the_mouth_comes_to_rest_where_seals_took_all_the_time(hold):
    maker = CueMaker(Pictures(), RATE, hold=hold)
    rest = replace(gesture(20, "a"), symbol="", kind="rest", phones=())
    seals = [gesture(at, "pf"[at % 2]) for at in range(5)]
    cues = joined(maker.receive([*seals, rest], until=None))

    assert cues[-2].viseme in {"MBP", "FV"}
    assert cues[-1].viseme == "rest"
    assert cues[-1].frames >= max(hold * RATE, 1)


def test_a_shape_that_comes_back_at_once_was_no_change():
    maker = CueMaker(Pictures(), RATE)
    gestures = [gesture(100, "a"), gesture(170, "s"), gesture(230, "a")]
    cues = joined(maker.receive(gestures, until=None))

    assert [cue.viseme for cue in cues] == ["rest", "AI"]
    assert cues[1].phones == ("a", "s", "a")
    assert maker.dropped == 1


def test_a_weaker_shape_without_time_is_left_out():
    maker = CueMaker(Pictures(), RATE)
    gestures = [gesture(100, "a"), gesture(105, "s"), gesture(300, "i")]
    cues = joined(maker.receive(gestures, until=None))

    assert [cue.viseme for cue in cues] == ["rest", "AI", "E"]
    assert cues[1].phones == ("a", "s")
    assert maker.dropped == 1


def test_a_shape_may_be_a_little_late():
    maker = CueMaker(Pictures(), RATE)
    cues = joined(maker.receive([gesture(100, "p"), gesture(140, "a")], until=None))

    assert [(cue.frame, cue.viseme) for cue in cues] == [
        (0, "rest"),
        (100, "MBP"),
        (170, "AI"),
    ]


def test_a_seal_between_two_equal_shapes_is_shown_for_80_ms():
    told = merged(cues_of("ˈa:200 b:50 ˈa:200", Pictures()))

    (start, stop), *_ = [(a, b) for a, b, shape, _ in told if shape == "MBP"]
    assert stop - start >= 80


def test_a_seal_takes_the_time_of_the_weaker_shape_before_it():
    assert "MBP" in shapes("ˈa:200 s:45 p:50 ˈi:200", Pictures())


def test_a_short_shape_begins_earlier_to_have_its_hold():
    told = merged(cues_of("ˈi:250 ˈa:45 p:100 ˈi:200", Pictures()))

    start, stop = next((a, b) for a, b, shape, _ in told if shape == "AI")
    assert stop - start == 70
    assert 170 <= start < 250 - 30


def test_two_closures_of_different_kinds_are_both_shown():
    assert [s for s in shapes("ˈa:150 p:60 f:80 ˈa:150", Pictures()) if len(s) > 1][
        1:3
    ] == ["MBP", "FV"]


def test_a_shape_lies_between_two_where_there_is_room_for_it():
    def told(written, **options):
        return [
            (cue.frame, cue.frames, cue.viseme, cue.phones)
            for cue in cues_of(written, Tweened(), **options)
        ]

    plain = cues_of("ˈa:200 p:90", Pictures())
    seal = plain[1].frame
    assert told("ˈa:200 p:90")[:3] == [
        (0, seal - 70, "AI", ("a",)),
        (seal - 70, 70, "E", ()),
        (seal, plain[1].frames, "MBP", ("p",)),
    ]
    assert shapes("ˈa:130 p:90", Tweened()) == ["AI", "MBP", "rest"]
    # A knob for calmer mouths leaves it out; one for livelier ones makes it shorter.
    assert [shape for _, _, shape, _ in told("ˈa:300 p:90", hold=0.09)][1] == "MBP"
    assert told("ˈa:200 p:90", hold=0.05)[1][:3] == (seal - 50, 50, "E")


def test_pauses_hold_then_relax_then_rest():
    assert shapes("ˈa:150 _:100 ˈa:150", Pictures()) == ["AI", "rest"]
    assert "E" not in shapes("ˈa:150 _:400 ˈa:150", Pictures())
    assert shapes("ˈa:150 _:400 ˈa:150", Pictures()) == ["AI", "rest", "AI", "rest"]
    assert shapes("ˈu:150 _:250 ˈu:150", Pictures()) == ["O", "E", "O", "rest"]


def test_a_late_first_sound_is_waited_for_in_neutral():
    cues = cues_of("_:400 ˈa:150", OCULUS)

    assert (cues[0].frame, cues[0].viseme, cues[0].phones) == (0, "sil", ())
    assert cues[1].viseme == "aa"


def test_an_early_first_sound_is_shown_from_the_start():
    cues = cues_of("ˈa:150", OCULUS)

    assert [cue.viseme for cue in cues] == ["aa", "sil"]


def test_a_shape_that_lasts_is_told_in_parts():
    maker = CueMaker(OCULUS, RATE)
    gestures = gestures_of(speech("ˈa:900 t:200"))
    first = maker.receive(gestures[:1], until=400)
    second = maker.receive((), until=600)
    rest = maker.receive(gestures[1:], until=None)

    # 60 ms less than is settled: the next shape may be brought forward by as much.
    assert told(first) == [(0, 340, "aa", ("a",))]
    assert [(part.cue.frame, part.goes_on) for part in [*first, *second, *rest]] == [
        (0, False), (340, True), (540, True), (rest[1].cue.frame, False),
        (rest[2].cue.frame, False),
    ]  # fmt: skip
    assert second[0].cue.phones == ()
    assert shapes("ˈa:900 t:200", OCULUS) == [
        shape for _, _, shape, _ in told([*first, *second, *rest])
    ]


def test_what_a_set_forms_less_is_told_apart():
    cues = cues_of("f:120 ˈi:160 t:120", VRM)

    assert [(cue.viseme, cue.phones) for cue in cues[:3]] == [
        ("ih", ("f",)), ("ih", ("i",)), ("ih", ("t",)),
    ]  # fmt: skip
    assert [cue.weight for cue in cues[:3]] == [0.2, 1.0, pytest.approx(0.4)]


def test_an_utterance_without_sound_has_no_cues():
    maker = CueMaker(OCULUS, RATE)

    assert maker.receive((), until=None) == []
