"""Samples, and what a source makes of them."""

from __future__ import annotations

from contextlib import aclosing

import numpy as np

from streamer.audio import End, Header, Samples, TimedTexts, WavParser
from streamer.audio.timed_text import joined


def noise(frames: int, channels: int = 1, level: float = 0.5) -> np.ndarray:
    made = np.random.default_rng(1).uniform(-level, level, (frames, channels))
    return made.astype(np.float32)


async def collect(speech, facilities) -> list[bytes]:
    async with aclosing(speech.source.stream(facilities)) as chunks:
        return [chunk async for chunk in chunks]


async def parsed(speech, facilities):
    """Header, timed text, samples and end of what *speech* gives."""
    parser = WavParser()
    for chunk in await collect(speech, facilities):
        parser.receive_data(chunk)
    parser.receive_eof()
    events = parser.events()
    data = b"".join(event.data for event in events if isinstance(event, Samples))
    texts = list(joined([each for each in events if isinstance(each, TimedTexts)]))
    assert isinstance(events[0], Header)
    assert isinstance(events[-1], End)
    assert events[-1].missing_bytes == events[-1].partial_bytes == 0
    return events[0], texts, data
