"""
Bytes in: HTTP, files, standard input, one's own audio.

:func:`streamer.pcm`, which makes a speech of arrays, is in ``sources.pcm``.
"""

from streamer.sources.base import Facilities, Source, Speech, travels
from streamer.sources.http import HttpOptions, HttpPool, HttpRequest, HttpSource
from streamer.sources.local import BytesSource, FileSource, InputSource, read_input
from streamer.sources.pcm import PcmSource
from streamer.sources.raw import RAW_ENCODINGS, RawFormat, RawSource

__all__ = [
    "RAW_ENCODINGS",
    "BytesSource",
    "Facilities",
    "FileSource",
    "HttpOptions",
    "HttpPool",
    "HttpRequest",
    "HttpSource",
    "InputSource",
    "PcmSource",
    "RawFormat",
    "RawSource",
    "Source",
    "Speech",
    "read_input",
    "travels",
]
