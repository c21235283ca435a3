"""The README's Python example, run as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    """Return the code blocks of *language*, in order."""
    fenced = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return fenced.findall(README.read_text("utf-8"))


@pytest.mark.parametrize("sound", [True, False], ids=["sound", "no-sound"])
def test_the_example_speaks_and_prints_its_shapes(sound, sounds, tmp_path):
    """With a device and without one: then time is kept and a log line says so."""
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path}/none"}
    environment = sounds.environment if sound else {**os.environ, **nowhere}
    [example] = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    shapes = [line.split()[0] for line in done.stdout.splitlines()]
    assert {"E", "nn", "O"} <= set(shapes), shapes
    assert shapes[-1] == "sil"
    assert ("no sound will be heard" in done.stderr) is not sound, done.stderr
