from __future__ import annotations

import asyncio
import json
import logging

import pytest

from streamer.events.feeds import BuiltInRigs, Feeds
from streamer.events.hub import Hub
from streamer.lipsync.rigs import RIGS, find_rig


class Reader:
    """A member that keeps what it is told, in order."""

    def __init__(self, fault=None):
        self.told = []
        self.framed = []
        self.aborted = False
        self.fault = fault

    def publish(self, batch):
        self.told += [type(entry.message).__name__ for entry in batch.entries]

    def notice(self, stream, message):
        self.told.append("notice")

    def publish_frames(self, feed, framed):
        self.told.append("frames")
        self.framed.append(framed)
        if self.fault:
            raise self.fault

    def end_frames(self, feed, error):
        self.told.append(json.loads(error)["code"])

    def abort(self):
        self.aborted = True


class Mouth:
    """A source that always gives as many frames as are wanted."""

    def __init__(self):
        self.fault = None
        self.asked = 0

    def frames(self, stream, utterance, rig, fps, start_us, until_us):
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return start_us, [[0.5]] * ((until_us - start_us) * fps // 1_000_000)


@pytest.fixture
def mouth():
    return Mouth()


@pytest.fixture
def hub():
    return Hub(lambda text: text)


@pytest.fixture
def feeds(hub, mouth, clock):
    return Feeds(hub, mouth, rigs=None, frame=lambda text: text, clock=clock)


async def turns(count=5):
    for _ in range(count):
        await asyncio.sleep(0)


def speak(log, utterance="u1"):
    log.start(utterance)
    log.anchor(utterance, media=0, at=log.now, rate=1.0, quality="paced", latency=0)


async def test_all_are_told_of_a_start_before_its_frames(hub, feeds, log):
    readers = [Reader() for _ in range(8)]
    for reader in readers:
        feeds.join(log, "arkit", 60, reader)
        hub.join(log, reader)

    speak(log)
    await turns()

    assert [reader.told for reader in readers] == [["Start", "Anchor", "frames"]] * 8
    for reader in readers:
        feeds.leave(reader)


async def test_all_share_what_was_made_once(feeds, log, mouth):
    one, other = Reader(), Reader()
    feed = feeds.join(log, "arkit", 60, one)
    assert feeds.join(log, "arkit", 60, other) is feed

    speak(log)
    await turns()

    assert mouth.asked == 1
    assert one.framed[0] is other.framed[0]
    assert [json.loads(text)["t"] for text in feed.since(8)] == [800_000, 900_000]
    feeds.leave(one)
    feeds.leave(other)


async def test_another_rate_is_another_feed(feeds, log):
    reader = Reader()

    assert feeds.join(log, "arkit", 60, reader) is not feeds.join(
        log, "arkit", 30, reader
    )
    feeds.leave(reader)


async def test_the_next_frames_leave_by_the_alarm(feeds, log, clock, monkeypatch):
    loop = asyncio.get_running_loop()
    alarms = []
    later = loop.call_later

    def call_later(delay, call):
        alarms.append((delay, call))
        return later(3_600, call)

    monkeypatch.setattr(loop, "call_later", call_later)
    reader = Reader()
    feeds.join(log, "arkit", 60, reader)
    speak(log)
    await turns()
    delay, call = alarms.pop()
    assert delay == pytest.approx(0.1)

    clock.us += 100_000
    call()

    assert reader.told == ["frames"] * 2
    feeds.leave(reader)


async def test_who_left_hears_nothing(feeds, log, mouth):
    """And the last one to leave ends the feed."""
    one, other = Reader(), Reader()
    feeds.join(log, "arkit", 60, one)
    feeds.join(log, "arkit", 60, other)
    feeds.leave(one)
    speak(log)
    await turns()
    assert (one.told, other.told) == ([], ["frames"])

    feeds.leave(other)
    log.start("u2")
    await turns()

    assert feeds._feeds == {}
    assert log._callbacks == {}
    assert mouth.asked == 1


async def test_a_fault_of_the_source_ends_the_frames_once(feeds, log, mouth, caplog):
    reader, later = Reader(), Reader()
    feeds.join(log, "arkit", 60, reader)
    mouth.fault = ZeroDivisionError()
    with caplog.at_level(logging.CRITICAL, "streamer.events"):
        speak(log)
        await turns()
        log.start("u2")
        await turns()
    assert (reader.told, reader.framed) == (["frames"], [])
    assert mouth.asked == 1

    mouth.fault = None
    feeds.join(log, "arkit", 60, later)
    await turns()

    assert later.framed != []
    feeds.leave(reader)
    feeds.leave(later)
    assert log._callbacks == {}


async def test_a_fault_of_one_is_not_anothers(feeds, log, caplog):
    bad, good = Reader(fault=ZeroDivisionError()), Reader()
    feeds.join(log, "arkit", 60, bad)
    feeds.join(log, "arkit", 60, good)

    with caplog.at_level(logging.CRITICAL, "streamer.events"):
        speak(log)
        await turns()

    assert bad.aborted
    assert not good.aborted
    assert good.told == ["frames"]
    feeds.leave(bad)
    feeds.leave(good)


async def test_a_notice_is_not_about_frames(feeds, log):
    reader = Reader()
    feeds.join(log, "arkit", 60, reader)

    log.output("USB Audio", "lost")
    await turns()

    assert reader.told == []
    feeds.leave(reader)


def test_the_rigs_that_need_no_file():
    rigs = BuiltInRigs()

    assert (tuple(rigs), len(rigs)) == (RIGS, len(RIGS))
    assert "arkit" in rigs
    assert "nonesuch" not in rigs
    assert rigs["vrm"] is find_rig("vrm")
    with pytest.raises(KeyError):
        rigs["nonesuch"]
