"""Stops what is heard, and takes out what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from streamer.engine.ending import finish
from streamer.engine.heard import Heard
from streamer.playback import Cutting

if TYPE_CHECKING:
    from streamer.engine.stream import Stream
    from streamer.engine.utterance import Utterance

__all__ = ["Cuts"]

Tasks = Sequence[asyncio.Task[Any]]


class Cuts:
    """
    Carries out a stream's interrupts and skips, one after the other.

    What is asked for reaches the device in the same turn of the loop, and is
    carried out by a task of the engine's: whoever asked may be cancelled.

    Args:
        stream: Whose.
    """

    PATIENCE = 0.05
    """Seconds that a cut waits for the readers that it stopped."""

    def __init__(self, stream: Stream) -> None:
        self.tasks: set[asyncio.Task[Heard | None]] = set()
        """Those that are being carried out."""
        self._stream = stream
        self._lock = asyncio.Lock()

    async def interrupt(self) -> Heard | None:
        """Stop the current utterance, and drop all that waits or is being said."""
        stream = self._stream
        cut = list(stream.queue)
        tasks = [*stream.cancel_turns(), *stream.cancel_readers(cut)]
        cutting = stream.player.flush_nowait() if stream.has_player else None
        return await _wait(self._start(cut, tasks, cutting))

    async def skip(self, utterance: Utterance) -> Heard | None:
        """Stop *utterance*, the current one; the next one goes on at once."""
        return await _wait(self.skip_nowait(utterance))

    def skip_nowait(self, utterance: Utterance) -> asyncio.Task[Heard | None]:
        """Ask for :meth:`skip`; returns what carries it out."""
        stream = self._stream
        tasks = stream.cancel_readers([utterance])
        cutting = None
        if utterance.begun:
            cutting = stream.player.skip_nowait()
        elif utterance.resting:  # only the pause before it is in the ring
            cutting = stream.player.flush_nowait()
        return self._start([utterance], tasks, cutting)

    async def drop(self, unwanted: Sequence[Utterance], turns: Tasks = ()) -> None:
        """
        Take *unwanted*, none of which is the current one, out of the queue.

        Nothing is heard of one whose frames are in the ring already, unless
        others lie between it and what was dropped before: then it is stopped as
        soon as it is heard.
        """
        stream = self._stream
        tasks = [*turns, *stream.cancel_readers(unwanted)]
        begun = [utterance for utterance in unwanted if utterance.begun]
        for utterance in unwanted:
            if not utterance.begun:
                finish(stream, utterance, None, cut=True)
        cutting = None
        if begun:
            cutting = stream.player.drop_nowait([each.id for each in begun])
        if cutting is not None:
            await _wait(self._start(begun, tasks, cutting))
            return
        for utterance in begun:
            utterance.unwanted = True
            if not utterance.written.is_set():
                stream.player.finish()
                utterance.written.set()
        stream.wake()
        await self._settle(tasks)

    async def _settle(self, tasks: Tasks) -> None:
        """
        Wait for tasks that were cancelled, but not for long.

        What they clean up may be somebody else's: a generator that blocks, a
        language model's connection. They are the engine's, which waits for them
        before it ends.
        """
        if tasks:
            await asyncio.wait(tasks, timeout=self.PATIENCE)

    def _start(
        self, cut: list[Utterance], tasks: Tasks, cutting: Cutting | None
    ) -> asyncio.Task[Heard | None]:
        stream = self._stream
        asked = stream.clock.time()
        for utterance in cut:
            utterance.stopping = True
        if cutting is None or not cutting.start:
            stream.lift_pause()
        stream.wake()
        stopping = stream.common.group.create_task(
            self._cut(cut, tasks, cutting, asked), name=f"cut {stream.name}"
        )
        self.tasks.add(stopping)
        stopping.add_done_callback(self.tasks.discard)
        return stopping

    async def _cut(
        self,
        cut: list[Utterance],
        tasks: Tasks,
        cutting: Cutting | None,
        asked: float,
    ) -> Heard | None:
        stream = self._stream
        async with self._lock:  # the first to be asked for ends first
            changes = []
            if cutting is not None:
                changes = await stream.player.wait_flushed(cutting)
                stream.wake()  # there is room in the ring now
            stopped = {change.utterance: change for change in changes}
            heard: Heard | None = None
            for utterance in cut:
                if utterance.over:
                    continue
                finish(
                    stream, utterance, stopped.get(utterance.id), cut=True, asked=asked
                )
                if heard is None and utterance.media > 0:
                    heard = utterance.what_was_heard()
        await self._settle(tasks)
        return heard


async def _wait(stopping: asyncio.Task[Heard | None]) -> Heard | None:
    """Wait for *stopping*; cancelled meanwhile, it goes on."""
    await asyncio.wait([stopping])
    return None if stopping.cancelled() else stopping.result()
