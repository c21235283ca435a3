"""How soon streams were heard, and how often they were interrupted: the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.harness.hearing import Heard
from bench.harness.machine import load
from bench.peers.players import Player

__all__ = ["Answer", "interruptions", "quotient", "read_by", "show", "summarize"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one player gave."""

    encoding: str
    """Of what was sent."""
    pace: str
    """Its name."""
    load: str
    """What else the player's process did; see ``bench/harness/loads.py``."""
    player: str
    """Its name, and its version if it is a peer."""
    runs: int
    """Streams that were heard."""
    lost: int
    """Streams that were not."""
    first_ms: float | None
    """The first of them was heard within this."""
    p50_ms: float | None
    """Half of them were heard within this."""
    p99_ms: float | None
    """All but one in a hundred were heard within this."""
    worst_ms: float | None
    """All were heard within this."""
    ratio: float | None
    """p50 by that of our own player."""
    gaps: int | None
    """Interruptions of all of them together; None: nothing was to be heard."""
    silent_p50_ms: float | None
    """Half of them were interrupted no longer."""
    silent_p99_ms: float | None
    """All but one in a hundred were interrupted no longer."""
    whole: int | None
    """Streams that were heard whole."""
    wanting: str
    """How many wanted a core in the minute before it was over."""


def summarize(
    encoding: str,
    pace: str,
    busy: str,
    players: Sequence[Player],
    by_player: Sequence[Sequence[Heard | None]],
) -> list[Answer]:
    """Return an answer for each player; the first is ours."""
    answers: list[Answer] = []
    for player, streams in zip(players, by_player, strict=True):
        heard = [stream for stream in streams if stream is not None]
        delays = [stream.delay_ms for stream in heard]
        silent = [stream.silent_ms for stream in heard]
        p50 = percentile(delays, 50)
        ours = answers[0].p50_ms if answers else p50
        known = [stream.whole for stream in heard if stream.whole is not None]
        answers.append(
            Answer(
                encoding=encoding,
                pace=pace,
                load=busy,
                player=f"{player.name} {player.version}".strip(),
                runs=len(heard),
                lost=len(streams) - len(heard),
                first_ms=None if streams[0] is None else round(streams[0].delay_ms, 1),
                p50_ms=p50,
                p99_ms=percentile(delays, 99),
                worst_ms=percentile(delays, 100),
                ratio=quotient(p50, ours),
                gaps=sum(stream.gaps for stream in heard),
                silent_p50_ms=percentile(silent, 50),
                silent_p99_ms=percentile(silent, 99),
                whole=sum(known) if known else None,
                wanting=load(),
            )
        )
    return answers


def read_by(ours: Answer, reads: Sequence[float]) -> Answer:
    """Return what the bare read gave in the cell of *ours*; nobody heard it."""
    p50 = percentile(reads, 50)
    return replace(
        ours,
        player="(bare read)",
        runs=len(reads),
        lost=0,
        first_ms=round(reads[0], 1),
        p50_ms=p50,
        p99_ms=percentile(reads, 99),
        worst_ms=percentile(reads, 100),
        ratio=quotient(p50, ours.p50_ms),
        gaps=None,
        silent_p50_ms=None,
        silent_p99_ms=None,
        whole=None,
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return a percentile, to a tenth."""
    return round(float(np.percentile(values, share)), 1) if values else None


def quotient(above: float | None, below: float | None) -> float | None:
    """Return *above* by *below*; None where there is nothing to divide by."""
    if above is None or below is None or below <= 0:
        return None
    return round(above / below, 3)


def interruptions(answer: Answer) -> int:
    """Return how often a player's streams were interrupted, or not heard at all."""
    return (answer.gaps or 0) + answer.lost


def show(answers: Sequence[Answer]) -> None:
    """Print the answers as a table."""

    def ms(value: float | None) -> str:
        return f"{'-':>8}   " if value is None else f"{value:>8.1f} ms"

    cell = None
    for answer in answers:
        if cell != (cell := (answer.encoding, answer.pace, answer.load)):
            print(f"\n{', '.join(cell)} (load {answer.wanting})")
            print(
                f"  {'':<23}{'runs':>5}{'lost':>5}{'first':>11}{'p50':>11}{'p99':>11}"
                f"{'worst':>11}{'ratio':>8}{'gaps':>6}{'silent p50':>13}{'p99':>11}"
                f"{'whole':>7}"
            )
        ratio = "-" if answer.ratio is None else f"{answer.ratio:.2f}"
        whole = "-" if answer.whole is None else answer.whole
        gaps = "-" if answer.gaps is None else answer.gaps
        print(
            f"  {answer.player:<23}{answer.runs:>5}{answer.lost:>5}"
            f"{ms(answer.first_ms)}{ms(answer.p50_ms)}{ms(answer.p99_ms)}"
            f"{ms(answer.worst_ms)}{ratio:>8}{gaps:>6}"
            f"  {ms(answer.silent_p50_ms)}{ms(answer.silent_p99_ms)}{whole:>7}"
        )
