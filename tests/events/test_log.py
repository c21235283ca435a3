from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, strategies as st

from streamer.errors import UsageError
from streamer.events.codec import decode_server
from streamer.events.log import StreamLog
from streamer.events.messages import Cue, Cues, Cut, End, Mark, Position, Turn
from tests.examples import examples


def anchor(log, utterance, media=0, at=None, rate=1.0):
    log.anchor(
        utterance,
        media=media,
        at=log.now if at is None else at,
        rate=rate,
        quality="paced",
        latency=0,
    )


def cues(log, utterance, *starts, until, d=1_000):
    log.cues(utterance, until=until, cues={"oculus": [Cue(t, d, "PP") for t in starts]})


def test_numbers_from_one_without_holes(log):
    seen = []
    log.subscribe(seen.append)

    log.start("u1", text="Hi", timing="phonemes", turn=Turn("t1", 0, last=True))
    cues(log, "u1", 0, 5_000, until=9_000)
    log.marks("u1", marks=[Mark(0, 9_000, "word", "Hi")])
    anchor(log, "u1")
    log.end("u1", media=9_000, at=log.now)

    assert [entry.seq for entry in seen] == [1, 2, 3, 4, 5]
    assert log.position == Position("e1", 5)
    kinds = [type(entry.message).__name__ for entry in seen]
    assert kinds == ["Start", "Cues", "Marks", "Anchor", "End"]
    assert [entry.closes for entry in seen] == [False, False, False, False, True]


def test_nobody_is_called_after_unsubscribing(log):
    seen = []
    leave = log.subscribe(seen.append)
    log.start("u1")
    leave()
    leave()

    log.start("u2")

    assert len(seen) == 1


def test_cues_exist_in_each_set_under_one_number(clock):
    """With an empty list, if need be."""
    log = StreamLog("main", "e", clock=clock, sets=("oculus", "rhubarb"))
    log.start("u1")
    log.cues("u1", until=10, cues={"rhubarb": [Cue(1, 2, "A")]})
    (entry,) = log.since(1)

    assert entry.in_set("oculus") == Cues("main", 2, "u1", 10, [])
    assert entry.in_set("rhubarb") == Cues("main", 2, "u1", 10, [Cue(1, 2, "A")])
    assert decode_server(entry.encoded("rhubarb")) == [entry.in_set("rhubarb")]


def test_is_encoded_once_a_set(log):
    log.start("u1")
    cues(log, "u1", 0, until=1)
    start, told = log.since(0)

    assert told.encoded("oculus") is told.encoded("oculus")
    assert told.encoded("oculus") is not told.encoded("rhubarb")
    assert start.encoded("oculus") is start.encoded("rhubarb")


MISUSES = {
    "start twice": lambda log: log.start("u1"),
    "start again after the end": lambda log: log.start("over"),
    "cues of nobody": lambda log: cues(log, "u9", until=1),
    "cues after the end": lambda log: cues(log, "over", until=1),
    "marks after the end": lambda log: log.marks("over", marks=[]),
    "anchor after the end": lambda log: anchor(log, "over"),
    "end twice": lambda log: log.end("over", media=0, at=0),
    "cut after the end": lambda log: log.cut("over", media=0, at=0),
    "a rate below 0": lambda log: anchor(log, "u1", rate=-1.0),
    "a rate that is no number": lambda log: anchor(log, "u1", rate=float("nan")),
    "a cue before the last until": lambda log: cues(log, "u1", 99, until=200),
    "a cue behind its until": lambda log: cues(log, "u1", 200, until=200),
    "cues out of order": lambda log: cues(log, "u1", 150, 140, until=200),
    "until goes back": lambda log: cues(log, "u1", until=99),
    "no such set": lambda log: log.cues("u1", until=200, cues={"nonesuch": []}),
}


@pytest.mark.parametrize("misuse", MISUSES.values(), ids=MISUSES)
def test_refuses_what_breaks_the_life_of_an_utterance(log, misuse):
    """And logs nothing."""
    log.start("over")
    log.end("over", media=0, at=0)
    log.start("u1")
    cues(log, "u1", 0, until=100)
    before = log.state("oculus")

    with pytest.raises(UsageError):
        misuse(log)

    assert log.seq == 4
    assert log.state("oculus") == before


def test_state_before_anything_is_empty(log):
    state = log.state("oculus")

    assert (state.epoch, state.seq, state.utterances) == ("e1", 0, [])


def test_state_lists_what_is_not_over_oldest_first(log):
    log.start("u1")
    log.start("u2", duration=7)
    log.start("u3")
    log.end("u1", media=0, at=0)

    state = log.state("oculus")

    assert state.seq == 4
    assert [told.utterance for told in state.utterances] == ["u2", "u3"]
    assert state.utterances[0].duration == 7


def test_state_of_what_is_not_yet_heard_has_all_cues(log):
    log.start("u1")
    cues(log, "u1", -20, 5_000, until=9_000)

    (told,) = log.state("oculus").utterances

    assert [cue.t for cue in told.cues] == [-20, 5_000]
    assert told.until == 9_000
    assert told.anchor is None


