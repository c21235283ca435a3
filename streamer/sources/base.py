"""What a source is: somewhere bytes come from, in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from streamer.lipsync.repair import Repairs
from streamer.runner import Runner
from streamer.timing import Clock

if TYPE_CHECKING:
    from streamer.sources.http import HttpPool

__all__ = ["Facilities", "Source", "Speech", "travels"]


@dataclass(frozen=True, slots=True)
class Facilities:
    """What an engine lends to its sources."""

    clock: Clock
    """The engine's clock."""
    run: Runner
    """Its executor, for what blocks."""
    http: HttpPool
    """Its connections, kept alive between requests."""


class Source(Protocol):
    """
    Somewhere bytes come from.

    One that gives the same bytes in another process may say so with an attribute
    ``travels`` of its class: then :class:`streamer.EngineProcess` copies it, with
    pickle, and reads it there.
    """

    @property
    def name(self) -> str:
        """For messages: what a person would call it, without secrets."""
        ...

    def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """
        Yield the bytes as they come, in chunks of any size above 0.

        An async generator: whoever iterates it closes it (``aclosing``), and
        closing it lets go of the connection or file at once. While it is not
        iterated nothing is read, so a slow listener slows the sender.

        Raises:
            SourceError: The bytes can't be had, or stopped coming.
        """
        ...


@dataclass(frozen=True, slots=True)
class Speech:
    """
    An utterance to be: where its bytes come from and what they say.

    One of one's own audio is made by :func:`streamer.pcm`.
    """

    source: Source
    """Where the bytes come from: a WAV, or what a codec is installed for."""
    text: str | None = None
    """What is spoken, where that is known."""
    language: str = "en"
    """BCP 47 tag of the text; picks phoneme conventions."""
    repairs: Repairs = field(default_factory=Repairs)
    """What was wrong with its times before they went into it; they are counted with
    what is found later."""


def travels(item: object) -> bool:
    """
    Tell whether a source, or a voice, says that a copy does the same elsewhere.

    What somebody else's class has inherited does not count: it does more than that.
    """
    kind = type(item)
    own = kind.__module__.partition(".")[0] == __name__.partition(".")[0]
    return (own or "travels" in vars(kind)) and bool(getattr(item, "travels", False))
