"""The task that brings one utterance in: bytes to frames, timed text to cues."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from streamer.audio import End, Event, Header, Samples, TimedText
from streamer.engine.decoder import Decoder
from streamer.engine.utterance import Utterance
from streamer.errors import FormatError, SourceLost, StreamerError
from streamer.lipsync import Mapper
from streamer.outputs import OutputFormat
from streamer.timing import JitterPolicy

if TYPE_CHECKING:
    from streamer.engine.stream import Stream

__all__ = ["Reader"]

Frames = npt.NDArray[np.float32]


class Reader:
    """
    Brings one utterance in.

    It asks for its bytes once the utterance before it has announced itself
    and the one before that is all in the ring, so that at most one request
    runs ahead of what plays. It announces itself after the one before, and
    writes when that one has written its last frame.

    Args:
        utterance: Which one.
        stream: Where it is heard.
        before: The up to two utterances before it, oldest first.
    """

    AUDIBLE = 0.001
    """Level of the first sample that is not silence: -60 dB of full scale."""

    def __init__(
        self, utterance: Utterance, stream: Stream, before: list[Utterance]
    ) -> None:
        self._utterance = utterance
        self._stream = stream
        self._before = before
        self._decoder = Decoder()
        self._mapper: Mapper | None = None
        self._policy = JitterPolicy(stream.options.jitter)
        self._begun = False
        self._frames = 0

    async def run(self) -> None:
        """Read to the end; an error is the utterance's, not the engine's."""
        utterance = self._utterance
        try:
            await self._wait_turn_to_ask()
            utterance.state = "opening"
            utterance.trace.requested = self._stream.clock.time()
            await self._read()
        except FormatError as error:
            error.source = utterance.speech.source.name
            utterance.error = error
        except StreamerError as error:
            utterance.error = error
        except Exception as error:  # noqa: BLE001 - one utterance is a boundary
            utterance.error = StreamerError(
                f"{utterance.speech.source.name} failed unexpectedly: {error!r}"
            )
            utterance.error.__cause__ = error
        await self._close()

    async def _wait_turn_to_ask(self) -> None:
        if self._before:
            await self._before[-1].announced.wait()
        if len(self._before) > 1:
            await self._before[0].written.wait()

    async def _read(self) -> None:
        source = self._utterance.speech.source
        arrivals = self._utterance.trace.arrivals
        async with aclosing(source.stream(self._stream.facilities)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                arrivals.append((self._stream.clock.time(), len(chunk)))
                await self._receive(chunk)
        await self._receive(b"", last=True)

    async def _receive(self, chunk: bytes, *, last: bool = False) -> None:
        """Decode *chunk*; what was decoded before an error in it is kept."""
        try:
            if last:
                self._decoder.receive_eof()
            else:
                self._decoder.receive_data(chunk)
        finally:
            await self._handle(self._decoder.events())

    async def _handle(self, events: list[Event]) -> None:
        timed = [event for event in events if isinstance(event, TimedText)]
        for event in events:
            if isinstance(event, Header):
                await self._announce(event, timed)
        if timed:
            self._map(timed)
        for event in events:
            if isinstance(event, Samples):
                for frames in self._decoder.frames(event):
                    await self._write(frames)
            elif isinstance(event, End):
                self._check_whole(event)

    def _check_whole(self, end: End) -> None:
        """
        Raises:
            SourceLost: The stream ended before its header says, or in a sample.
        """
        name, format = self._utterance.speech.source.name, self._utterance.format
        assert format is not None
        if end.missing_bytes:
            seconds = end.missing_bytes / format.frame_bytes / format.rate
            raise SourceLost(name, f"it ended {seconds:.2f} s before its header says")
        if end.partial_bytes:
            raise SourceLost(name, "it ended within a sample")

    async def _announce(self, header: Header, timed: list[TimedText]) -> None:
        utterance, stream = self._utterance, self._stream
        output = await stream.format_for(
            OutputFormat(header.format.rate, header.format.channels)
        )
        self._decoder.open(header.format, output)
        utterance.trace.format = header.format
        self._mapper = Mapper(header.format.rate, language=utterance.speech.language)
        if self._before:
            await self._before[-1].announced.wait()
        has_phonemes = any(item.kind == "phoneme" for item in timed)
        stream.narrator.start(
            utterance,
            timing="phonemes" if has_phonemes else "none",
            frames=header.frames,
        )
        utterance.announced.set()

    def _counts(self) -> dict[str, int]:
        """What was odd about the stream and its times, by name."""
        counts = self._decoder.counts()
        if self._mapper is not None:
            seen = self._mapper.statistics()
            counts["unknown_phonemes"] = sum(seen.unknown.values())
            counts["repaired_times"] = seen.repaired
        return counts

    def _map(self, timed: list[TimedText]) -> None:
        assert self._mapper is not None
        utterance = self._utterance
        batch = self._mapper.receive(timed)
        utterance.marks += batch.marks
        utterance.known_cues += batch.cues
        self._stream.narrator.tell(utterance, self._stream.heard(utterance))
        utterance.notice_change()

    async def _write(self, frames: Frames) -> None:
        stream, trace = self._stream, self._utterance.trace
        if not self._begun:
            await self._begin()
        if trace.audible_frame is None:
            loud = np.flatnonzero(np.abs(frames).max(axis=1) >= self.AUDIBLE)
            if len(loud):
                trace.audible_frame = self._frames + int(loud[0])
        self._frames += len(frames)
        media = self._frames / stream.player.options.rate
        self._policy.receive_arrival(stream.clock.time(), media)
        await stream.player.write(frames)

    async def _begin(self) -> None:
        if self._before:
            await self._before[-1].written.wait()
            self._before = []
        self._stream.player.begin(self._utterance.id, self._policy)
        self._begun = True

    async def _close(self) -> None:
        """Write what is left, or say that there was nothing."""
        utterance, stream = self._utterance, self._stream
        utterance.trace.counts.update(self._counts())
        if utterance.trace.format is None:
            if self._before:
                await self._before[-1].announced.wait()
            stream.announce_failed(utterance)
            return
        await self._write(self._decoder.rest())
        stream.player.finish()
        utterance.written.set()
