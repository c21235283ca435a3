"""
Real-time speech playback and lip-sync.

Speech is heard from its first bytes, and every mouth that listens moves with
the sound that is heard. Start with :class:`Engine`.

Names are loaded when they are first used: importing streamer costs nothing,
and the command can answer ``--help`` and Ctrl-C before numpy and aiohttp are in.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamer.engine import (
        Engine,
        EngineOptions,
        Heard,
        Outcome,
        Report,
        Saying,
        Stream,
        StreamOptions,
        Utterance,
    )
    from streamer.engine.serving import serve
    from streamer.errors import StreamerError
    from streamer.lipsync import Cue, Mark
    from streamer.outputs import DeviceOutput, NullOutput, WavOutput
    from streamer.providers import EspeakVoice, ResembleVoice, espeak, resemble
    from streamer.sources import (
        FileSource,
        HttpOptions,
        HttpRequest,
        HttpSource,
        InputSource,
        Speech,
    )

__version__ = "0.1.0"

__all__ = [
    "Cue",
    "DeviceOutput",
    "Engine",
    "EngineOptions",
    "EspeakVoice",
    "FileSource",
    "Heard",
    "HttpOptions",
    "HttpRequest",
    "HttpSource",
    "InputSource",
    "Mark",
    "NullOutput",
    "Outcome",
    "Report",
    "ResembleVoice",
    "Saying",
    "Speech",
    "Stream",
    "StreamOptions",
    "StreamerError",
    "Utterance",
    "WavOutput",
    "espeak",
    "resemble",
    "serve",
]

_HOMES = {
    "streamer.engine": "Engine EngineOptions Heard Outcome Report Saying Stream "
    "StreamOptions Utterance",
    "streamer.engine.serving": "serve",
    "streamer.errors": "StreamerError",
    "streamer.lipsync": "Cue Mark",
    "streamer.outputs": "DeviceOutput NullOutput WavOutput",
    "streamer.providers": "EspeakVoice ResembleVoice espeak resemble",
    "streamer.sources": "FileSource HttpOptions HttpRequest HttpSource InputSource "
    "Speech",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'streamer' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
