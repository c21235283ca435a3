from __future__ import annotations

import asyncio
import threading

import pytest

from streamer.audio.sniff import Kind
from streamer.codecs import pull
from streamer.codecs.pull import Pipe, PullDemuxer
from streamer.errors import FormatError, UsageError
from tests.codecs.making import listen, make


def demuxers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "streamer demuxer"]


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    for thread in demuxers():
        thread.join(5.0)
    assert demuxers() == []
    free = pull.MAX_THREADS
    taken = sum(pull._threads.acquire(blocking=False) for _ in range(free))
    assert taken == free
    for _ in range(taken):
        pull._threads.release()


@pytest.mark.parametrize("kind", ["mp4", "webm"])
@pytest.mark.parametrize("part", [1, 40, 700, 5_000, None])
async def test_closing_at_any_time_ends_the_thread(kind, part):
    data = make(kind)
    demuxer = PullDemuxer(Kind.MP4 if kind == "mp4" else Kind.WEBM)
    await demuxer.receive_data(data[:part])
    await demuxer.close()
    assert demuxers() == []
    await demuxer.close()


async def test_cancelling_while_the_thread_works_leaves_nothing_behind():
    data = make("webm", 3.0)
    demuxer = PullDemuxer(Kind.WEBM)
    feeding = asyncio.ensure_future(demuxer.receive_data(data))
    await asyncio.sleep(0)
    feeding.cancel()
    await asyncio.gather(feeding, return_exceptions=True)
    await demuxer.close()
    assert demuxers() == []


async def test_cancelling_the_close_still_ends_the_thread():
    demuxer = PullDemuxer(Kind.WEBM)
    await demuxer.receive_data(make("webm")[:600])
    closing = asyncio.ensure_future(demuxer.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert demuxers() == []


async def test_one_more_than_there_are_threads_is_refused_and_hurts_nobody(monkeypatch):
    monkeypatch.setattr(pull, "_threads", threading.BoundedSemaphore(2))
    monkeypatch.setattr(pull, "MAX_THREADS", 2)
    data = make("webm")
    held = [PullDemuxer(Kind.WEBM) for _ in range(2)]
    for demuxer in held:
        await demuxer.receive_data(data[:600])
    refused = PullDemuxer(Kind.WEBM)
    with pytest.raises(UsageError, match="2 MP4 or WebM streams are being read"):
        await refused.receive_data(data)
    await refused.close()
    for demuxer in held:
        await demuxer.receive_data(data[600:])
        await demuxer.receive_eof()
        await demuxer.close()
        assert len(demuxer.found.items) > 20
    assert (await listen(data)).error is None


async def test_many_containers_are_read_side_by_side():
    heard = await asyncio.gather(
        *(listen(make("webm"), range(500, 4_000, 500)) for _ in range(30))
    )
    assert {one.end.frames for one in heard} == {28_800}


async def test_an_index_behind_the_sound_is_refused_before_the_body_is_complete():
    data = make("mp4", moved=True)
    demuxer = PullDemuxer(Kind.MP4)
    with pytest.raises(FormatError, match="ask for a fragmented MP4"):
        await demuxer.receive_data(data[: len(data) // 2])
    await demuxer.close()
    assert demuxers() == []


async def test_an_endless_index_is_refused(monkeypatch):
    monkeypatch.setattr(pull, "MAX_INDEX_BYTES", 1_000)
    demuxer = PullDemuxer(Kind.MP4)
    await demuxer.receive_data(b"\0\0\0\x10ftypM4A \0\0\0\0" + b"\0\x10\0\0moov")
    with pytest.raises(FormatError, match="index of over 16 MiB"):
        await demuxer.receive_data(bytes(1_000))
    await demuxer.close()


def test_a_pipe_gives_what_there_is_and_tells_once_that_there_is_nothing():
    told: list[str] = []
    pipe = Pipe(lambda: told.append("starved"))
    pipe.write(b"abcdef")
    assert pipe.read(4) == b"abcd"
    assert pipe.read(4) == b"ef"
    assert told == []
    got: list[bytes] = []
    thread = threading.Thread(target=lambda: got.append(pipe.read()))
    thread.start()
    pipe.end()
    thread.join(5.0)
    assert not thread.is_alive()
    assert got == [b""]
    assert len(told) <= 1
    assert pipe.read(1) == b""


def test_what_was_written_before_the_end_is_read_first():
    pipe = Pipe(lambda: None)
    pipe.write(b"abc")
    pipe.end()
    assert pipe.read(-1) == b"abc"
    assert pipe.read(-1) == b""
