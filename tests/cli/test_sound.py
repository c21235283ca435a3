from __future__ import annotations

import re

import pytest

from streamer.audio.resample import QUALITIES
from streamer.cli.sound import Jitter, Quality, Sound, gain_of, rate_of
from streamer.engine.stream import Stream
from streamer.errors import UsageError
from streamer.outputs.wish import NATIVE_LATENCY, PYTHON_LATENCY, REALTIME_LATENCY


def test_the_qualities_are_the_converters():
    assert tuple(Quality) == QUALITIES


def test_a_gain_is_a_factor_or_decibels():
    assert gain_of("0.5") == 0.5
    assert gain_of("0") == 0.0
    assert gain_of("-6dB") == pytest.approx(0.501, abs=0.001)
    assert gain_of("+18 DB") <= Stream.MOST_GAIN


@pytest.mark.parametrize("text", ["", "loud", "-1", "8.1", "19dB", "nan", "1e999dB"])
def test_what_is_no_gain(text):
    with pytest.raises(UsageError, match="no --gain"):
        gain_of(text)


def test_a_rate_is_hz_or_the_streams():
    assert rate_of("44100") == 44_100
    assert rate_of("stream") == "stream"


@pytest.mark.parametrize("text", ["", "44.1k", "-1", "0", "999", "768001", "Stream"])
def test_what_is_no_rate(text):
    with pytest.raises(UsageError, match="no --rate"):
        rate_of(text)


def test_it_becomes_what_a_stream_is_told():
    sound = Sound(quality=Quality.HQ, jitter=Jitter.SMOOTH, wake_ms=300)
    options = sound.stream_options()
    assert (options.quality, options.jitter.policy) == ("HQ", "smooth")
    assert options.wake_lead == pytest.approx(0.3)


@pytest.mark.parametrize("name", ["play", "speak", "serve", "demo"])
def test_every_command_with_an_output_has_the_options(command, name):
    shown = command(name, "--help").out
    for option in ("rate", "channels", "quality", "jitter", "gain"):
        assert f"--{option} " in shown
    for option in ("latency-ms", "offset-ms", "wake-ms"):
        assert f"--{option} " in shown


def test_the_help_says_what_a_device_is_asked_for_by_default(command):
    shown = " ".join(command("play", "--help").out.split())
    _, _, behind = shown.partition("is asked to keep in hand: ")
    said = [int(number) for number in re.findall(r"\d+", behind)[:3]]
    asked = (REALTIME_LATENCY, NATIVE_LATENCY, PYTHON_LATENCY)
    assert said == [round(seconds * 1000) for seconds in asked]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rate", "fast"], ["--rate 'fast'", "1000 to 768000 Hz"]),
        (["--channels", "0"], ["--channels"]),
        (["--quality", "best"], ["--quality", "'vhq'"]),
        (["--jitter", "none"], ["--jitter", "'smooth'"]),
        (["--gain", "-1"], ["--gain '-1'", "0 to 8"]),
        (["--offset-ms", "9000"], ["--offset-ms"]),
        (["--wake-ms", "-1"], ["--wake-ms"]),
        (["-o", "wav:x.wav", "--rate", "8000"], ["for devices"]),
        (["--rate", "stream", "--channels", "2"], ["--channels", "stream"]),
        (["-o", "null", "--rate", "stream"], ["--rate stream is for devices"]),
    ],
)
def test_wrong_usage(command, arguments, words):
    command("play", "x.wav", *arguments).fails(2, *words)


def test_a_quality_may_be_said_in_small_letters(command, tone, tmp_path):
    out = tmp_path / "out.wav"
    assert command("play", tone, "-o", f"wav:{out}", "--quality", "hq").code == 0
