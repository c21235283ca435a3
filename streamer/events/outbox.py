"""PURE. What waits for a client whose socket takes nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from streamer.events.entry import Entry

__all__ = ["Outbox"]


@dataclass(slots=True)
class _Waiting:
    """What waits of one stream."""

    entries: list[Entry] = field(default_factory=list)
    """Behind the state, if there is one: then only ends and cuts."""
    covering: int | None = None
    """The last number that a state covers; None where nothing was dropped."""
    viseme: bytes | None = None
    """Live mode: the latest shape; earlier ones are past."""
    notice: bytes | None = None
    """What was last said of the output; earlier news are past."""

    def conflate(self, most: int) -> None:
        """Let a state stand for all but the ends and cuts at its end."""
        entries = self.entries
        kept = len(entries)
        while kept and entries[kept - 1].closes:
            kept -= 1
        if len(entries) - kept > most:
            kept = len(entries)
        if kept:
            self.covering = entries[kept - 1].seq
            self.entries = entries[kept:]


class Outbox:
    """
    A bounded queue in front of one client's transport.

    At its bound everything that waits becomes one state for each stream,
    made when it is taken, so that it holds no cue that has expired; the ends
    and cuts behind it keep their numbers and follow it. From then on until it
    is taken, it stays so small, whatever is pushed.

    Args:
        limit_bytes: What may wait; a message counts with its JSON.
        visemes: The client's viseme set.
    """

    MOST_CLOSINGS = 64
    """Ends and cuts that are kept behind a state; beyond, it covers them too."""

    def __init__(self, limit_bytes: int, visemes: str) -> None:
        self._limit_bytes = limit_bytes
        self._visemes = visemes
        self._waiting: dict[str, _Waiting] = {}
        self.size_bytes = 0
        """What waits; nothing counts once it was conflated."""
        self.conflated = False
        """Whether a state stands for what was dropped."""

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def push(self, stream: str, entries: list[Entry]) -> None:
        """Queue *entries* of *stream*, in order of their numbers."""
        waiting = self._waiting.setdefault(stream, _Waiting())
        waiting.entries += entries
        if not self.conflated:
            self.size_bytes += sum(len(e.encoded(self._visemes)) for e in entries)
            self.conflated = self.size_bytes > self._limit_bytes
        if self.conflated:
            self.size_bytes = 0
            for each in self._waiting.values():
                each.conflate(self.MOST_CLOSINGS)

    def push_viseme(self, stream: str, message: bytes) -> None:
        """Queue a live shape in the place of an earlier one."""
        self._waiting.setdefault(stream, _Waiting()).viseme = message

    def push_notice(self, stream: str, message: bytes) -> None:
        """Queue news of the output in the place of earlier ones."""
        self._waiting.setdefault(stream, _Waiting()).notice = message

    def take(self, state: Callable[[str, int], bytes]) -> list[bytes]:
        """
        Return all that waits, and forget it.

        Args:
            state: Makes a state's JSON, given a stream and the last number
                that it covers.
        """
        messages: list[bytes] = []
        for stream, waiting in self._waiting.items():
            if waiting.covering is not None:
                messages.append(state(stream, waiting.covering))
            messages += (entry.encoded(self._visemes) for entry in waiting.entries)
            if waiting.viseme is not None:
                messages.append(waiting.viseme)
            if waiting.notice is not None:
                messages.append(waiting.notice)
        self._waiting.clear()
        self.size_bytes = 0
        self.conflated = False
        return messages
