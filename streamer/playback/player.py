"""
Joins decoded frames, the jitter policy and whoever plays, for one output.

The player owns the ring and the playout map and lives in the event loop. An
utterance is written by :meth:`Player.begin`, any number of
:meth:`Player.write` and :meth:`Player.finish`, one utterance at a time; what
the device made of it comes back from :meth:`Player.poll`.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from streamer.playback.renderer import Flush, Flushed, Renderer
from streamer.playback.ring import SampleRing
from streamer.timing import Clock, JitterPolicy, PlayoutMap

__all__ = ["Change", "Cutting", "Player", "PlayerOptions"]

Frames = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PlayerOptions:
    """What a player needs to know of its output."""

    rate: int
    """The output's frames a second."""
    channels: int
    """The output's samples a frame."""
    paced: bool = True
    """False where the output takes frames as fast as they come (a file)."""
    fallback_delay: float = 0.0
    """Seconds until a block is heard, where the device does not say."""
    ring_seconds: float = 4.0
    """Sound that the ring holds; when it is full the source has to wait."""
    fade: float = 0.005
    """Seconds of the ramp that ends interrupted sound."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an utterance at the device."""

    kind: Literal["due", "started", "starved", "resumed", "stepped", "ended"]
    """``due``: it stands behind the one before and will start at :attr:`time`."""
    utterance: str
    """Which one."""
    frame: int
    """Where in it, in device frames."""
    time: float
    """When that is heard, in seconds of the clock."""


@dataclass(slots=True)
class _Track:
    """An utterance between its first frame written and its last one heard."""

    utterance: str
    start: int
    policy: JitterPolicy
    end: int | None = None
    due: bool = False
    started: bool = False
    starved: bool = False
    gaps: int = 0


@dataclass(frozen=True, slots=True)
class Cutting:
    """A flush that the device has not answered yet."""

    command: Flush
    """What the device was told."""
    tracks: tuple[_Track, ...]
    """What it cuts."""


