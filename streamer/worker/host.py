"""What the worker does for the program: all that may be asked of its engine."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

from streamer.engine import Engine, Saying, StreamOptions, Utterance
from streamer.engine.serving import serve
from streamer.events.options import ServerOptions
from streamer.lipsync import Cue, Mark
from streamer.lipsync.rigs import Rig
from streamer.outputs import Output
from streamer.providers import Voice
from streamer.sources import Speech
from streamer.worker.lent import (
    SpeechTicket,
    Ticket,
    VoiceTicket,
    borrow,
    borrow_voice,
)
from streamer.worker.link import Does, Link

__all__ = ["Begin", "Handle", "Host", "Made", "Says"]

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

Handle = int | tuple[int, int]
"""What the worker keeps; a turn's piece by the turn's, and its index."""


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

    handle: Handle
    """Names it between the two processes."""
    id: str
    """Its name on the wire."""
    text: str | None = None
    """What it says, as far as is known."""


@dataclass(frozen=True, slots=True)
class Says:
    """A turn that is asked for."""

    text: str | Ticket
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
        self._dropping: set[asyncio.Task[object]] = set()
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
            "drop_stream": self._drop_stream,
            "drop_server": self._drop_server,
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

    async def _add(self, name: str, output: Output, options: StreamOptions) -> str:
        return (await self.engine.stream(name, output=output, options=options)).name

    async def _play(self, stream: str, told: Speech | SpeechTicket) -> Made:
        speech = borrow(self.link, told)
        utterance = await self.engine.play(speech, stream=stream)
        # Whoever asks for its cues does so a message later, when much has been read.
        utterance.mouthing.is_asked = True
        return self._keep(utterance, utterance.text)

    async def _say(self, stream: str, says: Says) -> Made:
        text = says.text
        saying = await self.engine.say(
            text if isinstance(text, str) else self.link.iterate("lent", text.key),
            borrow_voice(self.link, says.voice),
            stream=stream,
            pause=says.pause,
        )
        return self._keep(saying)

    async def _ask_stream(self, stream: str, verb: str, *args: object) -> object:
        assert verb in STREAM_VERBS
        return await getattr(self.engine.find(stream), verb)(*args)

    async def _ask(self, handle: Handle, verb: str) -> object:
        assert verb in OWN_VERBS
        return await getattr(self._find(handle), verb)()

    async def _look(self, handle: Handle, verb: str) -> object:
        assert verb in OWN_LOOKS
        return getattr(self._find(handle), verb)()

    async def _cues(
        self, handle: Handle, visemes: str, lead: float
    ) -> AsyncGenerator[Cue, None]:
        cues = self._utterance(handle).cues(visemes=visemes, lead=lead)
        async with aclosing(cues) as found:  # type: ignore[type-var]
            async for cue in found:
                yield cue

    async def _words(self, handle: Handle, lead: float) -> AsyncGenerator[Mark, None]:
        words = self._utterance(handle).words(lead=lead)
        async with aclosing(words) as found:  # type: ignore[type-var]
            async for word in found:
                yield word

    async def _said_cues(
        self, handle: int, lead: float
    ) -> AsyncGenerator[tuple[Made, Cue], None]:
        """Yield a turn's cues, each with the piece that it is of."""
        saying = self._kept[handle]
        assert isinstance(saying, Saying)
        async with aclosing(saying.cues(lead=lead)) as found:  # type: ignore[type-var]
            async for piece, cue in found:
                at = saying.utterances.index(piece)
                yield Made((handle, at), piece.id, piece.text), cue

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

    # -- what was made for somebody who no longer waits for it ----------------

    def _drop(self, handle: int) -> None:
        self._later(self._kept.pop(handle).skip())

    def _drop_stream(self, name: str) -> None:
        self._later(self.engine.find(name).close())

    def _drop_server(self, handle: int) -> None:
        self._later(self._unserve(handle))

    def _later(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work, name="drop")
        self._dropping.add(task)
        task.add_done_callback(self._dropping.discard)

    # -- what it keeps --------------------------------------------------------

    def _keep(self, made: Utterance | Saying, text: str | None = None) -> Made:
        handle = next(self._handles)
        self._kept[handle] = made
        return Made(handle, made.id, text)

    def _find(self, handle: Handle) -> Utterance | Saying:
        if isinstance(handle, int):
            return self._kept[handle]
        saying = self._kept[handle[0]]
        assert isinstance(saying, Saying)
        return saying.utterances[handle[1]]

    def _utterance(self, handle: Handle) -> Utterance:
        made = self._find(handle)
        assert isinstance(made, Utterance)
        return made
