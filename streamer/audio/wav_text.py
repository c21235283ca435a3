"""
Timed text of a WAV: cue points, and the labelled texts that refer to them.

Sources:
    Multimedia Programming Interface and Data Specifications 1.0 (1991),
    chapter 3, "Cue-Points Chunk" and "Associated Data Chunk"; Resemble's page
    "Streaming HTTP" for the purposes ``grph`` and ``phon``.
"""

from __future__ import annotations

import struct
from typing import Literal

from streamer.audio.format import TimedText

__all__ = ["CUE_BYTES", "WavText"]

CUE_BYTES = 24
"""One cue point; its id is at 0, its place in frames ("dwSampleOffset") at 20."""

_LTXT_FIXED_BYTES = 20

_ENTRY = struct.Struct("<4sI")
"""An entry's id, and how many bytes follow."""
_LTXT = struct.Struct("<II4s")
"""The cue's id, frames and purpose."""

_Kind = Literal["grapheme", "phoneme"]
_KINDS: dict[bytes, _Kind] = {b"grph": "grapheme", b"phon": "phoneme"}

_Label = tuple[int, int, _Kind, str]
"""The cue's id, frames, what it is, and its text."""


class WavText:
    """
    Joins cue points and labels, whichever come first.

    What it holds is bounded by the bytes that it is given; the caller bounds
    those. Where two cue points have one id, the later one counts.

    Attributes:
        unknown_cues: Labels that were given up; see :meth:`next_segment`.
        unknown_purposes: Labels that are neither grapheme nor phoneme.
        malformed_entries: Entries too short, or longer than what holds them.
    """

    def __init__(self) -> None:
        self.unknown_cues = 0
        self.unknown_purposes = 0
        self.malformed_entries = 0
        self._first_frame = 0
        self._cues: dict[int, int] = {}
        self._labels: list[_Label] = []

    def add_cues(self, points: bytes) -> None:
        """Take cue points, :data:`CUE_BYTES` each."""
        for cue, frame in struct.iter_unpack("<I16xI", points):
            self._cues[cue] = self._first_frame + frame

    def add_list(self, entries: bytes) -> None:
        """Take the entries of an ``adtl`` list; all but ``ltxt`` are skipped."""
        at, end = 0, len(entries)
        while end - at >= 8:
            entry_id, size = _ENTRY.unpack_from(entries, at)
            at += 8
            if size > end - at:
                self.malformed_entries += 1
                return
            if entry_id == b"ltxt":
                self._add_label(entries, at, at + size)
            at += size + size % 2  # the last one's pad byte may be left out
        if at < end:
            self.malformed_entries += 1

    def take_resolved(self) -> list[TimedText]:
        """Return and forget, in the order that they stood, those whose cue is known."""
        cues, labels = self._cues, self._labels
        self._labels = [label for label in labels if label[0] not in cues]
        return [
            TimedText(kind, text, cues[cue], frames)
            for cue, frames, kind, text in labels
            if cue in cues
        ]

    def next_segment(self, first_frame: int) -> None:
        """
        Forget all cues, and give up the labels that still have none.

        Cues that follow are counted from *first_frame*.
        """
        self.unknown_cues += len(self._labels)
        self._first_frame = first_frame
        self._cues.clear()
        self._labels.clear()

    def _add_label(self, entries: bytes, at: int, end: int) -> None:
        """Take the label whose body is from *at* to *end*."""
        begin = at + _LTXT_FIXED_BYTES
        if end < begin:
            self.malformed_entries += 1
            return
        cue, frames, purpose = _LTXT.unpack_from(entries, at)
        kind = _KINDS.get(purpose)
        if kind is None:
            self.unknown_purposes += 1
            return
        stop = entries.find(b"\0", begin, end)
        text = entries[begin : end if stop < 0 else stop].decode("utf-8", "replace")
        self._labels.append((cue, frames, kind, text))
