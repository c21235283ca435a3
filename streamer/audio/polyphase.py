"""
A resampler that holds back next to nothing, for rates in a simple ratio.

soxr doubles rates in blocks that it transforms whole: even its low quality
keeps 10 to 60 ms of 24,000 Hz on its way to 48,000 Hz. Here each output frame
is a sum over the input around it, so no more than half a filter waits.

Sources:
    Windowed sinc and phases: Crochiere and Rabiner, Multirate Digital Signal
    Processing (1983), ch. 4; the window: Kaiser, "Nonrecursive digital filter
    design using the I0-sinh window function" (1974).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["Polyphase"]

Frames = npt.NDArray[np.float32]

CROSSINGS = 24
"""Zeros of the filter on each side: 1 ms at 24,000 Hz."""
BETA = 9.0
"""Of Kaiser's window: 90 dB of what would be heard mirrored is taken away."""
CUTOFF = 0.90
"""Where the filter is at half, as a part of half the lower rate."""
GROUP = 8
"""Frames of the input that are taken at once at least: less work for each."""
MAX_CELLS = 200_000
"""Numbers in a matrix; 4 bytes each."""


class Polyphase:
    """
    Converts a stream of frames from one rate to another.

    The input is taken in groups of *step* frames, each of which makes *phases*
    frames of the output by one multiplication with a matrix.

    Args:
        rate: Frames a second that come in.
        output_rate: Frames a second that go out.
        channels: Samples a frame.
    """

    def __init__(self, rate: int, output_rate: int, channels: int) -> None:
        self._phases, self._step = _group(rate, output_rate)
        self._half = _half(self._phases, self._step)
        self._matrix = _matrix(self._phases, self._step, self._half)
        self._waiting: Frames = np.zeros((self._half, channels), np.float32)
        self._received = 0
        self._given = 0

    @staticmethod
    def holds_back(rate: int, output_rate: int) -> float:
        """
        Return the seconds that wait at the most; infinity where it is no use.

        That is where the ratio is not simple enough for the matrix.
        """
        phases, step = _group(rate, output_rate)
        half = _half(phases, step)
        if (step + 2 * half) * phases > MAX_CELLS:
            return math.inf
        return (half + step - 1) / rate

    def convert(self, frames: Frames, *, last: bool = False) -> Frames:
        """
        Return what can be told so far, shape (frames, channels), float32.

        Args:
            frames: Shape (frames, channels), float32.
            last: Whether nothing follows; what was held back comes out too.
        """
        self._received += len(frames)
        parts = [self._waiting, frames]
        if last:
            parts.append(
                np.zeros((self._half + self._step, frames.shape[1]), np.float32)
            )
        data = np.concatenate(parts)
        width = len(self._matrix)
        groups = max(0, (len(data) - width) // self._step + 1)
        self._waiting = data[groups * self._step :].copy()
        if groups == 0:
            return np.zeros((0, frames.shape[1]), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(data, width, axis=0)
        # One large product is quicker than many small ones.
        rows = windows[:: self._step][:groups].reshape(-1, width)
        made = (rows @ self._matrix).reshape(groups, -1, self._phases)
        out = np.ascontiguousarray(made.transpose(0, 2, 1))
        out = out.reshape(-1, frames.shape[1])
        if last:
            whole = math.ceil(self._received * self._phases / self._step)
            out = out[: whole - self._given]
        self._given += len(out)
        return out


def _group(rate: int, output_rate: int) -> tuple[int, int]:
    """Frames of the output and of the input in a group."""
    common = math.gcd(rate, output_rate)
    times = math.ceil(GROUP / (rate // common))
    return output_rate // common * times, rate // common * times


def _half(phases: int, step: int) -> int:
    """Frames of the input on each side of an output frame that count for it."""
    return math.ceil(CROSSINGS * max(1.0, step / phases))


def _matrix(phases: int, step: int, half: int) -> npt.NDArray[np.float32]:
    """Shape (step + 2 half, phases): what each frame of a window adds to each."""
    cutoff = CUTOFF * min(1.0, phases / step)
    place = np.arange(step + 2 * half)[:, np.newaxis] - half
    distance = place - np.arange(phases)[np.newaxis, :] * step / phases
    inside = np.clip(1 - (distance / half) ** 2, 0, None)
    window = np.i0(BETA * np.sqrt(inside)) * (np.abs(distance) <= half)
    taps = np.sinc(cutoff * distance) * window
    # Each phase adds up to 1: what stands still comes out as it went in.
    scaled: npt.NDArray[np.float32] = (taps / taps.sum(axis=0)).astype(np.float32)
    return scaled
