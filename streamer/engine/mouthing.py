"""Moves the mouth of one utterance, while it comes in and while it is heard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from logging import getLogger
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from streamer.audio import Format, TimedText
from streamer.lipsync import Mouth, MouthStatistics, Rung
from streamer.lipsync.feeds import Work

if TYPE_CHECKING:
    from streamer.engine.stream import Stream
    from streamer.engine.utterance import Utterance
    from streamer.lipsync.batch import MouthTrack

__all__ = ["Mouthing"]

_log = getLogger("streamer")

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
"""Markup (SSML), which nobody speaks."""


class Mouthing:
    """
    Tells an utterance's cues and marks as they become known.

    What is needed soon is done when it comes, behind the sound that came with it;
    the rest in steps, whenever somebody looks at the device.

    Args:
        utterance: Which one.
        stream: Where it is heard.
    """

    FIRST = 0.4
    """Seconds of media that the first step tells: what is due at once, and no more, so
    that it is out soon."""
    STEP = 0.5
    """Seconds that a later step tells at the most: 1 to 2 ms of work."""
    LEAST = 0.3
    """Seconds that it tells more where it was left behind: what is final in it is then
    whole."""
    SOON = 0.4
    """Seconds ahead of what is heard up to which sound is seen to as it comes."""

    def __init__(self, utterance: Utterance, stream: Stream) -> None:
        self._utterance = utterance
        self._stream = stream
        self._mouth: Mouth | None = None
        self._rate = 0
        self._told = 0.0  # how far was asked for, in seconds
        self._limit = 0.0  # how far may be asked for
        self._sounded = 0.0  # how much sound came, in seconds
        self._working: asyncio.Task[None] | None = None
        self._failed = False
        self._broken = False
        self._loud = False  # whether it goes by the sound alone
        self._unseen = 0  # frames of sound
        self.is_asked = False
        """Whether somebody asks the utterance itself for its mouth."""

    @property
    def timing(self) -> Rung | None:
        """Its rung; None before the header."""
        return self._mouth.timing if self._mouth else None

    @property
    def track(self) -> MouthTrack | None:
        """The mouth at any time up to :attr:`settled`; None before the header."""
        return self._mouth.track if self._mouth else None

    @property
    def settled(self) -> float:
        """Seconds of media before which :attr:`track` is final."""
        return self._mouth.settled / self._rate if self._mouth else 0.0

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to tell."""
        return self._mouth is None or self._broken or self._mouth.is_over

    @property
    def moves(self) -> bool:
        """Whether there is something to tell, and anybody who would see it."""
        return not (self.is_over or self.rests)

    @property
    def is_behind(self) -> bool:
        """Whether a further step may have more to tell right now."""
        return not self.is_over and self._told < self._limit

    async def begin(
        self, format: Format, timed: Sequence[TimedText], frames: int | None
    ) -> Rung:
        """Choose the rung by what came with the header."""
        speech, options = self._utterance.speech, self._stream.options
        reader = None
        if not any(entry.kind == "phoneme" for entry in timed) and (
            timed or speech.text
        ):
            common = self._stream.common
            reader = await common.letters.reader_of(speech.language, common.group)
        mouth = Mouth(
            format.rate,
            language=speech.language,
            style=options.style,
            lead=options.visual_lead,
            letter_to_sound=reader,
            text=None if speech.text is None else _TAG.sub(" ", speech.text),
            deferred=True,
        )
        rung = mouth.begin(timed, frames=frames)
        self._mouth, self._rate = mouth, format.rate
        self._loud = rung == "loudness"
        return rung

    def receive(self, timed: Sequence[TimedText]) -> None:
        """Receive timed text that came behind the header's; then :meth:`advance`."""
        if self._mouth is not None:
            self._mouth.receive(timed)

    def receive_sound(self, sound: npt.NDArray[np.float32], rate: int) -> None:
        """Receive sound that went to the ring; tell what of it is needed soon."""
        mouth = self._mouth
        if mouth is None:
            return
        if self.rests:
            self.receive_unseen(len(sound), rate)
            return
        self._sounded += len(sound) / rate
        if self._unseen:
            mouth.skip_sound(self._unseen, rate)
            self._unseen = 0
        mouth.receive_sound(sound, rate)
        if mouth.timing != "phonemes":
            heard = self._stream.heard(self._utterance)
            if self._sounded - heard < self.SOON:
                self.advance(heard)

    def receive_unseen(self, frames: int, rate: int) -> None:
        """Receive that so many frames of sound went to the ring, while it rests."""
        self._sounded += frames / rate
        self._unseen += frames

    def finish(self, seconds: float) -> None:
        """Learn that all sound has come, and how long it is."""
        if self._mouth is not None:
            self._mouth.finish(round(seconds * self._rate))

    def advance(self, heard: float) -> None:
        """
        Tell what has become known, a step further than before.

        Args:
            heard: Seconds of media that were heard.
        """
        utterance, mouth = self._utterance, self._mouth
        if mouth is None or mouth.is_over or utterance.over or self.rests:
            return
        self._limit = heard + self._stream.narrator.LEAD
        further = max(self._told, heard + self.LEAST) + self.STEP
        wanted = further if self._told else heard + self.FIRST
        self._told = min(wanted, self._limit)
        self._take(mouth, heard, self._ahead(heard))
        work = None
        if self._working is None and not self._failed:
            work = mouth.work(self._frames(heard), ahead=self._ahead(heard))
        if work is not None:
            self._working = self._stream.common.group.create_task(
                self._do(work), name=f"mouth {utterance.id}"
            )
            self._stream.adopt_work(self._working)

    def conclude(self, heard: float) -> None:
        """Tell all that is left, now that *heard* seconds were heard to the end."""
        mouth = self._mouth
        if mouth is None or mouth.is_over or self.rests:
            return
        # What is heard in real time is over: nobody waits for what may block.
        paced = self._stream.player.options.paced
        if self._working is None and not self._failed and not paced:
            try:
                while work := mouth.work(self._frames(heard)):
                    work()
                    self._take(mouth, heard, None)
            except Exception as error:  # noqa: BLE001 - as in _do
                self._fail(error)
        self._take(mouth, heard, None)

    async def wait_told(self) -> None:
        """Return once all is told, after :meth:`finish`."""
        while self._mouth is not None and not self._mouth.is_over:
            before = self._told
            if self._working is not None:
                await asyncio.wait([self._working])
            self.advance(self._stream.heard(self._utterance))
            if self._failed or (self._working is None and self._told == before):
                return  # the rest is more than may be told ahead
            await asyncio.sleep(0)

    def statistics(self) -> MouthStatistics | None:
        """What it has seen; None before the header."""
        if self._mouth is None:
            return None
        seen = self._mouth.statistics()
        return replace(seen, repairs=seen.repairs + self._utterance.speech.repairs)

    @property
    def rests(self) -> bool:
        """
        Whether it need not move: only the sound says how, and nobody looks.

        A thousand streams of plain sound cost no mouth then; whoever comes late
        finds it moving from there on.
        """
        unseen = self._loud and not (self.is_asked or self._stream.log.is_read)
        return unseen or self._broken

    def _take(self, mouth: Mouth, heard: float, ahead: int | None) -> None:
        utterance = self._utterance
        try:
            batch = mouth.take(self._frames(heard), ahead=ahead)
        except Exception as error:  # noqa: BLE001 - a mouth must not end the sound
            self._broken = True
            self._fail(error)
            return
        for symbol in mouth.take_unknown():
            self._stream.common.tell_unknown(symbol)
        if batch.is_empty:
            return
        utterance.marks += batch.marks
        for name, cues in batch.cues.items():
            utterance.known_cues.setdefault(name, []).extend(cues)
        self._stream.narrator.tell(utterance, batch)
        utterance.notice_change()

    async def _do(self, work: Work) -> None:
        """Let a thread do what may block, then tell what it found."""
        try:
            await self._stream.facilities.run(work)
        except Exception as error:  # noqa: BLE001 - anybody's reader; the sound goes on
            self._fail(error)
        finally:
            self._working = None
        self.advance(self._stream.heard(self._utterance))

    def _fail(self, error: Exception) -> None:
        """Say why the mouth stands still; what failed is not tried again."""
        self._failed = True
        _log.warning("the mouth of %s stands still: %s", self._utterance.id, error)

    def _frames(self, seconds: float) -> int:
        return round(seconds * self._rate)

    def _ahead(self, heard: float) -> int:
        return self._frames(max(self._told - heard, 0.0))
