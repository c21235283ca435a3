"""
Do our tables agree with the published ones (E9), and what does a set lose that is
turned into another and back (E8)?

A check is one line of a published table: a sound and the shapes that its publisher
shows it with. Slips of a publisher, which its other tables contradict, are named
and counted apart. The published tables are those of ``tests/lipsync``.

*kept* are a set's shapes that come back from a way to another set; *blurred* those
that come back as others. A set of fewer shapes can't keep all. *false lips* are
shapes that close the lips on one side and not on the other: there must be none.
VRM, which has no closed mouth, is left out of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations

from streamer.lipsync.symbols import SYMBOLS
from streamer.lipsync.visemes import NAMES, SETS, conversion, find_set, round_trip
from tests.lipsync import published_visemes as said

__all__ = ["Golden", "RoundTrip", "false_lips", "goldens", "round_trips"]

_Checks = Iterator[tuple[str, object, object]]
"""What is checked, what is published, what we have."""

SLIPS = {
    ("@", "e"), ("@", "eː"), ("T", "t"), ("E:", "ɛː"), ("i:", "i:"), ("k", r"\!"),
}  # fmt: skip
"""Polly's rows of single languages that its others contradict."""


@dataclass(frozen=True, slots=True)
class Golden:
    """One published table."""

    name: str
    """Whose, and which."""
    checks: int
    """Lines that were compared."""
    differing: tuple[str, ...]
    """Those that we have otherwise, and how."""
    slips: int
    """Lines left out: slips of the publisher."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A set turned into another and back."""

    source: str
    """The set."""
    via: str
    """The other one."""
    shapes: int
    """Shapes of the set."""
    blurred: tuple[str, ...]
    """Those that come back as others: ``nn→DD``."""


def _sequence(name: str, ipa: str, language: str = "en") -> tuple[str, ...]:
    return find_set(name, language).sequence(said.plain(ipa))


def _openxr() -> _Checks:
    yield "names", tuple(said.OPENXR_NAMES.split()), SETS["oculus"].names
    for viseme, members in said.OPENXR.items():
        for ipa in members.split():
            yield ipa, (viseme,), _sequence("oculus", ipa)


def _mpeg4() -> _Checks:
    for index, members in enumerate(said.MPEG4):
        for ipa in members.split():
            yield ipa, (SETS["oculus"].names[index],), _sequence("oculus", ipa)


def _azure_ids() -> _Checks:
    for index, members in enumerate(said.AZURE_IDS):
        for ipa in members.split():
            yield ipa, (str(index),), _sequence("azure", ipa)


def _azure(locale: str) -> Callable[[], _Checks]:
    def checks() -> _Checks:
        for ipa, ids in said.pairs(said.AZURE[locale]):
            yield ipa, tuple(ids.split(",")), _sequence("azure", ipa, locale)

    return checks


def _kana() -> _Checks:
    words = said.AZURE_KANA.split()
    for kana, ipa, ids in zip(words[::3], words[1::3], words[2::3], strict=True):
        yield kana, tuple(ids.split(",")), _sequence("azure", ipa, "ja-JP")


def _polly_english() -> _Checks:
    for symbol, members in said.POLLY_EN_US.items():
        for ipa in members.split():
            yield ipa, (symbol,), _sequence("polly", ipa)


def _polly() -> _Checks:
    for symbol, members in said.table("viseme_polly.tsv"):
        for ipa in members.split():
            if (symbol, ipa) not in SLIPS:
                yield ipa, (symbol,), _sequence("polly", ipa)


def _rhubarb() -> _Checks:
    rhubarb = SETS["rhubarb"]
    for symbol, shapes in said.RHUBARB_VOWELS.items():
        shown = rhubarb.viseme(symbol)
        yield symbol, shapes, shown if shown not in shapes else shapes
    for sound, shapes in said.RHUBARB_DIPHTHONGS.items():
        yield sound, tuple(shapes), rhubarb.sequence(sound)
    for symbols, shapes in said.RHUBARB_CONSONANTS.items():
        for symbol in symbols.split():
            yield symbol, set(shapes), set(rhubarb.choices(symbol))


