"""
A socket that is read without letting the interpreter go.

Python's own ``recv`` gives the interpreter's lock up around each call, even where
the socket is non-blocking and answers at once; whoever wants the lock takes it, and
the bytes that were just read wait until it comes back: a switch interval beside busy
threads, 60 to 230 ms beside a call in C that keeps it. Only what can't wait is read
this way: a non-blocking socket that an event loop found readable.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["HoldingSocket", "socket_factory"]

_SIZE = 65_536
"""Most bytes a call gives: an event loop comes again for the rest."""


class _Scratch(threading.local):
    """Where a thread's bytes go until Python has its own copy of them."""

    def __init__(self) -> None:
        self.buffer = ctypes.create_string_buffer(_SIZE)
        self.address = ctypes.addressof(self.buffer)


_SCRATCH = _Scratch()


class HoldingSocket(socket.socket):
    """
    A socket whose reads, while it is non-blocking, don't wait for the interpreter.

    What may have to wait, or asks for something special, is read as ever.
    """

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """
        Return what is there, at most *size* bytes and 64 KiB; empty at the end.

        Raises:
            BlockingIOError: Nothing is there yet.
            OSError: As the system says.
        """
        if not self._is_prompt(size, flags):
            return super().recv(size, flags)
        scratch = _SCRATCH
        count = self._receive(scratch.address, min(size, _SIZE), flags)
        return scratch.buffer[:count]  # type: ignore[return-value]  # bytes

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0, /) -> int:  # noqa: ANN401 - as its base: whatever has bytes
        """
        Put what is there into *buffer*; returns how many bytes. TLS reads so.

        Raises:
            BlockingIOError: Nothing is there yet.
            OSError: As the system says.
        """
        if not self._is_prompt(size, flags):
            return super().recv_into(buffer, size, flags)
        view = memoryview(buffer).cast("B")
        room = (ctypes.c_char * len(view)).from_buffer(view)
        return self._receive(
            ctypes.addressof(room), min(size or len(view), len(view)), flags
        )

    def _is_prompt(self, size: int, flags: int) -> bool:
        """Whether it answers at once, and with no more than was asked for."""
        return size >= 0 and not flags and self.gettimeout() == 0.0

    def _receive(self, address: int, size: int, flags: int) -> int:
        count: int = _receive(self.fileno(), address, size, flags)
        if count < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return count


def socket_factory() -> Callable[[Any], socket.socket] | None:
    """
    Return what makes the sockets of a connector; None: its own will do.

    Where there is no lock to lose, and on Windows, whose loops read otherwise.
    """
    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    return _make_socket if locked and _receive is not None else None


def _make_socket(address: tuple[Any, ...]) -> socket.socket:
    """Make the socket for *address*, as ``getaddrinfo`` gives one."""
    family, kind, protocol, *_ = address
    return HoldingSocket(family, kind, protocol)


def _find_receive() -> Any:  # noqa: ANN401 - ctypes has no type for it
    """Return the C library's ``recv``, called with the lock kept; None without it."""
    if sys.platform == "win32":
        return None
    try:
        receive = ctypes.PyDLL(None, use_errno=True).recv
    except (OSError, AttributeError):  # a C library that can't be looked into
        return None
    receive.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    receive.restype = ctypes.c_ssize_t
    return receive


_receive = _find_receive()
