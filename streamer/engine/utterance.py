"""One utterance, from the wish to hear it until it is over."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from streamer.audio import Format
from streamer.engine.heard import Heard
from streamer.engine.mouthing import Mouthing
from streamer.engine.report import Report, Starvation, Trace
from streamer.errors import StreamerError
from streamer.lipsync import Cue, Mark, Rung
from streamer.lipsync.batch import MouthTrack
from streamer.lipsync.visemes import find_set
from streamer.sources import Speech
from streamer.timing import JitterPolicy

if TYPE_CHECKING:
    from streamer.engine.stream import Stream
    from streamer.events.messages import Turn

__all__ = ["Outcome", "Utterance"]

State = Literal["queued", "opening", "playing", "ended", "cut", "failed"]
T = TypeVar("T", Cue, Mark)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an utterance ended."""

    state: Literal["ended", "cut"]
    """``cut`` where it was interrupted."""
    media: float
    """Seconds of it that were heard."""
    starvation: tuple[Starvation, ...]
    """Every silence that it did not contain."""


class Utterance:
    """
    An utterance that was handed to a stream; made by :meth:`Engine.play`.

    Attributes:
        id: Its name on the wire.
        text: What it says, or None.
        speech: Where it comes from.
        turn: Which piece of what saying, or None.
        pause_before: Seconds of silence between the one before and it.
        state: Where it is in its life.
        error: Why it failed, or None.
        marks: Words and phonemes that are known.
        known_cues: Mouth shapes that are known, by viseme set.
        mouthing: What moves its mouth.
        letters: Characters with the frame of its own rate they start at, as the
            voice gave them.
        begun: Whether its frames go to the ring.
        stopping: Whether somebody stops it right now.
        unwanted: Whether it is stopped as soon as it would be heard.
        frames: Frames of the output that were written, once all are.
        policy: Says when its sound may be let go; None before there is any.
    """

    RECHECK = 0.1
    """Seconds after which a cue's time is asked for again: sound may slip."""

    def __init__(
        self,
        id: str,
        speech: Speech,
        stream: Stream,
        *,
        turn: Turn | None = None,
        pause: float = 0.0,
    ) -> None:
        self.id = id
        self.text = speech.text
        self.speech = speech
        self.turn = turn
        self.pause_before = pause
        self.resting = False
        self.state: State = "queued"
        self.error: StreamerError | None = None
        self.trace = Trace()
        self.marks: list[Mark] = []
        self.known_cues: dict[str, list[Cue]] = {}
        self.mouthing = Mouthing(self, stream)
        self.letters: list[tuple[int, str]] = []
        self.begun = False
        self.stopping = False
        self.unwanted = False
        self.frames = 0
        self.policy: JitterPolicy | None = None
        self.media = 0.0
        self.tail = 0.0
        self.starvation: tuple[Starvation, ...] = ()
        self.announced = asyncio.Event()
        self.written = asyncio.Event()
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        self._changed = asyncio.Event()
        self._stream = stream

    # -- for whoever plays it -------------------------------------------------

    async def wait_started(self) -> None:
        """Return once its first frame is on its way, or it is over."""
        await self._started.wait()

    async def wait_over(self) -> None:
        """Return once nothing more will happen to it, however it ended."""
        await self._ended.wait()

    async def wait_ended(self) -> Outcome:
        """
        Return once it has been heard to its end or was cut.

        Raises:
            StreamerError: It failed; what had arrived was played before.
        """
        await self._ended.wait()
        if self.error is not None:
            raise self.error
        state: Literal["ended", "cut"] = "cut" if self.state == "cut" else "ended"
        return Outcome(state, self.media, self.starvation)

    def heard(self) -> float:
        """Return how far it has been heard by now, in seconds of media."""
        return self.media if self.over else self._stream.heard(self)

    def cues(self, *, visemes: str = "oculus", lead: float = 0.0) -> AsyncIterator[Cue]:
        """
        Yield each mouth shape when it is heard, in order, until it is over.

        Args:
            visemes: The viseme set, one of :data:`streamer.lipsync.visemes.NAMES`.
            lead: Seconds before it is heard; ``math.inf`` yields each as soon
                as it is known, ten seconds ahead at the most.

        Raises:
            UsageError: There is no such set.
        """
        find_set(visemes)
        self.mouthing.is_asked = True
        return self._yield_due(lambda: self.known_cues.get(visemes, []), lead)

    @property
    def timing(self) -> Rung | None:
        """What its mouth goes by: the rung; None before its header has come."""
        return self.mouthing.timing

    @property
    def mouth_track(self) -> MouthTrack | None:
        """The mouth as a curve, to be sampled; None before its header has come."""
        self.mouthing.is_asked = True
        return self.mouthing.track

    def words(self, *, lead: float = 0.0) -> AsyncIterator[Mark]:
        """Yield each word when it is heard; *lead* as in :meth:`cues`."""
        return self._yield_due(
            lambda: [mark for mark in self.marks if mark.kind == "word"], lead
        )

    async def interrupt(self) -> Heard:
        """
        Stop it at once; returns what was heard of it.

        Where it is the current one all that waits behind it is dropped too;
        where it waits, only it is taken out of the queue, and nothing of it is
        heard. (Where the last half second before it holds several short ones, and
        another of them was taken out apart from it, it is stopped as soon as it
        is heard, and this waits until then.) Interrupting what is over changes
        nothing.
        """
        if not self.over:
            await self._stream.stop_one(self)
        return self.what_was_heard()

    async def skip(self) -> Heard:
        """Leave it out: stop it, or take it out of the queue; the others go on."""
        if not self.over:
            await self._stream.leave_out(self)
        return self.what_was_heard()

    async def pause(self) -> None:
        """Pause the stream that plays it; nothing once it is over."""
        if not self.over:
            await self._stream.pause()

    async def resume(self) -> None:
        """Let the stream that plays it go on; nothing once it is over."""
        if not self.over:
            await self._stream.resume()

    def what_was_heard(self) -> Heard:
        """Return what was heard of it; whole once it is over."""
        rate = self.trace.format.rate if self.trace.format else 0
        frame = math.floor(round(self.media * rate, 6))

        def last(kind: str) -> str | None:
            begun = [m.text for m in self.marks if m.kind == kind and m.frame < frame]
            return begun[-1] if begun else None

        return Heard(
            media_time=self.media,
            frame=frame,
            word=last("word"),
            phoneme=last("phoneme"),
            tail=self.tail,
            unheard=self._unheard(frame),
        )

    def _unheard(self, frame: int) -> str | None:
        """The text from *frame* on; None where nobody knows where that is."""
        if self.state == "ended":
            return ""
        if frame == 0:
            return self.text
        if not self.letters:
            return None
        count = 0
        while count < len(self.letters) and self.letters[count][0] < frame:
            count += 1
        heard = "".join(letter for _, letter in self.letters[:count])
        if self.text is not None and self.text.startswith(heard):
            return self.text[len(heard) :]  # its end may not have been told yet
        return "".join(letter for _, letter in self.letters[count:])

    def report(self) -> Report:
        """Return what happened to it so far, in numbers."""
        trace = self.trace

        def since(time: float | None) -> float | None:
            if time is None or trace.requested is None:
                return None
            return time - trace.requested

        return Report(
            source=self.speech.source.name,
            output=self._stream.output_name,
            format=trace.format,
            arrivals=tuple((since(time) or 0.0, size) for time, size in trace.arrivals),
            first_byte=since(trace.arrived[0]) if trace.arrived else None,
            first_sample=since(trace.first_sample),
            first_audible=since(trace.first_audible),
            first_cue_sent=since(trace.first_cue_sent),
            first_cue_due=since(trace.first_cue_due),
            ended=since(trace.ended),
            media=self.media,
            starvation=self.starvation,
            counts=self._counts(),
            state=self.state,
            error=None if self.error is None else str(self.error),
            resampling=trace.resampling,
            renderer=trace.renderer,
            drift_ppm=trace.drift_ppm,
            duration=trace.duration,
            mouth=self.mouthing.statistics(),
        )

    def _counts(self) -> dict[str, int]:
        """What was odd about it, by name."""
        counts = dict(self.trace.counts)
        seen = self.mouthing.statistics()
        if seen is not None:
            counts["unknown_phonemes"] = sum(seen.unknown.values())
            counts["repaired_times"] = seen.repairs.total
        return counts

    # -- for the stream -------------------------------------------------------

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self._ended.is_set()

    @property
    def format(self) -> Format | None:
        """How its samples are written, once that is known."""
        return self.trace.format

    def seconds(self, frame: int) -> float:
        """Return *frame* of its own rate in seconds of media."""
        return frame / self.trace.format.rate if self.trace.format else 0.0

    def notice_change(self) -> None:
        """Wake whoever waits for a cue: something is known, or heard, anew."""
        self._changed.set()

    def notice_started(self) -> None:
        """Say that its first frame is on its way."""
        self.state = "playing"
        self._started.set()
        self._changed.set()

    def notice_over(
        self, *, media: float, cut: bool = False, tail: float = 0.0
    ) -> None:
        """Say that it is over, with *media* seconds heard, *tail* still to come."""
        self.media, self.tail = media, tail
        self.state = "cut" if cut else ("failed" if self.error else "ended")
        for event in (self._ended, self._started, self.announced, self.written):
            event.set()
        self._changed.set()

    # -- inside ---------------------------------------------------------------

    async def _yield_due(
        self, known: Callable[[], list[T]], lead: float
    ) -> AsyncIterator[T]:
        index = 0
        while True:
            self._changed.clear()
            items = known()
            if index >= len(items):
                if self.over:
                    return
                await self._changed.wait()
                continue
            item = items[index]
            if not await self._wait_due(item.frame, lead):
                return
            index += 1
            yield item

    async def _wait_due(self, frame: int, lead: float) -> bool:
        """Wait until *frame* is *lead* seconds away; False when it never will be."""
        clock = self._stream.clock
        while not math.isinf(lead):
            self._changed.clear()
            if self.over:
                return self.state == "ended" or self.seconds(frame) < self.media
            time = self._stream.when(self, self.seconds(frame))
            if time is None:
                await self._changed.wait()
            elif clock.time() >= time - lead:
                return True
            else:
                recheck = clock.time() + self.RECHECK
                await clock.sleep_until(min(time - lead, recheck))
        return True
