"""The HTTP side of the server's port: the face, health and control."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import PurePath
from typing import Protocol, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from streamer.errors import StreamerError, UsageError
from streamer.events.access import Access
from streamer.events.connection import Shared
from streamer.events.sheet import make_sheet

__all__ = ["Control", "HeardTold", "TooMuchWaiting", "load_pages", "make_app"]

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


class HeardTold(msgspec.Struct, frozen=True):
    """What was heard of an utterance that was cut; times in µs."""

    media: int
    """How much of it, the fade included."""
    frame: int
    """The same in frames of its own rate."""
    word: str | None
    """The last word begun, where that is known."""
    phoneme: str | None
    """The last phoneme begun, where that is known."""
    tail: int
    """How long something was still heard."""
    unheard: str | None
    """The text that was not heard, where that is known."""


class Control(Protocol):
    """
    What clients ask of the engine over HTTP.

    Each raises UsageError if there is no such stream or what is asked is
    impossible, and another StreamerError if it failed.
    """

    async def speak(self, text: str, stream: str) -> str:
        """
        Begin to speak *text* and return the turn's id.

        Raises:
            TooMuchWaiting: If no more is taken for now; the client gets a 429.
            UsageError: If there is no such stream, or nothing to say.
            StreamerError: If the voice cannot.
        """
        ...

    async def interrupt(self, stream: str) -> HeardTold | None:
        """Stop at once; returns what was heard of what was playing, if any was."""
        ...

    async def skip(self, stream: str) -> HeardTold | None:
        """Stop only what is being heard; the next utterance goes on."""
        ...

    async def pause(self, stream: str) -> None:
        """Hold still."""
        ...

    async def resume(self, stream: str) -> None:
        """Go on."""
        ...

    async def set_gain(self, stream: str, gain: float) -> None:
        """Let it be *gain* times as loud as it came."""
        ...

    async def mute(self, stream: str, muted: bool) -> None:  # noqa: FBT001 - its value
        """Go on unheard, or heard again."""
        ...

    async def stop_after_current(self, stream: str) -> None:
        """Drop what waits; what is being heard is heard to its end."""
        ...


class _Asked(msgspec.Struct):
    """The body of a request; of most it is all."""

    stream: str = "main"


class _Speak(_Asked, kw_only=True):
    """The body of ``POST /v1/speak``."""

    text: str


class _Gain(_Asked, kw_only=True):
    """The body of ``POST /v1/gain``."""

    gain: float


class _Mute(_Asked, kw_only=True):
    """The body of ``POST /v1/mute``."""

    muted: bool = True


A = TypeVar("A", bound=_Asked)


class _Problem(Exception):
    """A request is answered with an error."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def load_pages() -> Pages:
    """Return the pages' files by path, each with its content type; blocks."""
    pages: Pages = {}
    for file in files("streamer.events").joinpath("face").iterdir():
        content_type = _TYPES.get(PurePath(file.name).suffix)
        if file.is_file() and content_type is not None:
            path = f"/{file.name}".removesuffix("index.html").removesuffix(".html")
            pages[path] = (file.read_bytes(), content_type)
    return pages


