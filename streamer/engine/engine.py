"""The engine: clock, executor, connections and streams of one process."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from streamer.engine.checks import check_output, check_speech, check_text, check_voice
from streamer.engine.histories import Histories
from streamer.engine.letters import Letters
from streamer.engine.options import Common, StreamOptions
from streamer.engine.running import Executor, Turns, quick_turns
from streamer.engine.stream import Stream
from streamer.engine.stream_verbs import StreamVerbs
from streamer.engine.turn import Saying
from streamer.engine.utterance import Utterance
from streamer.errors import StreamerError, UsageError
from streamer.events.log import StreamLog
from streamer.lipsync import LetterToSound, all_sets
from streamer.lipsync.visemes import NAMES
from streamer.outputs import AutoOutput, Output
from streamer.providers import Voice, espeak
from streamer.runner import Runner, SystemClock
from streamer.sources import Facilities, HttpPool, Speech
from streamer.timing import Clock

__all__ = ["Engine", "EngineOptions"]

_log = logging.getLogger("streamer")


def _say_in_log(error: StreamerError) -> None:
    _log.warning("no sound will be heard: %s", error)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How an engine behaves."""

    stream: StreamOptions = field(default_factory=StreamOptions)
    """How its streams behave."""
    notice: Callable[[StreamerError], None] = _say_in_log
    """Called once where there is no sound device and time is kept without, and
    each time a device was lost; it is looked for again meanwhile."""
    switch_interval: float | None = 0.0005
    """Seconds after which a busy thread hands over the interpreter while the
    engine runs (``sys.setswitchinterval``, which is the whole process's; it is
    only ever lowered, and put back, also while calls in C keep the interpreter for
    30 ms and more). A chunk that has come waits for it several times before it is
    heard. None leaves it alone."""
    letter_to_sound: LetterToSound | None = None
    """Who reads text where a voice tells no phonemes; None is espeak-ng, loaded
    when it is first needed. Called in a thread."""

    def __post_init__(self) -> None:
        """
        Raises:
            UsageError: There is no such switch interval.
        """
        interval = self.switch_interval
        if interval is not None and not 0.0 < interval < 1.0:
            raise UsageError(f"a switch interval is above 0 and below 1 s: {interval}")


