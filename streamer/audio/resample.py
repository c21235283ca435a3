"""From a stream's rate and channels to an output's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

__all__ = ["Converter", "match_channels"]

Frames = npt.NDArray[np.float32]


class Converter:
    """
    Converts a stream of frames to an output's rate and channels, as it comes.

    Where both are the output's already the very samples pass, bit for bit.

    Args:
        rate: The stream's frames a second.
        channels: The stream's samples a frame.
        output_rate: The output's frames a second.
        output_channels: The output's samples a frame.
        quality: soxr's recipe. ``LQ`` (16-bit precision, an early roll-off)
            holds back 1 ms of a 22,050 Hz stream on its way to 48,000 Hz,
            ``HQ`` 40 ms (measured in 20 ms chunks). The frames that come out
            are on the stream's own time all the same.
    """

    def __init__(
        self,
        *,
        rate: int,
        channels: int,
        output_rate: int,
        output_channels: int,
        quality: str = "LQ",
    ) -> None:
        self._channels = output_channels
        self._stream: soxr.ResampleStream | None = None
        if rate != output_rate:
            self._stream = soxr.ResampleStream(
                rate, output_rate, min(channels, output_channels), quality=quality
            )
        self._inner = min(channels, output_channels)

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
        if self._stream is not None:
            narrow = self._stream.resample_chunk(narrow, last=last)
            narrow = narrow.reshape(-1, self._inner)
        return match_channels(narrow, self._channels)


def match_channels(frames: Frames, channels: int) -> Frames:
    """
    Return *frames*, shape (frames, any), with *channels* samples a frame.

    Mono goes to every channel; anything goes to mono as its mean; otherwise
    the first channels are kept and missing ones are silent.
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
