from __future__ import annotations

import json
import struct
import subprocess
import sys

import numpy as np
import pytest

from streamer.testing import wav
from tests.cli.wav_files import chunk, fmt, frames_in, riff

pytestmark = pytest.mark.program

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043") + bytes(99)
CUES = chunk(b"cue ", struct.pack("<I", 2**32 - 1) + bytes(24))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", ["empty"], id="empty"),
        pytest.param(JPEG, ["JPEG"], id="a JPEG"),
        pytest.param(riff(fmt(0), chunk(b"data", b"")), ["channel"], id="0 channels"),
        pytest.param(b"{}", [], id="JSON"),
        pytest.param(b"RIFF", [], id="cut short"),
    ],
)
def test_a_file_that_is_no_wav(command, tmp_path, data, words):
    path = tmp_path / "bad.wav"
    path.write_bytes(data)

    command("play", path, "--output", "null").fails(1, str(path), *words)


def test_a_header_that_promises_4_billion_cues(command, tmp_path):
    """It fails with a sentence, or plays what sound there is; never more."""
    path = tmp_path / "cues.wav"
    path.write_bytes(riff(fmt(1), CUES, chunk(b"data", bytes(320))))

    result = command("play", path, "--output", f"wav:{tmp_path / 'out.wav'}")

    if result.code:
        result.fails(1, str(path), "cue")
    else:
        assert frames_in(tmp_path / "out.wav") == 160


def test_a_file_that_is_not_there(command, tmp_path):
    path = tmp_path / "none.wav"
    command("play", path, "-o", "null").fails(1, str(path), "no such file")


def test_a_folder_is_no_file(command, tmp_path):
    command("play", tmp_path, "-o", "null").fails(1, str(tmp_path), "is a directory")


# -- bare samples ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "frames"),
    [
        *(("s16le:8000", 800), ("s16le:8000:2", 400), ("f64le:8000", 200)),
        *(("u8:8000", 1600), ("s8:8000", 1600), ("mulaw:8000", 1600)),
    ],
)
def test_bare_samples_are_played_as_they_are_said_to_be(command, tmp_path, raw, frames):
    path, out = tmp_path / "bare", tmp_path / "out.wav"
    path.write_bytes(bytes(1600))

    result = command("play", path, "--raw", raw, "-o", f"wav:{out}")

    assert (result.code, result.err) == (0, "")
    assert frames_in(out) == frames


def test_the_report_counts_the_bytes_that_came(command, tmp_path):
    """Without the header that bare samples are given on their way."""
    path, report = tmp_path / "bare", tmp_path / "report.json"
    path.write_bytes(bytes(1600))

    command("play", path, "--raw", "s16le:8000", "-o", "null", "--report", report)

    told = json.loads(report.read_text())
    assert told["bytes"] == 1600
    assert told["format"] == {"encoding": "PCM_16", "rate": 8000, "channels": 1}


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (bytes(1601), 1, ["it ended in the middle of a sample"]),
        (b"", 1, ["it is empty"]),
        (b"RIFF" + bytes(40), 1, ["it is WAV, not bare samples; leave --raw out"]),
    ],
)
def test_what_is_not_bare_samples(command, tmp_path, data, code, words):
    path = tmp_path / "bare"
    path.write_bytes(data)
    result = command("play", path, "--raw", "s16le:8000", "-o", "null")
    result.fails(code, str(path), *words)


def test_of_a_file_that_broke_off_only_its_sentence_is_said(tmp_path):
    """A library that is let go of too late would say a screenful."""
    path = tmp_path / "half.wav"
    whole = wav(np.full(44_100, 0.1, np.float32), 22_050)
    path.write_bytes(whole[: len(whole) // 4])
    result = subprocess.run(
        [sys.executable, "-m", "streamer", "play", path, "--output", "null"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert "broke off" in result.stderr
