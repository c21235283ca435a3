"""The only place that joins rooms: engine, streams, utterances."""

from streamer.engine.engine import Engine, EngineOptions
from streamer.engine.report import Report, Starvation
from streamer.engine.running import Executor
from streamer.engine.stream import Stream, StreamOptions
from streamer.engine.turn import Saying
from streamer.engine.utterance import Heard, Outcome, Utterance
from streamer.runner import SystemClock

__all__ = [
    "Engine",
    "EngineOptions",
    "Executor",
    "Heard",
    "Outcome",
    "Report",
    "Saying",
    "Starvation",
    "Stream",
    "StreamOptions",
    "SystemClock",
    "Utterance",
]
