"""The only place that joins rooms: engine, streams, utterances."""

from streamer.engine.engine import Engine, EngineOptions
from streamer.engine.heard import Heard, HeardTurn
from streamer.engine.options import StreamOptions
from streamer.engine.report import Report, Resampling, Starvation
from streamer.engine.running import Executor
from streamer.engine.stream import Stream
from streamer.engine.turn import Saying
from streamer.engine.utterance import Outcome, Utterance
from streamer.runner import SystemClock

__all__ = [
    "Engine",
    "EngineOptions",
    "Executor",
    "Heard",
    "HeardTurn",
    "Outcome",
    "Report",
    "Resampling",
    "Saying",
    "Starvation",
    "Stream",
    "StreamOptions",
    "SystemClock",
    "Utterance",
]
