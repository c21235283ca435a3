"""How a room gets a blocking call out of the event loop's way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

__all__ = ["Runner"]

T = TypeVar("T")


class Runner(Protocol):
    """Runs a blocking call in the engine's executor and awaits its result."""

    def __call__(self, function: Callable[..., T], /, *args: object) -> Awaitable[T]:
        """Call ``function(*args)`` in a thread."""
        ...
