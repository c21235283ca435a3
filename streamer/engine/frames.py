"""Frames of an avatar's weights, from the mouths of an engine's utterances."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import numpy as np

from streamer.engine.stream import Stream
from streamer.lipsync.rigs import Rig

__all__ = ["EngineFrames"]


class EngineFrames:
    """
    Shows the utterances' mouths on rigs, whenever somebody asks.

    Args:
        streams: The streams by name.
        rigs: What mouths are shown on, by name.
    """

    def __init__(self, streams: Mapping[str, Stream], rigs: Mapping[str, Rig]) -> None:
        self._streams = streams
        self._rigs = rigs

    def frames(
        self,
        stream: str,
        utterance: str,
        rig: str,
        fps: int,
        start_us: int,
        until_us: int,
    ) -> tuple[int, list[list[float]]] | None:
        """Return what is final between two times; see :class:`FrameSource`."""
        there = self._streams.get(stream)
        found = None if there is None else there.queue.find(utterance)
        if found is None or found.mouth_track is None:
            return None
        until = min(until_us, found.mouthing.settled * 1_000_000)
        first = round(start_us * fps / 1_000_000)
        count = ceil(until * fps / 1_000_000) - first
        if count <= 0:
            return None
        times = np.arange(first, first + count) / fps
        weights = self._rigs[rig].project(found.mouth_track.sample(times))
        return start_us, weights.tolist()
