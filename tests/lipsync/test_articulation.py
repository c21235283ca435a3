from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, strategies as st

from streamer.errors import UsageError
from streamer.lipsync.articulation import Articulator
from streamer.lipsync.planner import KNOWN_AHEAD
from streamer.lipsync.pose import NEUTRAL
from streamer.lipsync.styles import NATURAL, PRECISE, STYLES, SUBTLE
from streamer.lipsync.timeline import TimedPhone
from tests.lipsync.speech import LINES, RATE, kind, sounds, speech
from tests.tables import each


def articulate(written, *, levels=None, **options):
    articulator = Articulator(RATE, **options)
    articulator.receive(speech(written) if isinstance(written, str) else written)
    if levels is not None:
        articulator.receive_level(0, levels)
    return articulator.settle(None)


def of(gestures, symbol):
    return next(gesture for gesture in gestures if gesture.symbol == symbol)


def kinds(gestures):
    return [gesture.kind for gesture in gestures]


@given(sounds(), st.sampled_from(list(STYLES.values())))
def test_gestures_follow_one_another_and_end_at_rest(phones, style):
    gestures = articulate(phones, style=style)

    for first, second in pairwise(gestures):
        assert first.stop <= second.frame
        assert second.frame - second.ramp_in >= first.frame
    for gesture in gestures:
        assert gesture.frame >= 0
        assert gesture.frames >= 1
        assert gesture.ramp_in >= 1
        assert 0.0 < gesture.weight <= 1.0
        assert -1.0 <= gesture.pose.width <= 1.0
        assert all(0.0 <= v <= 1.0 for v in gesture.pose._replace(width=0.0))
    if gestures:
        assert gestures[-1].pose == NEUTRAL


@given(sounds())
def test_no_sound_is_lost_and_none_is_told_twice(phones):
    told = [symbol for gesture in articulate(phones) for symbol in gesture.phones]

    assert told == [timed.phone.symbol for timed in phones if timed.phone]


@given(sounds(), st.data())
def test_gestures_do_not_depend_on_the_calls(phones, data):
    """With 250 ms known beyond what is settled, any calls give the same."""
    levels = data.draw(st.lists(st.floats(-60, 0), min_size=1, max_size=20)) * 1200
    whole = Articulator(RATE)
    whole.receive(phones)
    whole.receive_level(0, levels)
    expected = whole.settle(None)

    pieces = Articulator(RATE)
    pieces.receive_level(0, levels)
    gestures = []
    while phones:
        count = data.draw(st.integers(1, len(phones)))
        pieces.receive(phones[:count])
        known = phones[count - 1].frame + phones[count - 1].frames
        phones = phones[count:]
        behind = data.draw(st.integers(0, 50))
        gestures += pieces.settle(known - round(KNOWN_AHEAD * RATE) - behind)
    gestures += pieces.settle(None)

    assert tuple(gestures) == expected
    assert pieces.statistics() == whole.statistics()


@given(sounds(), st.integers(0, 400))
def test_what_is_settled_late_begins_behind_what_was_settled(phones, ahead):
    articulator = Articulator(RATE)
    settled = -10_000
    for timed in phones:
        articulator.receive([timed])
        until = timed.frame + timed.frames - ahead
        for gesture in articulator.settle(until):
            assert settled <= gesture.frame - gesture.ramp_in < until
        settled = max(settled, until)


@each(product("pbmfv", ["a", "t", "s", "u", "_"], ["a", "l", "ɹ", "i", "_"]))
def test_lips_are_shut_just_before_the_sound_and_most_of_it(symbol, before, after):
    gestures = articulate(f"ˈa:100 {before}:90 {symbol}:80 {after}:90 ˈa:100")
    seal = of(gestures, symbol)

    assert 190 - 20 <= seal.frame <= 190
    assert seal.stop >= 190 + 0.7 * 80
    assert (seal.pose.seal, seal.pose.teeth) == ((1, 0) if symbol in "pbm" else (0, 1))


@pytest.mark.parametrize(("before", "ramp"), [(60, 40), (100, 50), (180, 90)])
def test_a_seals_ramp_is_half_the_sound_before_it(before, ramp):
    seal = of(articulate(f"ˈi:150 ˈa:{before} p:80 ˈa:100"), "p")

    assert seal.ramp_in == pytest.approx(ramp, abs=10)


def test_a_seals_ramp_is_120_ms_at_most():
    assert of(articulate("ˈa:200 _:600 p:80 ˈa:100"), "p").ramp_in == 120


def test_the_shortest_seal_is_held_for_two_frames_at_60_fps():
    seal = of(articulate("a:100 b:15 a:150"), "b")

    assert seal.frames >= 2 * RATE / 60


def test_a_seal_right_before_another_closure_gives_way_only_beyond_70_percent():
    gestures = articulate("a:100 p:60 f:80 a:100")
    seal, teeth = of(gestures, "p"), of(gestures, "f")

    assert seal.stop >= 100 + 0.7 * 60
    assert 160 - 20 <= teeth.frame <= 160


