"""
libav, through PyAV: parsers, decoders and demuxers.

The only file that imports PyAV. Importing it takes a tenth of a second, so it
is imported in a thread, when the first compressed stream arrives.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext

from streamer.audio.pcm import Float32
from streamer.codecs.items import Begin
from streamer.errors import FormatError

__all__ = ["Data", "PacketDecoder", "Readable", "Sound", "demux", "make_parser"]

Data: TypeAlias = "bytes | av.Packet[Any]"
"""One compressed frame."""

Sound = tuple[int, Float32]
"""Frames a second, and frames of shape (frames, channels)."""

_DECODERS = {"mp3": "mp3float"}
"""libavcodec's name where it differs; its ``mp3`` rounds to 16 bits."""

_NAMES = {"mp3float": "mp3"}

_SCALES = {"u8": 2.0**-7, "s16": 2.0**-15, "s32": 2.0**-31}
"""What integers are multiplied by: full scale becomes 1.0."""


class Readable(Protocol):
    """What a demuxer reads from; it can't seek."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to *size* bytes, none only at the end; may wait for them."""
        ...


class Parser:
    """Cuts bytes into frames of a codec, whatever the bytes' pieces."""

    def __init__(self, codec: str) -> None:
        self._context = _make_context(codec)

    def __call__(self, data: bytes | None) -> list[Data]:
        """Return the frames that *data* completes; None is the end."""
        return [packet for packet in self._context.parse(data) if packet.size]


def make_parser(codec: str) -> Parser:
    """Return a parser for *codec*."""
    return Parser(codec)


class PacketDecoder:
    """
    Decodes one stream of packets; the work is done where it is called.

    Opus' pre-skip and what a packet's side data says to leave out are left out
    by libavcodec.
    """

    def __init__(self, begin: Begin) -> None:
        self._context = _make_context(begin.codec)
        if begin.extradata is not None:
            self._context.extradata = begin.extradata

    def decode(self, data: Data | None) -> list[Sound]:
        """
        Return the sound of a packet, shape (frames, channels); None is the end.

        Raises:
            FormatError: The packet is damaged.
        """
        packet = av.Packet(data) if isinstance(data, bytes) else data
        try:
            return [_to_sound(frame) for frame in self._context.decode(packet)]
        except av.FFmpegError as error:
            raise FormatError(_words(error)) from error


def demux(file: Readable, format: str) -> Iterator[Begin | av.Packet[Any]]:
    """
    Yield how the first audio stream of a container begins, then its packets.

    It blocks wherever *file* does.

    Args:
        file: Where the bytes come from.
        format: libavformat's name of the demuxer; nothing else is tried.

    Raises:
        FormatError: It is no such container, or there is no sound in it.
    """
    try:
        with av.open(
            file,
            mode="r",
            format=format,
            # Nothing is looked for ahead: the container says what it holds.
            container_options={"analyzeduration": "0"},
            buffer_size=_BUFFER_BYTES,
        ) as container:
            if not container.streams.audio:
                raise FormatError("there is no sound in it")
            stream = container.streams.audio[0]
            name = stream.codec_context.name
            yield Begin(_NAMES.get(name, name), stream.codec_context.extradata)
            for packet in container.demux(stream):
                if packet.size:
                    yield packet
    except av.FFmpegError as error:
        raise FormatError(_words(error)) from error


_BUFFER_BYTES = 4096
"""What libavformat reads at once at the most."""


def _make_context(codec: str) -> AudioCodecContext:
    context = av.CodecContext.create(_DECODERS.get(codec, codec), "r")
    context = cast("AudioCodecContext", context)
    # Audio is never worth a pool of threads: one for each CPU is the default.
    context.thread_count = 1
    return context


def _to_sound(frame: av.AudioFrame) -> Sound:
    """Return new memory, float32, interleaved."""
    values = frame.to_ndarray()
    channels = frame.layout.nb_channels
    shaped = values.T if frame.format.is_planar else values.reshape(-1, channels)
    scale = _SCALES.get(frame.format.name.removesuffix("p"))
    out: npt.NDArray[np.float32]
    if scale is None:
        out = np.ascontiguousarray(shaped, np.float32)
    else:
        zero = 128 if frame.format.name.startswith("u8") else 0
        out = ((shaped.astype(np.float64) - zero) * scale).astype(np.float32)
    return frame.sample_rate, out.reshape(-1, channels)


def _words(error: av.FFmpegError) -> str:
    return f"libav says: {error.strerror or error}"
