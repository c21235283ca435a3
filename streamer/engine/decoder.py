"""A speech's bytes become frames for an output, and timed text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import numpy.typing as npt

from streamer.audio import (
    End,
    Format,
    Header,
    Samples,
    TimedText,
    WavParser,
    decode,
)
from streamer.audio.resample import Converter
from streamer.outputs import OutputFormat

__all__ = ["Decoder"]

Frames = npt.NDArray[np.float32]


class Decoder:
    """
    Sans-I/O: bytes in, then :meth:`events`.

    The output's format may be told late (a file takes the first stream's), but
    before the first samples are converted.
    """

    SLICE = 0.25
    """Seconds of sound that are converted at once."""

    def __init__(self) -> None:
        self._parser = WavParser()
        self._format: Format | None = None
        self._converter: Converter | None = None

    def receive_data(self, data: bytes) -> None:
        """
        Receive bytes.

        Raises:
            FormatError: They aren't a WAV; what came before is in :meth:`events`.
        """
        self._parser.receive_data(data)

    def receive_eof(self) -> None:
        """
        Receive the end.

        Raises:
            FormatError: The stream ended before it had begun.
        """
        self._parser.receive_eof()

    def events(self) -> list[Header | TimedText | Samples | End]:
        """Return what the bytes said since the last call."""
        return self._parser.events()

    def open(self, format: Format, output: OutputFormat) -> None:
        """Say how samples are written and what they are to become."""
        self._format = format
        self._converter = Converter(
            rate=format.rate,
            channels=format.channels,
            output_rate=output.rate,
            output_channels=output.channels,
        )

    def frames(self, samples: Samples) -> Iterator[Frames]:
        """
        Yield *samples* as frames of the output, shape (frames, channels).

        At most :data:`SLICE` seconds at once, so that neither a large chunk nor
        a low rate holds up the event loop or takes much memory.
        """
        assert self._format is not None
        assert self._converter is not None
        frames = max(1, round(self._format.rate * self.SLICE))
        size_bytes = frames * self._format.frame_bytes
        for start in range(0, len(samples.data), size_bytes):
            piece = samples.data[start : start + size_bytes]
            yield self._converter.convert(decode(piece, self._format))

    def counts(self) -> dict[str, int]:
        """Return what was left out of the stream, by name."""
        counts = asdict(self._parser.statistics)
        del counts["segments"]
        return counts

    def rest(self) -> Frames:
        """Return what the conversion still held back; nothing follows."""
        if self._converter is None or self._format is None:
            return np.zeros((0, 1), np.float32)
        nothing = np.zeros((0, self._format.channels), np.float32)
        return self._converter.convert(nothing, last=True)
