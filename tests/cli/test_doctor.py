from __future__ import annotations

import json

import pytest

from streamer.cli import checks
from streamer.errors import MissingComponent, OutputError, VoiceError
from streamer.outputs import DeviceInfo, NullOutput
from streamer.voices import Espeak

pytestmark = pytest.mark.program


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """A machine with a card; the self-test is heard on nothing, and is short."""
    card = DeviceInfo("Speakers", "ALSA", 2, 48_000, 0.03, default=True)
    monkeypatch.setattr(checks, "list_devices", lambda: [card])
    monkeypatch.setattr(checks, "AutoOutput", NullOutput)
    monkeypatch.setattr(checks, "TEXT", "Hi.")


def fail(error):
    def function(*_):
        raise error

    return function


def states(out):
    return {check["name"]: check["state"] for check in json.loads(out)["checks"]}


def test_a_machine_that_works(command):
    result = command("doctor", "--json")

    assert (result.code, result.err) == (0, "")
    told = json.loads(result.out)
    assert told["ok"] is True
    port = states(result.out).pop("port 8765")
    assert port in ("ok", "note")
    measured = told["self_test"]
    assert measured["output"] == "null"
    assert 0 < measured["first_byte_ms"] < measured["first_sample_ms"]
    assert measured["first_sample_ms"] < measured["first_audible_ms"]
    assert measured["device_latency_ms"] == pytest.approx(10, abs=5)
    assert measured["cue_lead_ms"] is not None


def test_the_table_names_the_command_that_mends(command, monkeypatch):
    error = MissingComponent(
        "PortAudio", needed_for="sound", mend="apt-get install libportaudio2"
    )
    monkeypatch.setattr(checks, "list_devices", fail(error))

    result = command("doctor")

    assert result.code == 1
    assert "MISSING  PortAudio" in result.out
    assert "apt-get install libportaudio2" in result.out
    assert "first sample heard" in result.out


def test_sound_settings_that_are_wrong_end_no_table(command, monkeypatch):
    error = OutputError("any device", "no host; look at ~/.asoundrc")
    monkeypatch.setattr(checks, "list_devices", fail(error))
    result = command("doctor")
    assert result.code == 1
    assert "no host; look at ~/.asoundrc" in result.out
    assert "first sample heard" in result.out


def test_no_sound_card_is_only_a_note(command, monkeypatch):
    monkeypatch.setattr(checks, "list_devices", list)
    result = command("doctor", "--json")
    assert result.code == 0
    assert states(result.out)["sound device"] == "note"


def test_without_a_voice_there_is_no_self_test(command, monkeypatch):
    error = MissingComponent(
        "espeak-ng", needed_for="the local voice", mend="pip install 'streamer[espeak]'"
    )
    monkeypatch.setattr(Espeak, "shared", fail(error))
    result = command("doctor", "--json")
    assert result.code == 1
    assert states(result.out)["espeak-ng"] == "missing"
    assert json.loads(result.out)["self_test"] is None


def test_a_self_test_that_fails_says_why(command, monkeypatch):
    monkeypatch.setattr(checks, "_try", fail(VoiceError("hoarse")))
    result = command("doctor")
    assert result.code == 1
    assert "hoarse" in result.out


def test_a_self_test_that_never_ends_fails(command, monkeypatch):
    monkeypatch.setattr(checks, "PATIENCE", 0.01)
    assert "not done after 0.01 s" in command("doctor").out


def test_a_taken_port_is_a_note(monkeypatch):
    def bind(*_):
        raise OSError

    monkeypatch.setattr(checks.socket.socket, "bind", bind)
    check = checks._port()
    assert check.state == "note"
    assert "--port" in check.detail


def test_a_missing_resampler(monkeypatch):
    monkeypatch.setattr(checks.importlib, "import_module", fail(ImportError()))
    (check,) = checks._resampler()
    assert check.failed
    assert check.mend.endswith("-m pip install soxr")


def test_what_resampling_holds_back_is_printed():
    """One figure for each quality; they fit into 80 columns of the table."""
    _, held = checks._resampler()
    assert held.detail.startswith("24 to 48 kHz: LD 1, QQ 0, LQ 20, ")
    assert len(held.detail) < 80 - len("MISSING  audio callback  ")


def test_a_callback_in_c_is_fine(monkeypatch):
    monkeypatch.setattr(checks, "native_missing", lambda: None)
    check, _ = checks._callback()
    assert (check.state, check.detail) == ("ok", "in C")


@pytest.mark.parametrize(("granted", "state"), [(True, "ok"), (False, "note")])
def test_an_audio_thread_without_real_time_priority_is_a_note(
    monkeypatch, granted, state
):
    monkeypatch.setattr(checks, "native_missing", lambda: None)
    monkeypatch.setattr(checks, "is_realtime_granted", lambda: granted)
    _, check = checks._callback()
    assert check.state == state
    assert ("rtprio" in (check.mend or "")) is not granted


@pytest.mark.parametrize(
    ("switch", "mend"), [("1", "apt-get install gcc"), ("0", "unset STREAMER_NATIVE")]
)
def test_a_callback_in_python_is_a_note_with_what_mends_it(monkeypatch, switch, mend):
    monkeypatch.setenv("STREAMER_NATIVE", switch)
    monkeypatch.setattr(checks, "native_missing", lambda: "it is not there")
    (check,) = checks._callback()
    assert (check.state, check.detail) == ("note", "it is not there")
    assert mend in check.mend


def test_missing_codecs_are_a_note_that_names_the_extra(monkeypatch):
    monkeypatch.setattr(checks.importlib, "import_module", fail(ImportError()))
    (check,) = checks._codecs()
    assert check.state == "note"
    assert check.mend.endswith('-m pip install "streamer[codecs]"')
