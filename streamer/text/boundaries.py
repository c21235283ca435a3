"""
Where text may be cut, judged by what stands before one character.

Every function looks at a text whose last character has just been read, and
tells where that character shows a cut to be: an index into the text, or 0.
"""

from __future__ import annotations

import re
import unicodedata

from sentencex import get_sentence_boundaries

__all__ = [
    "clause_end",
    "is_ssml",
    "line_break",
    "longest_cut",
    "sentence_end",
    "shows_clause",
]

_CERTAIN = frozenset("。！？｡।॥։؟۔።፧။។៕")
"""Full stops that are nothing else; in Chinese and Japanese no space follows."""
_ASKED = frozenset(".!?…")
"""Full stops that may belong to an abbreviation, a number or a pause."""
_STOPS = _CERTAIN | _ASKED

_CLAUSE = re.compile(
    r"""
    (?: [,;:،؛] | \s[-–] ) ["'”’»)\]]* \s    # a mark, with space behind it
    | [、，；：—]                             # a mark that needs none
    """,
    re.VERBOSE,
)
_CLAUSE_CLOSERS = frozenset("、，；：—")
"""Characters other than space with which a clause's end can be seen."""

_MARKER = re.compile(r"[ \t]*(?:[-*+•‣◦–—]|\d{1,3}[.)]|#{1,6})[ \t]")
"""What a list's item or a heading begins with."""
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_NUMBERING = re.compile(r"(?:.*\n)?[ \t]*(?:\d{1,3}|[^\W\d_])\.", re.DOTALL)
"""A text whose last line is no more than an item's number so far."""

_SSML = "<speak"
_JOINER = "\N{ZERO WIDTH JOINER}"


def is_ssml(text: str) -> bool | None:
    """Tell whether a text begins with a ``speak`` element; None is: not known yet."""
    if not _SSML.startswith(text[: len(_SSML)]):
        return False
    if len(text) <= len(_SSML):
        return None
    return text[len(_SSML)] in " \t\r\n/>"


def sentence_end(text: str, language: str) -> int:
    """
    Return where a sentence ended, seen by the first letter of the next one.

    Behind a number it takes the whole next word, for "am 3. Mai" is a date.
    Symbols behind a full stop, like emoji, stay with the sentence they follow;
    those right before the letter, like opening quotes, go with the letter.
    """
    word = _word_start(text)
    if word == len(text) or (word and text[word - 1].isalnum()):
        return 0
    start = _skip_symbols(text, word)
    stop = _skip_ornaments(text, start)
    if not stop or text[stop - 1] not in _STOPS:
        return 0
    if text[-1].isalnum() is _ends_number(text[:stop]):
        return 0
    if not text[start - 1].isspace():
        return _unspaced_end(text, stop) if text[stop - 1] in _CERTAIN else 0
    if text[word].islower() and text[stop:start].strip():
        return 0  # "Go!" he said.
    return start if _is_stop(text[:stop], text[word:], language) else 0


def line_break(text: str, language: str) -> int:
    """
    Return where a line ended that is a piece, seen by its last character.

    That is: at a blank line, at a newline behind a full stop or a heading, and
    before an item of a list.
    """
    line_start = text.rfind("\n", 0, len(text) - 1) + 1
    if text[-1] != "\n":
        at_item = line_start and _MARKER.fullmatch(text, line_start)
        return line_start if at_item else 0
    line = text[line_start:].strip()
    if not line or _HEADING.match(text, line_start):
        return len(text)
    stop = _skip_ornaments(text, len(text))
    ends = stop and text[stop - 1] in _STOPS
    return len(text) if ends and _is_stop(text[:stop], "A", language) else 0


def clause_end(text: str, shortest: int) -> int:
    """
    Return the last place behind a clause that is at least *shortest* long.

    Marks inside numbers, times and words end no clause.
    """
    ends = [found.end() for found in _CLAUSE.finditer(text)]
    return ends[-1] if ends and ends[-1] >= shortest else 0


def shows_clause(char: str) -> bool:
    """Tell whether a clause's end may be seen with this character."""
    return char.isspace() or char in _CLAUSE_CLOSERS


def longest_cut(text: str) -> int:
    """
    Return where a text is cut that is longer than a piece by its last character.

    At the last clause, else at the last space, else between two characters as
    readers see them: no accent, emoji or pair is taken apart.

    Args:
        text: At least two characters, no space at its start.
    """
    longest = len(text) - 1
    clause = clause_end(text[:longest], 1)
    if clause:
        return clause
    spaces = [at for at in range(longest, 0, -1) if text[at].isspace()]
    if spaces:
        return spaces[0]
    whole = [at for at in range(longest, 0, -1) if not _is_inside(text, at)]
    return whole[0] if whole else longest


def _word_start(text: str) -> int:
    """Return where the last letter is, or the word that ended before it."""
    at = len(text) - 1
    if text[-1].isalnum():
        return at
    while at and text[at - 1].isalnum():
        at -= 1
    return at if at < len(text) - 1 else len(text)


def _ends_number(head: str) -> bool:
    """Tell whether a text ends with a number and a full stop."""
    return head[-1] == "." and head[-2:-1].isdigit()


def _skip_symbols(text: str, at: int) -> int:
    """Go back over what is neither letter, space nor full stop."""
    while at and not (text[at - 1].isalnum() or text[at - 1].isspace()):
        if text[at - 1] in _STOPS:
            break
        at -= 1
    return at


def _skip_ornaments(text: str, at: int) -> int:
    """Go back over what is neither letter nor full stop."""
    while at and not (text[at - 1].isalnum() or text[at - 1] in _STOPS):
        at -= 1
    return at


def _unspaced_end(text: str, stop: int) -> int:
    """Go on from a full stop over what closes; what opens begins the next."""
    end = stop
    while end < len(text) - 1 and unicodedata.category(text[end]) not in {"Ps", "Pi"}:
        end += 1
    return end


def _is_stop(head: str, following: str, language: str) -> bool:
    """
    Ask whether the last character of *head* ends a sentence.

    Brackets and quotes behind it were left out: sentences end inside them too.
    """
    if head[-1] in _CERTAIN:
        return True
    if _NUMBERING.fullmatch(head):
        return False
    asked = head.replace("…", "...") + " "
    last = get_sentence_boundaries(language, asked + following)[-1]
    return bool(last["start_index"] == len(asked))


def _is_inside(text: str, at: int) -> bool:
    """Tell whether a cut at *at* would take a visible character apart."""
    before, after = text[at - 1], text[at]
    return (
        unicodedata.category(after)[0] == "M"
        or _JOINER in (before, after)
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
        or ("\u1100" <= before <= "\u11ff" and "\u1160" <= after <= "\u11ff")  # jamo
        or (_is_flag_half(after) and _flag_halves(text, at) % 2 == 1)
    )


def _is_flag_half(char: str) -> bool:
    """Tell whether a character is a regional indicator; two make a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves(text: str, at: int) -> int:
    """Count the regional indicators right before *at*."""
    start = at
    while start and _is_flag_half(text[start - 1]):
        start -= 1
    return at - start
