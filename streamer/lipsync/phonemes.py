"""
Whatever a voice calls a phoneme becomes base symbols with attributes.

Written for the IPA of espeak-ng and of the services built on it, with what
they write beside the textbook: tone digits, language switches, geminates,
ASCII look-alikes and left-over mnemonics. Stress, length, nasality and
syllabicity are attributes of a sound; they are never sounds of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from streamer.lipsync.nearest import nearest_symbol
from streamer.lipsync.spelling import BACK, STRESS, language_of, respell
from streamer.lipsync.symbols import SYMBOLS

__all__ = ["Length", "Phone", "PhonemeNormaliser", "Role", "normalise"]

Length = Literal["short", "half", "long"]
"""How long a sound was marked: plain, ``ˑ``, or ``ː`` (also when doubled)."""

Role = Literal["sound", "stress", "modifier", "silence"]
"""What an entry is: a stress mark joins what follows it, a modifier what it follows."""

_CACHED_TOKENS = 4096
"""Tokens whose analysis is kept; voices emit 30 to 500 distinct ones."""

_LENGTHS: dict[str, Length] = {"ː": "long", "ˑ": "half"}
_LENGTH_UNITS: dict[Length, float] = {"short": 1.0, "half": 1.5, "long": 2.0}
"""Relative durations inside one entry; 2 is the textbook's ratio for ``ː``."""
_PAIR_SHARES = {"diphthong": (0.6, 0.4), "affricate": (0.4, 0.6)}
"""A diphthong dwells on its first vowel, an affricate on its fricative."""
_RHOTIC = {"ə": "ɚ", "ɜ": "ɝ"}
_SWITCH = re.compile(r"\(([a-z]{2,4}(?:-[A-Za-z0-9-]+)?)\)")
"""``(en)``: the voice goes on in another language."""

_HABITUAL_MARKS = frozenset("ɜʔ")
"""Marks where a language's habits take them for no sound: a tone, the stød."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One sound."""

    symbol: str
    """A base symbol: a key of :data:`~streamer.lipsync.symbols.SYMBOLS`."""
    stress: int = 0
    """0 none, 1 primary, 2 secondary."""
    length: Length = "short"
    """How long it was marked."""
    nasal: bool = False
    """Whether it was marked with a tilde."""
    syllabic: bool = False
    """Whether it is a consonant that carries a syllable."""
    share: float = 1.0
    """Its part of the entry's time, in (0, 1]; the shares of an entry add to 1."""

    @property
    def is_vowel(self) -> bool:
        """Whether it is a vowel."""
        return SYMBOLS[self.symbol].kind == "vowel"


def normalise(text: str, language: str = "en") -> tuple[Phone, ...]:
    """
    Return the sounds of one entry; none where it is silence.

    Args:
        text: One phoneme, or several without a separator, in IPA.
        language: The voice's language tag, like ``en-us`` or ``cmn``.
    """
    return _analyse(text, language_of(language)).phones


