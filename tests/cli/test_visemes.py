from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from itertools import pairwise

import pytest

from streamer.audio import Encoding, Format, wav_header
from streamer.lipsync import STYLES
from streamer.lipsync.formats import FORMATS
from streamer.lipsync.rigs import RIGS
from streamer.lipsync.visemes import NAMES
from streamer.voices import Espeak
from streamer.voices.wav import spoken_wav

TEXT = "Maybe a family of six."


@pytest.fixture(scope="module")
def spoken():
    return Espeak.shared().synthesize(TEXT)


@pytest.fixture
def timed(tmp_path, spoken):
    """A WAV with its times in it."""
    path = tmp_path / "timed.wav"
    path.write_bytes(spoken_wav(TEXT, spoken))
    return path


@pytest.fixture
def bare(tmp_path, spoken):
    """The same WAV without them."""
    path = tmp_path / "bare.wav"
    header = wav_header(
        Format(Encoding.PCM_16, spoken.rate, 1), frames=len(spoken.samples)
    )
    path.write_bytes(header + spoken.samples.tobytes())
    return path


@pytest.fixture
def stdin(monkeypatch):
    """Gives the command a standard input."""

    def give(data):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))

    return give


def told(result):
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


def test_a_text_is_spoken_for_its_times(command):
    found = told(command("visemes", TEXT))

    assert (found["timing"], found["set"], found["text"]) == (
        "phonemes",
        "oculus",
        TEXT,
    )
    assert [word["word"] for word in found["words"]] == TEXT[:-1].split()
    visemes = [cue["viseme"] for cue in found["cues"]]
    assert visemes.count("PP") == 3
    assert visemes.count("FF") == 2
    for one, other in pairwise(found["cues"]):
        assert one["end"] == other["start"]


def test_a_text_of_another_language(command):
    found = told(command("visemes", "Schöne Grüße", "--language", "de"))
    assert "ˈøː" in [phoneme["phoneme"] for phoneme in found["phonemes"]]


@pytest.mark.parametrize("how", ["argument", "option", "file", "input"])
def test_a_text_comes_from_anywhere(command, tmp_path, stdin, how):
    script = tmp_path / "script.txt"
    script.write_text("\ufeffGood\n  day.\n", "utf-8")
    stdin(b"Good\nday.")
    arguments = {
        "argument": ["Good day."],
        "option": ["--text", "Good day."],
        "file": ["--text-file", script],
        "input": ["-"],
    }[how]
    assert told(command("visemes", *arguments))["text"] == "Good day."


def test_a_wav_with_its_own_times(command, timed):
    found = told(command("visemes", timed))
    assert (found["timing"], found["source"]) == ("phonemes", "timed.wav")
    assert "text" not in found


def test_a_text_beside_times_is_not_needed(command, timed):
    result = command("visemes", timed, "--text", TEXT)
    assert json.loads(result.out)["timing"] == "phonemes"
    assert result.err.count("\n") == 1
    assert "times of its own" in result.err


def test_a_wav_alone_moves_with_its_loudness(command, bare):
    found = told(command("visemes", bare))
    assert (found["timing"], found["words"]) == ("loudness", [])


def test_a_wav_with_its_text(command, bare):
    found = told(command("visemes", bare, "--text", TEXT))
    assert found["timing"] == "text"
    assert [word["word"] for word in found["words"]] == TEXT[:-1].split()


@pytest.mark.parametrize("given", [True, False])
def test_a_wav_with_a_text_file(command, bare, tmp_path, given):
    """It is named, or stands beside the sound under the same name."""
    script = tmp_path / ("other.txt" if given else "bare.txt")
    script.write_text(TEXT, "utf-8")
    option = ["--text-file", script] if given else []
    assert told(command("visemes", bare, *option))["timing"] == "text"


def test_a_text_on_the_command_line_goes_before_the_file_beside(command, bare):
    bare.with_suffix(".txt").write_text("Something else.", "utf-8")
    assert told(command("visemes", bare, "--text", TEXT))["text"] == TEXT


@pytest.mark.parametrize("name", NAMES)
def test_every_set(command, name):
    found = told(command("visemes", "Papa.", "--set", name))
    assert found["set"] == name
    assert len({cue["viseme"] for cue in found["cues"]}) >= 2


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_in_its_own_set(command, tmp_path, name):
    path = tmp_path / "out"
    result = command("visemes", "Pa.", "--format", name, "-o", path)
    assert (result.code, result.out, result.err) == (0, "", "")
    shapes = {"rhubarb-json": '"A"', "polly": '"p"', "azure": " 21,"}
    assert shapes.get(name, "PP") in path.read_text("utf-8")


@pytest.mark.parametrize("name", RIGS)
def test_every_rig(command, name):
    result = command("visemes", "Mama.", "--rig", name, "--fps", 30, "--format", "csv")
    assert (result.code, result.err) == (0, "")
    rows = [*csv.reader(result.out.splitlines())]
    times = [float(row[0]) for row in rows[1:]]
    assert times[1] == pytest.approx(1 / 30, abs=1e-4)
    assert any(float(value) > 0.2 for row in rows[1:] for value in row[1:])


