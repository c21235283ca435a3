"""What the emulator can be told to do, and to get wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["EmulatorOptions", "Fault"]


class Fault(Enum):
    """What goes wrong; :attr:`summary` says it in a sentence."""

    CUT_FRAME = "cut-frame"
    CUT_HEADER = "cut-header"
    JSON_200 = "json-200"
    UNAUTHORIZED = "401"
    TOO_MANY = "429"
    INTERNAL = "500"
    UNAVAILABLE = "503"
    STALL = "stall"
    RESET = "reset"

    @property
    def summary(self) -> str:
        """What a client sees."""
        return _SUMMARIES[self]


_SUMMARIES: Mapping[Fault, str] = {
    Fault.CUT_FRAME: "the body ends, as if complete, in the middle of a sample",
    Fault.CUT_HEADER: "the body ends, as if complete, within the WAV header",
    Fault.JSON_200: "status 200, but the body is a JSON error",
    Fault.UNAUTHORIZED: "status 401: the token is refused",
    Fault.TOO_MANY: "status 429 with Retry-After",
    Fault.INTERNAL: "status 500",
    Fault.UNAVAILABLE: "status 503",
    Fault.STALL: "sound begins, then nothing more comes and nothing ends",
    Fault.RESET: "sound begins, then the connection is reset (TCP RST)",
}


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """How the emulator serves; the defaults are a fast provider without faults."""

    host: str = "127.0.0.1"
    """Address to listen at."""
    port: int = 0
    """Port to listen at; 0 takes a free one."""
    token: str | None = None
    """The token that is asked for; None takes any that is not empty."""
    voice: str = "en-us"
    """The voice of requests that name none that espeak-ng has."""
    pace: float | None = None
    """Sound is sent this many times as fast as it plays; None: at once."""
    burst_ms: float = 0.0
    """Sound in one burst, in ms of playing time; 0: an even flow."""
    gap_ms: float = 0.0
    """Silence on the wire after each burst, in ms."""
    chunk_bytes: int = 4096
    """Largest HTTP chunk, in bytes; at least 1."""
    phonemes: bool = True
    """Whether phoneme times are given; newer models give graphemes only."""
    timestamps: bool = True
    """Whether times are ever given."""
    fault: Fault | None = None
    """What goes wrong, or None."""
    fault_count: int | None = None
    """Requests that it happens to, from the first on; None: to all."""
    fault_after_ms: float = 300.0
    """Sound before a cut, stall or reset, in ms of playing time."""
    retry_after: float = 1.0
    """Seconds that a 429 asks to wait; sent rounded up to whole ones."""
