from __future__ import annotations

import struct

import pytest

from streamer.codecs.items import Begin, Packet, Walker
from streamer.codecs.ogg import MAX_PACKET_BYTES, walk_ogg
from streamer.errors import FormatError

HEAD = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"
TAGS = b"OpusTags" + bytes(8)


def page(*packets: bytes, flags=0, granule=0, serial=1, open_end=False) -> bytes:
    """One page; *open_end* leaves its last packet unfinished."""
    lacing = b""
    for index, packet in enumerate(packets):
        lacing += b"\xff" * (len(packet) // 255)
        if not (open_end and index == len(packets) - 1):
            lacing += bytes([len(packet) % 255])
    head = struct.pack(
        "<4sBBqIIIB", b"OggS", 0, flags, granule, serial, 0, 0, len(lacing)
    )
    return head + lacing + b"".join(packets)


async def walk(*pages: bytes, step: int = 1_000_000) -> Walker:
    walker = Walker(walk_ogg)
    data = b"".join(pages)
    for start in range(0, len(data), step):
        await walker.receive_data(data[start : start + step])
    await walker.receive_eof()
    return walker


BEGIN = (page(HEAD, flags=2), page(TAGS))


@pytest.mark.parametrize("step", [1, 30, 1_000_000])
async def test_packets_are_found_with_the_page_they_end(step):
    walker = await walk(
        *BEGIN,
        page(b"a" * 300, b"b" * 255, granule=1_920),
        page(b"c", flags=4, granule=2_000),
        step=step,
    )
    assert list(walker.found.items) == [
        Begin("opus", HEAD, delay=312),
        Packet(b"a" * 300),
        Packet(b"b" * 255, end=1_920),
        Packet(b"c", end=2_000, last_end=2_000),
    ]


async def test_a_packet_may_go_on_over_pages():
    walker = await walk(
        *BEGIN,
        page(b"x" * 510, granule=-1, open_end=True),
        page(b"y" * 255, flags=1, granule=-1, open_end=True),
        page(b"z", flags=1, granule=960),
    )
    assert walker.found.items[-1] == Packet(b"x" * 510 + b"y" * 255 + b"z", end=960)


async def test_a_packet_comes_before_its_page_is_whole():
    walker = Walker(walk_ogg)
    data = b"".join(BEGIN) + page(b"a" * 10, b"b" * 10, granule=960)
    await walker.receive_data(data[:-10])
    assert walker.found.items[-1] == Packet(b"a" * 10)


async def test_a_stream_beside_it_is_passed_over():
    walker = await walk(
        page(b"\x80theora", flags=2, serial=9),
        page(HEAD, flags=2),
        page(b"picture", serial=9),
        page(TAGS),
        page(b"a", granule=960),
    )
    assert [type(item).__name__ for item in walker.found.items] == ["Begin", "Packet"]


async def test_where_there_is_no_sound_what_there_is_is_named():
    with pytest.raises(FormatError, match="its Ogg holds Speex, no known sound"):
        await walk(page(b"Speex   1.2", flags=2), page(b"x"))
    with pytest.raises(FormatError, match="a stream b'PCM"):
        await walk(page(b"PCM     1", flags=2))


@pytest.mark.parametrize("cut", [1, 20, 28, 40])
async def test_a_page_cut_off_is_told(cut):
    last = page(b"a" * 30, granule=960)
    walker = await walk(*BEGIN, last[:cut])
    assert walker.found.missing_bytes > 0


async def test_what_is_no_page_is_refused_with_its_place():
    with pytest.raises(FormatError, match="where one should begin") as caught:
        await walk(*BEGIN, b"no page" * 10)
    assert caught.value.offset == len(b"".join(BEGIN))


async def test_a_packet_without_end_is_refused():
    piece = page(b"x" * 255 * 255, flags=1, granule=-1, open_end=True)
    with pytest.raises(FormatError, match="more than 4 MiB"):
        await walk(*BEGIN, *[piece] * (MAX_PACKET_BYTES // 65_025 + 1))


async def test_metadata_of_flac_is_no_sound():
    first = b"\x7fFLAC\x01\0\0\0fLaC\0\0\0\x22" + bytes(range(34))
    walker = await walk(
        page(first, flags=2), page(b"\x84\0\0\x02ab"), page(b"\xff\xf8x")
    )
    assert list(walker.found.items) == [
        Begin("flac", bytes(range(34))),
        Packet(b"\xff\xf8x", end=0),
    ]
