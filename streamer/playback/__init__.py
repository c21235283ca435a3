"""Ring, renderer and player: decoded frames become blocks for an output."""

from streamer.playback.change import Change, Cutting, Kind
from streamer.playback.options import PlayerOptions
from streamer.playback.player import Player
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import (
    Done,
    NativeCallback,
    Renderer,
    Ring,
    Tally,
    Verb,
)
from streamer.playback.ring import RecordRing, SampleRing

__all__ = [
    "Change",
    "Cutting",
    "Done",
    "Kind",
    "NativeCallback",
    "Player",
    "PlayerOptions",
    "PythonRenderer",
    "RecordRing",
    "Renderer",
    "Ring",
    "SampleRing",
    "Tally",
    "Verb",
]
