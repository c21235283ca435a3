"""
Timed text of a WAV: cue points, and the labelled texts that refer to them.

Sources:
    Multimedia Programming Interface and Data Specifications 1.0 (1991),
    chapter 3, "Cue-Points Chunk" and "Associated Data Chunk"; Resemble's page
    "Streaming HTTP" for the purposes ``grph`` and ``phon``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from streamer.audio.format import TimedTexts

__all__ = ["CUE_BYTES", "WavText"]

CUE_BYTES = 24
"""One cue point; its id is at 0, its place in frames ("dwSampleOffset") at 20."""

_CUE = np.dtype([("id", "<u4"), ("between", "V16"), ("frame", "<u4")])

_ENTRY = struct.Struct("<4sI")
"""An entry's id, and how many bytes follow."""
_LTXT_FIXED_BYTES = 20
"""The cue's id, frames, purpose, and eight bytes about the language."""
_LT, _XT = (int.from_bytes(each, "little") for each in (b"lt", b"xt"))
_FEW_BYTES = 1_024
"""Of a list that is as quickly read one by one."""
_GRAPHEME, _PHONEME = (int.from_bytes(each, "little") for each in (b"grph", b"phon"))

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Labels:
    """Labelled texts of one list."""

    cues: Int64
    """The id of each one's cue point."""
    texts: TimedTexts
    """The texts, as if they started at 0."""

    def of(self, which: npt.NDArray[np.bool_]) -> _Labels:
        if which.all():
            return self
        return _Labels(self.cues[which], self.texts.chosen(which))


class WavText:
    """
    Joins cue points and labels, whichever come first.

    What it holds is bounded by the bytes that it is given; the caller bounds
    those. Where two cue points have one id, the later one counts.

    Attributes:
        unknown_cues: Labels that were given up; see :meth:`next_segment`.
        malformed_entries: Entries too short, or longer than what holds them.
    """

    def __init__(self) -> None:
        self.unknown_cues = 0
        self._unknown_purposes = 0
        self.malformed_entries = 0
        self._first_frame = 0
        self._points: list[bytes] = []
        self._lists: list[bytes] = []  # each of an even number of bytes
        self._lists_bytes = 0
        self._spans: list[Int64] = []  # of labels in all lists, shape (n, 2)
        self._labels: list[_Labels] = []  # those that were read, and wait

    @property
    def unknown_purposes(self) -> int:
        """Labels that are neither grapheme nor phoneme."""
        self._read_lists()
        return self._unknown_purposes

    def add_cues(self, points: bytes) -> None:
        """Take cue points, :data:`CUE_BYTES` each."""
        if points:
            self._points.append(points)

    def add_list(self, entries: bytes) -> None:
        """Take the entries of an ``adtl`` list; all but ``ltxt`` are skipped."""
        spans = _spans_in_a_row(entries)
        if spans is None:
            spans, malformed = _spans_of_each(entries)
            self.malformed_entries += malformed
        if len(spans):
            self._spans.append(spans + self._lists_bytes)
            self._lists.append(entries + bytes(len(entries) % 2))
            self._lists_bytes += len(self._lists[-1])

    def take_resolved(self) -> list[TimedTexts]:
        """
        Return and forget those whose cue is known, in the order that they stood.

        No item is empty; there is one but where some had waited longer.
        """
        self._read_lists()
        cues = np.frombuffer(b"".join(self._points), _CUE)
        ids, places = cues["id"].astype(np.int64), cues["frame"].astype(np.int64)
        resolved: list[TimedTexts] = []
        waiting: list[_Labels] = []
        for labels in self._labels:
            found, known = _found(labels.cues, ids)
            starts = places[found[known]] + self._first_frame
            if len(starts):
                resolved.append(labels.of(known).texts.at(starts))
            if len(starts) < len(known):
                waiting.append(labels.of(~known))
        self._labels = waiting
        return resolved

    def next_segment(self, first_frame: int) -> None:
        """
        Forget all cues, and give up the labels that still have none.

        Cues that follow are counted from *first_frame*.
        """
        self._read_lists()
        self.unknown_cues += sum(len(labels.cues) for labels in self._labels)
        self._first_frame = first_frame
        self._points.clear()
        self._labels.clear()

    def _read_lists(self) -> None:
        """Read the labels of the lists that came; forget the lists."""
        if not self._spans:
            return
        data, spans = b"".join(self._lists), np.concatenate(self._spans)
        self._lists, self._lists_bytes, self._spans = [], 0, []
        # Entries stand at even places, so what is in them is made of words.
        numbers, at = _longs(data), spans[:, 0] // 2
        cues, frames, purposes = (
            numbers[at + each].astype(np.int64) for each in (0, 2, 4)
        )
        known = (purposes == _GRAPHEME) | (purposes == _PHONEME)
        self._unknown_purposes += len(known) - int(known.sum())
        spans[:, 0] += _LTXT_FIXED_BYTES
        nowhere = np.zeros_like(frames)
        texts = TimedTexts(data, spans, purposes == _PHONEME, nowhere, frames)
        self._labels.append(_Labels(cues, texts).of(known))


