"""
A table whose rows are cases of one test.

A parametrised case costs a few milliseconds before it has looked anything up;
hundreds of them in one test cost nothing, and a failure names its cases all the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

FAULTS = (Exception, pytest.fail.Exception)
"""What ends one case and not the others; the second is of ``pytest.raises``."""
SHOWN = 80
"""Characters of a case that a failure shows."""


def each(cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """
    Run a test's body for every one of *cases*, and then say which failed.

    Args:
        cases: What the test is given: one value, or a tuple where it takes several.
            A table without any is a mistake.
    """
    table = list(cases)
    assert table, "there is no case"

    def decorate(test: Callable[..., None]) -> Callable[[], None]:
        is_whole = len(inspect.signature(test).parameters) == 1

        def run() -> None:
            wrong: list[tuple[Any, BaseException]] = []
            for case in table:
                try:
                    test(case) if is_whole else test(*case)
                except FAULTS as error:
                    wrong.append((case, error))
            if wrong:
                raise AssertionError(_tell(wrong, len(table))) from wrong[0][1]

        # Not functools.wraps: pytest would ask for the fixtures of the body.
        run.__name__, run.__qualname__ = test.__name__, test.__qualname__
        run.__module__, run.__doc__ = test.__module__, test.__doc__
        return run

    return decorate


def _tell(wrong: list[tuple[Any, BaseException]], count: int) -> str:
    lines = [
        f"{case!r:.{SHOWN}}: {type(error).__name__}: {error}" for case, error in wrong
    ]
    return "\n".join([f"wrong: {len(wrong)} of {count} cases", *lines])
