"""Resemble's streaming endpoint over HTTP."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import math
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import web

from streamer.audio.format import Format, TimedText
from streamer.audio.wav_writer import wav_header
from streamer.emulator.cutting import Cut
from streamer.emulator.options import EmulatorOptions, Fault
from streamer.emulator.plan import Plan, make_plan
from streamer.emulator.production import Production
from streamer.emulator.request import (
    RequestError,
    SpeechRequest,
    check_token,
    read_request,
)
from streamer.emulator.sending import Sender
from streamer.errors import PortInUse, ServerError, StreamerError, UsageError
from streamer.runner import SystemClock
from streamer.timing.clock import Clock
from streamer.voices import Espeak

__all__ = ["ResembleEmulator"]

_LOG = logging.getLogger(__name__)
_AUDIO_TYPES = ("audio/wav", "audio/x-wav", "audio/*", "*/*", "application/json")
_REFUSALS = {
    Fault.UNAUTHORIZED: (401, "the API token is wrong (a fault that was asked for)"),
    Fault.TOO_MANY: (429, "too many requests (a fault that was asked for)"),
    Fault.INTERNAL: (500, "internal server error (a fault that was asked for)"),
    Fault.UNAVAILABLE: (503, "offline for maintenance (a fault that was asked for)"),
    Fault.JSON_200: (200, "the synthesis failed (a fault that was asked for)"),
}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ResembleEmulator:
    """
    A local server that answers as Resemble's ``POST /stream`` does.

    Speech comes from the local voice. Without encoded timestamps it is sent
    while it is made, the sizes in its header being placeholders; with them the
    whole request is spoken first. Where something cannot be spoken as asked,
    the answer's header ``X-Issues`` holds a JSON array of sentences, named for
    the ``issues`` of the provider's other endpoints. Errors are JSON:
    ``{"success": false, "message": …}``.

    Use it as an async context manager, or call :meth:`start` and :meth:`close`.

    Args:
        options: How to serve.
        clock: What paced sending is measured by; the process's own by default.
    """

    def __init__(
        self, options: EmulatorOptions | None = None, *, clock: Clock | None = None
    ) -> None:
        self._options = options or EmulatorOptions()
        self._clock = clock or SystemClock()
        self._faults_left = self._options.fault_count
        self._runner: web.AppRunner | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._espeak: Espeak | None = None
        self._address = ("", 0)
        self._productions: set[Production] = set()

    @property
    def port(self) -> int:
        """The port that it listens at; 0 before :meth:`start`."""
        return self._address[1]

    @property
    def url(self) -> str:
        """Where requests go, once started."""
        host = f"[{self._address[0]}]" if ":" in self._address[0] else self._address[0]
        return f"http://{host}:{self.port}/stream"

    async def start(self) -> None:
        """
        Load the voice and listen.

        Raises:
            MissingComponent: If espeak-ng is not installed.
            PortInUse: If another program listens there.
            ServerError: If the address cannot be listened at.
            UsageError: If an option is out of its range.
            VoiceError: If there is no voice of the name in the options.
        """
        _check(self._options)
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="emulator")
        try:
            loop = asyncio.get_running_loop()
            self._espeak = await loop.run_in_executor(self._executor, Espeak.shared)
            self._espeak.check(self._options.voice)
            await self._listen()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End every stream and stop listening; harmless when closed already."""
        for production in self._productions:
            production.stop()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        await asyncio.gather(*(p.wait_ended() for p in [*self._productions]))
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()  # every job has ended: this waits for no work

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        await self.close()

    async def _listen(self) -> None:
        app = web.Application(middlewares=[_answer_errors_with_json])
        app.router.add_post("/stream", self._stream)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,  # a client that left is noticed at once
            shutdown_timeout=0.1,
        )
        await self._runner.setup()
        host, port = self._options.host, self._options.port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(host, port) from error
            raise ServerError(f"cannot listen at {host}:{port}: {error}") from error
        address = self._runner.addresses[0]
        self._address = (address[0], address[1])

    def _next_fault(self) -> Fault | None:
        if self._faults_left is None:
            return self._options.fault
        self._faults_left -= 1
        return self._options.fault if self._faults_left >= 0 else None

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        fault = self._next_fault()
        if fault in _REFUSALS:
            return self._refuse(fault)
        check_token(request.headers, self._options.token)
        _check_accept(request.headers.get("Accept", "*/*"))
        asked = read_request(await request.read())
        if self._espeak is None or self._executor is None:
            raise RequestError(503, "the emulator is closing")
        wanted = (asked.voice, self._options.voice)
        plan = make_plan(asked.script, voices=wanted, check=self._espeak.check)
        production = Production(self._espeak, plan, asked.format)
        # Those that ended are forgotten here: one may outlive its client briefly.
        self._productions = {p for p in self._productions if not p.has_ended}
        self._productions.add(production)
        try:
            production.start(self._executor)
            return await self._respond(request, asked, production, fault)
        finally:
            production.stop()

    def _refuse(self, fault: Fault) -> web.Response:
        status, message = _REFUSALS[fault]
        response = _error_response(status, message)
        if fault is Fault.TOO_MANY:
            response.headers["Retry-After"] = str(math.ceil(self._options.retry_after))
        return response

    async def _respond(
        self,
        request: web.Request,
        asked: SpeechRequest,
        production: Production,
        fault: Fault | None,
    ) -> web.StreamResponse:
        if asked.timestamps and self._options.timestamps:
            # The times of all of it stand before its first sample.
            async with aclosing(production.parts()) as parts:
                sound = b"".join([part async for part in parts])
            header = self._timed_header(asked.format, len(sound), production.timed_text)
            body = _Body(header, sound, _nothing(), pad=b"\0" * (len(sound) % 2))
        else:
            parts = production.parts()
            # An error of the voice's is still an answer with a status here.
            first = await anext(parts, b"")
            body = _Body(wav_header(asked.format, frames=None), first, parts)
        response = web.StreamResponse(headers=_headers(production.plan))
        response.enable_chunked_encoding()
        await response.prepare(request)
        sender = Sender(response.write, self._options, self._clock, asked.format)
        cut = Cut(fault, asked.format, self._options.fault_after_ms / 1000)
        try:
            await _send(body, sender, cut)
            await _end_badly(request, fault)
        except ConnectionError:
            pass  # the client left; there is nobody to tell
        except Exception:  # noqa: BLE001 - the boundary of one connection
            _LOG.exception("a stream failed after it had begun")
            _reset(request)
        return response

    def _timed_header(
        self,
        format: Format,
        sound_bytes: int,
        timed_text: list[TimedText],
    ) -> bytes:
        if not self._options.phonemes:
            timed_text = [entry for entry in timed_text if entry.kind == "grapheme"]
        frames = sound_bytes // format.frame_bytes
        return wav_header(format, frames=frames, timed_text=timed_text)