class PhonemeNormaliser:
    """
    Normalises the entries of one voice, in their order.

    Switches of language inside the stream, like ``(en)``, hold until the next.
    Symbols that are in no table are counted and shown as the nearest one.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language_of(language)
        self._unknown: Counter[str] = Counter()

    def normalise(self, text: str) -> tuple[Phone, ...]:
        """Return the sounds of one entry; none where it is silence."""
        analysis = _analyse(text, self._language)
        self._language = analysis.language
        self._unknown.update(analysis.unknown)
        return analysis.phones

    def role(self, text: str) -> Role:
        """Return what an entry is; neither counts nor switches anything."""
        return _analyse(text, self._language).role

    @property
    def unknown(self) -> Mapping[str, int]:
        """How often each unknown symbol was met; a copy."""
        return dict(self._unknown)


@dataclass(frozen=True, slots=True)
class _Analysis:
    """What one entry turned out to be."""

    phones: tuple[Phone, ...]
    unknown: tuple[str, ...]
    language: str
    role: Role


@dataclass(slots=True)
class _Scan:
    """Phones of one entry while its characters are read."""

    phones: list[Phone] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    stress: int = 0
    stressed: int = 0

    def read(self, char: str) -> None:
        """Take the next character."""
        if char in STRESS:
            self.stress = STRESS[char]
            self.stressed = len(self.phones)
        elif char in SYMBOLS:
            self._sound(char)
        elif self.phones and char in BACK:
            self._modify(char)
        elif _sounds(char):
            self.unknown.append(char)
            self._sound(nearest_symbol(char))

    def finish(self) -> None:
        """Give a stress mark that met no vowel to the sound behind it."""
        if self.stress and self.stressed < len(self.phones):
            at = self.stressed
            self.phones[at] = replace(self.phones[at], stress=self.stress)

    def _sound(self, symbol: str) -> None:
        before = self.phones[-1] if self.phones else None
        if before and before.symbol == symbol and not self.stress:
            self.phones[-1] = replace(before, length="long")
            return
        phone = Phone(symbol)
        if phone.is_vowel and self.stress:
            phone = replace(phone, stress=self.stress)
            self.stress = 0
        elif phone.is_vowel and before and before.is_vowel:
            phone = replace(phone, stress=before.stress)
        self.phones.append(phone)

    def _modify(self, char: str) -> None:
        last = self.phones[-1]
        if char in _LENGTHS:
            self.phones[-1] = replace(last, length=_LENGTHS[char])
        elif char == "\N{COMBINING TILDE}":
            self.phones[-1] = replace(last, nasal=True)
        elif char == "\N{MODIFIER LETTER RHOTIC HOOK}":
            self._add_rhotic(last)
        else:
            self.phones[-1] = self._syllabic(last)

    def _add_rhotic(self, last: Phone) -> None:
        if last.symbol in _RHOTIC:
            self.phones[-1] = replace(last, symbol=_RHOTIC[last.symbol])
        else:
            self.phones.append(Phone("ɹ"))

    def _syllabic(self, last: Phone) -> Phone:
        stress, self.stress = self.stress or last.stress, 0
        return replace(last, syllabic=True, stress=stress)


@lru_cache(maxsize=_CACHED_TOKENS)
def _analyse(text: str, language: str) -> _Analysis:
    """Analyse one entry in the language that is spoken when it begins."""
    scan = _Scan()
    pieces = _SWITCH.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            language = language_of(piece)
            continue
        for char in respell(piece, language):
            scan.read(char)
    scan.finish()
    phones = _with_shares(scan.phones)
    role = "sound" if phones else _soundless(text, switches=len(pieces) > 1)
    return _Analysis(phones, tuple(scan.unknown), language, role)


def _soundless(text: str, *, switches: bool) -> Role:
    """Tell what an entry without sounds is."""
    if any(char in STRESS for char in text):
        return "stress"
    marked = any(_modifies(char) for char in text) or text in _HABITUAL_MARKS
    return "modifier" if marked or switches else "silence"


def _modifies(char: str) -> bool:
    """Whether a character only says how another one sounds."""
    return char.isdigit() or unicodedata.category(char) in {"Mn", "Lm", "Sk"}


def _sounds(char: str) -> bool:
    """Whether a character that is in no table stands for a sound."""
    return not _modifies(char) and unicodedata.category(char)[0] in "LNS"


def _with_shares(phones: list[Phone]) -> tuple[Phone, ...]:
    """Divide an entry's time among its sounds."""
    units: list[float] = []
    at = 0
    while at < len(phones):
        pair = _pair(phones[at : at + 2])
        if pair:
            units += [2 * share for share in _PAIR_SHARES[pair]]
            at += 2
        else:
            units.append(_LENGTH_UNITS[phones[at].length])
            at += 1
    whole = sum(units)
    return tuple(
        replace(phone, share=unit / whole)
        for phone, unit in zip(phones, units, strict=True)
    )


def _pair(phones: list[Phone]) -> Literal["diphthong", "affricate"] | None:
    """Tell which pair two neighbours are, if they are one."""
    if len(phones) < 2:
        return None
    first, second = (SYMBOLS[phone.symbol].kind for phone in phones)
    if first == "vowel" and second in {"vowel", "glide"}:
        return "diphthong"
    if first == "stop" and second == "fricative":
        return "affricate"
    return None
