"""PURE. Where a faulty stream breaks off."""

from __future__ import annotations

from streamer.audio.format import Format
from streamer.emulator.options import Fault

__all__ = ["Cut"]


class Cut:
    """
    Passes a stream on up to the place at which its fault happens.

    Args:
        fault: What goes wrong; None passes everything.
        format: How the sound is written.
        after: Seconds of sound before the fault. A shorter stream breaks off
            at its end; one cut within a frame has lost half a frame there.
    """

    def __init__(self, fault: Fault | None, format: Format, after: float) -> None:
        self._fault = fault
        self._half_frame = format.frame_bytes // 2
        self._left: int | None = None
        if fault in {Fault.CUT_FRAME, Fault.STALL, Fault.RESET}:
            self._left = round(after * format.rate) * format.frame_bytes
        if fault is Fault.CUT_FRAME and self._left is not None:
            self._left += self._half_frame
        self._held = b""
        self.is_over = False
        """Whether the place was reached; nothing is passed any more."""

    def header(self, header: bytes) -> bytes:
        """Return what is sent of the header."""
        if self._fault is Fault.CUT_HEADER:
            self.is_over = True
            return header[: len(header) // 2]
        return header

    def sound(self, data: bytes) -> bytes:
        """Return what is sent now; *data* is whole frames."""
        if self.is_over:
            return b""
        if self._left is None:
            return data
        passed = data[: self._left]
        self._left -= len(passed)
        self.is_over = self._left == 0
        if self._fault is not Fault.CUT_FRAME:
            return passed
        # One part is held back: the last one must not end on a frame.
        held, self._held = self._held, passed
        return held + self.end() if self.is_over else held

    def end(self) -> bytes:
        """Return what is sent when all sound was given."""
        held, self._held = self._held, b""
        return held if self.is_over else held[: len(held) - self._half_frame]
