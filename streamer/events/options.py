"""PURE. What a server lets in, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Advice", "ServerOptions"]


@dataclass(frozen=True, slots=True)
class Advice:
    """What whoever runs a server can do where it refuses; phrases for sentences."""

    host: str = "add it to allow_hosts"
    """Behind "this server is not called NAME"."""
    origin: str = "add them to allow_origins"
    """Behind "pages of ORIGIN may not connect"."""
    public: str = "if that is wanted, set public"
    """Behind "other machines could reach the server at HOST"."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """
    How the viseme server behaves; times in seconds.

    The defaults are those of the wire protocol, rules 5, 6 and 9.
    """

    public: bool = False
    """Whether it may listen where other machines can reach it."""
    allow_hosts: tuple[str, ...] = ()
    """More names that it is called by: ``name`` (any port) or ``name:port``."""
    allow_origins: tuple[str, ...] = ()
    """Pages of other origins that may connect: ``https://example.org``, or ``*``."""
    token: str | None = field(default=None, repr=False)
    """What every client must show; None lets all in."""
    advice: Advice = field(default_factory=Advice)
    """What is advised where somebody is refused."""
    max_connections: int = 256
    """Event streams at a time; one more is closed with 4510."""
    head_s: float = 5.0
    """How long a request's head may take."""
    hello_s: float = 5.0
    """How long a client may take to say hello; then 4001."""
    ping_s: float = 2.5
    """How often a client is pinged."""
    pong_s: float = 5.0
    """How long its answer may take; then 4008."""
    stalled_s: float = 5.0
    """How long more than :attr:`queue_bytes` may wait for a client; then 4008."""
    close_s: float = 0.5
    """How long a client may take to answer a close; then its socket is dropped."""
    queue_bytes: int = 64 * 1024
    """What may wait for one client; beyond it, a state takes its place."""
    message_bytes: int = 16 * 1024
    """The longest message of a client; a longer one is closed with 4500."""
    messages_per_s: int = 200
    """Frames of any kind that a client may send, reckoned over 2 s; else 4029."""
    retry_ms: int = 800
    """When a client should come back after the server has gone."""
