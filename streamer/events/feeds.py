"""Hands frames of weights to the connections: made once, sent as time goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from streamer.events.codec import encode, join
from streamer.events.frames import FrameFeed, FrameSource, RigLook
from streamer.events.hub import Batch, Hub
from streamer.events.log import StreamLog
from streamer.events.messages import Error
from streamer.lipsync.rigs import RIGS, find_rig
from streamer.timing.clock import Clock, to_us

__all__ = ["BuiltInRigs", "Feed", "Feeds", "FrameMember"]

_logger = logging.getLogger("streamer.events")


class FrameMember(Protocol):
    """Somebody who wants frames."""

    def publish_frames(self, feed: Feed, framed: bytes) -> None:
        """
        Take the chunks that *feed* made last; never waits.

        Args:
            feed: Which one; it has what is not past a while longer.
            framed: The chunks as one WebSocket frame, the same for all.
        """
        ...

    def end_frames(self, feed: Feed, error: bytes) -> None:
        """Take the JSON of an error, and nothing more of *feed*."""
        ...

    def abort(self) -> None:
        """Leave at once: something in :meth:`publish_frames` broke."""
        ...


class BuiltInRigs(Mapping[str, RigLook]):
    """The rigs that need no file; each is made when it is first asked for."""

    def __getitem__(self, name: str) -> RigLook:
        if name not in RIGS:
            raise KeyError(name)
        return find_rig(name)

    def __contains__(self, name: object) -> bool:
        return name in RIGS

    def __iter__(self) -> Iterator[str]:
        return iter(RIGS)

    def __len__(self) -> int:
        return len(RIGS)


class Feed:
    """
    One :class:`FrameFeed`, its alarm and those who read it.

    It follows its stream through the hub and works a turn of the loop after
    it, when all have been told of a start before its first frame.

    Args:
        core: Makes the frames.
        frame: Makes a WebSocket frame of a text.
        clock: The server's clock.
    """

    def __init__(
        self, core: FrameFeed, frame: Callable[[bytes], bytes], clock: Clock
    ) -> None:
        self.members: set[FrameMember] = set()
        """Those who read it."""
        self.broken = False
        """Whether its source failed; then it gives nothing more."""
        self._core = core
        self._frame = frame
        self._clock = clock
        self._alarm: asyncio.Handle | None = None

    @property
    def number(self) -> int:
        """The number of the last chunk; 0 before the first."""
        return self._core.number

    def since(self, number: int) -> list[bytes]:
        """Return the JSON of the chunks behind *number* that are not past."""
        return [chunk.data for chunk in self._core.since(number, self._now)]

    def wake(self) -> None:
        """Look in the next turn of the loop what can leave."""
        self.stop()
        if not self.broken:
            self._alarm = asyncio.get_running_loop().call_soon(self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    # What the hub calls.

    def publish(self, batch: Batch) -> None:
        """Take note of what the stream said."""
        self._core.published = batch.entries[-1].seq
        self.wake()

    def notice(self, stream: str, message: bytes) -> None:
        """Nothing in a notice is about frames."""

    def abort(self) -> None:
        """Look no more: something broke."""
        self.stop()

    # Inside.

    @property
    def _now(self) -> int:
        return to_us(self._clock.time())

    def _look(self) -> None:
        """Send what can leave, and set the alarm for the next time."""
        self._alarm = None
        try:
            chunks = self._core.due(self._now)
        except Exception:
            _logger.exception("frames of weights cannot be made")
            self._break()
            return
        if chunks:
            framed = self._frame(join(chunk.data for chunk in chunks))
            for member in tuple(self.members):
                self._tell(member, framed)
        if self._core.next_due is not None:
            delay = max((self._core.next_due - self._now) / 1e6, 0.0002)
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(delay, self._look)

    def _tell(self, member: FrameMember, framed: bytes) -> None:
        """Send; a fault in one connection stays its own."""
        try:
            member.publish_frames(self, framed)
        except Exception:
            _logger.exception("a client is dropped")
            member.abort()

    def _break(self) -> None:
        """Tell all readers that nothing more comes, and let them go."""
        self.broken = True
        error = Error(
            code="frames",
            message="the frames cannot be made; the cues go on",
            retry=False,
        )
        for member in tuple(self.members):
            member.end_frames(self, encode(error))
        self.members.clear()


class Feeds:
    """
    The feeds of a server: one for each stream, rig and rate that is read.

    Args:
        hub: Says what the streams say.
        source: Knows the weights.
        rigs: What clients may ask for; None for those that need no file.
        frame: Makes a WebSocket frame of a text.
        clock: The server's clock.
    """

    def __init__(
        self,
        hub: Hub,
        source: FrameSource,
        *,
        rigs: Mapping[str, RigLook] | None,
        frame: Callable[[bytes], bytes],
        clock: Clock,
    ) -> None:
        self.rigs = BuiltInRigs() if rigs is None else rigs
        """What clients may ask for, by name."""
        self._hub = hub
        self._source = source
        self._frame = frame
        self._clock = clock
        self._feeds: dict[tuple[StreamLog, str, int], Feed] = {}

    def join(self, log: StreamLog, rig: str, fps: int, member: FrameMember) -> Feed:
        """
        Publish to *member* the frames of *log* from now on.

        What left before and is not past is in the feed's :meth:`Feed.since`.
        """
        key = (log, rig, fps)
        feed = self._feeds.get(key)
        if feed is not None and feed.broken:
            self._hub.leave(feed)
            feed = None
        if feed is None:
            core = FrameFeed(log, self._source, rig=rig, fps=fps)
            feed = self._feeds[key] = Feed(core, self._frame, self._clock)
            self._hub.join(log, feed)
            feed.wake()
        feed.members.add(member)
        return feed

    def leave(self, member: FrameMember) -> None:
        """Publish no more frames to *member*."""
        for key, feed in list(self._feeds.items()):
            feed.members.discard(member)
            if not feed.members:
                feed.stop()
                self._hub.leave(feed)
                del self._feeds[key]
