"""What lies between the event loop and whoever plays: frames out, records back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from streamer.playback.rendering import Done, Verb
from streamer.timing import Block, Silence

__all__ = ["Command", "CommandQueue", "RecordRing", "SampleRing"]

Frames = npt.NDArray[np.float32]
_INT16 = np.dtype("<i2")


class SampleRing:
    """
    Preallocated ring of float32 frames: one producer, one consumer, no lock.

    The producer writes and then *commits*; the consumer sees only what is
    committed, so sound can be held back until there is enough of it. Positions
    count frames since the ring was made and never wrap. Each side owns its
    index; what a side reads of the other's is stale in the safe direction:
    the consumer may see too little to read, the producer too little space.

    Args:
        capacity: Frames it holds. When it is full :meth:`write` takes less,
            and the producer has to wait.
        channels: Samples a frame.
        history: Frames already played that stay, for :meth:`rewind`.
    """

    def __init__(self, capacity: int, channels: int, *, history: int = 0) -> None:
        self.capacity = capacity
        self.channels = channels
        self.ends = (0, 0)
        """Where the latest two :meth:`finish` were; 0 before the first."""
        self.silence = Silence.IDLE
        """Why the last block ended in silence, or NONE; the consumer's own."""
        self.rewinds = 0
        """How often :meth:`rewind` was called; the consumer then starts anew."""
        self._memory = capacity + history
        self._frames: Frames = np.zeros((self._memory, channels), np.float32)
        self.written = 0
        """Position behind the last frame written; the producer's own."""
        self.committed = 0
        """Position behind the last frame that may be read; the producer's, too."""
        self._read = 0
        self._floor = 0

    @property
    def read_position(self) -> int:
        """Position of the next frame to be read; the consumer's own."""
        return self._read

    @property
    def readable(self) -> int:
        """Frames that may be read; the producer sees at least this many."""
        return self.committed - self._read

    @property
    def space(self) -> int:
        """Frames that can be written; the consumer sees at most this many."""
        return max(0, self.capacity - (self.written - self._read))

    def write(self, frames: Frames) -> int:
        """
        Copy as many of *frames*, shape (frames, channels), as fit; returns how many.

        They can't be read before :meth:`commit`.
        """
        count = min(len(frames), self.space)
        start = self.written % self._memory
        head = min(count, self._memory - start)
        self._frames[start : start + head] = frames[:head]
        self._frames[: count - head] = frames[head:count]
        self.written += count
        return count

    def write_through(self, data: bytes) -> bool:
        """
        Write PCM_16 whole and commit it, where nothing is held; whether it did.

        Not where sound is starved: whoever writes looks into that first.
        """
        assert self.committed == self.written
        codes = np.frombuffer(data, _INT16).reshape(-1, self.channels)
        if self.silence is Silence.STARVED or len(codes) > self.space:
            return False
        self.write(codes.astype(np.float32) * np.float32(2.0**-15))
        self.commit()
        return True

    def commit(self) -> None:
        """Let the consumer read all that is written."""
        self.committed = self.written

    def finish(self) -> None:
        """Commit, and say that what is written so far is an end: no starvation."""
        if self.written != self.ends[0]:
            # First: who sees the last frame sees the end.
            self.ends = (self.written, self.ends[0])
        self.committed = self.written

    def drop_held(self) -> int:
        """Forget what is written and not committed; returns how many frames."""
        held = self.written - self.committed
        self.written = self.committed
        return held

    def rewind(self, position: int) -> int:
        """
        Play again from *position*; returns the position from which it does.

        Only while no device pulls. Never further back than the frames that
        are still there or than the last flush, and never forward.
        """
        oldest = max(0, self._floor, self.written - self._memory)
        self._read = min(self._read, max(position, oldest))
        self.rewinds += 1
        return self._read

    def read_into(self, out: Frames) -> int:
        """
        Move up to ``len(out)`` committed frames to the start of *out*.

        Returns how many; the rest of *out* is left as it was.
        """
        count = min(len(out), self.committed - self._read)
        start = self._read % self._memory
        head = min(count, self._memory - start)
        out[:head] = self._frames[start : start + head]
        out[head:count] = self._frames[: count - head]
        self._read += count
        return count

    def skip_to(self, position: int) -> None:
        """Drop the committed frames before *position*; the consumer's call."""
        self._read = max(self._read, min(position, self.committed))
        self._floor = self._read