def make_app(
    shared: Shared, access: Access, control: Control | None, pages: Pages
) -> web.Application:
    """Return the application behind everything that isn't a WebSocket."""
    site = _Site(shared, control, pages)
    app = web.Application(middlewares=[_guard(access)], client_max_size=_MOST_BYTES)
    app.router.add_get("/healthz", site.health)
    app.router.add_get("/rigs.json", site.sheet)
    for path, answer in site.commands().items():
        app.router.add_post(f"/v1/{path}", answer)
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
        self._sheet: bytes | None = None

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file of the pages."""
        body, content_type = self._pages[request.path]
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def sheet(self, _request: web.Request) -> web.StreamResponse:
        """Answer which viseme sets and rigs there are; made when it is first asked."""
        if self._sheet is None:
            feeds = self._shared.feeds
            rigs = {} if feeds is None else feeds.rigs
            names = self._shared.names
            self._sheet = await asyncio.to_thread(make_sheet, names, rigs)
        return web.json_response(body=self._sheet)

    async def health(self, _request: web.Request) -> web.StreamResponse:
        """Answer that the server lives, and whom it serves."""
        return web.json_response(
            {
                "status": "ok",
                "streams": list(self._shared.streams),
                "clients": len(self._shared.connections),
            }
        )

    def commands(self) -> dict[str, Callable[[web.Request], Awaitable[web.Response]]]:
        """Return who answers each path below ``/v1/``."""
        return {
            "speak": self.speak,
            "interrupt": self.interrupt,
            "skip": self.skip,
            "pause": self.pause,
            "resume": self.resume,
            "gain": self.gain,
            "mute": self.mute,
            "stop-after-current": self.stop_after_current,
        }

    async def speak(self, request: web.Request) -> web.Response:
        """Let the engine speak, and answer with the turn's id."""
        asked = await self._asked(request, _Speak, '{"text": …, "stream": "main"}')
        if not asked.text.strip():
            raise _Problem(400, "there is no text to speak")
        with _problems("speak"):
            turn = await self._engine().speak(asked.text, asked.stream)
        return web.json_response({"turn": turn}, status=202)

    async def interrupt(self, request: web.Request) -> web.Response:
        """Stop at once, and answer with what was heard."""
        asked = await self._asked(request, _Asked)
        with _problems("interrupt"):
            return _heard(await self._engine().interrupt(asked.stream))

    async def skip(self, request: web.Request) -> web.Response:
        """Go on to the next utterance, and answer with what was heard."""
        asked = await self._asked(request, _Asked)
        with _problems("skip"):
            return _heard(await self._engine().skip(asked.stream))

    async def pause(self, request: web.Request) -> web.Response:
        """Hold still."""
        asked = await self._asked(request, _Asked)
        with _problems("pause"):
            await self._engine().pause(asked.stream)
        return web.json_response({"stream": asked.stream, "paused": True})

    async def resume(self, request: web.Request) -> web.Response:
        """Go on."""
        asked = await self._asked(request, _Asked)
        with _problems("resume"):
            await self._engine().resume(asked.stream)
        return web.json_response({"stream": asked.stream, "paused": False})

    async def gain(self, request: web.Request) -> web.Response:
        """Set how loud it is."""
        asked = await self._asked(request, _Gain, '{"gain": 0.5, "stream": "main"}')
        with _problems("set the gain"):
            await self._engine().set_gain(asked.stream, asked.gain)
        return web.json_response({"stream": asked.stream, "gain": asked.gain})

    async def mute(self, request: web.Request) -> web.Response:
        """Go on unheard, or heard again."""
        asked = await self._asked(request, _Mute, '{"muted": true, "stream": "main"}')
        with _problems("mute"):
            await self._engine().mute(asked.stream, asked.muted)
        return web.json_response({"stream": asked.stream, "muted": asked.muted})

    async def stop_after_current(self, request: web.Request) -> web.Response:
        """Drop what waits."""
        asked = await self._asked(request, _Asked)
        with _problems("stop"):
            await self._engine().stop_after_current(asked.stream)
        return web.json_response({"stream": asked.stream, "stopping": True})

    def _engine(self) -> Control:
        if self._control is None:
            raise _Problem(503, "this server only shows what others say")
        return self._control

    async def _asked(
        self, request: web.Request, kind: type[A], shape: str = '{"stream": "main"}'
    ) -> A:
        """Return what is asked for, or say what is wrong with the request."""
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
            asked = msgspec.json.decode(await request.read(), type=kind)
        except (ValueError, RecursionError) as error:
            raise _Problem(400, f"send {shape}: {error}") from error
        if asked.stream not in self._shared.streams:
            there = ", ".join(self._shared.streams)
            sentence = f"no stream {asked.stream!r}; there are: {there}"
            raise _Problem(404, sentence)
        return asked


@contextmanager
def _problems(what: str) -> Iterator[None]:
    """Answer with what an engine raises."""
    try:
        yield
    except TooMuchWaiting as error:
        raise _Problem(429, str(error)) from error
    except UsageError as error:
        raise _Problem(400, str(error)) from error
    except StreamerError as error:
        _logger.warning("cannot %s: %s", what, error)
        raise _Problem(502, str(error)) from error


def _heard(heard: HeardTold | None) -> web.Response:
    told = None if heard is None else msgspec.to_builtins(heard)
    return web.json_response({"heard": told})
