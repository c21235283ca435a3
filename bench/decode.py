"""
How fast does a WAV that comes in pieces become float32, and what does a piece cost?

Answer (two shared cores of an AMD EPYC, busy; Python 3.11, numpy 2.4): a piece
of 4 KiB, 43 ms of PCM_16, costs 8 µs at the median and some 60 at p99; a stream
decodes about a thousand times faster than it sounds, or more. From pieces of 16 KiB
on it is faster than soundfile, except for float32, where there is nothing to
convert and the pieces are all the cost.

``WavParser`` and ``decode`` take 60 s of mono at 48 kHz in chunks of 4 and
16 KiB and whole. In the same rounds soundfile reads the same bytes from memory,
and numpy converts the bare samples by one plain expression, without parsing.
Each figure is the median of the rounds; GB/s counts the WAV's own bytes.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from streamer.audio import (
    Encoding,
    Format,
    Header,
    Samples,
    TimedText,
    WavParser,
    decode,
    encode,
    wav_file,
)

QUESTION = __doc__.split("\n")[1]
RATE = 48_000
SECONDS = 60
MEASURED_SECONDS = 2.0
"""For all contenders of one encoding together."""

ENCODINGS = [
    Encoding.PCM_16,
    Encoding.PCM_24,
    Encoding.PCM_32,
    Encoding.FLOAT_32,
    Encoding.MULAW,
]
CHUNKS = {"4 KiB": 4 * 2**10, "16 KiB": 16 * 2**10, "whole": 2**40}


@dataclass
class Streamed:
    """WavParser and decode, fed in pieces."""

    pieces: list[bytes]
    spent: list[float] = field(default_factory=list)
    """Seconds that each piece took, of all rounds."""

    def __call__(self) -> int:
        """Decode all; return the number of frames."""
        parser = WavParser()
        frames = 0
        for piece in self.pieces:
            begun = time.perf_counter()
            parser.receive_data(piece)
            for event in parser.events():
                if isinstance(event, Header):
                    format_ = event.format
                elif isinstance(event, Samples):
                    frames += len(decode(event.data, format_))
            self.spent.append(time.perf_counter() - begun)
        return frames


def cut(wav: bytes, chunk_bytes: int) -> list[bytes]:
    return [wav[at : at + chunk_bytes] for at in range(0, len(wav), chunk_bytes)]


def read_soundfile(wav: bytes) -> int:
    frames, _ = soundfile.read(io.BytesIO(wav), dtype="float32")
    return len(frames)


def convert_plainly(data: bytes, encoding: Encoding, table: np.ndarray) -> int:
    """As one writes it without a second thought."""
    if encoding is Encoding.MULAW:
        return len(table[np.frombuffer(data, np.uint8)])
    if encoding is Encoding.FLOAT_32:
        return len(np.frombuffer(data, "<f4").astype(np.float32))
    if encoding is Encoding.PCM_24:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return len(wide.view("<i4").astype(np.float32) * np.float32(2**-31))
    kind, bits = ("<i2", 16) if encoding is Encoding.PCM_16 else ("<i4", 32)
    scale = np.float32(2.0 ** -(bits - 1))
    return len(np.frombuffer(data, kind).astype(np.float32) * scale)


def medians(contenders: dict[str, Callable[[], int]]) -> dict[str, float]:
    """Run all in turn, so that a busy machine is busy for each; seconds a run."""
    rounds: dict[str, list[float]] = {name: [] for name in contenders}
    ends = time.perf_counter() + MEASURED_SECONDS
    while time.perf_counter() < ends or len(next(iter(rounds.values()))) < 5:
        for name, run in contenders.items():
            begun = time.perf_counter()
            frames = run()
            rounds[name].append(time.perf_counter() - begun)
            assert frames == RATE * SECONDS, (name, frames)
    # The first round warms up.
    return {name: statistics.median(spent[1:]) for name, spent in rounds.items()}


def measure(encoding: Encoding) -> list[dict[str, object]]:
    """One row for each contender."""
    format_ = Format(encoding, RATE, 1)
    sound = np.random.default_rng(1).uniform(-1, 1, (RATE * SECONDS, 1))
    data = encode(sound.astype(np.float32), encoding)
    wav = wav_file(format_, data)
    table = decode(bytes(range(256)), Format(Encoding.MULAW, RATE, 1))[:, 0]
    streamed = {name: Streamed(cut(wav, size)) for name, size in CHUNKS.items()}
    seconds = medians(
        {
            **streamed,
            "soundfile": functools.partial(read_soundfile, wav),
            "numpy": functools.partial(convert_plainly, data, encoding, table),
        }
    )
    return [
        {
            "encoding": encoding.value,
            "how": name,
            "gb_per_s": len(wav) / spent / 1e9,
            "x_real_time": SECONDS / spent,
            "x_soundfile": seconds["soundfile"] / spent,
            "x_numpy": seconds["numpy"] / spent,
            **latency(streamed.get(name)),
        }
        for name, spent in seconds.items()
    ]


def latency(streamed: Streamed | None) -> dict[str, float]:
    if streamed is None:
        return {}
    p50, p99 = np.quantile(streamed.spent, [0.5, 0.99]) * 1e6
    return {"p50_us": float(p50), "p99_us": float(p99)}


def measure_header() -> dict[str, float]:
    """The header of 2,000 timed characters: whole, and one byte a push."""
    texts = [
        TimedText(kind, "a", 512 * at, 512)
        for kind in ("grapheme", "phoneme")
        for at in range(2_000)
    ]
    header = wav_file(Format(Encoding.PCM_16, RATE, 1), b"\0\0", timed_text=texts)
    found: dict[str, float] = {"header_bytes": len(header)}
    for name, size in [("whole_ms", len(header)), ("byte_by_byte_ms", 1)]:
        begun = time.perf_counter()
        parser = WavParser()
        for piece in cut(header, size):
            parser.receive_data(piece)
        parser.receive_eof()
        found[name] = (time.perf_counter() - begun) * 1e3
        assert len(parser.events()) == len(texts) + 3
    return found


def machine() -> dict[str, object]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load_1min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "soundfile": soundfile.__version__,
    }


def print_table(rows: list[dict[str, object]], header: dict[str, float]) -> None:
    print(
        f"{'encoding':9} {'how':10} {'GB/s':>6} {'× real time':>12} "
        f"{'× soundfile':>12} {'× numpy':>8} {'p50 µs':>8} {'p99 µs':>8}"
    )
    for row in rows:
        print(
            f"{row['encoding']:9} {row['how']:10} {row['gb_per_s']:6.2f} "
            f"{row['x_real_time']:12,.0f} {row['x_soundfile']:12.2f} "
            f"{row['x_numpy']:8.2f}"
            + "".join(f" {row[key]:8.1f}" for key in ("p50_us", "p99_us") if key in row)
        )
    print(
        f"\nA header of {header['header_bytes']:,} bytes (2,000 characters with their "
        f"times): {header['whole_ms']:.1f} ms whole, "
        f"{header['byte_by_byte_ms']:.1f} ms byte by byte."
    )


def main() -> None:
    options = argparse.ArgumentParser(description=QUESTION)
    options.add_argument("--json", action="store_true", help="print JSON instead")
    as_json = options.parse_args().json
    rows = [row for encoding in ENCODINGS for row in measure(encoding)]
    found = {"question": QUESTION, "machine": machine()}
    header = measure_header()
    if as_json:
        print(json.dumps({**found, "rows": rows, "header": header}, indent=2))
        return
    print(QUESTION)
    print(", ".join(f"{key} {value}" for key, value in machine().items()), "\n")
    print_table(rows, header)
    print(
        "\n× soundfile and × numpy: how many times faster than that, in this run "
        "(above 1 is faster)."
    )


if __name__ == "__main__":
    main()
