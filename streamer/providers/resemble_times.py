"""
The timestamp object of Resemble's clips, callbacks and WebSocket.

It is found as ``timestamps``, ``audio_timestamps`` or ``phoneme_timestamps``,
with ``graph_chars``/``graph_times`` and ``phon_chars``/``phon_times`` (once
``phone_*``) in it; times are pairs in seconds, in some pages integers in
milliseconds. The plug-in for Unity has ``phonemes``, a text with one character
for each sound, and ``end_times`` alone. Newer models leave ``phon_*`` empty.

Sources: Resemble's pages "Timestamps", "Streaming WebSocket" and "Clips"; its v1
document for ``phone_*``; ``PhonemesTimeStamps.cs`` of its plug-in for Unity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from streamer.audio.format import TimedText
from streamer.lipsync.raw_times import RawTimes, TimeReader
from streamer.lipsync.repair import MendedText, Repairs

__all__ = ["TimestampReader", "timed_text"]

_OBJECTS = ("timestamps", "audio_timestamps", "phoneme_timestamps", "item", "data")
_PREFIXES: dict[Literal["grapheme", "phoneme"], tuple[str, ...]] = {
    "grapheme": ("graph",),
    "phoneme": ("phon", "phone"),
}
_TERMINATOR = "~"  # of the plug-in for Unity
_LARGEST = 1e12


class TimestampReader:
    """
    Reads the timestamps of one utterance, message by message.

    Args:
        rate: Frames a second of the audio, in Hz.
        duration: Seconds of all of it, where they are known.
    """

    def __init__(self, rate: int, *, duration: float | None = None) -> None:
        self._readers = {
            kind: TimeReader(rate, kind, duration=duration) for kind in _PREFIXES
        }

    @property
    def repairs(self) -> Repairs:
        """What was wrong with the times so far."""
        graphemes, phonemes = self._readers.values()
        return graphemes.repairs + phonemes.repairs

    def receive(
        self, message: Mapping[str, Any], *, audio_before: float | None = None
    ) -> list[TimedText]:
        """
        Return what a message tells that is new; nothing where it tells nothing.

        Args:
            message: The timestamp object, or what has it under a documented name.
            audio_before: Seconds of audio that came before this message's own.
        """
        found = _timestamps(message)
        entries: list[TimedText] = []
        for kind, reader in self._readers.items():
            raw = _arrays(found, kind)
            if raw.texts:
                entries += reader.receive(raw, audio_before=audio_before)
        return entries


def timed_text(
    message: Mapping[str, Any], rate: int, *, duration: float | None = None
) -> MendedText:
    """
    Return the timed text of one complete clip, for :func:`streamer.pcm`.

    What was wrong with it goes along, and is counted with what else is.

    Args:
        message: The timestamp object, or the answer that has it.
        rate: Frames a second of the clip's audio, in Hz.
        duration: Seconds of its audio; where the message has a ``duration`` of
            its own, that one serves.
    """
    told = message.get("duration")
    if duration is None and isinstance(told, int | float) and told > 0:
        duration = float(told)
    reader = TimestampReader(rate, duration=duration)
    return MendedText(reader.receive(message), reader.repairs)


def _timestamps(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the timestamp object in what holds it."""
    for name in _OBJECTS:
        inner = message.get(name)
        if isinstance(inner, Mapping):
            return _timestamps(inner)
    return message


def _arrays(found: Mapping[str, Any], kind: Literal["grapheme", "phoneme"]) -> RawTimes:
    """Return the arrays of one kind; empty ones where there are none."""
    for prefix in _PREFIXES[kind]:
        texts = _list(found.get(f"{prefix}_chars"))
        if texts:
            pairs = [_pair(pair) for pair in _list(found.get(f"{prefix}_times"))]
            starts, ends = [a for a, _ in pairs], [b for _, b in pairs]
            return RawTimes([str(text) for text in texts], starts, ends)
    text = found.get("phonemes")
    if kind == "phoneme" and isinstance(text, str):
        ends = [_number(time) for time in _list(found.get("end_times"))]
        plain = text.removesuffix(_TERMINATOR)
        return RawTimes(plain, [], ends[: len(plain)] or [])
    return RawTimes([], [], [])


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _pair(value: object) -> tuple[float | None, float | None]:
    both = [*_list(value), None, None]
    return _number(both[0]), _number(both[1])


def _number(value: object) -> float | None:
    """Return a number of JSON; not a bool, and none that no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= _LARGEST else None
