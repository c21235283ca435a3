"""The default output: the default device, or none where there is none."""

from __future__ import annotations

from collections.abc import Callable

from streamer.errors import (
    DeviceFailed,
    MissingComponent,
    OutputError,
    StreamerError,
)
from streamer.outputs.base import Output, OutputFormat, say_nothing
from streamer.outputs.device import DeviceOutput
from streamer.outputs.null import NullOutput
from streamer.playback.rendering import Renderer
from streamer.runner import Runner
from streamer.timing import Clock

__all__ = ["AutoOutput"]


class AutoOutput:
    """
    The default device; where it can't be had, time is kept without sound.

    A machine that has no device to begin with isn't asked again; a device that
    is lost is looked for, as :class:`DeviceOutput` does.

    Args:
        notice: Called with the reason, once each time that sound is no more.
        device: What is tried first.
        asked: Whether rate or channels were asked for: a device that is there and
            refuses them is an error then.
    """

    paced = True

    def __init__(
        self,
        notice: Callable[[StreamerError], None] = say_nothing,
        device: Output | None = None,
        *,
        asked: bool = False,
    ) -> None:
        self._notice = notice
        self._asked = asked
        self._output = device or DeviceOutput()
        self._clock: Clock | None = None
        self._run: Runner | None = None

    @property
    def name(self) -> str:
        """The name of what is in use."""
        return self._output.name

    @property
    def fallback_delay(self) -> float:
        """The delay of what is in use."""
        return self._output.fallback_delay

    @property
    def gathers_delay(self) -> bool:
        """Whether what is in use does."""
        return self._output.gathers_delay

    @property
    def offset(self) -> float:
        """The offset of what is in use."""
        return self._output.offset

    async def open(self, clock: Clock, run: Runner) -> OutputFormat | None:
        """
        Get hold of the device, or of none.

        Raises:
            DeviceFailed: It refuses what was asked for.
        """
        self._clock, self._run = clock, run
        if isinstance(self._output, DeviceOutput):
            self._output.notice = self._notice
        try:
            return await self._output.open(clock, run)
        except (MissingComponent, OutputError) as error:
            self._check_refused(error)
            return await self._give_up(error)

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """Begin to play, on the device or on none."""
        try:
            await self._output.start(renderer, format)
        except OutputError as error:
            self._check_refused(error)
            await self._do_without(error, renderer, format)

    async def close(self) -> None:
        """Stop and let go."""
        await self._output.close()

    def failure(self) -> Exception | None:
        """Return why what is in use stopped, or None."""
        return self._output.failure()

    async def let_go(self) -> None:
        """Stop what pulls."""
        await self._output.let_go()

    async def recover(self, renderer: Renderer, format: OutputFormat) -> None:
        """Play on a device again, or on none."""
        try:
            await self._output.recover(renderer, format)
        except OutputError as error:
            await self._do_without(error, renderer, format)

    def _check_refused(self, error: StreamerError) -> None:
        if self._asked and isinstance(error, DeviceFailed):
            raise error

    async def _do_without(
        self, error: StreamerError, renderer: Renderer, format: OutputFormat
    ) -> None:
        await self._give_up(error)
        await self._output.start(renderer, format)

    async def _give_up(self, error: StreamerError) -> OutputFormat:
        assert self._clock is not None
        assert self._run is not None
        await self._output.close()
        self._notice(error)
        null = NullOutput()
        self._output = null
        return await null.open(self._clock, self._run)
