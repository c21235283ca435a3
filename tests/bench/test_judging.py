"""What is wanted, and how the benches decide what to try."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bench.harness.loads import LOADS, Holds, loaded
from bench.harness.machine import Wanted
from bench.harness.simulated import worst_error
from bench.streams import Answer, fit, largest, next_count


def tried(streams, cores, *, starved=0):
    return Answer(
        *("streamer", streams, 20.0, cores, 0.0, 0.0),
        *(starved, 0.0, 0, 0.0, None, ""),
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1.0, "it: 1 ms (wanted ≤ 2 ms: yes)"),
        (3.0, "it: 3 ms (wanted ≤ 2 ms: NO)"),
        (None, "it: not measured (wanted ≤ 2 ms)"),
    ],
)
def test_a_figure_is_said_beside_what_is_wanted(value, said):
    assert str(Wanted("it", value, 2.0)) == said


def test_a_search_goes_where_one_core_would_be_full():
    assert next_count([tried(100, 0.2)]) == 490


def test_a_search_never_tries_again_what_was_too_much():
    """490 starved, so it tries between."""
    assert next_count([tried(100, 0.2), tried(490, 0.99, starved=3)]) == 295


def test_a_search_ends_where_nothing_is_to_be_learnt():
    assert next_count([tried(480, 0.96)]) is None
    assert next_count([tried(2_000, 0.1)]) is None
    assert next_count([tried(480, 0.9), tried(490, 1.2)]) is None


def test_a_search_goes_down_where_nothing_is_sustained():
    assert next_count([tried(100, 1.5)]) == 50
    assert next_count([tried(1, 1.5)]) is None


def test_the_largest_is_the_largest_that_was_sustained():
    several = [tried(100, 0.2), tried(490, 0.9), tried(600, 0.9, starved=1)]
    assert largest(several) == 490
    assert largest([tried(100, 1.2)]) == 0


def test_a_straight_line_has_no_bend():
    line = fit([tried(count, 0.01 + count * 0.001) for count in (1, 10, 100, 500)])
    assert line.stream_us == pytest.approx(1_000)
    assert line.base_cores == pytest.approx(0.01)
    assert line.bend == pytest.approx(0, abs=1e-3)
    assert fit([tried(1, 0.1), tried(2, 0.2)]) is None


def test_a_simulated_device_is_known_within_two_milliseconds():
    """A few seconds of what the bench does for ten minutes."""
    assert 0.0 < worst_error(200.0, seconds=10.0) < 0.002


@pytest.mark.parametrize("name", LOADS)
def test_a_load_ends_with_its_block(name):
    import threading

    with Holds(), loaded(name):
        pass
    assert not [
        t for t in threading.enumerate() if t.name.startswith(("load", "holds"))
    ]


@dataclass
class Peer:
    name: str
    version: str = ""


def test_our_first_sound_is_held_against_the_peers_of_the_same_run():
    """Only ratios of one run are a claim; a lost stream counts as a gap."""
    from bench.first_audio import X1, judge
    from bench.harness.first_sound import summarize
    from bench.harness.hearing import Heard

    def heard(delay_ms):
        return Heard(delay_ms, 0.0, 0, True)

    peers = [Peer("streamer"), Peer("mpv low-latency", "1"), Peer("RealtimeTTS", "2")]
    streams = [[heard(10.0), None], [heard(400.0)] * 2, [heard(20.0)] * 2]
    wanted = judge(summarize("pcm16", X1, "idle", peers, streams))
    assert [(figure.value, figure.most) for figure in wanted] == [
        (1, 0),
        (0.025, 0.05),
        (0.5, 0.9),
    ]


def test_an_engine_of_its_own_process_is_held_against_the_same_peers():
    from bench.first_audio import X3, judge
    from bench.harness.first_sound import summarize
    from bench.harness.hearing import Heard

    peers = [Peer("streamer"), Peer("EngineProcess"), Peer("RealtimeTTS", "2")]
    streams = [[Heard(each, 0.0, 1, True)] for each in (80.0, 20.0, 100.0)]
    wanted = judge(summarize("pcm16", X3, "json", peers, streams))
    assert [(figure.what, figure.value, figure.most) for figure in wanted] == [
        ("pcm16, x3, json: p50 by RealtimeTTS's", 0.8, 0.7),
        ("pcm16, x3, json, EngineProcess: p50 by RealtimeTTS's", 0.2, 0.7),
    ]


def test_a_bare_read_is_beside_the_players_and_nothing_is_wanted_of_it():
    from bench.first_audio import X3, judge
    from bench.harness.first_sound import read_by, show, summarize
    from bench.harness.hearing import Heard

    peers = [Peer("streamer"), Peer("RealtimeTTS", "2")]
    streams = [[Heard(80.0, 0.0, 1, True)], [Heard(100.0, 0.0, 0, True)]]
    answers = summarize("pcm16", X3, "json", peers, streams)
    read = read_by(answers[0], [70.0, 60.0, 50.0])
    assert (read.first_ms, read.p50_ms, read.ratio, read.gaps) == (70, 60, 0.75, None)
    wanted = judge([*answers, read])
    assert [(figure.value, figure.most) for figure in wanted] == [(0.8, 0.7)]
    show([*answers, read])


def test_bursts_are_measured_under_load_as_even_chunks_are():
    """What comes late by chance is measured idle only."""
    from bench.first_audio import PACES, Plan, cells, even_paces

    plan = Plan(8, 0.6, 44_100, tuple(PACES), ("idle", "spin", "json"))
    loaded = dict.fromkeys(pace for pace, busy in cells(plan) if busy != "idle")
    assert list(loaded) == ["x1, 20 ms chunks", "x3, 20 ms chunks", "x1, 300 ms bursts"]
    assert [pace for pace, busy in cells(plan) if busy == "idle"] == list(PACES)
    assert len(cells(plan)) == 3 * 3 + 1
    assert even_paces(plan).paces == ("x1, 20 ms chunks", "x3, 20 ms chunks")


def test_of_bursts_nothing_is_wanted_that_is_wanted_of_even_chunks():
    from bench.first_audio import BURSTS, judge
    from bench.harness.first_sound import summarize
    from bench.harness.hearing import Heard

    peers = [Peer("streamer"), Peer("RealtimeTTS", "2")]
    streams = [[Heard(10.0, 0.0, 1, True)], [Heard(20.0, 0.0, 0, True)]]
    for busy in LOADS:
        assert judge(summarize("pcm16", BURSTS, busy, peers, streams)) == []


def test_a_callback_is_watched_for_a_minute_under_each_load(monkeypatch):
    from bench.glitch import parsed

    monkeypatch.setattr("sys.argv", ["glitch.py"])
    assert parsed().seconds == 60.0
