from __future__ import annotations

import os

import pytest

from streamer.cli.speak import typed
from streamer.emulator import EmulatorOptions, Fault
from streamer.sources import Facilities
from streamer.testing import FakeClock

pytestmark = pytest.mark.program


@pytest.fixture
def out(tmp_path):
    return f"wav:{tmp_path / 'out.wav'}"


@pytest.fixture
def stdin(monkeypatch):
    """Gives the command a standard input; returns its other end."""
    read, write = os.pipe()
    with os.fdopen(read) as reader:
        monkeypatch.setattr("sys.stdin", reader)
        yield write


@pytest.fixture
def account(monkeypatch):
    """Sets the environment for Resemble."""

    def use(url):
        monkeypatch.setenv("RESEMBLE_API_KEY", "a-very-secret-key")
        monkeypatch.setenv("RESEMBLE_STREAM_URL", url)

    return use


def test_a_text_is_spoken(command, out, tmp_path):
    result = command("speak", "Hello there.", "--output", out)

    assert (result.code, result.out, result.err) == (0, "", "")
    assert (tmp_path / "out.wav").stat().st_size > 50_000


def test_standard_input_is_spoken(command, stdin, out, tmp_path):
    os.write(stdin, "Grüß Gott. Wie geht es?".encode())
    os.close(stdin)

    result = command("speak", "-", "--voice", "de", "--output", out)

    assert (result.code, result.err) == (0, "")
    assert (tmp_path / "out.wav").stat().st_size > 50_000


def test_4000_characters_are_not_too_many(
    command, out, tmp_path, account, emulate, monkeypatch
):
    """Resemble takes 2,000 at once; all of them are heard."""
    sentence = "This is one of a hundred sentences, all alike. "
    text = sentence * (4_000 // len(sentence) + 1)
    with emulate() as url:
        account(url)
        monkeypatch.setenv("RESEMBLE_VOICE_UUID", "en-us")
        result = command("speak", text, "--provider", "resemble", "--output", out)

    assert (result.code, result.err) == (0, "")
    assert (tmp_path / "out.wav").stat().st_size > 200 * 22_050 * 4


@pytest.mark.parametrize("text", ["", "  \n"])
def test_no_text(command, text):
    command("speak", text).fails(2, "there is no text to speak")


def test_an_empty_standard_input(command, stdin):
    os.close(stdin)
    command("speak", "-", "-o", "null").fails(2, "there is no text to speak")


def test_a_closed_standard_input(command, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    command("speak", "-", "-o", "null").fails(2, "standard input is closed")


def test_an_unknown_provider(command):
    command("speak", "Hi.", "--provider", "nix").fails(2, "'nix'", "espeak", "resemble")


def test_an_unknown_voice(command):
    command("speak", "Hi.", "--voice", "klingon-x", "-o", "null").fails(1, "klingon-x")


def test_no_key(command):
    command("speak", "Hi.", "--provider", "resemble").fails(2, "RESEMBLE_API_KEY")


def test_no_resemble_voice(command, account):
    account("http://127.0.0.1:1/")
    command("speak", "Hi.", "--provider", "resemble").fails(2, "RESEMBLE_VOICE_UUID")


def test_a_wrong_key(command, account, emulate):
    with emulate(EmulatorOptions(token="right")) as url:
        account(url)
        result = command(
            "speak", "Hi.", "--provider", "resemble", "--voice", "en-us", "-o", "null"
        )

    result.fails(1, url, "401", "check the API key")
    assert "a-very-secret-key" not in result.err


def test_what_came_before_a_fault_is_kept(command, account, emulate, out, tmp_path):
    with emulate(EmulatorOptions(fault=Fault.RESET)) as url:
        account(url)
        result = command(
            "speak", "Hello.", "--provider", "resemble", "--voice", "en-us", "-o", out
        )

    result.fails(1, "broke off")
    assert (tmp_path / "out.wav").stat().st_size > 10_000


def test_without_a_device_it_says_so_and_goes_on(command, monkeypatch):
    monkeypatch.setattr("streamer.outputs.portaudio.query", list)

    result = command("speak", "Hi.")

    assert result.code == 0
    assert result.err == (
        "streamer: there is no sound device here; time is kept without sound\n"
    )


async def test_text_that_is_cut_within_a_character_is_whole():
    read, write = os.pipe()

    async def run(function, *args):
        return function(*args)

    facilities = Facilities(FakeClock(), run, http=None)
    data = "\ufeffé€".encode()
    texts = typed(facilities, read)
    os.write(write, data[:4])
    os.write(write, data[4:])
    os.write(write, b"\xe2\x82")
    os.close(write)
    assert "".join([text async for text in texts]) == "é€\ufffd"
    os.close(read)
