"""Hands what the logs say to the connections: one frame a turn of the loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from streamer.events.codec import encode, join
from streamer.events.entry import Entry
from streamer.events.log import StreamLog
from streamer.events.messages import OutputState

__all__ = ["Batch", "Hub", "Member"]

_logger = logging.getLogger("streamer.events")


class Batch:
    """What one stream said in one turn of the loop, framed once a viseme set."""

    def __init__(
        self, stream: str, entries: list[Entry], frame: Callable[[bytes], bytes]
    ) -> None:
        self.stream = stream
        self.entries = entries
        """In order of their numbers; at least one."""
        self._frame = frame
        self._frames: dict[str, bytes] = {}

    def framed(self, visemes: str) -> bytes:
        """Return the whole batch as one frame; the same object for all who ask."""
        known = self._frames.get(visemes)
        if known is None:
            text = join(entry.encoded(visemes) for entry in self.entries)
            known = self._frames[visemes] = self._frame(text)
        return known

    def after(self, seq: int) -> list[Entry]:
        """Return the entries that a client which has seen *seq* lacks."""
        return [entry for entry in self.entries if entry.seq > seq]


class Member(Protocol):
    """Somebody who follows streams."""

    def publish(self, batch: Batch) -> None:
        """Take what one of the streams said; never waits."""
        ...

    def notice(self, stream: str, message: bytes) -> None:
        """Take the JSON of a message without a number; never waits."""
        ...

    def abort(self) -> None:
        """Leave at once: something in :meth:`publish` broke."""
        ...


class _Room:
    """One stream, those who follow it, and what they have not been told yet."""

    def __init__(self, log: StreamLog) -> None:
        self.log = log
        self.members: set[Member] = set()
        self.entries: list[Entry] = []
        self.notices: list[OutputState] = []
        self.leave: list[Callable[[], None]] = []


class Hub:
    """
    Gathers what is logged in one turn of the loop and publishes it in the next.

    It subscribes to a log while somebody follows it.

    Args:
        frame: Makes a WebSocket frame of a text.
    """

    def __init__(self, frame: Callable[[bytes], bytes]) -> None:
        self._frame = frame
        self._rooms: dict[StreamLog, _Room] = {}
        self._scheduled = False

    def join(self, log: StreamLog, member: Member) -> None:
        """Publish to *member* what *log* says from now on."""
        room = self._rooms.get(log)
        if room is None:
            room = self._rooms[log] = _Room(log)
            room.leave = [
                log.subscribe(lambda entry: self._gather(room, entry)),
                log.subscribe_output(lambda state: self._gather_notice(room, state)),
            ]
        room.members.add(member)

    def leave(self, member: Member) -> None:
        """Publish nothing more to *member*."""
        for log, room in list(self._rooms.items()):
            room.members.discard(member)
            if not room.members:
                for leave in room.leave:
                    leave()
                del self._rooms[log]

    def _gather(self, room: _Room, entry: Entry) -> None:
        room.entries.append(entry)
        self._schedule()

    def _gather_notice(self, room: _Room, notice: OutputState) -> None:
        room.notices.append(notice)
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        for room in list(self._rooms.values()):
            if room.entries:
                batch = Batch(room.log.name, room.entries, self._frame)
                room.entries = []
                for member in tuple(room.members):
                    self._tell(member, partial(member.publish, batch))
            notices, room.notices = room.notices, []
            for notice in notices:
                data = encode(notice)
                for member in tuple(room.members):
                    self._tell(member, partial(member.notice, room.log.name, data))

    def _tell(self, member: Member, call: Callable[[], None]) -> None:
        """Call; a fault in one connection stays its own."""
        try:
            call()
        except Exception:
            _logger.exception("a client is dropped")
            member.abort()
