"""How a body goes out: in chunks, at a pace, in bursts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from streamer.audio.format import Format
from streamer.emulator.options import EmulatorOptions
from streamer.emulator.pacing import Schedule
from streamer.timing.clock import Clock

__all__ = ["Sender"]


class Sender:
    """Writes a body at its pace, in chunks."""

    def __init__(
        self,
        write: Callable[[bytes], Awaitable[None]],
        options: EmulatorOptions,
        clock: Clock,
        format: Format,
    ) -> None:
        self._write = write
        self._chunk_bytes = options.chunk_bytes
        self._clock = clock
        self._schedule = Schedule(
            options.pace, options.burst_ms / 1000, options.gap_ms / 1000
        )
        self._bytes_a_second = format.frame_bytes * format.rate
        self._start = clock.time()
        self._sent = 0

    async def send_header(self, header: bytes) -> None:
        """Send what is due at once."""
        for chunk in self._chunks(header):
            await self._write(chunk)

    async def send_sound(self, data: bytes) -> None:
        """Send sound, each chunk when it is due."""
        for chunk in self._chunks(data):
            due = self._schedule.due(self._sent / self._bytes_a_second)
            if due:
                await self._clock.sleep_until(self._start + due)
            await self._write(chunk)
            self._sent += len(chunk)

    def _chunks(self, data: bytes) -> list[bytes]:
        size = self._chunk_bytes
        return [data[start : start + size] for start in range(0, len(data), size)]