def _preston_blair() -> _Checks:
    for symbol in SYMBOLS:
        shape = said.PRESTON_BLAIR[SETS["rhubarb"].viseme(symbol)]
        expected = "WQ" if symbol in "wʍɥ" else shape
        yield symbol, expected, SETS["preston-blair"].viseme(symbol)


def _arpabet() -> _Checks:
    aliases = SETS["arpabet"].aliases
    for name, ipa in said.pairs(said.ARPABET):
        yield ipa, (aliases.get(name, name),), _sequence("arpabet", ipa)


def _cc4() -> _Checks:
    for viseme, members in said.CC4.items():
        for ipa in members.split():
            yield ipa, (viseme,), SETS["cc4"].sequence(ipa)


def _azure_to_oculus() -> _Checks:
    table = conversion("azure", "oculus")
    for index, viseme in enumerate(said.AZURE_TO_OCULUS.split()):
        yield str(index), viseme, table[str(index)].viseme


def _oculus_to(target: str) -> Callable[[], _Checks]:
    def checks() -> _Checks:
        table = conversion("oculus", target)
        for viseme, cell in said.pairs(said.OCULUS_TO[target]):
            name, _, weight = cell.partition(":")
            shape = table[viseme]
            yield viseme, (name, float(weight or 1)), (shape.viseme, shape.weight)

    return checks


def _reference(name: str, column: int) -> Callable[[], _Checks]:
    def checks() -> _Checks:
        for row in said.table("viseme_classes.tsv"):
            for symbol in row[0].split():
                yield symbol, row[column], SETS[name].viseme(symbol)

    return checks


_TABLES: dict[str, Callable[[], _Checks]] = {
    "OpenXR, Oculus": _openxr,
    "MPEG-4 by index": _mpeg4,
    "Azure en-US by id": _azure_ids,
    **{f"Azure {locale}": _azure(locale) for locale in said.AZURE},
    "Azure ja-JP, kana": _kana,
    "Polly en-US": _polly_english,
    "Polly, 31 languages": _polly,
    "Rhubarb's rules": _rhubarb,
    "Preston Blair": _preston_blair,
    "ARPAbet": _arpabet,
    "CC4": _cc4,
    "Azure to Oculus": _azure_to_oculus,
    "Oculus to Rhubarb": _oculus_to("rhubarb"),
    "Oculus to Preston Blair": _oculus_to("preston-blair"),
    "Oculus to VRM": _oculus_to("vrm"),
    "reference, Oculus": _reference("oculus", 1),
    "reference, Azure": _reference("azure", 2),
    "reference, Polly": _reference("polly", 3),
}


def goldens() -> list[Golden]:
    """Compare every published table with ours."""
    return [_golden(name, [*checks()]) for name, checks in _TABLES.items()]


def _golden(name: str, checks: list[tuple[str, object, object]]) -> Golden:
    differing = tuple(
        f"{what}: {published}, we {ours}"
        for what, published, ours in checks
        if published != ours
    )
    slips = len(SLIPS) if name == "Polly, 31 languages" else 0
    return Golden(name, len(checks), differing, slips)


def round_trips() -> list[RoundTrip]:
    """Turn each set into each other one and back."""
    return [
        RoundTrip(
            source,
            via,
            len(SETS[source].names),
            tuple(
                f"{shape}→{back}"
                for shape, back in round_trip(source, via).items()
                if shape != back
            ),
        )
        for source, via in permutations(NAMES, 2)
    ]


def false_lips() -> list[str]:
    """Return the shapes of a set that close or open the lips in another."""
    found = []
    closing = [name for name in NAMES if not name.startswith("vrm")]
    for source, target in permutations(closing, 2):
        closed = {SETS[target].viseme(symbol) for symbol in "pbm"}
        table = conversion(source, target)
        for viseme in SETS[source].names:
            sealed = bool(set(SETS[source].members(viseme)) & set("pbmβ"))
            if sealed != (table[viseme].viseme in closed):
                found.append(f"{source} {viseme} → {target} {table[viseme].viseme}")
    return found
