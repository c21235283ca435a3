from __future__ import annotations

from streamer.events.codec import decode_server, encode
from streamer.events.messages import Cue, Start, State
from streamer.events.outbox import Outbox


def taken(outbox, log):
    """What an outbox gives, decoded."""
    messages = outbox.take(
        lambda _stream, covering: encode(log.state("oculus", covering))
    )
    return [message for each in messages for message in decode_server(each)]


def fill(log, utterance, messages, first=0):
    """Log *messages* of about 1 KiB each and return their entries."""
    before = log.seq
    for i in range(first, first + messages):
        shapes = [Cue(i * 100 + t, 1, "PP", ("p",)) for t in range(20)]
        log.cues(utterance, until=(i + 1) * 100, cues={"oculus": shapes})
    return log.since(before)


def test_is_empty_at_first(log):
    outbox = Outbox(1_000, "oculus")

    assert not outbox
    assert taken(outbox, log) == []


def test_gives_what_waits_in_order(log):
    outbox = Outbox(100_000, "oculus")
    log.start("u1")
    fill(log, "u1", 3)

    outbox.push("main", log.since(0)[:2])
    outbox.push("main", log.since(2))

    assert outbox
    assert [message.seq for message in taken(outbox, log)] == [1, 2, 3, 4]
    assert not outbox
    assert outbox.size_bytes == 0


def test_at_its_bound_a_state_takes_the_place_of_all(log):
    outbox = Outbox(4_000, "oculus")
    log.start("u1")

    outbox.push("main", fill(log, "u1", 10))

    assert outbox.conflated
    assert taken(outbox, log) == [log.state("oculus")]
    assert not outbox.conflated


def test_ends_and_cuts_behind_it_follow_the_state(log):
    """They keep their numbers, which the state does not cover."""
    outbox = Outbox(4_000, "oculus")
    log.start("u1")
    log.start("u2")
    outbox.push("main", fill(log, "u1", 10))
    covered = log.seq

    log.cut("u1", media=5, at=6)
    log.cut("u2", media=0, at=6)
    outbox.push("main", log.since(covered))
    state, *cuts = taken(outbox, log)

    assert isinstance(state, State)
    assert state.seq == covered
    assert [told.utterance for told in state.utterances] == ["u1", "u2"]
    assert [(cut.seq, cut.utterance, cut.media) for cut in cuts] == [
        (covered + 1, "u1", 5),
        (covered + 2, "u2", 0),
    ]


def test_what_comes_behind_a_cut_is_covered_with_it(log):
    """A number behind a hole would be a fault."""
    outbox = Outbox(4_000, "oculus")
    log.start("u1")
    outbox.push("main", fill(log, "u1", 10))
    covered = log.seq
    log.cut("u1", media=5, at=6)
    log.start("u2")

    outbox.push("main", log.since(covered))

    (state,) = taken(outbox, log)
    assert state.seq == log.seq
    assert [told.utterance for told in state.utterances] == ["u2"]


def test_stays_small_whatever_is_pushed(log):
    outbox = Outbox(4_000, "oculus")
    log.start("u0")
    outbox.push("main", fill(log, "u0", 10))
    for i in range(1, 200):
        log.start(f"u{i}")
    before = log.seq

    for i in range(1, 200):
        log.end(f"u{i}", media=0, at=0)
        outbox.push("main", log.since(log.seq - 1))

    assert len(outbox._waiting["main"].entries) <= Outbox.MOST_CLOSINGS
    assert outbox.size_bytes == 0
    state, *ends = taken(outbox, log)
    assert state.seq > before
    assert [end.seq for end in ends] == list(range(state.seq + 1, log.seq + 1))


def test_only_closings_are_never_dropped_below_their_bound(log):
    """Nothing was lost, so no state is needed."""
    outbox = Outbox(10, "oculus")
    log.start("u1")
    log.end("u1", media=0, at=0)

    outbox.push("main", log.since(1))

    assert [message.seq for message in taken(outbox, log)] == [2]


def test_each_stream_has_its_own_state(log, clock):
    outbox = Outbox(2_500, "oculus")
    log.start("u1")
    outbox.push("main", fill(log, "u1", 1))
    outbox.push("other", fill(log, "u1", 2, first=1))

    asked = []

    def state(stream, covering):
        asked.append((stream, covering))
        return b"{}"

    assert outbox.take(state) == [b"{}", b"{}"]
    assert asked == [("main", 2), ("other", 4)]


def test_only_the_latest_live_shape_waits(log):
    outbox = Outbox(1_000, "oculus")
    log.start("u1")
    outbox.push("main", log.since(0))
    outbox.push_viseme("main", b"1")
    outbox.push_viseme("main", b"2")

    start, shape = outbox.take(lambda _stream, _covering: b"")

    assert isinstance(decode_server(start)[0], Start)
    assert shape == b"2"
