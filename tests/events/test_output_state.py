"""News of an output on their way to a client: without a number, never lost."""

from __future__ import annotations

import asyncio

from streamer.events.codec import decode_server, encode
from streamer.events.follow import Follower
from streamer.events.hub import Hub
from streamer.events.messages import Hello, OutputState, Position, Welcome
from streamer.events.outbox import Outbox
from streamer.events.session import greeting

WELCOME = Welcome("s", "c", {}, "oculus", ("sil",), 2500)
LOST = OutputState("main", "speaker", "lost", "it was unplugged")


class Listener:
    def __init__(self) -> None:
        self.said = []

    def publish(self, batch) -> None:
        self.said.append([entry.seq for entry in batch.entries])

    def notice(self, stream, message) -> None:
        self.said.append((stream, *decode_server(message)))

    def abort(self) -> None:
        raise AssertionError


def test_it_has_a_type_and_no_number():
    assert encode(LOST) == (
        b'{"type":"output","stream":"main","name":"speaker","state":"lost",'
        b'"reason":"it was unplugged"}'
    )
    assert decode_server(encode(LOST)) == [LOST]


def test_a_log_tells_it_and_gives_it_no_number(log):
    told = []
    leave = log.subscribe_output(told.append)
    log.output("speaker", "lost", reason="it was unplugged")
    leave()
    leave()
    log.output("speaker", "playing")
    assert told == [LOST]
    assert log.seq == 0
    assert log.output_state == OutputState("main", "speaker", "playing", None)


async def test_it_comes_behind_what_was_said_before_it(log):
    hub, listener = Hub(lambda text: text), Listener()
    hub.join(log, listener)
    log.start("u1")
    log.output("speaker", "lost", reason="it was unplugged")
    await asyncio.sleep(0)
    hub.leave(listener)
    log.output("speaker", "playing")
    await asyncio.sleep(0)
    assert listener.said == [[1], ("main", LOST)]


def test_it_waits_for_a_slow_client_and_survives_conflation(log):
    outbox = Outbox(1, "oculus")
    log.start("u1")
    outbox.push_notice("main", b"old")
    outbox.push("main", log.since(0))
    outbox.push_notice("main", encode(LOST))
    assert outbox.conflated
    state, notice = outbox.take(lambda stream, _: stream.encode())
    assert (state, notice) == (b"main", encode(LOST))


def test_a_client_that_comes_while_it_is_lost_is_told(log):
    for state, expected in (("lost", 1), ("silent", 1), ("playing", 0)):
        log.output("speaker", state)
        said = greeting(Hello(), {"main": log}, WELCOME)
        types = [type(m).__name__ for each in said for m in decode_server(each)]
        assert types.count("OutputState") == expected


def test_a_client_loses_no_number_by_it():
    follower = Follower()
    streams = {"main": Position("e", 3)}
    follower.receive(Welcome("s", "c", streams, "oculus", ("sil",), 2500))
    before = dict(follower.positions)
    assert follower.receive(LOST)
    assert follower.positions == before
