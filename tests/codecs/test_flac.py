from __future__ import annotations

import pytest

from streamer.codecs.flac import MAX_FRAME_BYTES, walk_flac
from streamer.codecs.items import Begin, Walker
from streamer.errors import FormatError
from tests.codecs.making import make


async def walk(data: bytes) -> list:
    walker = Walker(walk_flac)
    await walker.receive_data(data)
    await walker.receive_eof()
    return list(walker.found.items)


async def test_frames_joined_are_the_file_behind_its_metadata():
    data = make("flac", 3.0)
    begin, *packets = await walk(data)
    assert begin.codec == "flac"
    assert begin.frames == 72_000
    assert len(packets) == -(-72_000 // 2_304)
    assert data.endswith(b"".join(packet.data for packet in packets))


async def test_a_frame_comes_with_the_header_of_the_next():
    """Not with the tenth, as in libavcodec's own parser."""
    data = make("flac", 3.0)
    _, first, *_ = await walk(data)
    end = data.index(first.data) + len(first.data)
    walker = Walker(walk_flac)
    await walker.receive_data(data[:end])
    assert len(walker.found.items) == 1
    await walker.receive_data(data[end : end + 16])
    assert walker.found.items[-1] == first


async def test_what_looks_like_a_header_inside_a_frame_is_not_one():
    """Its checksum is right, but it is not the next one's number."""
    data = make("flac", 1.0)
    _, first, second, *_ = await walk(data)
    middle = len(first.data) // 2
    fake = first.data[:middle] + first.data[:16] + first.data[middle:]
    head = data[: data.index(first.data)]
    _, found, following, *_ = await walk(head + fake + second.data)
    assert found.data == fake
    assert following.data == second.data


async def test_numbers_of_several_bytes_are_read():
    """After 128 frames they take two."""
    data = make("flac", 14.0)
    packets = (await walk(data))[1:]
    assert len(packets) == -(-14 * 24_000 // 2_304)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"fLaC\x80\0\0\x22" + bytes(10), "ends before any sound"),
        (b"fLaC\x04\0\0\x22" + bytes(10), "metadata is cut off"),
        (b"fLaC\x84\0\0\x02ab", "no STREAMINFO"),
        (b"fLaC\x80\0\0\x22" + bytes(60), "no FLAC frame stands where"),
    ],
)
async def test_what_is_wrong_is_said(data, problem):
    with pytest.raises(FormatError, match=problem):
        await walk(data)


async def test_an_unknown_length_is_unknown():
    data = bytearray(make("flac"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    assert isinstance((await walk(bytes(data)))[0], Begin)
    assert (await walk(bytes(data)))[0].frames is None


async def test_a_frame_without_end_is_refused():
    data = make("flac")
    packets = await walk(data)
    head = data[: data.index(packets[1].data) + 100]
    with pytest.raises(FormatError, match="more than 4 MiB"):
        await walk(head + bytes(MAX_FRAME_BYTES))
