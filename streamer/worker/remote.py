"""Utterances and turns that another process plays."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from streamer.lipsync import Cue, Mark
from streamer.lipsync.visemes import find_set

if TYPE_CHECKING:
    from streamer.engine import Heard, HeardTurn, Outcome, Report
    from streamer.worker.host import Handle, Made
    from streamer.worker.link import Link

__all__ = ["RemoteSaying", "RemoteUtterance"]


class _Remote:
    """What the worker keeps for as long as somebody here knows of it."""

    def __init__(self, made: Made, link: Link) -> None:
        self.id = made.id
        self._handle = made.handle
        self._link = link
        if isinstance(made.handle, int):  # a turn's piece is kept by its turn
            loop = asyncio.get_running_loop()
            forget = weakref.finalize(self, _forget, loop, link, made.handle)
            forget.atexit = False

    async def wait_over(self) -> None:
        """Return once nothing more will happen to it, however it ended."""
        await self._ask("wait_over")

    async def pause(self) -> None:
        """Pause the stream that plays it; nothing once it is over."""
        await self._ask("pause")

    async def resume(self) -> None:
        """Let the stream that plays it go on; nothing once it is over."""
        await self._ask("resume")

    async def _ask(self, verb: str) -> Any:  # noqa: ANN401 - what that verb returns
        return await self._link.call("ask", self._handle, verb)

    async def _iterate(self, name: str, *args: object) -> AsyncGenerator[Any, None]:
        # As long as this runs, it holds what it is of.
        async with aclosing(self._link.iterate(name, self._handle, *args)) as found:
            async for item in found:
                yield item


def _forget(loop: asyncio.AbstractEventLoop, link: Link, handle: int) -> None:
    """Let the worker forget it; in whatever thread the last one let go of it."""
    with suppress(RuntimeError):  # the loop has ended, and the worker with it
        loop.call_soon_threadsafe(link.tell, "forget", handle)


class RemoteUtterance(_Remote):
    """
    An utterance that another process plays; made by :meth:`EngineProcess.play`.

    As :class:`streamer.Utterance`, but for what only its own process can look at:
    what that one knows at once is asked for here with ``await``.

    Attributes:
        id: Its name on the wire.
        text: What it says, or None.
    """

    def __init__(
        self, made: Made, link: Link, saying: RemoteSaying | None = None
    ) -> None:
        super().__init__(made, link)
        self.text = made.text
        self._saying = saying  # whose piece it is, kept with it

    async def wait_started(self) -> None:
        """Return once its first frame is on its way, or it is over."""
        await self._ask("wait_started")

    async def wait_ended(self) -> Outcome:
        """
        Return once it has been heard to its end or was cut.

        Raises:
            StreamerError: It failed; what had arrived was played before.
            EngineLost: Its process has ended.
        """
        outcome: Outcome = await self._ask("wait_ended")
        return outcome

    def cues(
        self, *, visemes: str = "oculus", lead: float = 0.0
    ) -> AsyncGenerator[Cue, None]:
        """
        Yield each mouth shape when it is heard, as :meth:`streamer.Utterance.cues`.

        Raises:
            UsageError: There is no such set.
        """
        find_set(visemes)
        return self._iterate("cues", visemes, lead)

    def words(self, *, lead: float = 0.0) -> AsyncGenerator[Mark, None]:
        """Yield each word when it is heard; *lead* as in :meth:`cues`."""
        return self._iterate("words", lead)

    async def interrupt(self) -> Heard:
        """Stop it at once; returns what was heard of it."""
        heard: Heard = await self._ask("interrupt")
        return heard

    async def skip(self) -> Heard:
        """Leave it out: stop it, or take it out of the queue; the others go on."""
        heard: Heard = await self._ask("skip")
        return heard

    async def heard(self) -> float:
        """Return how far it has been heard by now, in seconds of media."""
        seconds: float = await self._look("heard")
        return seconds

    async def what_was_heard(self) -> Heard:
        """Return what was heard of it; whole once it is over."""
        heard: Heard = await self._look("what_was_heard")
        return heard

    async def report(self) -> Report:
        """Return what happened to it so far, in numbers."""
        report: Report = await self._look("report")
        return report

    async def _look(self, verb: str) -> Any:  # noqa: ANN401 - what that returns
        return await self._link.call("look", self._handle, verb)


class RemoteSaying(_Remote):
    """
    One turn of speech in another process; made by :meth:`EngineProcess.say`.

    Attributes:
        id: Its name on the wire.
    """

    async def wait_ended(self) -> list[Outcome]:
        """
        Return how each piece ended, once all are over.

        Raises:
            StreamerError: The first piece that failed says why.
            UsageError: There was no text.
            EngineLost: Its process has ended.
        """
        outcomes: list[Outcome] = await self._ask("wait_ended")
        return outcomes

    async def cues(
        self, *, lead: float = 0.0
    ) -> AsyncGenerator[tuple[RemoteUtterance, Cue], None]:
        """Yield each mouth shape of every piece, with the piece."""
        pieces: dict[Handle, RemoteUtterance] = {}
        async with aclosing(self._iterate("said_cues", lead)) as found:
            async for made, cue in found:
                if made.handle not in pieces:
                    pieces = {made.handle: RemoteUtterance(made, self._link, self)}
                yield pieces[made.handle], cue

    async def skip(self) -> HeardTurn | None:
        """
        Leave the turn out; what waits behind it goes on.

        Returns what was heard over all pieces; None where it was over already.
        """
        heard: HeardTurn | None = await self._ask("skip")
        return heard

    async def interrupt(self) -> HeardTurn | None:
        """
        Stop the turn at once, and all that waits behind it.

        Returns what was heard over all pieces; None where it was over already.
        """
        heard: HeardTurn | None = await self._ask("interrupt")
        return heard
