"""On which line of a TOML or JSON text each key stands."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Literal

__all__ = ["Format", "KeyPath", "Places"]

Format = Literal["toml", "json"]
KeyPath = tuple[str, ...]
"""Keys from the outermost table inwards."""

_STRINGS = r"'''.*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'"
_TOKEN = {
    "toml": re.compile(
        rf"(?P<skip>\#[^\n]*|[ \t\r]+)|{_STRINGS}|[\w+:-]+|.|\n", re.DOTALL
    ),
    "json": re.compile(rf"(?P<skip>\s+)|{_STRINGS}|[\w+.-]+|.", re.DOTALL),
}


class Places:
    """
    The lines of all keys of a text.

    The parsers of the standard library say where a syntax error is, but not
    where a key stands. This walks the text once more, and is lenient: of a
    text that is neither TOML nor JSON it finds a part of the keys.

    Args:
        text: The whole text.
        format: Which of the two it is in.
    """

    def __init__(self, text: str, format: Format) -> None:
        self.twice: KeyPath | None = None
        """The first key that is given twice in the same table, if one is."""
        self._lines: dict[KeyPath, int] = {}
        self._given: set[KeyPath] = set()
        self._separator = "=" if format == "toml" else ":"
        self._tokens = list(_tokens(text, format))
        self._at = 0
        if format == "toml":
            self._statements()
        else:
            self._value(())

    def line(self, path: KeyPath) -> int | None:
        """
        Return the line of the key at *path*, from 1.

        Of a key that is given twice, the second line. Where it has none the
        nearest table around it stands in; None if there is no such table.
        """
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path)

    def longest(self) -> int:
        """Return the line of the longest word without quotes; there has to be one."""
        bare = (token for token in self._tokens if token[0][0] not in "\"'")
        return max(bare, key=lambda token: len(token[0]))[1]

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self) -> tuple[str, int]:
        token = self._tokens[self._at] if self._at < len(self._tokens) else ("", 0)
        self._at += 1
        return token

    def _statements(self) -> None:
        table: KeyPath = ()
        while self._peek():
            if self._peek() == "\n":
                self._take()
            elif self._peek() == "[":
                self._take()
                table = self._key((), "]")
            else:
                self._value(self._key(table, "="))

    def _key(self, table: KeyPath, end: str) -> KeyPath:
        """Take a key with its dots, and what ends it; note its line."""
        path = table
        line = 0
        while self._peek() not in {end, "\n", ""}:
            token, line = self._take()
            if token not in {".", "["}:
                path = (*path, _name(token))
                self._lines.setdefault(path, line)
        if self._peek() == end:
            self._take()
        if path in self._given and self.twice is None:
            self.twice = path
            self._lines[path] = line
        self._given.add(path)
        return path

    def _value(self, path: KeyPath) -> None:
        """Take a value; note the keys in it."""
        if self._peek() == "{":
            self._table(path)
        elif self._peek() == "[":
            self._array(path)
        else:
            while self._peek() not in {"\n", ",", "}", "]", ""}:
                self._take()

    def _table(self, path: KeyPath) -> None:
        self._take()
        while self._peek() not in {"}", ""}:
            if self._peek() in {",", "\n"}:
                self._take()
            else:
                self._value(self._key(path, self._separator))
        self._take()

    def _array(self, path: KeyPath) -> None:
        self._take()
        while self._peek() not in {"]", ""}:
            before = self._at
            self._value((*path, f"[{before}]"))
            if self._at == before:
                self._take()
        self._take()


def _tokens(text: str, format: Format) -> Iterator[tuple[str, int]]:
    """Yield each token with its line."""
    line = 1
    for match in _TOKEN[format].finditer(text):
        token = match.group()
        if match["skip"] is None:
            yield token, line
        line += token.count("\n")


def _name(token: str) -> str:
    """Return the key that *token* spells."""
    if token.startswith("'"):
        return token.strip("'")
    if not token.startswith('"'):
        return token
    try:
        return str(tomllib.loads(f"k = {token}")["k"])
    except tomllib.TOMLDecodeError:
        pass
    try:
        return str(json.loads(token))
    except ValueError:
        return token
