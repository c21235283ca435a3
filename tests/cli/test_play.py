from __future__ import annotations

import json
import re
import socket

import pytest

from streamer.emulator import EmulatorOptions, Fault
from tests.cli.wav_files import frames_in

pytestmark = pytest.mark.program

BODY = '{"voice_uuid": "en-us", "data": "Hello there.", "precision": "PCM_16"}'
KEY = "x-access-token: a-very-secret-key"


@pytest.fixture
def play(command, tmp_path):
    """Plays from an emulator into a file; impatient."""

    def call(url, *more):
        return command(
            *("play", url, "--header", KEY, "--json", BODY, "--timeout", "0.4"),
            *("--retries", "0", "--output", f"wav:{tmp_path / 'out.wav'}", *more),
        )

    return call


def test_a_file_is_copied_and_nothing_is_said(command, tone, tmp_path):
    copy = tmp_path / "copy.wav"

    result = command("play", tone, "--output", f"wav:{copy}")

    assert (result.code, result.out, result.err) == (0, "", "")
    assert frames_in(copy) == 800


def test_the_emulator_is_played_over_http(emulate, play, tmp_path):
    with emulate() as url:
        result = play(url)

    assert (result.code, result.err) == (0, "")
    assert frames_in(tmp_path / "out.wav") > 10_000


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.CUT_FRAME, ["broke off", "it ended"]),
        (Fault.CUT_HEADER, ["is not audio that can be played", "header"]),
        (Fault.JSON_200, ["sent no audio", "synthesis failed"]),
        (Fault.UNAUTHORIZED, ["answered 401", "check the API key"]),
        (Fault.TOO_MANY, ["answered 429", "wait and try again"]),
        (Fault.INTERNAL, ["answered 500", "try again later"]),
        (Fault.UNAVAILABLE, ["answered 503"]),
        (Fault.STALL, ["went silent", "nothing arrived for 0.4 s"]),
        (Fault.RESET, ["broke off"]),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else "",
)
def test_each_fault_is_one_sentence(emulate, play, fault, words):
    with emulate(EmulatorOptions(fault=fault)) as url:
        result = play(url)

    result.fails(1, url, *words)
    assert "a-very-secret-key" not in result.err


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.RESET, Fault.CUT_FRAME])
def test_what_arrived_before_a_fault_is_kept(emulate, play, tmp_path, fault):
    """The emulator sends 300 ms before it breaks: most of it is in the file."""
    with emulate(EmulatorOptions(fault=fault)) as url:
        play(url)

    assert frames_in(tmp_path / "out.wav") > 3_000


@pytest.mark.parametrize("fault", [Fault.CUT_HEADER, Fault.INTERNAL])
def test_what_was_there_stays_where_nothing_came(emulate, play, tmp_path, fault):
    (tmp_path / "out.wav").write_bytes(b"an earlier one")
    with emulate(EmulatorOptions(fault=fault)) as url:
        play(url)

    assert (tmp_path / "out.wav").read_bytes() == b"an earlier one"
    assert not (tmp_path / "out.wav.part").exists()


def test_a_file_may_be_played_into_itself(command, tone):
    """It is read while the new one is written beside it."""
    assert command("play", tone, "-o", f"wav:{tone}").code == 0
    assert frames_in(tone) == 800


def test_a_fault_that_passes_is_tried_again(emulate, play):
    options = EmulatorOptions(fault=Fault.UNAVAILABLE, fault_count=1)
    with emulate(options) as url:
        result = play(url, "--retries", "1")

    assert (result.code, result.err) == (0, "")


def test_a_wrong_token(emulate, play):
    with emulate(EmulatorOptions(token="right")) as url:
        play(url).fails(1, "answered 401", "check the API key")


def test_a_wrong_address(emulate, play):
    with emulate() as url:
        play(url + "/nowhere").fails(1, "answered 404", "check the address")


def test_a_refused_connection(play):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/stream"
        play(url).fails(1, f"cannot connect to {url}", "connection refused")


def test_a_query_and_a_password_are_not_repeated(command):
    url = "http://me:pass@127.0.0.1:1/s?token=hidden"
    result = command("play", url, "--retries", 0, "-o", "null")

    result.fails(1, "http://127.0.0.1:1/s")
    assert "hidden" not in result.err
    assert "pass" not in result.err


# -- the command line -----------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["http://h/", "--header", "no-colon-secret"], ["'Name: value'"]),
        (["http://h/", "--header", ": value"], ["'Name: value'"]),
        (["http://h/", "--header", "A: b\nC: d"], ["control character"]),
        (["http://h/", "--json", "{"], ["--json is not JSON", "line 1, column 2"]),
        (["ftp://h/x.wav"], ["ftp://", "http://"]),
        (["x.wav", "--json", "{}"], ["http(s) addresses"]),
        (["x.wav", "--output", "nix"], ["'nix'", "device:NAME"]),
        (["x.wav", "--output", "wav:"], ["needs a file"]),
        (["x.wav", "--serve", "nowhere"], ["'nowhere'", "HOST:PORT"]),
        (["x.wav", "--serve", "::1:80"], ["[::1]:80"]),
        (["x.wav", "--latency-ms", "0"], ["--latency-ms"]),
        (["", "-o", "null"], ["nothing to play"]),
        (["x", "--raw", "s16le"], ["'s16le'", "s16le:24000", "mulaw, alaw"]),
        (["x", "--raw", "mp3:8000"], ["'mp3'", "s8, u8, s16le"]),
        (["x", "--raw", "s16le:0"], ["the rate is 0"]),
        (["x", "--raw", "s16le:8000:0"], ["channels is 0"]),
        (["http://", "-o", "null"], ["not an HTTP address"]),
    ],
)
def test_wrong_usage(command, arguments, words):
    result = command("play", *arguments)

    result.fails(2, *words)
    assert "no-colon-secret" not in result.err


