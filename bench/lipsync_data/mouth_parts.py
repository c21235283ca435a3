"""The parts of the battery that look at the mouth itself: closures and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict

import numpy as np

from bench.lipsync_data import closure, shapes
from bench.lipsync_data.corpus import Asked, Spoken
from bench.lipsync_data.figures import Figure, Part, percent, table
from bench.lipsync_data.shown import show, show_late
from streamer.lipsync import STYLES, all_sets

__all__ = ["measure_closures", "measure_shapes"]

CHANGES = (7.0, 10.0)
"""Changes of shape a second that drawn sets should have."""
AHEADS = (0.250, 0.150, 0.100, 0.050, 0.0)
"""Seconds before their sound at which phonemes come."""
NAMED = 6
"""Phones that are named where they are not as wanted."""

# -- E5 ------------------------------------------------------------------------

_HEAD = (
    *("", "p b m", "closed", "f v", "closed", "middle", "in time"),
    *("earliest", "median", "latest", "held ≥ 70 %"),
)


def measure_closures(asked: Asked) -> Part:
    """E5."""
    part = Part("E5", "Do the lips close for every p b m f v, and when?")
    seals, teeth, rows = closure.Closures(), closure.Closures(), []
    for voice in asked.voices():
        lips, lip = _closures(voice.spoken(asked.work))
        rows.append(_closure_row(part, voice.name, lips, lip))
        seals, teeth = closure.together([seals, lips]), closure.together([teeth, lip])
    rows.append(_closure_row(part, "all", seals, teeth))
    both = closure.together([seals, teeth])
    part.lines = table(_HEAD, rows)
    part.lines += _named("not closed", both.missed)
    part.lines += _named("out of time", both.untimely)
    part.lines += ["", *table(_HEAD, _other_styles(part, asked))]
    part.lines += ["", *table((*_HEAD, "seals late, lost"), _late(part, asked))]
    part.wanted = [
        Figure("closure recall, p b m", seals.recall * 100, "%", least=100),
        Figure("closure recall, f v", teeth.recall * 100, "%", least=100),
        Figure("seal onsets in [-20, 0] ms", both.in_time * 100, "%", least=99),
    ]
    return part


def _named(what: str, phones: list[str]) -> list[str]:
    """Return lines that name the first of what is not as wanted."""
    lines = [f"  {what}: {each}" for each in phones[:NAMED]]
    more = len(phones) - NAMED
    return lines + [f"  {what}: {more} more"] * (more > 0)


def _closures(
    spoken: Iterable[Spoken], **named
) -> tuple[closure.Closures, closure.Closures]:
    """Return what was found of p b m and of f v."""
    seals, teeth = [], []
    for each in spoken:
        shown = show(each, sets=(), **named)
        seals.append(closure.measure(each, shown, "seal"))
        teeth.append(closure.measure(each, shown, "teeth"))
    return closure.together(seals), closure.together(teeth)


def _english(asked: Asked, most: int) -> list[Spoken]:
    voice = next(voice for voice in asked.voices() if voice.is_usual)
    return voice.first(most)


def _other_styles(part: Part, asked: Asked) -> list[list[str]]:
    """Measure every style; English only."""
    few = _english(asked, 20)
    return [
        _closure_row(part, f"en-us, {style.name}", *_closures(few, style=style))
        for style in STYLES.values()
    ]


def _late(part: Part, asked: Asked) -> list[list[str]]:
    """Measure phonemes that come only just before their sound; English only."""
    rows = []
    few = _english(asked, 10)
    for ahead in AHEADS:
        shown = [(each, show_late(each, ahead)) for each in few]
        seals, teeth = (
            closure.together(closure.measure(each, late, kind) for each, late in shown)
            for kind in ("seal", "teeth")
        )
        name = f"en-us, {ahead * 1000:.0f} ms ahead"
        row = _closure_row(part, name, seals, teeth)
        counts = [late.statistics.articulation for _, late in shown]
        late_seals = sum(each.late_seals for each in counts)
        lost_seals = sum(each.lost_seals for each in counts)
        part.answers[-1].update(late_seals=late_seals, lost_seals=lost_seals)
        rows.append([*row, f"{late_seals}, {lost_seals}"])
    return rows


def _closure_row(
    part: Part, name: str, seals: closure.Closures, teeth: closure.Closures
) -> list[str]:
    """Keep a line for programs; return it as it is printed."""
    both = closure.together([seals, teeth])
    onsets = np.array(both.onsets_ms or [np.nan])
    times = [float(each) for each in (onsets.min(), np.median(onsets), onsets.max())]
    middle = both.middle / both.phones if both.phones else float("nan")
    part.answers.append(
        {
            "name": name,
            "p_b_m": seals.phones,
            "p_b_m_closed": seals.recall,
            "f_v": teeth.phones,
            "f_v_closed": teeth.recall,
            "middle": middle,
            "in_time": both.in_time,
            **dict(zip(("earliest_ms", "median_ms", "latest_ms"), times, strict=True)),
            "held_long": both.held_long,
        }
    )
    shares = (middle, both.in_time)
    counted = (f"{seals.phones}", percent(seals.recall))
    counted += (f"{teeth.phones}", percent(teeth.recall))
    written = (f"{each:.1f} ms" for each in times)
    return [name, *counted, *map(percent, shares), *written, percent(both.held_long)]


# -- E6 ------------------------------------------------------------------------


def measure_shapes(asked: Asked) -> Part:
    """E6."""
    part = Part("E6", "How long do shapes stay, and are they reached?")
    rates: dict[str, dict[str, shapes.Rates]] = {}
    flat: dict[str, bool] = {}
    usual, reached, turns, span = [], {}, 0, 0.0
    for voice in asked.voices():
        found = []
        for spoken in voice.spoken(asked.work):
            shown = show(spoken)
            for each in all_sets(spoken.language):
                flat[each.name] = each.flat
                rate = rates.setdefault(each.name, {}).setdefault(
                    voice.name, shapes.Rates()
                )
                shapes.count(spoken, shown, each, rate)
            found.append(shapes.attained(spoken))
            turns += shapes.jaw_reversals(shown.weights)
            span += spoken.span
        reached[voice.name] = shapes.together(found)
        usual += [voice.name] * voice.is_usual
    part.lines = _set_lines(part, rates, flat, usual)
    part.lines += ["", *_reached_lines(part, reached)]
    part.lines += ["", f"  the jaw turns back within 80 ms {turns / span:.2f} times/s"]
    _want_shapes(part, rates, flat, usual)
    whole = shapes.together([*reached.values()])
    reaching = whole.reached * 100
    part.wanted.append(
        Figure("shapes that reach 80 % of their target", reaching, "%", least=90)
    )
    return part


_ByVoice = Mapping[str, shapes.Rates]


def _sum(found: _ByVoice, names: list[str]) -> tuple[float, float]:
    """Return changes a second of several voices: of speech, and with pauses."""
    some = [found[name] for name in names]
    changes = sum(each.changes for each in some)
    speaking, span = sum(e.speaking for e in some), sum(e.span for e in some)
    return changes / speaking, changes / span


def _set_lines(
    part: Part, rates: Mapping[str, _ByVoice], flat: Mapping[str, bool], usual: list
) -> list[str]:
    rows = []
    for name, found in rates.items():
        every = found.values()
        speaking, span = _sum(found, usual)
        slow, fast = _extremes(found, usual)
        short, back = sum(e.short for e in every), sum(e.reversals for e in every)
        shortest = min(each.shortest for each in every)
        changes = sum(each.changes for each in every)
        dropped = sum(each.dropped for each in every)
        numbers = speaking, span, found[slow].a_second, found[fast].a_second
        row = [name, "drawn" if flat[name] else ""]
        row += [f"{each:.2f}" for each in numbers]
        row += [str(short), str(back), f"{shortest * 1000:.1f} ms"]
        rows.append([*row, percent(dropped / (changes + dropped)), str(changes)])
        part.answers += [
            {"set": name, "voice": voice, **asdict(each), "a_second": each.a_second}
            for voice, each in found.items()
        ]
    head = ["", "", "changes/s", "with pauses", "slowest", "fastest", "short"]
    head += ["reversals", "shortest", "left out", "changes"]
    return table(head, rows)


def _extremes(found: _ByVoice, usual: list[str]) -> tuple[str, str]:
    """Return the voices with the fewest and the most changes a second."""
    ordered = sorted(usual, key=lambda name: found[name].a_second)
    return ordered[0], ordered[-1]


def _reached_lines(part: Part, reached: Mapping[str, shapes.Attained]) -> list[str]:
    rows = []
    whole = {**reached, "all": shapes.together([*reached.values()])}
    for name, found in whole.items():
        phones = found.phones
        lost = found.crowded, found.crowded_lips, found.without
        shares = found.reached, found.reached_planned, *(n / phones for n in lost)
        rows.append([name, str(len(found.shares)), *map(percent, shares)])
        part.answers.append(
            {
                "voice": name,
                "shapes": len(found.shares),
                "reached": found.reached,
                "reached_planned": found.reached_planned,
                "phones": found.phones,
                "no_room": found.crowded,
                "no_room_lips": found.crowded_lips,
                "no_shape": found.without,
            }
        )
    head = ("", "shapes", "reached", "as planned", "no room", "lips", "no shape")
    return table(head, rows)


def _want_shapes(
    part: Part, rates: Mapping[str, _ByVoice], flat: Mapping[str, bool], usual: list
) -> None:
    every = [each for found in rates.values() for each in found.values()]
    short, back = sum(e.short for e in every), sum(e.reversals for e in every)
    part.wanted = [
        Figure("minimum holds violated, all sets", short, most=0),
        Figure("reversals within 80 ms, all sets", back, most=0),
    ]
    least, most = CHANGES
    for name in (name for name in rates if flat[name]):
        found = rates[name]
        slow, fast = _extremes(found, usual)
        what = f"{name}: changes/s"
        part.wanted += [
            Figure(what, _sum(found, usual)[0], "", least, most),
            Figure(f"{what}, fewest ({slow})", found[slow].a_second, "", least, most),
            Figure(f"{what}, most ({fast})", found[fast].a_second, "", least, most),
        ]
