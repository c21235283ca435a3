"""The worker: an engine that does what another process asks for."""

from __future__ import annotations

import asyncio
import itertools
import logging
import signal
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import (
    AsyncExitStack,
    aclosing,
    contextmanager,
    nullcontext,
    suppress,
)
from dataclasses import dataclass
from typing import Any

from streamer.engine import Engine, EngineOptions, Saying, StreamOptions, Utterance
from streamer.engine.serving import serve
from streamer.errors import EngineLost, StreamerError
from streamer.events.options import ServerOptions
from streamer.lipsync import Cue, Mark
from streamer.lipsync.rigs import Rig
from streamer.outputs import Output
from streamer.providers import Voice
from streamer.sources import Speech
from streamer.worker.lent import (
    LentReader,
    SpeechTicket,
    VoiceTicket,
    borrow,
    borrow_voice,
)
from streamer.worker.link import Does, Link, Writer
from streamer.worker.pipes import PipeWriter, read_pipe, take_standard_pipes

__all__ = ["Begin", "Made", "Says", "host", "main"]

PATIENCE = 5.0
"""Seconds that the program may take to close the pipe when all is over."""
STREAM_VERBS = frozenset(
    ("interrupt", "skip", "stop_after_current", "pause", "resume", "set_gain", "mute",
     "open", "close", "wait_drained")
)  # fmt: skip
"""What may be asked of a stream."""
OWN_VERBS = frozenset(
    ("wait_started", "wait_over", "wait_ended", "interrupt", "skip", "pause", "resume")
)
"""What may be asked of an utterance or a turn."""
OWN_LOOKS = frozenset(("heard", "what_was_heard", "report"))
"""The same, of what answers at once."""


@dataclass(frozen=True, slots=True)
class Begin:
    """How the engine is to be made."""

    output: Output | None
    options: StreamOptions
    reads: bool
    """Whether the program has a letter-to-sound of its own."""
    level: int
    """The least level of messages that its log takes."""


@dataclass(frozen=True, slots=True)
class Made:
    """An utterance, or a turn, that the worker keeps."""

    handle: int
    """Names it between the two processes."""
    id: str
    """Its name on the wire."""
    text: str | None = None
    """What it says, as far as is known."""


@dataclass(frozen=True, slots=True)
class Says:
    """A turn that is asked for."""

    text: str | int
    """The text, or the key of what it is written by."""
    voice: Voice | VoiceTicket | None
    pause: float


class Host:
    """Does what the program asks for."""

    def __init__(self) -> None:
        self.link: Link
        self.engine: Engine
        loop = asyncio.get_running_loop()
        self.asked: asyncio.Future[Begin] = loop.create_future()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.ending = asyncio.Event()
        self.ended = asyncio.Event()
        self.failure: Exception | None = None
        self._handles = itertools.count(1)
        self._kept: dict[int, Utterance | Saying] = {}
        self._served: dict[int, AsyncExitStack] = {}
        self._dropping: set[asyncio.Task[None]] = set()
        self.does: Does = {
            "begin": self._begin,
            "end": self._end,
            "add": self._add,
            "play": self._play,
            "say": self._say,
            "ask_stream": self._ask_stream,
            "ask": self._ask,
            "look": self._look,
            "cues": self._cues,
            "words": self._words,
            "said_cues": self._said_cues,
            "serve": self._serve,
            "unserve": self._unserve,
            "forget": self._forget,
            "drop": self._drop,
        }

    async def close(self) -> None:
        """End its servers."""
        for stack in self._served.values():
            await stack.aclose()

    async def _begin(self, begin: Begin) -> None:
        self.asked.set_result(begin)
        await self.begun

    async def _end(self) -> None:
        self.ending.set()
        await self.ended.wait()
        if self.failure is not None:
            raise self.failure

    async def _add(self, name: str, output: Output, options: StreamOptions) -> None:
        await self.engine.stream(name, output=output, options=options)

    async def _play(self, stream: str, told: Speech | SpeechTicket) -> Made:
        speech = borrow(self.link, told)
        utterance = await self.engine.play(speech, stream=stream)
        return self._keep(utterance, utterance.text)

    async def _say(self, stream: str, says: Says) -> Made:
        text = says.text
        saying = await self.engine.say(
            text if isinstance(text, str) else self.link.iterate("lent", text),
            borrow_voice(self.link, says.voice),
            stream=stream,
            pause=says.pause,
        )
        return self._keep(saying)

    async def _ask_stream(self, stream: str, verb: str, *args: object) -> object:
        assert verb in STREAM_VERBS
        return await getattr(self.engine.find(stream), verb)(*args)

    async def _ask(self, handle: int, verb: str) -> object:
        assert verb in OWN_VERBS
        return await getattr(self._kept[handle], verb)()

    async def _look(self, handle: int, verb: str) -> object:
        assert verb in OWN_LOOKS
        return getattr(self._kept[handle], verb)()

    async def _cues(
        self, handle: int, visemes: str, lead: float
    ) -> AsyncGenerator[Cue, None]:
        cues = self._utterance(handle).cues(visemes=visemes, lead=lead)
        async with aclosing(cues) as found:  # type: ignore[type-var]
            async for cue in found:
                yield cue

    async def _words(self, handle: int, lead: float) -> AsyncGenerator[Mark, None]:
        words = self._utterance(handle).words(lead=lead)
        async with aclosing(words) as found:  # type: ignore[type-var]
            async for word in found:
                yield word

    async def _said_cues(
        self, handle: int, lead: float
    ) -> AsyncGenerator[tuple[Made | None, Cue], None]:
        """Yield a turn's cues; the first of each piece with what it is of."""
        saying = self._kept[handle]
        assert isinstance(saying, Saying)
        before: Utterance | None = None
        async with aclosing(saying.cues(lead=lead)) as found:  # type: ignore[type-var]
            async for utterance, cue in found:
                is_new = utterance is not before
                yield (self._keep(utterance, utterance.text) if is_new else None), cue
                before = utterance

    async def _serve(
        self,
        host: str,
        port: int,
        voice: Voice | VoiceTicket | None,
        options: ServerOptions | None,
        rigs: Mapping[str, Rig] | None,
    ) -> tuple[int, tuple[str, int]]:
        stack = AsyncExitStack()
        own = borrow_voice(self.link, voice)
        serving = serve(self.engine, host, port, voice=own, options=options, rigs=rigs)
        server = await stack.enter_async_context(serving)
        handle = next(self._handles)
        self._served[handle] = stack
        return handle, server.address

    async def _unserve(self, handle: int) -> None:
        await self._served.pop(handle).aclose()

    def _forget(self, handle: int) -> None:
        self._kept.pop(handle, None)

    def _drop(self, handle: int) -> None:
        """Leave out what was made for somebody who no longer waits for it."""
        task = asyncio.create_task(_stop(self._kept.pop(handle)), name="drop")
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)

    def _keep(self, made: Utterance | Saying, text: str | None = None) -> Made:
        handle = next(self._handles)
        self._kept[handle] = made
        return Made(handle, made.id, text)

    def _utterance(self, handle: int) -> Utterance:
        made = self._kept[handle]
        assert isinstance(made, Utterance)
        return made


