from __future__ import annotations

import pytest

from streamer.events.live import LiveMouth
from streamer.events.messages import (
    Anchor,
    Cue,
    Cues,
    Cut,
    End,
    Marks,
    Start,
)


def told(*cues, utterance="u1"):
    shapes = [Cue(t, d, v, (v.lower(),), 0.8) for t, d, v in cues]
    return Cues("main", 0, utterance, 10**9, shapes)


def anchored(at=1_000, media=0, rate=1.0, utterance="u1"):
    return Anchor("main", 0, utterance, media, at, rate, "paced", 0)


@pytest.fixture
def mouth():
    return LiveMouth("main", neutral="sil", lead=0)


def run(mouth, until, now=0):
    """Play *mouth* by its own alarm; gives (time, shape, duration)."""
    shown = []
    while (due := mouth.next_due()) is not None and max(due, now) <= until:
        now = max(due, now)
        given = mouth.due(now)
        shown += [(now, viseme.v, viseme.d) for viseme in given]
        if not given and mouth.next_due() == due:
            raise AssertionError(f"stuck at {now}")
    return shown


def test_shows_nothing_without_an_anchor(mouth):
    mouth.receive(Start("main", 1, "u1", None, None, "none", None))
    mouth.receive(told((0, 10, "PP")))
    mouth.receive(Marks("main", 3, "u1", []))

    assert mouth.next_due() is None
    assert mouth.due(10**9) == []


def test_each_shape_comes_when_it_is_due_and_a_rest_at_its_end(mouth):
    mouth.receive(told((0, 100, "PP"), (100, 200, "aa")))
    mouth.receive(anchored(at=1_000))

    assert run(mouth, 10_000) == [
        (1_000, "PP", 100),
        (1_100, "aa", 200),
        (1_300, "sil", 0),
    ]


def test_a_shape_says_where_it_comes_from(mouth):
    mouth.receive(told((0, 100, "PP")))
    mouth.receive(anchored(at=1_000))

    (viseme,) = mouth.due(1_000)

    assert (viseme.stream, viseme.utterance) == ("main", "u1")
    assert (viseme.p, viseme.w) == (("pp",), 0.8)


def test_the_lead_is_kept():
    mouth = LiveMouth("main", neutral="sil", lead=300)
    mouth.receive(told((500, 100, "PP")))
    mouth.receive(anchored(at=1_000))

    assert run(mouth, 10_000) == [(1_200, "PP", 100), (1_300, "sil", 0)]


def test_a_gap_is_a_rest(mouth):
    mouth.receive(told((0, 100, "PP"), (50_000, 100, "aa")))
    mouth.receive(anchored(at=0))

    assert [v for _, v, _ in run(mouth, 10**6)] == ["PP", "sil", "aa", "sil"]


def test_a_gap_of_rounding_is_none(mouth):
    mouth.receive(told((0, 100, "PP"), (101, 100, "aa")))
    mouth.receive(anchored(at=0))

    assert [v for _, v, _ in run(mouth, 10**6)] == ["PP", "aa", "sil"]


def test_a_neutral_cue_is_a_rest_once(mouth):
    mouth.receive(told((0, 10, "sil"), (10, 10, "PP"), (20, 10, "sil")))
    mouth.receive(anchored(at=0))

    assert [v for _, v, _ in run(mouth, 10**6)] == ["PP", "sil"]


def test_who_comes_late_is_not_flooded(mouth):
    mouth.receive(told((0, 100, "PP"), (100, 100, "aa"), (200, 100, "E")))
    mouth.receive(anchored(at=0))

    given = mouth.due(250)

    assert [(viseme.v, viseme.d) for viseme in given] == [("E", 50)]


def test_rate_scales_time(mouth):
    mouth.receive(told((0, 100, "PP"), (100, 100, "aa")))
    mouth.receive(anchored(at=0, rate=0.5))

    assert run(mouth, 10_000) == [(0, "PP", 200), (200, "aa", 200), (400, "sil", 0)]


def test_rests_while_the_media_stands_and_goes_on_after(mouth):
    mouth.receive(told((0, 100, "PP"), (100, 100, "aa")))
    mouth.receive(anchored(at=0))
    assert run(mouth, 50) == [(0, "PP", 100)]

    mouth.receive(anchored(media=60, at=60, rate=0.0))
    assert run(mouth, 5_000, now=50) == [(60, "sil", 0)]
    assert mouth.due(6_000) == []

    mouth.receive(anchored(media=60, at=9_000))
    assert run(mouth, 20_000, now=8_000) == [
        (8_940, "PP", 100),
        (9_040, "aa", 100),
        (9_140, "sil", 0),
    ]


def test_a_stand_to_come_changes_nothing_yet(mouth):
    mouth.receive(told((0, 100, "PP")))
    mouth.receive(anchored(at=0))
    mouth.due(10)

    mouth.receive(anchored(media=80, at=80, rate=0.0))

    assert mouth.due(20) == []
    assert mouth.next_due() == 80


@pytest.mark.parametrize(
    "over", [Cut("main", 0, "u1", 40, 50), End("main", 0, "u1", 40, 50, None)]
)
def test_rests_when_it_is_over(mouth, over):
    mouth.receive(told((0, 100, "PP"), (100, 100, "aa")))
    mouth.receive(anchored(at=0))
    mouth.due(10)

    mouth.receive(over)

    assert run(mouth, 10_000, now=10) == [(50, "sil", 0)]
    assert mouth.next_due() is None


def test_what_is_over_before_it_was_shown_needs_no_rest(mouth):
    mouth.receive(told((0, 100, "PP")))

    mouth.receive(Cut("main", 0, "u1", 0, 50))
    mouth.receive(Cut("main", 0, "u9", 0, 50))

    assert mouth.due(10**6) == []


def test_the_next_utterance_is_not_silenced_by_the_end_of_the_last(mouth):
    mouth.receive(told((0, 100, "PP")))
    mouth.receive(anchored(at=0))
    mouth.receive(told((0, 100, "aa"), utterance="u2"))
    mouth.receive(anchored(at=90, utterance="u2"))
    assert [v for _, v, _ in run(mouth, 95)] == ["PP", "aa"]

    mouth.receive(End("main", 0, "u1", 100, 100, None))

    assert run(mouth, 10_000, now=100) == [(190, "sil", 0)]


def test_a_new_shape_takes_the_place_of_a_rest_to_come(mouth):
    mouth.receive(told((0, 100, "PP")))
    mouth.receive(anchored(at=0))
    mouth.due(10)
    mouth.receive(Cut("main", 0, "u1", 40, 50))
    mouth.receive(told((0, 100, "aa"), utterance="u2"))
    mouth.receive(anchored(at=20, utterance="u2"))

    assert [v for _, v, _ in run(mouth, 60, now=10)] == ["aa"]


def test_begins_with_what_is_under_way(mouth, log, clock):
    log.start("u1")
    log.cues(
        "u1", until=9_000, cues={"oculus": [Cue(0, 900, "PP"), Cue(2_000, 9, "aa")]}
    )
    log.anchor("u1", media=0, at=log.now, rate=1.0, quality="paced", latency=0)
    clock.us += 300

    mouth.load(log.state("oculus"))

    assert [(v.v, v.d) for v in mouth.due(log.now)] == [("PP", 600)]
