from __future__ import annotations

import pytest

from streamer.cli.sound import Sound
from streamer.cli.stage import Stage
from streamer.outputs import AutoOutput, NullOutput
from streamer.testing import RecordingOutput


@pytest.mark.parametrize(
    ("state", "name", "said"),
    [
        ("lost", "USB", "the sound device 'USB' is lost; looking for it, or another"),
        ("playing", "HDMI", "it is heard again, on 'HDMI'"),
        ("silent", "null", "there is no sound device any more; time is kept without"),
    ],
)
async def test_what_becomes_of_the_output_is_said_in_one_line(capfd, state, name, said):
    async with Stage(RecordingOutput()).up() as theatre:
        theatre.engine.main.log.output(name, state, reason="it was unplugged")
    err = capfd.readouterr().err
    assert err.startswith(f"streamer: {said}")
    assert err.count("\n") == 1


async def test_what_the_default_output_says_itself_is_not_said_twice(capfd):
    notes = []
    output = AutoOutput(notes.append, NullOutput())
    async with Stage(output).up() as theatre:
        theatre.engine.main.log.output("null", "silent")
    assert capfd.readouterr().err == ""


async def test_that_silence_is_lost_is_not_said(capfd):
    async with Stage(RecordingOutput()).up() as theatre:
        theatre.engine.main.log.output("null", "lost", reason="x")
    assert capfd.readouterr().err == ""


async def test_the_sound_is_as_it_was_said():
    sound = Sound(gain=0.5, wake_ms=200)
    async with Stage(RecordingOutput(), sound=sound).up() as theatre:
        main = theatre.engine.main
        assert main._gain == 0.5
        assert main.options.wake_lead == 0.2
        assert main.options.quality == "LD"


async def test_that_no_callback_in_c_serves_is_said_once(capfd, monkeypatch):
    monkeypatch.setenv("STREAMER_NATIVE", "0")
    async with Stage(RecordingOutput()).up():
        pass
    err = capfd.readouterr().err
    assert err.startswith("streamer: the audio callback in C is switched off")
    assert err.count("\n") == 1


async def test_where_nothing_is_heard_the_callback_does_not_matter(capfd, monkeypatch):
    monkeypatch.setenv("STREAMER_NATIVE", "0")
    async with Stage(NullOutput()).up():
        pass
    assert capfd.readouterr().err == ""
