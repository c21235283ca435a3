"""
Joins decoded frames, the jitter policy and whoever plays, for one output.

The player lives in the event loop and owns the playout map. An utterance is
written by :meth:`Player.begin`, any number of :meth:`Player.write` and
:meth:`Player.finish`, one utterance at a time; what the device made of it
comes back from :meth:`Player.poll`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from streamer.playback.change import Change, Cutting, Track
from streamer.playback.lookout import Lookout
from streamer.playback.options import PlayerOptions
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import Done, Renderer, Verb
from streamer.playback.ring import RecordRing
from streamer.timing import Clock, JitterPolicy, PlayoutMap, Silence

__all__ = ["Player"]

Frames = npt.NDArray[np.float32]


class Player:
    """
    One output's sound.

    Ring full: :meth:`write` waits, and so does the source behind it. Nothing
    is ever dropped but by :meth:`flush_nowait`, :meth:`skip_nowait` and
    :meth:`drop_nowait`.

    Args:
        options: The output's format and behaviour.
        clock: The engine's clock.
        renderer: Who fills blocks; one in Python of its own where it is None.
    """

    WAIT = 0.005
    """Seconds between looks at a full ring or for a command's answer."""
    TIMEOUT = 1.0
    """Seconds after which a device that takes no command counts as silent."""
    ANSWERS = RecordRing.CAPACITY
    """Answers kept, as many as can come at once; at the bound the oldest is dropped."""

    def __init__(
        self, options: PlayerOptions, clock: Clock, renderer: Renderer | None = None
    ) -> None:
        self.options = options
        self.paused = False
        self._clock = clock
        self.renderer: Renderer = renderer or PythonRenderer(
            rate=options.rate,
            channels=options.channels,
            ring_seconds=options.ring_seconds,
        )
        self._ring = self.renderer.ring
        self.playout = PlayoutMap(
            options.rate,
            fallback_delay=options.fallback_delay,
            window=2.0 if options.paced else 0.0,
            offset=options.offset,
        )
        self._lookout = Lookout(self.playout, self._ring, clock, paced=options.paced)
        self._tracks: deque[Track] = deque()
        self._writing: Track | None = None
        self._flowing = False
        self._stepped = False
        self._lost = False
        self._cuts = 0
        self._flushing = 0  # the ring frame to which the device was told to go
        self._dropping: tuple[int, int] | None = None  # the last that lay ahead
        self._answers: dict[int, Done] = {}

    # -- sound in -------------------------------------------------------------

    def begin(self, utterance: str, policy: JitterPolicy) -> None:
        """Say that the next frames written are *utterance*'s, from its first."""
        assert self._writing is None
        self._writing = Track(utterance, self._ring.written, policy)
        self._tracks.append(self._writing)
        self._flowing = False
        self.playout.begin(utterance, self._ring.written)

    async def write(self, frames: Frames) -> None:
        """
        Write *frames*, shape (frames, channels); waits while the ring is full.

        Whether they may be heard yet is the policy's to say. Cancelled, it
        has written some of them. After a cut of what is being written it
        returns at once.
        """
        while len(frames) and (count := self.write_nowait(frames)) < len(frames):
            frames = frames[count:]
            await self._clock.sleep_until(self._clock.time() + self.WAIT)

    def write_nowait(self, frames: Frames) -> int:
        """Write what fits of *frames*; returns how many are done with, or were cut."""
        track = self._writing
        if track is None:
            return len(frames)
        if self._flowing and self._ring.silence is Silence.STARVED:
            self.collect()
        count = self._ring.write(frames)
        self._let_go(track)
        return count

    def write_through(self, data: bytes) -> bool:
        """Write PCM_16 whole, as it came, where sound flows; returns whether it did."""
        flows = self._flowing and self._writing is not None
        return flows and self._ring.write_through(data)

    def finish(self) -> None:
        """Say that the utterance being written has no more frames."""
        track, self._writing = self._writing, None
        if track is not None:
            track.end = self._ring.written
            self.playout.finish(track.utterance, track.end)
            self._ring.finish()

    async def rest(self, seconds: float, level: float = 0.0) -> None:
        """
        Write silence that belongs to no utterance; between two of them.

        Args:
            seconds: How long.
            level: Of noise in it, full scale is 1.0: a sink that sleeps on
                digital silence is woken by some.
        """
        assert self._writing is None
        cuts, left = self._cuts, round(seconds * self.options.rate)
        # Made only where it is wanted: numpy imports its generators at first use.
        noise = np.random.default_rng(0) if level else None
        while left > 0 and self._cuts == cuts:
            shape = (min(left, self.options.rate // 10 + 1), self.options.channels)
            piece = np.zeros(shape, np.float32)
            if noise is not None:
                piece += noise.uniform(-level, level, shape).astype(np.float32)
            left -= self._ring.write(piece)
            self._ring.finish()
            if left > 0 and not self._ring.space:
                await self._clock.sleep_until(self._clock.time() + self.WAIT)

    def _let_go(self, track: Track) -> None:
        dry = self.playout.ring_next == self._ring.committed
        if dry and self._flowing and self._is_starved(track):
            self._flowing = False
            track.policy.receive_starvation(self._clock.time())
        if not self._flowing:
            self._flowing = self._may_flow(track)
        if self._flowing:
            self._ring.commit()

    def _may_flow(self, track: Track) -> bool:
        """Whether what is held of *track*, if anything is, may be let go."""
        if not self.holds_back:
            return False
        held = (self._ring.written - self._ring.committed) / self.options.rate
        # A ring that is full of held sound can't wait for more.
        full = self._ring.space == 0 and self._ring.readable == 0
        certain, time = full or not self.options.paced, self._clock.time()
        return certain or track.policy.may_start(held, time=time, complete=False)

    def _is_starved(self, track: Track) -> bool:
        """Whether the device, which has taken all, has run out within *track*."""
        return (
            self.options.paced
            and self.playout.silence == Silence.STARVED
            and track.start < self.playout.ring_next
        )

    # -- what became of it ----------------------------------------------------

    def poll(self) -> list[Change]:
        """
        Return what happened at the device since the last call, in order.

        Held sound whose time has come is let go.
        """
        self.collect()
        if self._writing is not None and not self._flowing:
            self._let_go(self._writing)
        changes: list[Change] = []
        if self._stepped:
            self._stepped = False
            changes += self._lookout.after_step(self._tracks)
        for track in list(self._tracks):
            changes += self._lookout.look_at(track)
            if track is self._tracks[0]:
                ended = self._lookout.look_at_end(track)
                if ended:
                    self._tracks.popleft()
                changes += ended
        return changes

    @property
    def holds_back(self) -> bool:
        """Whether frames are written that were not let go."""
        return self._ring.written > self._ring.committed

    @property
    def ahead(self) -> float:
        """Seconds that were let go, are not cut, and were not taken by the device."""
        position = max(self._ring.read_position, self._flushing)
        frames = max(0, self._ring.committed - position)
        if self._dropping and position <= self._dropping[0]:
            frames -= self._dropping[1] - self._dropping[0]
        return frames / self.options.rate

    def statistics(self) -> dict[str, int]:
        """Return counts for reports."""
        tally = self.renderer.tally()
        return {
            "record_overruns": tally.overruns,
            "clock_steps": self.playout.step_count,
            "underflows": tally.underflows,
        }

    def collect(self) -> None:
        """
        Take in what the device did by now.

        Call it before asking :attr:`playout` what is heard at this moment; what
        it finds is told by the next :meth:`poll`.
        """
        blocks, done = self.renderer.take()
        for answer in done:
            self._answers[answer.id] = answer
            if len(self._answers) > self.ANSWERS:
                del self._answers[next(iter(self._answers))]
        if blocks:
            self._lost = False
            self._stepped |= self.playout.receive(blocks)

    # -- verbs ----------------------------------------------------------------

    def pause_nowait(self) -> int:
        """Fade out and stand still; returns an id for :meth:`wait_done`."""
        self.paused = True
        return self.renderer.send_nowait(Verb.PAUSE)

    def resume_nowait(self) -> int:
        """Go on after a pause, fading in; returns an id for :meth:`wait_done`."""
        self.paused = False
        return self.renderer.send_nowait(Verb.RESUME)

    def set_gain_nowait(self, gain: float) -> int:
        """Ramp to *gain*, a factor of at least 0; returns an id."""
        return self.renderer.send_nowait(Verb.GAIN, value=gain)

    def mute_nowait(self, muted: bool) -> int:  # noqa: FBT001 - it is the argument
        """Let sound go on unheard, or heard again; returns an id."""
        return self.renderer.send_nowait(Verb.MUTE if muted else Verb.UNMUTE)

    async def wait_done(self, id: int) -> Done | None:
        """
        Return what the device made of a command.

        None where it is lost, or took none for :data:`TIMEOUT` seconds.
        """
        deadline = self._clock.time() + self.TIMEOUT
        while True:
            self.collect()
            if (answer := self._answers.pop(id, None)) is not None:
                return answer
            if self._lost or self._clock.time() >= deadline:
                return None
            await self._clock.sleep_until(self._clock.time() + self.WAIT)

    # -- stopping -------------------------------------------------------------

    def flush_nowait(self) -> Cutting:
        """
        Fade out at once and drop all that is written; lifts a pause.

        Hand what it returns to :meth:`wait_flushed`. What is begun from now on
        is not cut.
        """
        tracks = self.abandon()
        return self._send_flush(self._ring.committed, tracks)

    def skip_nowait(self) -> Cutting:
        """
        Fade out at once the utterance being heard; lifts a pause.

        The next one follows at once, as far as it is written.
        """
        if not self._tracks:
            return self._send_flush(self._ring.read_position, ())
        track = self._tracks.popleft()
        if track is self._writing:
            self._stop_writing()
        until = self._ring.committed if track.end is None else track.end
        return self._send_flush(until, (track,))

    def drop_nowait(self, utterances: Collection[str]) -> Cutting | None:
        """
        Never play *utterances*, which wait behind the one being heard.

        None: they don't follow one another, nor what is to be dropped already;
        nothing was changed.
        """
        if not (found := [t for t in self._tracks if t.utterance in utterances]):
            return None
        first, last = found[0], found[-1]
        between = [t for t in self._tracks if first.start <= t.start <= last.start]
        left, position = self._dropping, self._ring.read_position
        apart = left is not None and position <= left[0] and left[1] != first.start
        if between != found or apart or first.start <= position:
            return None
        if last is self._writing:
            self._stop_writing()
        until = self._ring.committed if last.end is None else last.end
        for track in found:
            self._tracks.remove(track)
        start = first.start if left is None or position > left[0] else left[0]
        self._dropping = (start, until)
        return self._send_flush(until, tuple(found), start=first.start)

    async def wait_flushed(self, cutting: Cutting) -> list[Change]:
        """
        Return what was cut, once the device has taken the flush.

        Each utterance begun and not heard out is answered by an ``ended``
        change whose frame is the last that will have been heard (0 where
        nothing was).
        """
        done = await self.wait_done(cutting.id)
        if done is None:
            stop, time = self.playout.ring_next, cutting.asked
        else:
            stop, time = done.ring_frame, self._time_of(done.device_frame)
        start = cutting.start if stop <= cutting.start else None
        self.playout.discard(cutting.until, start=start)
        return [self._cut(track, stop, time) for track in cutting.tracks]

    def abandon(self) -> tuple[Track, ...]:
        """
        Forget every utterance, written or being written; returns them.

        Frames that were let go stay in the ring: for :meth:`flush_nowait`,
        and for a device that takes no more of them.
        """
        tracks = tuple(self._tracks)
        self._tracks.clear()
        self._stop_writing()
        return tracks

    def lose(self, time: float) -> list[Change]:
        """
        Say that the device is gone; sound will go on from what is heard by *time*.

        Only when the device pulls no more, and before another one does.
        """
        self.collect()
        self._lost = True
        position = self._ring.rewind(self.playout.lose(time))
        self.playout.discard(position)
        changes = []
        for track in self._tracks:
            track.gaps = len(self.playout.gaps(track.utterance))
            begun = track.start < position
            if begun and (track.end is None or position < track.end):
                track.still = True
                frame = position - track.start
                changes.append(Change("lost", track.utterance, frame, time))
        return changes

    def _stop_writing(self) -> None:
        self._writing = None
        self._flowing = False
        self._cuts += 1
        self._ring.drop_held()

    def _send_flush(
        self, until: int, tracks: tuple[Track, ...], *, start: int = 0
    ) -> Cutting:
        id = self.renderer.send_nowait(Verb.FLUSH, value=start, until=until)
        if start == 0:
            self._flushing = max(self._flushing, until)
            if self.paused:
                self.resume_nowait()
        return Cutting(id, until, start, self._clock.time(), tracks)

    def _time_of(self, device_frame: int) -> float:
        known = self.playout.device_frames > 0
        return self.playout.time_of(device_frame) if known else self._clock.time()

    def _cut(self, track: Track, stop: int, time: float) -> Change:
        end = math.inf if track.end is None else track.end - track.start
        frame = int(min(max(0, stop - track.start), end))
        return Change("ended", track.utterance, frame, time)