def test_json_from_a_file(emulate, play, command, tmp_path):
    path = tmp_path / "body.json"
    path.write_text(BODY)
    with emulate() as url:
        result = play(url, "--json", f"@{path}")
    assert (result.code, result.err) == (0, "")


def test_json_from_a_file_that_is_not_there(command, tmp_path):
    path = tmp_path / "none.json"
    command("play", "http://h/", "--json", f"@{path}").fails(1, str(path))


# -- outputs --------------------------------------------------------------------


def test_a_device_that_does_not_exist(command, tone):
    result = command("play", tone, "--output", "device:No Such Card")
    result.fails(1, "device", "see: streamer d")


def test_a_file_that_cannot_be_written(command, tone, tmp_path):
    path = tmp_path / "none" / "out.wav"
    result = command("play", tone, "--output", f"wav:{path}")
    result.fails(1, str(path), "cannot write sound")


def test_a_port_in_use_leaves_the_output_alone(command, tone, tmp_path):
    kept = tmp_path / "kept.wav"
    kept.write_bytes(b"precious")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        result = command("play", tone, "--serve", at, "--output", f"wav:{kept}")

    result.fails(1, at, "in use")
    assert kept.read_bytes() == b"precious"


def test_another_machine_may_not_connect_unasked(command, tone):
    result = command("play", tone, "--serve", "0.0.0.0:0", "--output", "null")
    result.fails(2, "0.0.0.0", "only `streamer serve --public` can be reached")


def test_without_a_device_a_failure_is_still_one_line(command, tmp_path, monkeypatch):
    """That there is no sound matters only where there would have been some."""
    monkeypatch.setattr("streamer.outputs.portaudio.query", list)
    path = tmp_path / "none.wav"

    command("play", path).fails(1, str(path), "no such file")


def test_without_a_device_what_is_not_heard_is_said(command, tone, monkeypatch):
    monkeypatch.setattr("streamer.outputs.portaudio.query", list)

    result = command("play", tone)

    assert result.code == 0
    assert result.err == (
        "streamer: there is no sound device here; time is kept without sound\n"
    )


def test_a_port_that_nobody_chose_is_told_in_a_pipe_too(command, tone):
    result = command("play", tone, "--serve", ":0", "--output", "null")
    assert result.code == 0
    assert re.fullmatch(
        r"streamer: the face is at http://127\.0\.0\.1:\d+/\n", result.err
    )


# -- the report -----------------------------------------------------------------


def test_the_report_of_a_file(command, tone, tmp_path):
    path = tmp_path / "report.json"

    assert command("play", tone, "-o", "null", "--report", path).code == 0

    report = json.loads(path.read_text())
    assert report["streamer_report"] == 1
    assert report["source"] == str(tone)
    assert report["output"] == "null"
    assert report["format"] == {"encoding": "PCM_32", "rate": 8000, "channels": 1}
    assert report["media_ms"] == pytest.approx(100, abs=2)
    assert report["bytes"] == sum(size for _, size in report["arrivals"])
    assert report["bytes"] == tone.stat().st_size
    assert 0 <= report["first_byte_ms"] <= report["first_sample_ms"]
    assert report["first_sample_ms"] <= report["ended_ms"]
    assert report["starvation"] == []
    assert report["error"] is None


def test_the_report_of_what_failed(emulate, play, tmp_path):
    path = tmp_path / "report.json"
    with emulate(EmulatorOptions(fault=Fault.RESET)) as url:
        result = play(url + "?key=hidden", "--report", path)

    result.fails(1, "broke off")
    text = path.read_text()
    report = json.loads(text)
    assert report["source"] == url
    assert report["bytes"] > 0
    assert report["media_ms"] > 0
    assert f"streamer: {report['error']}\n" == result.err
    assert "hidden" not in text
    assert "a-very-secret-key" not in text


def test_the_report_of_what_never_began(command, tone, tmp_path):
    path = tmp_path / "report.json"
    command("play", tone, "-o", "device:No Such Card", "--report", path)

    report = json.loads(path.read_text())
    assert report["arrivals"] == []
    assert "device" in report["error"]


def test_the_report_on_standard_output(command, tone, tmp_path):
    result = command("play", tone, "-o", f"wav:{tmp_path / 'x.wav'}", "--report", "-")
    assert json.loads(result.out)["streamer_report"] == 1


def test_a_report_that_cannot_be_written_is_told_first(command, tone, tmp_path):
    path = tmp_path / "none" / "report.json"
    out = tmp_path / "out.wav"

    result = command("play", tone, "-o", f"wav:{out}", "--report", path)

    result.fails(1, str(path), "cannot write the report")
    assert not out.exists()
