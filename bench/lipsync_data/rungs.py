"""
How far off are the rungs below ``phonemes``? The lines of ``rung_error.py`` as data.

For flite's slt and kal, whose voices the tables were fitted to, only sentences that
were not seen: half of those that the other half was fitted to, and a hundred that
nothing was; for rms and awb, who were never seen, all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.append(HERE)  # where rung_error.py looks for its truth

from bench.lipsync_data import rung_error  # noqa: E402 - after the path

__all__ = ["GOAL_MS", "RUNGS", "Rung", "measure", "speakers"]

SEEN = ("slt", "kal")
"""flite's voices that the tables were fitted to, by half of the sentences."""
GOAL_MS = {"graphemes": 30.0, "text": 60.0, "text, live": 60.0}
"""Medians that are wanted; text that streams is the rung ``text``, too."""
RUNGS = tuple(rung_error.RUNGS)
_FEW = 12


@dataclass(frozen=True, slots=True)
class Rung:
    """How far off one rung is with one voice."""

    voice: str
    """Who spoke."""
    rung: str
    """What the predictor was given."""
    median_ms: float
    """Half of the boundaries are no further from the truth."""
    p90_ms: float
    """Nine of ten are not."""
    mean_ms: float
    """By which they come too late; early is below 0."""
    boundaries: int
    """That were compared."""
    sentences: int
    """Of the voice."""


def speakers(
    work: Path, *, quick: bool, flite: bool
) -> Iterator[tuple[str, list[rung_error.Truth]]]:
    """Yield each voice with what it said."""
    most = _FEW if quick else None
    for voice in rung_error.FLITE if flite else ():
        texts = [
            text
            for text in rung_error.sentences("en")
            if voice not in SEEN or not rung_error.is_for_tuning(text)
        ] + rung_error.sentences("en_unseen")
        yield (
            f"flite {voice}",
            [rung_error.spoken_by_flite(voice, text, work) for text in texts[:most]],
        )
    for language in rung_error.LANGUAGES[: 1 if quick else None]:
        for name, settings in rung_error.SETTINGS.items():
            chosen = rung_error.VoiceSettings(language=language, **settings)
            texts = rung_error.sentences(language)
            yield (
                f"espeak {language}, {name}",
                [rung_error.spoken_by_espeak(name, text, chosen) for text in texts],
            )


def measure(voice: str, spoken: list[rung_error.Truth]) -> list[Rung]:
    """Measure every rung with one voice."""
    return [_measure(voice, spoken, rung) for rung in RUNGS]


def _measure(voice: str, spoken: list[rung_error.Truth], rung: str) -> Rung:
    errors: list[float] = []
    for truth in spoken:
        found, _ = rung_error.errors_ms(truth, rung_error.RUNGS[rung](truth))
        errors += found
    sizes = np.abs(errors)
    return Rung(
        voice=voice,
        rung=rung,
        median_ms=float(np.median(sizes)),
        p90_ms=float(np.percentile(sizes, 90)),
        mean_ms=float(np.mean(errors)),
        boundaries=len(errors),
        sentences=len(spoken),
    )
