"""
PURE. Who may talk to the server: the Host and Origin of a request.

Any web page can make a browser send requests to this machine. Two headers
tell them apart, and a page can forge neither: ``Origin`` names the page, and
``Host`` the name that was looked up, which unmasks a foreign name that was
made to point at this machine (DNS rebinding).
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from streamer.errors import UsageError
from streamer.events.options import ServerOptions

__all__ = ["Access", "allowed_hosts", "allowed_origins", "is_loopback", "split_host"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def split_host(host: str) -> tuple[str, int | None]:
    """
    Return the name (lower case, no brackets or last dot) and port of *host*.

    Raises:
        ValueError: If it is not a host, or its port not a number.
    """
    parts = urlsplit(f"//{host}")
    if parts.path or parts.query or parts.fragment or "@" in host or not parts.hostname:
        raise ValueError(f"{host!r} is not a host")
    return parts.hostname.rstrip("."), parts.port


def allowed_hosts(names: Sequence[str]) -> set[tuple[str, int | None]]:
    """
    Return the name and port of each of *names*; the port None means any.

    Raises:
        UsageError: If one is no ``NAME`` or ``NAME:PORT``.
    """
    try:
        return {split_host(name) for name in names}
    except ValueError as error:
        said = f"a host to allow is written NAME or NAME:PORT: {error}"
        raise UsageError(said) from error


def allowed_origins(pages: Sequence[str]) -> set[str]:
    """
    Return the origins of *pages* as browsers write them; ``*`` and ``null`` are theirs.

    Raises:
        UsageError: If one is no ``https://NAME`` or ``https://NAME:PORT``.
    """
    origins = {page.rstrip("/").lower() for page in pages}
    for origin in sorted(origins - {"*", "null"}):
        scheme, separator, host = origin.partition("://")
        try:
            split_host(host)
            whole = bool(scheme and separator)
        except ValueError:
            whole = False
        if not whole:
            raise UsageError(
                f"a page to allow is written https://NAME or https://NAME:PORT, "
                f"as its browser names it: {origin!r} is not"
            )
    return origins


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach *host*, a name without a port."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


class Access:
    """
    Decides by Host and Origin whether a request is served.

    A Host is good if it is a loopback name or the name that the server was
    bound to, at its port, or one of ``allow_hosts``. Where the server was
    bound to every address, any literal address at its port is good too: no
    lookup was involved. An Origin is good if its host is, or if it is one of
    ``allow_origins``.

    Args:
        host: What the server was bound to.
        port: Its port.
        options: The names and origins that are allowed besides.

    Raises:
        UsageError: If one of ``allow_hosts`` is no host, or of ``allow_origins``
            no origin.
    """

    def __init__(self, host: str, port: int, options: ServerOptions) -> None:
        self._port = port
        self._names = {*_LOOPBACK, host.lower().strip("[]")}
        self._any_address = _is_address(host) and ip_address(host).is_unspecified
        self._hosts = allowed_hosts(options.allow_hosts)
        self._advice = options.advice
        self._origins = allowed_origins(options.allow_origins)

    def refusal(self, hosts: Sequence[str], origins: Sequence[str]) -> str | None:
        """
        Return why a request is refused, or None if it is served.

        Args:
            hosts: Every ``Host`` header of the request.
            origins: Every ``Origin`` header; a program has none.
        """
        if len(hosts) != 1 or not self._is_ours(hosts[0], 80):
            named = ", ".join(hosts) or "none"
            return f"this server is not called {named}; {self._advice.host}"
        if len(origins) > 1 or not all(self._is_welcome(page) for page in origins):
            named = ", ".join(origins)
            return f"pages of {named} may not connect; {self._advice.origin}"
        return None

    def _is_ours(self, host: str, default_port: int) -> bool:
        try:
            name, port = split_host(host)
        except ValueError:
            return False
        if (name, None) in self._hosts or (name, port) in self._hosts:
            return True
        if (port or default_port) != self._port:
            return False
        return name in self._names or (self._any_address and _is_address(name))

    def _is_welcome(self, origin: str) -> bool:
        if "*" in self._origins or origin.lower() in self._origins:
            return True
        scheme, _, host = origin.partition("://")
        return scheme in _DEFAULT_PORTS and self._is_ours(host, _DEFAULT_PORTS[scheme])
