"""
Whatever a voice calls a phoneme becomes base symbols with attributes.

Every alphabet is translated into IPA first (:mod:`streamer.lipsync.alphabets`).
IPA is read as espeak-ng and the services built on it write it, with what stands
beside the textbook: tone digits, language switches, geminates, ASCII look-alikes
and left-over mnemonics. Stress, length, nasality and syllabicity are attributes
of a sound; they are never sounds of their own.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from streamer.lipsync.alphabets import find_alphabet, guess_alphabet
from streamer.lipsync.nearest import nearest_symbol
from streamer.lipsync.spelling import BACK, STRESS, language_of, respell, visible
from streamer.lipsync.symbols import SYMBOLS

__all__ = ["Length", "Phone", "PhonemeNormaliser", "Role", "UnknownSymbol", "normalise"]

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
_AFFRICATE = 2
"""Sounds that an affricate is split into."""
_FOREIGN = frozenset("%&@\\{}")
"""Punctuation that no voice pauses at; other alphabets write sounds with it."""
_TELLING = 8
"""Entries after which ASCII alone is no IPA: among so many one has a mark of it."""
_TRIED = 256
"""Entries after which an alphabet that has not shown itself is IPA."""
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


@dataclass(frozen=True, slots=True)
class UnknownSymbol:
    """A symbol that is in no table."""

    text: str
    """As the voice wrote it."""
    symbol: str
    """The base symbol with the nearest features, which is shown in its place."""

    def __str__(self) -> str:
        sound = SYMBOLS[self.symbol]
        shown = f"{self.symbol!r} ({sound.place} {sound.kind})"
        return f"the phoneme symbol {self.text!r} is unknown and shown as {shown}"


def normalise(
    text: str, language: str = "en", alphabet: str = "ipa"
) -> tuple[Phone, ...]:
    """
    Return the sounds of one entry; none where it is silence.

    Args:
        text: One phoneme, or several without a separator.
        language: The voice's language tag, like ``en-us`` or ``cmn``.
        alphabet: One of :data:`~streamer.lipsync.alphabets.ALPHABETS`.

    Raises:
        UsageError: There is no such alphabet.
    """
    find_alphabet(alphabet)
    return _analyse(text, language_of(language), alphabet.lower()).phones


class PhonemeNormaliser:
    """
    Normalises the entries of one voice, in their order.

    Switches of language inside the stream, like ``(en)``, hold until the next.
    Symbols that are in no table are counted and shown as the nearest one.

    Args:
        language: The voice's language tag; in IPA, it tells espeak-ng's habits.
        alphabet: One of :data:`~streamer.lipsync.alphabets.ALPHABETS`; or
            ``auto``: IPA until :meth:`notice` has seen what it is.

    Raises:
        UsageError: There is no such alphabet.
    """

    def __init__(self, language: str = "en", alphabet: str = "ipa") -> None:
        self._undecided: list[str] | None = [] if alphabet == "auto" else None
        self.alphabet = "ipa" if alphabet == "auto" else alphabet.lower()
        """How the entries are written."""
        find_alphabet(self.alphabet)
        self._language = language_of(language)
        self._home = self._language
        self._unknown: Counter[str] = Counter()
        self._news: list[str] = []

    def notice(self, texts: Iterable[str]) -> None:
        """
        See entries before they are normalised, to tell their alphabet by.

        Does nothing where the alphabet was named, or has shown itself.
        """
        if self._undecided is None:
            return
        self._undecided += texts
        found = guess_alphabet(self._undecided, least=_TELLING)
        if found or len(self._undecided) >= _TRIED:
            self.alphabet = found or self.alphabet
            self._undecided = None

    def normalise(self, text: str) -> tuple[Phone, ...]:
        """Return the sounds of one entry; none where it is silence."""
        analysis = _analyse(text, self._language, self.alphabet)
        self._language = analysis.language
        if analysis.unknown:
            fresh = dict.fromkeys(analysis.unknown)
            self._news += [symbol for symbol in fresh if symbol not in self._unknown]
            self._unknown.update(analysis.unknown)
        return analysis.phones

    def role(self, text: str) -> Role:
        """Return what an entry is; neither counts nor switches anything."""
        return _analyse(text, self._language, self.alphabet).role

    def count(self, text: str) -> int:
        """Return how many sounds an entry has; counts and switches nothing."""
        return len(_analyse(text, self._language, self.alphabet).phones)

    def is_switch(self, text: str) -> bool:
        """Whether *text* surely switches: to English, or to the voice's language."""
        found = _SWITCH.fullmatch(text)
        return found is not None and language_of(found[1]) in {"en", self._home}

    @property
    def unknown(self) -> Mapping[str, int]:
        """How often each unknown symbol was met; a copy."""
        return dict(self._unknown)

    def take_unknown(self) -> tuple[UnknownSymbol, ...]:
        """Return the unknown symbols met for the first time since the last call."""
        news, self._news = self._news, []
        return tuple(UnknownSymbol(text, nearest_symbol(text[0])) for text in news)


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
def _analyse(text: str, language: str, alphabet: str) -> _Analysis:
    """Analyse one entry in the language that is spoken when it begins."""
    translated = find_alphabet(alphabet)(visible(text))
    habits = alphabet == "ipa"  # the others are not espeak-ng's
    scan = _Scan(unknown=list(translated.unknown))
    pieces = _SWITCH.split(translated.text)
    for index, piece in enumerate(pieces):
        if index % 2:
            language = language_of(piece)
            continue
        for char in respell(piece, language if habits else ""):
            scan.read(char)
    scan.finish()
    phones = _with_shares(_with_geminates(scan.phones))
    role: Role = "sound"
    if not phones:
        role = _soundless(translated.text, switches=len(pieces) > 1)
        phones = _standing_alone(translated.text) if role == "modifier" else ()
    return _Analysis(phones, tuple(scan.unknown), language, role)


