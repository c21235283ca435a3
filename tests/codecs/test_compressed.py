from __future__ import annotations

import asyncio

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.audio.sniff import Kind
from streamer.codecs import make_decoder
from streamer.codecs.compressed import CompressedDecoder
from streamer.errors import FormatError
from tests.codecs.making import (
    CODECS,
    KINDS,
    decode_whole,
    inline,
    listen,
    listen_in_steps,
    make,
)
from tests.examples import examples, stride

everything = pytest.mark.parametrize("kind", KINDS)
pushed = pytest.mark.parametrize("kind", [k for k in KINDS if k not in {"mp4", "webm"}])


def seconds_of(kind: str) -> float:
    """
    A Vorbis that is all on one page keeps its padding in libavformat, which
    takes it for padding in front. Here it loses it, as its specification says.
    """
    return 1.2 if kind == "vorbis" else 0.3


@everything
@pytest.mark.parametrize("step", [7, 1, 997, 1_000_000][:: stride(2)])
async def test_sound_is_that_of_a_whole_file_decode(kind, step):
    data = make(kind, seconds_of(kind))
    heard = await listen_in_steps(data, step)
    expected = decode_whole(data)
    assert heard.error is None
    assert heard.codec == CODECS.get(kind, kind)
    assert heard.frames.shape == expected.shape
    assert np.array_equal(heard.frames, expected)
    assert heard.end.frames == len(expected)
    assert heard.end.missing_bytes == heard.end.partial_bytes == 0
    assert not any(heard.counts.values())


@everything
@examples(15, deadline=None)
@given(seed=st.integers(0, 2**32), most=st.sampled_from([2, 20, 400]))
def test_every_split_gives_the_same_sound(kind, seed, most):
    data = make(kind, seconds_of(kind))
    cuts = np.random.default_rng(seed).integers(1, len(data), most)
    heard = asyncio.run(listen(data, sorted({*cuts.tolist()})))
    assert heard.error is None
    assert np.array_equal(heard.frames, decode_whole(data))


@everything
async def test_sound_comes_long_before_the_body_is_complete(kind):
    """The first bytes, a header and a frame or two, are enough."""
    data = make(kind, 3.0)
    heard = await listen_in_steps(data[: len(data) * 24 // 100], 64, eof=False)
    assert heard.first_at is not None


async def test_the_header_says_how_long_an_mp3_and_a_flac_are():
    for kind in ("mp3", "flac"):
        heard = await listen(make(kind))
        assert heard.header.frames == heard.end.frames == 14_400


@everything
async def test_no_more_than_a_quarter_second_is_decoded_at_once(kind):
    """However much comes in one piece; a packet may go beyond it."""
    heard = await listen(make(kind, 3.0))
    rate = heard.header.format.rate
    assert max(heard.sizes) <= 0.25 * rate + 4_608
    assert len(heard.sizes) >= 9


@everything
async def test_a_body_that_is_cut_off_gives_its_sound_and_says_so(kind):
    data = make(kind, 3.0)
    heard = await listen(data[: len(data) * 2 // 3 + 5])
    expected = decode_whole(data)
    assert heard.error is None
    got = len(heard.frames)
    assert 0.4 * len(expected) < got < 0.8 * len(expected)
    assert np.array_equal(heard.frames, expected[:got])
    assert heard.end.missing_bytes or heard.end.partial_bytes


@pushed
async def test_damage_inside_is_left_out_and_the_rest_is_heard(kind):
    data = bytearray(make(kind, 3.0))
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    heard = await listen(bytes(data))
    if isinstance(heard.error, FormatError):  # Ogg can't find its pages again
        assert len(heard.frames) > 0.3 * len(decode_whole(make(kind, 3.0)))
    else:
        assert len(heard.frames) > 0.8 * len(decode_whole(make(kind, 3.0)))


@everything
async def test_only_a_beginning_is_no_sound(kind):
    heard = await listen(make(kind)[:40])
    assert isinstance(heard.error, FormatError)
    assert heard.header is None


@pytest.mark.parametrize("junk", [b"\xff\xfb\x90\x64", b"\xff\xf1\x50\x80"])
async def test_garbage_that_begins_like_a_frame_is_refused(junk):
    noise = np.random.default_rng(3).integers(0, 200, 200_000, np.uint8).tobytes()
    heard = await listen_in_steps(junk + noise, 4_096)
    assert isinstance(heard.error, FormatError)
    assert "looks like" in heard.error.problem


@pytest.mark.parametrize(
    ("junk", "name"),
    [
        (b"OggS" + bytes(range(200)), "Ogg"),
        (b"fLaC" + b"\x84\0\0\x02ab", "FLAC"),
        (b"\x1a\x45\xdf\xa3" + bytes(range(1, 200)), "WebM"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x10moov\0\0\0\0\0\0\0\0", "MP4"),
    ],
)
async def test_garbage_behind_a_signature_is_named(junk, name):
    heard = await listen(junk)
    assert isinstance(heard.error, FormatError)
    assert name in heard.error.problem


@pytest.mark.parametrize("kind", ["mp3", "aac"])
async def test_another_rate_on_the_way_is_converted_to_the_first(kind):
    first, second = make(kind, 0.5), make(kind, 0.5, rate=48_000)
    heard = await listen_in_steps(first + second, 300)
    assert heard.error is None
    assert heard.header.format.rate == 24_000
    seconds = [len(decode_whole(data)) for data in (first, second)]
    expected = seconds[0] + seconds[1] / 2
    assert abs(len(heard.frames) - expected) <= 64 + heard.counts["damaged_packets"]


async def test_other_channels_on_the_way_become_those_of_the_first():
    first, second = make("mp3", 0.5), make("mp3 stereo", 0.5)
    heard = await listen(first + second)
    assert heard.error is None
    joined = [decode_whole(first), decode_whole(second).mean(axis=1, keepdims=True)]
    assert heard.frames.shape == (24_000, 1)
    assert np.abs(heard.frames - np.concatenate(joined)).max() < 1e-6


async def test_files_that_are_joined_each_lose_their_own_padding():
    one = make("mp3", 0.5)
    heard = await listen_in_steps(one * 3, 250)
    assert heard.end.frames == 3 * 12_000
    assert np.array_equal(heard.frames, np.tile(decode_whole(one), (3, 1)))


async def test_ogg_streams_one_behind_another_are_one_sound():
    one = make("opus", 0.5)
    heard = await listen_in_steps(one * 2, 250)
    assert np.array_equal(heard.frames, np.tile(decode_whole(one), (2, 1)))


async def test_padding_of_a_vorbis_on_one_page_is_left_out():
    heard = await listen(make("vorbis", 0.3))
    assert 0 <= heard.end.frames - 7_200 < 64
    whole = decode_whole(make("vorbis", 0.3))
    assert np.array_equal(heard.frames, whole[: heard.end.frames])


async def test_a_little_that_unfolds_to_much_is_unfolded_bit_by_bit():
    """What is held is compressed; one call decodes a slice."""
    data = make("flac", 2.0)
    decoder = await make_decoder(Kind.FLAC, inline)
    await decoder.receive_data(data)
    assert len(decoder.events()) == 2
    assert decoder.events() != []
    await decoder.close()


async def test_it_can_be_closed_at_any_time_and_again():
    for data in (b"", make("webm")[:50], make("webm")):
        decoder = CompressedDecoder(Kind.WEBM)
        if data:
            await decoder.receive_data(data)
        await decoder.close()
        await decoder.close()
