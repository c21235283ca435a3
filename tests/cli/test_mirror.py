from __future__ import annotations

import pytest

from streamer.cli.mirror import Mirror
from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cue,
    Cues,
    Cut,
    End,
    Mark,
    Marks,
    Start,
    State,
    UtteranceState,
)

SECOND = 1_000_000


def start(utterance="u1", *, stream="main"):
    return Start(
        stream=stream,
        seq=1,
        utterance=utterance,
        turn=None,
        text="pa pa",
        timing="phonemes",
        duration=2 * SECOND,
    )


def anchor(at, *, media=0, rate=1.0, utterance="u1"):
    return Anchor(
        stream="main",
        seq=2,
        utterance=utterance,
        media=media,
        at=at,
        rate=rate,
        quality="measured",
        latency=0,
    )


CUES = Cues(
    stream="main",
    seq=3,
    utterance="u1",
    until=2 * SECOND,
    cues=[
        Cue(t=0, d=500_000, v="PP", p=("p",), w=0.9),
        Cue(t=500_000, d=500_000, v="aa", p=("a",)),
    ],
)
MARKS = Marks(
    stream="main",
    seq=4,
    utterance="u1",
    marks=[
        Mark(t=0, d=SECOND, kind="word", text="pa"),
        Mark(t=0, d=500_000, kind="phoneme", text="p"),
        Mark(t=500_000, d=500_000, kind="phoneme", text="a"),
        Mark(t=SECOND, d=SECOND, kind="word", text="pa"),
    ],
)


@pytest.fixture
def mirror():
    mirror = Mirror()
    for message in (start(), CUES, MARKS, anchor(10 * SECOND)):
        mirror.receive(message)
    return mirror


def end(at, *, utterance="u1"):
    return End(
        stream="main", seq=9, utterance=utterance, media=2 * SECOND, at=at, error=None
    )


def test_nothing_is_known_at_first():
    moment = Mirror().moment(0)
    assert (moment.state, moment.viseme) == ("waiting", "sil")


def test_what_is_announced_waits(mirror):
    moment = mirror.moment(9.9 * SECOND)
    assert (moment.state, moment.viseme, moment.heard) == ("queued", "sil", 0)
    assert moment.text == "pa pa"
    assert moment.duration == 2


def test_shape_sound_and_word_of_a_moment(mirror):
    moment = mirror.moment(10.6 * SECOND)
    assert (moment.state, moment.viseme, moment.phoneme) == ("speaking", "aa", "a")
    assert (moment.words, moment.word) == (("pa", "pa"), 0)
    assert moment.heard == pytest.approx(0.6)


def test_the_weight_is_the_cues_own(mirror):
    assert mirror.moment(10.1 * SECOND).weight == 0.9


def test_between_shapes_the_mouth_rests(mirror):
    moment = mirror.moment(11.5 * SECOND)
    assert (moment.viseme, moment.phoneme, moment.word) == ("sil", "", 1)


def test_an_anchor_that_stands_still_is_starvation(mirror):
    mirror.receive(anchor(10_600_000, media=600_000, rate=0.0))
    moment = mirror.moment(13 * SECOND)
    assert (moment.state, moment.viseme) == ("starved", "sil")
    assert moment.heard == pytest.approx(0.6)


def test_a_new_anchor_moves_what_follows(mirror):
    mirror.receive(anchor(12 * SECOND, media=500_000))
    assert mirror.moment(12.1 * SECOND).viseme == "aa"


def test_the_end_is_read_for_a_while(mirror):
    mirror.receive(end(12 * SECOND))
    assert mirror.moment(11.9 * SECOND).state == "speaking"
    moment = mirror.moment(12.5 * SECOND)
    assert (moment.state, moment.viseme, moment.heard) == ("over", "sil", 2)
    assert mirror.moment(20 * SECOND).state == "waiting"


def test_a_cut_ends_it_early(mirror):
    cut = Cut(stream="main", seq=9, utterance="u1", media=600_000, at=10_600_000)
    mirror.receive(cut)
    moment = mirror.moment(11 * SECOND)
    assert (moment.state, moment.viseme) == ("over", "sil")
    assert moment.heard == pytest.approx(0.6)


def test_the_next_utterance_takes_over(mirror):
    mirror.receive(start("u2"))
    mirror.receive(anchor(12 * SECOND, utterance="u2"))
    mirror.receive(end(12 * SECOND))
    moment = mirror.moment(12.2 * SECOND)
    assert moment.state == "speaking"
    assert moment.heard == pytest.approx(0.2)


def test_what_is_long_over_is_forgotten(mirror):
    for number in range(2, 50):
        mirror.receive(end(number * SECOND, utterance=f"u{number - 1}"))
        mirror.receive(start(f"u{number}"))
    assert len(mirror._spoken) <= 2


def test_a_state_is_all_there_is(mirror):
    told = UtteranceState(
        utterance="u7",
        turn=None,
        text="x",
        timing="none",
        duration=None,
        anchor=AnchorAt(media=0, at=0, rate=1.0, quality="paced", latency=0),
        until=SECOND,
        cues=[Cue(t=0, d=SECOND, v="oh")],
        marks=[],
    )
    mirror.receive(State(stream="main", epoch="e", seq=5, utterances=[told]))
    assert mirror.moment(SECOND / 2).viseme == "oh"


def test_other_streams_and_strangers_are_ignored(mirror):
    mirror.receive(start("u9", stream="other"))
    mirror.receive(end(1, utterance="u0"))
    mirror.receive(object())
    assert list(mirror._spoken) == ["u1"]