def test_every_seal_is_settled_and_at_its_place():
    for written in LINES.values():
        phones = speech(written)
        gestures = articulate(phones)
        for before, timed in pairwise([TimedPhone(0, 0, None), *phones]):
            if kind(timed) in {"seal", "teeth"} and kind(before) != kind(timed):
                at = [g for g in gestures if g.kind == kind(timed)]
                assert any(-20 <= g.frame - timed.frame <= 0 for g in at)


def test_a_vowel_between_two_seals_opens_however_short():
    assert kinds(articulate("m:75 a:46 m:75 a:100"))[:3] == ["seal", "open", "seal"]


def test_duplicates_are_one_gesture_that_lasts():
    articulator = Articulator(RATE)
    articulator.receive(speech("a:100 m:60 b:60 a:100"))
    seal = of(articulator.settle(None), "m")

    assert seal.phones == ("m", "b")
    assert seal.stop >= 100 + 0.7 * 120
    assert articulator.statistics().merged == 1


@pytest.mark.parametrize(("first", "last"), [(90, 30), (110, 40), (30, 120)])
def test_a_seal_of_two_sounds_is_held_for_75_percent_of_the_last(first, last):
    """The lips are shut in the middle of the b of *number*, however long the m is."""
    seal = of(articulate(f"ˈʌ:100 m:{first} b:{last} ə:90 ˈa:100"), "m")
    assert seal.stop == 100 + first + round(0.75 * last)

    gestures = articulate(f"ˈʌ:100 m:{first} b:{last} f:80 ˈa:100")
    assert of(gestures, "m").stop >= 100 + first + 0.7 * last - 0.5
    assert -20 <= of(gestures, "f").frame - (100 + first + last) <= 0


def test_sibilants_narrow_the_jaw_whatever_stands_beside():
    gestures = articulate("ˈɑ:120 s:90 ˈɑ:120 ʃ:90 ˈɑ:120")

    assert of(gestures, "s").pose.jaw < 0.1
    assert of(gestures, "ʃ").pose.jaw < 0.1
    assert of(gestures, "ɑ").pose.jaw > 0.5


@pytest.mark.parametrize("symbol", "ntdkɡŋl")
def test_tongue_only_sounds_leave_the_lips_to_their_neighbours(symbol):
    spread = of(articulate(f"ˈi:120 {symbol}:70 ˈi:120"), symbol)
    rounded = of(articulate(f"ˈu:120 {symbol}:70 ˈu:120"), symbol)

    assert spread.pose.width > 0.3
    assert spread.pose.rounding < 0.1
    assert rounded.pose.width < -0.3
    assert rounded.pose.rounding > 0.6


def test_a_long_stop_narrows_the_jaw_and_a_short_one_does_not():
    open_jaw = of(articulate("ˈɑ:120 t:64 ˈɑ:120"), "t").pose.jaw
    narrowed = of(articulate("ˈɑ:120 t:110 ˈɑ:120"), "t").pose.jaw

    assert narrowed < 0.8 * open_jaw


def test_the_shortest_tongue_only_sounds_have_no_gesture():
    gestures = articulate("ˈa:120 t:30 ˈa:120")

    assert kinds(gestures) == ["open", "open", "rest"]
    assert gestures[1].phones == ("t", "a")


@pytest.mark.parametrize("symbol", "hʔ")
def test_sounds_of_the_throat_have_no_gesture(symbol):
    assert kinds(articulate(f"ˈa:120 {symbol}:80 ˈi:120")) == ["open", "spread", "rest"]


def test_a_rounded_vowel_is_anticipated_through_consonants_but_not_through_vowels():
    anticipated = of(articulate("ˈi:150 s:60 t:50 ˈu:150"), "s").pose.rounding
    kept = of(articulate("ˈi:150 s:60 ˈi:50 ˈu:150"), "s").pose.rounding

    assert anticipated > 0.2
    assert kept == 0.0


def test_a_rounded_vowel_is_anticipated_behind_closed_lips():
    seal = of(articulate("ˈi:150 b:70 ˈu:150"), "b")

    assert seal.pose.seal == 1.0
    assert seal.pose.rounding > 0.5


def test_rounding_begins_earlier_than_any_other_ramp():
    gesture = of(articulate("ˈi:250 ˈu:200"), "u")

    assert 80 <= gesture.ramp_in + 20 <= 150


@pytest.mark.parametrize(
    ("pause", "expected"),
    [
        (110, ["open", "open", "rest"]),
        (200, ["open", "rest", "open", "rest"]),
        (400, ["open", "rest", "open", "rest"]),
    ],
)
def test_short_pauses_hold_longer_ones_relax_and_long_ones_rest(pause, expected):
    gestures = articulate(f"ˈa:120 _:{pause} ˈa:120")

    assert kinds(gestures) == expected
    if pause == 200:
        assert 0.0 < gestures[1].pose.jaw < gestures[0].pose.jaw / 2
        assert gestures[1].symbol == "ɛ"
    elif pause == 400:
        assert gestures[1].pose == NEUTRAL
        assert gestures[1].symbol == ""


