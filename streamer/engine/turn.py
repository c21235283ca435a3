"""A text that is said piece by piece, while it may still be being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from inspect import isawaitable
from typing import TYPE_CHECKING

from streamer.engine.checks import check_spoken
from streamer.engine.heard import Heard, HeardTurn
from streamer.engine.utterance import Outcome, Utterance
from streamer.errors import StreamerError, UsageError, VoiceError
from streamer.events.messages import Turn
from streamer.lipsync import Cue
from streamer.providers import Voice
from streamer.sources import Speech
from streamer.text import PieceCutter

if TYPE_CHECKING:
    from streamer.engine.stream import Stream

__all__ = ["Saying"]


class Saying:
    """
    One turn of speech: a text, cut into utterances that play one after the other.

    Made by :meth:`Engine.say`. The text is pulled only as fast as it is
    heard: while :data:`AHEAD` pieces wait, the iterator it comes from waits.

    Attributes:
        id: Its name on the wire.
        utterances: Its pieces so far, in order.
    """

    AHEAD = 4
    """Pieces that may wait to be heard before more text is taken."""

    def __init__(
        self,
        id: str,
        stream: Stream,
        voice: Voice,
        text: str | AsyncIterator[str],
        *,
        pause: float = 0.0,
    ) -> None:
        self.id = id
        self.utterances: list[Utterance] = []
        self._stream = stream
        self._voice = voice
        self._text = text
        self._pause = pause
        self._speaking = False
        self._unsaid: list[str] = []
        self._rest = text if isinstance(text, str) else ""
        self._task: asyncio.Task[None] | None = None
        self._error: StreamerError | None = None
        self._grown = asyncio.Event()
        self._complete = False

    def start(self, group: asyncio.TaskGroup) -> None:
        """Begin to cut and speak, as a task of *group*."""
        self._task = group.create_task(self._run(), name=f"say {self.id}")
        self._task.add_done_callback(self._notice_complete)
        self._stream.adopt(self._task)

    async def wait_ended(self) -> list[Outcome]:
        """
        Return how each piece ended, once all are over.

        Raises:
            StreamerError: The first piece that failed says why; the ones
                before it were heard.
            UsageError: There was no text.
        """
        outcomes = []
        index = 0
        while await self._has_piece(index):
            outcomes.append(await self.utterances[index].wait_ended())
            index += 1
        if self._error is not None:
            raise self._error
        return outcomes

    async def wait_over(self) -> None:
        """Return once nothing more of it will be heard, however it ended."""
        index = 0
        while await self._has_piece(index):
            await self.utterances[index].wait_over()
            index += 1

    async def cues(self, *, lead: float = 0.0) -> AsyncIterator[tuple[Utterance, Cue]]:
        """Yield each mouth shape of every piece, as :meth:`Utterance.cues` does."""
        index = 0
        while await self._has_piece(index):
            utterance = self.utterances[index]
            async for cue in utterance.cues(lead=lead):
                yield utterance, cue
            index += 1

    async def interrupt(self) -> HeardTurn | None:
        """
        Stop the turn at once, and all that waits behind it.

        Where another turn is heard only this one is taken out of the queue.
        Returns what was heard over all pieces; None where it was over already.
        """
        if self.over:
            return None
        left = [utterance for utterance in self.utterances if not utterance.over]
        head = self._stream.queue.head
        if head in left or (head is None and self._speaking):
            current = await self._stream.interrupt()
        else:
            assert self._task is not None
            await self._stream.drop_turn(self._task, left)
            current = None
        return self._what_was_heard(current)

    async def skip(self) -> HeardTurn | None:
        """
        Leave the turn out: stop what is heard of it; what waits behind it goes on.

        Returns what was heard over all pieces; None where it was over already.
        """
        if self.over:
            return None
        current = self._stream.queue.current
        left = [utterance for utterance in self.utterances if not utterance.over]
        behind = [utterance for utterance in left if utterance is not current]
        assert self._task is not None
        await self._stream.drop_turn(self._task, behind)
        heard = await self._stream.skip() if current in left else None
        return self._what_was_heard(heard)

    async def pause(self) -> None:
        """Pause the stream that says it; nothing once it is over."""
        if not self.over:
            await self._stream.pause()

    async def resume(self) -> None:
        """Let the stream that says it go on; nothing once it is over."""
        if not self.over:
            await self._stream.resume()

    @property
    def over(self) -> bool:
        """Whether nothing more of it will be heard."""
        return self._complete and all(utterance.over for utterance in self.utterances)

    def _what_was_heard(self, current: Heard | None) -> HeardTurn:
        pieces = tuple(utterance.what_was_heard() for utterance in self.utterances)
        heard: list[str] = []
        unheard: list[str] = []
        certain = True
        for utterance, piece in zip(self.utterances, pieces, strict=True):
            rest = piece.unheard
            if utterance.text is None or rest is None:
                certain = False
                continue
            heard.append(utterance.text[: len(utterance.text) - len(rest)])
            unheard.append(rest)
        unheard += [*self._unsaid, self._rest]
        return HeardTurn(
            media_time=sum(piece.media_time for piece in pieces),
            pieces=pieces,
            current=current,
            text=" ".join(filter(None, heard)),
            unheard=" ".join(filter(None, unheard)) if certain else None,
        )

    async def _has_piece(self, index: int) -> bool:
        """Wait until piece *index* is there; False when there will be none."""
        while index >= len(self.utterances) and not self._complete:
            self._grown.clear()
            await self._grown.wait()
        return index < len(self.utterances)

    async def _run(self) -> None:
        try:
            async with self._stream.speaking:
                self._speaking = True
                if isinstance(self._text, str):
                    await self._say_whole(self._text)
                else:
                    await self._say_growing(self._text)
            if not self.utterances:
                self._error = UsageError("there is no text to speak")
        except StreamerError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - the text is somebody else's code
            self._error = StreamerError(f"the text could not be read: {error!r}")
            self._error.__cause__ = error

    def _notice_complete(self, _: asyncio.Task[None]) -> None:
        """No piece will follow; also where the task never came to run."""
        self._speaking = False
        self._complete = True
        self._grown.set()

    def _cutter(self) -> PieceCutter:
        return PieceCutter(
            language=self._voice.language, max_characters=self._voice.max_characters
        )

    async def _say_whole(self, text: str) -> None:
        cutter = self._cutter()
        cutter.receive_text(text)
        cutter.receive_end()
        self._rest = ""
        await self._speak_all(cutter.pieces(), last=True)

    async def _say_growing(self, text: AsyncIterator[str]) -> None:
        cutter = self._cutter()
        async with AsyncExitStack() as stack:
            if isinstance(text, AsyncGenerator):
                await stack.enter_async_context(aclosing(text))
            async for more in text:
                cutter.receive_text(more)
                self._rest = cutter.rest
                await self._speak_all(cutter.pieces(), last=False)
        cutter.receive_end()
        self._rest = ""
        await self._speak_all(cutter.pieces(), last=True)

    async def _speak_all(self, pieces: list[str], *, last: bool) -> None:
        """Speak *pieces*; *last*: none follows them."""
        self._unsaid = list(pieces)
        while self._unsaid:
            await self._speak(self._unsaid[0], last=last and len(self._unsaid) == 1)
            del self._unsaid[0]

    async def _speak(self, piece: str, *, last: bool) -> None:
        if len(self.utterances) >= self.AHEAD:
            await self.utterances[-self.AHEAD].wait_started()
        turn = Turn(id=self.id, index=len(self.utterances), last=last)
        pause = self._pause if self.utterances else 0.0
        speech = await self._speech(piece)
        utterance = await self._stream.play(speech, turn=turn, pause=pause)
        self.utterances.append(utterance)
        self._grown.set()

    async def _speech(self, piece: str) -> Speech:
        """
        Return what the voice makes of *piece*.

        Raises:
            StreamerError: The voice's own.
            VoiceError: It is somebody else's code, and failed.
        """
        try:
            speech = self._voice.speak(piece)
            if isawaitable(speech):
                speech = await speech
        except StreamerError:
            raise
        except Exception as error:
            said = f"the voice could not speak {_shortened(piece)!r}: {error!r}"
            raise VoiceError(said) from error
        check_spoken(speech)
        return speech


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