class Engine(StreamVerbs):
    """
    Plays speech, and knows what is heard of it. One a process is enough.

    .. code-block:: python

        async with streamer.Engine() as engine:
            utterance = await engine.play(streamer.espeak.speak("Hello there."))
            async for cue in utterance.cues():
                print(cue.viseme)
            await utterance.wait_ended()

    Leaving the block stops all sound at once; wait before you leave. All
    tasks, threads, sockets and devices end with it.

    Args:
        output: Where the stream ``main`` is heard; the default device, or no
            sound at all where there is none, when it is None.
        clock: What times are measured by.
        run: Runs blocking calls; threads of its own where it is None.
        options: How it behaves.

    Raises:
        UsageError: *output* is none.
    """

    MAIN = StreamVerbs.MAIN
    MOST_PAUSE = 60.0
    """Seconds; the longest pause between the pieces of a turn."""

    def __init__(
        self,
        output: Output | None = None,
        *,
        clock: Clock | None = None,
        run: Runner | None = None,
        options: EngineOptions | None = None,
    ) -> None:
        if output is not None:
            check_output(output)
        self.clock: Clock = clock or SystemClock()
        self.options = options or EngineOptions()
        self.streams: dict[str, Stream] = {}
        self._output = output
        self._run = run
        self._turns = 0
        self._stack = AsyncExitStack()
        self._group: asyncio.TaskGroup | None = None
        self._facilities: Facilities | None = None
        self._histories = Histories()
        self._letters: Letters | None = None
        self._quick = Turns(None)
        self._unknown: set[str] = set()

    async def __aenter__(self) -> Self:
        try:
            await self._begin()
        except BaseException as error:
            # Nobody calls __aexit__ then: cancelled, it must leave nothing behind.
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def _begin(self) -> None:
        quick = quick_turns(self.options.switch_interval)
        self._quick = self._stack.enter_context(quick)
        run = self._run
        if run is None:
            executor = Executor()
            self._stack.push_async_callback(executor.close)
            run = executor.run
        pool = await self._stack.enter_async_context(HttpPool())
        self._group = await asyncio.TaskGroup().__aenter__()
        self._facilities = Facilities(self.clock, run, pool)
        self._letters = Letters(run, self.options.letter_to_sound)
        await run(all_sets)  # read from files, once a process
        self._add(self.MAIN, self._output or AutoOutput(self.options.notice))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        group, self._group = self._group, None
        closing = AsyncExitStack()
        closing.push_async_exit(self._stack)
        if group is not None:
            # The error of the block is the caller's own; it goes on unwrapped.
            closing.push_async_callback(group.__aexit__, None, None, None)
        for stream in list(self.streams.values()):
            stream.stop_nowait()
            closing.push_async_callback(stream.close)
        await closing.aclose()

    @property
    def main(self) -> Stream:
        """The default stream."""
        return self.streams[self.MAIN]

    async def stream(
        self, name: str, *, output: Output, options: StreamOptions | None = None
    ) -> Stream:
        """
        Make a further stream, heard on an output of its own.

        Args:
            name: What it is called, on the wire too.
            output: Where it is heard.
            options: How it behaves; as the others do where it is None.

        Raises:
            UsageError: There is one of this name, or it is no output.
            OutputError, MissingComponent: The output can't be had.
        """
        check_output(output)
        if name in self.streams:
            raise UsageError(f"there is a stream {name!r} already")
        stream = self._add(name, output, options)
        try:
            await stream.open()
        except BaseException:
            self._forget(stream)
            raise
        return stream

    async def play(self, speech: Speech, *, stream: str = MAIN) -> Utterance:
        """
        Hand *speech* to a stream, behind what it already has; returns at once.

        Raises:
            UsageError: There is no such stream, or it is no speech.
            OutputError, MissingComponent: The output can't be had.
        """
        check_speech(speech)
        return await self.find(stream).play(speech)

    async def say(
        self,
        text: str | AsyncIterator[str],
        voice: Voice | None = None,
        *,
        stream: str = MAIN,
        pause: float = 0.0,
    ) -> Saying:
        """
        Speak *text* sentence by sentence; returns at once.

        Args:
            text: The text, or an async iterator of its parts as they are
                written. Any length.
            voice: Who speaks; the local voice where it is None.
            stream: Where it is heard.
            pause: Seconds of silence between its pieces; 0 is without a gap.

        Raises:
            UsageError: There is no such stream, pause, text or voice.
            OutputError, MissingComponent: The output can't be had.
        """
        check_text(text)
        check_voice(voice)
        if not 0.0 <= pause <= self.MOST_PAUSE:
            raise UsageError(f"a pause is from 0 to {self.MOST_PAUSE:g} s, not {pause}")
        target = self.find(stream)
        await target.open()
        self._turns += 1
        saying = Saying(
            f"t{self._turns}", target, voice or espeak.EspeakVoice(), text, pause=pause
        )
        assert self._group is not None
        saying.start(self._group)
        return saying

    def find(self, name: str) -> Stream:
        """
        Return the stream of that name.

        Raises:
            UsageError: There is none, or the engine is not running.
        """
        if self._group is None:
            raise UsageError("the engine is not running: use it with 'async with'")
        if name not in self.streams:
            there = ", ".join(repr(known) for known in self.streams)
            raise UsageError(f"there is no stream {name!r}; there are: {there}")
        return self.streams[name]

    async def _ask(self, stream: str, verb: str, *args: object) -> Any:  # noqa: ANN401
        """Have a stream do one of its verbs, and return what that returns."""
        return await getattr(self.find(stream), verb)(*args)

    def _add(
        self, name: str, output: Output, options: StreamOptions | None = None
    ) -> Stream:
        if self._group is None or self._facilities is None or self._letters is None:
            raise UsageError("the engine is not running: use it with 'async with'")
        common = Common(
            self._facilities,
            self._group,
            self._histories,
            self.options.notice,
            self._letters,
            self._quick,
            self._unknown,
        )
        self.streams[name] = Stream(
            name,
            output,
            common=common,
            log=StreamLog(name, secrets.token_hex(8), clock=self.clock, sets=NAMES),
            options=options or self.options.stream,
            on_close=self._forget,
        )
        return self.streams[name]

    def _forget(self, stream: Stream) -> None:
        """Let a closed stream's name be used again; main stays, and says so."""
        if stream.name != self.MAIN and self.streams.get(stream.name) is stream:
            del self.streams[stream.name]
