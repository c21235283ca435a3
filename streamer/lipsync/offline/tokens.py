"""IPA, a token at a time: its sounds, and the shapes that show them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from streamer.lipsync.alphabets.arpabet import is_name
from streamer.lipsync.phonemes import PhonemeNormaliser
from streamer.lipsync.visemes import VisemeSet

__all__ = ["Token", "TokenReader"]


@dataclass(frozen=True, slots=True)
class Token:
    """What one token is."""

    token: str
    """As it was written."""
    phones: tuple[str, ...]
    """Base symbols in their order; none where it is no sound."""
    viseme: tuple[str, ...]
    """The shapes that show it, in their order; the neutral one for silence, none for
    a mark that only says how another token sounds."""
    unknown: tuple[str, ...]
    """What of it is in no table; its nearest symbols are among the phones. The whole
    token where a name of ARPAbet, or a number without a sound, is in it."""

    @property
    def is_ipa(self) -> bool:
        """Whether all of it is known."""
        return not self.unknown


class TokenReader:
    """
    Reads tokens in the order in which a voice speaks them.

    A switch of language, like ``(en)``, holds until the next one.

    Args:
        visemes: The set of the shapes.
        language: The voice's language tag.
    """

    def __init__(self, visemes: VisemeSet, language: str = "en") -> None:
        self._visemes = visemes
        self._normaliser = PhonemeNormaliser(language)

    def read(self, token: str) -> Token:
        """Read the next token."""
        before = Counter(self._normaliser.unknown)
        role = self._normaliser.role(token)
        symbols = tuple(phone.symbol for phone in self._normaliser.normalise(token))
        unknown = Counter(self._normaliser.unknown) - before
        shapes: tuple[str, ...] = ()
        if symbols:
            shapes = self._visemes.sequence("".join(symbols))
        elif role == "silence" and token:
            shapes = (self._visemes.neutral,)
        strange = (token,) if _is_foreign(token) else tuple(unknown.elements())
        return Token(token, symbols, shapes, strange)


def _is_foreign(token: str) -> bool:
    """
    Tell whether a token is none of IPA, though each of its signs may stand in some.

    Single capitals are left-overs that espeak-ng prints, and a single digit is a tone
    that it tells apart from its vowel; beside a name of two letters they are none.
    """
    return any(
        len(name) > 1 and (is_name(name) or name.isdecimal()) for name in token.split()
    )