@pytest.mark.parametrize("form", ["toml", "json"])
def test_a_rig_of_ones_own(command, tmp_path, form):
    base = tmp_path / "base.toml"
    base.write_text("[channels]\nmouth = { jaw = 1.0 }\n", "utf-8")
    path = tmp_path / f"mine.{form}"
    path.write_text(
        'extends = "base.toml"\n[added]\nlips = { seal = 1.0 }\n'
        if form == "toml"
        else '{"extends": "base.toml", "added": {"lips": {"seal": 1.0}}}',
        "utf-8",
    )
    found = told(command("visemes", "Mama.", "--rig", path))
    assert (found["rig"], found["fps"]) == ("mine", 60)
    assert found["channels"] == ["mouth", "lips"]
    assert max(frame[1] for frame in found["frames"]) == 1.0


def test_azure_has_shapes_and_frames(command):
    found = told(command("visemes", "Mama.", "--format", "azure", "--rig", "arkit-55"))
    frames = [json.loads(event["animation"]) for event in found if event["animation"]]
    assert {len(row) for part in frames for row in part["BlendShapes"]} == {55}


def test_styles_and_holds_are_obeyed(command):
    text = "Every wave of sound moves above the river."
    counts = {
        style: len(told(command("visemes", text, "--style", style))["cues"])
        for style in STYLES
    }
    assert counts["precise"] >= counts["natural"] >= counts["subtle"]

    held = told(command("visemes", text, "--hold-ms", 150))["cues"]
    assert min(cue["end"] - cue["start"] for cue in held[:-1]) > 0.1499


def test_help_names_all_there_is(command, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = command("visemes", "--help").out
    for name in (*NAMES, *RIGS, *STYLES, *FORMATS):
        assert re.search(rf"\b{name}\b", " ".join(shown.split())), name
    assert max(map(len, shown.splitlines())) <= 80
    assert '  streamer visemes "Maybe' in shown


def test_an_output_that_is_a_folder_takes_the_sounds_name(command, timed, tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    assert command("visemes", timed, "-o", folder, "--format", "polly").code == 0
    assert [path.name for path in folder.iterdir()] == ["timed.marks"]


def test_an_output_is_replaced_whole(command, tmp_path):
    path = tmp_path / "out.json"
    path.write_text("old", "utf-8")
    command("visemes", "Hi.", "-o", path)
    assert json.loads(path.read_text("utf-8"))["text"] == "Hi."
    assert [*tmp_path.iterdir()] == [path]


def test_an_output_may_be_a_device(command):
    assert command("visemes", "Hi.", "-o", os.devnull).code == 0


def test_a_wav_that_is_cut_off_is_done_as_far_as_it_goes(command, bare):
    bare.write_bytes(bare.read_bytes()[:-8_000])
    result = command("visemes", bare, "--format", "tsv")
    assert result.code == 0
    assert result.out
    assert "ends 0.18 s before its header says" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["nothing to do", "--ipa -"]),
        ([""], ["no text to speak"]),
        (["…"], ["no text to speak"]),
        (["Hi.", "--language", "klingon"], ["'klingon'", "de or cmn"]),
        (["Hi.", "--set", "disney"], ["'disney'", "oculus, azure"]),
        (["Hi.", "--rig", "disney"], ["disney", "arkit, arkit-55", ".toml"]),
        (["Hi.", "--style", "wild"], ["'wild'", "precise, natural, subtle"]),
        (["Hi.", "--format", "xml"], ["'xml'", "json, jsonl"]),
        (["Hi.", "--fps", "0", "--rig", "vrm"], ["--fps"]),
        (["Hi.", "--fps", "30"], ["--fps is for --rig"]),
        (["Hi.", "--hold-ms", "-1"], ["--hold-ms"]),
        (["Hi.", "--rig", "vrm", "--hold-ms", "9"], ["--hold-ms is for shapes"]),
        (["Hi.", "--rig", "vrm", "--set", "vrm"], ["choose one"]),
        (["Hi.", "--format", "polly", "--set", "vrm"], ["the shapes of polly"]),
        (["Hi.", "--format", "srt", "--rig", "vrm"], ["can hold no rig"]),
        (["Hi.", "--text", "Ho."], ["are for a WAV"]),
        (["takes/one.mp3"], ["no file or folder takes/one.mp3", "--text"]),
        (["take.FLAC"], ["no file or folder take.FLAC", "--text"]),
        (["takes/"], ["no file or folder takes/", "--text"]),
        (["https://x.org/one.wav"], ["https://x.org/one.wav is an address"]),
        (["Hi.", "--plot", "x.gif"], ["x.gif", ".png, .pdf or .svg"]),
        (["x.wav", "--text", " "], ["--text holds no text"]),
        (["x.wav", "--text", "a", "--text-file", "b"], ["choose one"]),
        (["--ipa", "-", "--rig", "vrm"], ["--ipa reads tokens"]),
        (["--ipa", "-", "--format", "csv"], ["--ipa reads tokens"]),
        (["--ipa", "-", "Hi."], ["--ipa reads tokens"]),
    ],
)
def test_wrong_usage_is_one_sentence(command, arguments, words):
    command("visemes", *arguments).fails(2, *words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.wav"], ["none.wav", "no such file"]),
        (["text.txt"], ["text.txt", "it is text"]),
        (["tone.wav", "--text-file", "none.txt"], ["none.txt", "no such file"]),
        (["tone.wav", "--text-file", "latin.txt"], ["latin.txt", "UTF-8"]),
        (["tone.wav", "--text-file", "empty.txt"], ["empty.txt", "no text"]),
        (["Hi.", "-o", "none/x.json"], ["none/x.json", "no such file"]),
        (["Hi.", "-o", "."], ["it is a folder"]),
        (["Hi.", "--rig", "none.toml"], ["the rig none.toml", "no such file"]),
        (["Hi.", "--rig", "text.txt"], ["text.txt", ".toml or .json"]),
        (["Hi.", "--rig", "bad.toml"], ["bad.toml, line 2", "did you mean 'jaw'"]),
        (["Hi.", "--rig", "lost.toml"], ["lost.toml, line 1", "gone.toml"]),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    command, arguments, words, tmp_path, tone, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("Hello.", "utf-8")
    (tmp_path / "latin.txt").write_bytes("Grüße".encode("latin-1"))
    (tmp_path / "empty.txt").write_text("…\n", "utf-8")
    (tmp_path / "bad.toml").write_text("[channels]\njawOpen = { jaww = 1 }\n", "utf-8")
    (tmp_path / "lost.toml").write_text('extends = "gone.toml"\n', "utf-8")
    command("visemes", *arguments).fails(1, *words)


def test_without_the_local_voice_a_wav_is_done_and_a_text_is_not(
    command, timed, bare, monkeypatch
):
    from streamer.errors import MissingComponent

    def missing():
        raise MissingComponent("espeak-ng", needed_for="it", mend="pip install it")

    monkeypatch.setattr(Espeak, "shared", missing)
    assert told(command("visemes", timed, "--language", "de"))["timing"] == "phonemes"
    assert told(command("visemes", bare))["timing"] == "loudness"
    command("visemes", "Hi.").fails(1, "espeak-ng is not installed")
    command("visemes", bare, "--text", "Hi.").fails(1, "espeak-ng is not installed")
    command("visemes", timed, "--language", "?").fails(2, "'?' is no language")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_pipe_gets_utf_8_whatever_the_locale_is(command, monkeypatch, encoding):
    inner = io.BytesIO()
    stream = io.TextIOWrapper(inner, encoding=encoding)
    monkeypatch.setattr("sys.stdout", stream)
    result = command("visemes", TEXT)
    assert (result.code, result.err) == (0, "")
    phones = json.loads(inner.getvalue().decode("utf-8"))["phonemes"]
    assert not "".join(phone["phoneme"] for phone in phones).isascii()


def test_help_is_utf_8_whatever_the_locale_is(command, monkeypatch):
    inner = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(inner, encoding="cp1252"))
    assert command("visemes", "--help").code == 0
    assert "ɡ" in inner.getvalue().decode("utf-8")


