"""
A sender of many endless WAV streams at exactly their pace; for ``bench/streams.py``.

A process of its own: plain sockets, one thread that writes, so that it stays in time
for as many as possible. Streams are spread over the time of a chunk, as those of
strangers would be. A line of JSON on standard input asks for its address, or for how
late it was since the last such question.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import resource
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parent.parent.parent)]

from streamer.audio import Encoding, Format, wav_header  # noqa: E402 - after the path

SLOT = 0.005
"""Seconds between two groups of streams."""
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
SEND_BYTES = 256 * 1024
"""Of a socket's buffer: one client that is late does not make the others late."""


def framed(data: bytes) -> bytes:
    """Return *data* as a chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


class Pacer:
    """
    Sends to whoever connects.

    Args:
        format: Of the sound, which is noise.
        chunk: Seconds of sound a chunk.
    """

    def __init__(self, format: Format, chunk: float) -> None:
        self.chunk = chunk
        frames = round(chunk * format.rate)
        noise = np.random.default_rng(1).integers(2**13, 2**15, frames)
        self._piece = framed(noise.astype("<i2").tobytes())
        self._header = HEAD + framed(wav_header(format, frames=None))
        self._slots: list[list[socket.socket]] = [
            [] for _ in range(max(1, round(chunk / SLOT)))
        ]
        self._late: list[float] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/speech.wav"

    def start(self) -> None:
        """Begin to accept and to send, in threads that end with the process."""
        for target in (self._accept, self._send):
            threading.Thread(target=target, daemon=True).start()

    def take_lateness(self) -> dict[str, Any]:
        """Return how late its groups were since the last call, in milliseconds."""
        late, self._late = self._late, []
        if not late:
            return {"late_p99_ms": None, "late_max_ms": None}
        return {
            "late_p99_ms": round(float(np.percentile(late, 99)) * 1000, 1),
            "late_max_ms": round(max(late) * 1000, 1),
        }

    def _accept(self) -> None:
        count = 0
        while True:
            client, _ = self._listener.accept()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request = b""
            while b"\r\n\r\n" not in request:
                request += client.recv(65_536)
            client.sendall(self._header)
            self._slots[count % len(self._slots)].append(client)
            count += 1

    def _send(self) -> None:
        begun, ticks = time.perf_counter(), 0
        pause = self.chunk / len(self._slots)
        while True:
            due = begun + ticks * pause
            time.sleep(max(0.0, due - time.perf_counter()))
            slot = self._slots[ticks % len(self._slots)]
            for client in list(slot):
                try:
                    client.sendall(self._piece)
                except OSError:
                    slot.remove(client)  # it had enough
                    client.close()
            if slot:
                self._late.append(time.perf_counter() - due)
            ticks += 1


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description="be the sender of streams.py")
    parser.add_argument("--rate", type=int, default=44_100)
    parser.add_argument("--chunk", type=float, default=0.1)
    options = parser.parse_args()
    with contextlib.suppress(ValueError, OSError):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    pacer = Pacer(Format(Encoding.PCM_16, options.rate, 1), options.chunk)
    pacer.start()
    print("{}", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)["do"]
        answer = {"url": pacer.url} if asked == "url" else pacer.take_lateness()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
