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
    from streamer.events.options import ServerOptions
    from streamer.lipsync import Cue, Mark
    from streamer.outputs import DeviceOutput, NullOutput, WavOutput
    from streamer.providers import (
        Account,
        EspeakVoice,
        ResembleVoice,
        espeak,
        resemble,
    )
    from streamer.sources import (
        FileSource,
        HttpOptions,
        HttpRequest,
        HttpSource,
        Speech,
    )
    from streamer.sources.pcm import pcm
    from streamer.timing import JitterOptions
    from streamer.worker import EngineProcess

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Cue",
    "DeviceOutput",
    "Engine",
    "EngineOptions",
    "EngineProcess",
    "EspeakVoice",
    "FileSource",
    "Heard",
    "HttpOptions",
    "HttpRequest",
    "HttpSource",
    "JitterOptions",
    "Mark",
    "NullOutput",
    "Outcome",
    "Report",
    "ResembleVoice",
    "Saying",
    "ServerOptions",
    "Speech",
    "Stream",
    "StreamOptions",
    "StreamerError",
    "Utterance",
    "WavOutput",
    "espeak",
    "pcm",
    "resemble",
    "serve",
]

_HOMES = {
    "streamer.engine": "Engine EngineOptions Heard Outcome Report Saying Stream "
    "StreamOptions Utterance",
    "streamer.engine.serving": "serve",
    "streamer.errors": "StreamerError",
    "streamer.events.options": "ServerOptions",
    "streamer.lipsync": "Cue Mark",
    "streamer.outputs": "DeviceOutput NullOutput WavOutput",
    "streamer.providers": "Account EspeakVoice ResembleVoice espeak resemble",
    "streamer.sources": "FileSource HttpOptions HttpRequest HttpSource Speech",
    "streamer.sources.pcm": "pcm",
    "streamer.timing": "JitterOptions",
    "streamer.worker": "EngineProcess",
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
