"""How much a mouth does, as sets of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from streamer.errors import UsageError

__all__ = ["NATURAL", "PRECISE", "STYLES", "SUBTLE", "Style", "find_style"]


@dataclass(frozen=True, slots=True)
class Style:
    """One way to articulate; times are seconds."""

    name: str
    """What it is asked for by."""
    amplitude: float
    """Factor on how far jaw and lips go, in (0, 1.5]; seals and teeth stay whole."""
    reduction: float
    """How much an unstressed vowel loses, from 0 nothing to 1 all."""
    dynamics: float
    """How much loudness moves the jaw: 1 by JALI's bands, 0 not at all."""
    sustain: float
    """Part of a sound for which its shape is held; JALI holds 0.75."""
    ramp_open: float
    """From closed to open; 40 to 80 ms, and shorter than *ramp_close*."""
    ramp_close: float
    """From open to closed; 40 to 80 ms."""
    shortest_tongue: float
    """Tongue-only sounds shorter than this get no gesture of their own."""
    spacing: float
    """Two gestures nearer than this from apex to apex become one."""


PRECISE = Style(
    name="precise",
    amplitude=1.1,
    reduction=0.1,
    dynamics=0.8,
    sustain=0.65,
    ramp_open=0.045,
    ramp_close=0.060,
    shortest_tongue=0.030,
    spacing=0.050,
)
NATURAL = Style(
    name="natural",
    amplitude=1.0,
    reduction=0.25,
    dynamics=1.0,
    sustain=0.5,
    ramp_open=0.050,
    ramp_close=0.075,
    shortest_tongue=0.045,
    spacing=0.060,
)
SUBTLE = Style(
    name="subtle",
    amplitude=0.7,
    reduction=0.4,
    dynamics=0.8,
    sustain=0.45,
    ramp_open=0.060,
    ramp_close=0.080,
    shortest_tongue=0.080,
    spacing=0.080,
)

STYLES: Mapping[str, Style] = MappingProxyType(
    {style.name: style for style in (PRECISE, NATURAL, SUBTLE)}
)
"""The styles by name."""


def find_style(name: str) -> Style:
    """
    Return the style called *name*.

    Raises:
        UsageError: If there is none; names those there are.
    """
    style = STYLES.get(name)
    if style is None:
        there = ", ".join(STYLES)
        raise UsageError(f"no style is called {name!r}; there are: {there}")
    return style
