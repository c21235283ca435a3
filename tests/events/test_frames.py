from __future__ import annotations

import pytest

from streamer.events.codec import decode_server
from streamer.events.frames import FrameFeed


class CountingMouth:
    """A source whose frames hold their own number; it knows as far as it is told."""

    def __init__(self, channels: int = 1) -> None:
        self.known_us = 10**9
        self.from_us = -(10**9)
        self.asked: list[tuple[str, int, int]] = []
        self.channels = channels

    def frames(self, stream, utterance, rig, fps, start_us, until_us):
        assert (stream, rig) == ("main", "arkit")
        self.asked.append((utterance, start_us, until_us))
        first = round(max(start_us, self.from_us) * fps / 1e6)
        until = min(until_us, self.known_us)
        rows = []
        while time_of(first + len(rows), fps) < until:
            rows.append([float(first + len(rows))] * self.channels)
        return (time_of(first, fps), rows) if rows else None


def time_of(index, fps):
    return round(index * 1_000_000 / fps)


@pytest.fixture
def mouth():
    return CountingMouth()


@pytest.fixture
def feed(log, mouth):
    return FrameFeed(log, mouth, rig="arkit", fps=60)


def anchor(log, utterance="u1", *, media=0, after=0, rate=1.0):
    log.anchor(
        utterance,
        media=media,
        at=log.now + after,
        rate=rate,
        quality="paced",
        latency=0,
    )


def begin(log, feed, utterance="u1"):
    log.start(utterance)
    feed.published = log.seq


def sent(chunks):
    """Messages of *chunks*."""
    return [message for chunk in chunks for message in decode_server(chunk.data)]


def indices(chunks):
    return [int(row[0]) for message in sent(chunks) for row in message.weights]


def play(feed, clock, until):
    """Run *feed* by its own alarm; gives (time since now, messages)."""
    began, told = clock.us, []
    chunks = feed.due(clock.us)
    while True:
        if chunks:
            told.append((clock.us - began, sent(chunks)))
        due = feed.next_due
        if due is None or due > began + until:
            clock.us = began + until
            return told
        assert due > clock.us, "the alarm goes off for ever"
        clock.us = due
        chunks = feed.due(clock.us)


def test_nobody_speaks_nothing_comes(feed, clock):
    assert feed.due(clock.us) == []
    assert feed.next_due is None


def test_the_first_frames_leave_before_the_sound(log, feed, clock):
    """With the way to the first shape, no further than a second of media ahead."""
    begin(log, feed)

    chunks = feed.due(clock.us)

    assert indices(chunks) == list(range(-12, 48))
    assert sent(chunks)[0].t == -200_000
    assert [len(message.weights) for message in sent(chunks)] == [6] * 10
    assert feed.next_due is None


def test_frames_follow_what_is_heard_in_pieces(log, feed, clock):
    begin(log, feed)
    anchor(log)

    told = play(feed, clock, 2_000_000)

    messages = [message for _, together in told for message in together]
    numbers = [int(row[0]) for message in messages for row in message.weights]
    assert numbers == list(range(180))
    assert len(told[0][1]) == 10
    assert [len(together) for _, together in told[1:]] == [1] * (len(told) - 1)
    assert len(told) == pytest.approx(20, abs=1)
    for time, together in told:
        last = together[-1].t + time_of(len(together[-1].weights) - 1, 60)
        assert time + 850_000 < last < time + 1_000_000


@pytest.mark.parametrize("fps", [1, 7, 24, 30, 60, 90, 120])
def test_frames_lie_on_one_grid(log, mouth, clock, fps):
    """Chunk for chunk, however the microseconds are rounded."""
    feed = FrameFeed(log, mouth, rig="arkit", fps=fps)
    begin(log, feed)
    anchor(log)

    told = play(feed, clock, 5_000_000)

    messages = [message for _, together in told for message in together]
    numbers = [int(row[0]) for message in messages for row in message.weights]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert numbers[0] in {0, -1}
    assert numbers[-1] >= 5.85 * fps - 1
    for message in messages:
        assert message.t == time_of(int(message.weights[0][0]), fps)


def test_slow_media_needs_fewer(log, feed, clock):
    begin(log, feed)
    anchor(log, rate=0.5)

    told = play(feed, clock, 2_000_000)

    assert int(told[-1][1][-1].weights[-1][0]) == pytest.approx(119, abs=6)


def test_what_is_not_known_is_asked_for_again(log, feed, mouth, clock):
    """Ten times a second, and whenever the log says something."""
    begin(log, feed)
    mouth.known_us = 0
    assert indices(feed.due(clock.us)) == list(range(-12, 0))
    assert feed.next_due == clock.us + 100_000

    mouth.known_us = 50_000
    assert indices(feed.due(clock.us)) == [0, 1, 2]

    assert feed.due(clock.us + 100_000) == []
    assert mouth.asked[-1] == ("u1", 50_000, 800_000)


