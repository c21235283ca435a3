"""
RealtimeTTS's StreamPlayer, fed with PCM as it comes over HTTP.

A line of JSON on standard input has the address of a WAV stream and the load under
which it is played; once it is played out, a line is written. The player's process
and its device stay open in between, and each piece goes into its queue as the socket
gives it. It runs in an environment of its own (``make bench-peers``) and imports
nothing of streamer but ``bench/harness/loads.py``.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.metadata
import json
import queue
import sys
import time
import urllib.request
import warnings
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "harness")]

from loads import loaded  # noqa: E402 - after the path

warnings.simplefilter("ignore")  # a codec program that is not needed is missing

from RealtimeTTS.stream_player import (  # noqa: E402 - warns when it is imported
    AudioConfiguration,
    StreamPlayer,
    pyaudio,
)

HEADER_BYTES = 44
"""Of the sender's header: RIFF, ``fmt `` of 16 bytes, ``data``."""
READ_BYTES = 16_384
SAMPLE_BYTES = {"pcm16": 2, "pcm32": 4}
SETTLE = 0.1
"""Seconds for a load to be under way."""
TAIL = 0.2
"""Seconds for what the device still holds after the last piece was taken."""


def feed(player: StreamPlayer, url: str, sample_bytes: int) -> None:
    """Hand it all of *url*, and return once it was taken."""
    with urllib.request.urlopen(url) as response:
        header = response.read(HEADER_BYTES)
        if header[-8:-4] != b"data":
            sys.exit("not the header that was expected")
        read(player, response, sample_bytes)
    while not player.buffer_manager.audio_buffer.empty():
        time.sleep(0.01)


def read(
    player: StreamPlayer, response: http.client.HTTPResponse, sample_bytes: int
) -> None:
    """Hand it each piece as it comes, in whole samples."""
    kept = b""
    while piece := response.read1(READ_BYTES):
        kept += piece
        whole = len(kept) - len(kept) % sample_bytes
        if whole:
            player.buffer_manager.add_to_buffer(kept[:whole])
        kept = kept[whole:]


def main() -> None:
    """Open the device, then play what is asked for."""
    parser = argparse.ArgumentParser(description="be RealtimeTTS's player")
    parser.add_argument("--rate", type=int, default=44_100)
    parser.add_argument("--encoding", choices=SAMPLE_BYTES, default="pcm32")
    parser.add_argument("--version", action="store_true")
    options = parser.parse_args()
    if options.version:
        print(importlib.metadata.version("realtimetts"))
        return
    formats = {"pcm16": pyaudio.paInt16, "pcm32": pyaudio.paInt32}
    player = StreamPlayer(
        queue.Queue(),
        queue.Queue(),
        AudioConfiguration(
            format=formats[options.encoding], channels=1, rate=options.rate
        ),
    )
    player.start()
    try:
        print("{}", flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            with loaded(asked["load"]):
                time.sleep(SETTLE)
                feed(player, asked["url"], SAMPLE_BYTES[options.encoding])
                time.sleep(TAIL)
            print("{}", flush=True)
    finally:
        player.stop()


if __name__ == "__main__":
    main()
