"""PURE. IPA to the phoneme names of espeak-ng's English voices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["to_names"]

# Names: ph_english and ph_english_us in espeak-ng 1.52; each was spoken and its
# IPA, as the voice reports it, compared with the one that was asked for.
_COMMON = {
    "p": "p", "b": "b", "t": "t", "d": "d", "k": "k", "g": "g", "ɡ": "g",
    "tʃ": "tS", "t͡ʃ": "tS", "ʧ": "tS", "dʒ": "dZ", "d͡ʒ": "dZ", "ʤ": "dZ",
    "f": "f", "v": "v", "θ": "T", "ð": "D", "s": "s", "z": "z", "ʃ": "S", "ʒ": "Z",
    "h": "h", "x": "x", "m": "m", "n": "n", "ŋ": "N", "l": "l", "ɫ": "l",
    "r": "r", "ɹ": "r", "ɻ": "r", "j": "j", "w": "w", "ʍ": "w", "ʔ": "?", "ɾ": "*",
    "n̩": "n-", "l̩": "l-", "m̩": "m-", "əl": "@L",
    "a": "a", "æ": "a", "ɑ": "A:", "ɑː": "A:", "ɔ": "O:", "ɔː": "O:",
    "ʌ": "V", "ɐ": "V", "ə": "@", "ɜ": "3:", "ɜː": "3:", "ɝ": "3:", "ɝː": "3:",
    "e": "E", "ɛ": "E", "ɪ": "I", "ᵻ": "I#", "ɨ": "I#", "i": "i", "iː": "i:",
    "ʊ": "U", "u": "u", "uː": "u:", "o": "o", "oː": "o:", "eː": "e:",
    "eɪ": "eI", "aɪ": "aI", "ɔɪ": "OI", "aʊ": "aU", "oʊ": "oU", "əʊ": "oU",
    "aɪə": "aI@", "iə": "i@", "eə": "e@", "ɛə": "e@", "ʊə": "U@", "ɪə": "i@",
}  # fmt: skip
_AMERICAN = {
    "ɒ": "0", "ɚ": "3", "ɑːɹ": "A@", "ɔːɹ": "O@", "ɛɹ": "e@", "ɪɹ": "i@3", "ʊɹ": "U@",
    "aɪɚ": "aI3", "ɔ": "O2",
}  # fmt: skip
_BRITISH = {"ɒ": "0", "ɚ": "@", "aʊə": "aU@"}
_STRESS = {"ˈ": "'", "ˌ": ",", "'": "'"}
_SILENT = frozenset(". ‿|‖\u200d\u0361")  # syllables, links, stray ties
_OFTEN_WEAK = frozenset({"ə", "əl", "ɚ", "ɐ", "ᵻ", "ɨ", "ɪ", "i", "n̩", "l̩", "m̩"})
_LONGEST = 3


def to_names(ipa: str, language: str) -> tuple[str, tuple[str, ...]]:
    """
    Return what espeak-ng is to be given, and what could not be put into it.

    Args:
        ipa: A pronunciation; stress stands in front of its syllable.
        language: Language of the voice; there are tables for English only.

    Returns:
        The names between ``[[`` and ``]]``, and the symbols that have none, in
        their order. The names are only of use when no symbol is left over.
    """
    table = _table(language)
    if table is None:
        return "", (ipa,)
    names: list[str] = []
    unknown: list[str] = []
    stress = ""
    for symbol, name in _read(_stressed(ipa, table), table):
        if symbol in _STRESS:
            stress = _STRESS[symbol]
        elif name is None:
            unknown.append(symbol)
        elif name:
            # The voice wants the mark right in front of the vowel.
            marked = stress and _is_vowel(symbol)
            names.append(stress + name if marked else name)
            stress = "" if marked else stress
    # A bar keeps two names apart that would read as one ("t" and "S").
    return f"[[{'|'.join(names)}]]", tuple(unknown)


def _stressed(ipa: str, table: Mapping[str, str]) -> str:
    """Return *ipa* with a stress: left to itself, espeak-ng takes the last vowel."""
    if any(mark in ipa for mark in _STRESS):
        return ipa
    vowels: list[tuple[bool, int]] = []
    at = 0
    for symbol, _ in _read(ipa, table):
        if _is_vowel(symbol):
            vowels.append((symbol in _OFTEN_WEAK, at))
        at += len(symbol)
    if not vowels:
        return ipa
    _, first = min(vowels)
    return f"{ipa[:first]}ˈ{ipa[first:]}"


def _read(ipa: str, table: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    at = 0
    while at < len(ipa):
        symbol, name = _next(ipa, at, table)
        at += len(symbol)
        yield symbol, name


def _table(language: str) -> Mapping[str, str] | None:
    tag = language.partition("+")[0].lower().replace("_", "-")
    if tag.partition("-")[0] != "en":
        return None
    american = tag == "en" or tag.startswith("en-us")
    return _COMMON | (_AMERICAN if american else _BRITISH)


def _next(ipa: str, at: int, table: Mapping[str, str]) -> tuple[str, str | None]:
    for length in range(_LONGEST, 0, -1):
        symbol = ipa[at : at + length]
        if symbol in table:
            return symbol, table[symbol]
    symbol = ipa[at]
    known_silence = symbol in _SILENT or symbol in _STRESS or symbol == "ː"
    return symbol, "" if known_silence else None


def _is_vowel(symbol: str) -> bool:
    return symbol[0] in "aæɑɒɐʌɔəɚɛɜɝɪᵻɨʊeiou" or "\u0329" in symbol
