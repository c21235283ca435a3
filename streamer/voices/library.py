"""The C library espeak-ng: where it is, its types and its functions."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from streamer.errors import MissingComponent

__all__ = [
    "EVENT_PHONEME",
    "EVENT_TEXT_BYTES",
    "EVENT_WORD",
    "MEND",
    "Callback",
    "Event",
    "load",
    "read_events",
    "read_voices",
]

# speak_lib.h of espeak-ng 1.52.
_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: callbacks come from within espeak_Synth
_PHONEME_EVENTS = 0x0001
_PHONEME_IPA = 0x0002
_DONT_EXIT = 0x8000  # without it, missing data ends the process
_LAST_EVENT = 0
EVENT_WORD: Final = 1
EVENT_PHONEME: Final = 7

MEND: Final = "pip install 'streamer[espeak]'"
"""What installs the library and its data."""

EVENT_TEXT_BYTES: Final = 8
"""Room for a phoneme's name in an event; a longer one is cut."""


class _EventId(ctypes.Union):
    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_ubyte * EVENT_TEXT_BYTES),
    )


class Event(ctypes.Structure):
    """``espeak_EVENT``."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),  # in characters, counted from 1
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


class VoiceRecord(ctypes.Structure):
    """``espeak_VOICE``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        # Pairs of a priority byte and a zero-ended name; a zero byte ends them.
        ("languages", ctypes.POINTER(ctypes.c_ubyte)),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


Callback = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_short),
    ctypes.c_int,
    ctypes.POINTER(Event),
)
"""``t_espeak_callback``; a result of 1 ends the synthesis."""

_VoiceList = ctypes.POINTER(ctypes.POINTER(VoiceRecord))
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "espeak_Initialize": (
        ctypes.c_int,
        [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int],
    ),
    "espeak_SetSynthCallback": (None, [Callback]),
    "espeak_SetVoiceByName": (ctypes.c_int, [ctypes.c_char_p]),
    "espeak_SetParameter": (ctypes.c_int, [ctypes.c_int, ctypes.c_int, ctypes.c_int]),
    "espeak_ListVoices": (_VoiceList, [ctypes.POINTER(VoiceRecord)]),
    "espeak_TextToPhonemes": (
        ctypes.c_char_p,
        [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int],
    ),
    "espeak_Synth": (
        ctypes.c_int,
        [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ],
    ),
}


def load() -> tuple[ctypes.CDLL, int]:
    """
    Load and initialise the library of the wheel, else the system's.

    To be called once a process: the library has one global voice.

    Returns:
        The library and the rate at which it speaks, in Hz.

    Raises:
        MissingComponent: If neither is there, or it lacks its data.
    """
    for find in (_of_wheel, _of_system):
        found = find()
        if found is None:
            continue
        library, data = found
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        options = _PHONEME_EVENTS | _PHONEME_IPA | _DONT_EXIT
        rate = library.espeak_Initialize(_SYNCHRONOUS, 0, data, options)
        if rate > 0:
            return library, rate
    raise MissingComponent(
        "espeak-ng",
        needed_for="the local voice",
        mend=MEND,
    )


def _of_wheel() -> tuple[ctypes.CDLL, bytes | None] | None:
    try:
        import espeakng_loader  # noqa: PLC0415 - an extra; loaded when it is needed
    except ImportError:
        return None
    data = Path(espeakng_loader.__file__).parent / "espeak-ng-data"
    if not data.is_dir():
        return None
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError:
        return None
    return library, str(data).encode()


def _of_system() -> tuple[ctypes.CDLL, bytes | None] | None:
    for name in (ctypes.util.find_library("espeak-ng"), "libespeak-ng.so.1"):
        if name is not None:
            try:
                return ctypes.CDLL(name), None
            except OSError:
                continue
    return None


def read_events(events: Any) -> Iterator[tuple[Event, bytes]]:  # noqa: ANN401 - C array
    """Yield each event of a callback with the bytes of its name."""
    index = 0
    while events[index].type != _LAST_EVENT:
        event = events[index]
        yield event, bytes(event.id.string).split(b"\0")[0]
        index += 1


def read_voices(library: ctypes.CDLL, kind: str = "") -> Iterator[tuple[str, str, int]]:
    """Yield (language, identifier, priority) of each voice of *kind*."""
    wanted = ctypes.create_string_buffer(kind.encode() + b"\0")
    pointer = ctypes.cast(wanted, ctypes.POINTER(ctypes.c_ubyte))
    spec = VoiceRecord(languages=pointer)
    voices = library.espeak_ListVoices(ctypes.byref(spec) if kind else None)
    index = 0
    while voices[index]:
        voice = voices[index].contents
        identifier = (voice.identifier or b"").decode()
        for priority, language in _languages_of(voice.languages):
            yield language, identifier, priority
        index += 1


def _languages_of(packed: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - C array
    at: Callable[[int], int] = packed.__getitem__
    index = 0
    while at(index):
        priority, index = at(index), index + 1
        name = bytearray()
        while at(index):
            name.append(at(index))
            index += 1
        index += 1
        yield priority, name.decode()
