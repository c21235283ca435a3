"""What a bench was run on, and how its question and answer are printed."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "ROOT",
    "Wanted",
    "load",
    "machine",
    "print_head",
    "print_json",
    "say_wanted",
]

ROOT = Path(__file__).resolve().parent.parent.parent
"""Where the project is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure beside what is wanted of it."""

    what: str
    """In words."""
    value: float | None
    """What was measured; None where it was not."""
    most: float
    """The largest that is wanted."""
    unit: str = "ms"
    """Of both."""

    @property
    def held(self) -> bool | None:
        """Whether it is as wanted; None where it was not measured."""
        return None if self.value is None else bool(self.value <= self.most)

    def __str__(self) -> str:
        unit = f" {self.unit}".rstrip()
        wanted = f"wanted ≤ {self.most:g}{unit}"
        if self.value is None:
            return f"{self.what}: not measured ({wanted})"
        said = "yes" if self.held else "NO"
        return f"{self.what}: {self.value:.4g}{unit} ({wanted}: {said})"


def machine() -> dict[str, str]:
    """Return what it is measured on."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "portaudio": _portaudio(),
        "callback": _callback(),
        "load": f"{load()} in the minute before",
    }


def load() -> str:
    """Return how many wanted a core in the last minute."""
    return f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "not known"


def print_head(doc: str | None, about: dict[str, str]) -> None:
    """Print the question, which opens *doc*, and the machine."""
    print((doc or "").strip().splitlines()[0])
    print()
    for name, value in about.items():
        print(f"  {name:<10} {value}")


def say_wanted(wanted: Sequence[Wanted]) -> None:
    """Print each figure beside what is wanted of it."""
    if wanted:
        print("\nwanted")
    for figure in wanted:
        print(f"  {figure}")


def print_json(
    doc: str | None,
    about: dict[str, str],
    answers: Sequence[Any],
    wanted: Sequence[Wanted],
    **more: object,
) -> None:
    """Print the same for programs; *answers* are dataclasses or plain."""
    figures = [{**asdict(figure), "held": figure.held} for figure in wanted]
    whole = {
        "question": (doc or "").strip().splitlines()[0],
        "machine": about,
        "answers": [
            answer if isinstance(answer, dict) else asdict(answer) for answer in answers
        ],
        "wanted": figures,
        **more,
    }
    print(json.dumps(whole, indent=2, default=float))  # numpy has its own


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _portaudio() -> str:
    try:
        import sounddevice
    except (ImportError, OSError):
        return "not there"
    return str(sounddevice.get_portaudio_version()[1])


def _callback() -> str:
    from streamer.outputs.native import native_missing

    return "Python" if native_missing() else "C"
