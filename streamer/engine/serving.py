"""Publishes an engine's streams: the viseme server, and speech on request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager

from streamer.engine.engine import Engine
from streamer.engine.frames import EngineFrames
from streamer.engine.heard import Heard
from streamer.engine.stream import Stream
from streamer.engine.turn import Saying
from streamer.errors import StreamerError, UsageError
from streamer.events.log import StreamLog
from streamer.events.options import ServerOptions
from streamer.events.server import EventServer
from streamer.events.web import HeardTold, TooMuchWaiting
from streamer.lipsync import VisemeSet, all_sets
from streamer.lipsync.rigs import RIGS, Rig, find_rig
from streamer.providers import Voice
from streamer.timing import to_us

__all__ = ["EngineControl", "serve"]

_log = logging.getLogger("streamer")


def _say_in_log(error: StreamerError) -> None:
    _log.warning("what was asked for could not be spoken: %s", error)


@asynccontextmanager
async def serve(
    engine: Engine,
    host: str = "127.0.0.1",
    port: int = 8765,
    *,
    voice: Voice | None = None,
    options: ServerOptions | None = None,
    rigs: Mapping[str, Rig] | None = None,
    notice: Callable[[StreamerError], None] = _say_in_log,
) -> AsyncIterator[EventServer]:
    """
    Publish all streams of *engine* while the block runs.

    .. code-block:: python

        async with streamer.serve(engine, "127.0.0.1", 8765) as server:
            ...

    Args:
        engine: Whose streams; also those that are made later.
        host: Where to listen.
        port: Which port; 0 takes a free one, see ``server.address``.
        voice: Who speaks what clients ask for; the local voice where it is
            None.
        options: Who is let in, and how long the server waits.
        rigs: Avatars of one's own that clients may ask frames for, by name;
            besides those of :data:`streamer.lipsync.rigs.RIGS`.
        notice: Called with the reason where what a client asked for failed.

    Raises:
        UsageError: Other machines could reach it, and that was not asked for; or there
            is no such port, or this is no engine of this process.
        PortInUse: Another program listens there.
    """
    if not isinstance(engine, Engine):
        raise UsageError(
            f"serve takes a streamer.Engine, not a {type(engine).__name__}; an "
            "EngineProcess serves itself: async with engine.serve(host, port)"
        )
    if not isinstance(port, int) or not 0 <= port < 2**16:
        raise UsageError(f"a port is a number from 0 to 65535, not {port!r}")
    control = EngineControl(engine, voice, notice=notice)
    # Read from files, so not on the loop: what plays already must not wait for it.
    known = await engine.main.facilities.run(_built_in_rigs) | dict(rigs or {})
    server = EventServer(
        _Logs(engine.streams),
        clock=engine.clock,
        host=host,
        port=port,
        control=control,
        options=options,
        names={visemes.name: _neutral_first(visemes) for visemes in all_sets()},
        frames=EngineFrames(engine.streams, known),
        rigs=known,
    )
    try:
        async with server:
            yield server
    finally:
        await control.close()


class EngineControl:
    """
    Does what clients ask: speaks, one turn after the other, and stops.

    Args:
        engine: Who plays.
        voice: Who speaks; the local voice where it is None.
        notice: Called with the reason of each turn that failed.
    """

    MAX_WAITING = 32
    """Turns of one stream that are not over; a further one is refused."""

    def __init__(
        self,
        engine: Engine,
        voice: Voice | None = None,
        *,
        notice: Callable[[StreamerError], None] = _say_in_log,
    ) -> None:
        self._engine = engine
        self._voice = voice
        self._notice = notice
        self._turns: dict[str, list[asyncio.Task[None]]] = {}
        self._asking = asyncio.Lock()

    async def speak(self, text: str, stream: str) -> str:
        """
        Speak *text* behind the turns that wait; returns the turn's id at once.

        Raises:
            TooMuchWaiting: As many turns as may wait for this stream.
            UsageError: There is no such stream, or no text.
            OutputError, MissingComponent: The stream's output can't be had.
        """
        if not text.strip():
            raise UsageError("there is no text to speak")
        async with self._asking:
            turns = self._turns.setdefault(stream, [])
            if len(turns) >= self.MAX_WAITING:
                raise TooMuchWaiting(
                    f"{len(turns)} turns wait on the stream {stream!r} already; "
                    "try again when some of them were heard"
                )
            saying = await self._engine.say(text, self._voice, stream=stream)
            task = asyncio.create_task(self._follow(saying), name=f"turn {saying.id}")
            turns.append(task)
            task.add_done_callback(turns.remove)
            return saying.id

    async def interrupt(self, stream: str) -> HeardTold | None:
        """Stop *stream* at once; returns what was heard of what was playing."""
        return _told(await self._engine.interrupt(stream=stream))

    async def skip(self, stream: str) -> HeardTold | None:
        """Stop only what is being heard on *stream*; returns what was heard of it."""
        return _told(await self._engine.skip(stream=stream))

    async def pause(self, stream: str) -> None:
        """Let *stream* hold still."""
        await self._engine.pause(stream=stream)

    async def resume(self, stream: str) -> None:
        """Let *stream* go on."""
        await self._engine.resume(stream=stream)

    async def set_gain(self, stream: str, gain: float) -> None:
        """Let *stream* be *gain* times as loud as it came."""
        await self._engine.set_gain(gain, stream=stream)

    async def mute(self, stream: str, muted: bool) -> None:  # noqa: FBT001 - its value
        """Let *stream* go on unheard, or heard again."""
        await self._engine.mute(muted, stream=stream)

    async def stop_after_current(self, stream: str) -> None:
        """Drop what waits on *stream*; what is being heard is heard to its end."""
        await self._engine.stop_after_current(stream=stream)

    async def close(self) -> None:
        """Follow no turn any more; those that were asked for are the engine's."""
        tasks = [task for turns in self._turns.values() for task in turns]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, saying: Saying) -> None:
        try:
            await saying.wait_ended()
        except StreamerError as error:
            self._notice(error)
            # The pieces behind the one that failed are still heard.
            rest = [utterance.wait_ended() for utterance in saying.utterances]
            await asyncio.gather(*rest, return_exceptions=True)


def _built_in_rigs() -> dict[str, Rig]:
    return {name: find_rig(name) for name in RIGS}


def _neutral_first(visemes: VisemeSet) -> tuple[str, ...]:
    others = (name for name in visemes.names if name != visemes.neutral)
    return (visemes.neutral, *others)


def _told(heard: Heard | None) -> HeardTold | None:
    """*heard* in the wire's units."""
    if heard is None:
        return None
    return HeardTold(
        media=to_us(heard.media_time),
        frame=heard.frame,
        word=heard.word,
        phoneme=heard.phoneme,
        tail=to_us(heard.tail),
        unheard=heard.unheard,
    )


class _Logs(Mapping[str, StreamLog]):
    """What each stream has said; follows the engine's own table."""

    def __init__(self, streams: Mapping[str, Stream]) -> None:
        self._streams = streams

    def __getitem__(self, name: str) -> StreamLog:
        return self._streams[name].log

    def __iter__(self) -> Iterator[str]:
        return iter(self._streams)

    def __len__(self) -> int:
        return len(self._streams)