def test_what_looks_like_a_file_is_spoken_where_it_is_said_to_be_text(command):
    assert told(command("visemes", "--text", "and/or"))["text"] == "and/or"
    assert told(command("visemes", "Take a/b."))["text"] == "Take a/b."


@pytest.mark.parametrize("option", [[], ["--text"]], ids=["argument", "option"])
@pytest.mark.skipif(sys.platform != "linux", reason="arguments there are text")
def test_a_text_that_is_not_utf_8(command, tmp_path, option):
    path = tmp_path / "made.json"
    result = command("visemes", *option, "Good \udcff day.", "-o", path)
    assert (result.code, result.err) == (0, "")
    assert json.loads(path.read_text("utf-8"))["text"] == "Good \ufffd day."


@pytest.mark.skipif(sys.platform != "linux", reason="names there are text")
def test_a_file_whose_name_is_not_utf_8(command, bare):
    path = bare.rename(bare.with_name("take\udcff.wav"))
    found = told(command("visemes", path))
    assert found["source"] == "take\ufffd.wav"


def test_a_rig_with_a_name_too_long_for_a_file(command):
    command("visemes", TEXT, "--rig", "a" * 300).fails(2, "no such rig", "arkit", "vts")


def test_a_rig_that_extends_a_name_too_long_for_a_file(command, tmp_path):
    rig = tmp_path / "rig.toml"
    rig.write_text(f'extends = "{"a" * 300}.toml"\n[channels]\njaw = {{ jaw = 1.0 }}\n')
    command("visemes", TEXT, "--rig", rig).fails(1, "rig.toml", "aaa")


@pytest.mark.skipif(sys.platform != "linux", reason="names there are text")
def test_a_rig_whose_name_is_not_utf_8(command, tmp_path):
    rig = tmp_path / "rig\udcff.toml"
    rig.write_text("[channels]\njaw = { jaw = 1.0 }\n")
    found = told(command("visemes", TEXT, "--rig", rig))
    assert found["rig"] == "rig\ufffd"
