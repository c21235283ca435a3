"""Bare samples from a file, a pipe or an address, as the WAV that they lack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from streamer.audio import Encoding, Format, wav_header
from streamer.errors import ContentError, UsageError
from streamer.sources.base import Facilities, Source, travels
from streamer.sources.pcm import check_format

__all__ = ["RAW_ENCODINGS", "RawFormat", "RawSource"]

_SIGNED_8 = bytes(code ^ 0x80 for code in range(256))
"""Signed codes of 8 bits to unsigned ones."""

RAW_ENCODINGS = {
    "s8": Encoding.PCM_U8,
    "u8": Encoding.PCM_U8,
    "s16le": Encoding.PCM_16,
    "s24le": Encoding.PCM_24,
    "s32le": Encoding.PCM_32,
    "f32le": Encoding.FLOAT_32,
    "f64le": Encoding.FLOAT_64,
    "mulaw": Encoding.MULAW,
    "alaw": Encoding.ALAW,
}
"""How bare samples may be written, by the names that ffmpeg has for them."""

_CONTAINERS = {b"RIFF": "WAV", b"OggS": "Ogg", b"fLaC": "FLAC", b"ID3": "MP3"}


class RawFormat:
    """
    How bare samples are written.

    Args:
        encoding: One of :data:`RAW_ENCODINGS`.
        rate: Frames a second, in Hz.
        channels: Samples a frame, interleaved.

    Raises:
        UsageError: There is no such encoding, rate or number of channels.
    """

    def __init__(self, encoding: str, rate: int, channels: int = 1) -> None:
        if encoding not in RAW_ENCODINGS:
            known = ", ".join(RAW_ENCODINGS)
            raise UsageError(f"there is no encoding {encoding!r}; there are: {known}")
        check_format(rate, channels)
        self.format = Format(RAW_ENCODINGS[encoding], rate, channels)
        self.signed_8 = encoding == "s8"

    @classmethod
    def parse(cls, text: str) -> RawFormat:
        """
        Return what ``ENCODING:RATE`` or ``ENCODING:RATE:CHANNELS`` means.

        Raises:
            UsageError: It means nothing.
        """
        encoding, *numbers = text.split(":")
        whole = all(part.isascii() and part.isdigit() for part in numbers)
        if not 1 <= len(numbers) <= 2 or not whole:
            known = ", ".join(RAW_ENCODINGS)
            raise UsageError(
                f"{text!r} does not say how samples are written; write "
                f"ENCODING:RATE[:CHANNELS], as in s16le:24000; encodings: {known}"
            )
        return cls(encoding, *[int(part) for part in numbers])


class RawSource:
    """
    Bare samples from another source, as a WAV.

    Args:
        source: Where the samples come from.
        raw: How they are written.
    """

    def __init__(self, source: Source, raw: RawFormat) -> None:
        self._source = source
        self._raw = raw
        self.header = wav_header(raw.format, frames=None)
        """What is put before the samples."""

    @property
    def name(self) -> str:
        """The other source's."""
        return self._source.name

    @property
    def travels(self) -> bool:
        """Whether the other source does."""
        return travels(self._source)

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """
        Yield the header with the first samples, then the others.

        Raises:
            SourceError: As the other source.
            ContentError: There is nothing, or it is no bare samples.
        """
        begun = b""
        started = False
        async with aclosing(self._source.stream(facilities)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                data = chunk if started else begun + chunk
                if not started and len(data) < 4:
                    begun = data
                    continue
                yield self._written(data, first=not started)
                started = True
        if not started and begun:
            yield self._written(begun, first=True)
        elif not started:
            raise ContentError(self.name, "it is empty")

    def _written(self, data: bytes, *, first: bool) -> bytes:
        for signature, kind in _CONTAINERS.items() if first else ():
            if data.startswith(signature):
                raise ContentError(
                    self.name, f"it is {kind}, not bare samples; leave --raw out"
                )
        if self._raw.signed_8:
            data = data.translate(_SIGNED_8)
        return self.header + data if first else data
