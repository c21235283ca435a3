from __future__ import annotations

import numpy as np

from streamer.audio import Encoding, Format, Samples, encode
from streamer.engine.decoder import Decoder
from streamer.outputs import OutputFormat

FORMAT = Format(Encoding.PCM_16, 1_000, 1)


def test_a_large_chunk_comes_in_slices():
    """A low rate makes much of little; never more than a quarter second at once."""
    decoder = Decoder()
    decoder.open(FORMAT, OutputFormat(48_000, 2))
    sound = np.full((5_000, 1), 0.25, np.float32)
    slices = list(decoder.frames(Samples(encode(sound, Encoding.PCM_16))))
    slices.append(decoder.rest())
    assert max(len(frames) for frames in slices) <= 48_000
    assert sum(len(frames) for frames in slices) == 5 * 48_000
    assert len(slices) > 20


def test_at_the_outputs_own_rate_slices_hold_the_very_samples():
    decoder = Decoder()
    decoder.open(FORMAT, OutputFormat(1_000, 1))
    data = encode(np.linspace(-1, 1, 1_001, dtype=np.float32)[:, None], FORMAT.encoding)
    slices = list(decoder.frames(Samples(data)))
    joined = np.concatenate([*slices, decoder.rest()])
    assert encode(joined, FORMAT.encoding) == data


def test_before_it_is_open_nothing_was_held_back():
    assert len(Decoder().rest()) == 0
