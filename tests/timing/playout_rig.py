"""A device that is honest, for tests of what a map makes of its blocks."""

from __future__ import annotations

from dataclasses import dataclass

from streamer.timing import Block, PlayoutMap, Silence

RATE = 48_000
DELAY = 0.020


@dataclass
class Device:
    """Blocks of a device that is honest, told to a map one by one."""

    playout: PlayoutMap
    origin: float = 100.0
    delay: float = DELAY
    frame: int = 0
    ring: int = 0

    def play(self, played, silent=0, reason=Silence.STARVED):
        asked = self.heard_at(self.frame) - self.delay
        said = (self.frame, self.ring, played, silent, asked, self.delay, reason)
        self.frame += played + silent
        self.ring += played
        return self.playout.receive([Block(*said)])

    def silence(self, frames, reason=Silence.STARVED):
        return self.play(0, frames, reason)

    def lose(self, time):
        """Ask once more at *time*, for nothing, and be gone."""
        delay = self.heard_at(self.frame) - time
        self.playout.receive([Block(self.frame, self.ring, 0, 0, time, delay)])
        return self.playout.lose(time)

    def heard_at(self, frame):
        return self.origin + frame / RATE
