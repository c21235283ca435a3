from __future__ import annotations

import numpy as np
import pytest

from streamer import Speech
from streamer.audio import decode
from streamer.engine.engine import Engine
from streamer.errors import ContentError, SourceError, UsageError
from streamer.sources import RAW_ENCODINGS, BytesSource, RawFormat, RawSource
from streamer.testing import RecordingOutput, run_inline
from tests.sources.parsing import noise, parsed
from tests.tables import each

RATE = 8_000


@pytest.mark.parametrize("size", [1, 3, 4, 1_000])
async def test_bare_samples_get_a_header(facilities, size):
    data = bytes(range(10, 250))
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    source = RawSource(BytesSource(pieces, name="x"), RawFormat.parse("s16le:24000:2"))

    header, _, samples = await parsed(type("S", (), {"source": source}), facilities)

    assert source.name == "x"
    assert (header.format.rate, header.format.channels) == (24_000, 2)
    assert samples == data


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *(("u8", "u1"), ("s8", "i1"), ("s16le", "<i2"), ("s32le", "<i4")),
        *(("f32le", "<f4"), ("f64le", "<f8")),
    ],
)
async def test_each_encoding_is_read_as_numpy_reads_it(facilities, name, dtype):
    values = noise(64, 1, 100).astype(dtype)
    source = RawSource(BytesSource([values.tobytes()]), RawFormat(name, RATE))

    header, _, samples = await parsed(type("S", (), {"source": source}), facilities)

    scale = {"u": 128.0, "i": float(2 ** (8 * values.itemsize - 1)), "f": 1.0}
    expected = values.astype("f8") - (128 if values.dtype.kind == "u" else 0)
    expected = expected / scale[values.dtype.kind]
    assert np.allclose(decode(samples, header.format), expected, atol=1e-7)


@pytest.mark.parametrize("name", RAW_ENCODINGS)
def test_every_name_can_be_said(name):
    assert RawFormat.parse(f"{name}:8000").format.channels == 1


@each(
    [
        ("s16be:8000", "no encoding 's16be'; there are: s8, u8, s16le"),
        ("s16le", "write ENCODING:RATE[:CHANNELS], as in s16le:24000"),
        ("", "does not say how samples are written"),
        ("s16le:", "does not say"),
        ("s16le:fast", "does not say"),
        ("s16le:8000:1:1", "does not say"),
        ("s16le:-8000", "does not say"),
        ("s16le:0", "the rate is 0"),
        ("s16le:8000:0", "channels is 0; it can be 1 to 32"),
        ("s16le:8000:99", "channels is 99"),
    ]
)
def test_what_is_no_raw_format(text, words):
    with pytest.raises(UsageError) as caught:
        RawFormat.parse(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ([], "it is empty"),
        ([b"RIFF....WAVE"], "it is WAV, not bare samples; leave --raw out"),
        ([b"R", b"I", b"FF...."], "it is WAV"),
        ([b"ID3\4"], "it is MP3"),
        ([b"OggS"], "it is Ogg"),
    ],
)
async def test_what_is_no_bare_samples(facilities, chunks, words):
    source = RawSource(BytesSource(chunks), RawFormat("s16le", RATE))
    with pytest.raises(ContentError) as caught:
        [chunk async for chunk in source.stream(facilities)]
    assert words in str(caught.value)


async def test_a_sample_that_is_cut_off_is_told(clock):
    source = RawSource(BytesSource([bytes(1_601)]), RawFormat("s16le", RATE))
    async with Engine(RecordingOutput(), clock=clock, run=run_inline) as engine:
        utterance = await engine.play(Speech(source))
        with pytest.raises(SourceError, match="it ended in the middle of a sample"):
            await clock.run(utterance.wait_ended())
    assert utterance.media == pytest.approx(0.1)
