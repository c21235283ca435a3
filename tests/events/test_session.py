from __future__ import annotations

import pytest

from streamer.events.codec import decode_server
from streamer.events.feeds import BuiltInRigs
from streamer.events.messages import (
    Cue,
    Error,
    FramesWanted,
    Hello,
    Position,
    Recovered,
    Start,
    State,
    Welcome,
)
from streamer.events.session import (
    RateLimit,
    Refusal,
    check_frames,
    check_hello,
    frames_given,
    greeting,
    hello_of,
    opening,
)
from streamer.lipsync.rigs import find_rig

NAMES = {"oculus": ("sil", "PP")}
WELCOME = Welcome("s", "c", {}, "oculus", ("sil",), 2500)


def greeted(hello, log):
    """What a client is greeted with, behind the welcome."""
    first, *rest = (
        message
        for encoded in greeting(hello, {log.name: log}, WELCOME)
        for message in decode_server(encoded)
    )
    assert first == WELCOME
    return rest


def test_a_query_is_a_hello():
    assert hello_of("stream=main&visemes=rhubarb&mode=live&lead_ms=20") == Hello(
        streams=["main"], visemes="rhubarb", mode="live", lead_ms=20
    )


def test_a_query_may_name_several_streams():
    assert hello_of("stream=a,b&stream=c").streams == ["a", "b", "c"]


def test_a_query_never_holds_a_token():
    assert hello_of("token=secret&unknown=1") == Hello()


@pytest.mark.parametrize(
    ("query", "frames"),
    [
        ("frames=vrm&fps=30", FramesWanted("vrm", 30)),
        ("frames=vrm", FramesWanted("vrm", 60)),
        ("frames", FramesWanted("arkit", 60)),
        ("fps=120", FramesWanted("arkit", 120)),
        ("stream=a", None),
    ],
)
def test_a_query_may_ask_for_frames(query, frames):
    assert hello_of(query).frames == frames


@pytest.mark.parametrize(
    "query",
    [
        *("mode=backwards", "lead_ms=soon", "lead_ms=-1"),
        *("frames=arkit&fps=0", "fps=121", "fps=29.97", "fps=often"),
    ],
)
def test_a_query_that_cannot_be_is_a_bad_message(query):
    with pytest.raises(Refusal) as refused:
        hello_of(query)

    assert refused.value.code == 4500


def test_a_good_hello_is_let_in(log):
    check_hello(Hello(), {"main": log}, NAMES, None)
    check_hello(Hello(token="s"), {"main": log}, NAMES, "s")


@pytest.mark.parametrize(
    ("hello", "code", "reason"),
    [
        (Hello(streams=["x"]), 4504, "no stream 'x'; there are: main"),
        (Hello(visemes="x"), 4504, "no viseme set 'x'; there are: oculus"),
    ],
)
def test_what_there_is_not_is_refused_by_name(log, hello, code, reason):
    with pytest.raises(Refusal) as refused:
        check_hello(hello, {"main": log}, NAMES, None)

    assert (refused.value.code, refused.value.reason) == (code, reason)


RIGS = {"arkit": find_rig("arkit"), "vrm": find_rig("vrm")}


def test_frames_of_a_rig_that_is_there_can_be_had():
    check_frames(Hello(), {})
    check_frames(Hello(frames=FramesWanted()), RIGS)


@pytest.mark.parametrize(
    ("hello", "code", "reason"),
    [
        (Hello(frames=FramesWanted("x")), 4504, "no rig 'x'; there are: arkit, vrm"),
        (
            Hello(mode="live", frames=FramesWanted()),
            4500,
            "frames are placed by anchors: ask for them in mode ahead",
        ),
    ],
)
def test_frames_that_cannot_be_had_are_refused(hello, code, reason):
    with pytest.raises(Refusal) as refused:
        check_frames(hello, RIGS)

    assert (refused.value.code, refused.value.reason) == (code, reason)


def test_all_rigs_that_need_no_file_are_named_in_a_close():
    """A reason holds 123 bytes."""
    with pytest.raises(Refusal) as refused:
        check_frames(Hello(frames=FramesWanted("x" * 99)), BuiltInRigs())

    assert len(refused.value.reason) <= 123
    assert all(f" {name}" in refused.value.reason for name in BuiltInRigs())


def test_a_client_is_told_how_to_read_frames():
    given = frames_given(FramesWanted("vts", 30), find_rig("vts"))

    assert (given.rig, given.fps, len(given.names)) == ("vts", 30, 16)
    assert given.names[:2] == find_rig("vts").channels[:2]
    assert given.neutral[:2] == (0, 0.5)


@pytest.mark.parametrize("token", [None, "", "wrong", "wröng"])
def test_a_wrong_token_is_refused(log, token):
    with pytest.raises(Refusal) as refused:
        check_hello(Hello(token=token), {"main": log}, NAMES, "right")

    assert refused.value.code == 4501


def test_who_comes_late_gets_the_state(log):
    log.start("u1")

    assert greeted(Hello(), log) == [log.state("oculus")]


def test_who_comes_back_gets_what_was_missed(log):
    for i in range(3):
        log.start(f"u{i}")

    answer, *missed = greeted(Hello(resume={"main": Position("e1", 1)}), log)

    assert answer == Recovered("main", ok=True, from_=2, to=3)
    assert [message.seq for message in missed] == [2, 3]
    assert all(isinstance(message, Start) for message in missed)


def test_who_missed_nothing_is_told_so(log):
    log.start("u1")

    assert greeted(Hello(resume={"main": Position("e1", 1)}), log) == [
        Recovered("main", ok=True, from_=2, to=1)
    ]


@pytest.mark.parametrize("seen", [Position("e0", 1), Position("e1", 9)])
def test_who_cannot_resume_gets_the_state(log, seen):
    """Another epoch, or a number that was never given."""
    log.start("u1")

    answer, state = greeted(Hello(resume={"main": seen}), log)

    assert answer == Recovered("main", ok=False, from_=seen.seq + 1, to=1)
    assert state == log.state("oculus")


def test_who_asks_a_server_without_frames_is_told(log):
    error, state = greeted(Hello(frames=FramesWanted()), log)

    assert isinstance(error, Error)
    assert (error.code, error.retry) == ("unsupported", False)
    assert isinstance(state, State)


def test_live_clients_get_a_state_without_times(log):
    """They have no clock; and a resume means nothing to them."""
    log.start("u1", text="Hi")
    log.cues("u1", until=9, cues={"oculus": [Cue(0, 1, "PP")]})

    (state,) = greeted(Hello(mode="live", resume={"main": Position("e1", 1)}), log)

    (told,) = state.utterances
    assert (told.text, told.until) == ("Hi", 9)
    assert (told.anchor, told.cues, told.marks) == (None, [], [])


def test_a_state_may_cover_less(log):
    log.start("u1")
    log.end("u1", media=0, at=0)

    assert opening(Hello(), log, 1).seq == 1


def test_the_rate_is_reckoned_over_two_seconds():
    rate = RateLimit(2)
    for now in (0, 1, 2, 3):
        rate.take(now)

    rate.take(2_000_000)
    with pytest.raises(Refusal) as refused:
        rate.take(2_000_000)

    assert refused.value.code == 4029
