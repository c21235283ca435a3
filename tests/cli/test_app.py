from __future__ import annotations

import subprocess
import sys

import pytest

import streamer

COMMANDS = [
    ["speak"],
    ["play"],
    ["serve"],
    ["emulate"],
    ["emulate", "resemble"],
    ["visemes"],
    ["watch"],
    ["devices"],
    ["doctor"],
    ["demo"],
]


@pytest.mark.parametrize("words", [[], *COMMANDS], ids=" ".join)
def test_help_shows_an_example_and_fits_80_columns(command, words, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    result = command(*words, "--help")

    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= 80
    example = " ".join(["  streamer", *words])
    after = lines[next(i for i, line in enumerate(lines) if "Example" in line) :]
    assert any(line.startswith("  " + example) for line in after) or words == []
    assert not any(line.endswith("...") for line in lines[1:]), "cut short"


def test_nothing_to_do_is_wrong_usage(command):
    result = command()
    assert (result.code, result.out) == (2, "")
    assert "Usage: streamer" in result.err


def test_emulate_needs_a_provider(command):
    command("emulate").fails(2, "resemble")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], ["nothing", "streamer --help"]),
        (["play"], ["URL|FILE|-", "streamer play --help"]),
        (["play", "x.wav", "--nothing"], ["--nothing", "streamer play --help"]),
        (["serve", "--port", "65536"], ["--port", "streamer serve --help"]),
        (["emulate", "resemble", "--fault", "418"], ["--fault", "cut-frame"]),
        (["emulate", "resemble", "--burst", "200"], ["--burst", "200:300"]),
        (["emulate", "resemble", "--chunk-bytes", "0"], ["--chunk-bytes"]),
    ],
)
def test_wrong_usage_is_one_sentence(command, arguments, words):
    command(*arguments).fails(2, *words)


def test_version(command):
    result = command("--version")
    assert (result.code, result.out) == (0, f"streamer {streamer.__version__}\n")


@pytest.mark.parametrize("place", [0, 2])
def test_debug_shows_the_traceback_wherever_it_stands(command, tmp_path, place):
    arguments = ["play", str(tmp_path / "none.wav"), "-o", "null"]
    result = command(*arguments[:place], "--debug", *arguments[place:])
    assert result.code == 1
    assert "Traceback" in result.err


def test_what_is_unexpected_is_a_sentence_too(command, monkeypatch):
    def fail():
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("streamer.outputs.list_devices", fail)
    result = command("devices")
    assert result.code == 1
    assert result.err == (
        "streamer: unexpected ZeroDivisionError: oh "
        "(a fault of streamer; run it again with --debug to see where)\n"
    )


@pytest.mark.program
def test_what_takes_time_to_load_is_loaded_when_it_is_needed():
    """``streamer --help`` is quick, whatever the package itself imports."""
    program = (
        "import sys, types; bare = types.ModuleType('streamer');"
        f"bare.__path__ = {list(streamer.__path__)!r}; bare.__version__ = '0';"
        "sys.modules['streamer'] = bare; import streamer.cli.app;"
        "print(sorted({'numpy', 'aiohttp', 'rich', 'websockets', 'msgspec'}"
        " & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert (result.stdout, result.stderr) == ("[]\n", "")
