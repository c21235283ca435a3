"""A speech's bytes become frames for an output, and timed text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from streamer.audio import (
    Buffer,
    Encoding,
    Event,
    Format,
    Samples,
    WavParser,
    decoder_of,
)
from streamer.audio.resample import Converter
from streamer.audio.sniff import Kind, recognise
from streamer.codecs import make_decoder
from streamer.outputs import OutputFormat
from streamer.runner import Runner

if TYPE_CHECKING:
    from streamer.codecs.compressed import CompressedDecoder

__all__ = ["Decoder"]

Frames = npt.NDArray[np.float32]


class Decoder:
    """
    Bytes in, then :meth:`events` until there are none.

    The first bytes say what the stream is. A WAV is parsed where it stands,
    without a thread; so is what is compressed, but for MP4 and WebM, which are
    read in a thread that :meth:`close` ends.

    The output's format may be told late (a file takes the first stream's), but
    before the first samples are converted.

    Args:
        run: Imports PyAV for the first stream that needs it.
        quality: The converter's recipe, for an output of another rate.
    """

    SLICE = 0.25
    """Seconds of sound that are converted at once."""

    def __init__(self, *, run: Runner, quality: str = "LD") -> None:
        self._run = run
        self._quality = quality
        self._head: bytes | None = b""
        self._wav = WavParser()
        self._compressed: CompressedDecoder | None = None
        self._format: Format | None = None
        self._decode: Callable[[Buffer], Frames] | None = None
        self._converter: Converter | None = None
        self._output_rate = 0
        self._slice_bytes = 0
        self._as_it_is = False
        self.is_plain = False
        """Whether samples are PCM_16 of the output's own rate and channels."""
        self._taken = 0
        self._given = 0
        self._hold_back = 0.0

    @property
    def codec(self) -> str:
        """What the stream is: wav, mp3, aac, flac, vorbis or opus."""
        return "wav" if self._compressed is None else self._compressed.codec

    @property
    def hold_back(self) -> float:
        """Seconds of sound that the resampler held back at the most, so far."""
        return self._hold_back

    async def receive_data(self, data: bytes) -> None:
        """
        Receive bytes.

        Raises:
            FormatError: They are nothing that can be played; what came before
                is in :meth:`events`.
            MissingComponent: They need PyAV, and it isn't there.
            UsageError: Too many MP4 or WebM streams are being read at once.
        """
        if self._head is not None:
            self._head += data
            kind = recognise(self._head)
            if kind is None:
                return
            data = await self._decide(kind)
        await self._pass_on(data)

    def receive_nowait(self, data: bytes) -> bool:
        """
        Receive bytes of what is known to be a WAV, as most are.

        Returns:
            Whether it did; else hand them to :meth:`receive_data`.

        Raises:
            FormatError: As there.
        """
        if self._head is not None or self._compressed is not None:
            return False
        self._wav.receive_data(data)
        return True

    async def receive_eof(self) -> None:
        """
        Receive the end.

        Raises:
            FormatError: The stream ended before it had begun.
        """
        if self._head is not None:
            await self._pass_on(await self._decide(Kind.WAV))
        if self._compressed is None:
            self._wav.receive_eof()
        else:
            await self._compressed.receive_eof()

    def events(self) -> list[Event]:
        """
        Return what the bytes said since the last call; call it until it is empty.

        Of compressed sound no more than :data:`SLICE` seconds are decoded at
        once.

        Raises:
            FormatError: The sound can't be decoded.
        """
        if self._compressed is None:
            return self._wav.events()
        return self._compressed.events()

    async def close(self) -> None:
        """Let go of everything; may be called at any time, and again."""
        if self._compressed is not None:
            await self._compressed.close()

    def open(self, format: Format, output: OutputFormat) -> None:
        """Say how samples are written and what they are to become."""
        self._format = format
        self._output_rate = output.rate
        frames = max(1, round(format.rate * self.SLICE))
        self._slice_bytes = frames * format.frame_bytes
        alike = (format.rate, format.channels) == (output.rate, output.channels)
        self._as_it_is = alike
        self.is_plain = alike and format.encoding is Encoding.PCM_16
        self._decode = decoder_of(format)
        self._converter = Converter(
            rate=format.rate,
            channels=format.channels,
            output_rate=output.rate,
            output_channels=output.channels,
            quality=self._quality,
        )

    def frames(self, samples: Samples) -> Iterable[Frames]:
        """
        Return *samples* as frames of the output, shape (frames, channels).

        At most :data:`SLICE` seconds at once, so that neither a large chunk nor
        a low rate holds up the event loop or takes much memory.
        """
        data = samples.data
        if len(data) > self._slice_bytes:
            return self._convert_slices(data)
        return (self._convert(data),)

    def counts(self) -> dict[str, int]:
        """Return what was left out of the stream, by name."""
        counts = asdict(self._wav.statistics)
        del counts["segments"]
        if self._compressed is not None:
            counts |= self._compressed.counts()
        return counts

    def rest(self) -> Frames:
        """Return what the conversion still held back; nothing follows."""
        if self._converter is None or self._format is None:
            return np.zeros((0, 1), np.float32)
        nothing = np.zeros((0, self._format.channels), np.float32)
        return self._converter.convert(nothing, last=True)

    def _convert_slices(self, data: bytes) -> Iterator[Frames]:
        size_bytes = self._slice_bytes
        for start in range(0, len(data), size_bytes):
            yield self._convert(data[start : start + size_bytes])

    def _convert(self, data: bytes) -> Frames:
        assert self._decode is not None
        assert self._converter is not None
        sound = self._decode(data)
        if self._as_it_is:
            return sound
        converted = self._converter.convert(sound)
        self._note_hold_back(len(sound), len(converted))
        return converted

    async def _decide(self, kind: Kind) -> bytes:
        """Take *kind* for what the stream is; return its bytes so far."""
        assert self._head is not None
        if kind is not Kind.WAV:
            self._compressed = await make_decoder(kind, self._run)
        head, self._head = self._head, None
        return head

    async def _pass_on(self, data: bytes) -> None:
        if self._compressed is None:
            self._wav.receive_data(data)
        else:
            await self._compressed.receive_data(data)

    def _note_hold_back(self, taken: int, given: int) -> None:
        assert self._format is not None
        self._taken += taken
        self._given += given
        held = self._taken / self._format.rate - self._given / self._output_rate
        self._hold_back = max(self._hold_back, held)
