from __future__ import annotations

import asyncio

import numpy as np
import pytest

from streamer.audio import Encoding, End, Format, Header, Samples, encode, wav_file
from streamer.engine.decoder import Decoder
from streamer.errors import FormatError
from streamer.outputs import OutputFormat
from tests.codecs.making import decode_whole, inline, make

FORMAT = Format(Encoding.PCM_16, 1_000, 1)


async def refuse(function, *args):
    raise AssertionError(f"{function} was to run in a thread")


def test_a_large_chunk_comes_in_slices():
    """A low rate makes much of little; never more than a quarter second at once."""
    decoder = Decoder(run=refuse)
    decoder.open(FORMAT, OutputFormat(48_000, 2))
    sound = np.full((5_000, 1), 0.25, np.float32)
    slices = list(decoder.frames(Samples(encode(sound, Encoding.PCM_16))))
    slices.append(decoder.rest())
    assert max(len(frames) for frames in slices) <= 48_000
    assert sum(len(frames) for frames in slices) == 5 * 48_000
    assert len(slices) > 20


def test_at_the_outputs_own_rate_slices_hold_the_very_samples():
    decoder = Decoder(run=refuse)
    decoder.open(FORMAT, OutputFormat(1_000, 1))
    data = encode(np.linspace(-1, 1, 1_001, dtype=np.float32)[:, None], FORMAT.encoding)
    slices = list(decoder.frames(Samples(data)))
    joined = np.concatenate([*slices, decoder.rest()])
    assert encode(joined, FORMAT.encoding) == data
    assert decoder.hold_back == 0


def test_before_it_is_open_nothing_was_held_back():
    decoder = Decoder(run=refuse)
    assert len(decoder.rest()) == 0
    assert decoder.hold_back == 0


@pytest.mark.parametrize(
    ("quality", "least", "most"), [("LQ", 0, 0.01), ("HQ", 0.01, 0.06)]
)
def test_what_the_resampler_holds_back_is_measured(quality, least, most):
    decoder = Decoder(run=refuse, quality=quality)
    format = Format(Encoding.FLOAT_32, 22_050, 1)
    decoder.open(format, OutputFormat(48_000, 1))
    for _ in range(20):
        list(decoder.frames(Samples(bytes(4 * 441))))
    assert least < decoder.hold_back < most


@pytest.mark.parametrize("step", [1, 5, 1_000])
async def test_a_wav_needs_no_thread_and_no_turn_of_the_loop(step):
    sound = np.linspace(-1, 1, 500, dtype=np.float32)[:, None]
    data = wav_file(FORMAT, encode(sound, FORMAT.encoding))
    decoder = Decoder(run=refuse)
    events = []
    for start in range(0, len(data), step):
        receiving = decoder.receive_data(data[start : start + step])
        with pytest.raises(StopIteration):
            receiving.send(None)
        events += decoder.events()
    await decoder.receive_eof()
    events += decoder.events()
    await decoder.close()
    assert isinstance(events[0], Header)
    assert isinstance(events[-1], End)
    assert b"".join(e.data for e in events[1:-1]) == encode(sound, FORMAT.encoding)
    assert decoder.codec == "wav"


@pytest.mark.parametrize("step", [1, 3, 1_000])
async def test_what_is_compressed_is_told_by_its_bytes(step):
    data = make("mp3")
    decoder = Decoder(run=inline)
    events = []
    for start in range(0, len(data), step):
        await decoder.receive_data(data[start : start + step])
        while found := decoder.events():
            events += found
    await decoder.receive_eof()
    while found := decoder.events():
        events += found
    sound = b"".join(e.data for e in events if isinstance(e, Samples))
    assert sound == decode_whole(data).tobytes()
    assert decoder.codec == "mp3"
    assert events[0] == Header(Format(Encoding.FLOAT_32, 24_000, 1), 14_400)
    assert {"damaged_packets", "unknown_cues"} <= set(decoder.counts())
    await decoder.close()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"no", "it is text: no"),
        (b"\xff\xfb", "it is MP3, which needs a codec"),
        (b'{"success": false, "message": "no"}', "it is JSON"),
        (b"\x89PNG\r\n\x1a\n", "it is a PNG picture"),
    ],
)
@pytest.mark.parametrize("step", [1, 100])
async def test_what_is_no_sound_is_named(data, said, step):
    decoder = Decoder(run=refuse)

    async def receive() -> None:
        for start in range(0, len(data), step):
            await decoder.receive_data(data[start : start + step])
        await decoder.receive_eof()

    with pytest.raises(FormatError, match=said):
        await receive()
    assert decoder.events() == []
    await decoder.close()


async def test_pyav_is_imported_where_the_engine_says():
    """Cancelled meanwhile, there is nothing to close."""
    asked: list[object] = []

    async def run(function, *args):
        asked.append(function)
        await asyncio.Event().wait()

    import sys

    loaded = {
        m: sys.modules.pop(m)
        for m in list(sys.modules)
        if m.startswith("streamer.codecs.")
    }
    try:
        decoder = Decoder(run=run)
        receiving = asyncio.ensure_future(decoder.receive_data(make("mp3")))
        await asyncio.sleep(0)
        receiving.cancel()
        await asyncio.gather(receiving, return_exceptions=True)
        await decoder.close()
        assert len(asked) == 1
    finally:
        sys.modules.update(loaded)
