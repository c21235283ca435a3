"""
The command ``streamer``.

Nothing is imported here that takes time: signals are taken care of first, so
that a Ctrl-C at any later moment ends without a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamer.cli.signals import Signals

__all__ = ["main", "run"]


def main() -> int:
    """Run the command with the program's arguments; returns its exit code."""
    from streamer.cli.signals import Signals

    signals = Signals()
    try:
        signals.install()
        import sys

        return run(sys.argv[1:], signals=signals)
    except KeyboardInterrupt:
        return signals.exit_code
    finally:
        signals.ignore()


def run(arguments: Sequence[str], *, signals: Signals | None = None) -> int:
    """
    Run the command with *arguments*; returns its exit code.

    Args:
        arguments: Those after the program's name.
        signals: What ends it, in a program of its own; None leaves them alone.
    """
    from streamer.cli.app import call

    return call(list(arguments), signals)
