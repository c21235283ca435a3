"""``streamer devices``: what sound can be heard on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from streamer.cli.running import DONE
from streamer.cli.show import put, say

__all__ = ["register", "table"]

EPILOG = """\b
Examples:
  streamer devices
  streamer speak "Hello." --output "device:USB Audio"
"""


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("devices", epilog=EPILOG)(_devices)


def _devices(
    as_json: Annotated[
        bool, typer.Option("--json", help="A list of objects instead of a table.")
    ] = False,
) -> int:
    """List the sound devices; * marks the default one."""
    from streamer.outputs import list_devices

    devices = list_devices()
    if as_json:
        put(json.dumps([asdict(device) for device in devices], ensure_ascii=False))
    elif devices:
        rows: list[Sequence[Any]] = [("", "NAME", "SYSTEM", "CHANNELS", "RATE")]
        for device in devices:
            mark = "*" if device.default else ""
            rate = f"{device.rate} Hz"
            rows.append((mark, device.name, device.system, device.channels, rate))
        put("\n".join(table(rows)))
    else:
        say("there is no sound device here; --output null keeps time without one")
    return DONE


def table(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return *rows* as lines, each column as wide as its widest cell."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]
