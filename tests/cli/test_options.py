from __future__ import annotations

import pytest

from streamer.cli.options import Provider, address_of, output_of, voice_of
from streamer.cli.sound import Sound
from streamer.errors import UsageError
from streamer.outputs import AutoOutput, DeviceOutput, NullOutput, WavOutput
from streamer.testing import FakeClock, run_inline


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:8765", ("::1", 8765)),
        (":8765", ("127.0.0.1", 8765)),
        ("8765", ("127.0.0.1", 8765)),
    ],
)
def test_addresses(text, address):
    assert address_of(text) == address


@pytest.mark.parametrize("text", ["", "host", "host:", "host:x", "h:65536", "::1:8765"])
def test_what_is_no_address(text):
    with pytest.raises(UsageError):
        address_of(text)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (None, AutoOutput),
        ("device", DeviceOutput),
        ("device:USB: Audio", DeviceOutput),
        ("null", NullOutput),
        ("wav:a:b.wav", WavOutput),
    ],
)
def test_outputs(name, kind):
    assert isinstance(output_of(name), kind)


def test_names_may_hold_colons():
    assert output_of("device:USB: Audio").name == "USB: Audio"
    assert output_of("wav:a:b.wav").name == "wav:a:b.wav"


@pytest.mark.parametrize("name", ["", "wav:", "wav", "device:", "null:", "speaker"])
def test_what_is_no_output(name):
    with pytest.raises(UsageError, match="output"):
        output_of(name)


def test_a_device_is_asked_for_what_was_said():
    sound = Sound(rate=44_100, channels=4, latency_ms=45, offset_ms=-20)
    output = output_of("device:USB", sound)
    assert output.fallback_delay == pytest.approx(0.045)
    assert output.offset == pytest.approx(-0.02)
    assert (output._rate, output._channels) == (44_100, 4)


def test_nothing_said_leaves_the_device_its_own():
    output = output_of("device")
    assert (output._rate, output._channels) == (None, None)
    assert output._asked == (None, None)  # block and latency


async def test_no_sound_at_a_rate_is_kept_at_that_rate():
    output = output_of("null", Sound(rate=24_000, channels=2))
    format = await output.open(FakeClock(), run_inline)
    assert (format.rate, format.channels) == (24_000, 2)


@pytest.mark.parametrize("sound", [Sound(rate=8_000), Sound(channels=1)])
def test_a_file_takes_the_format_of_what_comes(sound):
    with pytest.raises(UsageError, match="a file takes those of the first sound"):
        output_of("wav:x.wav", sound)


def test_the_local_voice_is_named_by_its_language():
    assert voice_of(Provider.ESPEAK, "de").language == "de"
    assert voice_of(Provider.ESPEAK, None).language == "en-us"


def test_a_resemble_voice(monkeypatch):
    monkeypatch.setenv("RESEMBLE_API_KEY", "k")
    assert voice_of(Provider.RESEMBLE, "abc").uuid == "abc"
