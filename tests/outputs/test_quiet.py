from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from streamer.outputs.quiet import quiet_portaudio, quiet_stderr

PRINTS = """
import ctypes, os, sys
sys.path[:0] = {path!r}
from streamer.outputs.quiet import quiet_portaudio
library = ctypes.CDLL("libm.so.6")
assert quiet_portaudio("libm.so.6") is {able}
assert quiet_portaudio("libm.so.6") is {able}
libc = ctypes.CDLL(None)
libc.perror(b"of C")
print("of Python", file=sys.stderr)
os.write(2, b"of the system\\n")
"""


def test_two_threads_give_stderr_back():
    """Each saves what it finds: two at once would save each other's sink."""
    before = os.fstat(2)
    inside = threading.Event()

    def quiet() -> None:
        with quiet_stderr():
            inside.set()
            inside.wait(0.001)

    threads = [threading.Thread(target=quiet) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.path.sameopenfile(2, 2)
    assert (os.fstat(2).st_dev, os.fstat(2).st_ino) == (before.st_dev, before.st_ino)


def test_a_process_without_stderr_is_quiet_anyway(monkeypatch):
    def closed(_):
        raise OSError(9, "bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    with quiet_stderr():
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="ELF, with glibc's names")
@pytest.mark.program
def test_only_the_library_that_was_named_is_quiet():
    """It has a slot for stderr, as PortAudio has; all others go on printing."""
    able = sys.maxsize > 2**32
    code = PRINTS.format(path=sys.path, able=able)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "of C" in done.stderr
    assert "of Python" in done.stderr
    assert "of the system" in done.stderr


def test_a_library_that_is_not_there_is_left_alone():
    assert not quiet_portaudio("no such library")
