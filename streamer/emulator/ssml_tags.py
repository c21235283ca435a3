"""
PURE. What each SSML tag that Resemble documents does to the manner of speech.

Source:
    Resemble's API page, "Speech Synthesis Markup Language (SSML) Reference".
    ``p`` and ``s`` are not in its table but in its examples.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from streamer.emulator.script import Segment, SsmlError

__all__ = ["RULES", "TEXT_ONLY", "WHOLE_WORDS", "Element"]

_PITCH = {"x-low": 10, "low": 30, "medium": 50, "high": 70, "x-high": 90}
_VOLUME = {
    "silent": 0, "x-soft": 30, "soft": 60, "medium": 100, "loud": 140, "x-loud": 180,
}  # fmt: skip
# Emotions: rate factor, pitch, pitch range, volume factor; by ear.
_EMOTIONS = {
    "neutral": (1.0, 50, 50, 1.0),
    "angry": (1.1, 40, 80, 1.4),
    "annoyed": (0.95, 40, 30, 1.1),
    "question": (1.0, 60, 75, 1.0),
    "happy": (1.08, 65, 85, 1.15),
}
_TIME = re.compile(r"\s*\+?(\d+(?:\.\d*)?|\.\d+)\s*(ms|s)\s*", re.ASCII)
_PERCENT = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*%\s*", re.ASCII)
_TRIPLE = re.compile(r"(\w+)\s*:\s*([\d.]+)")


WHOLE_WORDS = frozenset(
    {"prosody", "phoneme", "emphasis", "say-as", "sub", "lang", "style"}
    | {"resemble:emotion", "resemble:style"}
)
TEXT_ONLY = frozenset({"phoneme", "sub", "say-as", "break"})
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "speak": frozenset({"version", "xmlns", "xml:lang"}),
    "p": frozenset(),
    "s": frozenset(),
    "break": frozenset({"time"}),
    "prosody": frozenset({"pitch", "rate", "volume"}),
    "phoneme": frozenset({"alphabet", "ph"}),
    "emphasis": frozenset({"level"}),
    "say-as": frozenset({"interpret-as"}),
    "sub": frozenset({"alias"}),
    "lang": frozenset({"xml:lang"}),
    "resemble:emotion": frozenset({"emotions", "pitch", "intensity", "pace", "rate"}),
    "resemble:style": frozenset({"expressiveness", "aggressiveness", "pace"}),
    "style": frozenset({"emotions", "expressiveness", "aggressiveness", "pace"}),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One tag with its attributes, each read and checked."""

    name: str
    attributes: Mapping[str, str]
    issues: list[str]

    def check(self) -> None:
        """See that tag and attributes are documented; raises :class:`SsmlError`."""
        known = _ATTRIBUTES.get(self.name)
        if known is None:
            raise SsmlError(f"the tag <{self.name}> is not supported")
        for attribute in self.attributes:
            namespace = self.name == "speak" and attribute.startswith("xmlns:")
            if attribute not in known and not namespace:
                raise self.error(f"has no attribute {attribute!r}")

    def error(self, problem: str) -> SsmlError:
        """Return the error that says *problem* of this tag."""
        return SsmlError(f"<{self.name}> {problem}")

    def needed(self, attribute: str) -> str:
        """Return an attribute that has to be there and not be empty."""
        value = self.attributes.get(attribute, "").strip()
        if not value:
            raise self.error(f"needs the attribute {attribute!r}")
        return value

    def chosen(self, attribute: str, values: Mapping[str, object]) -> str | None:
        """Return an attribute that is one of *values*, or None where it is not."""
        value = self.attributes.get(attribute)
        if value is None:
            return None
        if value.strip().lower() not in values:
            raise self.error(
                f"has {attribute} {value!r}; it must be one of {', '.join(values)}"
            )
        return value.strip().lower()

    def unit(self, *attributes: str) -> float | None:
        """Return the first of the attributes that is there, in 0 to 1."""
        value = next(
            (self.attributes[a] for a in attributes if a in self.attributes), None
        )
        return None if value is None else self.to_unit(attributes[0], value)

    def to_unit(self, attribute: str, value: str) -> float:
        """Return *value* as a number in 0 to 1."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0.0 <= number <= 1.0:
            raise self.error(f"has {attribute} {value!r}; it must be in 0 to 1")
        return number

    def seconds(self) -> float:
        """Return the attribute ``time`` in seconds."""
        match = _TIME.fullmatch(self.needed("time"))
        if match is None:
            raise self.error(
                f"has time {self.attributes['time']!r}; write it as '2s' or '500ms'"
            )
        return float(match[1]) / (1000 if match[2] == "ms" else 1)


def _language(element: Element, manner: Segment) -> Segment:
    if element.name == "speak" and "xml:lang" not in element.attributes:
        return manner
    return replace(manner, language=element.needed("xml:lang"))


def _prosody(element: Element, manner: Segment) -> Segment:
    pitch = element.chosen("pitch", _PITCH)
    volume = element.chosen("volume", _VOLUME)
    rate = element.attributes.get("rate", "100%")
    match = _PERCENT.fullmatch(rate)
    if match is None or not float(match[1]):
        raise element.error(f"has rate {rate!r}; write it as '150%'")
    return replace(
        manner,
        rate_percent=manner.rate_percent * float(match[1]) / 100,
        pitch=manner.pitch if pitch is None else _PITCH[pitch],
        volume=manner.volume if volume is None else _VOLUME[volume],
    )


def _emphasis(element: Element, manner: Segment) -> Segment:
    levels = {"reduced": (1.05, -10, 0.7), "strong": (0.9, 12, 1.35)}
    level = element.chosen("level", levels)
    if level is None:
        return manner
    rate, pitch, volume = levels[level]
    return replace(
        manner,
        rate_percent=manner.rate_percent * rate,
        pitch=min(max(manner.pitch + pitch, 0), 100),
        volume=min(round(manner.volume * volume), 200),
    )


def _phoneme(element: Element, manner: Segment) -> Segment:
    element.chosen("alphabet", {"ipa": None})
    return replace(manner, ipa=element.needed("ph"))


def _say_as(element: Element, manner: Segment) -> Segment:
    element.needed("interpret-as")
    element.chosen("interpret-as", {"characters": None})
    return replace(manner, spelled=True)


def _sub(element: Element, manner: Segment) -> Segment:
    return replace(manner, alias=element.needed("alias"))


def _emotion(element: Element, manner: Segment) -> Segment:
    """
    Read an emotion: a preset, or expressiveness, aggressiveness and pace.

    0.5 is neutral for all three. "If pitch is provided, intensity and pace must
    also be provided", yet the page's own valid example leaves intensity out and
    writes pace as rate, so what is missing is neutral and named in the issues.
    """
    preset = element.attributes.get("emotions")
    if preset is not None and not _TRIPLE.search(preset):
        chosen = element.chosen("emotions", _EMOTIONS) or "neutral"
        rate, pitch, pitch_range, volume = _EMOTIONS[chosen]
        manner = replace(manner, pitch=pitch, pitch_range=pitch_range)
        return _faster_and_louder(manner, rate, volume)
    pitch_, force, pace = _triple(element, dict(_TRIPLE.findall(preset or "")))
    given = [value for value in (pitch_, force, pace) if value is not None]
    if len(given) in {1, 2}:
        element.issues.append(
            f"<{element.name}> should give all of pitch, intensity and pace; "
            "0.5 was taken for those that are missing"
        )
    lively, force, pace = (0.5 if v is None else v for v in (pitch_, force, pace))
    manner = replace(manner, pitch_range=round(100 * lively))
    return _faster_and_louder(manner, 0.5 + pace, 0.6 + 0.8 * force)


def _triple(
    element: Element, preset: Mapping[str, str]
) -> tuple[float | None, float | None, float | None]:
    def read(new: str, *old: str) -> float | None:
        inner = next((preset[name] for name in old if name in preset), None)
        if inner is not None:
            return element.to_unit(new, inner)
        return element.unit(new, *old)

    return (
        read("pitch", "expressiveness"),
        read("intensity", "aggressiveness"),
        read("pace", "pace", "rate"),
    )


def _faster_and_louder(manner: Segment, rate: float, volume: float) -> Segment:
    return replace(
        manner,
        rate_percent=manner.rate_percent * rate,
        volume=min(round(manner.volume * volume), 200),
    )


RULES: Mapping[str, Callable[[Element, Segment], Segment]] = {
    "speak": _language,
    "lang": _language,
    "prosody": _prosody,
    "emphasis": _emphasis,
    "phoneme": _phoneme,
    "say-as": _say_as,
    "sub": _sub,
    "resemble:emotion": _emotion,
    "resemble:style": _emotion,
    "style": _emotion,
}
