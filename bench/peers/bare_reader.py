"""
No player: a thread that waits for the first PCM byte, and when it got to run.

A line of JSON on standard input has the address of a WAV stream and the load under
which it is read; the answer has the moment (``time.perf_counter``) at which a blocking
``recv`` had brought its first PCM byte. Nothing that Python reads beside such a load
can be heard sooner, whoever plays it. Standard library only.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "harness")]

from loads import loaded  # noqa: E402 - after the path

SETTLE = 0.1
"""Seconds for a load to be under way."""
READ_BYTES = 16_384
LINE_BYTES = 2
"""Behind the header, which the sender writes as a chunk of its own."""


def first_pcm(url: str) -> float:
    """Return when the first PCM byte of *url* had been read."""
    address = urlsplit(url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 80)) as server:
        server.sendall(
            f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
        )
        read = b""
        while piece := server.recv(READ_BYTES):
            now = time.perf_counter()
            read += piece
            data = read.find(b"data")
            if 0 <= data < len(read) - 8 - LINE_BYTES:
                return now
    sys.exit("the stream ended before its first PCM byte")


def main() -> None:
    """Read what is asked for."""
    print("{}", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        with loaded(asked["load"]):
            time.sleep(SETTLE)
            moment = first_pcm(asked["url"])
        print(json.dumps({"read": moment}), flush=True)


if __name__ == "__main__":
    main()
