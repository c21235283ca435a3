"""PURE. Reads the head of an HTTP request, only to see who shall answer it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MAX_HEAD_BYTES", "RequestHead", "parse_head"]

MAX_HEAD_BYTES = 16 * 1024
"""The longest head; aiohttp and websockets take 8 KiB a line."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The first lines of a request."""

    method: str
    """``GET``, ``POST`` …"""
    path: str
    """Without the query; starts with ``/``."""
    query: str
    """What follows the ``?``; may be empty."""
    headers: dict[str, list[str]]
    """Values by lower-case name, in order."""

    @property
    def upgrades(self) -> bool:
        """Whether a WebSocket is asked for, at a place where there is one."""
        wanted = ",".join(self.headers.get("upgrade", [])).lower()
        return (
            self.method == "GET"
            and self.path in {"/", "/events"}
            and "websocket" in (part.strip() for part in wanted.split(","))
        )


def parse_head(data: bytes) -> RequestHead | None:
    """
    Return the head at the start of *data*, or None if more is needed.

    Raises:
        ValueError: If it is not HTTP/1, or longer than :data:`MAX_HEAD_BYTES`.
    """
    end = data.find(b"\r\n\r\n")
    if end > MAX_HEAD_BYTES or (end < 0 and len(data) > MAX_HEAD_BYTES):
        raise ValueError(f"the request's head is longer than {MAX_HEAD_BYTES} bytes")
    if end < 0:
        return None
    request, *lines = data[:end].decode("latin-1").split("\r\n")
    method, _, rest = request.partition(" ")
    target, _, version = rest.partition(" ")
    if not target.startswith("/") or version not in {"HTTP/1.0", "HTTP/1.1"}:
        raise ValueError("this is not an HTTP/1 request")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError("a header of the request has no name")
        headers.setdefault(name.lower(), []).append(value.strip())
    path, _, query = target.partition("?")
    return RequestHead(method, path, query, headers)
