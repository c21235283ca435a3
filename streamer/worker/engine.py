"""The program's side: an engine that runs in a process of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Any, Self

from streamer.engine import EngineOptions, Executor, StreamOptions
from streamer.engine.checks import check_output, check_speech, check_text, check_voice
from streamer.engine.stream_verbs import StreamVerbs
from streamer.errors import EngineLost, StreamerError, UsageError
from streamer.events.options import ServerOptions
from streamer.lipsync.rigs import Rig
from streamer.outputs import Output
from streamer.providers import Voice
from streamer.runner import SystemClock
from streamer.sources import Facilities, HttpPool, Speech
from streamer.worker.host import Begin, Made, Says
from streamer.worker.lending import Lending
from streamer.worker.lent import Ticket
from streamer.worker.link import Does, Link
from streamer.worker.remote import RemoteSaying, RemoteUtterance
from streamer.worker.spawn import Worker

__all__ = ["EngineProcess"]


class EngineProcess(StreamVerbs):
    """
    Plays speech in a process of its own; the verbs are those of :class:`Engine`.

    What an utterance knows at once is asked for with ``await`` here, as in
    ``await utterance.heard()``; a further stream is told by its name.

    .. code-block:: python

        async with streamer.EngineProcess() as engine:
            utterance = await engine.play(streamer.espeak.speak("Hello there."))
            await utterance.wait_ended()

    For programs whose threads keep the interpreter: serialising megabytes of JSON,
    tokenising, running a model. Sources and voices of streamer are copied and work
    there; those of one's own, and iterators, are asked here for what is played next.
    A worker takes about a second to start and 60 to 90 MB; make it once. Leaving the
    block stops all sound at once, and so does the end of the program, however it ends.

    Args:
        output: Where the stream ``main`` is heard, as for :class:`Engine`; it must be
            something that pickle takes.
        options: How it behaves, as for :class:`Engine`; its switch interval has no
            meaning here, as nobody is busy there.
        python: The interpreter to run; that of the program where it is None.

    Raises:
        UsageError: *output* is none.
    """

    MAIN = StreamVerbs.MAIN
    START = 60.0
    """Seconds that it may take to start."""
    PATIENCE = 10.0
    """Seconds that it may take to end; then it is killed."""

    def __init__(
        self,
        output: Output | None = None,
        *,
        options: EngineOptions | None = None,
        python: str | None = None,
    ) -> None:
        if output is not None:
            check_output(output)
        self.clock = SystemClock()
        """Its times are those of the worker, too."""
        self.options = options or EngineOptions()
        self._output = output
        self._python = python
        self._worker: Worker | None = None
        self._lending: Lending | None = None
        self._waits: set[asyncio.Task[None]] = set()
        self._stack = AsyncExitStack()
        self._is_entered = False

    # -- its life -------------------------------------------------------------

    async def __aenter__(self) -> Self:
        if self._is_entered:
            raise UsageError("this engine process runs already; make another one")
        self._is_entered = True
        try:
            await self._begin()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._worker is not None:
                with suppress(EngineLost, TimeoutError):
                    async with asyncio.timeout(self.PATIENCE / 2):
                        await self._worker.end()
        finally:
            await self._close()

    async def _begin(self) -> None:
        options = self.options
        executor = Executor()
        self._stack.push_async_callback(executor.close)
        pool = await self._stack.enter_async_context(HttpPool())
        facilities = Facilities(self.clock, executor.run, pool)
        self._lending = lending = Lending(facilities, options.letter_to_sound)
        does: Does = {"notice": options.notice, "log": _log_here, **lending.does}
        begin = Begin(
            self._output,
            options.stream,
            options.letter_to_sound is not None,
            logging.getLogger("streamer").getEffectiveLevel(),
        )
        try:
            async with asyncio.timeout(self.START):
                self._worker = await Worker.start(self._python, does)
                await self._worker.link.call("begin", begin)
        except TimeoutError as error:
            raise EngineLost(f"it did not begin within {self.START:g} s") from error

    async def _close(self) -> None:
        """Let go of the worker, and of all that was lent to it; idempotent."""
        worker, self._worker = self._worker, None
        waits = list(self._waits)
        for task in waits:
            task.cancel()
        try:
            await asyncio.gather(*waits, return_exceptions=True)
            if worker is not None:
                await worker.close(self.PATIENCE / 2)
        finally:
            await self._stack.aclose()
            self._is_entered = False

    @property
    def _link(self) -> Link:
        if self._worker is None:
            raise UsageError("the engine is not running: use it with 'async with'")
        return self._worker.link

    @property
    def _lends(self) -> Lending:
        assert self._lending is not None
        return self._lending

    # -- what is asked of it --------------------------------------------------

    async def stream(
        self, name: str, *, output: Output, options: StreamOptions | None = None
    ) -> None:
        """
        Make a further stream, heard on an output of its own; its verbs are told *name*.

        Args:
            name: What it is called, on the wire too.
            output: Where it is heard; something that pickle takes.
            options: How it behaves; as the others do where it is None.

        Raises:
            UsageError: There is one of this name, or it is no output.
            OutputError, MissingComponent: The output can't be had.
        """
        check_output(output)
        wanted = options or self.options.stream
        undo = partial(self._undo, "drop_stream")
        await self._link.call("add", name, output, wanted, undo=undo)

    async def play(self, speech: Speech, *, stream: str = MAIN) -> RemoteUtterance:
        """
        Hand *speech* to a stream, behind what it already has; returns at once.

        Raises:
            UsageError: There is no such stream.
            OutputError, MissingComponent: The output can't be had.
        """
        check_speech(speech)
        link = self._link
        told = self._lends.speech(speech)
        keys = _keys(told)
        with self._taken_back(keys):
            made = await link.call("play", stream, told, undo=self._drop_made)
        return RemoteUtterance(made, link)

    async def say(
        self,
        text: str | AsyncIterator[str],
        voice: Voice | None = None,
        *,
        stream: str = MAIN,
        pause: float = 0.0,
    ) -> RemoteSaying:
        """
        Speak *text* sentence by sentence, as :meth:`Engine.say`; returns at once.

        Raises:
            UsageError: There is no such stream, or no such pause.
            OutputError, MissingComponent: The output can't be had.
        """
        check_text(text)
        check_voice(voice)
        link, lends = self._link, self._lends
        told, speaker = lends.text(text), lends.voice(voice)
        keys = _keys(told, speaker)
        says = Says(told, speaker, pause)
        with self._taken_back(keys):
            made = await link.call("say", stream, says, undo=self._drop_made)
        saying = RemoteSaying(made, link)
        self._take_back_after(saying.wait_over, keys)
        return saying

    @asynccontextmanager
    async def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 8765,
        *,
        voice: Voice | None = None,
        options: ServerOptions | None = None,
        rigs: Mapping[str, Rig] | None = None,
    ) -> AsyncIterator[tuple[str, int]]:
        """
        Publish all its streams while the block runs, as :func:`streamer.serve`.

        The server runs there, too: shapes wait for no thread of the program.

        Yields:
            Where it listens: host and port.

        Raises:
            UsageError: Other machines could reach it, and that was not asked for.
            PortInUse: Another program listens there.
        """
        link, speaker = self._link, self._lends.voice(voice)
        try:
            asked = host, port, speaker, options, rigs
            handle, address = await link.call("serve", *asked, undo=self._drop_server)
            try:
                yield address
            finally:
                with suppress(EngineLost):
                    await link.call("unserve", handle)
        finally:
            self._lends.take_back(*_keys(speaker))

    async def open(self, *, stream: str = MAIN) -> None:
        """Get hold of a stream's output now rather than at the first utterance."""
        await self._ask(stream, "open")

    async def close(self, *, stream: str) -> None:
        """Stop a stream at once and let go of its output."""
        await self._ask(stream, "close")

    async def wait_drained(self, *, stream: str = MAIN) -> None:
        """Return once nothing waits and nothing plays on a stream."""
        await self._ask(stream, "wait_drained")

    async def _ask(self, stream: str, verb: str, *args: object) -> Any:  # noqa: ANN401
        """Have a stream do one of its verbs, and return what that returns."""
        return await self._link.call("ask_stream", stream, verb, *args)

    # -- what is lent ---------------------------------------------------------

    @contextmanager
    def _taken_back(self, keys: Sequence[int]) -> Iterator[None]:
        """Take back what was lent for something that was not made."""
        try:
            yield
        except BaseException:
            self._lends.take_back(*keys)
            raise

    def _take_back_after(
        self, wait: Callable[[], Awaitable[object]], keys: Sequence[int]
    ) -> None:
        """Take back what was lent once nobody will ask for it."""

        async def take_back() -> None:
            with suppress(StreamerError):  # whoever waits for it is told
                await wait()
            self._lends.take_back(*keys)

        if keys:
            task = asyncio.create_task(take_back(), name="take back")
            self._waits.add(task)
            task.add_done_callback(self._waits.discard)

    # -- what nobody waited for until it was made -----------------------------

    def _drop_made(self, made: Made) -> None:
        self._undo("drop", made.handle)

    def _drop_server(self, made: tuple[int, tuple[str, int]]) -> None:
        self._undo("drop_server", made[0])

    def _undo(self, name: str, *args: object) -> None:
        if self._worker is not None:
            self._worker.link.tell(name, *args)


def _keys(*told: object) -> list[int]:
    """Return the keys of what is lent among what is sent."""
    return [each.key for each in told if isinstance(each, Ticket)]


def _log_here(name: str, level: int, text: str) -> None:
    """Log what the worker logged."""
    logging.getLogger(name).log(level, "%s", text)
