"""What espeak-ng says of a text's words: how each is spoken, and where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from streamer.lipsync.lettersound import Word
from streamer.voices.espeak import Espeak

__all__ = ["EspeakLetterToSound"]

_AROUND = ".,;:!?…\"'“”„‘’‚«»‹›()[]{}¿¡—–-、。！？，：；「」『』（）।؟،"
"""Punctuation that is no part of the word it stands beside."""
_TOKEN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\s\u2e80-\u9fff\uf900-\ufaff]+")
"""A word between spaces, or one character of a script that has no spaces."""
_CLAUSE_END = re.compile(r"(?<=[.,;:!?…])[\"'”’»)\]]*\s+|(?<=[、。！？，：；।؟،])")
_MOVE = 1.0  # a sound that only one of the two readings has
_CHANGE = 1.2  # a sound for another one
_RESTRESS = 0.1  # the same sound, stressed otherwise
_STRESS = "ˈˌ"


class EspeakLetterToSound:
    """
    Letter-to-sound by espeak-ng, for each language that it speaks.

    A clause is read as a whole, so that words sound as they do in company; the
    reading is then shared out among its words by comparing it with how each
    sounds alone. Blocks for 0.3 to 4 ms to choose the voice and for 0.1 ms a
    word; safe in several threads.

    Args:
        espeak: The voice; None takes the process's, at the first call.
    """

    def __init__(self, espeak: Espeak | None = None) -> None:
        self._espeak = espeak

    def __call__(self, text: str, language: str) -> list[Word]:
        """
        Return the words of *text* in its order.

        Raises:
            VoiceError: If the language is not known.
            MissingComponent: If espeak-ng is not installed.
        """
        clauses = [_words(text, *span) for span in _clauses(text)]
        clauses = [words for words in clauses if words]
        if self._espeak is None:
            self._espeak = Espeak.shared()
        if not clauses:
            self._espeak.check(language)
            return []
        asked: list[str] = []
        for words in clauses:
            asked.append(text[words[0][0] : words[-1][1]])
            asked += [text[start:stop] for start, stop in words]
        answers = iter(self._espeak.pronounce(asked, language))
        found: list[Word] = []
        for words in clauses:
            together = next(answers)
            said = share_out(together, [next(answers) for _ in words])
            found += [
                Word(text[start:stop], start, stop, tuple(phonemes))
                for (start, stop), phonemes in zip(words, said, strict=True)
            ]
        return found


def _clauses(text: str) -> list[tuple[int, int]]:
    """Return the spans in which the voice reads without a stop."""
    spans, start = [], 0
    for match in _CLAUSE_END.finditer(text):
        spans.append((start, match.start()))
        start = match.end()
    return [*spans, (start, len(text))]


def _words(text: str, start: int, stop: int) -> list[tuple[int, int]]:
    """Return the words of a clause without the punctuation around them."""
    words = []
    for match in _TOKEN.finditer(text, start, stop):
        token = match[0]
        first = match.start() + len(token) - len(token.lstrip(_AROUND))
        last = match.start() + len(token.rstrip(_AROUND))
        if first < last:
            words.append((first, last))
    return words


def share_out(
    together: Sequence[str], apart: Sequence[Sequence[str]]
) -> list[list[str]]:
    """
    Divide a clause's sounds among its words.

    Args:
        together: The clause's sounds.
        apart: The sounds of each of its words when it is said alone.

    Returns:
        The clause's own sounds, all of them, word by word. A sound that no
        word has alone stays with the word before it.
    """
    alone = [(phoneme, at) for at, said in enumerate(apart) for phoneme in said]
    if len(together) == len(alone):
        owners = [at for _, at in alone]
    else:
        owners = _owners(together, alone)
    shared: list[list[str]] = [[] for _ in apart]
    for phoneme, owner in zip(together, owners, strict=True):
        shared[owner].append(phoneme)
    return shared


def _owners(together: Sequence[str], alone: Sequence[tuple[str, int]]) -> list[int]:
    """Return the word of each sound, by the cheapest edits of one into the other."""
    others = [phoneme for phoneme, _ in alone]
    changes = _changes(together, others)
    rows = [[_MOVE * at for at in range(len(alone) + 1)]]
    for phoneme in together:
        rows.append(_next_row(rows[-1], phoneme, others, changes))
    owners, at = [0] * len(together), len(alone)
    index = len(together)
    while index:
        row, above = rows[index], rows[index - 1]
        if at and row[at] == row[at - 1] + _MOVE:
            at -= 1
            continue
        index -= 1
        pair = together[index], others[at - 1] if at else ""
        kept = at and row[at] == above[at - 1] + changes.get(pair, _CHANGE)
        owners[index] = alone[max(at - 1, 0)][1] if alone else 0
        at -= bool(kept)
    return owners


def _next_row(
    above: list[float],
    phoneme: str,
    others: Sequence[str],
    changes: Mapping[tuple[str, str], float],
) -> list[float]:
    """Return the cheapest edits up to each of *others*, one sound further."""
    left, row = above[0] + _MOVE, [above[0] + _MOVE]
    for corner, top, other in zip(above, above[1:], others, strict=False):
        changed = corner + changes.get((phoneme, other), _CHANGE)
        left = min(changed, top + _MOVE, left + _MOVE)
        row.append(left)
    return row


def _changes(
    together: Iterable[str], others: Iterable[str]
) -> dict[tuple[str, str], float]:
    """Return what it costs to change a sound into one that is like it."""
    alike: dict[str, set[str]] = {}
    for other in others:
        alike.setdefault(other.lstrip(_STRESS), set()).add(other)
    return {
        (one, other): 0.0 if one == other else _RESTRESS
        for one in set(together)
        for other in alike.get(one.lstrip(_STRESS), ())
    }