def _soundless(text: str, *, switches: bool) -> Role:
    """Tell what an entry without sounds is."""
    if any(char in STRESS for char in text):
        return "stress"
    marked = any(_modifies(char) for char in text) or text in _HABITUAL_MARKS
    return "modifier" if marked or switches else "silence"


def _standing_alone(text: str) -> tuple[Phone, ...]:
    """Sound a raised letter that has nothing to modify: ``ʲ`` is a short j."""
    plain = unicodedata.normalize("NFKD", text)
    is_letter = unicodedata.category(text[0]) == "Lm" and plain != text
    return (Phone(plain),) if is_letter and plain in SYMBOLS else ()


def _modifies(char: str) -> bool:
    """Whether a character only says how another one sounds."""
    return char.isdigit() or unicodedata.category(char) in {"Mn", "Lm", "Sk"}


def _sounds(char: str) -> bool:
    """Whether a character that is in no table stands for a sound, not for a pause."""
    is_sign = unicodedata.category(char)[0] in "LNS" or char in _FOREIGN
    return is_sign and not _modifies(char)


def _with_geminates(phones: list[Phone]) -> list[Phone]:
    """Make one affricate with a long closure of two equal ones (``tʃtʃ``)."""
    kept: list[Phone] = []
    at = 0
    while at < len(phones):
        pair, doubled = phones[at : at + 2], phones[at + 2 : at + 4]
        if _pair(pair) == "affricate" and pair == doubled:
            kept += [replace(pair[0], length="long"), pair[1]]
            at += 2 * _AFFRICATE
        else:
            kept.append(phones[at])
            at += 1
    return kept


def _with_shares(phones: list[Phone]) -> tuple[Phone, ...]:
    """Divide an entry's time among its sounds."""
    units: list[float] = []
    at = 0
    while at < len(phones):
        together = phones[at : at + 2]
        pair = _pair(together)
        if pair:
            shares = zip(together, _PAIR_SHARES[pair], strict=True)
            units += [2 * share + _LENGTH_UNITS[p.length] - 1 for p, share in shares]
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
    if len(phones) < _AFFRICATE:
        return None
    first, second = (SYMBOLS[phone.symbol].kind for phone in phones)
    if first == "vowel" and second in {"vowel", "glide"}:
        return "diphthong"
    if first == "stop" and second == "fricative":
        return "affricate"
    return None
