"""Keeps what sound libraries print about themselves out of our stderr."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["quiet_alsa", "quiet_portaudio", "quiet_stderr"]

_STDERR = threading.RLock()
"""Held while the process's stderr is turned away."""
_SINKS: list[ctypes.c_void_p] = []
"""What stands in for C's ``stderr`` in a library; it must never go away."""

_STRTAB, _SYMTAB, _RELA, _RELASZ = 5, 6, 7, 8
"""Tags of the ELF dynamic section (System V ABI, gABI chapter 5)."""
_RELA_BYTES, _SYMBOL_BYTES = 24, 24
"""Sizes of ``Elf64_Rela`` and ``Elf64_Sym``."""


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """
    Keep what the sound libraries print about missing cards out of our stderr.

    The whole process's stderr is turned away meanwhile, so this is for calls of
    some milliseconds. One thread at a time: two would restore each other's sink.
    """
    with _STDERR, contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # a daemon may have no stderr
            saved = os.dup(2)
            stack.callback(os.close, saved)
            sink = os.open(os.devnull, os.O_WRONLY)
            stack.callback(os.close, sink)
            os.dup2(sink, 2)
            stack.callback(os.dup2, saved, 2)
        yield


def quiet_alsa() -> None:
    """
    Keep what ALSA prints while it plays out of our stderr.

    Late blocks are in the records. Its handler may be called on the audio
    thread, where no Python may run, so it is given a C function that does
    nothing: one of libc's that takes no arguments and has no effect.
    """
    with contextlib.suppress(OSError, AttributeError):  # not Linux, or not ALSA
        alsa = ctypes.CDLL("libasound.so.2")
        alsa.snd_lib_error_set_handler(_nothing())


def _nothing() -> ctypes.c_void_p:
    """A C function that does nothing, whatever it is called with."""
    return ctypes.cast(ctypes.CDLL(None).getppid, ctypes.c_void_p)


def quiet_portaudio(path: str) -> bool:
    """
    Keep what PortAudio prints, from threads of its own too, out of our stderr.

    Its debug print goes to C's ``stderr`` unless the library exports a way to
    set another one (``pa_debugprint.h``), which Debian's does not. ELF has a
    slot for each outside name a library uses; that of ``stderr`` in PortAudio
    alone is pointed at ``/dev/null``. Everybody else's stderr, C's and
    Python's, stays as it was.

    Args:
        path: The library's file, as the loader knows it.

    Returns:
        Whether it is quiet now; where it can't be it prints as before.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(path).PaUtil_SetDebugPrintFunction(_nothing())
        return True
    if not sys.platform.startswith("linux") or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    try:
        libc, library = ctypes.CDLL(None), ctypes.CDLL(path)
        slots = list(_slots_of(library, b"stderr"))
        return bool(slots) and all(_turn_away(libc, slot) for slot in slots)
    except (OSError, AttributeError, KeyError):
        return False


class _LinkMap(ctypes.Structure):
    """The public head of the loader's ``struct link_map`` (link.h)."""

    _fields_ = (
        ("address", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("dynamic", ctypes.c_size_t),
    )


def _slots_of(library: ctypes.CDLL, wanted: bytes) -> Iterator[int]:
    """Yield the addresses of the slots that hold the address of *wanted*."""
    # What dlopen returns is a link_map, with glibc and with musl.
    link = ctypes.cast(library._handle, ctypes.POINTER(_LinkMap)).contents  # noqa: SLF001
    tags = _dynamic_of(link)
    for at in range(tags[_RELA], tags[_RELA] + tags[_RELASZ], _RELA_BYTES):
        offset, info, addend = (ctypes.c_uint64 * 3).from_address(at)
        symbol = info >> 32
        if symbol and not addend:
            name_at = tags[_SYMTAB] + symbol * _SYMBOL_BYTES
            name = ctypes.c_uint32.from_address(name_at).value
            if ctypes.string_at(tags[_STRTAB] + name) == wanted:
                yield link.address + offset


def _dynamic_of(link: _LinkMap) -> dict[int, int]:
    """Return the dynamic section's values by tag, addresses as they are in memory."""
    tags: dict[int, int] = {}
    at = link.dynamic
    while True:
        tag, value = (ctypes.c_uint64 * 2).from_address(at)
        if not tag:
            break
        tags.setdefault(tag, value)
        at += 16
    for tag in (_STRTAB, _SYMTAB, _RELA):
        if tags[tag] < link.address:  # musl leaves them as they are in the file
            tags[tag] += link.address
    return tags


def _turn_away(libc: ctypes.CDLL, slot: int) -> bool:
    """Point the slot of ``stderr`` at a stream of our own that goes nowhere."""
    held = ctypes.c_size_t.from_address(slot)
    if held.value in map(ctypes.addressof, _SINKS):
        return True
    if held.value != ctypes.addressof(ctypes.c_void_p.in_dll(libc, "stderr")):
        return False  # not what it was taken for
    libc.fopen.restype = ctypes.c_void_p
    sink = ctypes.c_void_p(libc.fopen(os.devnull.encode(), b"w"))
    if not sink:
        return False
    with _writable(libc, slot) as writable:
        if writable:
            held.value = ctypes.addressof(sink)
            _SINKS.append(sink)
    return writable


@contextlib.contextmanager
def _writable(libc: ctypes.CDLL, address: int) -> Iterator[bool]:
    """The loader makes the slots' pages read-only once they are filled (RELRO)."""
    page, size = ctypes.c_void_p(address & -mmap.PAGESIZE), mmap.PAGESIZE
    sealed = not _is_writable(address)
    if sealed and libc.mprotect(
        page, ctypes.c_size_t(size), mmap.PROT_READ | mmap.PROT_WRITE
    ):
        yield False
        return
    yield True
    if sealed:
        libc.mprotect(page, ctypes.c_size_t(size), mmap.PROT_READ)


def _is_writable(address: int) -> bool:
    for line in Path("/proc/self/maps").read_text("utf-8").splitlines():
        span, rights, *_ = line.split()
        begin, end = (int(part, 16) for part in span.split("-"))
        if begin <= address < end:
            return "w" in rights
    return False
