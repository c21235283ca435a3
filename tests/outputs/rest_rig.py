"""A device that asks for blocks and rests, by a clock that is told."""

from __future__ import annotations

import ctypes
import importlib
import math

import numpy as np

from streamer.outputs.native import NativeRenderer
from tests.outputs.test_native import Times

RATE = 1_000
FRAMES = 2
BLOCK = FRAMES / RATE
FULL, LEAST = 0.020, 0.006
ROOM = FULL - BLOCK
"""Seconds in hand when there is room for a block, and when it is asked for at once."""
REST = ROOM - (LEAST - BLOCK)
"""What it may wait for then: with the block it has as little as it is to have."""
CALM, LONGEST_CALM = 0.030, 2.0


class Device:
    """Asks for blocks as a device does, by a clock that is told."""

    def __init__(self, full: float = FULL, least: float = LEAST) -> None:
        self.extension = importlib.import_module("streamer.outputs._native")
        self.renderer = NativeRenderer(rate=RATE, channels=1)
        native = self.renderer.native
        self.state = self.extension.ffi.cast("state *", native.userdata)
        native.resting.let(RATE, full, least)
        self.time = 100.0

    def ask(self, delay=ROOM, *, after=BLOCK, waited=None, now=None, flags=0) -> float:
        """Ask for a block, take it, and return for how long there was time for it."""
        self.time += after
        now = self.time if now is None else now
        times = Times(0.0, now, now + delay)
        until = self.extension.lib.streamer_rests_until(
            *(self.state, self.time, after if waited is None else waited),
            self.extension.ffi.cast("pa_times *", ctypes.addressof(times)),
            *(FRAMES, flags),
        )
        self.renderer.render(np.empty((FRAMES, 1), np.float32), self.time, delay)
        return until - self.time

    def calm(self, delay: float = ROOM) -> Device:
        """Let it ask until it may rest."""
        for _ in range(math.ceil(CALM / BLOCK) + 2):
            self.ask(delay)
        return self

    def let_go(self, count: int) -> None:
        self.renderer.ring.write(np.full((count, 1), 0.5, np.float32))
        self.renderer.ring.commit()


class Model(Device):
    """
    A device that plays: it keeps *own* seconds itself and has the rest in hand.

    Attributes:
        dry: Seconds for which it had nothing to play.
    """

    def __init__(self, own: float = 0.0) -> None:
        super().__init__()
        self.own, self.hand = own, 0.0
        self.rested = self.dry = 0.0

    def play(self, count: int) -> None:
        """Let it ask for *count* blocks and rest as it may."""
        for _ in range(count):
            wait = max(0.0, self.hand - ROOM)
            self._pass(wait)
            delay, passed = self.own + self.hand, self.rested + wait + 1e-9
            self.rested = max(0.0, self.ask(delay, after=passed, waited=wait))
            self._pass(self.rested)
            self.hand += BLOCK

    def _pass(self, seconds: float) -> None:
        self.dry += max(0.0, seconds - self.hand)
        self.hand = max(0.0, self.hand - seconds)
