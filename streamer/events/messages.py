"""
PURE. Every message of the wire protocol ``streamer.v1``.

Times are integer microseconds: ``t``, ``d``, ``media``, ``until`` and
``duration`` on the utterance's own timeline, ``at``, ``t2`` and ``t3`` on the
server's clock, ``t1`` and ``t4`` on the client's. Unknown fields and unknown
types are ignored in both directions, so either side may be newer.

Messages of a client are :data:`ClientMessage`, those of a server
:data:`ServerMessage`. What a server sends always has every field, ``null``
where there is nothing to say; what a client sends leaves defaults out.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from streamer.events.values import (
    AnchorAt,
    Cue,
    FramesGiven,
    FramesWanted,
    Mark,
    Microseconds,
    Position,
    Timing,
    Turn,
    UtteranceState,
)

__all__ = [
    "SUBPROTOCOL",
    "Anchor",
    "AnchorAt",
    "Bye",
    "ClientMessage",
    "Cue",
    "Cues",
    "Cut",
    "End",
    "Error",
    "Frames",
    "FramesGiven",
    "FramesWanted",
    "Goaway",
    "Hello",
    "Mark",
    "Marks",
    "OutputState",
    "Position",
    "Recovered",
    "ServerMessage",
    "Start",
    "State",
    "Stats",
    "Time",
    "TimeAnswer",
    "Timing",
    "Turn",
    "UtteranceState",
    "Viseme",
    "Welcome",
]

SUBPROTOCOL = "streamer.v1.json"
"""The WebSocket subprotocol; also what is spoken where none is offered."""


class _Server(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower):
    """Base of what a server sends: every field, always."""


class _Client(
    msgspec.Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True
):
    """Base of what a client sends: defaults are left out."""


class Hello(_Client, frozen=True):
    """What a client wants; its first message, unless the URL has a query."""

    streams: Annotated[list[str], msgspec.Meta(min_length=1, max_length=64)] = (
        msgspec.field(default_factory=lambda: ["main"])
    )
    """Names of the streams to follow."""
    visemes: str = "oculus"
    """The viseme set."""
    mode: Literal["ahead", "live"] = "ahead"
    """``ahead`` with media times and anchors, ``live`` just in time."""
    lead_ms: Annotated[float, msgspec.Meta(ge=0, le=10_000)] = 0
    """How long before it is due a live viseme is sent, ms."""
    token: str | None = None
    """What lets a client in, where the server asks for one."""
    resume: dict[str, Position] = msgspec.field(default_factory=dict)
    """What the client had last seen of each stream."""
    frames: FramesWanted | None = None
    """An avatar's weights, beside the cues; not in live mode."""
    client: dict[str, Any] = msgspec.field(default_factory=dict)
    """Who asks; information."""


class Time(_Client, frozen=True):
    """A probe of the server's clock."""

    t1: Microseconds
    """When it was sent, µs of the client's clock."""


class Stats(_Client, frozen=True):
    """How well a client is served; information."""

    late_p95_us: float | None = None
    """How late cues arrived, 95th percentile; negative is early."""
    clock_error_us: float | None = None
    """The client's bound on its clock's error."""
    rtt_us: float | None = None
    """The shortest round trip."""
    dropped: int | None = None
    """Cues that came too late to be shown."""


class Bye(_Client, frozen=True):
    """The client leaves."""


class Welcome(_Server, frozen=True):
    """The server's first message after a hello."""

    session: str
    """A random id of this connection."""
    clock: str
    """A random id of the server process; a new one means a new clock."""
    streams: dict[str, Position]
    """Each stream that was asked for."""
    visemes: str
    """The viseme set."""
    names: tuple[str, ...]
    """The set's shapes; the first one is neutral."""
    heartbeat_ms: int
    """How often the server pings."""
    frames: FramesGiven | None = None
    """What frames of weights will come, or None."""


