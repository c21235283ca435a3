from __future__ import annotations

import pytest

from streamer.codecs.items import Found, Walker
from streamer.codecs.lengths import walk_boxes, walk_ebml
from streamer.errors import FormatError
from tests.codecs.making import make


async def walk(how, data: bytes, step: int = 1_000_000) -> Found:
    walker = Walker(how)
    for start in range(0, len(data), step):
        await walker.receive_data(data[start : start + step])
    await walker.receive_eof()
    return walker.found


def box(kind: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return (len(body) + 8 if size is None else size).to_bytes(4, "big") + kind + body


@pytest.mark.parametrize(("kind", "how"), [("mp4", walk_boxes), ("webm", walk_ebml)])
@pytest.mark.parametrize("step", [1, 1_000_000])
async def test_of_a_whole_file_nothing_is_missing(kind, how, step):
    assert (await walk(how, make(kind), step)).missing_bytes == 0


@pytest.mark.parametrize(("kind", "how"), [("mp4", walk_boxes), ("webm", walk_ebml)])
async def test_of_a_file_cut_anywhere_something_is(kind, how):
    data = make(kind)
    for cut in range(len(data) // 2, len(data) - 300, 7):
        assert (await walk(how, data[:cut])).missing_bytes > 0, cut


async def test_a_box_may_have_a_long_size_or_reach_to_the_end():
    long = b"\0\0\0\1free" + (20).to_bytes(8, "big") + b"abcd"
    index = box(b"moov", b"index")
    data = long + index + box(b"mdat", b"whatever follows", 0)
    assert (await walk(walk_boxes, data)).missing_bytes == 0
    assert (await walk(walk_boxes, long[:-1])).missing_bytes == 1


async def test_a_demuxer_waits_for_the_whole_index():
    walker = Walker(walk_boxes)
    await walker.receive_data(box(b"ftyp", b"isom") + box(b"moov", b"index")[:-1])
    assert walker.found.waiting
    await walker.receive_data(b"x")
    assert not walker.found.waiting


async def test_sound_before_the_index_is_refused():
    with pytest.raises(FormatError, match="index behind its sound"):
        await walk(walk_boxes, box(b"ftyp", b"isom") + box(b"mdat", b"sound"))


async def test_a_segment_of_unknown_size_ends_between_elements():
    head = b"\x1a\x45\xdf\xa3\x82ab" + b"\x18\x53\x80\x67\x01" + b"\xff" * 7
    cluster = b"\x1f\x43\xb6\x75\xff" + b"\xa3\x84abcd"
    assert (await walk(walk_ebml, head + cluster)).missing_bytes == 0
    assert (await walk(walk_ebml, head + cluster[:-1])).missing_bytes == 1
    assert (await walk(walk_ebml, head + cluster + b"\xa3")).missing_bytes == 1


async def test_a_segment_of_known_size_is_held_to_it():
    head = b"\x1a\x45\xdf\xa3\x82ab" + b"\x18\x53\x80\x67\x8c"
    assert (await walk(walk_ebml, head + b"\xa3\x84abcd")).missing_bytes == 6
    assert (await walk(walk_ebml, head + b"\xa3\x84abcd" * 2)).missing_bytes == 0
