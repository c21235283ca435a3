"""
What else a program does while it plays: threads that want the interpreter.

Standard library only: players of other projects use it in environments of their
own.
"""

from __future__ import annotations

import functools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

__all__ = ["LOADS", "Holds", "loaded"]

LOADS = {
    "idle": "nothing else",
    "spin": "two spinning Python threads",
    "json": "one thread serialising 5 MB of JSON a call",
}
"""Name: what it is."""
JSON_BYTES = 5 * 2**20


@contextmanager
def loaded(name: str) -> Iterator[None]:
    """Run the load *name* in this process within the block."""
    stop = threading.Event()
    work = {"idle": [], "spin": [_spin, _spin], "json": [_serialise]}[name]
    if name == "json":
        _document()  # made before it counts
    threads = [
        threading.Thread(target=target, args=(stop,), name=f"load {name}", daemon=True)
        for target in work
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _spin(stop: threading.Event) -> None:
    count = 0
    while not stop.is_set():
        for _ in range(10_000):
            count += 1


def _serialise(stop: threading.Event) -> None:
    document = _document()
    while not stop.is_set():
        json.dumps(document)


@functools.cache
def _document() -> list[dict[str, object]]:
    """Something like a log of a chat, as large as it is said to be."""
    entry = {"role": "user", "text": "How long is a piece of string? " * 4, "at": 1.5}
    count = JSON_BYTES // (len(json.dumps(entry)) + 2)
    return [{**entry, "at": index / 7} for index in range(count)]


class Holds:
    """
    Measures, in a thread of its own, for how long nobody else got to run.

    Attributes:
        longest: Seconds by which its longest sleep was too long: for so long
            another thread held the interpreter, or the machine was busy.
    """

    PAUSE = 0.002

    def __init__(self) -> None:
        self.longest = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="holds", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        before = time.perf_counter()
        while not self._stop.is_set():
            time.sleep(self.PAUSE)
            now = time.perf_counter()
            self.longest = max(self.longest, now - before - self.PAUSE)
            before = now