class TimeAnswer(_Server, frozen=True, tag="time"):
    """The answer to a probe."""

    t1: int
    """As it was sent."""
    t2: int
    """When the probe came in, µs of the server's clock."""
    t3: int
    """When the answer left, µs of the server's clock."""


class Start(_Server, frozen=True):
    """An utterance is announced; it may still wait in the queue."""

    stream: str
    seq: int
    utterance: str
    turn: Turn | None
    """Which piece of what saying, or None where it stands alone."""
    text: str | None
    """What is said, or None where nobody knows."""
    timing: str
    """The rung in use: see :data:`Timing`."""
    duration: int | None
    """How long it is, µs of media, or None where nobody knows yet."""


class Cues(_Server, frozen=True):
    """Shapes that start before ``until`` and not before the previous one's."""

    stream: str
    seq: int
    utterance: str
    until: int
    """How far the shapes are known, µs of media."""
    cues: list[Cue]
    """In order of their start; may be empty."""


class Marks(_Server, frozen=True):
    """Words, phonemes and sentences as the voice gave them."""

    stream: str
    seq: int
    utterance: str
    marks: list[Mark]


class Anchor(_Server, frozen=True):
    """When a position is heard; it rules all cues not yet shown."""

    stream: str
    seq: int
    utterance: str
    media: int
    at: int
    rate: float
    quality: str
    latency: int


class Cut(_Server, frozen=True):
    """An utterance was interrupted; nothing of it follows."""

    stream: str
    seq: int
    utterance: str
    media: int
    """The last position that will have been heard, µs of media."""
    at: int
    """When that is, µs of the server's clock."""


class End(_Server, frozen=True):
    """An utterance was heard to its end; nothing of it follows."""

    stream: str
    seq: int
    utterance: str
    media: int
    """How long it was, µs of media."""
    at: int
    """When its last frame was heard, µs of the server's clock."""
    error: str | None
    """Why it ended early, as one sentence; or None."""


class Frames(_Server, frozen=True):
    """An avatar's weights over some time; without a number, placed by ``t``."""

    stream: str
    utterance: str
    t: int
    """When the first one is due, µs of media; may be negative."""
    weights: list[tuple[float, ...]]
    """At least one; number *i* is due at ``t + i * 1_000_000 / fps``."""


class Viseme(_Server, frozen=True):
    """Live mode: a shape to be shown now."""

    stream: str
    utterance: str
    v: str
    p: tuple[str, ...]
    w: float
    d: int
    """How long it will last, µs; 0 for the neutral shape that stays."""


class OutputState(_Server, frozen=True, tag="output"):
    """An output was lost, or is back; information, without a number."""

    stream: str
    name: str
    """What is in use, or was until it was lost."""
    state: Literal["playing", "lost", "silent"]
    """``lost``: another is looked for. ``silent``: time is kept without sound."""
    reason: str | None
    """Why, as one sentence; or None."""


class State(_Server, frozen=True):
    """All that a client must know of a stream to go on from ``seq``."""

    stream: str
    epoch: str
    seq: int
    """The last number that this covers."""
    utterances: list[UtteranceState]
    """Those that are not over, oldest first."""


class Recovered(_Server, frozen=True):
    """The answer to a resume."""

    stream: str
    ok: bool
    """Whether the missing messages follow; else a state does."""
    from_: int = msgspec.field(name="from")
    """The first number that was missing."""
    to: int
    """The last number so far."""


class Goaway(_Server, frozen=True):
    """The server stops; come back later."""

    retry_ms: int


class Error(_Server, frozen=True):
    """Something asked for cannot be had."""

    code: str
    message: str
    """One sentence for a person."""
    retry: bool
    """Whether asking again may help."""


ClientMessage = Hello | Time | Stats | Bye
ServerMessage = (
    Welcome
    | TimeAnswer
    | Start
    | Cues
    | Marks
    | Anchor
    | Cut
    | End
    | Frames
    | Viseme
    | OutputState
    | State
    | Recovered
    | Goaway
    | Error
)
