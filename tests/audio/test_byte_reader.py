from __future__ import annotations

import pytest

from streamer.audio.byte_reader import ByteReader, EndOfBytes


def finish(steps):
    """Run steps that have all they need."""
    with pytest.raises(StopIteration) as done:
        next(steps)
    return done.value.value


@pytest.fixture
def reader() -> ByteReader:
    return ByteReader()


def test_a_read_goes_on_where_it_waited(reader):
    steps = reader.read_exact(5)
    next(steps)
    reader.feed(b"abc", message=False)
    next(steps)
    reader.feed(b"defg", message=False)

    assert finish(steps) == b"abcde"
    assert (reader.position, reader.available) == (5, 2)


def test_a_read_at_the_end_gives_what_there_is(reader):
    reader.feed(b"abc", message=False)
    reader.feed_eof()

    assert finish(reader.read_up_to(5)) == b"abc"
    assert finish(reader.read_up_to(5)) == b""
    assert finish(reader.wait()) == 0


def test_an_exact_read_at_the_end_fails(reader):
    reader.feed(b"abc", message=False)
    reader.feed_eof()

    with pytest.raises(EndOfBytes):
        next(reader.read_exact(4))


def test_nothing_can_be_read_without_bytes(reader):
    assert finish(reader.read_exact(0)) == b""


def test_skipping_counts_what_was_there(reader):
    steps = reader.skip_up_to(5)
    next(steps)
    reader.feed(b"abc", message=False)
    next(steps)
    reader.feed_eof()

    assert finish(steps) == 3


def test_what_is_put_back_is_read_again(reader):
    reader.feed(b"ab", message=False)
    steps = reader.read_exact(3)
    next(steps)
    reader.feed(b"cd", message=False)
    reader.unread(finish(steps))

    assert (reader.position, reader.available) == (0, 4)
    assert finish(reader.read_exact(4)) == b"abcd"
    assert reader.position == 4


def test_a_message_begins_only_where_nothing_of_it_was_taken(reader):
    reader.feed(b"RIFF1234WAVE", message=True)
    assert reader.starts_wave()
    reader.take(1)
    assert not reader.starts_wave()
    reader.unread(b"R")
    assert not reader.starts_wave()
    reader.feed(b"RIFF1234WAVE", message=False)
    assert not reader.starts_wave()
