"""
Every way in which voices write phonemes, and its translation into IPA.

An alphabet is a table and a function from one token to IPA; the reader of IPA
(:mod:`streamer.lipsync.phonemes`) does the rest for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from streamer.errors import UsageError
from streamer.lipsync.alphabets import polly as _polly
from streamer.lipsync.alphabets.arpabet import arpabet, is_name
from streamer.lipsync.alphabets.azure import SAPI_NAMES, VISEMES, azure, sapi
from streamer.lipsync.alphabets.cartesia import cartesia
from streamer.lipsync.alphabets.kirshenbaum import kirshenbaum, knows as _is_kirshenbaum
from streamer.lipsync.alphabets.polly import polly
from streamer.lipsync.alphabets.translation import Translation
from streamer.lipsync.alphabets.xsampa import xsampa

__all__ = [
    "ALPHABETS",
    "Translation",
    "Translator",
    "detect_alphabet",
    "find_alphabet",
    "guess_alphabet",
]

Translator = Callable[[str], Translation]
"""Turns one token into IPA."""


def _ipa(token: str) -> Translation:
    return Translation(token)


ALPHABETS: Mapping[str, Translator] = MappingProxyType(
    {
        "ipa": _ipa,
        "arpabet": arpabet,
        "x-sampa": xsampa,
        "kirshenbaum": kirshenbaum,
        "cartesia": cartesia,
        "azure": azure,
        "sapi": sapi,
        "polly": polly,
    }
)
"""Name to translator. Only ``ipa`` has the habits of espeak-ng's languages."""


def find_alphabet(name: str) -> Translator:
    """
    Return the translator of an alphabet.

    Raises:
        UsageError: There is none of this name; the sentence names those there are.
    """
    found = ALPHABETS.get(name.lower())
    if found is None:
        known = ", ".join(ALPHABETS)
        raise UsageError(f"no phoneme alphabet is called {name!r}; there are: {known}")
    return found


def detect_alphabet(tokens: Iterable[str]) -> str:
    """Return the alphabet of tokens whose voice does not say; in doubt ``ipa``."""
    return guess_alphabet(tokens) or "ipa"


def guess_alphabet(tokens: Iterable[str], *, least: int = 1) -> str | None:
    """
    Return the alphabet that tokens are written in, or None where they don't tell.

    Letters beyond ASCII are IPA, and ``spn`` or ``ɔj`` among them Cartesia's.
    ARPAbet is told by names in two capitals; Microsoft's by numbers, or by names
    such as ``ih``; Polly's by ``sil`` among its few symbols; X-SAMPA and
    Kirshenbaum by signs that only one of them has. Plain small letters alone
    tell nothing.

    Args:
        tokens: What a voice sent, in any order; the more, the surer.
        least: Tokens it takes to believe that ASCII alone is no IPA. ARPAbet's
            names are believed at once.
    """
    written = [token.strip() for token in tokens]
    heard = [token for token in written if any(map(str.isalnum, token))]
    if any(not token.isascii() for token in written):
        return "cartesia" if _ALIGNERS & set(heard) else "ipa"
    if _is_arpabet(heard, set(heard)):
        return "arpabet"
    if not heard or len(heard) < least:
        return None
    if all(token.isdigit() for token in heard):
        return _numbered(heard)
    return next((name for name, fits in _TESTS if fits(heard, set(heard))), None)


_ALIGNERS = frozenset({"sil", "spn", "<eps>", "ɔj", "əw", "cʷ", "ɟʷ"})
"""Tokens that the aligner's IPA has and espeak-ng's has not."""


def _numbered(heard: list[str]) -> str:
    return "azure" if max(map(int, heard)) < len(VISEMES) else "sapi"


def _is_arpabet(heard: list[str], names: set[str]) -> bool:
    upper = [name for name in names if name.isupper()]
    told = any(len(name.rstrip("012")) > 1 for name in upper)
    return told and all(is_name(name.upper()) for name in heard)


def _is_sapi(heard: list[str], names: set[str]) -> bool:
    told = any(len(name) > 1 and name in SAPI_NAMES for name in names)
    bare = (name.rstrip("12") for name in heard)
    return told and all(name in SAPI_NAMES or name in {"", "sil"} for name in bare)


def _is_small_arpabet(heard: list[str], names: set[str]) -> bool:
    """Tell whether names are TIMIT's, which it writes in small letters."""
    told = any(len(name) > 1 for name in names)
    return told and all(name.islower() and is_name(name.upper()) for name in heard)


def _is_polly(_: list[str], names: set[str]) -> bool:
    return "sil" in names and names <= _polly.SYMBOLS.keys()


def _is_xsampa(heard: list[str], _: set[str]) -> bool:
    told = any(set(name) & set('{}\\"%`') or "_" in name[:-1] for name in heard)
    return told and all(map(xsampa.knows, heard))


def _is_kirshenbaum_text(heard: list[str], _: set[str]) -> bool:
    told = any(set(name) & set("&*'<#[") for name in heard)
    return told and all(map(_is_kirshenbaum, heard))


def _is_ascii_ipa(heard: list[str], _: set[str]) -> bool:
    told = any(set(name) & set("@ASTNOEIUVZ") for name in heard)
    return told and len(heard) >= _ENOUGH and all(map(xsampa.knows, heard))


_ENOUGH = 3
"""Tokens it takes to believe a mnemonic that X-SAMPA and espeak-ng's share."""

_TESTS = (
    ("azure", _is_sapi),
    ("arpabet", _is_small_arpabet),
    ("polly", _is_polly),
    ("x-sampa", _is_xsampa),
    ("kirshenbaum", _is_kirshenbaum_text),
    ("x-sampa", _is_ascii_ipa),
)
