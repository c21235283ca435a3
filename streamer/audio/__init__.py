"""
PURE. Bytes become sound: formats, the WAV parser and writer, PCM, resampling.

Bytes go into a :class:`WavParser` as they come; out come the format, the timed
text and samples as they were written, which :func:`decode` makes ``float32``.
:func:`wav_header` and :func:`encode` are the way back. :class:`Converter` goes
from a stream's rate and channels to an output's.
"""

from __future__ import annotations

from streamer.audio.format import (
    Encoding,
    End,
    Event,
    Format,
    Header,
    Samples,
    TimedText,
    TimedTexts,
)
from streamer.audio.pcm import Buffer, Float32, decode, decoder_of, encode
from streamer.audio.resample import Converter, match_channels
from streamer.audio.wav import WavParser, WavStatistics
from streamer.audio.wav_writer import wav_file, wav_header

__all__ = [
    "Buffer",
    "Converter",
    "Encoding",
    "End",
    "Event",
    "Float32",
    "Format",
    "Header",
    "Samples",
    "TimedText",
    "TimedTexts",
    "WavParser",
    "WavStatistics",
    "decode",
    "decoder_of",
    "encode",
    "match_channels",
    "wav_file",
    "wav_header",
]
