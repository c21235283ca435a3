"""
A renderer in Python: what runs when a device asks for a block.

``streamer/outputs/_callback.c`` is the same in C, rule for rule and sample for
sample; this one serves where that could not be built, and tests hold them
together. It takes no lock, makes no task and raises nothing.

A block is *media* from the ring, then silence. On its way media passes, in
this order: the rise after an interruption, the fall that a PAUSE or FLUSH
asked for, the tail of a starvation that is added to it, and the gain.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streamer.playback.ramp import falling_ramp, ramp_frames
from streamer.playback.rendering import Done, NativeCallback, Tally, Verb
from streamer.playback.ring import Command, CommandQueue, RecordRing, SampleRing
from streamer.timing import Block, Silence

__all__ = ["PythonRenderer"]

Frames = npt.NDArray[np.float32]

OUTPUT_UNDERFLOW = 4
"""PortAudio's ``paOutputUnderflow``."""


@dataclass(slots=True)
class _Fall:
    """A PAUSE or FLUSH whose ramp runs."""

    command: Command
    at: int = 0
    dry: bool = False
    device_frame: int = 0


class PythonRenderer:
    """
    Fills blocks from a ring and records what it did.

    Called by one consumer only (the audio thread, or a paced output's task).

    Args:
        rate: Frames a second.
        channels: Samples a frame.
        ring_seconds: Sound that can wait to be played.
        history: Seconds of what was played that stay, for ``rewind``.
        fade: Seconds of the ramps of pause, flush, starvation and refill.
        gain_ramp: Seconds of the ramps of gain and mute.
    """

    COMMANDS = 64
    """Commands that may wait for a block; more wait in the queue before."""

    def __init__(
        self,
        *,
        rate: int,
        channels: int,
        ring_seconds: float = 4.0,
        history: float = 0.5,
        fade: float = 0.005,
        gain_ramp: float = 0.010,
    ) -> None:
        self._ring = SampleRing(
            max(1, round(rate * ring_seconds)), channels, history=round(rate * history)
        )
        self.records = RecordRing()
        self._queue = CommandQueue(self._push)
        self._commands: deque[Command] = deque()
        self._ramp = falling_ramp(ramp_frames(rate, fade))[:, np.newaxis]
        self._gain_frames = ramp_frames(rate, gain_ramp)
        self._blocks = self._starved_frames = self._underflows = 0
        self._device_frame = 0
        self._rewinds = self._position = 0
        self._sounding = self._paused = False
        self._fresh = True
        self._rest = 0
        self._drop = (0, 0)
        self._rise = self._tail = len(self._ramp)
        self._fall: _Fall | None = None
        self._hold: Frames = np.zeros(channels, np.float32)
        self._last: Frames = np.zeros(channels, np.float32)
        self._tail_frame: Frames = np.zeros(channels, np.float32)
        self._gain, self._muted = 1.0, False
        self._gain_from = self._gain_to = np.float32(1.0)
        self._gain_at = self._gain_frames

    @property
    def ring(self) -> SampleRing:
        """Where its frames come from."""
        return self._ring

    @property
    def native(self) -> NativeCallback | None:
        """None: it is Python."""
        return None

    @property
    def commanded(self) -> bool:
        """Whether the next block has a command to carry out, or to end."""
        return bool(self._commands) or self._fall is not None

    @property
    def fade_frames(self) -> int:
        """Length of the ramp of pause, flush, starvation and refill."""
        return len(self._ramp)

    def send_nowait(self, verb: Verb, *, value: float = 0.0, until: int = 0) -> int:
        """Tell it something; returns the id that its :class:`Done` will have."""
        return self._queue.send(verb, value=value, until=until)

    def take(self) -> tuple[list[Block], list[Done]]:
        """Return what it did since the last call, each oldest first."""
        blocks, dones = self.records.take()
        self._queue.hand_on()
        return blocks, [answer for done in dones for answer in self._queue.answer(done)]

    def tally(self) -> Tally:
        """Return what it has counted."""
        return Tally(
            blocks=self._blocks,
            starved_frames=self._starved_frames,
            overruns=self.records.overruns,
            underflows=self._underflows,
        )

    def render(self, out: Frames, time: float, delay: float, flags: int = 0) -> None:
        """
        Fill *out*, shape (frames, channels), and record it.

        Args:
            out: The device's block; every frame of it is written.
            time: When the device asked, in seconds of the engine's clock.
            delay: Seconds until the block's first frame is heard; NaN: unknown.
            flags: What PortAudio says; bit 2 is an output underflow.
        """
        if self._rewinds != self._ring.rewinds:
            self._start_anew()
        while self._commands and self._fall is None:
            self._obey(self._commands.popleft())
        if self._is_drop_ahead() and self._ring.read_position == self._drop[0]:
            self._skip(self._drop[1])
            self._drop = (0, 0)
        ring_frame = self._ring.read_position
        played, reason = self._fill(out)
        if len(out):
            self._last = out[-1].copy()
        self._apply_gain(out)
        silent = len(out) - played
        reason = reason if silent else Silence.NONE
        self._blocks += 1
        self._underflows += bool(flags & OUTPUT_UNDERFLOW)
        if reason is Silence.STARVED:
            self._starved_frames += silent
        block = Block(
            device_frame=self._device_frame,
            ring_frame=ring_frame,
            played=played,
            silent=silent,
            time=time,
            delay=delay,
            reason=int(reason),
            flags=flags,
        )
        self.records.append(block)
        self._ring.silence = reason
        self._device_frame += len(out)
        self._position = self._ring.read_position

    # -- commands -------------------------------------------------------------

    def _push(self, command: Command) -> bool:
        if len(self._commands) >= self.COMMANDS:
            return False
        self._commands.append(command)
        return True

    def _obey(self, command: Command) -> None:
        """Carry out *command*, or begin the fall at whose end it is done."""
        if command.verb is Verb.PAUSE:
            self._pause(command)
            return
        if command.verb is Verb.FLUSH:
            self._flush(command)
            return
        if command.verb is Verb.RESUME:
            self._paused = False
        else:
            self._set_gain(command)
        self._answer(command, self._ring.read_position)

    def _answer(self, command: Command, position: int) -> None:
        done = Done(command.id, command.verb, position, self._device_frame)
        self.records.append(done)

    def _is_drop_ahead(self) -> bool:
        """Whether frames that are not to be played are still to come."""
        start, stop = self._drop
        return start < stop and self._ring.read_position <= start

    def _readable(self) -> int:
        """How many frames can be played, up to any that are not to be."""
        if self._is_drop_ahead():
            ahead = self._drop[0] - self._ring.read_position
            return min(self._ring.readable, ahead)
        return self._ring.readable

    def _is_end(self) -> bool:
        """Whether what was played last was the last of something."""
        position = self._ring.read_position
        if self._is_drop_ahead() and position == self._drop[0]:
            return True
        return position == self._rest or position in self._ring.ends

    def _pause(self, command: Command) -> None:
        if self._sounding and (self._readable() or not self._is_end()):
            self._fall = _Fall(command)
            return
        self._fresh |= self._sounding
        self._paused, self._sounding = True, False
        self._answer(command, self._ring.read_position)

    def _flush(self, command: Command) -> None:
        ring = self._ring
        if command.value > 0 and command.value >= ring.read_position:
            self._drop_later(int(command.value), command)
            return
        ahead = command.until - ring.read_position
        # Nothing of it is left: what is behind it goes on untouched.
        over = ahead == 0 and (self._readable() or self._is_end())
        if self._sounding and ahead >= 0 and not over:
            self._fall = _Fall(command)
            return
        position = ring.read_position
        if ahead >= 0:
            self._skip(command.until)
        self._answer(command, position)

    def _drop_later(self, start: int, command: Command) -> None:
        """What is dropped lies ahead, behind an end: nothing has to fade."""
        follows = self._is_drop_ahead() and self._drop[1] == start
        self._drop = (self._drop[0] if follows else start, command.until)
        self._answer(command, start)

    def _skip(self, until: int) -> None:
        self._ring.skip_to(until)
        self._rest = self._ring.read_position
        self._fresh = True

    def _set_gain(self, command: Command) -> None:
        if command.verb is Verb.GAIN:
            self._gain = command.value
        else:
            self._muted = command.verb is Verb.MUTE
        self._gain_from = self._gain_of(self._gain_at)
        self._gain_to = np.float32(0.0 if self._muted else self._gain)
        if self._device_frame == 0:  # before it there is nothing to ramp from
            self._gain_from = self._gain_to
        self._gain_at = 0 if self._gain_from != self._gain_to else self._gain_frames

    def _start_anew(self) -> None:
        """The ring was rewound: what sounded was cut by the loss of the device."""
        self._rewinds = self._ring.rewinds
        moved = self._ring.read_position != self._position
        untouched = self._fresh and not (moved or self._sounding)
        self._fresh = untouched or self._is_end()
        self._sounding = False
        self._tail = len(self._ramp)
        if self._fall is not None:
            self._fall.at = len(self._ramp)

    # -- sound ----------------------------------------------------------------

    def _fill(self, out: Frames) -> tuple[int, Silence]:
        """Everything but the gain; returns the frames of media, and what follows."""
        if self._fall is not None:
            played, reason = self._fall_over(out, self._fall)
        elif self._paused:
            self._fresh |= self._is_end()
            played, reason = 0, Silence.PAUSED
            out[:] = 0.0
        else:
            return self._play(out)
        self._add_tail(out)
        return played, reason

    def _play(self, out: Frames) -> tuple[int, Silence]:
        if self._readable() and not self._sounding and len(out):
            fresh = self._fresh or self._is_end()
            self._rise = len(self._ramp) if fresh else 0
        played = self._take(out)
        out[played:] = 0.0
        if played == len(out):
            self._sounding |= played > 0
            self._add_tail(out)
            return played, Silence.NONE
        ended = self._is_end()
        if ended or not (played or self._sounding):
            self._add_tail(out)
        else:
            self._add_tail(out[:played])
            self._tail = 0
            self._tail_frame = out[played - 1].copy() if played else self._last
            self._add_tail(out[played:])
        self._fresh = ended or (self._fresh and not played and not self._sounding)
        self._sounding = False
        return played, Silence.IDLE if ended else Silence.STARVED

    def _take(self, out: Frames) -> int:
        """Move media to the start of *out*, under the rise if there is one."""
        played = self._ring.read_into(out[: self._readable()])
        count = min(played, len(self._ramp) - self._rise)
        if count:
            out[:count] *= np.float32(1.0) - self._ramp[self._rise : self._rise + count]
            self._rise += count
        if played:
            self._hold = out[played - 1].copy()
        return played

    def _fall_over(self, out: Frames, fall: _Fall) -> tuple[int, Silence]:
        """Media under the ramp, then its last frame, until the ramp is at zero."""
        flush = fall.command.verb is Verb.FLUSH
        count = most = min(len(out), len(self._ramp) - fall.at)
        if flush:
            most = min(most, max(0, fall.command.until - self._ring.read_position))
        played = 0 if fall.dry else self._take(out[:most])
        out[played:count] = self._hold
        out[:count] *= self._ramp[fall.at : fall.at + count]
        out[count:] = 0.0
        if not fall.dry:
            fall.device_frame = self._device_frame + played
            fall.dry = played < count
        fall.at += count
        if fall.at == len(self._ramp):
            self._end_fall(fall)
        return played, Silence.FLUSHED if flush else Silence.PAUSED

    def _end_fall(self, fall: _Fall) -> None:
        command, position = fall.command, self._ring.read_position
        done = Done(command.id, command.verb, position, fall.device_frame)
        self._fall, self._sounding, self._fresh = None, False, False
        if command.verb is Verb.FLUSH:
            self._skip(command.until)
        else:
            self._paused = True
        self.records.append(done)

    def _add_tail(self, out: Frames) -> None:
        count = min(len(out), len(self._ramp) - self._tail)
        if count:
            out[:count] += (
                self._tail_frame * self._ramp[self._tail : self._tail + count]
            )
            self._tail += count

    def _gain_of(self, at: int) -> np.float32:
        part = np.float32(at) / np.float32(self._gain_frames)
        if at == self._gain_frames:
            return self._gain_to
        return np.float32(self._gain_from + (self._gain_to - self._gain_from) * part)

    def _apply_gain(self, out: Frames) -> None:
        count = min(len(out), self._gain_frames - self._gain_at)
        if count:
            at = np.arange(self._gain_at + 1, self._gain_at + count + 1)
            part = at.astype(np.float32) / np.float32(self._gain_frames)
            steps = self._gain_from + (self._gain_to - self._gain_from) * part
            out[:count] *= steps[:, np.newaxis]
            self._gain_at += count
        if self._gain_to != 1.0:
            out[count:] *= self._gain_to
