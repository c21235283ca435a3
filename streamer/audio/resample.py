"""From a stream's rate and channels to an output's."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, Protocol, cast

import numpy as np
import numpy.typing as npt
import soxr

from streamer.audio.polyphase import Polyphase

__all__ = ["QUALITIES", "Converter", "Quality", "hold_back", "match_channels"]

Frames = npt.NDArray[np.float32]

Quality = Literal["LD", "QQ", "LQ", "MQ", "HQ", "VHQ"]
"""How rates are converted; see :class:`Converter`."""
QUALITIES: tuple[Quality, ...] = ("LD", "QQ", "LQ", "MQ", "HQ", "VHQ")

_CHUNK = 0.010
"""Seconds of the chunks in which :func:`hold_back` measures."""
_TRIAL = 0.5
"""Seconds of sound that it measures with: more than any quality keeps."""


class _Resampler(Protocol):
    """What changes the rate."""

    def convert(self, frames: Frames, *, last: bool = False) -> Frames: ...


class Converter:
    """
    Converts a stream of frames to an output's rate and channels, as it comes.

    Where both are the output's already the very samples pass, bit for bit. The
    frames that come out are on the stream's own time, however many are held
    back meanwhile.

    Args:
        rate: The stream's frames a second.
        channels: The stream's samples a frame.
        output_rate: The output's frames a second.
        output_channels: The output's samples a frame.
        quality: The recipe. ``LD``, low delay: a filter of our own where that
            holds back less than soxr's ``LQ`` does, else that one. The others
            are soxr's: ``QQ`` (cubic: instant, and rough), ``LQ`` (16-bit, an
            early roll-off), ``MQ``, ``HQ`` (20-bit), ``VHQ`` (28-bit).

    What each holds back at the most, in ms (soxr 1.1, in chunks of 10 ms;
    measured by :func:`hold_back`)::

        Hz                LD    QQ    LQ    MQ    HQ   VHQ
        24,000 → 48,000   1.0   0.1  20.4  39.2  37.9  36.8
        22,050 → 44,100   1.3   0.1  22.2  42.5  41.3  39.9
        22,050 → 48,000   0.9   0.1   0.9  42.2  41.9  40.1
        48,000 → 44,100   3.3   0.0  10.1  19.4  19.1  39.5
         8,000 → 48,000   3.0   0.3  53.0  86.3 165.8 163.3
    """

    def __init__(
        self,
        *,
        rate: int,
        channels: int,
        output_rate: int,
        output_channels: int,
        quality: str = "LD",
    ) -> None:
        self._channels = output_channels
        self._inner = min(channels, output_channels)
        self._rates = (rate, output_rate)
        self._resampler = _resampler(rate, output_rate, self._inner, quality)
        self._fed = 0
        self._given = 0
        self._held_back = 0.0

    @property
    def hold_back(self) -> float:
        """
        Seconds of sound that were held back at the most, so far.

        Counted: frames that went in less frames that came out, after each
        call of :meth:`convert` but the last.
        """
        return self._held_back

    def convert(self, frames: Frames, *, last: bool = False) -> Frames:
        """
        Return what can be told of the output so far.

        Args:
            frames: Shape (frames, channels), float32.
            last: Whether nothing follows; what was held back comes out too.

        Returns:
            Shape (frames, output channels), float32, C-contiguous.
        """
        narrow = match_channels(frames, self._inner)
        if self._resampler is not None:
            self._fed += len(narrow)
            narrow = self._resampler.convert(narrow, last=last)
            self._given += len(narrow)
            rate, output_rate = self._rates
            behind = self._fed / rate - self._given / output_rate
            self._held_back = max(self._held_back, behind)
        return match_channels(narrow, self._channels)


class _Soxr:
    """soxr's own stream, in the same words."""

    def __init__(
        self, rate: int, output_rate: int, channels: int, quality: str
    ) -> None:
        self._channels = channels
        self._stream = soxr.ResampleStream(rate, output_rate, channels, quality=quality)

    def convert(self, frames: Frames, *, last: bool = False) -> Frames:
        made = self._stream.resample_chunk(frames, last=last)
        return cast("Frames", made.reshape(-1, self._channels))


def _resampler(
    rate: int, output_rate: int, channels: int, quality: str
) -> _Resampler | None:
    """What brings *rate* to *output_rate*; None where nothing is to be done."""
    if quality not in QUALITIES:
        known = ", ".join(QUALITIES)
        raise ValueError(f"there is no quality {quality!r}; there are: {known}")
    if rate == output_rate:
        return None
    if quality == "LD":
        ours = Polyphase.holds_back(rate, output_rate)
        if ours < hold_back(rate, output_rate, "LQ"):
            return Polyphase(rate, output_rate, channels)
        quality = "LQ"
    return _Soxr(rate, output_rate, channels, quality)


@lru_cache(maxsize=64)
def hold_back(rate: int, output_rate: int, quality: str) -> float:
    """
    Return the seconds that *quality* holds back at the most between two rates.

    Measured with half a second of silence, 1 to 3 ms of work; remembered.
    """
    convert = Converter(
        rate=rate,
        channels=1,
        output_rate=output_rate,
        output_channels=1,
        quality=quality,
    )
    silence = np.zeros((max(1, round(rate * _CHUNK)), 1), np.float32)
    for _ in range(round(_TRIAL / _CHUNK)):
        convert.convert(silence)
    return convert.hold_back


def match_channels(frames: Frames, channels: int) -> Frames:
    """
    Return *frames*, shape (frames, any), with *channels* samples a frame.

    ============  ===========  ===============================================
    from          to           what is heard
    ============  ===========  ===============================================
    as many       as many      the very samples
    1             any          the same in each channel
    any           1            the mean of all
    2 and more    more         the first ones as they are, the others silent
    2 and more    fewer        the first ones; the others are left out
    ============  ===========  ===============================================
    """
    given = frames.shape[1]
    if given == channels:
        return np.ascontiguousarray(frames)
    if given == 1:
        return np.ascontiguousarray(np.repeat(frames, channels, axis=1))
    if channels == 1:
        mono: Frames = frames.mean(axis=1, keepdims=True, dtype=np.float32)
        return mono
    wider = np.zeros((len(frames), channels), np.float32)
    kept = min(given, channels)
    wider[:, :kept] = frames[:, :kept]
    return wider
