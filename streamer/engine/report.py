"""What happened to an utterance, in numbers: the report of ``streamer play``."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from streamer.audio import Format
from streamer.lipsync import MouthStatistics

__all__ = ["Report", "Resampling", "Starvation", "Trace"]


@dataclass(frozen=True, slots=True)
class Resampling:
    """How an utterance came to its output's rate."""

    quality: str
    """soxr's recipe."""
    hold_back: float
    """Seconds of sound that it holds back on its way."""


@dataclass(slots=True)
class Trace:
    """What is noted while an utterance comes in; times of the engine's clock."""

    requested: float | None = None
    arrived: array[float] = field(default_factory=lambda: array("d"))
    """When each chunk came. With :attr:`sizes_bytes` two arrays and no list of pairs:
    of many streams these are so many objects that the collector of garbage never
    rests."""
    sizes_bytes: array[int] = field(default_factory=lambda: array("q"))
    format: Format | None = None
    duration: float | None = None
    first_sample: float | None = None
    audible_frame: int | None = None
    first_audible: float | None = None
    first_cue_sent: float | None = None
    first_cue_due: float | None = None
    ended: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    resampling: Resampling | None = None
    renderer: str | None = None
    drift_ppm: float | None = None

    @property
    def arrivals(self) -> list[tuple[float, int]]:
        """When each chunk came, and its size in bytes."""
        return list(zip(self.arrived, self.sizes_bytes, strict=True))


@dataclass(frozen=True, slots=True)
class Starvation:
    """One silence that the utterance did not contain."""

    media: float
    """Where in the utterance, in seconds of media."""
    duration: float
    """How long, in seconds."""
    reason: Literal["starved", "lost"] = "starved"
    """``starved``: the source was late; ``lost``: there was no device."""


@dataclass(frozen=True, slots=True)
class Report:
    """
    What happened to one utterance.

    Times are seconds since its bytes were asked for; None where it did not
    happen. The JSON form is documented in docs/cli.md, "The report".
    """

    source: str
    """Where the bytes came from."""
    output: str
    """Where the sound went."""
    format: Format | None
    """How the samples were written."""
    arrivals: tuple[tuple[float, int], ...]
    """The arrival trace: time and size in bytes of every chunk."""
    first_byte: float | None
    """When the first chunk came."""
    first_sample: float | None
    """When the first frame was heard."""
    first_audible: float | None
    """When the first frame above -60 dB of full scale was heard."""
    first_cue_sent: float | None
    """When the first cue was known and sent."""
    first_cue_due: float | None
    """When the first cue was heard."""
    ended: float | None
    """When the last frame was heard, or the cut."""
    media: float
    """Seconds of the utterance that were heard."""
    starvation: tuple[Starvation, ...]
    """Every silence that it did not contain and nobody asked for: no pause."""
    error: str | None
    """Why it failed, as one sentence."""
    state: str = "failed"
    """``ended``, ``cut`` or ``failed``; before that, where it is in its life."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What was odd about it, by name; see docs/cli.md."""
    resampling: Resampling | None = None
    """How it came to the output's rate; None where it was at that rate."""
    renderer: str | None = None
    """What filled the device's blocks: ``native`` or ``python``."""
    drift_ppm: float | None = None
    """How much faster the device ran than the clock, parts per million."""
    duration: float | None = None
    """Seconds of sound that the header promises; None where it doesn't say, or where
    more came: a stream of several WAVs tells how long its first one is."""
    mouth: MouthStatistics | None = None
    """What its mouth went by, and what was odd about that; None without a header."""

    VERSION = 1
    """Of the JSON form."""

    def to_json(self) -> dict[str, Any]:
        """Return the documented JSON form; times in milliseconds, 3 decimals."""
        return {
            "streamer_report": self.VERSION,
            "source": self.source,
            "output": self.output,
            "format": self._format(),
            "arrivals": [[_ms(time), size] for time, size in self.arrivals],
            "bytes": sum(size for _, size in self.arrivals),
            "duration_ms": _ms(self.duration),
            "first_byte_ms": _ms(self.first_byte),
            "first_sample_ms": _ms(self.first_sample),
            "first_audible_ms": _ms(self.first_audible),
            "first_cue_sent_ms": _ms(self.first_cue_sent),
            "first_cue_due_ms": _ms(self.first_cue_due),
            "ended_ms": _ms(self.ended),
            "media_ms": _ms(self.media),
            "starvation": [
                {
                    "media_ms": _ms(gap.media),
                    "duration_ms": _ms(gap.duration),
                    "reason": gap.reason,
                }
                for gap in self.starvation
            ],
            "starved_ms": _ms(
                sum(gap.duration for gap in self.starvation if gap.reason == "starved")
            ),
            "resampling": self._resampling(),
            "renderer": self.renderer,
            "drift_ppm": self._drift(),
            "counts": dict(self.counts),
            "mouth": self._mouth(),
            "state": self.state,
            "error": self.error,
        }

    def _format(self) -> dict[str, Any] | None:
        if self.format is None:
            return None
        return {
            "encoding": self.format.encoding.value,
            "rate": self.format.rate,
            "channels": self.format.channels,
        }

    def _mouth(self) -> dict[str, Any] | None:
        mouth = self.mouth
        if mouth is None:
            return None
        articulation = mouth.articulation
        return {
            "timing": mouth.timing,
            "phones": articulation.phones,
            "seals": articulation.seals,
            "late_seals": articulation.late_seals,
            "lost_seals": articulation.lost_seals,
            "unknown": dict(mouth.unknown),
            "repairs": mouth.repairs.by_name(),
        }

    def _drift(self) -> float | None:
        if self.drift_ppm is None:
            return None
        return round(self.drift_ppm, 1) + 0.0  # there is no -0.0 in it

    def _resampling(self) -> dict[str, Any] | None:
        if self.resampling is None:
            return None
        return {
            "quality": self.resampling.quality,
            "hold_back_ms": _ms(self.resampling.hold_back),
        }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
