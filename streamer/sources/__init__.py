"""Bytes in: HTTP, files, standard input."""

from streamer.sources.base import Facilities, Source, Speech
from streamer.sources.http import HttpOptions, HttpPool, HttpRequest, HttpSource
from streamer.sources.local import BytesSource, FileSource, InputSource, read_input

__all__ = [
    "BytesSource",
    "Facilities",
    "FileSource",
    "HttpOptions",
    "HttpPool",
    "HttpRequest",
    "HttpSource",
    "InputSource",
    "Source",
    "Speech",
    "read_input",
]
