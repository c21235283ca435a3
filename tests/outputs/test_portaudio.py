from __future__ import annotations

import builtins
import subprocess
import sys

import pytest

from streamer.errors import MissingComponent, OutputError
from streamer.outputs import DeviceOutput, claims, list_devices, portaudio
from streamer.testing import run_inline
from tests.outputs.conftest import device


def test_output_devices_are_listed(sounddevice):
    infos = list_devices()
    assert [info.name for info in infos] == [
        "Speakers (big)",
        "Speakers (small)",
        "HDMI",
    ]
    assert [info.default for info in infos] == [False, False, True]
    assert (infos[1].channels, infos[1].rate, infos[1].system) == (1, 16_000, "ALSA")


@pytest.mark.parametrize(
    ("error", "component", "mend"),
    [
        (ImportError("no"), "sounddevice", "-m pip install sounddevice"),
        (OSError("PortAudio library not found"), "PortAudio", "libportaudio2"),
    ],
)
async def test_what_is_missing_is_named_with_its_mend(
    monkeypatch, clock, error, component, mend
):
    original = builtins.__import__

    def missing(name, *args, **options):
        if name == "sounddevice":
            raise error
        return original(name, *args, **options)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingComponent) as caught:
        await DeviceOutput().open(clock, run_inline)
    assert caught.value.component == component
    assert mend in str(caught.value)


async def test_sound_settings_that_it_cannot_begin_with_are_named(monkeypatch, clock):
    """It begins when sounddevice is imported, which takes its error's class along."""
    original = builtins.__import__

    class PortAudioError(Exception):
        pass

    def wrong(name, *args, **options):
        if name == "sounddevice":
            raise PortAudioError("Error initializing: Unanticipated host error", -9999)
        return original(name, *args, **options)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", wrong)
    with pytest.raises(OutputError, match=r"Unanticipated host error; .*asoundrc"):
        await DeviceOutput().open(clock, run_inline)


@pytest.mark.program
def test_importing_streamer_imports_no_sound_library():
    code = "import sys, streamer.outputs; sys.exit('sounddevice' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_list_is_made_anew_once_nothing_plays(sounddevice):
    sounddevice.there.append(device("Headset"))
    assert "Headset" not in [info.name for info in list_devices()]
    assert portaudio.initialise_again()
    assert sounddevice.log == ["terminate", "initialize"]
    assert "Headset" in [info.name for info in list_devices()]


def test_while_a_stream_of_ours_plays_the_list_stays(sounddevice):
    portaudio._STREAMS.append((object(), object()))
    assert not portaudio.initialise_again()
    assert sounddevice.log == []


def test_while_the_program_itself_plays_the_list_stays(sounddevice):
    """Initialising PortAudio again would end its sound without a word."""
    own = sounddevice.OutputStream()
    assert not portaudio.initialise_again()
    own.close()
    assert portaudio.initialise_again()


def test_a_stream_that_could_not_be_opened_is_none(sounddevice):
    half = sounddevice.OutputStream()
    del half.blocksize
    assert portaudio.initialise_again()


def test_one_that_was_initialised_twice_is_again(sounddevice):
    sounddevice._initialized = 2
    assert portaudio.initialise_again()
    assert sounddevice.log == [*["terminate"] * 2, *["initialize"] * 2]


def test_one_that_could_not_be_initialised_is_tried_again(sounddevice):
    sounddevice._initialized = 0
    assert portaudio.initialise_again()
    assert sounddevice.log == ["initialize"]


def test_who_had_a_device_has_the_one_of_the_same_name(sounddevice):
    """What was at place 3 is somewhere else in the new list."""
    claims.take("one", "HDMI")
    claims.take("other", "big")
    sounddevice.there[:] = [device("Headset"), device("HDMI")]
    assert claims.rescan()
    assert claims.taken_by("one").index == 1
    assert claims.taken_by("other").index == -1
