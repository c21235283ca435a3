"""The verbs of an engine that are those of one of its streams."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from streamer.engine.heard import Heard

__all__ = ["StreamVerbs"]


class StreamVerbs(ABC):
    """What every engine can be asked to do, wherever it runs."""

    MAIN = "main"

    async def interrupt(self, *, stream: str = MAIN) -> Heard | None:
        """Stop a stream at once; returns what was heard of what was playing."""
        heard: Heard | None = await self._ask(stream, "interrupt")
        return heard

    async def skip(self, *, stream: str = MAIN) -> Heard | None:
        """Stop a stream's current utterance; the next one goes on at once."""
        heard: Heard | None = await self._ask(stream, "skip")
        return heard

    async def stop_after_current(self, *, stream: str = MAIN) -> None:
        """Let a stream fall silent after its current utterance."""
        await self._ask(stream, "stop_after_current")

    async def pause(self, *, stream: str = MAIN) -> None:
        """Hold a stream's sound where it is."""
        await self._ask(stream, "pause")

    async def resume(self, *, stream: str = MAIN) -> None:
        """Let a paused stream go on."""
        await self._ask(stream, "resume")

    async def set_gain(self, gain: float, *, stream: str = MAIN) -> None:
        """Make a stream *gain* times as loud as it came; from 0 to 8."""
        await self._ask(stream, "set_gain", gain)

    async def mute(
        self,
        muted: bool = True,  # noqa: FBT001, FBT002 - it is what the verb says
        *,
        stream: str = MAIN,
    ) -> None:
        """Let a stream go on unheard, or heard again."""
        await self._ask(stream, "mute", muted)

    @abstractmethod
    async def _ask(self, stream: str, verb: str, *args: object) -> Any:  # noqa: ANN401
        """Have a stream do one of its verbs, and return what that returns."""