def _spans_in_a_row(entries: bytes) -> Int64 | None:
    """
    Return where the bodies of labels are, where nothing else stands among them.

    That is how voices write them, and a thousand of them take no longer than ten
    that are read one by one. None: something is otherwise, or they are few.
    """
    if len(entries) < _FEW_BYTES:
        return None
    words = np.frombuffer(entries, "<u2", len(entries) // 2)
    at = np.flatnonzero((words[:-1] == _LT) & (words[1:] == _XT))
    at = at[at < len(words) - 4] + 4
    sizes = _longs(entries)[at - 2].astype(np.int64)
    bodies = 2 * at
    stops = bodies + sizes
    follows = stops + sizes % 2 + 8
    in_a_row = (
        len(at)
        and bodies[0] == 8
        and np.array_equal(follows[:-1], bodies[1:])
        and stops[-1] <= len(entries) <= follows[-1] - 8
        and sizes.min() >= _LTXT_FIXED_BYTES
    )
    return np.stack([bodies, stops], axis=1) if in_a_row else None


def _spans_of_each(entries: bytes) -> tuple[Int64, int]:
    """Return where the bodies of labels are, and how many entries are malformed."""
    spans: list[tuple[int, int]] = []
    at, end, malformed = 0, len(entries), 0
    while end - at >= 8:
        entry_id, size = _ENTRY.unpack_from(entries, at)
        at += 8
        if size > end - at:
            return np.array(spans, np.int64).reshape(-1, 2), malformed + 1
        if entry_id == b"ltxt":
            if size < _LTXT_FIXED_BYTES:
                malformed += 1
            else:
                spans.append((at, at + size))
        at += size + size % 2  # the last one's pad byte may be left out
    return np.array(spans, np.int64).reshape(-1, 2), malformed + (at < end)


def _found(wanted: Int64, ids: Int64) -> tuple[Int64, npt.NDArray[np.bool_]]:
    """Return where each id that is wanted stands, and whether it does."""
    if len(ids) and (ids[1:] - ids[:-1] == 1).all():
        # They are numbered, as voices do it.
        at = wanted - ids[0]
        return at, (at >= 0) & (at < len(ids))
    order = np.argsort(ids, kind="stable")
    # Of two with one id the later one stands behind the other.
    at = np.searchsorted(ids[order], wanted, side="right") - 1
    known = at >= 0
    known[known] = ids[order[at[known]]] == wanted[known]
    return order[np.maximum(at, 0)] if len(order) else at, known


def _longs(data: bytes) -> npt.NDArray[np.uint32]:
    """Return the numbers of 32 bits that begin at each word."""
    return np.ndarray(len(data) // 2 - 1, "<u4", data, strides=(2,))
