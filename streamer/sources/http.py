"""
Bytes from an HTTP server, as its socket gives them.

The only place where aiohttp's client is used. Its exceptions are translated
here, once; no header and no query string is ever repeated in a message.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote_plus

import aiohttp

from streamer.errors import (
    ConnectFailed,
    ContentError,
    SourceError,
    SourceLost,
    SourceTimeout,
    StatusError,
    UsageError,
)
from streamer.sources.base import Facilities
from streamer.sources.holding import socket_factory

__all__ = ["HttpOptions", "HttpPool", "HttpRequest", "HttpSource"]

ERROR_BYTES = 64 * 1024
"""How much of an error's body is read for its message."""
MESSAGE_SECONDS = 2.0
"""How long an error's body is waited for."""
MESSAGE_CHARACTERS = 300
"""How much of a server's message is repeated."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """Patience of a request; times in seconds."""

    connect_timeout: float = 5.0
    """For a connection to be made, the name's look-up included."""
    read_timeout: float = 15.0
    """For the next bytes, the first ones included."""
    retries: int = 2
    """Further tries after a failed connection, 429 or 5xx; none after a byte."""
    backoff: float = 0.25
    """Before the first further try; doubles each time, ± a third by chance."""
    max_wait: float = 10.0
    """A ``Retry-After`` beyond this is not waited for."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request."""

    url: str = field(repr=False)
    """``http://`` or ``https://``; what may be shown of it is the source's name."""
    method: str = "GET"
    """The HTTP method."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent as they are; never shown."""
    body: bytes | None = field(default=None, repr=False)
    """Sent as JSON unless the headers say otherwise."""


class HttpPool:
    """Connections of one engine, opened when first used and kept alive."""

    READ_BUFFER_BYTES = 32 * 1024
    """aiohttp holds twice this before it stops reading the socket."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def session(self) -> aiohttp.ClientSession:
        """Return the session, made at the first call."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # aiohttp's own limit of 100 would let further streams wait.
                connector=aiohttp.TCPConnector(
                    limit=0, socket_factory=socket_factory()
                ),
                read_bufsize=self.READ_BUFFER_BYTES,
                headers={"Accept-Encoding": "identity"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


class HttpSource:
    """
    The body of an HTTP response, in chunks as they arrive.

    Retried with backoff, but only before the first byte: sound that has begun
    is never asked for twice.

    Args:
        request: What to ask for.
        options: How patiently.
    """

    travels = True

    def __init__(
        self, request: HttpRequest, options: HttpOptions | None = None
    ) -> None:
        self.request = request
        self.options = options or HttpOptions()

    @property
    def name(self) -> str:
        """Scheme, host and path; no user, no query, no fragment."""
        url = re.split(r"[?#]", self.request.url, maxsplit=1)[0]
        found = re.match(
            r"([a-z][a-z0-9+.-]*://)?([^/]*)(.*)", url, re.IGNORECASE | re.DOTALL
        )
        assert found is not None  # it matches anything
        scheme, host, path = found.groups()
        return f"{scheme or ''}{host.rpartition('@')[2]}{path}"

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """
        Ask, and yield the body.

        Raises:
            UsageError: The address is not one.
            ConnectFailed, StatusError, ContentError: Before the first byte.
            SourceTimeout, SourceLost: Before it or later.
        """
        response = await self._respond(facilities)
        try:
            await self._check(response)
            with _Patience(response, self.options.read_timeout) as patience:
                while data := await patience.read():
                    yield data
        except TimeoutError as error:
            raise self._timeout() from error
        except (aiohttp.ClientError, OSError) as error:
            raise SourceLost(self.name, _reason(error)) from error
        finally:
            # Whatever is left unread is not worth a connection.
            response.close()

    async def _respond(self, facilities: Facilities) -> aiohttp.ClientResponse:
        """The first answer worth reading; tried again as the options allow."""
        tries_left = self.options.retries
        backoff = self.options.backoff
        while True:
            try:
                return await self._try(facilities)
            except (ConnectFailed, StatusError) as error:
                wait = self._wait_after(error, backoff)
                if tries_left == 0 or wait is None:
                    raise
            tries_left -= 1
            backoff *= 2
            await facilities.clock.sleep_until(facilities.clock.time() + wait)

    def _wait_after(self, error: SourceError, backoff: float) -> float | None:
        """Seconds to wait before another try; None where none would help."""
        jittered = backoff * random.uniform(2 / 3, 4 / 3)  # noqa: S311 - no secret
        if isinstance(error, StatusError):
            if error.status != 429 and error.status < 500:
                return None
            if error.retry_after is not None:
                asked = max(error.retry_after, 0.0)
                return asked if asked <= self.options.max_wait else None
        return jittered

    async def _try(self, facilities: Facilities) -> aiohttp.ClientResponse:
        request, options = self.request, self.options
        headers = dict(request.headers)
        if request.body is not None and not _has(headers, "content-type"):
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=options.connect_timeout,
            sock_connect=options.connect_timeout,
            sock_read=options.read_timeout,
        )
        try:
            response = await facilities.http.session().request(
                request.method,
                request.url,
                headers=headers,
                data=request.body,
                timeout=timeout,
                # Keys and bodies go where they were meant to, nowhere else.
                allow_redirects=not request.headers and request.body is None,
            )
        except aiohttp.RedirectClientError as error:
            raise ConnectFailed(self.name, _reason(error)) from error
        except (aiohttp.NonHttpUrlClientError, ValueError) as error:
            if not request.method.isalpha():
                problem = f"{request.method!r} is not an HTTP method"
                raise UsageError(problem) from error
            raise UsageError(f"{self.name!r} is not an HTTP address") from error
        except aiohttp.ConnectionTimeoutError as error:
            seconds = f"no answer within {options.connect_timeout:g} s"
            raise ConnectFailed(self.name, seconds) from error
        except TimeoutError as error:
            raise self._timeout() from error
        except (aiohttp.ClientError, OSError) as error:
            raise ConnectFailed(self.name, _reason(error)) from error
        if response.status >= 300:
            raise await self._refusal(response)
        return response

    async def _refusal(self, response: aiohttp.ClientResponse) -> StatusError:
        try:
            message = await self._message(response)
        finally:
            response.close()
        return StatusError(
            self.name,
            status=response.status,
            message=message or (response.reason or ""),
            retry_after=_seconds(response.headers.get("Retry-After")),
        )

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        """A body that says it is not audio is an error, never sound."""
        if response.status == 204:
            raise ContentError(self.name, "the answer is empty (204)")
        kind = response.content_type
        if kind.startswith("text/") or kind.endswith(("/json", "+json")):
            message = await self._message(response)
            said = f": {message}" if message else ""
            raise ContentError(self.name, f"the answer is {kind}{said}")

    async def _message(self, response: aiohttp.ClientResponse) -> str:
        """The server's own words, without anything secret of the request."""
        body = bytearray()
        try:
            async with asyncio.timeout(MESSAGE_SECONDS):
                while len(body) < ERROR_BYTES and not response.content.at_eof():
                    body += await response.content.read(ERROR_BYTES - len(body))
        except (aiohttp.ClientError, OSError):  # what has come is enough
            pass
        text = _message_in(body.decode("utf-8", "replace"))
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text[:MESSAGE_CHARACTERS]

    def _secrets(self) -> set[str]:
        """What must not be repeated: headers, and the address but for its name."""
        secrets = set()
        for value in self.request.headers.values():
            secrets |= {value, value.rpartition(" ")[2]}
        secrets = {secret for secret in secrets if len(secret) > 3}
        query = self.request.url.partition("?")[2]
        values = {part.partition("=")[2] for part in query.split("&")}
        values.add(self.request.url.partition("://")[2].rpartition("@")[0])
        values |= {unquote_plus(value) for value in values}
        # Shorter ones are words like "wav".
        return secrets | {value for value in values if len(value) >= 8}

    def _timeout(self) -> SourceTimeout:
        seconds = self.options.read_timeout
        return SourceTimeout(self.name, f"nothing arrived for {seconds:g} s")


