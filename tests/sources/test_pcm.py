from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer import pcm
from streamer.audio import TimedText, WavParser
from streamer.engine.engine import Engine
from streamer.errors import ContentError, SourceError, UsageError
from streamer.sources.pcm import CHUNK_BYTES
from streamer.testing import RecordingOutput, run_inline
from tests.examples import examples, stride
from tests.sources.parsing import collect, noise, parsed
from tests.tables import each

RATE = 8_000


# -- arrays -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "encoding"),
    [
        ("<f4", "FLOAT_32"),
        (">f4", "FLOAT_32"),
        ("<f8", "FLOAT_64"),
        ("<i2", "PCM_16"),
        (">i2", "PCM_16"),
        ("<i4", "PCM_32"),
        ("u1", "PCM_U8"),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 3])
async def test_samples_are_handed_on_as_they_are(facilities, dtype, encoding, channels):
    values = noise(501, channels, 100).astype(dtype)

    header, _, data = await parsed(pcm(values, RATE, channels), facilities)

    assert header.format.encoding.value == encoding
    assert (header.format.rate, header.format.channels) == (RATE, channels)
    assert header.frames == 501
    assert data == values.astype(np.dtype(dtype).newbyteorder("<")).tobytes()


async def test_what_is_not_contiguous_is_read_in_its_order(facilities):
    values = noise(2_000, 2)[::2, ::-1]
    _, _, data = await parsed(pcm(values, RATE, 2), facilities)
    assert data == np.ascontiguousarray(values).tobytes()


async def test_what_is_beyond_full_scale_is_kept(facilities):
    values = np.array([3.5, -9.0], np.float32)
    _, _, data = await parsed(pcm(values, RATE), facilities)
    assert np.frombuffer(data, np.float32).tolist() == [3.5, -9.0]


async def test_a_long_array_comes_in_small_pieces(facilities):
    values = noise(100_000, 3)
    chunks = await collect(pcm(values, RATE, 3), facilities)
    assert max(map(len, chunks)) < CHUNK_BYTES + 100
    assert len(chunks) > 10


async def test_it_is_heard_bit_for_bit(clock):
    """At the output's own rate and channels, through the whole engine."""
    output = RecordingOutput(rate=RATE, channels=2)
    values = noise(4_001, 2) + np.float32(0.6)
    async with Engine(output, clock=clock, run=run_inline) as engine:
        utterance = await engine.play(pcm(values, RATE, 2, text="hello"))
        await clock.run(utterance.wait_ended())

    sounding = np.flatnonzero(output.frames.any(axis=1))
    heard = output.frames[sounding[0] : sounding[-1] + 1]
    assert heard.tobytes() == values.tobytes()
    assert utterance.text == "hello"


async def test_it_may_be_heard_again(facilities):
    speech = pcm(noise(10), RATE)
    assert await collect(speech, facilities) == await collect(speech, facilities)


# -- its times ----------------------------------------------------------------


async def test_timed_text_goes_along(facilities):
    texts = [
        TimedText("grapheme", "a", 0, 100),
        TimedText("phoneme", "ɑː", 0, 60),
        TimedText("phoneme", "", 60, 0),
    ]
    _, found, _ = await parsed(pcm(noise(200), RATE, 1, iter(texts)), facilities)
    assert found == texts


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (5, "an iterable of streamer.audio.TimedText"),
        (["a"], "entry 0 of timed_text is a str, not a streamer.audio.TimedText"),
        ([TimedText("word", "a", 0, 1)], "kind 'word'"),
        ([TimedText("phoneme", None, 0, 1)], "NoneType for its text"),
        ([TimedText("phoneme", "a", -1, 1)], "starts at -1"),
        ([TimedText("phoneme", "a", 0, 0.5)], "lasts 0.5"),
        ([TimedText("phoneme", "a", 2**32, 1)], "starts at 4294967296"),
        ([TimedText("phoneme", "a" * 5_000_000, 0, 1)], "more than 4 MiB"),
    ],
)
def test_timed_text_that_is_none(texts, words):
    with pytest.raises(UsageError) as caught:
        pcm(noise(10), RATE, 1, texts)
    assert words in str(caught.value)


