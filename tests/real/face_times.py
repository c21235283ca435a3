"""How well a page keeps time: what it drew, against what was due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Punctuality", "punctuality", "watch_frames"]

NOTE_FRAMES = """(() => {
  window.drawnFrames = [];
  const note = () => {
    const time = streamerFace.client.serverTime();
    if (time !== null) window.drawnFrames.push(time);
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
})()"""

STALL_US = 50_000
"""Two frames missed in a row at 60 a second: then it is the browser that is late."""


@dataclass(frozen=True, slots=True)
class Punctuality:
    """What became of the shapes that were due while the browser drew frames."""

    late_ms: tuple[float, ...]
    """How late each was drawn; negative is early."""
    missing: tuple[str, ...]
    """Those never drawn."""
    stalled: int
    """Shapes left out: the browser drew no frame for 50 ms when they were due."""

    def __str__(self) -> str:
        p50, p95 = np.percentile(np.abs(self.late_ms), [50, 95])
        return (
            f"{len(self.late_ms)} shapes, off by p50 {p50:.1f} p95 {p95:.1f} ms: "
            f"{np.round(self.late_ms, 1)}, missing {self.missing}, "
            f"{self.stalled} due while the browser stood still"
        )

    def assert_kept(self) -> None:
        """
        Assert that every shape was drawn within 50 ms of its time.

        A browser without a graphics card on a busy machine misses whole
        frames; what was due just then says nothing of the page. It must have
        drawn while three in four shapes were due for the rest to say anything.
        """
        assert self.stalled <= (len(self.late_ms) + self.stalled) / 4, str(self)
        assert not self.missing, str(self)
        assert np.abs(self.late_ms).max() <= 50, str(self)


async def watch_frames(page) -> None:
    """Note from now on when the page draws a frame."""
    await page.evaluate(NOTE_FRAMES)


async def punctuality(
    page, due: Sequence[tuple[str, float, float]], since_us: float
) -> Punctuality:
    """
    Hold what *page* has drawn against what was due.

    Args:
        page: A page on which :func:`watch_frames` was called before.
        due: Name, start and end (µs of the server's clock) of each shape, in order.
        since_us: What was drawn before this does not count.

    Raises:
        AssertionError: If the page drew what was not due near its time.
    """
    frames = np.array(await page.evaluate("window.drawnFrames"))
    log = await page.evaluate("streamerFace.log")
    drawn = [entry for entry in log if (entry["serverTime"] or 0) >= since_us]
    late_ms, missing, stalled = [], [], 0
    for name, start, end in due:
        near = [_off(entry, start) for entry in drawn if entry["viseme"] == name]
        off_us = min(near, key=abs, default=np.inf)
        if _stood_still(frames, start):
            stalled += 1
        elif abs(off_us) < 200_000:
            late_ms.append(off_us / 1000)
        elif end - start >= STALL_US:
            missing.append(name)
    for entry in drawn:
        starts = [start for name, start, _ in due if name == entry["viseme"]]
        assert starts, f"{entry['viseme']} was drawn and never due"
    return Punctuality(tuple(late_ms), tuple(missing), stalled)


def _off(entry: dict[str, Any], start_us: float) -> float:
    return float(entry["serverTime"]) - start_us


def _stood_still(frames: np.ndarray, time_us: float) -> bool:
    """Whether no frame was drawn for a while around *time_us* or right after."""
    after = int(np.searchsorted(frames, time_us))
    around = frames[max(0, after - 1) : after + 3]
    return len(around) < 4 or bool(np.diff(around).max() > STALL_US)
