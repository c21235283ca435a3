"""
Makes the arrival traces of this folder: the same ones each time, from a seed.

    python bench/traces/make_traces.py [FOLDER]

Each file is a report as ``streamer play --report`` writes it (docs/cli.md, "The
report"), with ``duration_ms`` where the stream's header tells its length. The
senders are made up; their figures are those that providers' users and documents
give. A report of a real stream can lie beside them and is used like them.

A file is named ``family-endpoint-number.json``. An endpoint keeps its pace, its
pieces and its format over all its utterances. Endpoints, not files, are split into
halves, by a hash of their name, so that what is learned of one stays on its side;
letters are taken so that each family has two endpoints on either.
"""

from __future__ import annotations

import hashlib
import json
import string
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

SEED = 3
UTTERANCES = 3
PER_HALF = 2
"""Endpoints of a family in each half."""
HALVES = ("tuning", "test")
FORMATS = [
    ("PCM_16", 22_050, 2),
    ("PCM_32", 44_100, 4),
    ("PCM_16", 24_000, 2),
    ("MULAW", 8_000, 1),
]
"""Encoding, rate in Hz, bytes a frame."""

Piece = tuple[float, float]
"""When it leaves the sender, and the media it holds; both in seconds."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What stays the same from one utterance of a sender to the next."""

    piece: float
    """Seconds of media in a piece."""
    lean: float
    """Where in its family's range it lies, 0 to 1."""
    jitter: float
    """Mean seconds by which a piece comes late."""
    header_bytes: int
    """Bytes before the first sample; 0: raw samples."""
    tells_duration: bool
    """Whether the header gives the length."""
    format: tuple[str, int, int]
    """One of :data:`FORMATS`."""


def half_of(stem: str) -> str:
    """
    Return the half that a file belongs to.

    Args:
        stem: Its name without suffix; what follows the last ``-`` does not count.
    """
    endpoint = stem.rpartition("-")[0] or stem
    return HALVES[hashlib.sha256(endpoint.encode()).digest()[0] % 2]


def pieces_of(seconds: float, piece: float) -> Iterator[float]:
    while seconds > 1e-6:
        yield min(piece, seconds)
        seconds -= piece


