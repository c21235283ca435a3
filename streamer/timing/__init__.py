"""PURE. When a frame is heard: clock, playout map, jitter policy, clock filter."""

from streamer.timing.clock import Clock, to_us
from streamer.timing.jitter import JitterOptions, JitterPolicy
from streamer.timing.playout import Block, Gap, PlayoutMap, Quality, Silence
from streamer.timing.senders import SenderHistory

__all__ = [
    "Block",
    "Clock",
    "Gap",
    "JitterOptions",
    "JitterPolicy",
    "PlayoutMap",
    "Quality",
    "SenderHistory",
    "Silence",
    "to_us",
]
