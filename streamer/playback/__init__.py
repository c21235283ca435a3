"""Ring, renderer and player: decoded frames become blocks for an output."""

from streamer.playback.player import Change, Cutting, Player, PlayerOptions
from streamer.playback.renderer import Flush, Flushed, Renderer
from streamer.playback.ring import RecordRing, SampleRing

__all__ = [
    "Change",
    "Cutting",
    "Flush",
    "Flushed",
    "Player",
    "PlayerOptions",
    "RecordRing",
    "Renderer",
    "SampleRing",
]