def test_silence_before_the_first_sound_moves_nothing():
    assert kinds(articulate("_:500 ˈa:120")) == ["open", "rest"]


def test_nothing_said_is_no_gesture():
    assert articulate([]) == ()
    assert articulate("_:500") == ()


def test_the_end_is_at_rest_soon_after_the_last_sound():
    last = articulate("ˈa:200")[-1]

    assert last.pose == NEUTRAL
    assert 200 <= last.frame <= 260


@pytest.mark.parametrize("lead", [0.0, 0.020, 0.060])
def test_open_shapes_lead_by_what_was_asked_for(lead):
    gesture = of(articulate("t:200 ˈa:200", lead=lead), "a")

    assert gesture.frame == 200 - lead * RATE


def test_seals_have_a_lead_of_their_own():
    frames = {of(articulate("ˈa:200 p:80", lead=lead), "p").frame for lead in (0, 0.06)}

    assert len(frames) == 1


@pytest.mark.parametrize("lead", [-0.001, 0.061, float("nan")])
def test_a_lead_out_of_range_is_an_error(lead):
    with pytest.raises(UsageError, match=r"visual lead of .* ms is out of range"):
        Articulator(RATE, lead=lead)


def test_loud_vowels_open_the_jaw_wide_and_soft_ones_hardly():
    written = "t:100 ˈa:150 " * 6
    levels = [-20.0] * 150
    levels[110:125] = [-10.0] * 15
    levels[135:150] = [-30.0] * 15
    gestures = articulate(written, levels=levels)
    mean, loud, soft = (
        [g for g in gestures if g.symbol == "a"][index].pose.jaw for index in (0, 4, 5)
    )

    assert loud > 0.7
    assert soft < 0.5 * mean
    assert soft < mean < loud


def test_loudness_never_touches_seals_and_sibilants():
    quiet = articulate("a:100 m:80 a:100 s:90", levels=[-60.0] * 40)
    loud = articulate("a:100 m:80 a:100 s:90", levels=[-5.0] * 40)

    assert of(quiet, "m").pose.seal == of(loud, "m").pose.seal == 1.0
    assert of(quiet, "s").pose.jaw == of(loud, "s").pose.jaw


def test_stressed_vowels_open_further_than_others():
    gestures = articulate("t:100 ˈa:120 t:100 a:120")
    stressed, unstressed = (g for g in gestures if g.symbol == "a")

    assert stressed.pose.jaw > unstressed.pose.jaw
    assert (stressed.weight, unstressed.weight) == (1.0, 0.85)


def test_styles_do_more_or_less_but_all_close_the_lips():
    made = [articulate("ˈa:120 t:70 m:70 ˈa:150", style=s) for s in STYLES.values()]
    jaws = [of(gestures, "a").pose.jaw for gestures in made]

    assert list(STYLES.values()) == [PRECISE, NATURAL, SUBTLE]
    assert jaws == sorted(jaws, reverse=True)
    assert all(of(gestures, "m").pose.seal == 1.0 for gestures in made)
    assert len(made[0]) > len(made[2])


def test_known_late_a_seal_is_late_and_counted():
    articulator = Articulator(RATE)
    articulator.receive(speech("ˈa:120"))
    articulator.settle(120)
    articulator.receive(speech("p:80 ˈa:120", start=120))
    gestures = articulator.settle(None)

    assert 120 < of(gestures, "p").frame <= 140
    assert articulator.statistics().late_seals == 1


def test_known_when_it_is_over_a_seal_is_lost_and_counted():
    articulator = Articulator(RATE)
    articulator.receive(speech("ˈa:120"))
    articulator.settle(300)
    articulator.receive(speech("p:80 ˈa:150 t:100 ˈi:120", start=120))
    gestures = articulator.settle(None)

    assert "seal" not in kinds(gestures)
    statistics = articulator.statistics()
    assert (statistics.lost_seals, statistics.seals) == (1, 0)


def test_statistics_count_what_was_done():
    articulator = Articulator(RATE)
    articulator.receive(speech("h:80 ˈa:120 m:60 b:60 t:30 ˈa:120"))
    gestures = articulator.settle(None)
    statistics = articulator.statistics()

    assert statistics.phones == 6
    assert statistics.gestures == len(gestures) == 4
    assert statistics.merged == 1
    assert statistics.absorbed == 2
    assert statistics.seals == 1
    assert statistics.late_seals == statistics.lost_seals == 0


def test_sounds_that_overlap_are_cut_and_holes_are_held_through():
    phones = [
        *speech("ˈa:120"),
        *speech("m:80", start=100),
        *speech("ˈa:100", start=220),
    ]
    phones.append(TimedPhone(50, 20, phones[0].phone))
    gestures = articulate(phones)

    assert kinds(gestures) == ["open", "seal", "open", "rest"]
    assert 100 <= gestures[1].frame <= 120


def test_nothing_is_received_once_the_utterance_is_over():
    articulator = Articulator(RATE)
    articulator.settle(None)

    assert articulator.settle(None) == ()
    with pytest.raises(UsageError, match="the utterance is over"):
        articulator.receive(speech("a:100"))
