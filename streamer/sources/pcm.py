"""
One's own audio: arrays of samples, all at once or one after the other.

They become a WAV on the way, the form in which the engine takes sound; the
samples themselves are handed on as they are.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Iterable,
    Iterator,
)
from contextlib import aclosing
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from streamer.audio import Encoding, Format, TimedText, wav_header
from streamer.audio.wav_format import MAX_CHANNELS, MAX_RATE, MIN_RATE
from streamer.audio.wav_walker import MAX_HEADER_BYTES
from streamer.errors import ContentError, SourceError, UsageError
from streamer.lipsync.repair import MendedText, Repairs
from streamer.sources.base import Facilities, Speech
from streamer.sources.pcm_pieces import check_read_timeout, iterate

__all__ = ["PcmSource", "check_format", "pcm"]

Array = npt.NDArray[Any]
Pieces = Iterable[Array] | AsyncIterable[Array]

CHUNK_BYTES = 64 * 1024
"""The most of an array that is handed on at once."""

COPIED_BYTES = 2**20
"""An array up to this size is copied into another process at once."""

_ENCODINGS = {
    np.dtype("<f4"): Encoding.FLOAT_32,
    np.dtype("<f8"): Encoding.FLOAT_64,
    np.dtype("<i2"): Encoding.PCM_16,
    np.dtype("<i4"): Encoding.PCM_32,
    np.dtype("u1"): Encoding.PCM_U8,
}
_DTYPES = "float32, float64, int16, int32 or uint8"


def pcm(
    frames: Array | Pieces,
    rate: int,
    channels: int = 1,
    timed_text: Iterable[TimedText] | None = None,
    *,
    text: str | None = None,
    language: str = "en",
    read_timeout: float | None = None,
) -> Speech:
    """
    Return the speech of audio of one's own, for :meth:`streamer.Engine.play`.

    .. code-block:: python

        await engine.play(streamer.pcm(samples, 24_000))

    Where the output has the same rate and as many channels, the very samples
    are heard: float32 bit for bit, integers of up to 24 bits exactly.

    Args:
        frames: Shape (frames,) for mono or (frames, channels). dtype float32
            or float64 (full scale 1.0; what is beyond it is kept), int16,
            int32 or uint8 (128 is silence), in any byte order. It is not
            copied: leave it as it is until it was heard. Or an iterable, or
            async iterable, of such arrays, all of one dtype: it is asked for
            the next one as the sound is played, a plain one in a thread, and
            closed at the end. An iterator can be heard once.
        rate: Frames a second, in Hz, 1,000 to 768,000.
        channels: Samples a frame, 1 to 32.
        timed_text: Characters and phonemes with their times in frames of
            *rate*; they move the mouth. At most 4 MiB as a WAV, about 60,000.
            What a provider's ``timed_text()`` mended in them is counted, too.
        text: What is spoken, where that is known.
        language: BCP 47 tag of the text; picks phoneme conventions.
        read_timeout: Seconds that an async iterable may leave one waiting for
            its next frames; empty arrays are none. Then the utterance ends
            with :class:`~streamer.errors.SourceTimeout` once what had come was
            heard. None: for ever. A plain iterator, asked in a thread that
            nobody can interrupt, takes none.

    Raises:
        UsageError: Something of it cannot be played. What is wrong with a
            later array of an iterable fails the utterance when it comes.
    """
    check_format(rate, channels)
    header = _Header(rate, channels, _checked_texts(timed_text))
    repairs = timed_text.repairs if isinstance(timed_text, MendedText) else Repairs()
    if isinstance(frames, np.ndarray):
        try:
            _check_array(frames, channels)
            _check_finite(frames, 0)
        except _WrongError as wrong:
            raise UsageError(f"these frames cannot be played: {wrong}") from wrong
        if not len(frames):
            raise UsageError("there are no frames to play")
    else:
        _check_pieces(frames)
    check_read_timeout(read_timeout, frames)
    source = PcmSource(frames, header, read_timeout=read_timeout)
    return Speech(source, text, language, repairs)


class _WrongError(ValueError):
    """What is wrong with an array, as a phrase."""


class _Header:
    """What stands before the samples, but for their encoding."""

    def __init__(
        self, rate: int, channels: int, timed_text: tuple[TimedText, ...]
    ) -> None:
        self.rate = rate
        self.channels = channels
        self._timed_text = timed_text

    def encoded(self, dtype: np.dtype[Any], frames: int | None) -> bytes:
        format = Format(_encoding_of(dtype), self.rate, self.channels)
        if frames is not None and frames * format.frame_bytes >= 2**31:
            frames = None  # more than a WAV can say
        return wav_header(format, frames=frames, timed_text=self._timed_text)


class PcmSource:
    """
    Arrays of samples as the bytes of a WAV; made by :func:`pcm`.

    Args:
        frames: An array, or an iterable of them.
        header: What stands before them.
        read_timeout: Seconds that an async iterable may be silent; None: for
            ever.
    """

    name = "own audio"

    def __init__(
        self,
        frames: Array | Pieces,
        header: _Header,
        *,
        read_timeout: float | None = None,
    ) -> None:
        self._frames = frames
        self._read_timeout = read_timeout
        self._header = header
        self._taken = False

    @property
    def travels(self) -> bool:
        """Whether a copy can be played elsewhere: a small array, no maker of arrays."""
        frames = self._frames
        return isinstance(frames, np.ndarray) and frames.nbytes <= COPIED_BYTES

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        """
        Yield the header with the first samples, then the others.

        Raises:
            SourceError: An array of an iterable cannot be played.
            SourceTimeout: An async iterable was silent for too long.
            ContentError: An iterable had no frames.
        """
        if isinstance(self._frames, np.ndarray):
            array = self._frames
            head = self._header.encoded(array.dtype, len(array))
            for data in _chunks(array):
                yield head + data if head else data
                head = b""
            return
        async with aclosing(self._stream_pieces(facilities)) as chunks:
            async for data in chunks:
                yield data

    async def _stream_pieces(
        self, facilities: Facilities
    ) -> AsyncGenerator[bytes, None]:
        if self._taken and isinstance(self._frames, Iterator | AsyncIterator):
            raise SourceError(self.name, "an iterator can be played once only")
        self._taken = True
        first: np.dtype[Any] | None = None
        position = 0
        asking = iterate(self._frames, facilities, self.name, self._read_timeout)
        async with aclosing(asking) as pieces:
            async for piece in pieces:
                self._check(piece, first, position)
                if not len(piece):
                    continue
                head = b""
                if first is None:
                    first = piece.dtype
                    head = self._header.encoded(first, None)
                for data in _chunks(piece):
                    yield head + data if head else data
                    head = b""
                position += len(piece)
        if first is None:
            raise ContentError(self.name, "the iterator gave no frames")

    def _check(self, piece: object, first: np.dtype[Any] | None, position: int) -> None:
        try:
            array = _check_array(piece, self._header.channels)
            _check_same(array, first)
            _check_finite(array, position)
        except _WrongError as wrong:
            where = f"the piece that begins at frame {position} cannot be played"
            raise SourceError(self.name, f"{where}: {wrong}") from wrong


# -- checks -------------------------------------------------------------------


def check_format(rate: object, channels: object) -> None:
    """
    Check that there is sound of *rate* Hz with *channels* samples a frame.

    Raises:
        UsageError: There is none.
    """
    if not _is_whole(rate) or not MIN_RATE <= cast("int", rate) <= MAX_RATE:
        raise UsageError(
            f"the rate is {rate!r}; it can be a whole number of Hz, "
            f"{MIN_RATE} to {MAX_RATE}"
        )
    if not _is_whole(channels) or not 1 <= cast("int", channels) <= MAX_CHANNELS:
        raise UsageError(f"channels is {channels!r}; it can be 1 to {MAX_CHANNELS}")


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check_array(array: object, channels: int) -> Array:
    """
    Raises:
        _WrongError: It is no array of *channels*.
    """
    if isinstance(array, bytes | bytearray | memoryview):
        raise _WrongError(
            "they are bytes; say how they are written, as in "
            "numpy.frombuffer(data, '<i2')"
        )
    if not isinstance(array, np.ndarray):
        raise _WrongError(f"it is a {type(array).__name__}, not a numpy array")
    _encoding_of(array.dtype)
    if array.ndim == 1 and channels == 1:
        return array
    if array.ndim == 2 and array.shape[1] == channels:
        return array
    wanted = f"(frames, {channels})" + (" or (frames,)" if channels == 1 else "")
    raise _WrongError(
        f"their shape is {array.shape}, not {wanted}{_hint(array, channels)}"
    )


def _hint(array: Array, channels: int) -> str:
    if array.ndim == 2 and array.shape[0] == channels:
        return "; pass frames.T"
    if array.ndim == 1:
        return f"; interleaved samples are frames.reshape(-1, {channels})"
    if array.ndim == 2 and 1 <= array.shape[1] <= MAX_CHANNELS:
        return f"; pass channels={array.shape[1]}"
    return ""


def _encoding_of(dtype: np.dtype[Any]) -> Encoding:
    encoding = _ENCODINGS.get(dtype.newbyteorder("<"))
    if encoding is None:
        raise _WrongError(f"their samples are {dtype}, not {_DTYPES}")
    return encoding


def _check_same(array: Array, first: np.dtype[Any] | None) -> None:
    if first is not None and array.dtype != first:
        raise _WrongError(f"its samples are {array.dtype}, those before are {first}")


def _check_finite(array: Array, position: int) -> None:
    if array.dtype.kind != "f":
        return
    finite = np.isfinite(array)
    if not finite.all():
        index = np.argwhere(~finite)[0]
        frame = position + int(index[0])
        raise _WrongError(f"frame {frame} is {array[tuple(index)]}, which is no sound")


def _check_pieces(frames: object) -> None:
    """
    Raises:
        UsageError: It gives no arrays, as far as one can see without asking.
    """
    if isinstance(frames, bytes | bytearray | memoryview):
        raise UsageError(
            "frames are bytes; say how they are written, as in "
            "numpy.frombuffer(data, '<i2')"
        )
    if isinstance(frames, list | tuple):
        odd = next((x for x in frames if not isinstance(x, np.ndarray)), None)
        if odd is not None:
            raise UsageError(
                f"frames are a {type(frames).__name__} with a {type(odd).__name__} "
                "in it; pass a numpy array of samples, or arrays one after the other"
            )
    elif hasattr(frames, "__array__"):
        kind = type(frames).__name__
        raise UsageError(f"frames are a {kind}; pass numpy.asarray(frames)")
    elif isinstance(frames, str) or not isinstance(frames, Iterable | AsyncIterable):
        raise UsageError(
            f"frames are a {type(frames).__name__}; pass a numpy array of samples, "
            "or an iterator of such arrays"
        )


def _checked_texts(timed_text: Iterable[TimedText] | None) -> tuple[TimedText, ...]:
    if timed_text is None:
        return ()
    if not isinstance(timed_text, Iterable):
        raise UsageError("timed_text is to be an iterable of streamer.audio.TimedText")
    texts = tuple(timed_text)
    size_bytes = 0
    for index, entry in enumerate(texts):
        wrong = _wrong_text(entry)
        if wrong:
            raise UsageError(f"entry {index} of timed_text {wrong}")
        size_bytes += 56 + len(entry.text.encode("utf-8", "replace"))
    if size_bytes > MAX_HEADER_BYTES:
        raise UsageError(
            f"timed_text has {len(texts)} entries, which is more than "
            f"{MAX_HEADER_BYTES // 2**20} MiB; cut the audio into several speeches"
        )
    return texts


def _wrong_text(entry: object) -> str:
    """What is wrong with *entry* of timed text, as a phrase; empty if nothing is."""
    if not isinstance(entry, TimedText):
        return f"is a {type(entry).__name__}, not a streamer.audio.TimedText"
    if entry.kind not in ("grapheme", "phoneme"):
        return f"is of the kind {entry.kind!r}, not 'grapheme' or 'phoneme'"
    text: object = entry.text
    if not isinstance(text, str):
        return f"has a {type(text).__name__} for its text"
    for what, value in (("starts at", entry.frame), ("lasts", entry.frames)):
        if not _is_whole(value) or not 0 <= value < 2**32:
            return f"{what} {value!r}, which is no number of frames"
    return ""


# -- arrays, one after the other ----------------------------------------------


def _chunks(array: Array) -> Iterator[bytes]:
    """*array* as bytes, little-endian, at most :data:`CHUNK_BYTES` at once."""
    written = array.dtype.newbyteorder("<")
    frame_bytes = array.dtype.itemsize * (array.shape[1] if array.ndim == 2 else 1)
    step = max(1, CHUNK_BYTES // frame_bytes)
    for start in range(0, len(array), step):
        yield array[start : start + step].astype(written, copy=False).tobytes()
