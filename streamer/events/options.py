"""PURE. What a server lets in, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ServerOptions"]


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
    token: str | None = None
    """What every client must show; None lets all in."""
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
    """What a client may send, reckoned over 2 s; beyond it 4029."""
    retry_ms: int = 800
    """When a client should come back after the server has gone."""
