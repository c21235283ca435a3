from __future__ import annotations

import numpy as np
import pytest

from streamer.codecs.items import Begin
from streamer.codecs.mpeg import _INFO_BYTES, Info, read_info
from streamer.errors import FormatError
from tests.codecs.making import decode_whole, listen, listen_in_steps, make


def tag(size: int, *, footer: bool = False) -> bytes:
    sizes = bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127])
    body = b"\xff\xfb\x90\x64" * (size // 4) + bytes(size % 4)
    return (
        b"ID3\x04\0"
        + (b"\x10" if footer else b"\0")
        + sizes
        + body
        + (b"3DI\x04\0\x10" + sizes if footer else b"")
    )


def untagged(kind: str) -> bytes:
    """A file without the tag that libavformat writes."""
    data = make(kind)
    return data[10 + data[9] :] if data[:3] == b"ID3" else data


@pytest.mark.parametrize("kind", ["mp3", "aac", "flac"])
@pytest.mark.parametrize("step", [1, 1_000_000])
async def test_what_stands_behind_a_tag_is_played(kind, step):
    """A picture in it may hold what looks like frames."""
    heard = await listen_in_steps(
        tag(3_001) + tag(20, footer=True) + untagged(kind), step
    )
    assert heard.error is None
    assert np.array_equal(heard.frames, decode_whole(make(kind)))


async def test_padding_that_the_tag_does_not_count_is_passed_over():
    heard = await listen(tag(40) + bytes(300) + untagged("mp3"))
    assert np.array_equal(heard.frames, decode_whole(make("mp3")))


async def test_what_nobody_can_decode_behind_a_tag_is_named():
    heard = await listen(tag(40) + b"no such voice")
    assert isinstance(heard.error, FormatError)
    assert heard.error.problem == "behind its ID3 tag it is text: no such vo"


async def test_a_tag_behind_the_sound_is_no_sound():
    heard = await listen(make("mp3") + b"TAG" + b"title".ljust(125, b"\0"))
    assert heard.error is None
    assert heard.end.partial_bytes == 0
    assert np.array_equal(heard.frames, decode_whole(make("mp3")))


async def test_without_lames_tag_nothing_is_left_out():
    data = untagged("mp3")
    size = read_frame_size(data)
    heard = await listen(data[size:])
    assert heard.header.frames is None
    assert len(heard.frames) % 576 == 0
    assert len(heard.frames) > 14_400 + 576


@pytest.mark.parametrize("rate", [32_000, 44_100, 48_000])
@pytest.mark.parametrize("step", [1, 997, 1_000_000])
async def test_the_padding_of_a_stereo_mpeg_1_is_left_out(rate, step):
    """Its side information is the longest, so its Info tag ends latest."""
    data = make("mp3 stereo", 0.2, rate=rate)
    heard = await listen_in_steps(data, step)
    expected = decode_whole(data)
    assert len(expected) == rate // 5
    assert np.array_equal(heard.frames, expected)
    assert heard.header.frames == heard.end.frames == len(expected)
    assert heard.end.missing_bytes == 0


def read_frame_size(data: bytes) -> int:
    """Bytes of the first frame: where the next one begins."""
    return next(
        at for at in range(4, len(data)) if data[at : at + 2] == data[:2] and at > 100
    )


async def test_fewer_frames_than_the_tag_says_are_a_body_cut_off():
    """Even where the cut is between two frames."""
    data = untagged("mp3")
    starts = [at for at in range(len(data)) if data.startswith(data[:2], at)]
    heard = await listen(data[: starts[len(starts) // 2]])
    assert heard.end.missing_bytes > 0


def test_an_info_tag_with_all_its_fields_is_read():
    """Tag, flags, frames, bytes, table of contents, quality: 120 bytes."""
    fields = (100).to_bytes(4, "big") + bytes(4 + 100 + 4)
    info = b"Info\0\0\0\x0f" + fields + b"Lavc62.11\0".ljust(21) + b"\x24\x03\xe8"
    frame = b"\xff\xfb\x90\x64" + bytes(32) + info + bytes(200)
    assert read_info(frame[:_INFO_BYTES]) == Info(115_200, 576 + 529, 1_000)


def xing(frames: int, delays: bytes, encoder: bytes = b"LAME3.100") -> bytes:
    head = b"\xff\xfb\x90\xc4" + bytes(17)
    return (
        head
        + b"Xing\0\0\0\x01"
        + frames.to_bytes(4, "big")
        + encoder
        + bytes(12)
        + delays
    )


def test_lames_tag_is_read():
    """Delay 576 and padding 1,000, twelve bits each."""
    info = read_info(xing(100, b"\x24\x03\xe8"))
    assert info == Info(115_200, 576 + 529, 1_000)
    begin = info.begin_of_stream(1_152)
    assert begin.left_out == ((0, 1_105), (114_729, 115_200))
    assert begin.frames == 114_729 - 1_105


def test_another_encoders_padding_is_not_believed():
    assert read_info(xing(100, b"\x24\x03\xe8", b"Gogo3.100")) == Info(115_200, 0, 0)


def test_vbri_tells_frames():
    head = (b"\xff\xf3\x90\xc4".ljust(36, b"\0") + b"VBRI").ljust(50, b"\0")
    info = read_info(head + (7).to_bytes(4, "big"))
    assert info == Info(7 * 576, 0, 0)
    assert info.begin_of_stream(576) == Begin("mp3", frames=7 * 576, tolerance=1_152)


@pytest.mark.parametrize("head", [b"", b"\xff\xfb", b"\xff\xfb\x90\xc4" + bytes(60)])
def test_a_frame_of_sound_says_nothing_of_others(head):
    assert read_info(head) is None
