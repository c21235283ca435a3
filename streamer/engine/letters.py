"""Who reads letters where a voice tells no phonemes; found out off the event loop."""

from __future__ import annotations

import asyncio
from logging import getLogger

from streamer.lipsync import LetterToSound
from streamer.runner import Runner

__all__ = ["Letters"]

_log = getLogger("streamer")


def _load() -> LetterToSound:
    # Not before somebody needs it: it loads a library.
    from streamer.voices.letter_to_sound import EspeakLetterToSound  # noqa: PLC0415

    return EspeakLetterToSound()


class Letters:
    """
    Letter-to-sound for the languages that can be read.

    Whether one can is found out once, in a thread; why not is said once, in the log.

    Args:
        run: The engine's executor.
        reader: Who reads; None is espeak-ng, loaded when it is first needed.
    """

    PATIENCE = 0.050
    """Seconds that an utterance waits to know whether its language can be read; it is
    asked for when the utterance is handed in, so that nobody waits as a rule."""

    def __init__(self, run: Runner, reader: LetterToSound | None = None) -> None:
        self._run = run
        self._reader = reader
        self._known: dict[str, bool] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def prepare(self, language: str, group: asyncio.TaskGroup) -> None:
        """Begin to find out whether *language* can be read, as a task of *group*."""
        if language in self._known or language in self._asking:
            return
        task = group.create_task(self._ask(language), name=f"letters {language}")
        self._asking[language] = task
        task.add_done_callback(lambda _: self._asking.pop(language, None))

    async def reader_of(
        self, language: str, group: asyncio.TaskGroup
    ) -> LetterToSound | None:
        """Return who reads *language*; None where nobody can, or not soon enough."""
        self.prepare(language, group)
        task = self._asking.get(language)
        if task is not None:
            await asyncio.wait([task], timeout=self.PATIENCE)
        return self._reader if self._known.get(language) else None

    async def _ask(self, language: str) -> None:
        try:
            if self._reader is None:
                self._reader = await self._run(_load)
            await self._run(self._reader, "", language)
        except Exception as error:  # noqa: BLE001 - anybody's reader; none ends the engine
            self._known[language] = False
            _log.warning(
                "text in %r can't be read, so where a voice tells no phonemes its "
                "mouth goes by loudness: %s",
                language,
                error,
            )
        else:
            self._known[language] = True
