"""The parts of the battery: what each measures, prints and wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from bench.lipsync_data import (
    cost,
    coverage,
    goldens,
    loudness,
    rungs,
)
from bench.lipsync_data.corpus import Asked
from bench.lipsync_data.figures import Figure, Part, table
from bench.lipsync_data.mouth_parts import measure_closures, measure_shapes

__all__ = ["PARTS"]

LANGUAGES = 30


# -- E4 ------------------------------------------------------------------------


def measure_coverage(asked: Asked) -> Part:
    """E4."""
    part = Part("E4", "How much of what espeak-ng says is known?")
    found = coverage.measure(["en-us", "de", "cmn", "da"] if asked.quick else None)
    sums = coverage.summary(found)
    tokens, sounding = sums["tokens"], sums["sounding"]
    counted = f"{tokens} tokens, {sounding} entries that sound"
    part.lines = [f"  {len(found)} languages, {counted}"]
    for each in found:
        if each.unknown or each.silent:
            odd = f"unknown {dict(each.unknown)}, silent {dict(each.silent)}"
            part.lines.append(f"  {each.language}: {odd}")
    part.answers = [asdict(each) for each in found]
    if not asked.quick:
        part.wanted.append(Figure("languages", len(found), least=LANGUAGES))
    known = sums["known"] * 100
    part.wanted += [
        Figure("tokens known", known, "%", least=coverage.TARGET * 100),
        Figure("tokens that sound and become silence", sums["silent"], most=0),
    ]
    return part


# -- E7 ------------------------------------------------------------------------


def measure_loudness(asked: Asked) -> Part:
    """E7."""
    part = Part("E7", "Does the jaw go with the loudness?")
    rows = []
    for voice in (v for v in asked.voices() if v.is_usual):
        found = loudness.measure(voice.spoken(asked.work))
        numbers = (f"{each:.2f}" for each in (found.r, found.vowels, found.unheard))
        rows.append([voice.name, str(found.utterances), *numbers])
        part.answers.append({"voice": voice.name, **asdict(found)})
    part.lines = table(("", "utterances", "r", "vowels", "unheard"), rows)
    part.lines.append(f"  published of tracked faces (VOCASET): {loudness.PUBLISHED}")
    return part


# -- E8, E9 --------------------------------------------------------------------


def measure_round_trips(_asked: Asked) -> Part:
    """E8."""
    part = Part("E8", "What does a set lose as another one, and back?")
    found = goldens.round_trips()
    names = list(dict.fromkeys(each.source for each in found))
    kept = {(e.source, e.via): f"{e.shapes - len(e.blurred)}/{e.shapes}" for e in found}
    rows = [[name, *(kept.get((name, via), "") for via in names)] for name in names]
    part.lines = table(("kept, by way of", *names), rows)
    part.answers = [asdict(each) for each in found]
    false = goldens.false_lips()
    part.lines += [f"  {each}" for each in false]
    part.wanted = [Figure("shapes that open or close lips falsely", len(false), most=0)]
    return part


def measure_goldens(_asked: Asked) -> Part:
    """E9."""
    part = Part("E9", "Do the tables agree with the published ones?")
    found = goldens.goldens()
    rows = [
        [each.name, str(each.checks), str(len(each.differing)), str(each.slips or "")]
        for each in found
    ]
    checks = sum(each.checks for each in found)
    differing = [line for each in found for line in each.differing]
    slips = sum(each.slips for each in found)
    rows.append(["all", str(checks), str(len(differing)), str(slips)])
    part.lines = table(("", "checks", "differing", "slips"), rows)
    part.lines += [f"  {line}" for line in differing]
    part.answers = [asdict(each) for each in found]
    part.wanted = [Figure("published lines that differ", len(differing), most=0)]
    return part


# -- E10 -----------------------------------------------------------------------


def measure_cost(asked: Asked) -> Part:
    """E10."""
    part = Part("E10", "What does a mouth cost?")
    usual = next(voice for voice in asked.voices() if voice.is_usual)
    [spoken] = usual.first(1)
    made, worked = cost.frames(spoken), cost.work(spoken)
    first = cost.first_cues(spoken, 30 if asked.quick else 200)
    part.lines = table(
        ("a 60-fps ARKit frame", "least", "median"),
        [[e.name, f"{e.least_us:.1f} µs", f"{e.median_us:.1f} µs"] for e in made],
    )
    articulated, cued = worked.articulate_ms, worked.cues_ms
    said = f"{articulated:.2f} ms to articulate, {cued:.2f} ms for one set's cues"
    part.lines += ["", f"  a second of speech: {said}", ""]
    rows = []
    for each in first:
        times = each.median_ms, each.p99_ms, each.work_p99_ms, each.parse_ms
        written = (f"{time:.2f} ms" for time in (*times, each.rest_ms))
        rows.append([each.rung, f"{each.seconds:.0f} s", str(each.entries), *written])
    head = ("first cues", "header of", "entries", "median", "p99", "its work")
    head += ("reading it", "a turn")
    part.lines += table(head, rows)
    part.answers = [asdict(each) for each in (*made, worked, *first)]
    part.wanted = [
        Figure(f"a 60-fps ARKit frame, {e.name}", e.median_us, "µs", most=30)
        for e in made
        if e.batch > 1
    ]
    part.wanted += [
        Figure(
            f"first cues, {e.rung}, header of {e.seconds:.0f} s, p99",
            e.p99_ms,
            "ms",
            most=5,
        )
        for e in first
    ]
    return part


# -- rungs ---------------------------------------------------------------------


def measure_rungs(asked: Asked) -> Part:
    """Rung error."""
    part = Part("rungs", "How far off are phones without phoneme times?")
    asked.work.mkdir(parents=True, exist_ok=True)
    found: list[rungs.Rung] = []
    for name, spoken in rungs.speakers(
        asked.work, quick=asked.quick, flite=asked.flite
    ):
        found += rungs.measure(name, spoken)
    rows = []
    for each in found:
        times = f"{each.median_ms:.1f} ms", f"{each.p90_ms:.1f} ms"
        late = f"{each.mean_ms:+.1f} ms"
        counts = str(each.boundaries), str(each.sentences)
        rows.append([each.voice, each.rung, *times, late, *counts])
    head = ("", "given", "median", "p90", "mean", "boundaries", "sentences")
    part.lines = table(head, rows)
    part.answers = [asdict(each) for each in found]
    for rung, goal in rungs.GOAL_MS.items():
        worst = max(
            (each for each in found if each.rung == rung), key=lambda e: e.median_ms
        )
        what = f"{rung}: median, worst voice ({worst.voice})"
        part.wanted.append(Figure(what, worst.median_ms, "ms", most=goal))
    return part


PARTS: Mapping[str, Callable[[Asked], Part]] = {
    "E4": measure_coverage,
    "E5": measure_closures,
    "E6": measure_shapes,
    "E7": measure_loudness,
    "E8": measure_round_trips,
    "E9": measure_goldens,
    "E10": measure_cost,
    "rungs": measure_rungs,
}
"""The parts by name; ``rungs`` is the rung error."""
