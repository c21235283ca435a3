"""An output that writes what was decoded, sample for sample, to a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from streamer.audio import Encoding, Format, wav_header
from streamer.errors import OutputError
from streamer.outputs.base import OutputFormat
from streamer.playback.rendering import Renderer
from streamer.runner import Runner, acquire, run_whole
from streamer.timing import Clock

__all__ = ["WavOutput"]

Frames = npt.NDArray[np.float32]


class WavOutput:
    """
    Writes a float32 WAV at the first utterance's rate, as fast as sound comes.

    The file holds only what was decoded: no silence of starvation, none
    between utterances, none of a pause. It is written beside its place, as
    ``FILE.part``, and takes its place when it is closed; where nothing came,
    what was there stays there. A part that was never closed has placeholder
    sizes and still plays.

    Args:
        path: The file; an existing one is replaced. A pipe or a device is
            written to as it is.
    """

    paced = False
    gathers_delay = False
    fallback_delay = 0.0
    offset = 0.0

    BLOCK = 0.5
    """Seconds written at once at the most."""
    WAIT = 0.002
    """Seconds between looks at an empty ring."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = f"wav:{path}"
        self._part = self.path.with_name(f"{self.path.name}.part")
        self._file: BinaryIO | None = None
        self._format: OutputFormat | None = None
        self._size_bytes = 0
        self._paused = False
        self._failure: OutputError | None = None
        self._task: asyncio.Task[None] | None = None

    def __getstate__(self) -> dict[str, object]:
        """Let a copy in another process write to the same file."""
        absolute = {"path": self.path.absolute(), "_part": self._part.absolute()}
        return {**self.__dict__, **absolute}

    async def open(self, clock: Clock, run: Runner) -> None:
        """
        Create the file's part.

        Raises:
            OutputError: It can't be written.
        """
        self._clock, self._run = clock, run
        try:
            self._file = await acquire(run, self._create, self._discard)
        except OSError as error:
            raise self._error(error) from error

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """Begin to write."""
        self._format = format
        self._task = asyncio.create_task(self._play(renderer, format), name=self.name)

    async def close(self) -> None:
        """Write the sizes and close the file; :meth:`failure` says if it can't."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        file, self._file = self._file, None
        if file is not None:
            try:
                await run_whole(self._run, self._finish, file)
            except OSError as error:
                self._failure = self._failure or self._error(error)

    def failure(self) -> Exception | None:
        """Return why writing stopped, or None."""
        return self._failure

    def _error(self, error: OSError) -> OutputError:
        return OutputError(str(self.path), error.strerror or str(error))

    async def let_go(self) -> None:
        """Do nothing: writing has stopped."""

    async def recover(self, renderer: Renderer, format: OutputFormat) -> None:  # noqa: ARG002 - Output
        """Raise the failure: what could not be written is lost."""
        if self._failure is not None:
            raise self._failure

    async def _play(self, renderer: Renderer, format: OutputFormat) -> None:
        limit = round(format.rate * self.BLOCK)
        try:
            assert self._file is not None
            await run_whole(self._run, self._write, self._header(format, None))
            while True:
                # While it is paused a block is silence: then one frame tells.
                most = 1 if self._paused else limit
                out = self._next(renderer, format, most)
                if len(out):
                    await run_whole(self._run, self._write, out.tobytes())
                else:
                    await self._clock.sleep_until(self._clock.time() + self.WAIT)
        except OSError as error:
            self._failure = self._error(error)

    def _next(self, renderer: Renderer, format: OutputFormat, limit: int) -> Frames:
        """Return what is to be written next, at most *limit* frames; may be none."""
        ring = renderer.ring
        if not ring.readable and renderer.commanded:
            return self._end_fade(renderer, format)
        # A flushed block is no longer than its fade: no silence is written.
        most = min(limit, renderer.fade_frames) if renderer.commanded else limit
        out = np.empty((min(ring.readable, most), format.channels), np.float32)
        before = ring.read_position
        if not len(out):
            return out
        self._render(renderer, out, format)
        self._paused = ring.read_position == before
        return out[:0] if self._paused else out

    def _end_fade(self, renderer: Renderer, format: OutputFormat) -> Frames:
        """Carry out commands with nothing left to play; a fade needs frames."""
        out = np.zeros((renderer.fade_frames, format.channels), np.float32)
        self._render(renderer, out[:0], format)
        if renderer.commanded:
            self._render(renderer, out, format)
        sounding = np.flatnonzero(out.any(axis=1))
        return out[: sounding[-1] + 1] if len(sounding) else out[:0]

    def _render(self, renderer: Renderer, out: Frames, format: OutputFormat) -> None:
        # Heard is written: the block's end is now, whatever its length.
        renderer.render(out, self._clock.time() - len(out) / format.rate, 0.0)

    def _create(self) -> BinaryIO:
        if self.path.exists() and not self.path.is_file():
            self._part = self.path
        elif self.path.exists():
            self.path.open("ab").close()  # may it be replaced?
        # Unbuffered: a full disk is seen when it is written to.
        return self._part.open("wb", buffering=0)

    def _discard(self, file: BinaryIO) -> None:
        file.close()
        if self._part != self.path:
            self._part.unlink()

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._size_bytes += len(data)

    def _header(self, format: OutputFormat, frames: int | None) -> bytes:
        written = Format(Encoding.FLOAT_32, format.rate, format.channels)
        return wav_header(written, frames=frames)

    def _finish(self, file: BinaryIO) -> None:
        if self._format is None:
            self._discard(file)
            return
        with file:
            header = self._header(self._format, None)
            size_bytes = self._size_bytes - len(header)
            # A file that could not be written is left as it is; one that is
            # too long for its sizes keeps the placeholders: until the end.
            rewritable = self._failure is None and file.seekable()
            if rewritable and size_bytes < 0xFFFF_0000:
                frames = size_bytes // (self._format.channels * 4)
                file.seek(0)
                file.write(self._header(self._format, frames))
        if self._part != self.path:
            self._part.replace(self.path)
