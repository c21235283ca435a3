"""Compressed files of a noisy tone, and what a whole-file decode makes of them."""

from __future__ import annotations

import io
import itertools
from functools import cache

import av
import numpy as np

from streamer.audio import End, Header, Samples
from streamer.audio.sniff import recognise
from streamer.codecs import make_decoder
from streamer.errors import StreamerError

KINDS = {
    "mp3": ("mp3", "libmp3lame"),
    "mp3 stereo": ("mp3", "libmp3lame"),
    "aac": ("adts", "aac"),
    "opus": ("ogg", "libopus"),
    "vorbis": ("ogg", "vorbis"),
    "flac": ("flac", "flac"),
    "ogg flac": ("ogg", "flac"),
    "mp4": ("mp4", "aac"),
    "webm": ("webm", "libopus"),
}
CODECS = {"mp3 stereo": "mp3", "ogg flac": "flac", "mp4": "aac", "webm": "opus"}
STEREO = {"mp3 stereo", "vorbis"}  # libavcodec's own Vorbis encoder knows no mono
FRAGMENTED = "frag_keyframe+empty_moov+default_base_moof"


def tone(seconds: float, rate: int, seed: int = 1) -> np.ndarray:
    """Shape (frames,), float32: a tone with noise in it, so that nothing repeats."""
    count = round(seconds * rate)
    noise = np.random.default_rng(seed).standard_normal(count)
    wave = 0.3 * np.sin(2 * np.pi * 220 * np.arange(count) / rate)
    return (wave + 0.05 * noise).astype(np.float32)


@cache
def make(
    kind: str, seconds: float = 0.6, *, rate: int = 24_000, moved: bool = False
) -> bytes:
    """
    Return a file; *moved* puts an MP4's index behind its sound.

    Made anew by each run, so that no binary file has to be kept.
    """
    container, codec = KINDS[kind]
    channels = 2 if kind in STEREO else 1
    file = io.BytesIO()
    options = {} if moved or kind != "mp4" else {"movflags": FRAGMENTED}
    with av.open(file, "w", format=container, options=options) as out:
        stream = out.add_stream(codec, rate=48_000 if codec == "libopus" else rate)
        stream.layout = "stereo" if channels == 2 else "mono"
        if codec == "flac":
            stream.format = "s16"
        elif codec == "vorbis":
            stream.codec_context.options = {"strict": "experimental"}
            stream.codec_context.open(strict=False)
        else:
            stream.bit_rate = 48_000
        for packet in [
            *stream.encode(frame(stream.codec_context, seconds, channels)),
            *stream.encode(None),
        ]:
            out.mux(packet)
    return file.getvalue()


def frame(context, seconds: float, channels: int) -> av.AudioFrame:
    """The tone as the encoder wants it."""
    sound = tone(seconds, context.sample_rate)
    name = context.format.name
    if name.startswith("s16"):
        sound = (sound * 32767).astype(np.int16)
    elif name.startswith("s32"):
        sound = (sound * 2.0**31).astype(np.int32)
    shaped = np.repeat(sound[np.newaxis], channels, axis=0)
    if not name.endswith("p"):
        shaped = np.ascontiguousarray(shaped.T.reshape(1, -1))
    made = av.AudioFrame.from_ndarray(shaped, name, context.layout.name)
    made.rate, made.pts = context.sample_rate, 0
    return made


@cache
def decode_whole(data: bytes) -> np.ndarray:
    """
    What PyAV makes of the whole file, shape (frames, channels), float32.

    Read-only: whoever asks for the same file is given the same memory.
    """
    found = []
    with av.open(io.BytesIO(data)) as file:
        for decoded in file.decode(file.streams.audio[0]):
            values = decoded.to_ndarray()
            channels = decoded.layout.nb_channels
            planar = decoded.format.is_planar
            found.append(values.T if planar else values.reshape(-1, channels))
    joined = np.concatenate(found)
    scale = 32768 if joined.dtype == np.int16 else 1
    frames = joined.astype(np.float32) / np.float32(scale)
    frames.flags.writeable = False
    return frames


async def inline(function, *args):
    """Run a blocking call at once."""
    return function(*args)


class Heard:
    """What a decoder said, and after how many bytes."""

    def __init__(self) -> None:
        self.header: Header | None = None
        self.end: End | None = None
        self.error: Exception | None = None
        self.sizes: list[int] = []
        self.first_at: int | None = None
        self.counts: dict[str, int] = {}
        self.codec = ""
        self._data: list[bytes] = []

    @property
    def frames(self) -> np.ndarray:
        assert self.header is not None
        joined = np.frombuffer(b"".join(self._data), np.float32)
        return joined.reshape(-1, self.header.format.channels)

    def take(self, decoder, at: int) -> None:
        while events := decoder.events():
            for event in events:
                if isinstance(event, Header):
                    assert self.header is None
                    self.header = event
                elif isinstance(event, Samples):
                    assert self.header is not None
                    assert self.end is None
                    self._data.append(event.data)
                    size = len(event.data) // self.header.format.frame_bytes
                    self.sizes.append(size)
                    self.first_at = at if self.first_at is None else self.first_at
                else:
                    assert self.end is None
                    self.end = event


async def listen(data: bytes, cuts=(), *, eof: bool = True) -> Heard:
    """Decode *data*, cut at the positions *cuts*."""
    heard = Heard()
    kind = recognise(data[:8])
    decoder = await make_decoder(kind, inline)
    edges = [0, *sorted(cuts), len(data)]
    try:
        for start, end in itertools.pairwise(edges):
            await decoder.receive_data(data[start:end])
            heard.take(decoder, end)
        if eof:
            await decoder.receive_eof()
            heard.take(decoder, len(data))
    except StreamerError as error:
        heard.error = error
    finally:
        await decoder.close()
    heard.counts, heard.codec = decoder.counts(), decoder.codec
    return heard


async def listen_in_steps(data: bytes, step: int, *, eof: bool = True) -> Heard:
    """Decode *data* in pieces of *step* bytes."""
    return await listen(data, range(step, len(data), step), eof=eof)
