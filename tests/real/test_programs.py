"""The command as a program of its own: signals, pipes, terminals."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamer.audio import End, Header, WavParser

PROGRAM = [sys.executable, "-m", "streamer"]


@contextmanager
def program(*arguments, **options):
    """Yield the running command; it is gone afterwards."""
    process = subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        **{
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "stdin": subprocess.DEVNULL,
            "text": True,
            **options,
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process):
    """Its exit code and what it still said; it has 10 s."""
    out, err = process.communicate(timeout=10)
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_a_server_stays_up_until_it_is_told_to_end(number, code):
    with program("serve", "--port", 0, "--output", "null") as process:
        page = process.stdout.readline().strip()
        with urllib.request.urlopen(page + "healthz") as answer:
            assert json.load(answer)["streams"] == ["main"]
        process.send_signal(number)
        assert ended(process) == (code, "", "")


def test_an_emulator_prints_how_to_reach_it():
    with program("emulate", "resemble", "--token", "t") as process:
        address = process.stdout.readline().strip()
        assert re.fullmatch(
            r"RESEMBLE_STREAM_URL=http://127\.0\.0\.1:\d+/stream", address
        )
        assert process.stdout.readline().strip() == "RESEMBLE_API_KEY=t"
        process.send_signal(signal.SIGINT)
        assert ended(process) == (130, "", "")


def test_ctrl_c_twice_closes_the_file_once_and_well(tmp_path):
    """Standard input never ends; the first sentence is in the file."""
    path = tmp_path / "out.wav"
    with program(
        "speak", "-", "--output", f"wav:{path}", stdin=subprocess.PIPE
    ) as process:
        process.stdin.write("This is heard. This is still being wri")
        process.stdin.flush()
        part = path.with_name("out.wav.part")
        wait_until(lambda: part.exists() and part.stat().st_size > 40_000)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        process.wait(10)
        code, out, err = ended(process)

    assert (code, out, err) == (130, "", "")
    assert not part.exists()
    parser = WavParser()
    parser.receive_data(path.read_bytes())
    parser.receive_eof()
    header, *_, end = parser.events()
    assert isinstance(header, Header)
    assert isinstance(end, End)
    assert header.frames == end.frames > 10_000
    assert end.missing_bytes == 0


def test_ctrl_c_while_it_connects_or_starts():
    """At whatever moment it comes, it ends with 130 and without a word."""
    for delay in (0.0, 0.4):
        with program("play", "http://192.0.2.1/x.wav", "-o", "null") as process:
            wait_until(lambda pid=process.pid: catches_interrupts(pid))
            time.sleep(delay)
            process.send_signal(signal.SIGINT)
            assert ended(process) == (130, "", "")


def test_standard_output_that_nobody_reads():
    read, write = os.pipe()
    os.close(read)
    with program("--help", stdout=write) as process:
        os.close(write)
        _, err = process.communicate(timeout=10)
    assert err == ""
    assert process.returncode == 0


def test_a_terminal_shows_a_live_line_and_gets_its_cursor_back():
    parent, child = pty.openpty()
    with program("speak", "Hello there.", "-o", "null", stderr=child) as process:
        os.close(child)
        shown = read_all(parent)
        assert process.wait(10) == 0
        assert process.stdout.read() == ""
    assert "♪" in shown
    assert "Hello" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_watch_draws_a_mouth_on_a_terminal(talking):
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (20, 60))
    with program("watch", talking, "--once", stdout=child, stderr=child) as process:
        os.close(child)
        shown = read_all(parent)
        assert process.wait(10) == 0
    assert "▓" in shown
    assert "/ɑː/" in shown
    assert "aa" in shown
    assert re.search(r"clock ±\d+\.\d\d ms", shown)
    assert shown.rindex("\x1b[?1049l") > shown.rindex("\x1b[?1049h"), "screen kept"


def read_all(descriptor):
    """All that comes to a terminal until its program ends; 10 s."""
    data = b""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not select.select([descriptor], [], [], 0.1)[0]:
            continue
        try:
            data += os.read(descriptor, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
    os.close(descriptor)
    return data.decode()


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


def catches_interrupts(pid):
    """Whether the program's own handler of SIGINT is installed."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = next(line for line in status if line.startswith("SigCgt"))
    mask = int(caught.split()[1], 16)
    # SIGTERM is only caught by us, SIGINT by Python from its start on.
    return bool(mask & (1 << (signal.SIGTERM - 1)))