class RecordRing:
    """
    Ring of what the device did: the consumer of frames writes, the loop reads.

    At the bound (14 s of blocks of a third of 10 ms) the newest record is dropped
    and counted in :attr:`overruns`; nobody waits. The last places are kept for
    commands.
    """

    CAPACITY = 4096
    """Records of blocks and commands."""
    RESERVED = 64
    """How many of them only commands may take."""

    def __init__(self) -> None:
        self.overruns = 0
        self._records: deque[Block | Done] = deque()

    def append(self, record: Block | Done) -> None:
        """Write one record."""
        reserved = self.RESERVED if isinstance(record, Block) else 0
        if len(self._records) >= self.CAPACITY - reserved:
            self.overruns += 1
            return
        self._records.append(record)

    def take(self) -> tuple[list[Block], list[Done]]:
        """Return what has come since the last call, each oldest first."""
        blocks: list[Block] = []
        dones: list[Done] = []
        for _ in range(len(self._records)):
            record = self._records.popleft()
            if isinstance(record, Block):
                blocks.append(record)
            else:
                dones.append(record)
        return blocks, dones


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a renderer is told."""

    id: int
    """Its number, from 1."""
    verb: Verb
    """What to do."""
    value: float
    """The gain, for GAIN."""
    until: int
    """Ring frame at which sound goes on, for FLUSH."""


_SUBJECT = {Verb.UNMUTE: Verb.MUTE, Verb.RESUME: Verb.PAUSE}
"""Verbs about the same thing: the later one undoes the earlier one."""


class CommandQueue:
    """
    Numbers commands and hands them to a renderer's command ring in order.

    What the full ring does not take waits here, one command a subject: a later
    one takes the place of an earlier one about the same thing, whose answer
    then is the later one's.

    Args:
        push: Puts a command into the ring; False where it is full.
    """

    ANSWERS = RecordRing.CAPACITY
    """Replaced commands that are answered with the one in their place, as many as
    could have been answered themselves; of more, the oldest never are."""

    def __init__(self, push: Callable[[Command], bool]) -> None:
        self._push = push
        self._count = 0
        self._waiting: deque[Command] = deque()
        self._replaced: dict[int, list[Command]] = {}

    @property
    def waiting(self) -> bool:
        """Whether commands wait for a place in the ring."""
        return bool(self._waiting)

    def send(self, verb: Verb, *, value: float, until: int) -> int:
        """Hand a command on, now or when there is a place; returns its id."""
        assert 0.0 <= value < float("inf")
        self._count += 1
        command = Command(self._count, verb, value, until)
        self.hand_on()
        if self._waiting or not self._push(command):
            self._wait(command)
        return command.id

    def hand_on(self) -> None:
        """Hand on what waits, as far as there are places."""
        while self._waiting and self._push(self._waiting[0]):
            self._waiting.popleft()

    def answer(self, done: Done) -> list[Done]:
        """Return *done* behind the answers to the commands that it replaced."""
        if not self._replaced:
            return [done]
        replaced = self._replaced.pop(done.id, [])
        answers = [replace(done, id=old.id, verb=old.verb) for old in replaced]
        return [*answers, done]

    def _wait(self, command: Command) -> None:
        replaced: list[Command] = []
        for old in tuple(self._waiting):
            if _subject(old) == _subject(command):
                self._waiting.remove(old)
                replaced += [*self._replaced.pop(old.id, []), old]
                command = replace(command, until=max(command.until, old.until))
                if command.verb is Verb.FLUSH:
                    command = replace(command, value=min(command.value, old.value))
        if replaced:
            self._replaced[command.id] = replaced[-self.ANSWERS :]
        self._waiting.append(command)


def _subject(command: Command) -> tuple[Verb, bool]:
    """Return what a command is about; to stop now is not to stop later."""
    verb = _SUBJECT.get(command.verb, command.verb)
    return verb, verb is Verb.FLUSH and command.value > 0
