"""Which output of this process has which device; on PortAudio's thread."""

from __future__ import annotations

import contextlib

from streamer.errors import DeviceFailed, OutputError
from streamer.outputs.portaudio import Device, find, initialise_again, query

__all__ = ["release", "rescan", "take", "taken_by"]

_TAKEN: dict[object, Device] = {}
"""Who has which device."""


def take(owner: object, name: str | None) -> Device:
    """
    Find the device *name* and let *owner* have it until :func:`release`.

    Raises:
        DeviceNotFound: There is none.
        DeviceFailed: Another stream of this program has it.
        MissingComponent: sounddevice or PortAudio is not installed.
    """
    device = find(name)
    others = [held for whose, held in _TAKEN.items() if whose is not owner]
    if any(held.index == device.index for held in others):
        raise DeviceFailed(
            device.info.name, "another stream of this program plays on it"
        )
    _TAKEN[owner] = device
    return device


def taken_by(owner: object) -> Device:
    """Return what *owner* has."""
    return _TAKEN[owner]


def release(owner: object) -> None:
    """Let others have what *owner* had."""
    _TAKEN.pop(owner, None)


def rescan() -> bool:
    """
    Have the devices listed anew, if nothing of this process plays.

    Places in the list change: who had a device has the one of the same name.

    Returns:
        Whether they were.
    """
    if not initialise_again():
        return False
    with contextlib.suppress(OutputError):
        places = {(device.info.system, device.info.name): device for device in query()}
        for owner, held in tuple(_TAKEN.items()):
            key = (held.info.system, held.info.name)
            _TAKEN[owner] = places.get(key, Device(held.info, -1))
    return True
