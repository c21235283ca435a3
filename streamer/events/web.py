"""The HTTP side of the server's port: the face, health and control."""

from __future__ import annotations

import hmac
import logging
from importlib.resources import files
from pathlib import PurePath
from typing import Protocol

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from streamer.errors import StreamerError, UsageError
from streamer.events.access import Access
from streamer.events.connection import Shared

__all__ = ["Control", "TooMuchWaiting", "load_pages", "make_app"]

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; connect-src 'self' ws: wss:; "
        "img-src 'self' data:; style-src 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_MOST_BYTES = 1024 * 1024
"""The longest request to speak: a book of 500 pages."""

_logger = logging.getLogger("streamer.events")

Pages = dict[str, tuple[bytes, str]]


class TooMuchWaiting(UsageError):
    """So much waits to be spoken that no more is taken; later it may be."""


class Control(Protocol):
    """What the page's input asks of the engine."""

    async def speak(self, text: str, stream: str) -> str:
        """
        Begin to speak *text* and return the turn's id.

        Raises:
            TooMuchWaiting: If no more is taken for now; the client gets a 429.
            UsageError: If there is no such stream, or nothing to say.
            StreamerError: If the voice cannot.
        """
        ...


class _Speak(msgspec.Struct):
    """The body of ``POST /v1/speak``."""

    text: str
    stream: str = "main"


class _Problem(Exception):
    """A request is answered with an error."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def load_pages() -> Pages:
    """Return the face's files by path, each with its content type; blocks."""
    pages: Pages = {}
    for file in files("streamer.events").joinpath("face").iterdir():
        content_type = _TYPES.get(PurePath(file.name).suffix)
        if file.is_file() and content_type is not None:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            pages[path] = (file.read_bytes(), content_type)
    return pages


def make_app(
    shared: Shared, access: Access, control: Control | None, pages: Pages
) -> web.Application:
    """Return the application behind everything that isn't a WebSocket."""
    site = _Site(shared, control, pages)
    app = web.Application(middlewares=[_guard(access)], client_max_size=_MOST_BYTES)
    app.router.add_get("/healthz", site.health)
    app.router.add_post("/v1/speak", site.speak)
    for path in pages:
        app.router.add_get(path, site.page)
    return app


def _problem(status: int, sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=status)


def _guard(access: Access) -> Middleware:
    """Return the middleware that lets requests in and gives errors a body."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        origins = request.headers.getall("Origin", [])
        refusal = access.refusal(request.headers.getall("Host", []), origins)
        if refusal is not None:
            response: web.StreamResponse = _problem(403, refusal)
        else:
            response = await _answer(request, handler)
            # A page of an allowed origin may load client.js and speak.
            if origins:
                response.headers["Access-Control-Allow-Origin"] = origins[0]
                response.headers["Vary"] = "Origin"
        response.headers.update(_HEADERS)
        # Each request comes through the front door, where a WebSocket leaves.
        response.force_close()
        return response

    return guard


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.method == "OPTIONS":
        allowed = {
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": "content-type, authorization",
        }
        return web.Response(status=204, headers=allowed)
    try:
        return await handler(request)
    except _Problem as problem:
        return _problem(problem.status, str(problem))
    except web.HTTPRequestEntityTooLarge:
        return _problem(413, f"the request is longer than {_MOST_BYTES} bytes")
    except web.HTTPException as error:
        sentence = f"{request.method} {request.path}: {error.reason}"
        return _problem(error.status, sentence)


class _Site:
    """Answers the requests."""

    def __init__(self, shared: Shared, control: Control | None, pages: Pages) -> None:
        self._shared = shared
        self._control = control
        self._pages = pages

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file of the face."""
        body, content_type = self._pages[request.path]
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def health(self, _request: web.Request) -> web.StreamResponse:
        """Answer that the server lives, and whom it serves."""
        return web.json_response(
            {
                "status": "ok",
                "streams": list(self._shared.streams),
                "clients": len(self._shared.connections),
            }
        )

    async def speak(self, request: web.Request) -> web.StreamResponse:
        """Let the engine speak, and answer with the turn's id."""
        asked = await self._asked(request)
        if self._control is None:
            raise _Problem(503, "this server only shows what others say")
        try:
            turn = await self._control.speak(asked.text, asked.stream)
        except TooMuchWaiting as error:
            raise _Problem(429, str(error)) from error
        except UsageError as error:
            raise _Problem(400, str(error)) from error
        except StreamerError as error:
            _logger.warning("cannot speak: %s", error)
            raise _Problem(502, str(error)) from error
        return web.json_response({"turn": turn}, status=202)

    async def _asked(self, request: web.Request) -> _Speak:
        """Return what is to be spoken, or say what is wrong with the request."""
        token = self._shared.options.token
        shown = request.headers.get("Authorization", "")
        if token is not None and not hmac.compare_digest(
            shown.encode("utf-8", "surrogateescape"), f"Bearer {token}".encode()
        ):
            sentence = "the token is missing or wrong; send Authorization: Bearer TOKEN"
            raise _Problem(401, sentence)
        # A page elsewhere can post a form or plain text unasked, but not JSON.
        if request.content_type != "application/json":
            raise _Problem(415, "send JSON, with Content-Type: application/json")
        try:
            asked = msgspec.json.decode(await request.read(), type=_Speak)
        except (ValueError, RecursionError) as error:
            sentence = f'send {{"text": …, "stream": "main"}}: {error}'
            raise _Problem(400, sentence) from error
        if not asked.text.strip():
            raise _Problem(400, "there is no text to speak")
        if asked.stream not in self._shared.streams:
            there = ", ".join(self._shared.streams)
            sentence = f"no stream {asked.stream!r}; there are: {there}"
            raise _Problem(404, sentence)
        return asked
