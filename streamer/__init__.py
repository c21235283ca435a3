"""
Real-time speech playback and lip-sync.

Speech is heard from its first bytes, and every mouth that listens moves with
the sound that is heard. Start with :class:`Engine`.
"""

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