class _Patience:
    """
    Reads a body, and waits for its next bytes so long and no longer.

    aiohttp's own patience makes a timer for each chunk; this one looks at what
    has come once in its time, which many streams in short chunks can feel.

    Args:
        response: Whose body.
        seconds: How long.
    """

    def __init__(self, response: aiohttp.ClientResponse, seconds: float) -> None:
        self._content = response.content
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        connection = response.connection
        # None where all has come already.
        if connection is not None and connection.protocol is not None:
            connection.protocol.read_timeout = None

    def __enter__(self) -> Self:
        self._look()
        return self

    def __exit__(self, *error: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def read(self) -> bytes:
        """Return what has come, at least a byte; none at the end."""
        self._since = self._loop.time()
        data = await self._content.readany()
        self._since = None  # while nobody waits, nobody loses patience
        return data

    def _look(self) -> None:
        now = self._loop.time()
        end = self._seconds + (now if self._since is None else self._since)
        if end <= now:
            self._content.set_exception(aiohttp.SocketTimeoutError())
        else:
            self._timer = self._loop.call_at(end, self._look)


def _message_in(text: str) -> str:
    if text.lstrip().startswith("<"):
        return ""  # a page for a browser; its status says as much
    try:
        found = json.loads(text)
    except ValueError:
        return " ".join(text.split())
    for key in ("message", "error", "detail"):
        if isinstance(found, dict) and isinstance(found.get(key), str):
            return str(found[key])
    return " ".join(text.split())


def _reason(error: BaseException) -> str:
    """Why a connection failed or broke, as a phrase."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host's name is not known"
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(inner, ConnectionRefusedError):
        return "connection refused"
    if isinstance(inner, ConnectionResetError):
        return "the connection was reset"
    if isinstance(inner, aiohttp.ServerDisconnectedError):
        return "the server closed the connection without an answer"
    if isinstance(inner, aiohttp.ClientPayloadError):
        return "the server closed the connection before the end"
    if isinstance(inner, OSError) and inner.strerror:
        return inner.strerror.lower()
    if isinstance(inner, aiohttp.TooManyRedirects):
        return "it redirects again and again"
    if isinstance(inner, aiohttp.RedirectClientError):
        return "it redirects to what is not an HTTP address"
    if isinstance(inner, aiohttp.ClientResponseError):
        return "the answer is not HTTP"
    # Its own words may repeat the address, with all that is secret in it.
    return type(inner).__name__


def _has(headers: Mapping[str, str], name: str) -> bool:
    return any(key.lower() == name for key in headers)


def _seconds(header: str | None) -> float | None:
    """A ``Retry-After`` in seconds; its date form is not worth a calendar."""
    return float(header) if header is not None and header.strip().isdigit() else None
