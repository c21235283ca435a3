"""
How far are the phones of the rungs `graphemes` and `text` from the truth?

Truth. flite prints the end of every phone it speaks (voices slt, rms, awb, kal;
English sentences of this folder); espeak-ng reports where each of its phonemes
begins, here at other speeds, pitches and pauses than its default, in five more
languages. English sentences are split in two by a hash of their text, and this
prints the half on which nothing was fitted (`--tuning` prints the other). Tables
and weights come from the tuning half as slt and kal speak it. The way in which
`text, live` looks back was devised after a look at its figures for all voices of
both halves, Italian and Russian among them, so its lines are no unseen test. To
espeak-ng's times nothing was fitted, but its letter-to-sound is ours, so there
the sounds agree and only their times are judged.

What the rungs get. `graphemes`: times of characters made from the truth as
Resemble makes them: letters of a digraph share a span, silent letters share a
neighbour's, everything stands on a grid of 256/22,050 s. `words`: the same rung,
given a span for each word only. (Characters made so give nearly every sound a span
of its own: a quarter of the grid, 2.9 ms, is the least median there can be, and
`words` says more of how well time is shared out.) `text`: the text and
the levels (RMS of each 10 ms in dBFS) of the whole sound. `text, live`: the same,
arriving in real time in 100 ms chunks without a known duration, each phone told
when it begins 250 ms before the end of what was received. `duration only`: the
text and the sound's length, no levels.

Error. The predicted sounds are aligned with the true ones without looking at
any time: cheapest edits, where leaving out or adding one costs 0.7, and taking
one for another 0 if equal, 0.4 between vowels, 0.5 between consonants of one
manner or one place, 1.0 between other consonants, 1.8 between vowel and
consonant (so never). For each pair the starts are compared, and for the last
pair before a true silence of 50 ms or more the ends too. Inner boundaries of
diphthongs and affricates, which the voices do not tell, are not counted.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from truth import (
    Truth,
    is_for_tuning,
    sentences,
    spoken_by_espeak,
    spoken_by_flite,
)

from streamer.audio.format import TimedText
from streamer.lipsync.graphemes import GraphemeTimer
from streamer.lipsync.symbols import SYMBOLS
from streamer.lipsync.textfit import TextTimer
from streamer.lipsync.timeline import TimedPhone
from streamer.voices import VoiceSettings
from streamer.voices.letter_to_sound import EspeakLetterToSound

FLITE = ("slt", "rms", "awb", "kal")
LANGUAGES = ("de", "es", "fr", "it", "ru")
SETTINGS = {
    "slow, paused": {"rate_percent": 75.0, "pitch": 80, "end_pause": True},
    "fast, low": {"rate_percent": 140.0, "pitch": 20},
}
GOAL_MS = {"graphemes": 30.0, "text": 60.0}
SKIP = 0.7
LIVE_S, AHEAD_S = 0.1, 0.25
LTS = EspeakLetterToSound()


def by_graphemes(truth: Truth) -> list[TimedPhone]:
    timer = GraphemeTimer(truth.rate, truth.language, LTS)
    return timer.receive(truth.graphemes, last=True)


def by_words(truth: Truth) -> list[TimedPhone]:
    words: list[TimedText] = []
    for entry in truth.graphemes:
        last = words[-1] if words else None
        if last and not last.text.isspace() and not entry.text.isspace():
            stop = max(last.frame + last.frames, entry.frame + entry.frames)
            is_mark = not entry.text.isalnum()
            words[-1] = replace(
                last,
                text=last.text + entry.text,
                frames=last.frames if is_mark else stop - last.frame,
            )
        else:
            words.append(entry)
    timer = GraphemeTimer(truth.rate, truth.language, LTS)
    return timer.receive(words, last=True)


def by_text(truth: Truth) -> list[TimedPhone]:
    timer = TextTimer(truth.rate, truth.language, LTS, truth.text)
    timer.receive_audio(truth.levels, len(truth.samples), last=True)
    return timer.phones(None)


def by_text_live(truth: Truth) -> list[TimedPhone]:
    timer = TextTimer(truth.rate, truth.language, LTS, truth.text)
    levels, told = truth.levels, []
    step = round(LIVE_S * 100)
    for at in range(0, len(levels), step):
        received = min((at + step) * truth.rate // 100, len(truth.samples))
        timer.receive_audio(levels[at : at + step], received)
        told += timer.phones(received - round(AHEAD_S * truth.rate))
    timer.receive_audio(levels[:0], len(truth.samples), last=True)
    return told + timer.phones(None)


def by_duration(truth: Truth) -> list[TimedPhone]:
    timer = TextTimer(truth.rate, truth.language, LTS, truth.text)
    timer.receive_duration(len(truth.samples))
    return timer.phones(None)


RUNGS: dict[str, Callable[[Truth], list[TimedPhone]]] = {
    "graphemes": by_graphemes,
    "words": by_words,
    "text": by_text,
    "text, live": by_text_live,
    "duration only": by_duration,
}


def change(one: str, other: str) -> float:
    """Return what it costs to take one symbol for another."""
    if one == other:
        return 0.0
    a, b = SYMBOLS[one], SYMBOLS[other]
    if (a.kind == "vowel") != (b.kind == "vowel"):
        return 1.8
    if a.kind == "vowel":
        return 0.4
    return 0.5 if a.kind == b.kind or a.place == b.place else 1.0


def pairs(ours: list[str], theirs: list[str]) -> Iterator[tuple[int, int]]:
    """Yield which of ours is which of theirs, by the cheapest edits, last first."""
    rows = [[SKIP * at for at in range(len(theirs) + 1)]]
    for symbol in ours:
        above, row = rows[-1], [rows[-1][0] + SKIP]
        for at, other in enumerate(theirs):
            best = min(above[at + 1], row[at]) + SKIP
            row.append(min(best, above[at] + change(symbol, other)))
        rows.append(row)
    i, j = len(ours), len(theirs)
    while i and j:
        kept = rows[i - 1][j - 1] + change(ours[i - 1], theirs[j - 1])
        if rows[i][j] == kept:
            i, j = i - 1, j - 1
            yield i, j
        elif rows[i][j] == rows[i - 1][j] + SKIP:
            i -= 1
        else:
            j -= 1


def errors_ms(truth: Truth, found: list[TimedPhone]) -> tuple[list[float], int]:
    """Return predicted minus true boundaries in ms, and how many were to be found."""
    ours = [p for p in found if p.phone]
    theirs = [at for at, p in enumerate(truth.phones) if p.phone]
    matched = pairs(
        [p.phone.symbol for p in ours],
        [truth.phones[at].phone.symbol for at in theirs],
    )
    errors = []
    for i, j in matched:
        at = theirs[j]
        true, mine = truth.phones[at], ours[i]
        if truth.told[at]:
            errors.append((mine.frame - true.frame) * 1_000 / truth.rate)
        rest = truth.phones[at + 1] if at + 1 < len(truth.phones) else None
        if rest and rest.phone is None and rest.frames >= 0.05 * truth.rate:
            late = mine.frame + mine.frames - true.frame - true.frames
            errors.append(late * 1_000 / truth.rate)
    return errors, sum(truth.told[at] for at in theirs)


def truths(options: argparse.Namespace) -> Iterator[tuple[str, list[Truth]]]:
    for voice in FLITE:
        if not options.voice or voice in options.voice:
            yield (
                f"flite {voice}",
                [
                    spoken_by_flite(voice, text, options.work)
                    for text in sentences("en")
                    if is_for_tuning(text) == options.tuning
                ],
            )
    for language in LANGUAGES:
        if options.voice and language not in options.voice:
            continue
        for name, settings in SETTINGS.items():
            chosen = VoiceSettings(language=language, **settings)
            texts = sentences(language)
            if chosen.end_pause:  # two at a time: a pause within and one behind
                texts = [
                    f"{a} {b}" for a, b in zip(texts[::2], texts[1::2], strict=True)
                ]
            spoken = [spoken_by_espeak(name, text, chosen) for text in texts]
            yield f"espeak {language}, {name}", spoken


def report(name: str, spoken: list[Truth], rungs: list[str]) -> list[str]:
    missed = []
    for rung in rungs:
        errors, wanted = [], 0
        for truth in spoken:
            found, count = errors_ms(truth, RUNGS[rung](truth))
            errors += found
            wanted += count
        sizes = np.abs(errors)
        median, worst = np.median(sizes), np.percentile(sizes, 90)
        goal = GOAL_MS.get(rung)
        print(
            f"{name:24} {rung:14} {median:7.1f} {worst:7.1f} {np.mean(errors):+8.1f}"
            f" {len(errors):6} {len(spoken):5}"
            + (f"   goal {goal:.0f}" if goal else ""),
            flush=True,
        )
        if goal and median > goal:
            missed.append(f"{name}, {rung}: {median:.1f} ms")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--tuning", action="store_true", help="the half that was seen")
    parser.add_argument("--voice", action="append", help="only these voices, languages")
    parser.add_argument("--rung", action="append", choices=RUNGS, help="only these")
    default = Path(tempfile.gettempdir()) / "streamer-flite"
    parser.add_argument(
        "--work", type=Path, default=default, help="keeps flite's sound"
    )
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print(
        f"{'voice':24} {'rung':14} {'median':>7} {'p90':>7} {'mean':>8}"
        f" {'bounds':>6} {'texts':>5}   (ms)"
    )
    missed = []
    for name, spoken in truths(options):
        missed += report(name, spoken, options.rung or list(RUNGS))
    print("missed: " + "; ".join(missed) if missed else "every goal is met")


if __name__ == "__main__":
    main()
