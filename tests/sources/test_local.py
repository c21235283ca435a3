from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
from contextlib import aclosing
from pathlib import Path

import pytest

from streamer.errors import SourceError, SourceTimeout
from streamer.sources import BytesSource, FileSource, InputSource, read_input


async def collect(source, facilities) -> list[bytes]:
    async with aclosing(source.stream(facilities)) as chunks:
        return [chunk async for chunk in chunks]


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        try:
            os.close(descriptor)
        except OSError:
            continue


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_file_comes_in_pieces(tmp_path, facilities):
    path = tmp_path / "a.wav"
    data = os.urandom(150_000)
    path.write_bytes(data)
    source = FileSource(path)
    chunks = await collect(source, facilities)
    assert source.name == str(path)
    assert b"".join(chunks) == data
    assert len(chunks) == 3


async def test_an_empty_file_has_no_chunk(tmp_path, facilities):
    (tmp_path / "a.wav").touch()
    assert await collect(FileSource(tmp_path / "a.wav"), facilities) == []


@pytest.mark.parametrize(
    ("name", "reason"), [("missing.wav", "no such file"), (".", "is a directory")]
)
async def test_what_cannot_be_read_is_named(tmp_path, facilities, name, reason):
    with pytest.raises(SourceError, match=reason) as caught:
        await collect(FileSource(tmp_path / name), facilities)
    assert str(tmp_path) in str(caught.value)


async def test_a_file_is_closed_when_its_listener_leaves(tmp_path, facilities):
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(200_000))
    chunks = FileSource(path).stream(facilities)
    await anext(chunks)
    before = open_files()
    await chunks.aclose()
    assert open_files() == before - 1


async def test_a_named_pipe_is_waited_for_without_holding_a_thread(
    tmp_path, facilities
):
    """Opening one that nobody writes to would hold a thread for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reading = asyncio.ensure_future(collect(FileSource(path), facilities))
    await asyncio.sleep(0.01)
    assert not reading.done()
    with path.open("wb", buffering=0) as writer:
        writer.write(b"hello")
    assert await reading == [b"hello"]


async def test_a_reader_of_a_silent_pipe_can_be_cancelled(pipe, facilities):
    reading = asyncio.ensure_future(collect(InputSource(pipe[0]), facilities))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 1)


async def test_input_comes_as_it_is_written(pipe, facilities):
    reading, writing = pipe
    async with aclosing(InputSource(reading).stream(facilities)) as chunks:
        os.write(writing, b"one")
        assert await anext(chunks) == b"one"
        os.write(writing, b"two")
        assert await anext(chunks) == b"two"
        os.close(writing)
        assert [chunk async for chunk in chunks] == []


async def test_input_may_be_a_file(tmp_path, facilities):
    path = tmp_path / "a.wav"
    path.write_bytes(b"hello")
    descriptor = os.open(path, os.O_RDONLY)
    assert await collect(InputSource(descriptor), facilities) == [b"hello"]
    os.close(descriptor)


async def test_standard_input_is_the_default(pipe, facilities, monkeypatch):
    reading, writing = pipe
    os.write(writing, b"hello")
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert await collect(InputSource(), facilities) == [b"hello"]


@pytest.mark.parametrize("stdin", [None, io.StringIO()])
async def test_without_a_standard_input_there_is_an_error(
    facilities, monkeypatch, stdin
):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(SourceError, match="standard input failed: it is closed"):
        await collect(InputSource(), facilities)


async def test_an_input_that_breaks_is_an_error(facilities, pipe):
    os.close(pipe[0])
    with pytest.raises(SourceError, match="standard input failed: bad file"):
        [data async for data in read_input(facilities, pipe[0])]


async def test_a_pipe_that_somebody_else_emptied_is_looked_at_again(
    pipe, facilities, monkeypatch
):
    reading, writing = pipe
    read = os.read
    answers = [BlockingIOError(), b"hello"]

    def taken(descriptor, size):
        if descriptor != reading or not answers:
            return read(descriptor, size)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    os.write(writing, b"x")
    monkeypatch.setattr(os, "read", taken)
    async with aclosing(InputSource(reading).stream(facilities)) as chunks:
        assert await anext(chunks) == b"hello"


async def test_a_descriptor_is_not_closed_under_a_reading_thread(
    tmp_path, facilities, monkeypatch
):
    """Its number may be another file's at once, and that would be read."""
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(200_000))
    inside, go_on = threading.Event(), threading.Event()
    read = os.read
    order = []

    def slowly(descriptor, size):
        inside.set()
        go_on.wait(1)
        order.append("read")
        return read(descriptor, size)

    close = os.close
    monkeypatch.setattr(os, "read", slowly)
    monkeypatch.setattr(os, "close", lambda fd: (order.append("close"), close(fd))[1])
    reading = asyncio.ensure_future(collect(FileSource(path), facilities))
    await facilities.run(inside.wait, 1)
    reading.cancel()
    await asyncio.sleep(0)
    reading.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert order == ["read", "close"]


async def test_bytes_come_as_given_without_the_empty_ones(facilities):
    source = BytesSource([b"one", b"", b"two"], name="a test")
    assert await collect(source, facilities) == [b"one", b"two"]
    assert source.name == "a test"


async def test_a_silent_pipe_ends_where_that_was_asked_for(pipe, facilities):
    reading, writing = pipe
    os.write(writing, b"some")
    source = InputSource(reading, read_timeout=0.1)
    async with aclosing(source.stream(facilities)) as chunks:
        assert await anext(chunks) == b"some"
        with pytest.raises(SourceTimeout, match=r"standard input went silent.* 0\.1 s"):
            await anext(chunks)