def test_nothing_is_asked_for_while_enough_is_ahead(log, feed, mouth, clock):
    begin(log, feed)
    anchor(log)
    feed.due(clock.us)
    asked = len(mouth.asked)

    feed.due(clock.us + 50_000)

    assert len(mouth.asked) == asked


def test_what_became_known_too_late_is_left_out(log, feed, mouth, clock):
    begin(log, feed)
    anchor(log)
    mouth.known_us = 0
    feed.due(clock.us)
    mouth.known_us = 10**9
    clock.us += 500_000

    assert indices(feed.due(clock.us)) == list(range(30, 90))


def test_a_source_may_begin_later_or_give_too_much(log, feed, mouth, clock):
    begin(log, feed)
    mouth.from_us = 100_000
    assert indices(feed.due(clock.us)) == list(range(6, 48))

    feed._source.frames = lambda *_: (time_of(40, 60), [[i] for i in range(40, 99)])
    anchor(log)

    assert indices(feed.due(clock.us)) == list(range(48, 60))


def test_a_stand_holds_the_frames_back(log, feed, clock):
    begin(log, feed)
    anchor(log, media=500_000, rate=0.0)

    assert indices(feed.due(clock.us)) == list(range(30, 90))
    assert feed.next_due is None
    clock.us += 5_000_000
    assert feed.due(clock.us) == []

    anchor(log, media=500_000)
    clock.us += 100_000
    assert indices(feed.due(clock.us)) == list(range(90, 96))


def test_what_waits_has_no_frames_until_it_is_anchored(log, feed, mouth, clock):
    begin(log, feed, "u1")
    begin(log, feed, "u2")
    feed.due(clock.us)
    assert {asked[0] for asked in mouth.asked} == {"u1"}

    anchor(log, "u1")
    anchor(log, "u2", after=1_500_000)
    told = play(feed, clock, 1_000_000)

    first = next(t for t, together in told if together[-1].utterance == "u2")
    assert 300_000 < first <= 500_000


def test_the_next_in_line_has_its_turn_when_one_is_over(log, feed, clock):
    begin(log, feed, "u1")
    begin(log, feed, "u2")
    feed.due(clock.us)
    log.end("u1", media=0, at=0)

    assert {message.utterance for message in sent(feed.due(clock.us))} == {"u2"}


@pytest.mark.parametrize("way", ["end", "cut"])
def test_nothing_of_what_is_over_is_given(log, feed, clock, way):
    """Neither made anew nor kept for who comes later."""
    begin(log, feed)
    anchor(log)
    feed.due(clock.us)
    getattr(log, way)("u1", media=0, at=0)
    clock.us += 200_000

    assert feed.due(clock.us) == []
    assert feed.since(0, clock.us) == []
    assert feed.next_due is None


def test_what_was_not_announced_to_all_waits(log, feed, clock):
    log.start("u1")
    assert feed.due(clock.us) == []

    feed.published = log.seq
    assert feed.due(clock.us) != []


def test_who_comes_late_gets_what_was_not_heard(log, feed, clock):
    begin(log, feed)
    anchor(log)
    play(feed, clock, 3_000_000)

    late = feed.since(0, clock.us)

    assert indices(late)[0] == pytest.approx(180, abs=6)
    assert indices(late)[-1] >= 230
    assert indices(feed.since(feed.number - 1, clock.us)) == indices(late)[-6:]
    assert feed.since(feed.number, clock.us) == []


def test_a_feed_that_begins_late_begins_now(log, mouth, clock):
    log.start("u1")
    anchor(log)
    clock.us += 3_000_000
    feed = FrameFeed(log, mouth, rig="arkit", fps=60)

    assert indices(feed.due(clock.us)) == list(range(180, 240))


def test_what_is_kept_is_bounded(log, feed, clock):
    begin(log, feed)
    anchor(log)

    for _ in range(20):
        play(feed, clock, 1_000_000)
        assert len(feed._kept) <= 12


def test_weights_are_rounded_and_short(log, feed, clock, mouth):
    begin(log, feed)
    row = [0.0, -0.0, 1.0, 0.1234567, 0.30000001192, 0.0004, -0.25]
    mouth.frames = lambda *_: (-200_000, [row])

    (chunk,) = feed.due(clock.us)

    assert chunk.data.endswith(b'"t":-200000,"weights":[[0,0,1.0,0.123,0.3,0,-0.25]]}')