def test_state_leaves_out_what_was_heard(log, clock):
    """Words stay, to show the text; phonemes and cues don't."""
    log.start("u1")
    cues(log, "u1", 0, 1_000, 2_000, until=9_000)
    spoken = [
        Mark(0, 1_000, "phoneme", "h"),
        Mark(0, 3_000, "word", "hi"),
        Mark(1_000, 1_000, "phoneme", "i"),
    ]
    log.marks("u1", marks=spoken)
    anchor(log, "u1")
    clock.us += 1_500

    (told,) = log.state("oculus").utterances

    assert [cue.t for cue in told.cues] == [1_000, 2_000]
    assert told.marks == spoken[1:]


def test_state_while_the_media_stands_keeps_what_waits(log, clock):
    log.start("u1")
    cues(log, "u1", 0, 1_000, 2_000, until=9_000)
    anchor(log, "u1", media=1_500, rate=0.0)
    clock.us += 60_000_000

    (told,) = log.state("oculus").utterances

    assert [cue.t for cue in told.cues] == [1_000, 2_000]


def test_state_of_another_set_has_its_cues(clock):
    log = StreamLog("main", "e", clock=clock, sets=("oculus", "rhubarb"))
    log.start("u1")
    log.cues("u1", until=9, cues={"rhubarb": [Cue(0, 1, "A")]})

    assert log.state("rhubarb").utterances[0].cues == [Cue(0, 1, "A")]
    assert log.state("oculus").utterances[0].cues == []


def test_state_can_stop_before_an_end(log):
    """What is over behind its number is still listed; the end follows."""
    log.start("u1")
    log.start("u2")
    log.cut("u1", media=0, at=0)
    log.cut("u2", media=0, at=0)

    state = log.state("oculus", covering=3)

    assert state.seq == 3
    assert [told.utterance for told in state.utterances] == ["u2"]


def test_long_heard_cues_are_forgotten(log, clock):
    """An utterance that lasts for hours takes no more memory than a minute."""
    log.start("u1")
    for i in range(0, 60_000_000, 100_000):
        cues(log, "u1", i, until=i + 100_000, d=100_000)
        log.marks("u1", marks=[Mark(i, 100_000, "phoneme", "a")])
        if i % 1_000_000 == 0:
            anchor(log, "u1", media=i)
        clock.us += 100_000

    told = log._utterances["u1"]
    assert len(told.cues["oculus"]) < 40
    assert len(told.phonemes) < 40


def test_words_are_bounded(log):
    log.start("u1")
    log.marks("u1", marks=[Mark(i, 1, "word", "a") for i in range(5_000)])

    (told,) = log.state("oculus").utterances

    assert (len(told.marks), told.marks[-1].t) == (4_096, 4_999)


def test_gives_what_came_since(log):
    for i in range(5):
        log.start(f"u{i}")

    assert [entry.seq for entry in log.since(3)] == [4, 5]
    assert log.since(5) == []


def test_knows_nothing_of_the_future(log):
    assert log.since(1) is None


def test_remembers_a_thousand_messages(log):
    for i in range(1_100):
        log.start(f"u{i}")

    assert len(log.since(76)) == 1_024
    assert log.since(75) is None


def test_remembers_a_minute(log, clock):
    log.start("u1")
    clock.us += 30_000_000
    log.start("u2")
    clock.us += 31_000_000

    assert log.since(0) is None
    assert [entry.seq for entry in log.since(1)] == [2]

    clock.us += 31_000_000
    assert log.since(1) is None
    assert log.since(2) == []


def test_utterances_that_are_over_are_bounded(log):
    for i in range(300):
        log.start(f"u{i}")
        log.end(f"u{i}", media=0, at=0)

    assert len(log._utterances) == StreamLog.KEEP_OVER


CALLS = {
    "start": lambda log, name: log.start(name),
    "cues": lambda log, name: cues(log, name, until=0),
    "marks": lambda log, name: log.marks(name, marks=[]),
    "anchor": anchor,
    "cut": lambda log, name: log.cut(name, media=0, at=0),
    "end": lambda log, name: log.end(name, media=0, at=0),
}


class Stopped:
    def time(self) -> float:
        return 0.0


@examples(50)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(CALLS)), st.sampled_from(["u1", "u2", "u3"])),
        max_size=60,
    )
)
def test_any_calls_keep_the_numbers_and_the_lives(calls):
    """Each utterance: one start, at most one end or cut, nothing after it."""
    log = StreamLog("main", "e", clock=Stopped())
    seen = []
    log.subscribe(seen.append)
    for call, name in calls:
        with contextlib.suppress(UsageError):
            CALLS[call](log, name)

    assert [entry.seq for entry in seen] == list(range(1, len(seen) + 1))
    lives: dict[str, list[str]] = {}
    for entry in seen:
        message = entry.message
        lives.setdefault(message.utterance, []).append(type(message).__name__)
        if isinstance(message, Cut | End):
            lives[message.utterance].append("over")
    for life in lives.values():
        assert life.index("Start") == 0
        assert life.count("Start") == 1
        assert "over" not in life[:-1]
