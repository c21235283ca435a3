"""
PURE. What goes through the pipes: frames, and how things are copied into them.

A frame is its length, what it is, the number of its call, then a pickle: a name with
its arguments, or what came of it. Pickles run what they say: both ends are the same
program, and nobody else has the pipe.
"""

from __future__ import annotations

import pickle
import struct
import traceback
from enum import IntEnum
from typing import Any

from streamer.errors import StreamerError, UsageError

__all__ = [
    "HEAD_BYTES",
    "CannotCopy",
    "Kind",
    "copied",
    "error_of",
    "failure",
    "head",
    "read",
    "read_head",
]

_HEAD = struct.Struct("<QBQ")
HEAD_BYTES = _HEAD.size


class Kind(IntEnum):
    """What a frame is."""

    CALL = 1
    ITERATE = 2
    TELL = 3
    CANCEL = 4
    MORE = 5
    """Room for one more item."""
    DONE = 6
    FAILED = 7
    ITEM = 8
    END = 9


class CannotCopy(UsageError):
    """Something can't be copied into another process."""


def head(kind: Kind, number: int, size_bytes: int) -> bytes:
    """Return what stands before so many bytes."""
    return _HEAD.pack(size_bytes, kind, number)


def read_head(data: bytes) -> tuple[Kind, int, int]:
    """Return what a frame is, its call's number, and how many bytes follow."""
    size_bytes, kind, number = _HEAD.unpack(data)
    return Kind(kind), number, size_bytes


def copied(value: object) -> bytes:
    """
    Return *value* as it goes into a frame.

    Raises:
        CannotCopy: It is nothing that pickle takes.
    """
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise CannotCopy(
            f"something of it can't be copied into another process ({error}); "
            "pass what pickle takes, or use streamer.Engine"
        ) from error


def read(data: bytes) -> Any:  # noqa: ANN401 - as it was sent
    """
    Return what a frame brought.

    Raises:
        UsageError: It is of a class that this process does not have.
    """
    try:
        return pickle.loads(data)  # noqa: S301 - from the same program
    except Exception as error:
        raise UsageError(
            f"the other process does not know something of it ({error}); "
            "define it in a module that can be imported, not in the script itself"
        ) from error


def failure(error: BaseException) -> bytes:
    """
    Return an error as it goes into a frame, with its cause.

    What is no error of streamer's takes the lines along that it came from.
    """
    own = isinstance(error, StreamerError)
    if not own and not getattr(error, "__notes__", None):
        lines = "".join(traceback.format_exception(error)).rstrip()
        error.add_note(f"In the other process:\n{lines}")
    cause = error.__cause__
    said = str(error) if own else repr(error)
    return copied((_blob(error), said, b"" if cause is None else _blob(cause)))


def _blob(error: BaseException) -> bytes:
    try:
        return copied(error)
    except CannotCopy:
        return b""


def error_of(data: bytes) -> Exception:
    """Return the error that :func:`failure` wrote; with its words, where it is lost."""
    blob, said, cause = read(data)
    error = _error(blob) or StreamerError(said)
    error.__cause__ = _error(cause)
    return error


def _error(blob: bytes) -> Exception | None:
    try:
        found = read(blob)
    except UsageError:
        return None
    return found if isinstance(found, Exception) else None