async def test_as_much_timed_text_as_is_taken_can_be_read(facilities, monkeypatch):
    """What pcm lets through the parser takes too; in a quick run both take less."""
    part = stride(16)
    most = WavParser.MAX_HEADER_BYTES // part
    for module in ("streamer.sources.pcm", "streamer.audio.wav_walker"):
        monkeypatch.setattr(f"{module}.MAX_HEADER_BYTES", most)
    texts = [TimedText("phoneme", "ɑː", n, 1) for n in range(69_000 // part)]
    _, found, _ = await parsed(pcm(noise(10), RATE, 1, texts), facilities)
    assert len(found) == len(texts)


class Tensor:
    """What other libraries have for arrays."""

    def __array__(self, dtype=None, copy=None):
        return np.zeros(3, np.float32)


# -- mistakes -----------------------------------------------------------------


@each(
    [
        (np.zeros((9, 2), "f4"), 1, "(9, 2), not (frames, 1) or (frames,); pass ch"),
        (np.zeros((2, 9), "f4"), 2, "(2, 9), not (frames, 2); pass frames.T"),
        (np.zeros(9, "f4"), 2, "(9,), not (frames, 2); interleaved samples are"),
        (np.zeros((1, 2, 3), "f4"), 1, "(1, 2, 3), not (frames, 1)"),
        (np.zeros((), "f4"), 1, "their shape is ()"),
        (np.zeros(9, "i8"), 1, "int64, not float32, float64, int16, int32 or uint8"),
        (np.zeros(9, "c8"), 1, "complex64"),
        (np.zeros(9, bool), 1, "bool"),
        (np.array(["a"]), 1, "<U1"),
        (np.array([0, 1, np.nan], "f4"), 1, "frame 2 is nan"),
        (np.array([[0, 0], [0, -np.inf]], "f8"), 2, "frame 1 is -inf"),
        (np.zeros(0, "f4"), 1, "there are no frames"),
        (b"\0\0", 1, "numpy.frombuffer(data, '<i2')"),
        (memoryview(b"\0\0"), 1, "numpy.frombuffer"),
        ([0.5, 0.25], 1, "a list with a float in it"),
        ("speech.wav", 1, "are a str"),
        (None, 1, "are a NoneType"),
        (Tensor(), 1, "are a Tensor; pass numpy.asarray(frames)"),
        (7, 1, "are a int"),
    ]
)
def test_frames_that_cannot_be_played(frames, channels, words):
    with pytest.raises(UsageError) as caught:
        pcm(frames, RATE, channels)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", [0, -1, 999, 768_001, 24_000.0, "24000", True, None])
def test_a_rate_that_is_none(rate):
    with pytest.raises(UsageError, match=r"the rate is .*1000 to 768000"):
        pcm(noise(10), rate)


@pytest.mark.parametrize("channels", [0, -1, 33, 1.0, True])
def test_channels_that_are_none(channels):
    with pytest.raises(UsageError, match=r"channels is .*1 to 32"):
        pcm(noise(10), RATE, channels)


def test_numbers_of_numpy_are_numbers():
    assert pcm(noise(10), np.int64(RATE), np.int32(1)).source.name == "own audio"


# -- iterators ----------------------------------------------------------------


class Pieces:
    """An iterator that notes how far it was asked, and whether it was closed."""

    def __init__(self, arrays):
        self.arrays = list(arrays)
        self.asked = 0
        self.closed = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.asked == len(self.arrays):
            raise StopIteration
        self.asked += 1
        return self.arrays[self.asked - 1]

    def close(self):
        self.closed += 1


async def later(arrays, left=None):
    try:
        for array in arrays:
            await asyncio.sleep(0)
            yield array
    finally:
        if left is not None:
            left.append(True)


@examples(20, deadline=None)
@given(cuts=st.lists(st.integers(0, 500), max_size=6))
def test_how_it_is_cut_does_not_matter(cuts):
    values = noise(500, 2)
    edges = [0, *sorted(cuts), 500]
    cut = [values[a:b] for a, b in pairwise(edges)]
    for frames in (iter(cut), cut, later(cut)):
        _, _, data = asyncio.run(parsed(pcm(frames, RATE, 2), Inline()))
        assert data == values.tobytes()


class Inline:
    """Facilities of which only the threads are used, and there are none."""

    run = staticmethod(run_inline)


async def test_an_iterators_length_is_not_known(facilities):
    header, _, _ = await parsed(pcm(iter([noise(10)]), RATE), facilities)
    assert header.frames is None


async def test_an_iterator_is_asked_as_it_is_played_and_closed(facilities):
    pieces = Pieces(noise(100) for _ in range(50))
    chunks = pcm(pieces, RATE).source.stream(facilities)
    for _ in range(3):
        await anext(chunks)
    await chunks.aclose()
    assert (pieces.asked, pieces.closed) == (3, 1)


async def test_an_async_iterator_is_closed(facilities):
    left = []
    chunks = pcm(later([noise(10)] * 3, left), RATE).source.stream(facilities)
    await anext(chunks)
    await chunks.aclose()
    assert left == [True]


async def test_an_iterator_is_played_once(facilities):
    speech = pcm(iter([noise(10)]), RATE)
    await collect(speech, facilities)
    with pytest.raises(SourceError, match="own audio failed: an iterator can be"):
        await collect(speech, facilities)


async def test_a_list_of_arrays_may_be_played_twice(facilities):
    speech = pcm([noise(10), noise(5)], RATE)
    assert await collect(speech, facilities) == await collect(speech, facilities)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (np.array([0, np.nan], "f4"), "frame 11 is nan"),
        (np.zeros(3, "i2"), "its samples are int16, those before are float32"),
        (np.zeros((3, 2), "f4"), "their shape is (3, 2)"),
        (b"\0\0", "they are bytes"),
        (0.5, "it is a float, not a numpy array"),
    ],
)
async def test_a_piece_that_cannot_be_played(facilities, second, words):
    """What came before it is handed on."""
    pieces = Pieces([noise(10), second])
    chunks = pcm(pieces, RATE).source.stream(facilities)
    assert len(await anext(chunks)) > 40
    with pytest.raises(SourceError) as caught:
        await anext(chunks)
    assert "the piece that begins at frame 10 cannot be played: " in str(caught.value)
    assert words in str(caught.value)
    assert pieces.closed == 1


@pytest.mark.parametrize("frames", [[], [np.zeros(0, "f4")]])
async def test_an_iterator_of_nothing(facilities, frames):
    with pytest.raises(ContentError, match="the iterator gave no frames"):
        await collect(pcm(iter(frames), RATE), facilities)


async def test_a_silent_iterator_can_be_cancelled(facilities):
    async def never():
        await asyncio.Event().wait()
        yield noise(1)

    asking = asyncio.ensure_future(collect(pcm(never(), RATE), facilities))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