@dataclass(frozen=True, slots=True)
class _Body:
    """A WAV that may still be in the making."""

    header: bytes
    """All before the samples."""
    sound: bytes
    """Whole frames that are there already."""
    parts: AsyncGenerator[bytes]
    """Those that follow, as they are made."""
    pad: bytes = b""
    """What makes the length of ``data`` even, where the header tells it."""


async def _nothing() -> AsyncGenerator[bytes]:
    parts: tuple[bytes, ...] = ()
    for part in parts:
        yield part


async def _send(body: _Body, sender: Sender, cut: Cut) -> None:
    await sender.send_header(cut.header(body.header))
    await sender.send_sound(cut.sound(body.sound))
    async with aclosing(body.parts) as parts:
        async for part in parts:
            await sender.send_sound(cut.sound(part))
            if cut.is_over:
                break
    await sender.send_sound(cut.end())
    if not cut.is_over:
        await sender.send_header(body.pad)


async def _end_badly(request: web.Request, fault: Fault | None) -> None:
    if fault is Fault.STALL:
        await asyncio.Event().wait()  # until the client leaves or the server closes
    if fault is Fault.RESET:
        _reset(request)


def _reset(request: web.Request) -> None:
    """Break the connection off with a TCP RST."""
    transport = request.transport
    if transport is None:
        return
    peer = transport.get_extra_info("socket")
    with suppress(OSError):
        # Lingering for no time makes close() send RST instead of FIN.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _headers(plan: Plan) -> dict[str, str]:
    headers = {"Content-Type": "audio/wav", "Cache-Control": "no-store"}
    if plan.issues:
        headers["X-Issues"] = json.dumps(plan.issues)
    return headers


def _check(options: EmulatorOptions) -> None:
    if options.chunk_bytes < 1:
        raise UsageError("the emulator's chunks must have at least 1 byte")
    if options.pace is not None and not options.pace > 0:
        raise UsageError("the emulator's pace must be above 0")
    if min(options.burst_ms, options.gap_ms, options.fault_after_ms) < 0:
        raise UsageError("the emulator's times must not be below 0")


def _check_accept(accept: str) -> None:
    kinds = [kind.partition(";")[0].strip().lower() for kind in accept.split(",")]
    if not any(kind in _AUDIO_TYPES for kind in kinds):
        raise RequestError(406, f"only audio/wav can be had, not {accept!r}")


def _error_response(status: int, message: str) -> web.Response:
    body = {"success": False, "message": message}
    return web.json_response(body, status=status)


@web.middleware
async def _answer_errors_with_json(
    request: web.Request, handler: _Handler
) -> web.StreamResponse:
    try:
        return await handler(request)
    except RequestError as error:
        return _error_response(error.status, error.message)
    except web.HTTPException as error:
        # A body beyond the limit (413) is not in the documented table.
        status = 400 if error.status == 413 else error.status
        response = _error_response(status, f"{request.path}: {error.reason}")
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except StreamerError as error:
        return _error_response(500, str(error))
    except Exception:  # noqa: BLE001 - the boundary of one connection
        _LOG.exception("a request failed")
        return _error_response(500, "internal error of the emulator; see its log")
