from __future__ import annotations

import asyncio
import logging

from streamer.events.hub import Hub


class Listener:
    def __init__(self, fault: Exception | None = None) -> None:
        self.batches = []
        self.aborted = False
        self.fault = fault

    def publish(self, batch) -> None:
        self.batches.append(batch)
        if self.fault is not None:
            raise self.fault

    def abort(self) -> None:
        self.aborted = True


def framed(text: bytes) -> bytes:
    return b"<" + text + b">"


async def test_one_turn_of_the_loop_is_one_frame(log):
    hub, listener = Hub(framed), Listener()
    hub.join(log, listener)

    log.start("u1")
    log.start("u2")
    assert listener.batches == []
    await asyncio.sleep(0)
    log.start("u3")
    await asyncio.sleep(0)

    first, second = (batch.framed("oculus") for batch in listener.batches)
    assert first.startswith(b"<[{")
    assert first.count(b'"start"') == 2
    assert second.startswith(b"<{")


async def test_all_share_one_frame(log):
    hub, one, other = Hub(framed), Listener(), Listener()
    hub.join(log, one)
    hub.join(log, other)

    log.start("u1")
    await asyncio.sleep(0)

    (mine,), (theirs,) = one.batches, other.batches
    assert mine.framed("oculus") is theirs.framed("oculus")


async def test_a_batch_knows_what_a_client_lacks(log):
    hub, listener = Hub(framed), Listener()
    hub.join(log, listener)
    for name in ("u1", "u2", "u3"):
        log.start(name)
    await asyncio.sleep(0)

    (batch,) = listener.batches

    assert [entry.seq for entry in batch.after(1)] == [2, 3]


async def test_who_left_hears_nothing(log):
    """And the last one to leave ends the subscription."""
    hub, one, other = Hub(framed), Listener(), Listener()
    hub.join(log, one)
    hub.join(log, other)
    hub.leave(one)
    log.start("u1")
    await asyncio.sleep(0)
    hub.leave(other)

    log.start("u2")
    await asyncio.sleep(0)

    assert (len(one.batches), len(other.batches)) == (0, 1)
    assert log._callbacks == {}


async def test_a_fault_of_one_is_not_anothers(log, caplog):
    hub, bad, good = Hub(framed), Listener(ZeroDivisionError()), Listener()
    hub.join(log, bad)
    hub.join(log, good)

    with caplog.at_level(logging.CRITICAL, "streamer.events"):
        log.start("u1")
        await asyncio.sleep(0)

    assert bad.aborted
    assert len(good.batches) == 1
    assert not good.aborted
