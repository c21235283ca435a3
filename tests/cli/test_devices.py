from __future__ import annotations

import json

import pytest

from streamer.cli.devices import table
from streamer.errors import MissingComponent
from streamer.outputs import DeviceInfo

CARDS = [
    DeviceInfo("Speakers", "ALSA", 2, 48_000, 0.03, default=True),
    DeviceInfo("Hall of 8", "ALSA", 8, 44_100, 0.03, default=False),
]


@pytest.fixture
def devices(monkeypatch):
    """Sets what the machine has."""

    def have(found):
        def listed():
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr("streamer.outputs.list_devices", listed)

    return have


def test_a_table(command, devices):
    devices(CARDS)
    result = command("devices")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "   NAME       SYSTEM  CHANNELS  RATE",
        "*  Speakers   ALSA    2         48000 Hz",
        "   Hall of 8  ALSA    8         44100 Hz",
    ]


def test_json(command, devices):
    devices(CARDS)
    told = json.loads(command("devices", "--json").out)
    assert [card["name"] for card in told] == ["Speakers", "Hall of 8"]
    assert told[0]["default"] is True


def test_no_device_is_no_failure(command, devices):
    devices([])
    result = command("devices")
    assert (result.code, result.out) == (0, "")
    assert "there is no sound device" in result.err
    assert command("devices", "--json").out == "[]\n"


def test_no_portaudio(command, devices):
    mend = "apt-get install libportaudio2"
    devices(MissingComponent("PortAudio", needed_for="sound", mend=mend))
    command("devices").fails(1, "PortAudio is not installed", mend)


def test_columns_are_as_wide_as_their_widest_cell():
    assert table([("a", "bcd"), ("ef", 1)]) == ["a   bcd", "ef  1"]
