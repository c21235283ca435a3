"""``streamer doctor``: what is there, what is missing, and what mends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from streamer.cli.devices import table
from streamer.cli.running import DONE, FAILED, run_async
from streamer.cli.show import put

if TYPE_CHECKING:
    from streamer.cli.checks import Check, Trial

__all__ = ["register"]

EPILOG = """\b
Examples:
  streamer doctor
  streamer doctor --json | python -m json.tool"""

_WORDS = {"ok": "ok", "note": "note", "missing": "MISSING"}


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("doctor", epilog=EPILOG)(_doctor)


def _doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="One object instead of a table.")
    ] = False,
) -> int:
    """Check this machine, and measure it in two seconds."""
    return run_async(_examine(as_json=as_json))


async def _examine(*, as_json: bool) -> int:
    from streamer.cli.checks import Check, check_all, self_test

    checks = await check_all()
    trial: Trial | None = None
    if not any(check.name == "espeak-ng" and check.failed for check in checks):
        trial, result = await self_test()
    else:
        result = Check("self-test", "missing", "not possible without the local voice")
    checks = [*checks, result]
    if as_json:
        put(json.dumps(_json_of(checks, trial), ensure_ascii=False))
    else:
        _print(checks, trial)
    return FAILED if any(check.failed for check in checks) else DONE


def _print(checks: Sequence[Check], trial: Trial | None) -> None:
    put("\n".join(table([(_WORDS[c.state], c.name, c.detail) for c in checks])))
    mends = [check for check in checks if check.mend]
    if mends:
        put("\nTo mend:")
        put("\n".join(table([("", check.name, check.mend) for check in mends])))
    if trial is not None:
        put(f"\nSelf-test on {trial.output}, over HTTP on this machine:")
        put("\n".join(table([("", *row) for row in trial.rows()])))


def _json_of(checks: Sequence[Check], trial: Trial | None) -> dict[str, object]:
    return {
        "ok": not any(check.failed for check in checks),
        "checks": [
            {"name": c.name, "state": c.state, "detail": c.detail, "mend": c.mend}
            for c in checks
        ],
        "self_test": None if trial is None else trial.to_json(),
    }
