"""The task that brings one utterance in: bytes to frames, timed text to cues."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from streamer.audio import End, Event, Header, Samples, TimedText, TimedTexts
from streamer.audio.timed_text import joined, of_kind
from streamer.engine.decoder import Decoder
from streamer.engine.ending import announce_failed
from streamer.engine.report import Resampling
from streamer.engine.utterance import Utterance
from streamer.errors import FormatError, SourceLost, StreamerError
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
    writes when that one has written its last frame and is nearly heard: what
    is in the ring can't be taken out of the queue any more.

    Args:
        utterance: Which one.
        stream: Where it is heard.
    """

    AUDIBLE = 0.001
    """Level of the first sample that is not silence: -60 dB of full scale."""
    PLAYED_WAIT = 0.100
    """Seconds that a start waits in played silence at the most."""
    LONGER = 0.010
    """Seconds of sound beyond the header's, from which on it was not of the whole."""

    def __init__(self, utterance: Utterance, stream: Stream) -> None:
        self._utterance = utterance
        self._stream = stream
        self._decoder = Decoder(
            run=stream.facilities.run, quality=stream.options.quality
        )
        self._policy = JitterPolicy(stream.options.jitter)
        self._frames = 0

    async def run(self) -> None:
        """Read to the end; an error is the utterance's, not the engine's."""
        utterance = self._utterance
        try:
            await self._stream.queue.wait_turn_to_ask(utterance)
            utterance.state = "opening"
            utterance.trace.requested = self._stream.clock.time()
            if utterance is self._stream.queue.head:
                await self._stream.wake_sink()
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
        finally:
            await self._decoder.close()
        await self._close()

    async def _read(self) -> None:
        source = self._utterance.speech.source
        trace, clock = self._utterance.trace, self._stream.clock
        async with aclosing(source.stream(self._stream.facilities)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                trace.arrived.append(clock.time())
                trace.sizes_bytes.append(len(chunk))
                await self._receive(chunk)
        await self._receive(b"", last=True)

    async def _receive(self, chunk: bytes, *, last: bool = False) -> None:
        """Decode *chunk*; what was decoded before an error in it is kept."""
        fault: StreamerError | None = None
        try:
            if last:
                await self._decoder.receive_eof()
            elif not self._decoder.receive_nowait(chunk):
                await self._decoder.receive_data(chunk)
        except StreamerError as error:
            fault = error
        while events := self._decoder.events():
            if not self._write_through(events):
                await self._handle(events)
        if fault is not None:
            raise fault

    async def _handle(self, events: list[Event]) -> None:
        timed: Sequence[TimedText] = ()
        if len(events) > 1 or not isinstance(events[0], Samples):
            timed = joined([each for each in events if isinstance(each, TimedTexts)])
            await self._handle_texts(events, timed)
        for event in events:
            if isinstance(event, Samples):
                for frames in self._decoder.frames(event):
                    await self._write(frames)
            elif isinstance(event, End):
                self._check_whole(event)
        if timed:
            self._tell()
            self._note_letters(timed)

    async def _handle_texts(
        self, events: list[Event], timed: Sequence[TimedText]
    ) -> None:
        """Handle what is to be known before the sound that comes with it."""
        for event in events:
            if isinstance(event, Header):
                await self._announce(event, timed)
                return
        self._utterance.mouthing.receive(timed)

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
            raise SourceLost(name, "it ended in the middle of a sample or packet")

    def _note_letters(self, timed: Sequence[TimedText]) -> None:
        letters = of_kind(timed, "grapheme")
        self._utterance.letters += [(item.frame, item.text) for item in letters]

    async def _announce(self, header: Header, timed: Sequence[TimedText]) -> None:
        utterance, stream = self._utterance, self._stream
        output = await stream.format_for(
            OutputFormat(header.format.rate, header.format.channels)
        )
        self._decoder.open(header.format, output)
        utterance.trace.format = header.format
        if header.frames is not None:
            utterance.trace.duration = header.frames / header.format.rate
        await stream.queue.wait_announced_before(utterance)
        rung = await utterance.mouthing.begin(header.format, timed, header.frames)
        stream.narrator.start(utterance, timing=rung, frames=header.frames)
        utterance.announced.set()
        if utterance is not stream.queue.head:
            self._tell()  # its sound has to wait

    def _tell(self) -> None:
        """Tell what is known of the mouth; the sound doesn't wait for it."""
        utterance = self._utterance
        utterance.mouthing.advance(self._stream.heard(utterance))

    async def _finish_mouth(self) -> None:
        """Say that all sound is there."""
        stream, mouthing = self._stream, self._utterance.mouthing
        mouthing.finish(self._frames / stream.player.options.rate)
        self._tell()
        if not stream.player.options.paced:
            await mouthing.wait_told()  # it may be over before anybody looks

    def _write_through(self, events: list[Event]) -> bool:
        """
        Write samples as they came, where they only have to be heard; whether it did.

        So is most of a stream whose mouth nobody sees. Made an array they would cost
        twice as much.
        """
        utterance, samples = self._utterance, events[0]
        if not (
            self._decoder.is_plain
            and len(events) == 1
            and isinstance(samples, Samples)
            and utterance.state == "playing"
            and utterance.trace.audible_frame is not None
            and utterance.mouthing.rests
        ):
            return False
        player = self._stream.player
        if not player.write_through(samples.data):
            return False
        options = player.options
        count, rate = len(samples.data) // (2 * options.channels), options.rate
        self._count(count, rate)
        self._policy.receive_arrival(self._stream.clock.time(), self._frames / rate)
        utterance.mouthing.receive_unseen(count, rate)
        return True

    def _count(self, frames: int, rate: int) -> None:
        """Count frames to be written."""
        self._frames += frames
        trace = self._utterance.trace
        if (trace.duration or math.inf) + self.LONGER < self._frames / rate:
            trace.duration = None  # a second WAV came behind the first

    async def _write(self, frames: Frames) -> None:
        stream, trace = self._stream, self._utterance.trace
        count = len(frames)
        if not count:
            return
        player = stream.player
        rate = player.options.rate
        before = self._frames
        self._count(count, rate)
        if not self._utterance.begun:
            await self._begin(count / rate)
        else:
            self._policy.receive_arrival(stream.clock.time(), self._frames / rate)
        written = player.write_nowait(frames)
        if written < count:
            await player.write(frames[written:])
        self._utterance.mouthing.receive_sound(frames, rate)
        if trace.audible_frame is None:
            # Not before: the first frames are waited for.
            loud = np.flatnonzero(np.abs(frames).max(axis=1) >= self.AUDIBLE)
            if len(loud):
                trace.audible_frame = before + int(loud[0])
        if self._utterance.state != "playing" or player.holds_back:
            stream.wake()

    async def _begin(self, held: float = 0.0) -> None:
        """
        Begin to write; the silence before it belongs to no utterance.

        *held* seconds of it are there.
        """
        utterance, stream = self._utterance, self._stream
        utterance.policy = self._policy = self._make_policy()
        await stream.queue.wait_written_before(utterance)
        await stream.wait_room()
        self._policy.receive_arrival(stream.clock.time(), held)
        silence = self._pause_left() or self._wait_in_silence(held)
        if silence > 0:
            utterance.resting = True
            await stream.player.rest(silence)
            utterance.resting = False
        stream.player.begin(utterance.id, self._policy)
        utterance.begun = True

    def _pause_left(self) -> float:
        """Return what is left of the pause, which began when the last sound ended."""
        stream, pause = self._stream, self._utterance.pause_before
        waits = self._utterance is not stream.queue.head
        if waits or not stream.player.options.paced:
            return pause
        return min(pause, max(0.0, stream.sounded + pause - stream.clock.time()))

    def _wait_in_silence(self, held: float) -> float:
        """
        Return for how long silence is to be played before *held* seconds.

        Where nothing plays and the policy will soon say yes, the wait is
        played: the device ends it to the sample, however late this program
        would be woken for it. 0: no wait, or one that arrivals may change yet.

        A block takes its sound at once, the last of it long before it is due. So
        the sound begins with a block, the first that is asked for once the wait is
        over: chunks that last some as well, as most do, are then needed no sooner
        than they are due.
        """
        player, time = self._stream.player, self._stream.clock.time()
        if not player.options.paced or player.renderer.ring.readable:
            return 0.0
        wait = self._policy.wait(held, time=time)
        if wait > self.PLAYED_WAIT:
            return 0.0
        player.collect()
        whole, begins = wait, time + wait
        if wait and (period := player.playout.period):
            asked = player.playout.next_request(time)
            whole = max(0, math.ceil((begins - asked) / period - 1e-6)) * period
            begins = max(begins, asked + whole)
        # It says yes from its own moment on only.
        self._policy.may_start(held, time=begins, complete=False)
        return whole

    def _make_policy(self) -> JitterPolicy:
        """Return the policy, with what is known of the sender."""
        utterance, stream = self._utterance, self._stream
        history = stream.common.histories.of(utterance.speech.source.name)
        policy = JitterPolicy(stream.options.jitter, history=history)
        if stream.common.turns.is_held:
            policy.receive_late_reading()
        if utterance is not stream.queue.head:
            # It is read when there is room for it: that says nothing of the sender.
            policy.receive_backlog()
        if utterance.trace.duration is not None:
            policy.receive_duration(utterance.trace.duration)
        return policy

    def _note_resampling(self) -> None:
        format, stream = self._utterance.format, self._stream
        if format is not None and format.rate != stream.player.options.rate:
            self._utterance.trace.resampling = Resampling(
                stream.options.quality, self._decoder.hold_back
            )

    async def _close(self) -> None:
        """Write what is left, or say that there was nothing."""
        utterance, stream = self._utterance, self._stream
        utterance.trace.counts.update(self._decoder.counts())
        if utterance.trace.format is None:
            await stream.queue.wait_announced_before(utterance)
            announce_failed(stream, utterance)
            return
        await self._write(self._decoder.rest())
        if not utterance.begun:
            await self._begin()
        self._note_resampling()
        await self._finish_mouth()
        self._policy.receive_end(stream.clock.time())
        stream.player.finish()
        utterance.frames = self._frames
        utterance.written.set()
        stream.wake()
