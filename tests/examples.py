"""
How deep a test goes, where more of the same is all that a longer run brings.

``--hypothesis-profile=full`` tries as many examples as each property asks for, and
``quick`` a tenth of them; loops over chance or over every moment ask here too. Both
draw the same examples every time, so that a change is judged by what it changed.
``deep`` draws other ones at each run, twenty times as many: ``make hunt``.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings

FULL = 100
"""Examples where a property does not say how many; hypothesis's own number."""
QUICK = 10
DEEP = 2_000
FEWEST = 5
"""Examples that are tried at least, however short the run."""

# No deadline, as hypothesis itself has none on CI: a busy machine is no fault.
for name, most in (("full", FULL), ("quick", QUICK), ("deep", DEEP)):
    settings.register_profile(
        name, max_examples=most, deadline=None, derandomize=name != "deep"
    )


def count(most: int = FULL) -> int:
    """How many to try of *most* in a full run."""
    return max(most * settings().max_examples // FULL, min(most, FEWEST))


def stride(quick: int) -> int:
    """1 in a full run, which tries every one; *quick* in a quick one."""
    return 1 if settings().max_examples >= FULL else quick


def examples(most: int = FULL, **options: Any) -> settings:
    """
    Settings for a property; put it above ``@given``.

    Args:
        most: Examples of a full run.
        options: What else :class:`hypothesis.settings` takes.
    """
    return settings(max_examples=count(most), **options)
