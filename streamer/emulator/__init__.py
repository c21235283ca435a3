"""Local servers that speak the providers' documented APIs."""

from __future__ import annotations

from streamer.emulator.options import EmulatorOptions, Fault
from streamer.emulator.server import ResembleEmulator

__all__ = ["EmulatorOptions", "Fault", "ResembleEmulator"]