async def _stop(made: Utterance | Saying) -> None:
    if isinstance(made, Utterance):
        await made.skip()
    else:
        await made.interrupt()


async def host(
    reader: asyncio.StreamReader,
    writer: Writer,
    *,
    make: Callable[..., Engine] = Engine,
    logs: bool = False,
) -> None:
    """
    Run an engine until the program at the other end ends it, or is gone.

    Args:
        reader: What the program writes.
        writer: What it reads.
        make: Makes the engine, as :class:`Engine` does.
        logs: Whether what streamer logs goes to the program, and nowhere else.
    """
    hosted = Host()
    hosted.link = link = Link(reader, writer, hosted.does, lost=_lost)
    running = asyncio.create_task(link.run(), name="link")
    try:
        either: list[asyncio.Future[Any]] = [running, hosted.asked]
        await asyncio.wait(either, return_when=FIRST_COMPLETED)
        if hosted.asked.done():
            level = hosted.asked.result().level
            with _logging(link, level) if logs else nullcontext():
                await _run_engine(hosted, running, make)
        await asyncio.wait([running], timeout=PATIENCE)  # it closes when it is told
    finally:
        running.cancel()
        await asyncio.wait([running])
        link.end()


async def _run_engine(
    host: Host, running: asyncio.Task[None], make: Callable[..., Engine]
) -> None:
    begin, link = host.asked.result(), host.link
    options = EngineOptions(
        stream=begin.options,
        notice=lambda error: link.tell("notice", error),
        letter_to_sound=LentReader(link) if begin.reads else None,
    )
    ending = asyncio.create_task(host.ending.wait(), name="ending")
    try:
        async with make(begin.output, options=options) as host.engine:
            host.begun.set_result(None)
            await asyncio.wait([running, ending], return_when=FIRST_COMPLETED)
            await host.close()
    except Exception as error:  # noqa: BLE001 - the program is told
        if not host.begun.done():
            host.begun.set_exception(error)
        else:
            host.failure = error
    finally:
        ending.cancel()
        host.ended.set()


def _lost() -> StreamerError:
    return EngineLost("the program is gone")


class _LogSender(logging.Handler):
    """Sends what streamer logs to the program's log."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        told = record.name, record.levelno, self.format(record)
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._link.tell, "log", *told)


@contextmanager
def _logging(link: Link, level: int) -> Iterator[None]:
    log, sender = logging.getLogger("streamer"), _LogSender(link)
    log.setLevel(level)
    log.propagate = False
    log.addHandler(sender)
    try:
        yield
    finally:
        log.removeHandler(sender)


async def _host_pipes() -> None:
    incoming, outgoing = take_standard_pipes()
    writer = PipeWriter(outgoing)
    try:
        await host(read_pipe(incoming), writer, logs=True)
    finally:
        writer.close()


def main() -> None:
    """Serve the program at the other end of standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program says when it is over
    asyncio.run(_host_pipes())
