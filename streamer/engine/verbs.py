"""What can be asked of a stream's sound."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from streamer.engine.cuts import Cuts
from streamer.engine.heard import Heard
from streamer.engine.queue import Queue
from streamer.engine.utterance import Utterance
from streamer.errors import UsageError
from streamer.playback import Player

__all__ = ["Verbs"]


class Verbs(ABC):
    """
    The half of a stream that people ask things of.

    What was asked for before there is a player is told to it when there is.
    """

    MOST_GAIN = 8.0
    """The largest factor: +18 dB."""

    queue: Queue
    _cuts: Cuts
    _player: Player | None
    _closed: bool

    def __init__(self) -> None:
        self.paused = False
        self._gain = self._told_gain = 1.0
        self._muted = self._told_muted = False

    async def pause(self) -> None:
        """
        Fade out and hold all sound where it is; returns once the device did.

        What is handed in waits behind it. :meth:`interrupt` and :meth:`skip`
        lift it.
        """
        self.paused = True
        await self._command(lambda player: player.pause_nowait())

    async def resume(self) -> None:
        """Fade in where :meth:`pause` had stopped; nothing if it had not."""
        id = self.lift_pause()
        await self._command(lambda _: id)

    async def set_gain(self, gain: float) -> None:
        """
        Ramp to *gain*, a factor of the amplitude from 0 to 8; 1 changes nothing.

        Raises:
            UsageError: It is not in that range.
        """
        if not 0.0 <= gain <= self.MOST_GAIN:
            raise UsageError(f"a gain is from 0 to {self.MOST_GAIN:g}, not {gain}")
        self._gain = gain
        await self._command(lambda player: player.set_gain_nowait(gain))

    async def mute(
        self,
        muted: bool = True,  # noqa: FBT001, FBT002 - it is what the verb says
    ) -> None:
        """Ramp to silence, or back to the gain; sound goes on unheard meanwhile."""
        self._muted = muted
        await self._command(lambda player: player.mute_nowait(muted))

    async def interrupt(self) -> Heard | None:
        """
        Stop what is heard, and drop all that waits or is being said, at once.

        Returns what was heard of the utterance that was playing; None where
        nothing was. Once asked for it is carried out, even where nobody waits
        for it any more; what is handed in from now on is not cut.
        """
        return None if self._closed else await self._cuts.interrupt()

    async def skip(self) -> Heard | None:
        """
        Stop the current utterance; the next one goes on at once.

        Returns what was heard of it; None where nothing was. Carried out even
        where nobody waits for it any more.
        """
        current = self.queue.current
        if current is None or self._closed:
            return None
        return await self._cuts.skip(current)

    async def stop_after_current(self) -> None:
        """Hear the current utterance to its end, and drop all that waits."""
        turns = self.cancel_turns()
        current = self.queue.current
        behind = [item for item in self.queue if item is not current]
        await self._cuts.drop([item for item in behind if not item.stopping], turns)

    async def stop_one(self, utterance: Utterance) -> None:
        """Stop all where *utterance* is the current one, else take it out."""
        if utterance is self.queue.current:
            await self.interrupt()
        else:
            await self._take_out(utterance)

    async def leave_out(self, utterance: Utterance) -> None:
        """Skip *utterance*, or take it out of the queue."""
        if utterance is self.queue.current:
            await self.skip()
        else:
            await self._take_out(utterance)

    async def _take_out(self, utterance: Utterance) -> None:
        if not utterance.stopping:
            await self._cuts.drop([utterance])
        await utterance.wait_over()

    async def drop_turn(
        self, turn: asyncio.Task[None], utterances: Sequence[Utterance]
    ) -> None:
        """Take a turn out that waits behind others."""
        turn.cancel()
        left = [item for item in utterances if not (item.over or item.stopping)]
        await self._cuts.drop(left, [turn])

    def skip_nowait(self, utterance: Utterance) -> None:
        """Ask for a :meth:`skip` of *utterance*, the current one."""
        self._cuts.skip_nowait(utterance)

    def lift_pause(self) -> int | None:
        """Let sound go on if it was paused; returns the command's id."""
        paused, self.paused = self.paused, False
        if not paused or self._player is None:
            return None
        return self._player.resume_nowait()

    def tell_wishes(self, player: Player) -> None:
        """Tell a player what was asked for before it could be told; idempotent."""
        if self._gain != self._told_gain:
            self._told_gain = self._gain
            player.set_gain_nowait(self._gain)
        if self._muted != self._told_muted:
            self._told_muted = self._muted
            player.mute_nowait(self._muted)
        if self.paused and not player.paused:
            player.pause_nowait()
        elif player.paused and not self.paused:
            player.resume_nowait()

    @abstractmethod
    def wake(self) -> None:
        """Say that something changed."""

    @abstractmethod
    def cancel_turns(self) -> list[asyncio.Task[None]]:
        """Let no turn hand in more; returns their tasks."""

    async def _command(self, send: Callable[[Player], int | None]) -> None:
        """Tell the device something, and wait until it did it."""
        if self._player is None or self._closed:
            return
        id = send(self._player)
        if id is not None:
            await self._player.wait_done(id)
            self.wake()