class Player:
    """
    One output's sound.

    Ring full: :meth:`write` waits, and so does the source behind it. Nothing
    is ever dropped but by :meth:`flush_nowait`.

    Args:
        options: The output's format and behaviour.
        clock: The engine's clock.
    """

    WAIT = 0.005
    """Seconds between looks at a full ring or for a command's answer."""
    FLUSH_TIMEOUT = 1.0
    """Seconds after which a device that takes no command counts as silent."""

    def __init__(self, options: PlayerOptions, clock: Clock) -> None:
        self.options = options
        self._clock = clock
        capacity = round(options.rate * options.ring_seconds)
        self._ring = SampleRing(capacity, options.channels)
        fade_frames = max(1, round(options.rate * options.fade))
        self.renderer = Renderer(self._ring, fade_frames=fade_frames)
        self.playout = PlayoutMap(
            options.rate,
            fallback_delay=options.fallback_delay,
            window=2.0 if options.paced else 0.0,
        )
        self._tracks: deque[_Track] = deque()
        self._writing: _Track | None = None
        self._flowing = False
        self._stepped = False
        self._flushed: deque[Flushed] = deque(maxlen=Renderer.COMMANDS)

    # -- sound in -------------------------------------------------------------

    def begin(self, utterance: str, policy: JitterPolicy) -> None:
        """Say that the next frames written are *utterance*'s, from its first."""
        assert self._writing is None
        self._writing = _Track(utterance, self._ring.written, policy)
        self._tracks.append(self._writing)
        self._flowing = False
        self.playout.begin(utterance, self._ring.written)

    async def write(self, frames: Frames) -> None:
        """
        Write *frames*, shape (frames, channels); waits while the ring is full.

        Whether they may be heard yet is the policy's to say. Cancelled, it
        has written some of them. After :meth:`flush_nowait` it returns at once.
        """
        track = self._writing
        while track is not None and len(frames):
            self._collect()
            frames = frames[self._ring.write(frames) :]
            self._let_go(track)
            if len(frames):
                await self._clock.sleep_until(self._clock.time() + self.WAIT)
            track = self._writing

    def finish(self) -> None:
        """Say that the utterance being written has no more frames."""
        track, self._writing = self._writing, None
        if track is not None:
            track.end = self._ring.written
            self.playout.finish(track.utterance, track.end)
            self._ring.commit()

    def _let_go(self, track: _Track) -> None:
        if self._flowing and self._is_starved(track):
            self._flowing = False
            track.policy.receive_starvation()
        held = (self._ring.written - self._ring.committed) / self.options.rate
        if not self._flowing:
            # A ring that is full of held sound can't wait for more.
            full = self._ring.space == 0 and self._ring.readable == 0
            certain = full or not self.options.paced
            self._flowing = certain or track.policy.may_start(held, complete=False)
        if self._flowing:
            self._ring.commit()

    def _is_starved(self, track: _Track) -> bool:
        """Whether the device has run out of *track* in its middle."""
        position = self.playout.ring_next
        return (
            self.options.paced
            and self.playout.silent
            and track.start < position
            and position == self._ring.committed
        )

    # -- what became of it ----------------------------------------------------

    def poll(self) -> list[Change]:
        """Return what happened at the device since the last call, in order."""
        self._collect()
        changes: list[Change] = []
        if self._stepped:
            self._stepped = False
            changes += self._after_step()
        for track in list(self._tracks):
            changes += self._look_at(track)
        return changes

    def statistics(self) -> dict[str, int]:
        """Return counts for reports: lost records and steps of the line."""
        return {
            "record_overruns": self.renderer.records.overruns,
            "clock_steps": self.playout.step_count,
        }

    def _collect(self) -> None:
        blocks = self.renderer.records.take()
        self._stepped |= self.playout.receive(blocks)

    def _after_step(self) -> list[Change]:
        changes = []
        for track in self._tracks:
            frame = max(0, self.playout.ring_next - track.start)
            if track.end is not None:
                frame = min(frame, track.end - track.start)
            time = self.playout.when(track.utterance, frame)
            if time is not None and (track.started or track.due):
                changes.append(Change("stepped", track.utterance, frame, time))
        return changes

    def _look_at(self, track: _Track) -> list[Change]:
        changes = self._look_at_start(track)
        if track.started:
            changes += self._look_at_gaps(track)
        changes += self._look_at_end(track)
        return changes

    def _look_at_start(self, track: _Track) -> list[Change]:
        if track.started:
            return []
        time = self.playout.when(track.utterance, 0)
        if self.playout.ring_next > track.start and time is not None:
            track.started = True
            return [Change("started", track.utterance, 0, time)]
        if not track.due and time is not None and self._ring.committed > track.start:
            track.due = True
            return [Change("due", track.utterance, 0, time)]
        return []

    def _look_at_gaps(self, track: _Track) -> list[Change]:
        position = self.playout.ring_next
        gaps = self.playout.gaps(track.utterance)
        changes = []
        if len(gaps) > track.gaps:
            track.gaps, track.starved = len(gaps), False
            frame = gaps[-1].frame
            time = self.playout.when(track.utterance, frame)
            if time is not None:
                changes.append(Change("resumed", track.utterance, frame, time))
        inside = track.end is None or position < track.end
        if inside and self.playout.silent and not track.starved:
            track.starved = True
            frame = position - track.start
            time = self.playout.until(track.utterance, frame)
            if time is not None:
                changes.append(Change("starved", track.utterance, frame, time))
        return changes

    def _look_at_end(self, track: _Track) -> list[Change]:
        if track.end is None or self.playout.ring_next < track.end:
            return []
        if track is not self._tracks[0]:
            return []
        frame = track.end - track.start
        time = self.playout.until(track.utterance, frame)
        if time is None or not self.options.paced:
            # It had no frames and ends where it stands, or heard means written.
            time = self._clock.time()
        if self.options.paced and time > self._clock.time():
            return []
        self._tracks.popleft()
        return [Change("ended", track.utterance, frame, time)]

    # -- stopping -------------------------------------------------------------

    def flush_nowait(self) -> Cutting:
        """
        Fade out at once and drop all that is written.

        Hand what it returns to :meth:`wait_flushed`. What is begun from now on
        is not cut.
        """
        tracks = self.abandon()
        return Cutting(self.renderer.flush_nowait(self._ring.committed), tracks)

    async def wait_flushed(self, cutting: Cutting) -> list[Change]:
        """
        Return what was cut, once the device has taken the flush.

        Each utterance begun and not heard out is answered by an ``ended``
        change whose frame is the last that will have been heard (0 where
        nothing was).
        """
        command, tracks = cutting.command, cutting.tracks
        flushed = await self._wait_answer(command)
        self._collect()
        if flushed is None:
            stop, time = self.playout.ring_next, self._clock.time()
        else:
            stop, time = flushed.ring_frame, self._time_of(flushed.device_frame)
        self.playout.discard(command.until)
        return [self._cut(track, stop, time) for track in tracks]

    def abandon(self) -> tuple[_Track, ...]:
        """
        Forget every utterance, written or being written; returns them.

        Frames that were let go stay in the ring: for :meth:`flush_nowait`,
        and for a device that takes no more of them.
        """
        tracks = tuple(self._tracks)
        self._tracks.clear()
        self._writing = None
        self._ring.drop_held()
        return tracks

    def _time_of(self, device_frame: int) -> float:
        known = self.playout.device_frames > 0
        return self.playout.time_of(device_frame) if known else self._clock.time()

    def _cut(self, track: _Track, stop: int, time: float) -> Change:
        end = math.inf if track.end is None else track.end - track.start
        frame = int(min(max(0, stop - track.start), end))
        return Change("ended", track.utterance, frame, time)

    async def _wait_answer(self, command: Flush) -> Flushed | None:
        deadline = self._clock.time() + self.FLUSH_TIMEOUT
        while self._clock.time() < deadline:
            self._flushed += self.renderer.take_answers()
            for answer in self._flushed:
                if answer.command is command:
                    self._flushed.remove(answer)
                    return answer
            await self._clock.sleep_until(self._clock.time() + self.WAIT)
        return None
