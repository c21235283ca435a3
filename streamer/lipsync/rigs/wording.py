"""How an entry of a rig has to be written, in the format of its file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from streamer.lipsync.rigs.places import Format

__all__ = ["Value", "entry", "example", "filled", "section"]

Value = str | float | Sequence["Value"] | Mapping[str, "Value"]
"""What a rig's entry can be."""

_CHANNEL: Mapping[str, Value] = {"jawOpen": {"jaw": 0.7}}


def entry(format: Format, key: str, value: Value) -> str:
    """Return *key* with its *value*: ``jaw = 0.5``, or ``"jaw": 0.5``."""
    if format == "json":
        return f"{_quoted(key)}: {_value(format, value)}"
    short = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)
    return f"{short} = {_value(format, value)}"


def section(format: Format, name: str) -> str:
    """Return how one speaks of an outermost table: ``[added]``, or ``"added"``."""
    return _quoted(name) if format == "json" else f"[{name}]"


def filled(format: Format, name: str) -> str:
    """Return an outermost table with a channel in it."""
    if format == "json":
        return entry(format, name, _CHANNEL)
    return f"{section(format, name)} and under it {_entries(format, _CHANNEL)}"


def example(format: Format) -> str:
    """Return a whole rig of one channel."""
    made = filled(format, "channels")
    return "{" + made + "}" if format == "json" else made


def _value(format: Format, value: Value) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        inside = _entries(format, value)
        return "{" + (f" {inside} " if inside and format == "toml" else inside) + "}"
    if isinstance(value, Sequence):
        return f"[{', '.join(_value(format, each) for each in value)}]"
    return f"{value:g}"


def _entries(format: Format, values: Mapping[str, Value]) -> str:
    return ", ".join(entry(format, key, value) for key, value in values.items())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