def at_pace(pace: float) -> Callable[[Random, Endpoint, float], list[Piece]]:
    """Return a sender that keeps *pace*: seconds of media a second."""

    def send(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
        del random
        time, sent = 0.0, []
        for media in pieces_of(seconds, endpoint.piece):
            sent.append((time, media))
            time += media / pace
        return sent

    return send


def slower(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
    """Send at a pace of 0.80 to 0.97, the endpoint's own."""
    return at_pace(0.80 + 0.17 * endpoint.lean)(random, endpoint, seconds)


def near(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
    """Send at a pace that wanders between 0.8 and 1.2."""
    time, sent, since = 0.0, [], 1.0
    for media in pieces_of(seconds, endpoint.piece):
        if since >= 0.5:
            pace, since = random.uniform(0.8, 1.2), 0.0
        sent.append((time, media))
        time += media / pace
        since += media
    return sent


def bursts(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
    """Send bursts, 300 to 450 ms apart, as Resemble's WebSocket; the first is short."""
    pace = 1.0 + 0.15 * endpoint.lean
    first = random.uniform(0.100, 0.250)
    time, sent, left = 0.0, [], seconds
    while left > 1e-6:
        gap = random.uniform(0.300, 0.450)
        burst = min(left, 0.375 * pace if sent else first)
        for number, media in enumerate(pieces_of(burst, endpoint.piece)):
            sent.append((time + number * 0.001, media))
        left -= burst
        time += gap
    return sent


def gaps(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
    """Send a little faster than real time, resting 150 to 180 ms now and then."""
    pace = 1.02 + 0.15 * endpoint.lean
    time, sent, until = 0.0, [], random.uniform(0.1, 0.8)
    for media in pieces_of(seconds, endpoint.piece):
        if time >= until:
            time += random.uniform(0.150, 0.180)
            until = time + random.uniform(0.5, 1.2)
        sent.append((time, media))
        time += media / pace
    return sent


def stall(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
    """Send at x1 to x1.5; in two of three, all that is due within 1 s comes late."""
    sent = at_pace(1.0 + 0.5 * endpoint.lean)(random, endpoint, seconds)
    begin = random.uniform(0.2, 0.8) * sent[-1][0]
    if random.random() < 1 / 3:
        return sent
    return [
        (begin + 1.0 if begin <= time < begin + 1.0 else time, media)
        for time, media in sent
    ]


def slow_start(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
    """Send 200 to 500 ms of media at half pace, the rest at x1.2 to x2."""
    slow = random.uniform(0.2, 0.5)
    time, sent, done = 0.0, [], 0.0
    for media in pieces_of(seconds, endpoint.piece):
        sent.append((time, media))
        time += media / (0.5 if done < slow else 1.2 + 0.8 * endpoint.lean)
        done += media
    return sent


def growing(random: Random, endpoint: Endpoint, seconds: float) -> list[Piece]:
    """Send at a pace that only grows, from 0.85 or more to 1.1."""
    del random
    time, sent, done = 0.0, [], 0.0
    low = 0.85 + 0.1 * endpoint.lean
    for media in pieces_of(seconds, endpoint.piece):
        sent.append((time, media))
        done += media
        time += media / (low + (1.1 - low) * done / seconds)
    return sent


FAMILIES: dict[str, Callable[[Random, Endpoint, float], list[Piece]]] = {
    "x1": at_pace(1.0),
    "x1.05": at_pace(1.05),
    "x3": at_pace(3.0),
    "bursts": bursts,
    "gaps": gaps,
    "near": near,
    "slower": slower,
    "stall": stall,
    "slow-start": slow_start,
    "growing": growing,
}
"""How a sender behaves, by the first part of its files' names."""


def letters_of(family: str) -> str:
    """Return the first letters whose endpoints are spread over the halves."""
    by_half = dict.fromkeys(HALVES, "")
    for letter in string.ascii_lowercase:
        by_half[half_of(f"{family}-{letter}-0")] += letter
    return "".join(letters[:PER_HALF] for letters in by_half.values())


def make_endpoint(family: str, letter: str) -> Endpoint:
    random = Random(f"{SEED} {family} {letter}")
    pieces = [0.010, 0.020, 0.020, 0.040, 0.100]
    tells = family == "growing" or random.random() < 0.5
    return Endpoint(
        piece=random.choice(pieces[: 4 if family == "slow-start" else 5]),
        lean=random.random(),
        jitter=0.0 if family == "growing" else random.choice([0.0005, 0.002, 0.005]),
        header_bytes=random.choice([44, 3_144] if tells else [0, 44]),
        tells_duration=tells,
        format=random.choice(FORMATS),
    )


def arrivals_of(random: Random, endpoint: Endpoint, sent: list[Piece]) -> list:
    """Return ``[ms, bytes]`` for each piece: later than sent, but in order."""
    _, rate, frame_bytes = endpoint.format
    now = random.uniform(0.080, 0.400)
    begin, arrivals, media, frames = now, [], 0.0, 0
    for time, length in sent:
        late = random.expovariate(1 / endpoint.jitter) if endpoint.jitter else 0.0
        now = max(now, begin + time + late)
        media += length
        more = round(media * rate) - frames
        frames += more
        arrivals.append([round(now * 1000, 3), more * frame_bytes])
    arrivals[0][1] += endpoint.header_bytes
    return arrivals


def make_report(family: str, letter: str, number: int) -> dict:
    """Return one utterance as a report."""
    endpoint = make_endpoint(family, letter)
    random = Random(f"{SEED} {family} {letter} {number}")
    sent = FAMILIES[family](random, endpoint, random.uniform(1.5, 6.0))
    arrivals = arrivals_of(random, endpoint, sent)
    encoding, rate, frame_bytes = endpoint.format
    size = sum(more for _, more in arrivals)
    media_ms = round((size - endpoint.header_bytes) / frame_bytes / rate * 1000, 3)
    report = {
        "streamer_report": 1,
        "source": f"https://{family}-{letter}.example/stream",
        "output": "none: made by make_traces.py",
        "format": {"encoding": encoding, "rate": rate, "channels": 1},
        "arrivals": arrivals,
        "bytes": size,
        "first_byte_ms": arrivals[0][0],
        "media_ms": media_ms,
        "state": "ended",
        "error": None,
    }
    if endpoint.tells_duration:
        report["duration_ms"] = media_ms
    return report


def make_all() -> dict[str, str]:
    """Return each file's text by its name."""
    return {
        f"{family}-{letter}-{number}.json": json.dumps(
            make_report(family, letter, number), separators=(",", ":")
        )
        + "\n"
        for family in FAMILIES
        for letter in letters_of(family)
        for number in range(UTTERANCES)
    }


def main() -> None:
    """Write them."""
    here = Path(__file__).resolve().parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    for name, text in make_all().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
