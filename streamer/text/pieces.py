"""Text that may still be being written becomes speakable pieces."""

from __future__ import annotations

import re
from collections import deque

from streamer.errors import UsageError
from streamer.text.boundaries import (
    clause_end,
    is_ssml,
    line_break,
    longest_cut,
    sentence_end,
    shows_clause,
)

__all__ = ["PieceCutter"]

_SMALLEST_MAX = 8
"""Smallest ``max_characters``: enough to tell what ``<speak`` begins."""


class PieceCutter:
    """
    Sans-I/O cutter of text into pieces for a voice, in the order of the text.

    A piece is a sentence, a line of a list, a paragraph without a full stop;
    the first one may be a clause, so that sound starts early. Pieces have no
    white space at their ends; between them only white space is left out. They
    don't depend on how the text was split: each character is judged by those
    before it alone.

    Text that begins with ``<speak`` is SSML, and is one piece.

    Args:
        language: Its language tag, like ``en-us``; sentences end differently.
        first_characters: Length at which the first piece is cut at a clause
            of at least half of it, if no sentence has ended before.
        max_characters: Length that no piece exceeds, at least 8. Resemble
            documents 2000.

    Raises:
        UsageError: If *max_characters* is too small.
    """

    def __init__(
        self,
        *,
        language: str = "en",
        first_characters: int = 60,
        max_characters: int = 2000,
    ) -> None:
        if max_characters < _SMALLEST_MAX:
            raise UsageError(
                f"a piece of {max_characters} characters is too short; "
                f"use a max_characters of {_SMALLEST_MAX} or more"
            )
        self._language = re.split("[-_]", language.lower())[0]
        self._first = first_characters
        self._max = max_characters
        self._text = ""
        self._ssml: bool | None = None
        self._ended = False
        self._is_first = True
        self._pieces: deque[str] = deque()

    def receive_text(self, text: str) -> None:
        """
        Receive the text that was written since; then call :meth:`pieces`.

        Raises:
            UsageError: If the text has ended, or is SSML longer than a piece
                may be; SSML cannot be cut.
        """
        if self._ended:
            raise UsageError("text came after its end; make another PieceCutter")
        todo = deque(text)
        while todo:
            self._text = (self._text + todo.popleft()).lstrip()
            if self._decide_ssml():
                self._text += "".join(todo)
                todo.clear()
                self._check_length()
            todo.extendleft(reversed(self._cut()))

    def receive_end(self) -> None:
        """
        Receive the end of the text; what is left becomes the last piece.

        Raises:
            UsageError: If the text is SSML longer than a piece may be.
        """
        self._check_length()
        self._ended = True
        self._emit(len(self._text))

    @property
    def rest(self) -> str:
        """The text that is in no piece yet."""
        return self._text.strip()

    def pieces(self) -> list[str]:
        """Return the pieces since the last call; they wait without a bound."""
        pieces = list(self._pieces)
        self._pieces.clear()
        return pieces

    def _decide_ssml(self) -> bool:
        """Tell whether the text is known to be SSML."""
        if self._ssml is None and self._text:
            self._ssml = is_ssml(self._text)
        return self._ssml is True

    def _check_length(self) -> None:
        """Refuse SSML that no single piece can hold."""
        length = len(self._text.strip())
        if self._ssml and length > self._max:
            raise UsageError(
                f"SSML of {length} characters cannot be cut and is longer than "
                f"the {self._max} that one request takes; send it in parts"
            )

    def _cut(self) -> str:
        """Emit a piece if there is one; return the text behind it, to be read anew."""
        at = self._boundary() if self._text and self._ssml is False else 0
        return self._emit(at) if at else ""

    def _boundary(self) -> int:
        """Return where the text is to be cut now that its last character came; or 0."""
        text = self._text
        at = sentence_end(text, self._language) or self._line_break()
        if not at and self._is_first:
            at = self._first_clause()
        if not any(map(str.isalnum, text[:at])):
            at = 0  # "…" alone says nothing
        if len(text) > self._max and not 0 < at <= self._max:
            return longest_cut(text[: self._max + 1])
        return at

    def _line_break(self) -> int:
        """Return where a line ended that is a piece; or 0."""
        return line_break(self._text, self._language) if self._text[-1].isspace() else 0

    def _first_clause(self) -> int:
        """Return where the first piece is cut at a clause; or 0."""
        length = len(self._text)
        seen = length == self._first or shows_clause(self._text[-1])
        if length < self._first or not seen:
            return 0
        return clause_end(self._text, self._first // 2)

    def _emit(self, at: int) -> str:
        """Move the text before *at* to the pieces; return what was behind it."""
        piece, behind = self._text[:at].strip(), self._text[at:]
        if piece:
            self._pieces.append(piece)
            self._is_first = False
        self._text = ""
        return behind
