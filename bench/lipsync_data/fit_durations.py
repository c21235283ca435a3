"""
How long do sounds last, and how loud are they against the voice's loudest?

Prints what streamer/lipsync/durations.py (milliseconds and factors) and
streamer/lipsync/levelfit.py (decibels) hold: a robust regression of the logarithm
of each phone's duration on its symbol and its place, and mean and deviation of
each class of sound's levels. Seen are only the tuning sentences, spoken by
flite's slt and kal; the spread is that of what is left, for each voice.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import numpy as np
from rung_error import FLITE, LTS, pairs
from truth import Truth, is_for_tuning, sentences, spoken_by_flite

from streamer.lipsync import Phone
from streamer.lipsync.durations import is_second_half, nucleus_places
from streamer.lipsync.levelfit import CLASS_NAMES, class_of, reference
from streamer.lipsync.reading import SpokenWord, read_words

SEEN = ("slt", "kal")
RIDGE = 2.0
"""Phones' worth of belief that a factor is 1."""
OUTLIER = 0.4
"""Residual of the logarithm beyond which a phone counts for less."""


def features(word: SpokenWord) -> list[list[str]]:
    """Return for each sound its symbol and what is special of its place."""
    phones = word.phones
    nuclei = nucleus_places(phones)
    tail = nuclei[-1] if word.pause > 0.5 and nuclei else len(phones)
    return [
        [phone.symbol, *_place(phones, at), *_end(phone, at >= tail)]
        for at, phone in enumerate(phones)
    ]


def _end(phone: Phone, is_end: bool) -> list[str]:  # noqa: FBT001 - a flag of a script
    kind = "vowel" if phone.is_vowel else "consonant"
    return [f"final {kind}"] if is_end else []


def _place(phones: tuple[Phone, ...], at: int) -> list[str]:
    phone = phones[at]
    kind = "vowel" if phone.is_vowel else "consonant"
    found = []
    if is_second_half(phones, at):
        found.append(f"second half, {kind}")
    elif at + 1 < len(phones) and is_second_half(phones, at + 1):
        found.append(f"first half, {kind}")
    elif kind == "consonant":
        around = (*phones[max(at - 1, 0) : at], *phones[at + 1 : at + 2])
        found += ["cluster"] if any(not p.is_vowel for p in around) else []
    if kind == "vowel":
        return found if phone.stress else [*found, "unstressed"]
    found += ["word start"] if at == 0 else []
    found += ["word end"] if at == len(phones) - 1 else []
    return found + (["syllabic"] if phone.syllabic else [])


def rows(truth: Truth) -> list[tuple[list[str], float]]:
    """Return (features, seconds) of each of our sounds that the voice spoke."""
    words = read_words(truth.text, truth.language, LTS)
    ours = [phone.symbol for word in words for phone in word.phones]
    known = [found for word in words for found in features(word)]
    theirs = [p for p in truth.phones if p.phone]
    matched = pairs(ours, [p.phone.symbol for p in theirs])
    return [(known[i], theirs[j].frames / truth.rate) for i, j in matched]


def fit(seen: list[tuple[list[str], float]]) -> dict[str, float]:
    """Return the logarithm of each feature's factor; of a symbol, of its seconds."""
    names = sorted({name for found, _ in seen for name in found})
    place = {name: at for at, name in enumerate(names)}
    table = np.zeros((len(seen), len(names)))
    for row, (found, _) in zip(table, seen, strict=True):
        row[[place[name] for name in found]] = 1.0
    logs = np.log([max(seconds, 0.01) for _, seconds in seen])
    mean, weights = logs.mean(), np.ones(len(seen))
    for _ in range(5):
        left = table.T @ (table * weights[:, None]) + RIDGE * np.eye(len(names))
        solved = np.linalg.solve(left, table.T @ (weights * (logs - mean)))
        rest = np.abs(logs - mean - table @ solved)
        weights = 1 / np.maximum(1, rest / OUTLIER)
    return {
        name: value + (mean if len(name) == 1 else 0.0)
        for name, value in zip(names, solved.tolist(), strict=True)
    }


def levels(spoken: list[Truth]) -> None:
    heard: dict[str, list[np.ndarray]] = {}
    for truth in spoken:
        rel = truth.levels.astype(np.float64)
        rel = np.clip(rel - reference(rel), -50, 6)
        for item in truth.phones:
            name = CLASS_NAMES[class_of(item.phone)] if item.phone else "silence"
            first = item.frame * 100 // truth.rate
            last = (item.frame + item.frames) * 100 // truth.rate
            heard.setdefault(name, []).append(rel[first:last])
    for name, parts in sorted(heard.items()):
        values = np.concatenate(parts)
        print(f"{name:20} {values.mean():6.1f} dB  ± {values.std():4.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    default = Path(tempfile.gettempdir()) / "streamer-flite"
    parser.add_argument(
        "--work", type=Path, default=default, help="keeps flite's sound"
    )
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    texts = [text for text in sentences("en") if is_for_tuning(text)]
    spoken = {
        voice: [spoken_by_flite(voice, text, options.work) for text in texts]
        for voice in FLITE
    }
    of = {voice: [r for t in some for r in rows(t)] for voice, some in spoken.items()}
    seen = [row for voice in SEEN for row in of[voice]]
    factors = fit(seen)
    print(f"{len(seen)} phones")
    for name, value in factors.items():
        unit = f"{1_000 * math.exp(value):6.1f} ms"
        print(f"{name:24}", unit if len(name) == 1 else f"{math.exp(value):6.2f}")
    for voice in FLITE:
        rest = [math.log(s) - sum(factors.get(n, 0) for n in f) for f, s in of[voice]]
        print(f"{voice}: a factor of {math.exp(np.std(rest)):.2f} around these")
    for voice in SEEN:
        print(voice)
        levels(spoken[voice])


if __name__ == "__main__":
    main()
