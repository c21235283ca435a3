from __future__ import annotations

import pytest

from streamer.cli.options import Provider, address_of, output_of, voice_of
from streamer.errors import UsageError
from streamer.outputs import AutoOutput, DeviceOutput, NullOutput, WavOutput


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


def test_latency_is_in_seconds():
    assert output_of("device", 45).fallback_delay == pytest.approx(0.045)


def test_the_local_voice_is_named_by_its_language():
    assert voice_of(Provider.ESPEAK, "de").language == "de"
    assert voice_of(Provider.ESPEAK, None).language == "en-us"


def test_a_resemble_voice(monkeypatch):
    monkeypatch.setenv("RESEMBLE_API_KEY", "k")
    assert voice_of(Provider.RESEMBLE, "abc").uuid == "abc"
